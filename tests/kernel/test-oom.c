// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who is killed because memory ran out: one event for each process, and its exit record
 * says so, with what it held, whether a cgroup or the machine ran out, and whether it
 * was chosen or shared the memory of who was.
 */
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "child.h"
#include "events.h"
#include "exits.h"
#include "pressure.h"
#include "proc.h"
#include "suite.h"
#include "support.h"

#define GROUP		"taskmeter-oom"
#define INNER_GROUP	GROUP "/inner"
#define OTHER_GROUP	"taskmeter-oom-other"
#define LIMIT		(16 * MEGABYTE)
#define PAGE		4096UL
#define VICTIM_UID	2001

static int device;
static struct exits exits;
static struct events events;

static void restore(void)
{
	cgroup_remove(OTHER_GROUP);
	cgroup_remove(INNER_GROUP);
	cgroup_remove(GROUP);
}

static void make_group(const char *name)
{
	cgroup_make(name);
	cgroup_write(name, "memory.max", "16M");
}

static void setup(void)
{
	restore();
	pressure_swap_off();
	/* Not this one, whatever happens. */
	file_write("/proc/self/oom_score_adj", "-1000");
	device = device_open();
	exits_open(&exits, 0);
	events_subscribe(&events, TASKMETER_EVENT_OOM | TASKMETER_EVENT_EXIT, 0);
}

/**
 * struct eater - a process that eats memory
 * @group: the cgroup that it is in, or NULL
 * @score: its oom_score_adj
 * @shared: it eats shared memory
 * @bytes: how much; it does not come to the end of it
 */
struct eater {
	const char *group;
	int score;
	bool shared;
	size_t bytes;
};

static void become_victim(const struct eater *eater)
{
	char text[16];

	support_forked();
	snprintf(text, sizeof(text), "%d", eater->score);
	file_write("/proc/self/oom_score_adj", text);
	if (eater->group)
		cgroup_add(eater->group, getpid());
	must(!prctl(PR_SET_NAME, "eater"));
	must(!setresuid(VICTIM_UID, VICTIM_UID, VICTIM_UID));
}

static void eat(const struct eater *eater)
{
	char *memory = mmap(NULL, eater->bytes, PROT_READ | PROT_WRITE,
			    (eater->shared ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS |
			    MAP_NORESERVE, -1, 0);

	must(memory != MAP_FAILED);
	if (!eater->group)
		madvise(memory, eater->bytes, MADV_HUGEPAGE);
	for (size_t i = 0; i < eater->bytes; i += PAGE)
		((volatile char *)memory)[i] = 1;
	for (;;)
		pause();
}

static pid_t start_eater(const struct eater *eater)
{
	pid_t pid = fork();

	must(pid >= 0);
	if (!pid) {
		become_victim(eater);
		eat(eater);
	}
	return pid;
}

/* What the event says of its end is in the record as well. */
static void check_same(const struct event *event, const struct ended *ended)
{
	const struct taskmeter_exit *exit = &ended->exit;
	const uint32_t about = TASKMETER_EXIT_OOM | TASKMETER_EXIT_OOM_CGROUP |
			       TASKMETER_EXIT_OOM_MACHINE | TASKMETER_EXIT_OOM_SHARED;

	ck_assert_uint_eq(event->flags & about, exit->flags & about);
	ck_assert_uint_eq(event->oom_rss_anon_bytes, exit->oom_rss_anon_bytes);
	ck_assert_uint_eq(event->oom_rss_file_bytes, exit->oom_rss_file_bytes);
	ck_assert_uint_eq(event->oom_rss_shmem_bytes, exit->oom_rss_shmem_bytes);
	ck_assert_uint_eq(event->oom_swap_bytes, exit->oom_swap_bytes);
	ck_assert_uint_eq(event->time_ns, exit->oom_time_ns);
	ck_assert_uint_ge(exit->oom_time_ns, ended->record.start_time_ns);
	ck_assert_uint_le(exit->oom_time_ns, exit->exit_time_ns + NSEC_PER_MSEC);
	ck_assert_uint_eq(event->start_time_ns, ended->record.start_time_ns);
	ck_assert_uint_eq(event->cgroup_id, ended->record.cgroup_id);
	ck_assert_uint_eq(event->uid, ended->record.uid);
	ck_assert_int_eq(event->oom_score_adj, ended->record.oom_score_adj);
	must(!strcmp(event->comm, ended->record.comm));
	ck_assert_int_eq(ended->exit.status, SIGKILL);
}

/* Killed processes that were told, of whatever group. */
static size_t kills_told;

/*
 * Take events until each of some processes has been killed, once, and has ended; their
 * order is not known.
 */
static void take_kills(const pid_t *pids, size_t count, struct event *kills)
{
	size_t open = 2 * count;
	struct event event;

	for (size_t i = 0; i < count; i++)
		kills[i].kind = 0;
	while (open) {
		events_next(&events, &event);
		kills_told += event.kind == TASKMETER_EVENT_OOM;
		for (size_t i = 0; i < count; i++) {
			if (event.pid != (uint32_t)pids[i])
				continue;
			if (event.kind == TASKMETER_EVENT_OOM) {
				if (kills[i].kind)
					test_fail("process %d is killed twice", pids[i]);
				kills[i] = event;
			}
			open--;
		}
	}
}

/* The same, with their records. */
static void await_kills(const pid_t *pids, size_t count, struct event *kills)
{
	for (size_t i = 0; i < count; i++)
		must(waitpid(pids[i], NULL, 0) == pids[i]);
	take_kills(pids, count, kills);
	for (size_t i = 0; i < count; i++) {
		struct ended ended = exits_await(&exits, pids[i]);

		exits_check(&ended, "killed");
		check_same(&kills[i], &ended);
	}
}

/* No event more than the kernel killed. */
static void check_told(size_t count)
{
	struct event event;

	exits_settle();
	while (events_poll(&events, &event, 100))
		kills_told += event.kind == TASKMETER_EVENT_OOM;
	ck_assert_uint_eq(kills_told, count);
	ck_assert_uint_eq(events.lost + events.overruns, 0);
}

/* Flags of an event, without those of its command line. */
static uint32_t oom_flags(const struct event *event)
{
	return event->flags & ~(TASKMETER_EXIT_COMMAND_LINE | TASKMETER_EXIT_COMMAND_LINE_CUT);
}

#define OOM_CGROUP	(TASKMETER_EXIT_OOM | TASKMETER_EXIT_OOM_CGROUP)
#define OOM_MACHINE	(TASKMETER_EXIT_OOM | TASKMETER_EXIT_OOM_MACHINE)

/* It held what its group may use, all of one kind, and little else that counts there. */
static void check_rss(const struct event *event, const struct eater *eater)
{
	uint64_t eaten = eater->shared ? event->oom_rss_shmem_bytes : event->oom_rss_anon_bytes;

	ck_assert_uint_ge(eaten, LIMIT / 2);
	ck_assert_uint_le(eaten, LIMIT + 8 * MEGABYTE);
	ck_assert_uint_le(event->oom_rss_file_bytes, 16 * MEGABYTE);
	if (!eater->shared)
		ck_assert_uint_le(event->oom_rss_shmem_bytes, 2 * MEGABYTE);
	ck_assert_uint_eq(event->oom_swap_bytes, 0);
}

static uint64_t kernel_count(const char *group)
{
	return cgroup_value(group, "memory.events", "oom_kill ");
}

#define KILLS	100

/* One after the other in a group, by its own limit or that of the group above. */
START_TEST(in_a_row)
{
	struct eater eater = { .bytes = 4 * LIMIT };
	struct taskmeter_total total;
	struct event event;
	char line[256];
	size_t length = file_read("/proc/self/cmdline", line, sizeof(line));
	uint64_t inner;
	pid_t pid;

	make_group(GROUP);
	cgroup_write(GROUP, "cgroup.subtree_control", "+memory");
	make_group(INNER_GROUP);
	cgroup_write(INNER_GROUP, "memory.max", _i ? "max" : "16M");
	inner = proc_inode("/sys/fs/cgroup/" INNER_GROUP);
	eater.group = INNER_GROUP;
	for (int i = 0; i < KILLS / 2 / (test_scale() > 1 ? 2 : 1); i++) {
		eater.shared = i % 2;
		eater.score = i;
		pid = start_eater(&eater);
		await_kills(&pid, 1, &event);
		ck_assert_uint_eq(oom_flags(&event), OOM_CGROUP);
		check_rss(&event, &eater);
		ck_assert_uint_eq(event.uid, VICTIM_UID);
		ck_assert_uint_eq(event.cgroup_id, inner);
		ck_assert_int_eq(event.oom_score_adj, i);
		ck_assert_str_eq(event.comm, "eater");
		/* It has only forked. */
		must(event.flags & TASKMETER_EXIT_COMMAND_LINE);
		must(event.command_line_length == (int)length &&
		     !memcmp(event.command_line, line, length));
	}
	must(exits_total(device, TASKMETER_TOTAL_CGROUP, inner, &total));
	ck_assert_uint_eq(total.oom_kills, kernel_count(INNER_GROUP));
	ck_assert_uint_eq(total.oom_kills, total.exits);
	check_told(total.oom_kills);
}
END_TEST

static void sleep_in_group(void *arg)
{
	const struct eater eater = { .group = GROUP, .score = (int)(long)arg };

	become_victim(&eater);
	child_stay();
}

#define MEMBERS		5

/* All of a group are killed with the one: an event for each, and only one. */
START_TEST(whole_group)
{
	const struct eater eater = { .group = GROUP, .bytes = 4 * LIMIT, .score = 900 };
	static struct event kills[MEMBERS + 1];
	struct child members[MEMBERS];
	struct taskmeter_total total;
	pid_t pids[MEMBERS + 1];

	make_group(GROUP);
	cgroup_write(GROUP, "memory.oom.group", "1");
	for (long i = 0; i < MEMBERS; i++) {
		child_start(&members[i], sleep_in_group, (void *)i);
		child_await(&members[i]);
		pids[i] = members[i].pid;
	}
	pids[MEMBERS] = start_eater(&eater);
	await_kills(pids, MEMBERS + 1, kills);
	for (int i = 0; i <= MEMBERS; i++) {
		ck_assert_uint_eq(oom_flags(&kills[i]), OOM_CGROUP);
		ck_assert_int_eq(kills[i].oom_score_adj, i == MEMBERS ? 900 : i);
	}
	ck_assert_uint_ge(kills[MEMBERS].oom_rss_anon_bytes, LIMIT / 2);
	ck_assert_uint_lt(kills[0].oom_rss_anon_bytes, LIMIT / 2);
	must(exits_total(device, TASKMETER_TOTAL_CGROUP, proc_inode("/sys/fs/cgroup/" GROUP),
			 &total));
	ck_assert_uint_eq(total.oom_kills, MEMBERS + 1);
	/* Who was chosen counts twice there, once as a member. */
	ck_assert_uint_ge(kernel_count(GROUP), MEMBERS + 1);
	check_told(MEMBERS + 1);
}
END_TEST

#define SHARERS		3

static pid_t *sharers;

static int share(void *arg)
{
	for (;;)
		syscall(SYS_pause);
	return !arg;
}

/* Some share its memory, as processes of their own, one of them in another group. */
static void eat_with_others(void *arg)
{
	static char stacks[SHARERS][8192] __attribute__((aligned(16)));
	const struct eater eater = { .group = GROUP, .bytes = 4 * LIMIT, .score = 500 };

	(void)arg;
	become_victim(&eater);
	for (int i = 0; i < SHARERS; i++) {
		sharers[i] = clone(share, stacks[i] + sizeof(stacks[i]), CLONE_VM | SIGCHLD,
				   NULL);
		must(sharers[i] > 0);
	}
	child_stay();
	eat(&eater);
}

/*
 * Whoever shares the memory of the victim is killed too, and told: one of them was
 * chosen, the others shared its memory.
 */
START_TEST(shared_memory)
{
	static struct event kills[SHARERS + 1];
	pid_t pids[SHARERS + 1];
	struct child child;
	size_t chosen = 0;

	sharers = shared_alloc(SHARERS * sizeof(*sharers));
	must(!prctl(PR_SET_CHILD_SUBREAPER, 1));
	make_group(GROUP);
	child_start(&child, eat_with_others, NULL);
	child_await(&child);
	cgroup_make(OTHER_GROUP);
	cgroup_add(OTHER_GROUP, sharers[0]);
	/* The parent first: its children are this one's when it has gone. */
	pids[0] = child.pid;
	for (int i = 0; i < SHARERS; i++)
		pids[1 + i] = sharers[i];
	child_order(&child);
	await_kills(pids, SHARERS + 1, kills);
	for (int i = 0; i <= SHARERS; i++) {
		uint32_t flags = oom_flags(&kills[i]);

		if (flags == OOM_CGROUP) {
			chosen++;
			ck_assert_uint_ge(kills[i].oom_rss_anon_bytes, LIMIT / 2);
		} else {
			ck_assert_uint_eq(flags, OOM_CGROUP | TASKMETER_EXIT_OOM_SHARED);
		}
	}
	ck_assert_uint_eq(chosen, 1);
	check_told(SHARERS + 1);
	cgroup_remove(OTHER_GROUP);
}
END_TEST

static uint64_t available_bytes(void)
{
	uint64_t bytes;

	must(pressure_meminfo("MemAvailable", &bytes));
	return bytes;
}

/* The machine runs out; the eater is the one to be chosen. */
START_TEST(machine)
{
	uint64_t before = available_bytes();
	const struct eater eater = { .bytes = 16UL << 30, .score = 1000 };
	pid_t pid = start_eater(&eater);
	struct event event;

	await_kills(&pid, 1, &event);
	ck_assert_uint_eq(oom_flags(&event), OOM_MACHINE);
	ck_assert_int_eq(event.oom_score_adj, 1000);
	printf("%" PRIu64 " MB of %" PRIu64 " MB\n", event.oom_rss_anon_bytes / MEGABYTE,
	       before / MEGABYTE);
	ck_assert_uint_ge(event.oom_rss_anon_bytes, before / 2);
	ck_assert_uint_le(event.oom_rss_anon_bytes, before + before / 4);
	check_told(1);
}
END_TEST

/* The same on order of the administrator, who says that memory has run out. */
START_TEST(by_sysrq)
{
	const struct eater eater = { .bytes = LIMIT, .score = 1000 };
	struct event event;
	pid_t pid;

	if (access("/proc/sysrq-trigger", W_OK))
		suite_skip("this kernel has no sysrq");
	pid = start_eater(&eater);
	child_await_state(pid, "S");
	file_write("/proc/sysrq-trigger", "f");
	await_kills(&pid, 1, &event);
	/* Nothing has run out, and the kernel may not tell what it was about. */
	must(oom_flags(&event) == OOM_MACHINE || oom_flags(&event) == TASKMETER_EXIT_OOM);
	ck_assert_uint_ge(event.oom_rss_anon_bytes, LIMIT);
	check_told(1);
}
END_TEST

/* Who is killed by somebody else was not killed for lack of memory. */
START_TEST(ordinary_kill)
{
	struct child child;
	struct ended ended;

	make_group(GROUP);
	child_start(&child, sleep_in_group, NULL);
	child_await(&child);
	must(!kill(child.pid, SIGKILL));
	ended = exits_reap(&exits, child.pid);
	must(!(ended.exit.flags & TASKMETER_EXIT_OOM));
	check_told(0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("oom");
	TCase *groups = test_case_add(suite, "groups", 240);
	TCase *all = test_case_add(suite, "machine", 240);

	tcase_add_unchecked_fixture(groups, NULL, restore);
	tcase_add_checked_fixture(groups, setup, NULL);
	tcase_add_loop_test(groups, in_a_row, 0, 2);
	tcase_add_test(groups, whole_group);
	tcase_add_test(groups, shared_memory);
	tcase_add_test(groups, ordinary_kill);

	tcase_add_checked_fixture(all, setup, NULL);
	tcase_add_test(all, machine);
	tcase_add_test(all, by_sysrq);
	return suite_main(suite, argc, argv);
}
