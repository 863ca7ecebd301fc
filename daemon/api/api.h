/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A request becomes a reply: routes, access, handlers. No HTTP library here:
 * server.c carries both over the wire.
 */
#ifndef TASKMETERD_API_API_H
#define TASKMETERD_API_API_H

#include <stdint.h>
#include "api/access.h"
#include "api/buffer.h"
#include "api/query.h"
#include "common/cgroup.h"
#include "core/histograms.h"
#include "core/model.h"
#include "core/pss-reader.h"
#include "core/threads.h"

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
 * @series_dropped: samples left out of /metrics, or put into "other" there
 * @connections: open now
 * @connections_total: accepted so far
 * @connections_closed: closed by a limit of time or number
 */
struct api_cost {
	uint64_t requests;
	uint64_t refused;
	uint64_t scrapes;
	uint64_t series_dropped;
	uint64_t connections;
	uint64_t connections_total;
	uint64_t connections_closed;
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
 * @cost: the API's own work
 * @reply_bytes: memory of whole replies under way
 */
struct api {
	const struct model *model;
	const struct config *config;
	const struct access *access;
	int (*find_cgroup)(uint64_t id, struct cgroup *ret_cgroup);
	histograms_reader *read_histograms;
	threads_reader *read_threads;
	pss_reader *read_pss;
	struct api_cost cost;
	uint64_t reply_bytes;
};

/**
 * struct request - one request
 * @listener: where it came in
 * @method: as sent
 * @target: path and query as sent
 * @host: header or NULL; so the next two
 * @authorization: header
 * @accept: header
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
	struct view view;
	struct query query;
};

/**
 * struct stream - a body that is made piece by piece
 * @next: append a piece: 1, 0 at the end, or a negative errno
 * @free: release the stream
 */
struct stream {
	int (*next)(struct stream *stream, struct buffer *buffer);
	void (*free)(struct stream *stream);
};

/**
 * struct reply - one reply
 * @status: HTTP status
 * @type: media type
 * @allow: value of an Allow header or NULL
 * @authenticate: value of a WWW-Authenticate header or NULL
 * @retry_after: value of a Retry-After header or NULL
 * @body: whole body if @stream is NULL
 * @stream: or else the body's maker
 */
struct reply {
	unsigned int status;
	const char *type;
	const char *allow;
	const char *authenticate;
	const char *retry_after;
	struct buffer body;
	struct stream *stream;
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
