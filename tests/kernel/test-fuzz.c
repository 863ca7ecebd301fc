// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Hostile ioctls and messages, from many threads at once, by root, by nobody and by root of
 * a user namespace, while processes come and go: the module does what its header says, tells
 * what is well formed, and is the same afterwards.
 *
 * It takes $TASKMETER_FUZZ_SECONDS (20, or 60 on a slow kernel) in all. The numbers come from
 * $TASKMETER_FUZZ_SEED, or from a seed that is printed, and told to the kernel log for the case
 * that nothing is printed any more: with the same seed each thread does the same again, but for
 * what it is told by the module. When they meet, as ever, is chance.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include "child.h"
#include "cred.h"
#include "exits.h"
#include "fuzz-device.h"
#include "fuzz-netlink.h"
#include "genl.h"
#include "herd.h"
#include "meter.h"
#include "module.h"
#include "slab.h"
#include "suite.h"
#include "support.h"

#define THREADS_MAX	4
#define CHURNERS	3
#define SIGNAL_US	7000
/* Bits of /proc/sys/kernel/tainted: BUG or Oops, WARN, bad page, lockup. */
#define TAINTS		(1UL << 7 | 1UL << 9 | 1UL << 5 | 1UL << 14)

/**
 * struct party - a process that does so
 * @name: for messages
 * @uid: who it is
 * @clone: flags for clone(2)
 * @threads: threads of each kind
 */
struct party {
	const char *name;
	uid_t uid;
	int clone;
	unsigned int threads;
};

static const struct party parties[] = {
	{ "root", 0, 0, 2 },
	{ "nobody", 65534, 0, 1 },
	{ "root of a user namespace", 1000, CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET, 1 },
};

#define PARTIES	ARRAY_SIZE(parties)

/* With the processes of the parties. */
struct shared {
	_Atomic bool stop;
	struct fuzz_tally devices[PARTIES];
	struct fuzz_tally sockets[PARTIES];
};

static struct shared *shared;
static uint64_t seed;

static uint64_t environment_number(const char *name, uint64_t otherwise)
{
	const char *text = getenv(name);

	return text && *text ? strtoull(text, NULL, 0) : otherwise;
}

static void tell_kernel_log(const char *text)
{
	int log = open("/dev/kmsg", O_WRONLY | O_CLOEXEC);

	if (log < 0)
		return;
	dprintf(log, "taskmeter: test-fuzz: %s\n", text);
	close(log);
}

static uint64_t duration_s(void)
{
	return environment_number("TASKMETER_FUZZ_SECONDS", test_scale() > 1 ? 60 : 20);
}

static void choose_seed(void)
{
	char text[64];

	must(getrandom(&seed, sizeof(seed), 0) == sizeof(seed));
	seed = environment_number("TASKMETER_FUZZ_SEED", seed);
	snprintf(text, sizeof(text), "TASKMETER_FUZZ_SEED=%#llx", (unsigned long long)seed);
	printf("SEED: %s makes the same again\n", text);
	tell_kernel_log(text);
}

static void *fuzz_device(void *arg)
{
	const size_t number = (uintptr_t)arg;
	struct device_fuzz fuzz;

	device_fuzz_open(&fuzz, seed, number, &shared->devices[number / THREADS_MAX]);
	fuzz.totals = !(number / THREADS_MAX);
	while (!shared->stop)
		device_fuzz_step(&fuzz);
	device_fuzz_close(&fuzz);
	return NULL;
}

static void *fuzz_netlink(void *arg)
{
	const size_t number = (uintptr_t)arg;
	struct netlink_fuzz fuzz;

	netlink_fuzz_open(&fuzz, seed, 1000 + number, &shared->sockets[number / THREADS_MAX]);
	while (!shared->stop)
		netlink_fuzz_step(&fuzz);
	netlink_fuzz_close(&fuzz);
	return NULL;
}

static void ignore(int number)
{
	(void)number;
}

/* Calls are interrupted all the time, and begun again where that can be. */
static void be_interrupted(void)
{
	const struct itimerval often = { { 0, SIGNAL_US }, { 0, SIGNAL_US } };
	const struct sigaction action = { .sa_handler = ignore, .sa_flags = SA_RESTART };

	must(!sigaction(SIGALRM, &action, NULL));
	must(!setitimer(ITIMER_REAL, &often, NULL));
}

static void become(const struct party *party)
{
	const struct identity identity = { party->name, party->uid, 0 };

	if (party->clone) {
		must(!setresgid(0, 0, 0));
		must(!setresuid(0, 0, 0));
	} else if (party->uid) {
		cred_become(&identity);
	}
}

static void be_party(void *arg)
{
	const struct party *party = arg;
	const size_t first = (size_t)(party - parties) * THREADS_MAX;
	pthread_t threads[2 * THREADS_MAX];

	child_listen();
	become(party);
	device_fuzz_begin();
	be_interrupted();
	for (size_t i = 0; i < party->threads; i++) {
		must(!pthread_create(&threads[2 * i], NULL, fuzz_device, (void *)(first + i)));
		must(!pthread_create(&threads[2 * i + 1], NULL, fuzz_netlink,
				     (void *)(first + i)));
	}
	for (size_t i = 0; i < 2 * party->threads; i++)
		must(!pthread_join(threads[i], NULL));
	device_fuzz_end();
}

static void start_party(struct child *child, const struct party *party)
{
	child_clone(child, party->clone, be_party, (void *)party);
	if (party->clone)
		cred_map_ids(child->pid, 0, party->uid);
	child_order(child);
}

static unsigned long taints(void)
{
	char text[32];

	file_read("/proc/sys/kernel/tainted", text, sizeof(text));
	return strtoul(text, NULL, 10) & TAINTS;
}

static void print_tally(const char *who, const struct fuzz_tally *tally, unsigned int first,
			unsigned int end, const char *(*name)(unsigned int number))
{
	printf("%s: %llu steps", who, (unsigned long long)tally->tried);
	for (unsigned int i = first; i < end; i++)
		printf(", %s %llu/%llu", name(i), (unsigned long long)tally->taken[i],
		       (unsigned long long)tally->refused[i]);
	printf("\n");
}

/* Each was taken and refused: else this is no test of it. */
static void check_reached(const struct fuzz_tally *tally, unsigned int first, unsigned int end,
			  const char *(*name)(unsigned int number))
{
	for (unsigned int i = first; i < end; i++)
		if (!tally->taken[i] || !tally->refused[i])
			test_fail("%s was taken %llu times and refused %llu times", name(i),
				  (unsigned long long)tally->taken[i],
				  (unsigned long long)tally->refused[i]);
}

static void check_tallies(void)
{
	for (size_t i = 0; i < PARTIES; i++) {
		print_tally(parties[i].name, &shared->devices[i], 0, FUZZ_DOORS,
			    device_fuzz_name);
		print_tally(parties[i].name, &shared->sockets[i], 1, FUZZ_COMMANDS + 1,
			    netlink_fuzz_name);
		must(shared->devices[i].tried && shared->sockets[i].tried);
	}
	check_reached(&shared->devices[0], 0, FUZZ_DOORS, device_fuzz_name);
	check_reached(&shared->sockets[0], 1, FUZZ_COMMANDS + 1, netlink_fuzz_name);
	/* Nobody but root changes a setting. */
	for (size_t i = 1; i < PARTIES; i++)
		must(!shared->sockets[i].taken[TASKMETER_CMD_CONFIG_SET]);
}

static void fuzz_for(uint64_t ns)
{
	const struct herd_options options = { CHURNERS, 0, NULL, true };
	struct child children[PARTIES];
	struct herd herd;

	herd_start(&herd, &options);
	for (size_t i = 0; i < PARTIES; i++)
		start_party(&children[i], &parties[i]);
	sleep_ms(ns / NSEC_PER_MSEC);
	shared->stop = true;
	for (size_t i = 0; i < PARTIES; i++)
		child_join(&children[i]);
	must(herd_churned(&herd));
	herd_end(&herd);
}

static void restore_settings(const struct taskmeter_info *before)
{
	meter_config(TASKMETER_A_CONFIG_METER, 1);
	meter_config(TASKMETER_A_CONFIG_WAKER, 0);
	meter_config(TASKMETER_A_CONFIG_PROBE_TIME, 0);
	meter_config(TASKMETER_A_CONFIG_EXIT_LOG_BYTES, (uint32_t)before->exit_log_bytes);
}

/* Closed sockets are let go of a little later; the test's limit of time ends it. */
static struct taskmeter_info await_no_subscriber(int device)
{
	struct taskmeter_info info;

	while ((info = device_info(device)).subscribers)
		sleep_ms(5);
	return info;
}

static void check_info(const struct taskmeter_info *before, const struct taskmeter_info *after)
{
	ck_assert_uint_eq(after->instance_id, before->instance_id);
	ck_assert_uint_eq(after->load_time_ns, before->load_time_ns);
	ck_assert_uint_eq(after->flags, before->flags);
	ck_assert_uint_eq(after->available, before->available);
	ck_assert_uint_eq(after->exit_log_bytes, before->exit_log_bytes);
	ck_assert_uint_le(after->exit_log_used_bytes, after->exit_log_bytes);
	ck_assert_uint_eq(after->exit_log_evicted + after->exit_log_records, after->exit_number);
	ck_assert_uint_gt(after->exit_number, before->exit_number);
	ck_assert_uint_eq(after->untracked_threads, 0);
	ck_assert_uint_gt(after->tracked_threads, 0);
	ck_assert_uint_lt(after->tracked_threads, 100000);
	ck_assert_uint_ge(after->allocation_failures, before->allocation_failures);
	ck_assert_uint_ge(after->clock_steps, before->clock_steps);
	must(after->token && after->clock != TASKMETER_CLOCK_NONE);
}

/* What is told by one door is told by the other. */
static void check_records(int device)
{
	const struct taskmeter_record *mine, *theirs;
	struct records records, dumped = { 0 };
	struct genl genl;

	device_snapshot(device, NULL, 16, &records);
	records_check_order(&records);
	genl_open(&genl);
	must(!genl_dump(&genl, NULL, &dumped));
	genl_close(&genl);
	records_check_order(&dumped);
	mine = records_find(&records, getpid());
	theirs = records_find(&dumped, getpid());
	must(mine && theirs && records_find(&records, 1) && records_find(&dumped, 1));
	ck_assert_uint_eq(mine->start_time_ns, theirs->start_time_ns);
	ck_assert_uint_le(mine->run_ns, theirs->run_ns);
	must(mine->available & TASKMETER_AVAILABLE_METER);
	records_free(&records);
	records_free(&dumped);
}

/* A process that ends now is told as ever. */
static void check_exit(void)
{
	struct exits exits;
	struct ended ended;
	pid_t pid;

	exits_open(&exits, 0);
	pid = fork();
	must(pid >= 0);
	if (!pid)
		_exit(7);
	ended = exits_reap(&exits, pid);
	ck_assert_int_eq(ended.exit.status, 7 << 8);
	exits_check(&ended, "a child");
	exits_close(&exits);
}

/* Both ways to load it, half of the time each. */
START_TEST(hostile)
{
	static const char *const parameters[] = { "", "unprivileged=1" };
	const unsigned long tainted = taints();
	struct taskmeter_info before, after;
	int device;

	shared = shared_alloc(sizeof(*shared));
	module_unload();
	module_load(parameters[_i]);
	must(!chmod(TASKMETER_DEVICE, 0666));
	choose_seed();
	device = device_open();
	before = device_info(device);
	close(device);
	fuzz_for(duration_s() * NSEC_PER_SEC / ARRAY_SIZE(parameters));
	check_tallies();

	module_await_unused();
	restore_settings(&before);
	device = device_open();
	after = await_no_subscriber(device);
	check_info(&before, &after);
	check_records(device);
	close(device);
	check_exit();
	module_unload();
	slab_check_none("after fuzzing");
	module_load("");
	ck_assert_uint_eq(taints(), tainted);
}
END_TEST

/* Whatever a test left. */
static void load_again(void)
{
	if (!module_loaded())
		module_load_default();
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("fuzz");
	TCase *fuzz = test_case_add(suite, "fuzz", 120 + (int)duration_s());

	tcase_add_unchecked_fixture(fuzz, NULL, load_again);
	tcase_add_checked_fixture(fuzz, load_again, NULL);
	tcase_add_loop_test(fuzz, hostile, 0, 2);
	return suite_main(suite, argc, argv);
}
