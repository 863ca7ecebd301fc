/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request becomes a reply: routes, access, handlers. No HTTP library here:
 * server.c carries both over the wire.
 */
#ifndef TASKMETERD_API_API_H
#define TASKMETERD_API_API_H

#include <stdbool.h>
#include <stdint.h>
#include "api/access.h"
#include "api/buffer.h"
#include "api/coding.h"
#include "api/etag.h"
#include "api/group-metrics.h"
#include "api/query.h"
#include "common/cgroup.h"
#include "core/events.h"
#include "core/exits.h"
#include "core/group-series.h"
#include "core/histograms.h"
#include "core/model.h"
#include "core/pss-reader.h"
#include "core/rules.h"
#include "core/threads.h"
#include "core/ticks.h"

/**
 * enum listener - where a request came in
 * @LISTENER_UNIX: Unix socket: the peer's ids decide
 * @LISTENER_TCP: TCP: open routes, the rest by token
 * @LISTENER_METRICS: TCP, open routes only
 */
enum listener {
	LISTENER_UNIX,
	LISTENER_TCP,
	LISTENER_METRICS,
};

/**
 * struct api_cost - counters of the API's own work
 * @requests: requests answered
 * @refused: of these, with a problem
 * @scrapes: replies to /metrics
 * @scrape_ns: wall time spent making them
 * @series_dropped: samples left out of /metrics, or put into "other" there
 * @connections: open now
 * @connections_total: accepted so far
 * @connections_closed: closed by a limit of time or number
 * @streams: event streams open now
 * @streams_total: begun so far
 * @streams_overrun: of these, ended as the client was too slow
 */
struct api_cost {
	uint64_t requests;
	uint64_t refused;
	uint64_t scrapes;
	uint64_t scrape_ns;
	uint64_t series_dropped;
	uint64_t connections;
	uint64_t connections_total;
	uint64_t connections_closed;
	uint64_t streams;
	uint64_t streams_total;
	uint64_t streams_overrun;
};

/**
 * struct api - what the handlers work with
 * @model: the figures
 * @config: settings
 * @access: who may ask
 * @find_cgroup: cgroup_of_id()
 * @read_histograms: histograms_read()
 * @read_threads: threads_read()
 * @read_pss: pss_read_process()
 * @exits: exit records, and the store behind them
 * @events: other events
 * @rules: pressure rules, or NULL
 * @ticks: samples that go to the history
 * @series: groups that go to the history
 * @reloads: how often the settings were loaded again
 * @past_bytes: memory of replies about the past under way
 * @cost: the API's own work
 * @group_choice: groups that were in the latest reply to /metrics
 * @reply_bytes: memory of replies under way: of whole ones, and of what packs others
 */
struct api {
	struct model *model;
	const struct config *config;
	const struct access *access;
	int (*find_cgroup)(uint64_t id, struct cgroup *ret_cgroup);
	histograms_reader *read_histograms;
	threads_reader *read_threads;
	pss_reader *read_pss;
	struct exits *exits;
	struct events *events;
	const struct rules *rules;
	const struct ticks *ticks;
	const struct group_series *series;
	uint64_t reloads;
	uint64_t past_bytes;
	struct api_cost cost;
	struct group_choice group_choice;
	uint64_t reply_bytes;
};

/**
 * struct request - one request
 * @listener: where it came in
 * @method: as sent
 * @target: path and query as sent
 * @host: header or NULL; so the next ones
 * @authorization: header
 * @accept: header
 * @accept_encoding: header
 * @if_none_match: header
 * @last_event_id: header
 * @view: what the peer sees; over TCP set when access is granted
 * @query: the target, taken apart
 */
struct request {
	enum listener listener;
	const char *method;
	const char *target;
	const char *host;
	const char *authorization;
	const char *accept;
	const char *accept_encoding;
	const char *if_none_match;
	const char *last_event_id;
	struct view view;
	struct query query;
};

struct reply;

/**
 * struct waker - how who was waited for tells that it can go on
 * @wake: set by who waits; may be called at any time, also if nobody waits; NULL if
 *	nobody can be told
 * @data: its argument
 */
struct waker {
	void (*wake)(void *data);
	void *data;
};

static inline void waker_call(const struct waker *waker)
{
	if (waker->wake)
		waker->wake(waker->data);
}

/**
 * struct stream - a body that is made piece by piece
 * @next: append a piece: 1, 0 at the end, -EAGAIN if there is nothing yet: then @waker
 *	is called when there is, or another negative errno
 * @free: release the stream
 * @waker: set by who sends it
 * @endless: an event stream: it takes as long as the client likes
 */
struct stream {
	int (*next)(struct stream *stream, struct buffer *buffer);
	void (*free)(struct stream *stream);
	struct waker waker;
	bool endless;
};

/**
 * struct pending - a reply that cannot be made yet
 * @finish: make it, after @waker was called: as a handler
 * @free: release it; not called by @finish
 * @waker: set by who waits
 * @coding: of the reply's body; set by api_handle()
 */
struct pending {
	int (*finish)(struct pending *pending, struct reply *reply, struct problem *problem);
	void (*free)(struct pending *pending);
	struct waker waker;
	enum coding coding;
};

/**
 * struct reply - one reply
 * @status: HTTP status; 304 has no body and no type
 * @type: media type
 * @tag: value of an ETag header, empty if there is none
 * @vary: value of a Vary header or NULL
 * @encoding: value of a Content-Encoding header or NULL
 * @allow: value of an Allow header or NULL
 * @authenticate: value of a WWW-Authenticate header or NULL
 * @retry_after: value of a Retry-After header or NULL
 * @body: whole body if @stream is NULL
 * @stream: or else the body's maker
 * @pending: or, if nothing else is set, what makes the reply later: api_finish()
 */
struct reply {
	unsigned int status;
	const char *type;
	char tag[ETAG_SIZE];
	const char *vary;
	const char *encoding;
	const char *allow;
	const char *authenticate;
	const char *retry_after;
	struct buffer body;
	struct stream *stream;
	struct pending *pending;
};

#define REPLY_BODY_MAX	(8U << 20)

/**
 * api_handle() - answer a request
 * @api: what to answer from
 * @request: the request; its @query is filled in
 * @ret_reply: to be released with reply_clear()
 *
 * Return: 0, refusals included; -ENOMEM.
 */
int api_handle(struct api *api, struct request *request, struct reply *ret_reply);

/**
 * api_finish() - the reply that was pending
 * @api: what to answer from
 * @pending: of the reply that api_handle() gave, after its waker was called; stays the
 *	caller's
 * @ret_reply: to be released with reply_clear(); not pending again
 *
 * Return: as api_handle().
 */
int api_finish(struct api *api, struct pending *pending, struct reply *ret_reply);

/**
 * api_refuse() - a reply that tells a problem
 * @api: counts it
 * @problem: the problem
 * @ret_reply: to be released with reply_clear()
 *
 * Return: 0 or -ENOMEM.
 */
int api_refuse(struct api *api, const struct problem *problem, struct reply *ret_reply);

/**
 * reply_clear() - release what a reply holds
 * @reply: zeroed or filled in
 */
void reply_clear(struct reply *reply);

#endif
