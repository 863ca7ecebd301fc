/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Events from the module, and what the daemon tells itself. To OOM kills the daemon is always
 * subscribed: each becomes an entry of the journal. To forks and execs it is as long as
 * somebody listens. Exits come from the exit log, see exits.h.
 *
 * A subscription ends when the module goes; events_open() makes it anew.
 */
#ifndef TASKMETERD_CORE_EVENTS_H
#define TASKMETERD_CORE_EVENTS_H

#include <stdbool.h>
#include <sys/queue.h>
#include <systemd/sd-event.h>
#include <taskmeter/taskmeter.h>

#define EVENTS_HEARTBEAT_SEC	15
/* Told in one go: a storm keeps neither the sampler nor those waiting who take events. */
#define EVENTS_AT_ONCE		64
/* What comes from subscriptions. */
#define EVENTS_TYPES	(TASKMETER_EVENT_FORK | TASKMETER_EVENT_EXEC | TASKMETER_EVENT_OOM)
/* Of no module: a rule has crossed or cleared. */
#define EVENTS_RULE	(1U << 16)

/**
 * struct events_listener - who wants events
 * @entry: in the list
 * @types: which, &enum taskmeter_event and EVENTS_RULE
 * @tell: called for each; @type is one of these, @json its object as text, NULL without
 *	memory. May not remove a listener
 * @heartbeat: called every EVENTS_HEARTBEAT_SEC; as @tell
 */
struct events_listener {
	TAILQ_ENTRY(events_listener) entry;
	uint32_t types;
	void (*tell)(struct events_listener *listener, uint32_t type, const char *json);
	void (*heartbeat)(struct events_listener *listener);
};

struct events;
struct json_object;

/**
 * struct events_cost - counters
 * @oom_kills: OOM kills told to the journal
 * @lost: events that were lost before they came here
 */
struct events_cost {
	uint64_t oom_kills;
	uint64_t lost;
};

/**
 * events_new() - without any subscription yet
 * @event: event loop
 * @ret_events: to be freed with events_free()
 *
 * Return: 0 or a negative errno.
 */
int events_new(sd_event *event, struct events **ret_events);

/**
 * events_free() - end all subscriptions
 * @events: may be NULL; nobody may listen any more
 *
 * Return: NULL.
 */
struct events *events_free(struct events *events);

/**
 * events_open() - the module is there: subscribe to what is wanted and not yet subscribed
 * @events: the events
 * @info: the module's description
 *
 * Logs why it failed, once.
 */
void events_open(struct events *events, const struct taskmeter_info *info);

/**
 * events_listen() - from now on
 * @events: the events
 * @listener: filled in; stays where it is until events_leave()
 */
void events_listen(struct events *events, struct events_listener *listener);
void events_leave(struct events *events, struct events_listener *listener);

/**
 * events_wanted() - whether anybody listens to a type
 * @events: the events
 * @type: &enum taskmeter_event or EVENTS_RULE
 */
bool events_wanted(const struct events *events, uint32_t type);

/**
 * events_tell() - tell all who listen to it
 * @events: the events
 * @type: &enum taskmeter_event or EVENTS_RULE
 * @object: the event's; NULL for want of memory, which they are told, too
 */
void events_tell(struct events *events, uint32_t type, struct json_object *object);

const struct events_cost *events_cost(const struct events *events);

#endif
