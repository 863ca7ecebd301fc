/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What rules tell: an entry of the journal, see the catalog that is installed with the
 * daemon, and an event.
 */
#ifndef TASKMETERD_CORE_RULE_REPORT_H
#define TASKMETERD_CORE_RULE_REPORT_H

#include "core/rules.h"

/* Also in dist/taskmeter.catalog. */
#define RULE_CROSSED_MESSAGE_ID	"3aee26156fe84e71b8748110a98d9236"
#define RULE_CLEARED_MESSAGE_ID	"3d76b01a5bcb4370bedd6ade395c12cc"

struct json_object;

/**
 * rule_report() - tell it, a &rule_teller
 * @data: the &struct events
 * @news: what happened
 *
 * A structured entry if standard error is the journal, else one line there.
 */
void rule_report(void *data, const struct rule_news *news);

/**
 * rule_news_to_json() - the object of an event
 * @news: what happened
 * @realtime_ns: when, Unix time
 * @ret_object: the object, the caller's
 *
 * Return: 0 or -ENOMEM.
 */
int rule_news_to_json(const struct rule_news *news, uint64_t realtime_ns,
		      struct json_object **ret_object);

#endif
