// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The module is loaded, and its meter and the recording of wakers are switched on, while one
 * allocation after the other fails: each time it says so, leaves nothing behind, and works
 * the next time.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "genl.h"
#include "meter.h"
#include "module.h"
#include "slab.h"
#include "starve.h"
#include "suite.h"
#include "support.h"

/* The first ones one by one; of the objects of a cache, one in so many. */
#define SPARSE		8
#define THOROUGH	16

/* Also a test that failed leaves the meter as it is by default. */
static void load_again(void)
{
	starve_end();
	if (module_loaded())
		module_unload();
	module_load_default();
}

static void setup(void)
{
	starve_need();
	if (!module_loaded())
		module_load_default();
}

/* A probe that was left would run what is not there any more. */
static void live(void)
{
	for (int i = 0; i < 4; i++) {
		pid_t pid = fork();

		must(pid >= 0);
		if (!pid)
			_exit(0);
		must(waitpid(pid, NULL, 0) == pid);
	}
}

/**
 * struct start - something that takes much memory to be started
 * @what: name
 * @prepare: what can be done before, when nothing fails yet
 * @start: 0 or a negative errno
 * @finish: releases what @prepare took
 * @stop: undoes it
 * @check_stopped: fails if something of it is there; @thorough may take its time
 * @check_started: fails unless it works
 */
struct start {
	const char *what;
	void (*prepare)(void);
	int (*start)(void);
	void (*finish)(void);
	void (*stop)(void);
	void (*check_stopped)(bool thorough);
	void (*check_started)(void);
};

/* An allocation may fail without harm: then the start succeeds. Return: whether one failed. */
static bool try_start(const struct start *start, unsigned int nth, bool thorough,
		      unsigned int *refused)
{
	bool failed;
	int ret;

	start->prepare();
	starve_arm(nth);
	ret = start->start();
	failed = !starve_disarm();
	start->finish();
	if (ret && (!failed || (ret != -ENOMEM && ret != -EFAULT && ret != -ENOBUFS)))
		test_fail("%s, allocation %u%s: %s", start->what, nth,
			  failed ? "" : " not reached", strerror(-ret));
	*refused += !!ret;
	if (!ret) {
		start->check_started();
		start->stop();
	}
	live();
	start->check_stopped(thorough);
	return failed;
}

static void start_starved(const struct start *start)
{
	unsigned int nth, times = 0, refused = 0;

	for (nth = 1; try_start(start, nth, times % THOROUGH == 0, &refused);
	     nth += 1 + nth / SPARSE)
		times++;
	printf("%s: less than %u allocations, %u of them failed, %u starts refused\n",
	       start->what, nth, times, refused);
	ck_assert_uint_gt(refused, 0);
	start->prepare();
	ck_assert_int_eq(start->start(), 0);
	start->finish();
	start->check_started();
}

static const char *parameters;
static int module_file;

static void open_module(void)
{
	module_file = module_open();
}

static int load(void)
{
	return syscall(SYS_finit_module, module_file, parameters, 0) ? -errno : 0;
}

static void close_module(void)
{
	close(module_file);
}

static void check_unloaded(bool thorough)
{
	if (thorough)
		module_check_gone();
	must(!module_loaded());
	must(access(TASKMETER_DEVICE, F_OK));
	slab_check_none("after the load was refused");
}

/* What it can tell is what it could when nothing failed. */
static uint64_t available;

static struct taskmeter_info read_info(void)
{
	int device = device_open();
	struct taskmeter_info info = device_info(device);

	close(device);
	return info;
}

static void check_loaded(void)
{
	const struct taskmeter_info info = read_info();
	int device = device_open();

	ck_assert_uint_eq(info.available, available);
	must(info.flags & TASKMETER_INFO_METER);
	ck_assert_uint_gt(info.tracked_threads, 0);
	meter_process(device, getpid());
	close(device);
}

START_TEST(load_module)
{
	static const char *const all[] = { "", "unprivileged=1" };
	const struct start start = {
		_i ? "load with unprivileged=1" : "load", open_module, load, close_module,
		module_unload, check_unloaded, check_loaded,
	};

	available = read_info().available;
	parameters = all[_i];
	module_unload();
	start_starved(&start);
	module_unload();
	leaks_check("after loads that were refused");
}
END_TEST

static struct genl genl;

static void open_genl(void)
{
	genl_open(&genl);
}

static void close_genl(void)
{
	genl_close(&genl);
}

static void ignore_message(const struct nlmsghdr *message, void *arg)
{
	(void)message;
	(void)arg;
}

static int try_config(uint16_t attribute)
{
	struct genl_request request;

	genl_begin(&request, &genl, TASKMETER_CMD_CONFIG_SET, NLM_F_ACK);
	genl_put_u32(&request, attribute, 1);
	return genl_try_exchange(&genl, &request, ignore_message, NULL);
}

static int switch_on(void)
{
	return try_config(TASKMETER_A_CONFIG_METER);
}

static void switch_off(void)
{
	meter_config(TASKMETER_A_CONFIG_METER, 0);
}

/* What fails may be the answer alone, when it is on: then that is no refusal. */
static void check_off(bool thorough)
{
	(void)thorough;
	if (read_info().flags & TASKMETER_INFO_METER)
		switch_off();
	slab_check_off("after the meter was not switched on");
}

START_TEST(switch_meter_on)
{
	const struct start start = {
		"meter", open_genl, switch_on, close_genl, switch_off, check_off, check_loaded,
	};

	available = read_info().available;
	switch_off();
	start_starved(&start);
	module_unload();
	module_check_gone();
	leaks_check("after the meter was not switched on");
}
END_TEST

static int record_wakers(void)
{
	return try_config(TASKMETER_A_CONFIG_WAKER);
}

static void forget_wakers(void)
{
	meter_config(TASKMETER_A_CONFIG_WAKER, 0);
}

static void check_no_wakers(bool thorough)
{
	(void)thorough;
	if (read_info().flags & TASKMETER_INFO_WAKER)
		forget_wakers();
	must(read_info().flags & TASKMETER_INFO_METER);
}

static void check_wakers(void)
{
	must(read_info().flags & TASKMETER_INFO_WAKER);
}

START_TEST(switch_wakers_on)
{
	const struct start start = {
		"wakers", open_genl, record_wakers, close_genl, forget_wakers,
		check_no_wakers, check_wakers,
	};

	start_starved(&start);
	module_unload();
	module_check_gone();
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("starved-load");
	TCase *load_case = test_case_add(suite, "load", 120);
	TCase *meter_case = test_case_add(suite, "meter", 60);

	tcase_add_unchecked_fixture(load_case, leaks_forget, load_again);
	tcase_add_checked_fixture(load_case, setup, NULL);
	tcase_add_loop_test(load_case, load_module, 0, 2);
	tcase_add_unchecked_fixture(meter_case, leaks_forget, load_again);
	tcase_add_checked_fixture(meter_case, setup, NULL);
	tcase_add_test(meter_case, switch_meter_on);
	tcase_add_test(meter_case, switch_wakers_on);
	return suite_main(suite, argc, argv);
}
