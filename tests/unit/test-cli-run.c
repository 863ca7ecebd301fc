// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter run: whom it counts among what a module tells, and what it says of them. */
#include "cli-module.h"

#include "cli/pursuit.h"
#include "cli/run-report.h"

#include <json-c/json.h>
#include <signal.h>
#include <unistd.h>

#define FIRST	5000

static struct pursuit pursuit;
static struct job job;
static char *words[] = { "make", "a \x1b[1m", NULL };

static int no_fd(const struct tm_events *events)
{
	(void)events;
	return -1;
}

/* Forks are told at once; what is not there never comes. */
static struct library library;

static void setup(void)
{
	module_setup();
	library = fake_library;
	library.events_fd = no_fd;
	world.library = &library;
	world.err = stderr;
	world.out = stdout;
	module.newest = 107;	/* of sample_info() */
	ck_assert_int_eq(pursuit_begin(&pursuit, &world, 2), CLI_OK);
	pursuit.first = FIRST;
	job = (struct job){ .pid = FIRST, .wall_ns = 2000000000 };
}

static void teardown(void)
{
	pursuit_release(&pursuit);
	ck_assert_int_eq(module.opened, 0);
	ck_assert_int_eq(module.snapshots, 0);
	ck_assert_int_eq(module.subscriptions, 0);
	module_teardown();
}

static void forked(uint32_t pid, uint32_t ppid, uint64_t start_ns)
{
	module.events[module.event_count++] = (struct tm_event){
		.type = TASKMETER_EVENT_FORK,
		.pid = pid,
		.ppid = ppid,
		.time_ns = start_ns + 10,
		.start_time_ns = start_ns,
	};
}

static void lost_events(uint64_t count)
{
	module.events[module.event_count++] = (struct tm_event){
		.type = TASKMETER_EVENT_FORK,
		.pid = 1,
		.lost = count,
	};
}

static struct fake_exit *exited(uint32_t pid, uint32_t ppid, uint64_t start_ns)
{
	struct fake_exit *added = &module.exits[module.exit_count++];

	sample_process(&added->record, pid, "cc");
	added->exit.size = sizeof(added->exit);
	added->exit.number = ++module.newest;
	added->exit.exit_time_ns = start_ns + 1000;
	added->record.ppid = ppid;
	added->record.start_time_ns = start_ns;
	added->record.run_ns = 1000000;
	added->record.cpu_wait_ns = pid;
	return added;
}

static uint32_t self(void)
{
	return (uint32_t)getpid();
}

START_TEST(test_own_and_children)
{
	forked(FIRST, self(), 100);
	forked(5001, FIRST, 200);
	forked(5002, 5001, 300);
	forked(6000, 1, 250);
	exited(5001, FIRST, 200);
	exited(6000, 1, 250);
	exited(5002, 5001, 300);
	exited(FIRST, self(), 100);
	pursuit_step(&pursuit);
	ck_assert_int_eq(pursuit.error, 0);
	ck_assert_uint_eq(pursuit.deeds.processes, 3);
	ck_assert_uint_eq(pursuit.deeds.total.record.run_ns, 3000000);
	ck_assert_uint_eq(pursuit.own.record.pid, FIRST);
	ck_assert_uint_eq(pursuit.deeds.worst_count, 2);
	ck_assert_uint_eq(pursuit.deeds.worst[0].record.pid, 5002);
	ck_assert_uint_eq(module.exit_cursor, 108);
	ck_assert_uint_eq(module.event_types, TASKMETER_EVENT_FORK);
}
END_TEST

/* Ends are read before the births are told: nobody is taken for a stranger, nor twice. */
START_TEST(test_ends_first)
{
	exited(5002, 5001, 300);
	exited(6001, 6000, 300);
	exited(5001, FIRST, 200);
	pursuit_step(&pursuit);
	ck_assert_uint_eq(pursuit.deeds.processes, 0);
	forked(FIRST, self(), 100);
	forked(5001, FIRST, 200);
	forked(5002, 5001, 300);
	pursuit_step(&pursuit);
	pursuit_step(&pursuit);
	ck_assert_uint_eq(pursuit.deeds.processes, 2);
	ck_assert_uint_eq(pursuit.deeds.total.record.cpu_wait_ns, 5001 + 5002);
}
END_TEST

/* Without their forks, records tell who is whose; the last to end makes members of all. */
START_TEST(test_lost_forks)
{
	forked(FIRST, self(), 100);
	lost_events(3);
	exited(5003, 5002, 400);
	exited(5002, 5001, 300);
	exited(6000, 1, 300);
	pursuit_step(&pursuit);
	ck_assert_uint_eq(pursuit.deeds.processes, 0);
	/* A fork long after is no reason to give them up any more. */
	forked(7000, 1, 60000000000U);
	pursuit_step(&pursuit);
	exited(5001, FIRST, 200);
	pursuit_step(&pursuit);
	ck_assert_uint_eq(pursuit.deeds.processes, 3);
	ck_assert_uint_eq(pursuit.forks_lost, 3);
}
END_TEST

START_TEST(test_strangers_are_given_up)
{
	forked(FIRST, self(), 100);
	exited(6000, 1, 300);
	pursuit_step(&pursuit);
	forked(7000, 1, 60000000000U);
	pursuit_step(&pursuit);
	/* Had it been kept, it would be one now. */
	forked(1, FIRST, 50);
	pursuit_step(&pursuit);
	ck_assert_uint_eq(pursuit.deeds.processes, 0);
}
END_TEST

/* Who became taskmeter by execve() had a child: its parent is ours in number. */
START_TEST(test_child_from_before)
{
	add_process(FIRST, "make");
	module.records[module.count - 1].start_time_ns = 100;
	pursuit_first(&pursuit, FIRST);
	exited(4000, self(), 99);
	forked(FIRST, self(), 100);
	forked(5001, self(), 200);
	exited(5001, self(), 200);
	exited(FIRST, self(), 100);
	pursuit_step(&pursuit);
	pursuit_step(&pursuit);
	ck_assert_int_eq(pursuit.error, 0);
	ck_assert_uint_eq(pursuit.deeds.processes, 2);
	ck_assert_uint_eq(pursuit.deeds.total.record.cpu_wait_ns, FIRST + 5001);
	ck_assert_uint_eq(pursuit.own.record.pid, FIRST);
}
END_TEST

/* Three records are not in the log any more, whoever they were of. */
START_TEST(test_lost_exits)
{
	forked(FIRST, self(), 100);
	module.newest += 3;
	exited(FIRST, self(), 100);
	pursuit_step(&pursuit);
	ck_assert_uint_eq(pursuit.exits_lost, 3);
	ck_assert_uint_eq(pursuit.deeds.processes, 1);
}
END_TEST

/* One lives, one has its number by now, one is gone without a record. */
START_TEST(test_finish)
{
	forked(FIRST, self(), 100);
	forked(5001, FIRST, 200);
	forked(5002, FIRST, 200);
	forked(5003, FIRST, 200);
	exited(FIRST, self(), 100);
	module.newest++;
	add_process(5001, "daemon");
	module.records[module.count - 1].start_time_ns = 200;
	add_process(5002, "other");
	module.records[module.count - 1].start_time_ns = 900;
	pursuit_finish(&pursuit);
	ck_assert_int_eq(pursuit.error, 0);
	ck_assert_uint_eq(pursuit.survivor_count, 1);
	ck_assert_uint_eq(pursuit.survivors[0].record.pid, 5001);
	ck_assert_uint_eq(pursuit.missing, 2);
	ck_assert_uint_eq(pursuit.exits_lost, 1);
}
END_TEST

/* Where forks were lost, those who live are looked for. */
START_TEST(test_finish_lost_forks)
{
	forked(FIRST, self(), 100);
	lost_events(1);
	exited(FIRST, self(), 100);
	add_process(5001, "daemon");
	module.records[module.count - 1].start_time_ns = 900;
	module.records[module.count - 1].ppid = FIRST;
	add_process(5002, "daemon");
	module.records[module.count - 1].start_time_ns = 950;
	module.records[module.count - 1].ppid = 5001;
	pursuit_finish(&pursuit);
	ck_assert_int_eq(pursuit.error, 0);
	ck_assert_uint_eq(pursuit.survivor_count, 2);
	ck_assert_uint_eq(pursuit.missing, 0);
}
END_TEST

START_TEST(test_unloaded)
{
	forked(FIRST, self(), 100);
	module.events_end = -ENODEV;
	pursuit_step(&pursuit);
	ck_assert_int_eq(pursuit.error, -ENODEV);
	pursuit_finish(&pursuit);
	ck_assert_str_eq(pursuit_error(&pursuit), "the kernel module was unloaded");
	ck_assert_uint_eq(pursuit.survivor_count, 0);
}
END_TEST

static void print(int (*how)(const struct run_report *report))
{
	const struct run_report report = {
		.cli = &world,
		.argv = words,
		.job = &job,
		.pursuit = &pursuit,
		.overhead_ns = 3000000,
	};
	size_t size;

	free(outcome.out);
	world.out = open_memstream(&outcome.out, &size);
	ck_assert_int_eq(how(&report), 0);
	fclose(world.out);
}

static void tree(void)
{
	forked(FIRST, self(), 100);
	forked(5001, FIRST, 200);
	forked(5002, FIRST, 300);
	exited(5001, FIRST, 200)->record.rss_peak_bytes = 1 << 20;
	exited(FIRST, self(), 100)->exit.status = 3 << 8;
	pursuit_step(&pursuit);
	pursuit.survivors = calloc(1, sizeof(*pursuit.survivors));
	pursuit.survivor_count = 1;
	sample_process(&pursuit.survivors[0].record, 5002, "left\x1b");
	job.status = 3 << 8;
}

static void check_has(const char *text)
{
	ck_assert_msg(strstr(outcome.out, text), "no '%s' in:\n%s", text, outcome.out);
}

START_TEST(test_text)
{
	tree();
	print(run_report_text);
	check_begin(outcome.out, "exit 3 after 2.0 s: make a \\x1b[1m\n");
	check_has("  processes                 2\n");
	check_has("  CPU                       2.0 ms            0.1 %\n");
	check_has("  CPU of the measuring      3.0 ms            0.1 %\n");
	check_has("  most memory of any one    1.0 MiB\n");
	check_has("\nheld up most, of its descendants\n");
	check_has("\nleft running, and in none of the figures above\n    PID STATE       CPU COMMAND\n"
		  "   5002 sleeping   5.0s left\\x1b\n");
	ck_assert_ptr_null(strstr(outcome.out, "missing"));
	ck_assert_ptr_null(strchr(outcome.out, '\x1b'));
	pursuit.missing = 1;
	pursuit.exits_lost = 2;
	pursuit.forks_lost = 3;
	job.status = SIGTERM;
	print(run_report_text);
	check_begin(outcome.out, "SIGTERM after");
	check_has("  1 process has ended without a record: what it did is missing.\n");
	check_has("  2 exit records of the machine were lost");
	check_has("  3 events were lost");
}
END_TEST

static int64_t number_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	ck_assert_msg(json_object_object_get_ex(object, key, &value), "no %s", key);
	return value ? json_object_get_int64(value) : -1;
}

START_TEST(test_json)
{
	struct json_object *object, *value;

	tree();
	print(run_report_json);
	object = json_tokener_parse(outcome.out);
	ck_assert_ptr_nonnull(object);
	ck_assert_int_eq(number_of(object, "pid"), FIRST);
	ck_assert_int_eq(number_of(object, "exit_code"), 3);
	ck_assert_int_eq(number_of(object, "signal"), -1);
	ck_assert_int_eq(number_of(object, "wall_ns"), 2000000000);
	ck_assert_int_eq(number_of(object, "processes"), 2);
	ck_assert_int_eq(number_of(object, "missing"), 0);
	json_object_object_get_ex(object, "total", &value);
	ck_assert_int_eq(number_of(value, "run_ns"), 2000000);
	ck_assert_int_eq(number_of(value, "rss_peak_bytes"), 1 << 20);
	json_object_object_get_ex(object, "own", &value);
	ck_assert_int_eq(number_of(value, "exit_code"), 3);
	ck_assert(!json_object_object_get_ex(value, "histograms", NULL));
	json_object_object_get_ex(object, "worst", &value);
	ck_assert_uint_eq(json_object_array_length(value), 1);
	ck_assert_int_eq(number_of(json_object_array_get_idx(value, 0), "pid"), 5001);
	json_object_object_get_ex(object, "running", &value);
	ck_assert_int_eq(number_of(json_object_array_get_idx(value, 0), "pid"), 5002);
	json_object_object_get_ex(object, "command", &value);
	ck_assert_str_eq(json_object_get_string(json_object_array_get_idx(value, 1)),
			 "a \x1b[1m");
	json_object_put(object);
}
END_TEST

START_TEST(test_usage)
{
	static const struct {
		const char *line;
		int status;
		const char *message;
	} lines[] = {
		{ "run", CLI_USAGE, "run needs a command" },
		{ "run --json", CLI_USAGE, "run needs a command" },
		{ "run -n x true", CLI_USAGE, "'x' is not a number of processes" },
		{ "run -n 1001 true", CLI_USAGE, "'1001' is not a number of processes" },
		{ "run --jsno true", CLI_USAGE, "did you mean '--json'" },
		{ "run -o", CLI_USAGE, "option '-o' needs an argument" },
		{ "run -o /nonexistent/file true", CLI_FAILED, "cannot write to '/nonexistent/file'" },
		{ "run no-such-command --json", 127, "cannot run 'no-such-command'" },
		{ "run -- /dev/null -x", 126, "cannot run '/dev/null'" },
	};

	run_fails(lines[_i].line, lines[_i].status, lines[_i].message);
	ck_assert_uint_eq(sizeof(lines) / sizeof(*lines), 9);
}
END_TEST

START_TEST(test_refused)
{
	module.info_flags = TASKMETER_INFO_PRIVILEGED;
	run_fails("run true", CLI_FAILED, "taskmeter set meter on");
	module.info_flags = TASKMETER_INFO_UNPRIVILEGED | TASKMETER_INFO_METER;
	run_fails("run true", CLI_NOT_PERMITTED, "CAP_PERFMON is missing");
	module.info_flags = TASKMETER_INFO_PRIVILEGED | TASKMETER_INFO_METER;
	module.info_size = TASKMETER_INFO_SIZE_VER2;
	run_fails("run true", CLI_FAILED, "older than 0.4.0");
	module.info_size = sizeof(struct taskmeter_info);
	module.events_error = -EUSERS;
	run_fails("run true", CLI_FAILED, "too many subscribers");
	module.open_error = -ENODEV;
	run_fails("run true", CLI_NO_MODULE, "modprobe taskmeter");
}
END_TEST

/* Nobody reads standard error: the command's status is ours all the same. */
START_TEST(test_broken_pipe)
{
	char *argv[] = { "taskmeter", "run", "sh", "-c", "exit 3", NULL };
	int ends[2];

	signal(SIGPIPE, SIG_DFL);
	module.events_end = -ENODEV;
	ck_assert_int_eq(pipe(ends), 0);
	close(ends[0]);
	world.out = stdout;
	world.err = fdopen(ends[1], "w");
	ck_assert_ptr_nonnull(world.err);
	setbuf(world.err, NULL);
	ck_assert_int_eq(cli_run(&world, 5, argv), 3);
	fclose(world.err);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("cli-run");
	TCase *followed = tcase_create("pursuit"), *usage = tcase_create("usage");

	tcase_set_timeout(followed, 60);
	tcase_add_checked_fixture(followed, setup, teardown);
	tcase_add_test(followed, test_own_and_children);
	tcase_add_test(followed, test_ends_first);
	tcase_add_test(followed, test_lost_forks);
	tcase_add_test(followed, test_strangers_are_given_up);
	tcase_add_test(followed, test_child_from_before);
	tcase_add_test(followed, test_lost_exits);
	tcase_add_test(followed, test_finish);
	tcase_add_test(followed, test_finish_lost_forks);
	tcase_add_test(followed, test_unloaded);
	tcase_add_test(followed, test_text);
	tcase_add_test(followed, test_json);
	suite_add_tcase(suite, followed);
	tcase_add_checked_fixture(usage, module_setup, module_teardown);
	tcase_add_loop_test(usage, test_usage, 0, 9);
	tcase_add_test(usage, test_refused);
	tcase_add_test(usage, test_broken_pipe);
	suite_add_tcase(suite, usage);
	return suite_main(suite, argc, argv);
}
