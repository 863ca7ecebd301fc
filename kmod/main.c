// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module: parameters, ordered start, its mirror image at the end, and what
 * it says of itself.
 */
#include "module.h"

#include <linux/cred.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pid_namespace.h>
#include <linux/random.h>
#include <linux/string.h>
#include <linux/taskmeter.h>
#include <linux/timekeeping.h>

#include "access.h"
#include "compat/compat.h"
#include "ending.h"
#include "events.h"
#include "exitlog.h"
#include "guard.h"
#include "hidden.h"
#include "image.h"
#include "meter.h"
#include "record.h"
#include "totals.h"

/* Fixed at load: what is hidden has to be watched from the start. */
bool unprivileged;
module_param(unprivileged, bool, 0444);
MODULE_PARM_DESC(unprivileged,
		 "let everybody see the ordinary processes of his own (default: 0)");

static u64 instance_id __ro_after_init;
static u64 load_time_ns __ro_after_init;

/**
 * module_info() - what the module is and can tell an observer
 * @info: filled in
 * @observer: who asks
 */
void module_info(struct taskmeter_info *info, const struct observer *observer)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->abi_version = TASKMETER_ABI_VERSION;
	if (unprivileged)
		info->flags |= TASKMETER_INFO_UNPRIVILEGED;
	if (observer_privileged(observer))
		info->flags |= TASKMETER_INFO_PRIVILEGED;
	info->available = record_available() | (meter_on() ? meter_available() : 0);
	info->instance_id = instance_id;
	info->load_time_ns = load_time_ns;
	info->record_size = sizeof(struct taskmeter_record);
	info->page_size = PAGE_SIZE;
	info->pid_namespace = observer->pid_ns->ns.inum;
	info->rss_error_bytes = (u64)compat_mm_counter_error() << PAGE_SHIFT;
	strscpy(info->version, TASKMETER_VERSION, sizeof(info->version));
	meter_info(info);
	exitlog_info(info);
	info->exits_other = totals_other();
	info->exits_unrecorded = ending_unrecorded();
	events_info(info);
	info->exit_size = sizeof(struct taskmeter_exit);
	info->total_size = sizeof(struct taskmeter_total);
}

/* What outlives the meter when it is switched off: what processes have left behind. */
static const struct {
	int (*init)(void);
	void (*exit)(void);
} remains[] = {
	{ image_init, image_exit },
	{ guard_init, guard_exit },
	{ totals_init, totals_exit },
	{ exitlog_init, exitlog_exit },
	{ ending_init, ending_exit },
	{ events_init, events_exit },
};

static void remains_exit_first(unsigned int count)
{
	while (count--)
		remains[count].exit();
}

static void remains_exit(void)
{
	remains_exit_first(ARRAY_SIZE(remains));
}

/* One that fails has its exit called too. */
static int remains_init(void)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(remains); i++) {
		ret = remains[i].init();
		if (ret) {
			remains_exit_first(i + 1);
			return ret;
		}
	}
	return 0;
}

static int __init taskmeter_init(void)
{
	int ret;

	instance_id = get_random_u64();
	load_time_ns = ktime_get_boottime_ns();

	ret = hidden_init();
	if (ret)
		return ret;
	ret = remains_init();
	if (ret)
		goto err_hidden;
	ret = meter_init();
	if (ret)
		goto err_remains;
	ret = chardev_init();
	if (ret)
		goto err_meter;
	/*
	 * Last, as it is open to everybody at once: what a user holds of a module
	 * whose start fails after all, is pulled from under him.
	 */
	ret = netlink_init();
	if (ret)
		goto err_chardev;
	chardev_start();
	return 0;

err_chardev:
	chardev_exit();
err_meter:
	meter_exit();
err_remains:
	remains_exit();
err_hidden:
	hidden_exit();
	return ret;
}

/* No file is open and no dump is under way: both hold the module. */
static void __exit taskmeter_exit(void)
{
	netlink_exit();
	chardev_exit();
	meter_exit();
	remains_exit();
	hidden_exit();
}

module_init(taskmeter_init);
module_exit(taskmeter_exit);

MODULE_DESCRIPTION("Scheduler and memory statistics of every process");
MODULE_AUTHOR("The taskmeter developers");
MODULE_LICENSE("GPL");
MODULE_VERSION(TASKMETER_VERSION);
