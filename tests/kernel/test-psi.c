// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Waits for memory are told where the kernel marks them, which it does with PSI; with
 * psi=0 they are told to be unknown, never to be 0, by whatever door, and the rest of
 * the stalls is still there.
 *
 * TASKMETER_TEST_PSI=0 in the environment says that the machine was booted so.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "genl.h"
#include "pressure.h"
#include "stall.h"
#include "suite.h"
#include "support.h"

#define GROUP	"taskmeter-psi"
#define MARKS	(TASKMETER_AVAILABLE_MEM_WAIT | TASKMETER_AVAILABLE_REFAULT)
#define RECLAIMS	20

static int device;
static bool works;

static void setup(void)
{
	const char *asked = getenv("TASKMETER_TEST_PSI");

	device = device_open();
	cgroup_make(GROUP);
	works = pressure_has_psi(GROUP);
	if (asked && !strcmp(asked, "0"))
		must(!works);
}

/* One that has reclaimed at the limit of its group, and rests. */
static void start_stalled(struct pressure *pressure)
{
	pressure_file_make();
	cgroup_write(GROUP, "memory.max", "16M");
	pressure_start(pressure, GROUP, PRESSURE_READ, PRESSURE_FILE_BYTES);
	pressure_go(pressure);
	while (stall_process(device, pressure->child.pid).memcg_reclaims < RECLAIMS)
		sleep_ms(10);
	pressure_pause(pressure);
}

START_TEST(told_by_info)
{
	uint64_t available = device_info(device).available;

	printf("PSI %s\n", works ? "works" : "does not work");
	ck_assert_uint_eq(available & MARKS, works ? MARKS : 0);
	if (!works)
		must(!(available & TASKMETER_AVAILABLE_MEM_STALL));
	must(available & TASKMETER_AVAILABLE_STALLS);
}
END_TEST

START_TEST(told_by_device)
{
	struct taskmeter_record record;
	struct pressure pressure;

	stall_need(device, TASKMETER_AVAILABLE_MEMCG_RECLAIM);
	start_stalled(&pressure);
	record = stall_process(device, pressure.child.pid);
	ck_assert_uint_eq(record.available & MARKS, works ? MARKS : 0);
	ck_assert_uint_ge(record.memcg_reclaims, RECLAIMS);
	ck_assert_uint_gt(record.memcg_reclaim_ns, 0);
	if (works) {
		ck_assert_uint_gt(record.mem_stall_ns, 0);
	} else {
		must(!(record.available & TASKMETER_AVAILABLE_MEM_STALL));
		stall_check_rest(&record, "without PSI");
	}
	pressure_end(&pressure);
}
END_TEST

static const uint16_t meter_marks[] = {
	TASKMETER_A_METER_MEM_WAIT_NS, TASKMETER_A_METER_MEM_WAIT_MAX_NS,
	TASKMETER_A_METER_MEM_WAIT_MAX_TIME_NS,
};

static const uint16_t stall_marks[] = {
	TASKMETER_A_STALL_MEM_STALL_NS,
	TASKMETER_A_STALL_REFAULT_WAITS, TASKMETER_A_STALL_REFAULT_WAIT_NS,
	TASKMETER_A_STALL_REFAULT_WAIT_MAX_NS, TASKMETER_A_STALL_REFAULT_WAIT_MAX_TIME_NS,
	TASKMETER_A_STALL_THROTTLE_WAITS, TASKMETER_A_STALL_THROTTLE_WAIT_NS,
	TASKMETER_A_STALL_THROTTLE_WAIT_MAX_NS, TASKMETER_A_STALL_THROTTLE_WAIT_MAX_TIME_NS,
};

static void check_marks(const struct nlattr *nest, const uint16_t *types, size_t count)
{
	must(nest);
	for (size_t i = 0; i < count; i++)
		if (!genl_find_in(nest, types[i]) == works)
			test_fail("attribute %u is %s", types[i],
				  works ? "left out" : "there, though nobody can know it");
}

static void check_message(const struct nlmsghdr *message, void *arg)
{
	const struct nlattr *meter = genl_find(message, TASKMETER_A_TASK_METER);
	const struct nlattr *stall = genl_find(message, TASKMETER_A_TASK_STALL);

	check_marks(meter, meter_marks, ARRAY_SIZE(meter_marks));
	check_marks(stall, stall_marks, ARRAY_SIZE(stall_marks));
	/* What nobody has to mark. */
	must(genl_find_in(meter, TASKMETER_A_METER_IO_WAIT_NS));
	must(genl_find_in(stall, TASKMETER_A_STALL_MEMCG_RECLAIM_NS));
	must(genl_find_in(stall, TASKMETER_A_STALL_FAULT_WAIT_NS));
	*(bool *)arg = true;
}

START_TEST(told_by_netlink)
{
	struct genl_request request;
	bool checked = false;
	struct genl genl;

	stall_need(device, TASKMETER_AVAILABLE_MEMCG_RECLAIM);
	genl_open(&genl);
	genl_begin(&request, &genl, TASKMETER_CMD_TASK_GET, NLM_F_ACK);
	genl_put_u32(&request, TASKMETER_A_TASK_PID, getpid());
	genl_put_u32(&request, TASKMETER_A_TASK_REQUEST, TASKMETER_SNAPSHOT_STALLS);
	ck_assert_int_eq(genl_exchange(&genl, &request, check_message, &checked), 0);
	must(checked);
	genl_close(&genl);
}
END_TEST

/* Whether a member of JSON is null; it has to be there. */
static bool is_null(const char *json, const char *name)
{
	char key[64];
	const char *value;

	snprintf(key, sizeof(key), "\"%s\":", name);
	value = strstr(json, key);
	if (!value)
		test_fail("no %s in %s", name, json);
	value += strlen(key);
	return !strncmp(value + strspn(value, " "), "null", strlen("null"));
}

START_TEST(told_by_command)
{
	static const char *const marks[] = {
		"mem_wait_ns", "mem_wait_max_ns", "mem_stall_ns", "refault_waits",
		"refault_wait_ns", "throttle_waits", "throttle_wait_ns",
	};
	char pid[16], text[16384];
	char *const command[] = { "taskmeter", "show", "--json", pid, NULL };

	stall_need(device, TASKMETER_AVAILABLE_MEMCG_RECLAIM);
	snprintf(pid, sizeof(pid), "%d", getpid());
	command_output(command, text, sizeof(text));
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (is_null(text, marks[i]) == works)
			test_fail("%s is %s", marks[i], works ? "null" : "a number");
	must(!is_null(text, "io_wait_ns"));
	must(!is_null(text, "memcg_reclaim_ns"));
	must(!is_null(text, "fault_wait_ns"));
}
END_TEST

static void leave_nothing(void)
{
	cgroup_remove(GROUP);
	pressure_file_remove();
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("psi");
	TCase *psi = test_case_add(suite, "psi", 60);

	tcase_add_unchecked_fixture(psi, NULL, leave_nothing);
	tcase_add_checked_fixture(psi, setup, NULL);
	tcase_add_test(psi, told_by_info);
	tcase_add_test(psi, told_by_device);
	tcase_add_test(psi, told_by_netlink);
	tcase_add_test(psi, told_by_command);
	return suite_main(suite, argc, argv);
}
