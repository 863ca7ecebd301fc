/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Load and unload the module.
 */
#ifndef TESTS_KERNEL_MODULE_H
#define TESTS_KERNEL_MODULE_H

#include <stdbool.h>

bool module_loaded(void);
/* References to it, of open files and unfinished dumps; -1 if not loaded. */
int module_references(void);
/* Wait until the count is 0: a closed socket is let go of a little later. */
void module_await_unused(void);

/* delete_module(2), which does not wait: 0 or a negative errno. */
int module_try_unload(void);
/* Unload, as soon as it is not used any more. */
void module_unload(void);
/**
 * module_load() - load the module
 * @parameters: for instance "unprivileged=1", or ""
 *
 * Gives the device to the group that it had when this program started, as udev
 * would.
 */
void module_load(const char *parameters);
/* Its file, as finit_module(2) takes it. */
int module_open(void);
/* The same where it may be refused: 0 or a negative errno. */
int module_try_load(const char *parameters);
/* Fails unless nothing of it is left: device, family, names, memory, symbols. */
void module_check_gone(void);
/* As modprobe(8) would at boot, with the parameters of its configuration. */
void module_load_default(void);

#endif
