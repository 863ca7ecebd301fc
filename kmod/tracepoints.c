// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tracepoints of the scheduler are not exported: they are found by their name.
 */
#include "tracepoints.h"

#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#ifndef CONFIG_TRACEPOINTS
#error "taskmeter needs CONFIG_TRACEPOINTS: it watches the scheduler by them"
#endif

struct search {
	const char *name;
	struct tracepoint *found;
};

static void look_at(struct tracepoint *tracepoint, void *data)
{
	struct search *search = data;

	if (!strcmp(tracepoint->name, search->name))
		search->found = tracepoint;
}

/**
 * tracepoint_by_name() - a tracepoint of the kernel
 * @name: its name
 *
 * Context: may sleep.
 *
 * Return: the tracepoint, or NULL if this kernel has none of that name.
 */
struct tracepoint *tracepoint_by_name(const char *name)
{
	struct search search = { .name = name };

	for_each_kernel_tracepoint(look_at, &search);
	return search.found;
}

/**
 * tracepoints_synchronize() - no probe that was unregistered runs any more, nor looks at
 *	what it found
 *
 * Context: sleeps.
 */
void tracepoints_synchronize(void)
{
	tracepoint_synchronize_unregister();
	synchronize_rcu();
}
