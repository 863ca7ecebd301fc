// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See server.h.
 *
 * libmicrohttpd keeps an epoll descriptor of its own, which the event loop
 * watches; after every run its next timeout is put on a timer. What it cannot
 * do is done here: its idle limit counts silence only, so each client stands in
 * one of three lists, in the order in which his time ends: waiting, for those from
 * whom a whole request has to come, replying, and streaming, for those who take events.
 * A client whose time is over is shut down at the socket; libmicrohttpd sees the end
 * and cleans up.
 *
 * Who waits for something to come, an event or an answer from the store, is suspended:
 * libmicrohttpd does not look at his connection until he is woken. It takes him back
 * when it runs next, so waking has it run soon.
 */
#include "api/server.h"

#include <errno.h>
#include <fcntl.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <unistd.h>
#include "core/log.h"

/* Connections that were shut down and not yet cleaned up have room, too. */
#define CONNECTIONS_HARD	(SERVER_CONNECTIONS + 128)
#define MEMORY_PER_CONNECTION	32768
#define STREAM_BLOCK		16384
#define USEC_PER_SEC		UINT64_C(1000000)
#define USEC_PER_MSEC		UINT64_C(1000)

/**
 * struct client - one connection
 * @server: its server
 * @fd: its socket, libmicrohttpd's
 * @view: what it sees, on a Unix socket
 * @connection: the library's
 * @list: the list that it is in, or NULL once it was shut down
 * @entry: in that list
 * @deadline: when its time is over, monotonic microseconds
 * @target: of the request under way
 * @seen: the request's header has been seen
 * @body: it has a body
 * @suspended: the library leaves it alone until it is woken
 * @pending: the reply that it waits for
 */
struct client {
	struct server *server;
	struct MHD_Connection *connection;
	int fd;
	struct view view;
	struct client_list *list;
	TAILQ_ENTRY(client) entry;
	uint64_t deadline;
	char *target;
	bool seen;
	bool body;
	bool suspended;
	struct pending *pending;
};

TAILQ_HEAD(client_list, client);

struct server {
	struct api *api;
	enum listener listener;
	struct MHD_Daemon *daemon;
	sd_event *event;
	sd_event_source *io;
	sd_event_source *run_timer;
	sd_event_source *limit_timer;
	struct client_list waiting;
	struct client_list replying;
	struct client_list streaming;
	unsigned int clients;
	bool woken;	/* somebody is to be taken back by the next run */
};

/* A body under way: a whole one, or the latest part of what @stream makes. */
struct sending {
	struct api *api;
	struct client *client;
	struct stream *stream;
	struct buffer buffer;
	size_t sent;
	size_t taken;	/* bytes since the client's time began */
	bool complete;	/* nothing comes after @buffer */
};

static uint64_t now_usec(struct server *server)
{
	uint64_t now = 0;

	sd_event_now(server->event, CLOCK_MONOTONIC, &now);
	return now;
}

static struct client *client_of(struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info;

	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	return info ? info->socket_context : NULL;
}

static void leave_list(struct client *client)
{
	if (client->list)
		TAILQ_REMOVE(client->list, client, entry);
	client->list = NULL;
}

/* Has the library take it back, when it runs next. */
static void wake_client(void *data)
{
	struct client *client = data;
	struct server *server = client->server;

	if (!client->suspended)
		return;
	client->suspended = false;
	MHD_resume_connection(client->connection);
	server->woken = true;
	sd_event_source_set_time(server->run_timer, 0);
	sd_event_source_set_enabled(server->run_timer, SD_EVENT_ONESHOT);
}

static void suspend_client(struct client *client)
{
	client->suspended = true;
	MHD_suspend_connection(client->connection);
}

static struct client *sooner(struct client *a, struct client *b)
{
	if (!a || !b)
		return a ? a : b;
	return b->deadline < a->deadline ? b : a;
}

static void arm_limit(struct server *server)
{
	struct client *first = sooner(TAILQ_FIRST(&server->waiting),
				      TAILQ_FIRST(&server->replying));

	first = sooner(first, TAILQ_FIRST(&server->streaming));
	if (!first) {
		sd_event_source_set_enabled(server->limit_timer, SD_EVENT_OFF);
		return;
	}
	sd_event_source_set_time(server->limit_timer, first->deadline);
	sd_event_source_set_enabled(server->limit_timer, SD_EVENT_ONESHOT);
}

/* At the end of a list whose members all have the same time, so it is sorted. */
static void enter_list(struct client *client, struct client_list *list, unsigned int seconds)
{
	struct server *server = client->server;

	leave_list(client);
	client->deadline = now_usec(server) + seconds * USEC_PER_SEC;
	client->list = list;
	TAILQ_INSERT_TAIL(list, client, entry);
	arm_limit(server);
}

static void shut_down(struct client *client)
{
	leave_list(client);
	shutdown(client->fd, SHUT_RDWR);
	client->server->api->cost.connections_closed++;
	wake_client(client);
}

static int on_limit(sd_event_source *source, uint64_t usec, void *data)
{
	struct server *server = data;
	struct client_list *lists[] = { &server->waiting, &server->replying,
					&server->streaming };
	struct client *client;
	size_t i;

	(void)source;
	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		while ((client = TAILQ_FIRST(lists[i])) && client->deadline <= usec)
			shut_down(client);
	arm_limit(server);
	return 0;
}

/* Of those being answered, the one that takes longest. */
static void close_oldest(struct server *server)
{
	struct client *client = TAILQ_FIRST(&server->replying);

	if (client)
		shut_down(client);
}

static void make_room(struct server *server)
{
	struct client *client = TAILQ_FIRST(&server->waiting);

	if (server->clients <= SERVER_CONNECTIONS)
		return;
	if (client)
		shut_down(client);
	else
		close_oldest(server);
}

static struct client *client_new(struct server *server, int fd)
{
	struct client *client = calloc(1, sizeof(*client));
	int r = 0;

	if (!client)
		return NULL;
	client->server = server;
	client->fd = fd;
	if (server->listener == LISTENER_UNIX)
		r = access_view_of_peer(server->api->access, fd, &client->view);
	if (r < 0) {
		log_warning("a client of the socket is turned away: %s", strerror(-r));
		free(client);
		return NULL;
	}
	return client;
}

static void client_begin(struct server *server, struct MHD_Connection *connection,
			 void **context)
{
	const union MHD_ConnectionInfo *info;
	struct client *client;

	info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
	client = client_new(server, info->connect_fd);
	if (client)
		client->connection = connection;
	*context = client;
	if (!client) {
		shutdown(info->connect_fd, SHUT_RDWR);
		return;
	}
	make_room(server);
	server->clients++;
	server->api->cost.connections++;
	server->api->cost.connections_total++;
	enter_list(client, &server->waiting, SERVER_HEADER_SEC);
}

static void client_end(struct client *client)
{
	if (!client)
		return;
	leave_list(client);
	client->server->clients--;
	client->server->api->cost.connections--;
	if (client->pending)
		client->pending->free(client->pending);
	free(client->target);
	free(client);
}

static void on_connection(void *data, struct MHD_Connection *connection, void **context,
			  enum MHD_ConnectionNotificationCode code)
{
	if (code == MHD_CONNECTION_NOTIFY_STARTED) {
		client_begin(data, connection, context);
	} else {
		client_end(*context);
		*context = NULL;
	}
}

/* The first thing that is known of a request: its target, still encoded. */
static void *on_target(void *data, const char *target, struct MHD_Connection *connection)
{
	struct client *client = client_of(connection);

	(void)data;
	if (!client)
		return NULL;
	free(client->target);
	client->target = strndup(target, QUERY_TARGET_MAX + 1);
	client->seen = false;
	client->body = false;
	return NULL;
}

static void on_completed(void *data, struct MHD_Connection *connection, void **context,
			 enum MHD_RequestTerminationCode code)
{
	struct client *client = client_of(connection);

	(void)data;
	(void)context;
	if (client && client->pending) {
		client->pending->free(client->pending);
		client->pending = NULL;
	}
	if (client && client->list && code == MHD_REQUEST_TERMINATED_COMPLETED_OK)
		enter_list(client, &client->server->waiting, SERVER_HEADER_SEC);
}

static int refill(struct sending *sending)
{
	int r = 1;

	sending->buffer.size = 0;
	sending->sent = 0;
	while (r > 0 && sending->buffer.size < STREAM_BLOCK)
		r = sending->stream->next(sending->stream, &sending->buffer);
	sending->complete = !r;
	return r < 0 && r != -EAGAIN ? r : 0;
}

/* A long list takes its time: who takes enough of it gets more. */
static void note_progress(struct sending *sending, size_t size)
{
	if (sending->stream && sending->stream->endless)
		return;
	sending->taken += size;
	if (sending->taken < SERVER_REPLY_PROGRESS || !sending->client->list)
		return;
	sending->taken = 0;
	enter_list(sending->client, &sending->client->server->replying, SERVER_REPLY_SEC);
}

/* Who took all that there was has his time from now on. */
static void note_stream(struct sending *sending)
{
	struct client *client = sending->client;

	if (sending->stream && sending->stream->endless && client->list)
		enter_list(client, &client->server->streaming, SERVER_STREAM_SEC);
}

static ssize_t sending_wait(struct sending *sending)
{
	/* Shut down meanwhile: nobody would wake it. */
	if (!sending->client->list)
		return MHD_CONTENT_READER_END_WITH_ERROR;
	suspend_client(sending->client);
	return 0;
}

static ssize_t sending_read(void *data, uint64_t position, char *buffer, size_t size)
{
	struct sending *sending = data;
	size_t left;

	(void)position;
	if (sending->sent == sending->buffer.size && !sending->complete) {
		note_stream(sending);
		if (refill(sending) < 0)
			return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	left = sending->buffer.size - sending->sent;
	if (!left)
		return sending->complete ? MHD_CONTENT_READER_END_OF_STREAM :
					   sending_wait(sending);
	if (size > left)
		size = left;
	memcpy(buffer, sending->buffer.data + sending->sent, size);
	sending->sent += size;
	note_progress(sending, size);
	return (ssize_t)size;
}

static void sending_free(void *data)
{
	struct sending *sending = data;

	if (sending->stream)
		sending->stream->free(sending->stream);
	else
		sending->api->reply_bytes -= sending->buffer.size;
	buffer_clear(&sending->buffer);
	free(sending);
}

/* Takes the body or stream out of the reply, and begins the stream. */
static struct sending *sending_new(struct client *client, struct reply *reply)
{
	struct sending *sending = calloc(1, sizeof(*sending));
	struct api *api = client->server->api;

	if (!sending)
		return NULL;
	*sending = (struct sending) {
		.api = api, .client = client, .stream = reply->stream, .buffer = reply->body,
		.complete = !reply->stream,
	};
	reply->stream = NULL;
	reply->body = (struct buffer) { 0 };
	if (sending->stream)
		sending->stream->waker = (struct waker) { wake_client, client };
	if (!sending->stream) {
		api->reply_bytes += sending->buffer.size;
	} else if (refill(sending) < 0) {
		sending_free(sending);
		return NULL;
	}
	return sending;
}

/*
 * A header without a body that does not tell a length either. Where the library cannot
 * leave it out, a reply for HTTP/1.0, which knows no chunks and closes the connection:
 * else it ends a HEAD reply as it would a chunked body, by an empty line in 0.9.72, by an
 * empty chunk in 0.9.75.
 */
#if MHD_VERSION >= 0x00097701
#define BODILESS_SIZE	0
#define BODILESS_FLAGS	MHD_RF_HEAD_ONLY_RESPONSE
#else
#define BODILESS_SIZE	MHD_SIZE_UNKNOWN
#define BODILESS_FLAGS	MHD_RF_HTTP_VERSION_1_0_ONLY
#endif

/*
 * Of a body that is complete the length is known. That of a 304 would be the length of
 * the body that was not made.
 */
static struct MHD_Response *make_response(struct sending *sending, const char *method,
					  unsigned int status)
{
	uint64_t size = sending->complete ? sending->buffer.size : MHD_SIZE_UNKNOWN;
	bool bodiless = status == MHD_HTTP_NOT_MODIFIED ||
			(!sending->complete && !strcmp(method, "HEAD"));
	struct MHD_Response *response;

	response = MHD_create_response_from_callback(bodiless ? BODILESS_SIZE : size,
						     STREAM_BLOCK, sending_read, sending,
						     sending_free);
	if (!response)
		sending_free(sending);
	else if (bodiless)
		MHD_set_response_options(response, BODILESS_FLAGS, MHD_RO_END);
	return response;
}

static void add_header(struct MHD_Response *response, const char *name, const char *value)
{
	if (value)
		MHD_add_response_header(response, name, value);
}

/* Consumes the reply. */
static enum MHD_Result send_reply(struct client *client, struct MHD_Connection *connection,
				  const char *method, struct reply *reply)
{
	struct sending *sending = sending_new(client, reply);
	struct MHD_Response *response;
	enum MHD_Result result;

	reply_clear(reply);
	response = sending ? make_response(sending, method, reply->status) : NULL;
	if (!response)
		return MHD_NO;
	add_header(response, "Content-Type", reply->type);
	add_header(response, "Content-Encoding", reply->encoding);
	add_header(response, "Vary", reply->vary);
	add_header(response, "ETag", reply->tag[0] ? reply->tag : NULL);
	/* Who keeps one for a tag has to ask each time, as only then his rights are checked. */
	add_header(response, "Cache-Control",
		   reply->tag[0] ? "private, no-cache" : "no-store");
	add_header(response, "X-Content-Type-Options", "nosniff");
	add_header(response, "Allow", reply->allow);
	add_header(response, "WWW-Authenticate", reply->authenticate);
	add_header(response, "Retry-After", reply->retry_after);
	result = MHD_queue_response(connection, reply->status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result refuse(struct client *client, struct MHD_Connection *connection,
			      const char *method, const struct problem *problem)
{
	struct reply reply;

	client->server->api->cost.requests++;
	if (api_refuse(client->server->api, problem, &reply) < 0)
		return MHD_NO;
	return send_reply(client, connection, method, &reply);
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/* Replies that are not taken keep memory; the oldest one has to end. */
static void limit_memory(struct client *client)
{
	struct api *api = client->server->api;

	if (api->reply_bytes + api->model->sample_bytes > SERVER_MEMORY_MAX &&
	    TAILQ_FIRST(&client->server->replying) != client)
		close_oldest(client->server);
}

/* Until then the access handler is not called; then it is, and the reply is finished. */
static enum MHD_Result wait_for_reply(struct client *client, struct reply *reply)
{
	client->pending = reply->pending;
	reply->pending = NULL;
	client->pending->waker = (struct waker) { wake_client, client };
	reply_clear(reply);
	suspend_client(client);
	return MHD_YES;
}

static enum MHD_Result finish(struct client *client, struct MHD_Connection *connection,
			      const char *method)
{
	struct pending *pending = client->pending;
	struct reply reply;
	int r = api_finish(client->server->api, pending, &reply);

	client->pending = NULL;
	pending->free(pending);
	return r < 0 ? MHD_NO : send_reply(client, connection, method, &reply);
}

static enum MHD_Result answer(struct client *client, struct MHD_Connection *connection,
			      const char *method)
{
	struct server *server = client->server;
	struct request request = {
		.listener = server->listener,
		.method = method,
		.target = client->target,
		.host = header(connection, "Host"),
		.authorization = header(connection, "Authorization"),
		.accept = header(connection, "Accept"),
		.accept_encoding = header(connection, "Accept-Encoding"),
		.if_none_match = header(connection, "If-None-Match"),
		.last_event_id = header(connection, "Last-Event-ID"),
		.view = client->view,
	};
	struct reply reply;

	limit_memory(client);
	if (!client->target || api_handle(server->api, &request, &reply) < 0)
		return MHD_NO;
	return reply.pending ? wait_for_reply(client, &reply) :
			       send_reply(client, connection, method, &reply);
}

static enum MHD_Result add_size(void *data, enum MHD_ValueKind kind, const char *name,
				const char *value)
{
	size_t *size = data;

	(void)kind;
	*size += strlen(name) + (value ? strlen(value) : 0) + strlen(": \r\n");
	return MHD_YES;
}

/* Counted here: the library's own figure is wrong in version 0.9.72. */
static size_t header_size(struct MHD_Connection *connection)
{
	size_t size = 0;

	MHD_get_connection_values(connection, MHD_HEADER_KIND, add_size, &size);
	return size;
}

/* More of a body than is worth reading, to refuse it then. */
static bool body_is_long(struct MHD_Connection *connection)
{
	const char *length = header(connection, "Content-Length");
	uint64_t bytes;

	if (header(connection, "Transfer-Encoding"))
		return true;
	return length && query_parse_number(length, SERVER_BODY_MAX, &bytes) < 0;
}

static bool is_get(const char *method)
{
	return !strcmp(method, "GET") || !strcmp(method, "HEAD");
}

static enum MHD_Result refuse_body(struct client *client, struct MHD_Connection *connection,
				   const char *method)
{
	struct problem problem;

	problem_set(&problem, 413, "Requests to this API have no body.");
	return refuse(client, connection, method, &problem);
}

static int check_header(struct MHD_Connection *connection, const char *version,
			struct problem *problem)
{
	if (strcmp(version, "HTTP/1.1") != 0 && strcmp(version, "HTTP/1.0") != 0)
		return problem_set(problem, 505, "This daemon speaks HTTP/1.1 and HTTP/1.0.");
	if (header_size(connection) > SERVER_HEADER_MAX)
		return problem_set(problem, 431, "The request's header is larger than %d"
				   " bytes.", SERVER_HEADER_MAX);
	return 0;
}

/*
 * The header is complete. A reply given here closes the connection without
 * waiting for the body.
 */
static enum MHD_Result on_header(struct client *client, struct MHD_Connection *connection,
				 const char *method, const char *version)
{
	struct problem problem;

	enter_list(client, &client->server->replying, SERVER_REPLY_SEC);
	if (check_header(connection, version, &problem))
		return refuse(client, connection, method, &problem);
	if (!body_is_long(connection))
		return MHD_YES;
	return is_get(method) ? refuse_body(client, connection, method) :
				answer(client, connection, method);
}

static enum MHD_Result on_request(void *data, struct MHD_Connection *connection,
				  const char *url, const char *method, const char *version,
				  const char *body, size_t *body_size, void **context)
{
	struct client *client = client_of(connection);

	(void)data;
	(void)url;
	(void)body;
	(void)context;
	if (!client || !client->list)
		return MHD_NO;
	if (!client->seen) {
		client->seen = true;
		return on_header(client, connection, method, version);
	}
	if (client->pending)
		return finish(client, connection, method);
	if (*body_size) {
		client->body = true;
		*body_size = 0;
		return MHD_YES;
	}
	return client->body && is_get(method) ? refuse_body(client, connection, method) :
						answer(client, connection, method);
}

static void on_mhd_error(void *data, const char *format, va_list args)
	__attribute__((format(printf, 2, 0)));

/* What clients do wrong is not worth a line in the journal; their number counts. */
static void on_mhd_error(void *data, const char *format, va_list args)
{
	(void)data;
	(void)format;
	(void)args;
}

static void arm_run(struct server *server)
{
	MHD_UNSIGNED_LONG_LONG ms = 0;

	if (!server->woken && MHD_get_timeout(server->daemon, &ms) != MHD_YES) {
		sd_event_source_set_enabled(server->run_timer, SD_EVENT_OFF);
		return;
	}
	sd_event_source_set_time(server->run_timer,
				 now_usec(server) + (uint64_t)ms * USEC_PER_MSEC);
	sd_event_source_set_enabled(server->run_timer, SD_EVENT_ONESHOT);
}

static int run(struct server *server)
{
	server->woken = false;
	if (MHD_run(server->daemon) != MHD_YES)
		log_error("the HTTP server could not run: %s", strerror(errno));
	arm_run(server);
	return 0;
}

static int on_io(sd_event_source *source, int fd, uint32_t events, void *data)
{
	(void)source;
	(void)fd;
	(void)events;
	return run(data);
}

static int on_run_timer(sd_event_source *source, uint64_t usec, void *data)
{
	(void)source;
	(void)usec;
	return run(data);
}

static int start_daemon(struct server *server, int fd)
{
	server->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_ERROR_LOG |
		MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, on_request, server,
		MHD_OPTION_EXTERNAL_LOGGER, on_mhd_error, NULL,
		MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned int)CONNECTIONS_HARD,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)SERVER_HEADER_SEC,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)MEMORY_PER_CONNECTION,
		MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_URI_LOG_CALLBACK, on_target, server,
		MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
		MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
		MHD_OPTION_END);
	return server->daemon ? 0 : errno ? -errno : -EIO;
}

static int add_sources(struct server *server)
{
	const union MHD_DaemonInfo *info;
	int r;

	info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info)
		return -EIO;
	r = sd_event_add_io(server->event, &server->io, info->epoll_fd, EPOLLIN, on_io, server);
	if (r >= 0)
		r = sd_event_add_time(server->event, &server->run_timer, CLOCK_MONOTONIC, 0,
				      USEC_PER_MSEC, on_run_timer, server);
	if (r >= 0)
		r = sd_event_add_time(server->event, &server->limit_timer, CLOCK_MONOTONIC, 0,
				      100 * USEC_PER_MSEC, on_limit, server);
	return r;
}

int server_new(sd_event *event, struct api *api, int fd, enum listener listener,
	       struct server **ret_server)
{
	struct server *server = calloc(1, sizeof(*server));
	int r;

	if (!server)
		return -ENOMEM;
	server->event = sd_event_ref(event);
	server->api = api;
	server->listener = listener;
	TAILQ_INIT(&server->waiting);
	TAILQ_INIT(&server->replying);
	TAILQ_INIT(&server->streaming);
	/* libmicrohttpd closes what it listens on. */
	fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	r = fd < 0 ? -errno : start_daemon(server, fd);
	if (r >= 0)
		r = add_sources(server);
	if (r < 0) {
		server_free(server);
		return r;
	}
	*ret_server = server;
	return 0;
}

/* The library does not stop while somebody is suspended. */
static void wake_all(struct server *server)
{
	struct client_list *lists[] = { &server->replying, &server->streaming };
	struct client *client;
	size_t i;

	for (i = 0; i < sizeof(lists) / sizeof(lists[0]); i++)
		TAILQ_FOREACH(client, lists[i], entry)
			wake_client(client);
}

struct server *server_free(struct server *server)
{
	if (!server)
		return NULL;
	wake_all(server);
	sd_event_source_unref(server->io);
	sd_event_source_unref(server->run_timer);
	sd_event_source_unref(server->limit_timer);
	server->io = server->run_timer = server->limit_timer = NULL;
	if (server->daemon)
		MHD_stop_daemon(server->daemon);
	sd_event_unref(server->event);
	free(server);
	return NULL;
}
