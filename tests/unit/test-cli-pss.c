// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter show --pss: read only if asked for, within its budget, of the same process. */
#include "cli-module.h"

#include <json-c/json.h>
#include <unistd.h>

/* What is read, and what happens meanwhile. */
static struct {
	int error;
	int reads;
	uint32_t pid;
	void (*meanwhile)(void);
} file;

static int fake_pss(uint32_t pid, struct pss *ret_pss)
{
	file.reads++;
	file.pid = pid;
	if (file.meanwhile)
		file.meanwhile();
	*ret_pss = (struct pss) { 7 << 20, 4 << 20, 2 << 20, 1 << 20, 512, 6 << 20 };
	return file.error;
}

static void pss_setup(void)
{
	module_setup();
	memset(&file, 0, sizeof(file));
	world.pss = fake_pss;
}

START_TEST(test_text)
{
	run_succeeds("show 7");
	ck_assert_int_eq(file.reads, 0);
	ck_assert_ptr_null(strstr(outcome.out, "pss"));
	run_succeeds("show --pss 7");
	ck_assert_int_eq(file.reads, 1);
	ck_assert_uint_eq(file.pid, 7);
	ck_assert_ptr_nonnull(strstr(outcome.out, "\nproportional set size\n"
		"  pss                       7.0 MiB\n"
		"  pss anon                  4.0 MiB\n"
		"  pss file                  2.0 MiB\n"
		"  pss shmem                 1.0 MiB\n"
		"  swap pss                  512 bytes\n"
		"  private                   6.0 MiB\n"));
}
END_TEST

START_TEST(test_json)
{
	struct json_object *object, *pss;

	run_succeeds("show --pss --json 7");
	object = json_tokener_parse(outcome.out);
	ck_assert(json_object_object_get_ex(object, "pss", &pss));
	ck_assert_str_eq(json_object_to_json_string_ext(pss, 0),
			 "{\"pss_bytes\":7340032,\"pss_anon_bytes\":4194304,"
			 "\"pss_file_bytes\":2097152,\"pss_shmem_bytes\":1048576,"
			 "\"swap_pss_bytes\":512,\"private_bytes\":6291456}");
	json_object_put(object);
	run_succeeds("show --json 7");
	ck_assert_ptr_null(strstr(outcome.out, "\"pss\""));
}
END_TEST

static size_t columns_of(const char *line)
{
	size_t count = 1;

	for (; *line && *line != '\n'; line++)
		count += *line == ',';
	return count;
}

START_TEST(test_csv)
{
	size_t plain;

	run_succeeds("show --csv 7");
	plain = columns_of(outcome.out);
	ck_assert_uint_eq(columns_of(strchr(outcome.out, '\n') + 1), plain);
	run_succeeds("show --csv --pss 7");
	ck_assert_uint_eq(columns_of(outcome.out), plain + 6);
	ck_assert_uint_eq(columns_of(strchr(outcome.out, '\n') + 1), plain + 6);
	ck_assert_ptr_nonnull(strstr(outcome.out, ",pss_bytes,pss_anon_bytes,pss_file_bytes,"
				     "pss_shmem_bytes,swap_pss_bytes,private_bytes\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out, ",7340032,4194304,2097152,1048576,512,"
				     "6291456\n"));
	module.records[1].available = 0;
	run_succeeds("show --csv --pss 7");
	ck_assert_uint_eq(columns_of(strchr(outcome.out, '\n') + 1), plain + 6);
}
END_TEST

/* Kernel threads and zombies; nothing is read. */
START_TEST(test_no_memory)
{
	module.records[1].available &= ~(uint64_t)TASKMETER_AVAILABLE_MEMORY;
	run_succeeds("show --pss 7");
	ck_assert_int_eq(file.reads, 0);
	ck_assert_ptr_nonnull(strstr(outcome.out,
		"  pss                       not available, as it has no memory of its own\n"));
	run_succeeds("show --pss --json 7");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\"pss\":null"));
	/* It gave it up after it was looked at. */
	module.records[1].available = SAMPLE_AVAILABLE;
	file.error = -ESRCH;
	run_succeeds("show --pss 7");
	ck_assert_int_eq(file.reads, 1);
	ck_assert_ptr_nonnull(strstr(outcome.out, "no memory of its own"));
}
END_TEST

START_TEST(test_budget)
{
	module.records[1].rss_anon_bytes = 16ULL << 30;
	module.records[1].page_table_bytes = 32ULL << 20;
	run_fails("show --pss 7", CLI_FAILED, "budget of 100 ms");
	/* Of pages of 4 KiB; it says what would be enough. */
	if (sysconf(_SC_PAGESIZE) == 4096)
		run_fails("show --pss 7", CLI_FAILED,
			  "for 552 ms by estimate, which is more than the budget of 100 ms; "
			  "'--pss-budget 553' would");
	run_fails("show --pss-budget 2 7", CLI_FAILED, "budget of 2.0 ms");
	ck_assert_int_eq(file.reads, 0);
	run_succeeds("show --pss-budget 553 7");
	ck_assert_int_eq(file.reads, 1);
	ck_assert_ptr_nonnull(strstr(outcome.out, "proportional set size"));
}
END_TEST

START_TEST(test_failures)
{
	static const struct {
		int error;
		int status;
		const char *message;
	} failures[] = {
		{ -EACCES, CLI_NOT_PERMITTED, "CAP_SYS_PTRACE" },
		{ -ENOENT, CLI_FAILED, "hidepid" },
		{ -EBADMSG, CLI_FAILED, "smaps_rollup is not as" },
		{ -EIO, CLI_FAILED, "Input/output error" },
	};

	file.error = failures[_i].error;
	run_fails("show --pss 7", failures[_i].status, failures[_i].message);
	run_fails("show --pss --json 7", failures[_i].status, failures[_i].message);
}
END_TEST

static void exits(void)
{
	module.count = 1;
}

static void is_replaced(void)
{
	module.records[1].start_time_ns++;
}

/* The figures would be another's, or the error that of one that is gone. */
START_TEST(test_gone_meanwhile)
{
	file.meanwhile = is_replaced;
	run_fails("show --pss 7", CLI_FAILED, "process 7 has exited meanwhile");
	file.error = -EACCES;
	run_fails("show --pss 7", CLI_FAILED, "process 7 has exited meanwhile");
	file.meanwhile = exits;
	file.error = -ENOENT;
	run_fails("show --pss 7", CLI_FAILED, "process 7 has exited meanwhile");
}
END_TEST

/* Of a thread it is its process's. */
START_TEST(test_thread)
{
	module.records[2].tgid = 7;
	run_succeeds("show -T --pss 30");
	ck_assert_uint_eq(file.pid, 7);
}
END_TEST

START_TEST(test_usage)
{
	static const struct {
		const char *line;
		const char *message;
	} lines[] = {
		{ "show --pss", "show takes one process id" },
		{ "show --pss=1 7", "takes no argument" },
		{ "show --pss-budget", "needs an argument" },
		{ "show --pss-budget 0 7", "'0' is not a number of milliseconds, 1 to" },
		{ "show --pss-budget -1 7", "is not a number of milliseconds" },
		{ "show --pss-budget x 7", "is not a number of milliseconds" },
		{ "show --pss-budget 3600001 7", "is not a number of milliseconds" },
		{ "show --pss-budget 99999999999999999999 7", "is not a number" },
		{ "ps --pss", "has no option '--pss'" },
	};

	run_fails(lines[_i].line, CLI_USAGE, lines[_i].message);
	ck_assert_int_eq(file.reads, 0);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("cli-pss");
	TCase *tests = tcase_create("pss");

	tcase_add_checked_fixture(tests, pss_setup, module_teardown);
	tcase_add_test(tests, test_text);
	tcase_add_test(tests, test_json);
	tcase_add_test(tests, test_csv);
	tcase_add_test(tests, test_no_memory);
	tcase_add_test(tests, test_budget);
	tcase_add_loop_test(tests, test_failures, 0, 4);
	tcase_add_test(tests, test_gone_meanwhile);
	tcase_add_test(tests, test_thread);
	tcase_add_loop_test(tests, test_usage, 0, 9);
	suite_add_tcase(suite, tests);
	return suite_main(suite, argc, argv);
}
