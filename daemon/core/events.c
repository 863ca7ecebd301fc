// SPDX-License-Identifier: GPL-2.0-or-later
/* See events.h. */
#include "core/events.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include "common/exit-json.h"
#include "core/log.h"
#include "core/oom.h"

#define USEC_PER_SEC	UINT64_C(1000000)

/**
 * struct subscription - one of them
 * @events: whose
 * @types: &enum taskmeter_event
 * @wanted: it is to be open
 * @source: the subscription, NULL if it is not open
 * @io: tells that something came
 * @more: runs when there is more, but others come first
 * @logged: failure that was logged last
 */
struct subscription {
	struct events *events;
	uint32_t types;
	bool wanted;
	struct tm_events *source;
	sd_event_source *io;
	sd_event_source *more;
	int logged;
};

TAILQ_HEAD(listeners, events_listener);

struct events {
	sd_event *event;
	sd_event_source *heartbeat;
	struct listeners listeners;
	struct subscription oom;
	struct subscription life;
	struct events_cost cost;
	bool open;
};

static void close_subscription(struct subscription *subscription)
{
	subscription->io = sd_event_source_disable_unref(subscription->io);
	subscription->more = sd_event_source_disable_unref(subscription->more);
	tm_events_free(subscription->source);
	subscription->source = NULL;
}

static struct json_object *event_json(const struct tm_event *event)
{
	struct json_object *object;

	return event_to_json(event, &object) < 0 ? NULL : object;
}

bool events_wanted(const struct events *events, uint32_t type)
{
	const struct events_listener *listener;

	TAILQ_FOREACH(listener, &events->listeners, entry)
		if (listener->types & type)
			return true;
	return false;
}

void events_tell(struct events *events, uint32_t type, struct json_object *object)
{
	const char *json = object ? json_object_to_json_string_ext(object,
					JSON_C_TO_STRING_PLAIN |
					JSON_C_TO_STRING_NOSLASHESCAPE) : NULL;
	struct events_listener *listener;

	TAILQ_FOREACH(listener, &events->listeners, entry)
		if (listener->types & type)
			listener->tell(listener, type, json);
}

/* The object is made only if somebody wants it. */
static void tell(struct events *events, const struct tm_event *event)
{
	struct json_object *object;

	if (!events_wanted(events, event->type))
		return;
	object = event_json(event);
	events_tell(events, event->type, object);
	json_object_put(object);
}

static void handle(struct events *events, const struct tm_event *event)
{
	events->cost.lost += event->lost;
	if (event->type == TASKMETER_EVENT_OOM) {
		events->cost.oom_kills++;
		oom_report(event);
	}
	tell(events, event);
}

static void note(struct subscription *subscription, int error, const char *detail)
{
	if (error < 0 && error != subscription->logged)
		log_warning("%s events are not told: %s",
			    subscription->types == TASKMETER_EVENT_OOM ? "OOM" : "fork and exec",
			    detail && *detail ? detail : strerror(-error));
	subscription->logged = error;
}

/* The module was unloaded: that is no failure. */
static void end(struct subscription *subscription, int error)
{
	if (error != -ENODEV)
		note(subscription, error, tm_events_error(subscription->source));
	close_subscription(subscription);
}

static int receive(struct subscription *subscription)
{
	const struct tm_event *event;
	int i, r = 1;

	for (i = 0; r > 0 && i < EVENTS_AT_ONCE; i++) {
		r = tm_events_next(subscription->source, &event);
		if (r > 0)
			handle(subscription->events, event);
	}
	if (r < 0)
		end(subscription, r);
	else
		sd_event_source_set_enabled(subscription->more,
					    r ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
	return 0;
}

static int on_io(sd_event_source *source, int fd, uint32_t revents, void *data)
{
	(void)source;
	(void)fd;
	(void)revents;
	return receive(data);
}

static int on_more(sd_event_source *source, void *data)
{
	(void)source;
	return receive(data);
}

static int add_sources(struct subscription *subscription)
{
	sd_event *event = subscription->events->event;
	int r = sd_event_add_io(event, &subscription->io,
				tm_events_fd(subscription->source), EPOLLIN, on_io,
				subscription);

	/* Once at the beginning: something may have come with the subscription. */
	if (r >= 0)
		r = sd_event_add_defer(event, &subscription->more, on_more, subscription);
	if (r >= 0)
		r = sd_event_source_set_priority(subscription->more, SD_EVENT_PRIORITY_IDLE);
	return r;
}

static void open_subscription(struct subscription *subscription)
{
	int r;

	if (subscription->source || !subscription->wanted)
		return;
	r = tm_events_new(subscription->types, 0, 0, &subscription->source);
	if (r >= 0) {
		r = add_sources(subscription);
		if (r < 0)
			close_subscription(subscription);
	}
	if (r != -ENODEV)
		note(subscription, r < 0 ? r : 0, NULL);
}

void events_open(struct events *events, const struct taskmeter_info *info)
{
	events->open = info->size >= TASKMETER_INFO_SIZE_VER3;
	if (!events->open)
		return;
	open_subscription(&events->oom);
	open_subscription(&events->life);
}

static int on_heartbeat(sd_event_source *source, uint64_t usec, void *data)
{
	struct events *events = data;
	struct events_listener *listener;

	TAILQ_FOREACH(listener, &events->listeners, entry)
		listener->heartbeat(listener);
	sd_event_source_set_time(source, usec + EVENTS_HEARTBEAT_SEC * USEC_PER_SEC);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

int events_new(sd_event *event, struct events **ret_events)
{
	struct events *events = calloc(1, sizeof(*events));
	int r;

	if (!events)
		return -ENOMEM;
	events->event = event;
	TAILQ_INIT(&events->listeners);
	events->oom = (struct subscription) {
		.events = events, .types = TASKMETER_EVENT_OOM, .wanted = true,
	};
	events->life = (struct subscription) {
		.events = events, .types = TASKMETER_EVENT_FORK | TASKMETER_EVENT_EXEC,
	};
	r = sd_event_add_time_relative(event, &events->heartbeat, CLOCK_MONOTONIC,
				       EVENTS_HEARTBEAT_SEC * USEC_PER_SEC, USEC_PER_SEC,
				       on_heartbeat, events);
	if (r < 0) {
		free(events);
		return r;
	}
	*ret_events = events;
	return 0;
}

struct events *events_free(struct events *events)
{
	if (!events)
		return NULL;
	close_subscription(&events->oom);
	close_subscription(&events->life);
	sd_event_source_disable_unref(events->heartbeat);
	free(events);
	return NULL;
}

static void update_wanted(struct events *events)
{
	struct subscription *life = &events->life;
	struct events_listener *listener;

	life->wanted = false;
	TAILQ_FOREACH(listener, &events->listeners, entry)
		life->wanted |= !!(listener->types & life->types);
	if (!life->wanted)
		close_subscription(life);
	else if (events->open)
		open_subscription(life);
}

void events_listen(struct events *events, struct events_listener *listener)
{
	TAILQ_INSERT_TAIL(&events->listeners, listener, entry);
	update_wanted(events);
}

void events_leave(struct events *events, struct events_listener *listener)
{
	TAILQ_REMOVE(&events->listeners, listener, entry);
	update_wanted(events);
}

const struct events_cost *events_cost(const struct events *events)
{
	return &events->cost;
}
