// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The sockets that the daemon makes itself: what stands in the way is replaced
 * only if nobody is behind it; and the view of who connects.
 */
#include "api/listen.h"
#include "suite.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static char directory[] = "/tmp/taskmeter-listen-XXXXXX";
static char path[128];

static void set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	/* Its parent is made too. */
	snprintf(path, sizeof(path), "%s/run/api.sock", directory);
}

static void tear_down(void)
{
	char parent[128];

	snprintf(parent, sizeof(parent), "%s/run", directory);
	unlink(path);
	ck_assert_int_eq(rmdir(parent), 0);
	ck_assert_int_eq(rmdir(directory), 0);
}

static int open_set(struct listen_set *set)
{
	struct config config = { .socket = path };

	return listen_open(&config, set);
}

static int connects(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0), r;

	strcpy(address.sun_path, path);
	r = connect(fd, (const struct sockaddr *)&address, sizeof(address));
	close(fd);
	return r;
}

START_TEST(made_and_removed)
{
	struct listen_set set = { 0 };
	struct stat st;

	ck_assert_int_eq(open_set(&set), 0);
	ck_assert_uint_eq(set.count, 1);
	ck_assert_int_eq(set.sockets[0].listener, LISTENER_UNIX);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFSOCK | 0666);
	ck_assert_int_eq(connects(), 0);
	ck_assert(fcntl(set.sockets[0].fd, F_GETFL) & O_NONBLOCK);
	ck_assert(fcntl(set.sockets[0].fd, F_GETFD) & FD_CLOEXEC);
	listen_close(&set);
	ck_assert_int_ne(access(path, F_OK), 0);
}
END_TEST

START_TEST(stale_one_is_replaced)
{
	struct listen_set dead = { 0 }, set = { 0 };

	ck_assert_int_eq(open_set(&dead), 0);
	/* As if killed: closed, but still there. */
	close(dead.sockets[0].fd);
	ck_assert_int_ne(connects(), 0);
	ck_assert_int_eq(open_set(&set), 0);
	ck_assert_int_eq(connects(), 0);
	/* The dead one, ending late, takes nothing away. */
	dead.sockets[0].fd = open("/dev/null", O_RDONLY);
	listen_close(&dead);
	ck_assert_int_eq(connects(), 0);
	listen_close(&set);
}
END_TEST

START_TEST(living_one_stays)
{
	struct listen_set set = { 0 }, second = { 0 };

	ck_assert_int_eq(open_set(&set), 0);
	ck_assert_int_eq(open_set(&second), -EADDRINUSE);
	ck_assert_int_eq(connects(), 0);
	listen_close(&set);
}
END_TEST

START_TEST(other_files_stay)
{
	struct listen_set set = { 0 };
	int fd;

	ck_assert_int_eq(open_set(&set), 0);
	listen_close(&set);
	fd = open(path, O_CREAT | O_WRONLY, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(open_set(&set), -EEXIST);
	ck_assert_int_eq(access(path, F_OK), 0);
}
END_TEST

/* A TCP port that is taken: nothing is left of the sockets made before it. */
START_TEST(all_or_nothing)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t size = sizeof(address);
	struct listen_set set = { 0 };
	char text[32];
	struct config config = { .socket = path, .listen = { text }, .listen_count = 1 };
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ck_assert_int_eq(bind(fd, (const struct sockaddr *)&address, size), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&address, &size), 0);
	snprintf(text, sizeof(text), "127.0.0.1:%u", ntohs(address.sin_port));
	ck_assert_int_eq(listen_open(&config, &set), -EADDRINUSE);
	ck_assert_int_ne(access(path, F_OK), 0);
	close(fd);
	ck_assert_int_eq(listen_open(&config, &set), 0);
	ck_assert_uint_eq(set.count, 2);
	ck_assert_int_eq(set.sockets[1].listener, LISTENER_TCP);
	listen_close(&set);
}
END_TEST

/* This process is its own peer; a group that it is in opens everything. */
START_TEST(peers)
{
	struct access access = { 0 };
	struct view view;
	int fds[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	ck_assert_int_eq(access_view_of_peer(&access, fds[0], &view), 0);
	ck_assert_int_eq(view.all, getuid() == 0);
	ck_assert_uint_eq(view.uid, getuid());
	access.has_group = true;
	access.group = getgid();
	ck_assert_int_eq(access_view_of_peer(&access, fds[0], &view), 0);
	ck_assert(view.all);
	close(fds[0]);
	close(fds[1]);
	ck_assert_int_lt(access_view_of_peer(&access, -1, &view), 0);
}
END_TEST

static void parse(const char *text, struct config *config)
{
	struct config_error error;

	ck_assert_int_eq(config_parse(text, strlen(text), config, &error), 0);
}

/* After a reload, who names the address that is listened on is still answered. */
START_TEST(kept_over_a_reload)
{
	static const char before[] = "listen = 192.0.2.1:9745 192.0.2.2:9745\n";
	struct problem problem = { 0 };
	struct config config, wanted;

	parse(before, &config);
	parse("listen = 192.0.2.3:9745\nsocket = /run/other\ninterval = 2s\n", &wanted);
	ck_assert(!listen_keep(&config, &wanted));
	ck_assert_int_eq(access_check_host(&wanted, "192.0.2.2:9745", &problem), 0);
	ck_assert_int_ne(access_check_host(&wanted, "192.0.2.3:9745", &problem), 0);
	ck_assert_str_ne(wanted.socket, "/run/other");
	ck_assert_uint_eq(wanted.interval_ms, 2000);
	config_clear(&config);
	/* It is told each time, until they are the same again. */
	parse("listen = 192.0.2.3:9745\n", &config);
	ck_assert(!listen_keep(&wanted, &config));
	config_clear(&wanted);
	parse(before, &wanted);
	ck_assert(listen_keep(&config, &wanted));
	config_clear(&config);
	config_clear(&wanted);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("listen");
	TCase *sockets = tcase_create("sockets"), *clients = tcase_create("peers");

	tcase_add_checked_fixture(sockets, set_up, tear_down);
	tcase_add_test(sockets, made_and_removed);
	tcase_add_test(sockets, stale_one_is_replaced);
	tcase_add_test(sockets, living_one_stays);
	tcase_add_test(sockets, other_files_stay);
	tcase_add_test(sockets, all_or_nothing);
	suite_add_tcase(suite, sockets);
	tcase_add_test(clients, peers);
	tcase_add_test(clients, kept_over_a_reload);
	suite_add_tcase(suite, clients);
	return suite_main(suite, argc, argv);
}
