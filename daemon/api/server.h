/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One listening socket served by libmicrohttpd in the event loop.
 *
 * Limits, for each listener: SERVER_CONNECTIONS connections, beyond which a new
 * one takes the place of the one that has been silent for longest (or, if all
 * are being answered, of the one that takes longest); SERVER_HEADER_SEC for a
 * request to come, the silence before it included; SERVER_REPLY_SEC for its
 * body to come and the reply to be taken, and as much again for each
 * SERVER_REPLY_PROGRESS bytes that are taken of it; an event stream goes on as long as
 * all that there was is taken every SERVER_STREAM_SEC, heartbeats included. Samples and replies together
 * may keep SERVER_MEMORY_MAX; beyond that, each new request ends the oldest reply
 * that is not taken.
 */
#ifndef TASKMETERD_API_SERVER_H
#define TASKMETERD_API_SERVER_H

#include <systemd/sd-event.h>
#include "api/api.h"

#define SERVER_CONNECTIONS	512
#define SERVER_HEADER_SEC	10
#define SERVER_REPLY_SEC	30
#define SERVER_STREAM_SEC	60
#define SERVER_REPLY_PROGRESS	(1U << 20)
#define SERVER_HEADER_MAX	16384
#define SERVER_BODY_MAX		65536
#define SERVER_MEMORY_MAX	(UINT64_C(64) << 20)

struct server;

/**
 * server_new() - serve a listening socket
 * @event: event loop
 * @api: answers the requests
 * @fd: listening stream socket, non-blocking; a copy is taken
 * @listener: what kind of socket it is
 * @ret_server: to be freed with server_free()
 *
 * Return: 0 or a negative errno.
 */
int server_new(sd_event *event, struct api *api, int fd, enum listener listener,
	       struct server **ret_server);

/**
 * server_free() - close the socket and all its connections
 * @server: may be NULL
 *
 * Return: NULL.
 */
struct server *server_free(struct server *server);

#endif
