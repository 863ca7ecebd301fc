/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The taskmeter command run as a whole, from its arguments to its output and exit
 * status, with a module of the test's own behind it.
 */
#ifndef TESTS_UNIT_CLI_MODULE_H
#define TESTS_UNIT_CLI_MODULE_H

#include "cli/cli.h"
#include "cli/library.h"
#include "lib/meter.h"
#include "sample.h"
#include "suite.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <time.h>

#define ARGUMENTS	12

/* An exit record of the module's log. */
struct fake_exit {
	struct taskmeter_exit exit;
	struct taskmeter_record record;
	const char *cgroup_path;
};

/*
 * What the module is like, and what was asked of it. @meanwhile is called when the
 * command waits, @wait_ns is for how long. After @fail_after records or exits reading
 * them fails. When @events_until of the events were told, the next one has to be awaited;
 * behind the last one comes @events_end, or, if that is 0, somebody ends it.
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
	int snapshot_error;
	int snapshots;
	int subscriptions;
	unsigned int looks_taken;
	const char *cgroup_paths[4];
	int cgroups_error;
	struct fake_exit exits[300];
	size_t exit_count;
	uint64_t newest;
	uint64_t exit_cursor;
	uint32_t exit_flags;
	uint32_t exit_log_bytes;
	struct taskmeter_total totals[8];
	const char *total_paths[8];
	size_t total_count;
	uint32_t total_kind;
	int totals_error;
	struct tm_event events[600];
	size_t event_count;
	size_t event_next;
	size_t events_until;
	int events_error;
	int events_end;
	uint32_t event_types;
	uint32_t event_flags;
	uint64_t event_cursor;
	unsigned int looks;
	bool ended;
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
	struct fake_snapshot *snapshot;

	if (module.snapshot_error)
		return tm_fail(meter, module.snapshot_error, "it is gone");
	snapshot = calloc(1, sizeof(*snapshot));
	ck_assert_ptr_nonnull(snapshot);
	module.looks_taken++;
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

static int fake_set_exit_log_bytes(struct tm_meter *meter, uint32_t bytes)
{
	module.exit_log_bytes = bytes;
	return module.set_error ? tm_fail(meter, module.set_error, "not now") : 0;
}

struct fake_exits {
	struct tm_exits exits;
	struct tm_exit exit;
	size_t next;
};

static int fake_exits_new(struct tm_meter *meter, uint64_t cursor, uint32_t flags,
			  struct tm_exits **ret_exits)
{
	struct fake_exits *exits = calloc(1, sizeof(*exits));

	ck_assert_ptr_nonnull(exits);
	ck_assert_int_eq(module.snapshots, 0);
	module.snapshots++;
	module.exit_cursor = cursor;
	module.exit_flags = flags;
	exits->exits.meter = meter;
	exits->exits.cursor = cursor ? cursor : 1;
	exits->exits.counting = cursor > 0;
	*ret_exits = &exits->exits;
	return 0;
}

/* The number that is met; every other one on the way there is lost. */
static void fake_exits_meet(struct tm_exits *exits, uint64_t number)
{
	if (exits->counting)
		exits->lost += number - exits->cursor;
	exits->cursor = number;
}

static int fake_exits_next(struct tm_exits *base, const struct tm_exit **ret_exit)
{
	struct fake_exits *exits = (struct fake_exits *)base;
	struct fake_exit *found;

	if (base->cursor > module.newest + 1)
		return tm_fail(base->meter, -EINVAL, "another load");
	if (module.fail_after && exits->next == (size_t)module.fail_after)
		return tm_fail(base->meter, -EBADMSG, "it broke");
	while (exits->next < module.exit_count &&
	       module.exits[exits->next].exit.number < base->cursor)
		exits->next++;
	if (exits->next == module.exit_count) {
		fake_exits_meet(base, module.newest + 1);
		return 0;
	}
	found = &module.exits[exits->next++];
	fake_exits_meet(base, found->exit.number);
	base->cursor++;
	exits->exit = (struct tm_exit){
		.exit = &found->exit,
		.record = &found->record,
		.cgroup_path = found->cgroup_path,
	};
	*ret_exit = &exits->exit;
	return 1;
}

static void fake_exits_free(struct tm_exits *exits)
{
	module.snapshots--;
	free(exits);
}

struct fake_totals {
	struct tm_totals totals;
	size_t next;
};

static int fake_totals_new(struct tm_meter *meter, uint32_t kind,
			   struct tm_totals **ret_totals)
{
	struct fake_totals *totals = calloc(1, sizeof(*totals));

	ck_assert_ptr_nonnull(totals);
	module.snapshots++;
	module.total_kind = kind;
	totals->totals.meter = meter;
	*ret_totals = &totals->totals;
	return 0;
}

static int fake_totals_next(struct tm_totals *base, const struct taskmeter_total **ret_total,
			    const char **ret_path)
{
	struct fake_totals *totals = (struct fake_totals *)base;

	if (module.totals_error)
		return tm_fail(base->meter, module.totals_error, "it broke");
	if (totals->next == module.total_count)
		return 0;
	*ret_path = module.total_paths[totals->next];
	*ret_total = &module.totals[totals->next++];
	return 1;
}

static void fake_totals_free(struct tm_totals *totals)
{
	module.snapshots--;
	free(totals);
}

/* A subscription is not looked into: what it holds is in the module. */
static int fake_events_new(uint32_t events, uint32_t flags, uint64_t cursor,
			   struct tm_events **ret_events)
{
	ck_assert_int_eq(module.opened, 0);
	if (module.events_error)
		return module.events_error;
	module.subscriptions++;
	module.event_types = events;
	module.event_flags = flags;
	module.event_cursor = cursor;
	*ret_events = (struct tm_events *)&module;
	return 0;
}

static int fake_events_fd(const struct tm_events *events)
{
	ck_assert_ptr_eq(events, (struct tm_events *)&module);
	return 42;
}

static int fake_events_next(struct tm_events *events, const struct tm_event **ret_event)
{
	ck_assert_ptr_eq(events, (struct tm_events *)&module);
	if (module.event_next == module.event_count)
		return module.events_end;
	if (module.events_until && module.event_next == module.events_until)
		return 0;
	*ret_event = &module.events[module.event_next++];
	return 1;
}

static const char *fake_events_error(const struct tm_events *events)
{
	(void)events;
	return "it broke";
}

static void fake_events_free(struct tm_events *events)
{
	(void)events;
	module.subscriptions--;
}

static const struct library fake_library = {
	.events_new = fake_events_new,
	.events_fd = fake_events_fd,
	.events_next = fake_events_next,
	.events_error = fake_events_error,
	.events_free = fake_events_free,
};

/* Events come until there are no more, then it is ended. */
static bool fake_await(int fd)
{
	if (fd < 0) {
		module.looks++;
		return !module.ended;
	}
	ck_assert_int_eq(fd, 42);
	module.events_until = 0;
	if (module.meanwhile)
		module.meanwhile();
	return module.event_next < module.event_count || module.events_end;
}

static const struct tm_ops fake_ops = {
	.close = fake_close,
	.info = fake_info,
	.get = fake_get,
	.set = fake_set,
	.snapshot_new = fake_snapshot_new,
	.snapshot_next = fake_snapshot_next,
	.snapshot_free = fake_snapshot_free,
	.set_exit_log_bytes = fake_set_exit_log_bytes,
	.exits_new = fake_exits_new,
	.exits_next = fake_exits_next,
	.exits_free = fake_exits_free,
	.totals_new = fake_totals_new,
	.totals_next = fake_totals_next,
	.totals_free = fake_totals_free,
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

/* The cgroup with the path of number n has the id n + 1. */
static int fake_cgroups(bool (*found)(void *context, uint64_t id, const char *path),
			void *context)
{
	const size_t count = sizeof(module.cgroup_paths) / sizeof(*module.cgroup_paths);
	size_t i;

	if (module.cgroups_error)
		return module.cgroups_error;
	for (i = 0; i < count && module.cgroup_paths[i]; i++)
		if (found(context, i + 1, module.cgroup_paths[i]))
			break;
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
	ck_assert_int_eq(module.subscriptions, 0);
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

static inline void check_begin(const char *text, const char *expected)
{
	ck_assert_msg(!strncmp(text, expected, strlen(expected)), "%s does not begin with %s",
		      text, expected);
}

static inline void add_process(uint32_t pid, const char *comm)
{
	sample_process(&module.records[module.count++], pid, comm);
}

static inline uint64_t boottime_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000U + (uint64_t)now.tv_nsec;
}

/* A process that lived for 1.5 s, and ended so many seconds ago. */
static inline struct fake_exit *add_exit(uint64_t number, uint32_t pid, const char *comm,
					 int status, uint64_t ago_s)
{
	struct fake_exit *added = &module.exits[module.exit_count++];

	sample_process(&added->record, pid, comm);
	added->exit.size = sizeof(added->exit);
	added->exit.number = number;
	added->exit.status = status;
	added->exit.exit_time_ns = boottime_now() - ago_s * 1000000000U;
	added->record.start_time_ns = added->exit.exit_time_ns - 1500000000U;
	added->record.current_state = TASKMETER_STATE_DEAD;
	module.newest = number;
	return added;
}

static inline void set_command_line(struct fake_exit *exit, const char *bytes,
				    size_t length)
{
	memcpy(exit->exit.command_line, bytes, length);
	exit->exit.command_line_length = (uint32_t)length;
	exit->exit.flags |= TASKMETER_EXIT_COMMAND_LINE;
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
		.cgroups = fake_cgroups,
		.library = &fake_library,
		.await = fake_await,
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
