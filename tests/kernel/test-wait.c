// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Time spent waiting for a CPU: shares of hogs, starvation while it lasts, and
 * agreement with what the kernel books itself, for all kinds of threads.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "load.h"
#include "meter.h"
#include "proc.h"
#include "setting.h"
#include "suite.h"
#include "support.h"

/* Where the hogs are; the test itself stays on the other one. */
#define HOG_CPU		1
#define TEST_CPU	0

static int device;

static void setup(void)
{
	device = device_open();
	pin(0, TEST_CPU);
}

static void save_settings(void)
{
	starvation_save();
	preempt_save();
}

/* The kernel's own figure holds sleep too, if threads are moved in it. */
static void setup_comparable(void)
{
	setup();
	delayed_dequeue_forbid();
}

static void restore_settings(void)
{
	delayed_dequeue_allow();
	starvation_restore();
	preempt_restore();
}

/* A hog, and how it has to share its CPU. */
struct hog {
	int nice;
	int weight;
	struct child child;
	struct taskmeter_record first;
};

static void be_hog(void *arg)
{
	const struct hog *hog = arg;

	pin(0, HOG_CPU);
	must(!setpriority(PRIO_PROCESS, 0, hog->nice));
	run_for_ever(NULL);
}

/* What it waited, in thousandths of the time since the first look. */
static int64_t wait_share(const struct hog *hog)
{
	struct taskmeter_record now = meter_thread(device, hog->child.pid, hog->child.pid);
	uint64_t elapsed = now.tracked_ns - hog->first.tracked_ns;

	meter_check_sum(&now, "hog");
	return (now.cpu_wait_ns - hog->first.cpu_wait_ns) * 1000 / elapsed;
}

static bool shares_are_fair(const struct hog *hogs, size_t count)
{
	int64_t weights = 0;

	for (size_t i = 0; i < count; i++)
		weights += hogs[i].weight;
	for (size_t i = 0; i < count; i++) {
		int64_t fair = 1000 - 1000LL * hogs[i].weight / weights;
		int64_t share = wait_share(&hogs[i]);

		if (share < fair - 20 || share > fair + 20)
			return false;
	}
	return true;
}

static void print_shares(const struct hog *hogs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		printf("nice %d waits %" PRId64 "/1000\n", hogs[i].nice, wait_share(&hogs[i]));
}

#define LEAST_MS	4000
#define MOST_MS		24000

/*
 * The scheduler makes up for what an emulated CPU that stood still took from one of
 * them: fair shares come about in the end. Wrong times never do.
 */
static void check_shares(struct hog *hogs, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		child_start(&hogs[i].child, be_hog, &hogs[i]);
		child_await(&hogs[i].child);
	}
	for (size_t i = 0; i < count; i++)
		hogs[i].first = meter_thread(device, hogs[i].child.pid, hogs[i].child.pid);
	sleep_ms(LEAST_MS);
	for (int ms = LEAST_MS; !shares_are_fair(hogs, count); ms += 250) {
		if (ms > MOST_MS) {
			print_shares(hogs, count);
			test_fail("the hogs do not wait as their weights say");
		}
		sleep_ms(250);
	}
	print_shares(hogs, count);
	for (size_t i = 0; i < count; i++)
		child_kill(&hogs[i].child);
}

/* Two hogs on one CPU wait half of the time each, within two points. */
START_TEST(two_hogs)
{
	struct hog hogs[2] = { { .nice = 0, .weight = 1024 }, { .nice = 0, .weight = 1024 } };

	check_shares(hogs, ARRAY_SIZE(hogs));
}
END_TEST

/* Three with nice 0, 0 and 19 wait as the weights say, 1024 : 1024 : 15. */
START_TEST(weights)
{
	struct hog hogs[3] = {
		{ .nice = 0, .weight = 1024 }, { .nice = 0, .weight = 1024 },
		{ .nice = 19, .weight = 15 },
	};

	check_shares(hogs, ARRAY_SIZE(hogs));
}
END_TEST

static void be_fifo_hog(void *arg)
{
	pin(0, HOG_CPU);
	be_fifo(50);
	run_for_ever(arg);
}

/* The kernel's own figure has not moved: it books a wait when that is over. */
static void check_starving(const struct taskmeter_record *first,
			   const struct taskmeter_record *now)
{
	uint64_t elapsed = now->tracked_ns - first->tracked_ns;

	ck_assert_uint_eq(now->current_state, TASKMETER_STATE_QUEUED);
	ck_assert_uint_eq(now->current_state_tid, now->pid);
	ck_assert_uint_eq(now->run_ns, first->run_ns);
	ck_assert_uint_eq(now->run_delay_ns, first->run_delay_ns);
	must(meter_near(now->cpu_wait_ns - first->cpu_wait_ns, elapsed, NSEC_PER_MSEC));
	must(meter_near(now->current_state_ns - first->current_state_ns, elapsed,
			NSEC_PER_MSEC));
	meter_check_sum(now, "starving");
}

static void await_state(pid_t pid, enum taskmeter_state state)
{
	while (meter_thread(device, pid, pid).current_state != state)
		sleep_ms(1);
}

#define STARVE_NS	(3000 * NSEC_PER_MSEC)

/*
 * While a SCHED_FIFO hog has its CPU, an ordinary one starves: its wait grows with
 * the time while it lasts, and is booked by the kernel just so when it is over.
 */
START_TEST(starvation)
{
	struct taskmeter_record first, now, process;
	struct child victim, fifo_hog;
	int looks = 0;

	starvation_allow();
	pin(0, HOG_CPU);
	child_start(&victim, run_for_ever, NULL);
	pin(0, TEST_CPU);
	child_await(&victim);
	child_start(&fifo_hog, be_fifo_hog, NULL);
	child_await(&fifo_hog);
	await_state(victim.pid, TASKMETER_STATE_QUEUED);
	first = meter_thread(device, victim.pid, victim.pid);
	do {
		sleep_ms(100);
		now = meter_thread(device, victim.pid, victim.pid);
		check_starving(&first, &now);
		process = meter_process(device, victim.pid);
		ck_assert_uint_ge(process.cpu_wait_ns, now.cpu_wait_ns);
		ck_assert_uint_eq(process.current_state, TASKMETER_STATE_QUEUED);
		ck_assert_uint_ge(process.current_state_ns, now.current_state_ns);
		looks++;
	} while (now.tracked_ns < first.tracked_ns + STARVE_NS);
	child_kill(&fifo_hog);
	await_state(victim.pid, TASKMETER_STATE_RUNNING);
	now = meter_thread(device, victim.pid, victim.pid);
	ck_assert_uint_ge(now.cpu_wait_max_ns, STARVE_NS);
	ck_assert_uint_ge(now.run_delay_ns, first.run_delay_ns + STARVE_NS);
	must(now.cpu_wait_max_time_ns + 2 * NSEC_PER_SEC > clock_ns(CLOCK_BOOTTIME));
	printf("%d looks at the starving one\n", looks);
	child_kill(&victim);
}
END_TEST

/* The threads of a load, by pairs of looks at kernel and meter. */
static void for_each_thread(const struct load *load,
			    void (*fn)(pid_t tgid, pid_t tid, bool exact), bool exact)
{
	pid_t tids[LOAD_MAX_THREADS];
	size_t count = proc_threads(load->child.pid, tids, ARRAY_SIZE(tids));

	for (size_t i = 0; i < count; i++)
		fn(load->child.pid, tids[i], exact);
}

#define ERROR_NS	100000ULL

static void check_not_below(pid_t tgid, pid_t tid, bool exact)
{
	struct proc_schedstat before = proc_schedstat(tgid, tid);
	struct taskmeter_record record = meter_thread(device, tgid, tid);

	(void)exact;
	if (record.cpu_wait_ns + ERROR_NS < before.run_delay_ns)
		test_fail("thread %d waited %" PRIu64 " ns, by the kernel %llu", tid,
			  (uint64_t)record.cpu_wait_ns, before.run_delay_ns);
}

/*
 * The kernel leaves out the move of a queued thread to another CPU: 30 us on an
 * emulated one, and as long as one of the two stands still.
 */
static uint64_t move_error(const struct taskmeter_record *record)
{
	if (!record->migrations)
		return 0;
	return METER_STAND_STILL_NS + record->migrations * NSEC_PER_MSEC;
}

/* Of a thread that does nothing any more, so that all of its waits are booked. */
static void check_against_kernel(pid_t tgid, pid_t tid, bool exact)
{
	struct taskmeter_record record = meter_thread(device, tgid, tid);
	struct proc_schedstat stat = proc_schedstat(tgid, tid);

	ck_assert_uint_eq(record.run_delay_ns, stat.run_delay_ns);
	if (record.cpu_wait_ns + ERROR_NS < stat.run_delay_ns)
		test_fail("thread %d waited %" PRIu64 " ns, by the kernel %llu", tid,
			  (uint64_t)record.cpu_wait_ns, stat.run_delay_ns);
	if (exact && !meter_near(record.cpu_wait_ns, stat.run_delay_ns,
				 ERROR_NS + move_error(&record)))
		test_fail("thread %d (%.16s), policy %u, waited %" PRIu64 " ns, by the kernel only %llu; in %llu waits, blocked %" PRIu64
			  " times, moved %" PRIu64, tid, record.comm, record.policy,
			  (uint64_t)record.cpu_wait_ns, stat.run_delay_ns, stat.timeslices,
			  (uint64_t)record.voluntary_switches, (uint64_t)record.migrations);
	meter_check_sum(&record, "at rest");
}

static void check_load(unsigned int kinds, bool exact)
{
	struct load load;

	load_start(&load, kinds, LOAD_ANY_CPU);
	for (int i = 0; i < 40; i++) {
		sleep_ms(100);
		for_each_thread(&load, check_not_below, false);
	}
	load_rest(&load);
	for_each_thread(&load, check_against_kernel, exact);
	load_end(&load);
}

#define NAPS		60
#define NAP_US		30000

/* Runs more than its share, so that its dequeuing is delayed when it sleeps. */
static void run_and_nap(void *arg)
{
	pin(0, HOG_CPU);
	child_stay();
	for (int i = 0; i < NAPS; i++) {
		spin_us(5000);
		nap_us(NAP_US);
	}
	(void)arg;
	child_stay();
}

/*
 * A thread that is moved to another CPU while its dequeuing is delayed is queued for
 * the kernel until it runs again. It sleeps, and nothing goes back when it wakes.
 */
START_TEST(moved_asleep)
{
	struct hog hogs[] = { { .nice = 0 }, { .nice = 0 } };
	struct taskmeter_record before, now, last;
	struct child child;
	uint64_t naps = NAPS * NAP_US * 1000ULL, slept;
	pid_t pid;

	for (size_t i = 0; i < ARRAY_SIZE(hogs); i++) {
		child_start(&hogs[i].child, be_hog, &hogs[i]);
		pin(hogs[i].child.pid, i ? HOG_CPU : TEST_CPU);
	}
	child_start(&child, run_and_nap, NULL);
	child_await(&child);
	pid = child.pid;
	before = last = meter_thread(device, pid, pid);
	child_order(&child);
	be_fifo(1);
	for (int i = 0; last.sleep_ns - before.sleep_ns < naps * 3 / 4 && i < 10000; i++) {
		pin(pid, i % 2 ? HOG_CPU : TEST_CPU);
		now = meter_thread(device, pid, pid);
		meter_check_progress(&last, &now, "moved");
		last = now;
		nap_us(400);
	}
	be_fifo(0);
	child_await(&child);
	last = meter_thread(device, pid, pid);
	slept = last.sleep_ns - before.sleep_ns;
	printf("slept %" PRIu64 " of %" PRIu64 " ns, waited %" PRIu64 ", by the kernel %" PRIu64
	       ", moved %" PRIu64 " times\n", slept, naps,
	       (uint64_t)(last.cpu_wait_ns - before.cpu_wait_ns),
	       (uint64_t)(last.run_delay_ns - before.run_delay_ns),
	       (uint64_t)(last.migrations - before.migrations));
	ck_assert_uint_gt(last.migrations - before.migrations, NAPS / 2);
	ck_assert_uint_ge(slept, naps - naps / 20);
	child_kill(&child);
	for (size_t i = 0; i < ARRAY_SIZE(hogs); i++)
		child_kill(&hogs[i].child);
}
END_TEST

/* One load for each; the last has all at once. */
static const unsigned int loads[] = { LOAD_ORDINARY | LOAD_MOVED, LOAD_ALL };

/*
 * Sleepers, pairs at pipes, a group at a socket, hogs moved from CPU to CPU,
 * SCHED_FIFO and SCHED_DEADLINE: nobody waited less than the kernel says, nor more
 * where it books all: it leaves out those that were preempted on their way to
 * sleep, which nobody is with these two models.
 */
START_TEST(agrees_with_kernel)
{
	bool exact = preempt_set("voluntary") || preempt_set("none");
	char model[32];

	preempt_get(model, sizeof(model));
	printf("preempt=%s: %s\n", model, exact ? "equal" : "not below");
	check_load(loads[_i], exact);
}
END_TEST

/* The same as the kernel was booted, and with the model that preempts most. */
START_TEST(never_below_kernel)
{
	char model[32];

	preempt_restore();
	preempt_get(model, sizeof(model));
	if (_i && !preempt_set("full"))
		suite_skip("this kernel has no choice of preemption");
	printf("preempt=%s\n", _i ? "full" : model);
	check_load(LOAD_ALL, false);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("wait");
	TCase *shares = test_case_add(suite, "shares", 60);
	TCase *kernel = test_case_add(suite, "kernel", 60);

	tcase_add_unchecked_fixture(shares, save_settings, restore_settings);
	tcase_add_checked_fixture(shares, setup, NULL);
	tcase_add_test(shares, two_hogs);
	tcase_add_test(shares, weights);
	tcase_add_test(shares, starvation);
	tcase_add_test(shares, moved_asleep);

	tcase_add_unchecked_fixture(kernel, save_settings, restore_settings);
	tcase_add_checked_fixture(kernel, setup_comparable, NULL);
	tcase_add_loop_test(kernel, agrees_with_kernel, 0, ARRAY_SIZE(loads));
	tcase_add_loop_test(kernel, never_below_kernel, 0, 2);
	return suite_main(suite, argc, argv);
}
