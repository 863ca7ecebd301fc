// SPDX-License-Identifier: GPL-2.0-or-later
/* See access.h. */
#include "api/access.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "core/log.h"

#define GROUPS_MAX	65536	/* NGROUPS_MAX of the kernel */

static void find_group(struct access *access)
{
	struct group *group = getgrnam(ACCESS_GROUP);

	access->has_group = group != NULL;
	access->group = group ? group->gr_gid : 0;
	if (!group)
		log_notice("there is no group %s: on the socket only root sees all processes",
			   ACCESS_GROUP);
}

/* The token file's path, or NULL if there is none. */
static const char *token_path(const struct config *config, char *buffer, size_t size)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");

	if (config->token_file)
		return config->token_file;
	if (!directory)
		return NULL;
	snprintf(buffer, size, "%s/api-token", directory);
	return access(buffer, F_OK) ? NULL : buffer;
}

static ssize_t read_token(const char *path, char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;
	ssize_t n;

	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && st.st_mode & S_IROTH)
		log_warning("%s can be read by everyone: its token protects nothing", path);
	n = read(fd, buffer, size);
	if (n < 0)
		n = -errno;
	close(fd);
	return n;
}

/* Cuts the white space at the end; the rest has to be visible ASCII. */
static bool token_is_valid(char *token)
{
	size_t i, length = strlen(token);

	while (length && strchr(" \t\r\n", token[length - 1]))
		token[--length] = '\0';
	for (i = 0; i < length; i++)
		if (token[i] <= ' ' || token[i] >= 0x7f)
			return false;
	return length >= ACCESS_TOKEN_MIN && length <= ACCESS_TOKEN_MAX;
}

static int load_token(struct access *access, const struct config *config,
		      struct config_error *ret_error)
{
	char token[ACCESS_TOKEN_MAX + 16] = "", buffer[4096];
	const char *path = token_path(config, buffer, sizeof(buffer));
	ssize_t n;

	if (!path)
		return 0;
	n = read_token(path, token, sizeof(token) - 1);
	if (n < 0) {
		snprintf(ret_error->text, sizeof(ret_error->text),
			 "the token file %.256s cannot be read: %s", path, strerror((int)-n));
		return (int)n;
	}
	if (strlen(token) != (size_t)n || !token_is_valid(token)) {
		snprintf(ret_error->text, sizeof(ret_error->text),
			 "the token file %.256s has to hold one line of %d to %d visible ASCII"
			 " characters", path, ACCESS_TOKEN_MIN, ACCESS_TOKEN_MAX);
		return -EINVAL;
	}
	access->token = strdup(token);
	explicit_bzero(token, sizeof(token));
	return access->token ? 0 : -ENOMEM;
}

int access_load(struct access *access, const struct config *config,
		struct config_error *ret_error)
{
	struct access loaded = { 0 };
	int r;

	*ret_error = (struct config_error) { 0 };
	r = load_token(&loaded, config, ret_error);
	if (r < 0) {
		if (!ret_error->text[0])
			snprintf(ret_error->text, sizeof(ret_error->text), "%s", strerror(-r));
		return r;
	}
	find_group(&loaded);
	access_clear(access);
	*access = loaded;
	return 0;
}

void access_clear(struct access *access)
{
	if (access->token)
		explicit_bzero(access->token, strlen(access->token));
	free(access->token);
	*access = (struct access) { 0 };
}

/* Supplementary groups; -ENOMEM, or 0 for a kernel that does not tell them. */
static int in_supplementary_groups(int fd, gid_t group)
{
	socklen_t size = GROUPS_MAX * sizeof(gid_t), i;
	gid_t *groups = malloc(size);
	int found = 0;

	if (!groups)
		return -ENOMEM;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
		size = 0;
	for (i = 0; i < size / sizeof(gid_t); i++)
		if (groups[i] == group)
			found = 1;
	free(groups);
	return found;
}

int access_view_of_peer(const struct access *access, int fd, struct view *ret_view)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);
	int r = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0)
		return -errno;
	if (peer.uid != 0 && access->has_group) {
		r = peer.gid == access->group;
		if (!r)
			r = in_supplementary_groups(fd, access->group);
		if (r < 0)
			return r;
	}
	*ret_view = (struct view) { .all = peer.uid == 0 || r, .uid = peer.uid };
	return 0;
}

/* Length of the name in "name", "name:port", "[::1]" or "[::1]:port"; 0 if bad. */
static size_t host_length(const char *host)
{
	size_t length;

	if (*host == '[') {
		length = strcspn(host, "]");
		if (!host[length])
			return 0;
		length++;
	} else {
		length = strcspn(host, ":");
	}
	if (!host[length])
		return length;
	if (host[length] != ':' || !host[length + 1] ||
	    host[length + 1 + strspn(host + length + 1, "0123456789")])
		return 0;
	return length;
}

static bool same_host(const char *host, size_t length, const char *name)
{
	return host_length(name) == length && !strncasecmp(host, name, length);
}

static bool host_is_known(const struct config *config, const char *host)
{
	static const char *const loopback[] = { "localhost", "127.0.0.1", "[::1]" };
	size_t i, length = host_length(host);

	if (!length)
		return false;
	for (i = 0; i < sizeof(loopback) / sizeof(loopback[0]); i++)
		if (same_host(host, length, loopback[i]))
			return true;
	for (i = 0; i < config->host_count; i++)
		if (same_host(host, length, config->hosts[i]))
			return true;
	for (i = 0; i < config->listen_count; i++)
		if (same_host(host, length, config->listen[i]))
			return true;
	return false;
}

int access_check_host(const struct config *config, const char *host,
		      struct problem *problem)
{
	if (!host)
		return problem_set(problem, 421, "A request over TCP needs a Host header.");
	if (!host_is_known(config, host))
		return problem_set(problem, 421, "The Host header names \"%.128s\", for"
				   " which this daemon does not answer; allowed are"
				   " localhost, 127.0.0.1, [::1], the addresses it listens"
				   " on, and the names that \"hosts\" lists in"
				   " taskmeterd.conf.", host);
	return 0;
}

/* 0 if equal. The time depends on the length of @given alone. */
static unsigned char differ(const char *given, const char *token)
{
	size_t i, length = strlen(given), expected = strlen(token);
	unsigned char difference = length != expected;

	for (i = 0; i < length; i++)
		difference |= (unsigned char)(given[i] ^ token[i % expected]);
	return difference;
}

int access_check_token(const struct access *access, const char *authorization,
		       struct problem *problem)
{
	if (!access->token)
		return problem_set(problem, 403, "Over TCP only /metrics and /healthz are"
				   " open, as no token is configured; set \"token-file\" in"
				   " taskmeterd.conf, or use the Unix socket.");
	if (!authorization || strncasecmp(authorization, "Bearer ", 7) != 0)
		return problem_set(problem, 401, "This needs the bearer token: send"
				   " \"Authorization: Bearer TOKEN\".");
	authorization += 7;
	authorization += strspn(authorization, " ");
	if (differ(authorization, access->token))
		return problem_set(problem, 401, "The bearer token is wrong.");
	return 0;
}

bool view_shows(const struct view *view, const struct taskmeter_record *record)
{
	return view->all || (record->uid == view->uid && record->euid == view->uid &&
			     record->gid == record->egid);
}

void view_record(const struct view *view, const struct taskmeter_record *record,
		 struct taskmeter_record *ret_record)
{
	*ret_record = *record;
	if (!view->all)
		ret_record->available &= ~(uint64_t)TASKMETER_AVAILABLE_WAKER;
}
