// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See listen.h.
 *
 * The Unix socket is made under another name and renamed when it listens with
 * its final mode: it replaces a stale one in one step, and no client ever meets
 * one that does not answer. That another daemon is alive behind the old name is
 * asked first, by connecting.
 */
#include "api/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>
#include "core/log.h"

#define BACKLOG	1024

static const struct {
	const char *name;
	enum listener listener;
} names[] = {
	{ "api", LISTENER_UNIX },
	{ "api-tcp", LISTENER_TCP },
	{ "metrics", LISTENER_METRICS },
};

static int find_listener(const char *name, enum listener *ret_listener)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(names[i].name, name)) {
			*ret_listener = names[i].listener;
			return 0;
		}
	log_error("systemd passed a socket named \"%s\"; known names are api, api-tcp and"
		  " metrics (FileDescriptorName=)", name);
	return -EINVAL;
}

static int check_type(int fd, enum listener listener)
{
	int r;

	if (listener == LISTENER_UNIX) {
		r = sd_is_socket_unix(fd, SOCK_STREAM, 1, NULL, 0);
	} else {
		r = sd_is_socket_inet(fd, AF_INET, SOCK_STREAM, 1, 0);
		if (!r)
			r = sd_is_socket_inet(fd, AF_INET6, SOCK_STREAM, 1, 0);
	}
	return r > 0 ? 0 : r < 0 ? r : -ESOCKTNOSUPPORT;
}

static int add(struct listen_set *set, int fd, enum listener listener)
{
	if (set->count == LISTEN_MAX)
		return -E2BIG;
	set->sockets[set->count++] = (struct listening) { .fd = fd, .listener = listener };
	return 0;
}

static int take_passed_one(struct listen_set *set, int fd, const char *name)
{
	enum listener listener;
	int r = find_listener(name, &listener);

	if (r < 0)
		return r;
	r = check_type(fd, listener);
	if (r >= 0 && fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0)
		r = -errno;
	if (r >= 0)
		r = add(set, fd, listener);
	if (r < 0)
		log_error("socket \"%s\" that systemd passed cannot be used: %s", name,
			  strerror(-r));
	return r;
}

static int take_passed(struct listen_set *set)
{
	char **fd_names = NULL;
	int i, count, r = 0;

	count = sd_listen_fds_with_names(1, &fd_names);
	if (count < 0)
		log_error("the sockets that systemd passed cannot be read: %s",
			  strerror(-count));
	for (i = 0; i < count; i++) {
		if (r >= 0)
			r = take_passed_one(set, SD_LISTEN_FDS_START + i, fd_names[i]);
		free(fd_names[i]);
	}
	free(fd_names);
	return count < 0 ? count : r;
}

/* 0 if nothing answers at the path; a path that is no socket is not touched. */
static int check_stale(const struct sockaddr_un *address)
{
	struct stat st;
	int fd, r = 0;

	if (lstat(address->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	if (!connect(fd, (const struct sockaddr *)address, sizeof(*address)) ||
	    errno == EAGAIN)
		r = -EADDRINUSE;
	close(fd);
	return r;
}

static void make_parent(const char *path)
{
	char parent[sizeof(((struct sockaddr_un *)0)->sun_path)];
	char *slash;

	snprintf(parent, sizeof(parent), "%s", path);
	slash = strrchr(parent, '/');
	if (slash && slash != parent) {
		*slash = '\0';
		/* That it failed for another reason than EEXIST shows at bind(). */
		(void)!mkdir(parent, 0755);
	}
}

/* Under a name of this process, with its mode, listening. */
static int prepare_unix(int fd, const struct sockaddr_un *address)
{
	if (unlink(address->sun_path) < 0 && errno != ENOENT)
		return -errno;
	if (bind(fd, (const struct sockaddr *)address, sizeof(*address)) < 0)
		return -errno;
	if (chmod(address->sun_path, 0666) < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	return 0;
}

static int publish_unix(struct listening *socket, const char *temporary, const char *path)
{
	struct stat st;

	if (rename(temporary, path) < 0 || lstat(path, &st) < 0)
		return -errno;
	socket->path = strdup(path);
	socket->device = st.st_dev;
	socket->inode = st.st_ino;
	return 0;
}

static int make_unix(struct listen_set *set, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd, r;

	strncpy(address.sun_path, path, sizeof(address.sun_path) - 1);
	make_parent(path);
	r = check_stale(&address);
	if (r < 0)
		return r;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	r = add(set, fd, LISTENER_UNIX);
	if (r < 0) {
		close(fd);
		return r;
	}
	snprintf(address.sun_path, sizeof(address.sun_path), "%.92s.%d", path, (int)getpid());
	r = prepare_unix(fd, &address);
	if (!r)
		r = publish_unix(&set->sockets[set->count - 1], address.sun_path, path);
	if (r < 0)
		unlink(address.sun_path);
	return r;
}

union address {
	struct sockaddr any;
	struct sockaddr_in in;
	struct sockaddr_in6 in6;
};

/* The configuration has checked the form: "ADDRESS:PORT" or "[ADDRESS]:PORT". */
static socklen_t parse_address(const char *text, union address *address)
{
	const char *colon = strrchr(text, ':');
	in_port_t port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
	char name[INET6_ADDRSTRLEN + 2];

	*address = (union address) { 0 };
	if (text[0] != '[') {
		snprintf(name, sizeof(name), "%.*s", (int)(colon - text), text);
		address->in.sin_family = AF_INET;
		address->in.sin_port = port;
		return inet_pton(AF_INET, name, &address->in.sin_addr) == 1 ?
		       sizeof(address->in) : 0;
	}
	snprintf(name, sizeof(name), "%.*s", (int)(colon - text) - 2, text + 1);
	address->in6.sin6_family = AF_INET6;
	address->in6.sin6_port = port;
	return inet_pton(AF_INET6, name, &address->in6.sin6_addr) == 1 ?
	       sizeof(address->in6) : 0;
}

static bool is_loopback(const union address *address)
{
	if (address->any.sa_family == AF_INET)
		return ntohl(address->in.sin_addr.s_addr) >> 24 == 127;
	return IN6_IS_ADDR_LOOPBACK(&address->in6.sin6_addr);
}

static int prepare_tcp(int fd, const union address *address, socklen_t size)
{
	const int one = 1;

	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0)
		return -errno;
	if (address->any.sa_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one)) < 0)
		return -errno;
	if (bind(fd, &address->any, size) < 0 || listen(fd, BACKLOG) < 0)
		return -errno;
	return 0;
}

static int make_tcp(struct listen_set *set, const char *text)
{
	union address address;
	socklen_t size = parse_address(text, &address);
	int fd, r;

	if (!size)
		return -EINVAL;
	if (!is_loopback(&address))
		log_warning("%s is not a loopback address: /metrics there is open to the"
			    " network, and the token is sent unencrypted", text);
	fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	r = prepare_tcp(fd, &address, size);
	if (!r)
		r = add(set, fd, LISTENER_TCP);
	if (r < 0)
		close(fd);
	return r;
}

static bool has_unix(const struct listen_set *set)
{
	size_t i;

	for (i = 0; i < set->count; i++)
		if (set->sockets[i].listener == LISTENER_UNIX)
			return true;
	return false;
}

static int make_own(const struct config *config, struct listen_set *set)
{
	size_t i;
	int r = 0;

	if (!has_unix(set))
		r = make_unix(set, config->socket);
	if (r < 0) {
		log_error("the socket %s cannot be made: %s", config->socket,
			  r == -EADDRINUSE ? "another daemon answers there" : strerror(-r));
		return r;
	}
	for (i = 0; i < config->listen_count && r >= 0; i++) {
		r = make_tcp(set, config->listen[i]);
		if (r < 0)
			log_error("no listening at %s: %s", config->listen[i], strerror(-r));
	}
	return r;
}

int listen_open(const struct config *config, struct listen_set *ret_set)
{
	struct listen_set set = { 0 };
	int r = take_passed(&set);

	if (r >= 0)
		r = make_own(config, &set);
	if (r < 0) {
		listen_close(&set);
		return r;
	}
	*ret_set = set;
	return 0;
}

static bool same_listening(const struct config *a, const struct config *b)
{
	size_t i;

	if (strcmp(a->socket, b->socket) != 0 || a->listen_count != b->listen_count)
		return false;
	for (i = 0; i < a->listen_count; i++)
		if (strcmp(a->listen[i], b->listen[i]) != 0)
			return false;
	return true;
}

/* Requests are to name an address that is listened on, not one that will be. */
bool listen_keep(struct config *config, struct config *ret_config)
{
	const struct config wanted = *ret_config;

	if (same_listening(config, ret_config))
		return true;
	ret_config->socket = config->socket;
	memcpy(ret_config->listen, config->listen, sizeof(wanted.listen));
	ret_config->listen_count = config->listen_count;
	config->socket = wanted.socket;
	memcpy(config->listen, wanted.listen, sizeof(wanted.listen));
	config->listen_count = wanted.listen_count;
	return false;
}

/* Only if it is still ours: another daemon may have replaced it. */
static void remove_path(const struct listening *socket)
{
	struct stat st;

	if (socket->path && !lstat(socket->path, &st) && st.st_dev == socket->device &&
	    st.st_ino == socket->inode)
		unlink(socket->path);
}

void listen_close(struct listen_set *set)
{
	size_t i;

	for (i = 0; i < set->count; i++) {
		remove_path(&set->sockets[i]);
		free(set->sockets[i].path);
		close(set->sockets[i].fd);
	}
	set->count = 0;
}
