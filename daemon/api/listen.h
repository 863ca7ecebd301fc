/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listening sockets: those that systemd passes, found by name and checked by
 * type, and those that the daemon makes itself.
 */
#ifndef TASKMETERD_API_LISTEN_H
#define TASKMETERD_API_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include "api/api.h"

#define LISTEN_MAX	(2 * CONFIG_LISTEN_MAX + 1)

/**
 * struct listening - one socket
 * @fd: non-blocking, close on exec
 * @listener: its kind
 * @path: of a Unix socket that the daemon made, else NULL
 * @device: of @path
 * @inode: of @path
 */
struct listening {
	int fd;
	enum listener listener;
	char *path;
	dev_t device;
	ino_t inode;
};

/**
 * struct listen_set - all of them
 */
struct listen_set {
	struct listening sockets[LISTEN_MAX];
	size_t count;
};

/**
 * listen_open() - all sockets that the daemon serves
 * @config: where it listens, beside what systemd passed; the Unix socket is
 *	made only if systemd passed none
 * @ret_set: to be closed with listen_close()
 *
 * Names of passed sockets: "api" is a Unix socket, "api-tcp" TCP, and "metrics"
 * TCP with /metrics and /healthz only.
 *
 * Logs why it failed.
 *
 * Return: 0 or a negative errno.
 */
int listen_open(const struct config *config, struct listen_set *ret_set);

/**
 * listen_keep() - have new settings tell what is listened on, as that does not change
 * @config: settings that were in force; left with what the new ones wanted
 * @ret_config: the new ones
 *
 * Return: whether these wanted the same.
 */
bool listen_keep(struct config *config, struct config *ret_config);

/**
 * listen_close() - close the sockets and remove the path of one made here
 * @set: zeroed or filled in
 */
void listen_close(struct listen_set *set);

#endif
