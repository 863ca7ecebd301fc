// SPDX-License-Identifier: GPL-2.0-only
/* A module that does nothing, for the self test of the test machine. */
#include <linux/module.h>
static int number;
module_param(number, int, 0444);
static int __init stub_init(void) { pr_info("stub in\n"); return 0; }
static void __exit stub_exit(void) { pr_info("stub out\n"); }
module_init(stub_init);
module_exit(stub_exit);
MODULE_LICENSE("GPL");
