/* SPDX-License-Identifier: GPL-2.0-or-later */
/* OOM kills in the journal, see the catalog that is installed with the daemon. */
#ifndef TASKMETERD_CORE_OOM_H
#define TASKMETERD_CORE_OOM_H

#include <taskmeter/taskmeter.h>

/* Also in dist/taskmeter.catalog. */
#define OOM_MESSAGE_ID	"c84d240a1745416e8a926b520998eaf7"

/**
 * oom_report() - write an entry
 * @event: the OOM kill
 *
 * A structured entry if standard error is the journal, else one line there.
 */
void oom_report(const struct tm_event *event);

#endif
