// SPDX-License-Identifier: LGPL-2.1-or-later
/* The exit log and the totals by the ioctls of /dev/taskmeter. */
#include "lib/cgroup-path.h"
#include "lib/device.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

/* Records, or totals, of one call. */
#define BATCH	64

/*
 * @ends, @records and @histograms are as the module wrote them, one every stride of the
 * request. What is given to the user is @told; where a stride is shorter than the
 * structure, it is copied to @record and @waits, whose ends are 0. @lost is what is
 * lost up to the cursor of the request.
 */
struct device_exits {
	struct tm_exits exits;
	struct taskmeter_exits request;
	struct taskmeter_exit *ends;
	char *records;
	char *histograms;
	struct taskmeter_record record;
	struct taskmeter_histograms waits;
	struct tm_exit told;
	struct cgroup_paths paths;
	uint64_t lost;
	uint32_t next;
	int filled;
};

struct device_totals {
	struct tm_totals totals;
	struct taskmeter_totals request;
	struct taskmeter_total batch[BATCH];
	struct cgroup_paths paths;
	uint32_t next;
	int ended;
};

void tm_device_exits_free(struct tm_exits *base)
{
	struct device_exits *exits = (struct device_exits *)base;

	tm_cgroup_paths_free(&exits->paths);
	free(exits->histograms);
	free(exits->records);
	free(exits->ends);
	free(exits);
}

static int buffers_new(struct device_exits *exits, uint32_t flags)
{
	struct taskmeter_exits *request = &exits->request;

	*request = (struct taskmeter_exits){
		.size = sizeof(*request),
		.flags = flags,
		.exits_stride = sizeof(*exits->ends),
		.records_stride = device_record_stride(flags),
	};
	exits->ends = calloc(BATCH, request->exits_stride);
	exits->records = calloc(BATCH, request->records_stride);
	if (!exits->ends || !exits->records)
		return -ENOMEM;
	request->exits = (uintptr_t)exits->ends;
	request->records = (uintptr_t)exits->records;
	if (!(flags & TASKMETER_SNAPSHOT_HISTOGRAMS))
		return 0;
	request->histograms_stride = tm_histograms_size(flags);
	exits->histograms = calloc(BATCH, request->histograms_stride);
	request->histograms = (uintptr_t)exits->histograms;
	return exits->histograms ? 0 : -ENOMEM;
}

int tm_device_exits_new(struct tm_meter *meter, uint64_t cursor, uint32_t flags,
			struct tm_exits **ret_exits)
{
	struct device_exits *exits = calloc(1, sizeof(*exits));

	if (!exits)
		return tm_fail(meter, -ENOMEM, "no memory for a reader");
	if (buffers_new(exits, flags)) {
		tm_device_exits_free(&exits->exits);
		return tm_fail(meter, -ENOMEM, "no memory for a reader");
	}
	exits->exits = (struct tm_exits){
		.meter = meter,
		.cursor = cursor,
		.counting = cursor > 0,
	};
	*ret_exits = &exits->exits;
	return 0;
}

static int fail_exits(struct tm_meter *meter, int error)
{
	switch (error) {
	case -ENOTTY:
		return tm_fail(meter, -EOPNOTSUPP,
			       "the loaded module is too old for the exit log");
	case -EINVAL:
		return tm_fail(meter, error, "the cursor is of another load of the module");
	default:
		return tm_fail(meter, error, "cannot read the exit log from %s: %m",
			       TASKMETER_DEVICE);
	}
}

/*
 * One call into the module, for up to @room records from @cursor on, which a signal may
 * end before it gave anything.
 */
static int exits_call(struct device_exits *exits, uint64_t cursor, uint32_t room)
{
	struct taskmeter_exits *request = &exits->request;
	int r;

	request->cursor = cursor;
	request->room = room;
	do
		r = ioctl(to_device(exits->exits.meter)->fd, TASKMETER_IOCTL_EXITS,
			  request);
	while (r < 0 && errno == EINTR);
	return r < 0 ? fail_exits(exits->exits.meter, -errno) : 0;
}

/* Whether what the module wrote can be true. */
static int check_batch(const struct device_exits *exits, uint64_t from)
{
	const struct taskmeter_exits *request = &exits->request;
	uint32_t i;

	if (request->count > request->room || request->cursor < from ||
	    request->lost > request->cursor - from)
		return -EBADMSG;
	for (i = 0; i < request->count; i++) {
		if (exits->ends[i].number < from ||
		    exits->ends[i].number >= request->cursor ||
		    exits->ends[i].command_line_length > TASKMETER_COMMAND_LINE_LEN)
			return -EBADMSG;
		from = exits->ends[i].number + 1;
	}
	return 0;
}

/* Numbers that are not among the records of the batch. */
static uint64_t skipped(const struct device_exits *exits, uint64_t from)
{
	return exits->request.cursor - from - exits->request.count;
}

/*
 * Of the numbers that are skipped, some may be of records that are not shown, and some
 * lost. Which of them tells a call for one record at a time.
 */
static int call_exactly(struct device_exits *exits, uint64_t from)
{
	int r = exits_call(exits, from, BATCH);

	if (r || !exits->exits.counting || exits->request.count < 2 ||
	    !exits->request.lost || exits->request.lost == skipped(exits, from))
		return r;
	return exits_call(exits, from, 1);
}

/* All up to where the last call came is lost, or not shown. */
static void pass_over(struct device_exits *exits)
{
	exits->exits.cursor = exits->request.cursor;
	exits->exits.lost = exits->lost;
}

/* A call may come back with no record and yet have more to give. */
static int fill(struct device_exits *exits)
{
	struct taskmeter_exits *request = &exits->request;
	uint64_t from;
	int r;

	do {
		from = exits->exits.cursor;
		r = call_exactly(exits, from);
		if (r)
			return r;
		if (check_batch(exits, from))
			return tm_fail(exits->exits.meter, -EBADMSG,
				       "the module gave exit records that cannot be");
		if (exits->exits.counting)
			exits->lost += request->lost;
		if (!request->count)
			pass_over(exits);
	} while (!request->count && request->cursor <= request->last);
	exits->next = 0;
	exits->filled = 1;
	return 0;
}

/* All that was there when the module was called last has been told. */
static int at_end(struct device_exits *exits)
{
	struct tm_exits *base = &exits->exits;

	pass_over(exits);
	exits->filled = 0;
	if (exits->request.cursor <= exits->request.last)
		return 0;
	base->counting = 1;
	return 1;
}

static int path_of(struct device_exits *exits, const struct taskmeter_record *record,
		   const char **ret_path)
{
	*ret_path = NULL;
	if (!(record->available & TASKMETER_AVAILABLE_CGROUP))
		return 0;
	return tm_cgroup_path(exits->exits.meter, &exits->paths, record->cgroup_id,
			      ret_path);
}

/* What is lost before a record is counted with it, and the rest at the end. */
static int tell(struct device_exits *exits, const struct tm_exit **ret_exit)
{
	const struct taskmeter_exits *request = &exits->request;
	const struct taskmeter_exit *end = &exits->ends[exits->next];
	struct tm_exits *base = &exits->exits;
	struct tm_exit *told = &exits->told;
	uint64_t gap = end->number - base->cursor;
	int r;

	told->exit = end;
	told->record = tm_device_record_at(exits->records, request->records_stride,
					   exits->next, &exits->record);
	r = path_of(exits, told->record, &told->cgroup_path);
	if (r)
		return r;
	if (exits->histograms)
		told->histograms = tm_device_histograms_at(exits->histograms,
							   request->histograms_stride,
							   exits->next, &exits->waits);
	base->lost += gap < exits->lost - base->lost ? gap : exits->lost - base->lost;
	base->cursor = end->number + 1;
	exits->next++;
	*ret_exit = told;
	return 1;
}

int tm_device_exits_next(struct tm_exits *base, const struct tm_exit **ret_exit)
{
	struct device_exits *exits = (struct device_exits *)base;
	int r;

	while (!exits->filled || exits->next == exits->request.count) {
		if (exits->filled && at_end(exits))
			return 0;
		r = fill(exits);
		if (r)
			return r;
	}
	return tell(exits, ret_exit);
}

int tm_device_totals_new(struct tm_meter *meter, uint32_t kind,
			 struct tm_totals **ret_totals)
{
	struct device_totals *totals = calloc(1, sizeof(*totals));

	if (!totals)
		return tm_fail(meter, -ENOMEM, "no memory for a reader");
	totals->totals.meter = meter;
	totals->request = (struct taskmeter_totals){
		.size = sizeof(totals->request),
		.kind = kind,
		.totals = (uintptr_t)totals->batch,
		.stride = sizeof(*totals->batch),
		.room = BATCH,
	};
	*ret_totals = &totals->totals;
	return 0;
}

static int fail_totals(struct tm_meter *meter, int error)
{
	switch (error) {
	case -ENOTTY:
		return tm_fail(meter, -EOPNOTSUPP,
			       "the loaded module is too old for totals of exited processes");
	case -EPERM:
		return tm_fail(meter, error,
			       "CAP_PERFMON over the initial user namespace is missing");
	default:
		return tm_fail(meter, error, "cannot read totals from %s: %m",
			       TASKMETER_DEVICE);
	}
}

static int fill_totals(struct device_totals *totals)
{
	struct taskmeter_totals *request = &totals->request;
	struct tm_meter *meter = totals->totals.meter;
	int r;

	do {
		r = ioctl(to_device(meter)->fd, TASKMETER_IOCTL_TOTALS, request);
		if (r < 0 && errno == EINTR)
			continue;
		if (r < 0)
			return fail_totals(meter, -errno);
	} while (r < 0 || (!request->count && request->cursor));
	if (request->count > request->room)
		return tm_fail(meter, -EBADMSG, "the module gave more totals than it could");
	totals->next = 0;
	totals->ended = !request->cursor;
	return 0;
}

/* The total of others is no cgroup's. */
static int path_of_total(struct device_totals *totals,
			 const struct taskmeter_total *total, const char **ret_path)
{
	*ret_path = NULL;
	if (totals->request.kind != TASKMETER_TOTAL_CGROUP ||
	    total->flags & TASKMETER_TOTAL_OTHER)
		return 0;
	return tm_cgroup_path(totals->totals.meter, &totals->paths, total->id, ret_path);
}

int tm_device_totals_next(struct tm_totals *base,
			  const struct taskmeter_total **ret_total,
			  const char **ret_path)
{
	struct device_totals *totals = (struct device_totals *)base;
	const struct taskmeter_total *total;
	int r;

	if (totals->next == totals->request.count) {
		if (totals->ended)
			return 0;
		r = fill_totals(totals);
		if (r)
			return r;
		if (!totals->request.count)
			return 0;
	}
	total = &totals->batch[totals->next];
	r = path_of_total(totals, total, ret_path);
	if (r)
		return r;
	totals->next++;
	*ret_total = total;
	return 1;
}

void tm_device_totals_free(struct tm_totals *base)
{
	struct device_totals *totals = (struct device_totals *)base;

	tm_cgroup_paths_free(&totals->paths);
	free(totals);
}
