/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The taskmeter command run as a whole, from its arguments to its output and exit
 * status, with a module of the test's own behind it.
 */
#ifndef TESTS_UNIT_CLI_MODULE_H
#define TESTS_UNIT_CLI_MODULE_H

#include "cli/cli.h"
#include "lib/meter.h"
#include "sample.h"
#include "suite.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>

#define ARGUMENTS	12

/*
 * What the module is like, and what was asked of it. @meanwhile is called when the
 * command waits, @wait_ns is for how long.
 */
static struct {
	struct taskmeter_record records[300];
	struct taskmeter_histograms histograms[300];
	size_t count;
	uint64_t info_flags;
	int open_error;
	int fail_after;
	uint64_t now_ns;
	uint64_t wait_ns;
	void (*meanwhile)(void);
	uint32_t info_size;
	uint32_t record_size;
	int set_error;
	int setting;
	int on;
	struct tm_filter filter;
	uint32_t get_flags;
	struct cgroup cgroup;
	int opened;
	int snapshots;
} module;

struct fake_snapshot {
	struct tm_snapshot snapshot;
	struct taskmeter_record record;
	struct taskmeter_histograms histograms;
	size_t next;
};

static void fake_close(struct tm_meter *meter)
{
	module.opened--;
	free(meter);
}

static int fake_info(struct tm_meter *meter, struct taskmeter_info *ret_info)
{
	(void)meter;
	sample_info(ret_info);
	ret_info->size = module.info_size;
	ret_info->record_size = module.record_size;
	ret_info->flags = module.info_flags;
	return 0;
}

/* A record as the module gives it: the stalls to who asked for them, if it has any. */
static void give(struct taskmeter_record *record, size_t i, uint32_t flags)
{
	const size_t without = TASKMETER_RECORD_SIZE_VER2;

	ck_assert(!(flags & TASKMETER_SNAPSHOT_STALLS) ||
		  module.record_size >= TASKMETER_RECORD_SIZE_VER3);
	*record = module.records[i];
	if (flags & TASKMETER_SNAPSHOT_STALLS)
		return;
	if (record->size > without)
		record->size = (uint32_t)without;
	record->available &= ~(uint64_t)SAMPLE_STALLS;
	memset((char *)record + without, 0, sizeof(*record) - without);
}

static void give_histograms(struct taskmeter_histograms *histograms, size_t i,
			    uint32_t flags)
{
	size_t size = tm_histograms_size(flags);

	memset(histograms, 0, sizeof(*histograms));
	memcpy(histograms, &module.histograms[i], size);
	histograms->size = (uint32_t)size;
}

static int fake_get(struct tm_meter *meter, uint32_t pid, uint32_t flags,
		    struct taskmeter_record *ret_record,
		    struct taskmeter_histograms *ret_histograms)
{
	size_t i;

	module.get_flags = flags;
	for (i = 0; i < module.count; i++) {
		if (module.records[i].pid == pid) {
			give(ret_record, i, flags);
			if (ret_histograms)
				give_histograms(ret_histograms, i, flags);
			return 0;
		}
	}
	return tm_fail(meter, -ESRCH, "no such task");
}

static int fake_set(struct tm_meter *meter, enum tm_setting setting, int on)
{
	module.setting = (int)setting;
	module.on = on;
	return module.set_error ? tm_fail(meter, module.set_error, "not now") : 0;
}

static int fake_snapshot_new(struct tm_meter *meter,
			     const struct tm_filter *filter,
			     struct tm_snapshot **ret_snapshot)
{
	struct fake_snapshot *snapshot = calloc(1, sizeof(*snapshot));

	ck_assert_ptr_nonnull(snapshot);
	module.filter = *filter;
	module.snapshots++;
	snapshot->snapshot.meter = meter;
	*ret_snapshot = &snapshot->snapshot;
	return 0;
}

static int fake_snapshot_next(struct tm_snapshot *base,
			      const struct taskmeter_record **ret_record)
{
	struct fake_snapshot *snapshot = (struct fake_snapshot *)base;

	base->time_ns = module.now_ns;
	if (module.fail_after && snapshot->next == (size_t)module.fail_after)
		return tm_fail(base->meter, -EBADMSG, "it broke");
	while (snapshot->next < module.count &&
	       module.filter.flags & TASKMETER_SNAPSHOT_PID &&
	       module.records[snapshot->next].tgid != module.filter.pid)
		snapshot->next++;
	if (snapshot->next == module.count)
		return 0;
	if (module.filter.flags & TASKMETER_SNAPSHOT_HISTOGRAMS)
		base->histograms = &snapshot->histograms;
	give_histograms(&snapshot->histograms, snapshot->next, module.filter.flags);
	give(&snapshot->record, snapshot->next++, module.filter.flags);
	*ret_record = &snapshot->record;
	return 1;
}

static void fake_snapshot_free(struct tm_snapshot *snapshot)
{
	module.snapshots--;
	free(snapshot);
}

static const struct tm_ops fake_ops = {
	.close = fake_close,
	.info = fake_info,
	.get = fake_get,
	.set = fake_set,
	.snapshot_new = fake_snapshot_new,
	.snapshot_next = fake_snapshot_next,
	.snapshot_free = fake_snapshot_free,
};

static int fake_open(enum tm_transport transport, struct tm_meter **ret_meter)
{
	ck_assert_int_eq(transport, TM_TRANSPORT_NETLINK);
	if (module.open_error)
		return module.open_error;
	*ret_meter = calloc(1, sizeof(**ret_meter));
	ck_assert_ptr_nonnull(*ret_meter);
	(*ret_meter)->ops = &fake_ops;
	(*ret_meter)->info_size = module.info_size;
	(*ret_meter)->record_size = module.record_size;
	module.opened++;
	return 0;
}

static int fake_cgroup(uint32_t pid, struct cgroup *ret_cgroup)
{
	(void)pid;
	if (!*module.cgroup.path)
		return -ENODATA;
	*ret_cgroup = module.cgroup;
	return 0;
}

static void fake_wait(uint64_t ns)
{
	module.now_ns += ns;
	module.wait_ns += ns;
	if (module.meanwhile)
		module.meanwhile();
}

/* What a run of the command left behind. */
static struct {
	char *out;
	char *err;
	int status;
} outcome;

static struct cli world;

static inline void run(const char *line)
{
	char words[512], *argv[ARGUMENTS + 1] = { "taskmeter" };
	size_t out_size, err_size;
	int argc = 1;
	char *word;

	free(outcome.out);
	free(outcome.err);
	strcpy(words, line);
	for (word = strtok(words, " "); word && argc < ARGUMENTS;
	     word = strtok(NULL, " "))
		argv[argc++] = word;
	world.out = open_memstream(&outcome.out, &out_size);
	world.err = open_memstream(&outcome.err, &err_size);
	world.write_error = 0;
	module.wait_ns = 0;
	outcome.status = cli_run(&world, argc, argv);
	fclose(world.out);
	fclose(world.err);
	ck_assert_int_eq(module.opened, 0);
	ck_assert_int_eq(module.snapshots, 0);
}

/* Fails with a message; nothing is on standard output. */
static inline void run_fails(const char *line, int status, const char *message)
{
	run(line);
	ck_assert_msg(outcome.status == status, "%s: status %d: %s", line,
		      outcome.status, outcome.err);
	ck_assert_msg(strstr(outcome.err, message), "%s: %s", line, outcome.err);
	ck_assert_int_eq(strncmp(outcome.err, "taskmeter: ", 11), 0);
	ck_assert_str_eq(outcome.out, "");
}

static inline void run_succeeds(const char *line)
{
	run(line);
	ck_assert_msg(outcome.status == 0, "%s: status %d: %s", line,
		      outcome.status, outcome.err);
	ck_assert_str_eq(outcome.err, "");
}

static inline void add_process(uint32_t pid, const char *comm)
{
	sample_process(&module.records[module.count++], pid, comm);
}

static inline void module_setup(void)
{
	memset(&module, 0, sizeof(module));
	module.info_flags = TASKMETER_INFO_PRIVILEGED | TASKMETER_INFO_METER;
	module.info_size = sizeof(struct taskmeter_info);
	module.record_size = sizeof(struct taskmeter_record);
	module.now_ns = 1000;
	world = (struct cli){
		.open = fake_open,
		.wait = fake_wait,
		.cgroup = fake_cgroup,
		.utf8 = true,
	};
	setlocale(LC_CTYPE, "C.UTF-8");
	add_process(1, "init");
	add_process(7, "bash");
	add_process(30, "bash");
	module.records[2].uid = 4000000000U;
}

static inline void module_teardown(void)
{
	free(outcome.out);
	free(outcome.err);
	outcome.out = NULL;
	outcome.err = NULL;
}

#endif
