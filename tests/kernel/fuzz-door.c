// SPDX-License-Identifier: GPL-2.0-or-later
/* See fuzz-door.h. */
#include "fuzz-door.h"

#include <string.h>
#include <unistd.h>

#include "guard.h"
#include "support.h"

#define ROOM_MAX	40
#define SNAPSHOT_FLAGS	0xff
#define EXIT_FLAGS	(TASKMETER_SNAPSHOT_HISTOGRAMS | TASKMETER_SNAPSHOT_STALLS)

struct arena *door_arena(struct device_fuzz *fuzz, size_t pointer)
{
	return &fuzz->arenas[1 + pointer];
}

uint64_t door_place(struct device_fuzz *fuzz, size_t pointer, uint64_t size)
{
	return arena_place(door_arena(fuzz, pointer), &fuzz->dice, size);
}

static bool has(const struct device_fuzz *fuzz, size_t pointer, uint64_t address,
		uint64_t size)
{
	return arena_has(&fuzz->arenas[1 + pointer], address, size);
}

static uint32_t pick_stride(struct dice *dice, uint32_t first, uint32_t now)
{
	switch (dice_roll(dice, 4)) {
	case 0:
		return first;
	case 1:
		return now + 8 * dice_roll(dice, 8);
	default:
		return now;
	}
}

static bool stride_fits(uint32_t stride, uint32_t first)
{
	return stride >= first && stride <= 4096 && !(stride % 8);
}

static void make_info(struct device_fuzz *fuzz, union argument *argument)
{
	(void)fuzz;
	(void)argument;
}

static enum verdict judge_info(const struct device_fuzz *fuzz, const union argument *argument)
{
	(void)fuzz;
	(void)argument;
	return TAKEN;
}

static void check_info(const struct device_fuzz *fuzz, const union argument *before,
		       const union argument *after)
{
	(void)fuzz;
	(void)before;
	must(after->info.abi_version == TASKMETER_ABI_VERSION);
	must(after->info.record_size == sizeof(struct taskmeter_record));
	must(memchr(after->info.version, '\0', sizeof(after->info.version)));
}

static void make_filters(struct dice *dice, struct taskmeter_snapshot *snapshot)
{
	if (snapshot->flags & TASKMETER_SNAPSHOT_PID)
		snapshot->pid = dice_once_in(dice, 2) ? getpid() : (int)dice_roll(dice, 40000);
	if (snapshot->flags & TASKMETER_SNAPSHOT_UID)
		snapshot->uid = dice_once_in(dice, 2) ? getuid() : dice_extreme(dice);
	if (snapshot->flags & TASKMETER_SNAPSHOT_CGROUP)
		snapshot->cgroup_id = dice_extreme(dice);
	if (snapshot->flags & TASKMETER_SNAPSHOT_SINCE)
		snapshot->since = dice_extreme(dice);
}

static void make_snapshot(struct device_fuzz *fuzz, union argument *argument)
{
	struct taskmeter_snapshot *snapshot = &argument->snapshot;
	const uint32_t room = 1 + dice_roll(&fuzz->dice, ROOM_MAX);

	snapshot->flags = dice_number(&fuzz->dice) & dice_number(&fuzz->dice) & SNAPSHOT_FLAGS;
	snapshot->stride = pick_stride(&fuzz->dice, TASKMETER_RECORD_SIZE_VER1,
				       sizeof(struct taskmeter_record));
	snapshot->buffer_size = (uint64_t)room * snapshot->stride + dice_roll(&fuzz->dice, 16);
	snapshot->buffer = door_place(fuzz, 0, snapshot->buffer_size);
	snapshot->cursor = dice_once_in(&fuzz->dice, 2) ? 0 : dice_roll(&fuzz->dice, 40000);
	make_filters(&fuzz->dice, snapshot);
	if (!(snapshot->flags & TASKMETER_SNAPSHOT_HISTOGRAMS))
		return;
	snapshot->histograms_stride = pick_stride(&fuzz->dice, TASKMETER_HISTOGRAMS_SIZE_VER1,
						  sizeof(struct taskmeter_histograms));
	snapshot->histograms = door_place(fuzz, 1, (uint64_t)room * snapshot->histograms_stride);
}

static bool has_stray(const struct taskmeter_snapshot *snapshot)
{
	const uint32_t flags = snapshot->flags;

	return (snapshot->pid && !(flags & TASKMETER_SNAPSHOT_PID)) ||
	       (snapshot->uid && !(flags & TASKMETER_SNAPSHOT_UID)) ||
	       (snapshot->cgroup_id && !(flags & TASKMETER_SNAPSHOT_CGROUP)) ||
	       (snapshot->since && !(flags & TASKMETER_SNAPSHOT_SINCE));
}

static enum verdict judge_snapshot(const struct device_fuzz *fuzz,
				   const union argument *argument)
{
	const struct taskmeter_snapshot *snapshot = &argument->snapshot;
	const bool histograms = snapshot->flags & TASKMETER_SNAPSHOT_HISTOGRAMS;

	if (snapshot->flags & ~SNAPSHOT_FLAGS || snapshot->reserved || has_stray(snapshot) ||
	    !stride_fits(snapshot->stride, TASKMETER_RECORD_SIZE_VER1) ||
	    snapshot->buffer_size < snapshot->stride || snapshot->cursor > PID_LIMIT ||
	    snapshot->pid > PID_LIMIT)
		return REFUSED;
	if (histograms && !stride_fits(snapshot->histograms_stride,
				       TASKMETER_HISTOGRAMS_SIZE_VER1))
		return REFUSED;
	if (!histograms && (snapshot->histograms || snapshot->histograms_stride))
		return REFUSED;
	if (snapshot->flags & TASKMETER_SNAPSHOT_UID)
		return snapshot->uid == UINT32_MAX ? REFUSED : UNKNOWN;
	return has(fuzz, 0, snapshot->buffer, snapshot->buffer_size) &&
	       has(fuzz, 1, histograms ? snapshot->histograms :
					 (uintptr_t)fuzz->arenas[2].room,
		   snapshot->buffer_size / snapshot->stride * snapshot->histograms_stride) ?
	       TAKEN : UNKNOWN;
}

static void check_size(const void *structure, uint32_t stride, size_t size)
{
	const uint32_t *told = structure;

	must(*told == (stride < size ? stride : size));
	must(is_filled((const char *)structure + *told, stride - *told, 0));
}

/* That nothing was written behind what was written, nor before it. */
static void check_around(const struct arena *arena, uint64_t address, uint64_t size)
{
	const char *start = (const char *)(uintptr_t)address, *end = start + size;

	must(is_filled(arena->room, start - arena->room, POISON));
	must(is_filled(end, arena->room + ARENA_ROOM - end, POISON));
}

static void check_record(const struct taskmeter_record *record, uint32_t stride, uint32_t flags)
{
	check_size(record, stride, flags & TASKMETER_SNAPSHOT_STALLS ?
		   sizeof(*record) : TASKMETER_RECORD_SIZE_VER2);
	must(record->pid && record->pid <= PID_LIMIT && record->tgid <= PID_LIMIT);
	must(memchr(record->comm, '\0', sizeof(record->comm)));
}

static void check_snapshot(const struct device_fuzz *fuzz, const union argument *before,
			   const union argument *after)
{
	const struct taskmeter_snapshot *asked = &before->snapshot;
	const uint32_t count = after->snapshot.count;
	const char *at = (const char *)(uintptr_t)asked->buffer;
	uint32_t last = 0;

	must(count <= asked->buffer_size / asked->stride);
	must(after->snapshot.cursor <= PID_LIMIT);
	if (!has(fuzz, 0, asked->buffer, (uint64_t)count * asked->stride))
		return;
	for (uint32_t i = 0; i < count; i++, at += asked->stride) {
		const struct taskmeter_record *record = (const void *)at;

		check_record(record, asked->stride, asked->flags);
		must(record->pid > last && record->pid >= asked->cursor);
		last = record->pid;
	}
	check_around(&fuzz->arenas[1], asked->buffer, (uint64_t)count * asked->stride);
	if (has(fuzz, 1, asked->histograms, (uint64_t)count * asked->histograms_stride))
		check_around(&fuzz->arenas[2], asked->histograms,
			     (uint64_t)count * asked->histograms_stride);
}

static void make_exits(struct device_fuzz *fuzz, union argument *argument)
{
	struct taskmeter_exits *exits = &argument->exits;

	exits->flags = dice_number(&fuzz->dice) & EXIT_FLAGS;
	exits->cursor = dice_once_in(&fuzz->dice, 2) ? 0 : dice_roll(&fuzz->dice, 1000);
	exits->room = 1 + dice_roll(&fuzz->dice, ROOM_MAX);
	exits->exits_stride = pick_stride(&fuzz->dice, TASKMETER_EXIT_SIZE_VER1,
					  sizeof(struct taskmeter_exit));
	exits->records_stride = pick_stride(&fuzz->dice, TASKMETER_RECORD_SIZE_VER1,
					    sizeof(struct taskmeter_record));
	exits->exits = door_place(fuzz, 0, (uint64_t)exits->room * exits->exits_stride);
	exits->records = door_place(fuzz, 1, (uint64_t)exits->room * exits->records_stride);
	if (!(exits->flags & TASKMETER_SNAPSHOT_HISTOGRAMS))
		return;
	exits->histograms_stride = pick_stride(&fuzz->dice, TASKMETER_HISTOGRAMS_SIZE_VER1,
					       sizeof(struct taskmeter_histograms));
	exits->histograms = door_place(fuzz, 2, (uint64_t)exits->room * exits->histograms_stride);
}

static enum verdict judge_exits(const struct device_fuzz *fuzz, const union argument *argument)
{
	const struct taskmeter_exits *exits = &argument->exits;
	const bool histograms = exits->flags & TASKMETER_SNAPSHOT_HISTOGRAMS;

	if (exits->flags & ~EXIT_FLAGS || exits->reserved || !exits->room ||
	    !stride_fits(exits->exits_stride, TASKMETER_EXIT_SIZE_VER1) ||
	    !stride_fits(exits->records_stride, TASKMETER_RECORD_SIZE_VER1))
		return REFUSED;
	if (histograms ? !stride_fits(exits->histograms_stride,
				      TASKMETER_HISTOGRAMS_SIZE_VER1) :
			 exits->histograms || exits->histograms_stride)
		return REFUSED;
	if (exits->cursor > UINT32_MAX)
		return REFUSED;
	if (exits->cursor > 1)
		return UNKNOWN;
	return has(fuzz, 0, exits->exits, (uint64_t)exits->room * exits->exits_stride) &&
	       has(fuzz, 1, exits->records, (uint64_t)exits->room * exits->records_stride) &&
	       has(fuzz, 2, histograms ? exits->histograms : (uintptr_t)fuzz->arenas[3].room,
		   (uint64_t)exits->room * exits->histograms_stride) ? TAKEN : UNKNOWN;
}

static void check_exits(const struct device_fuzz *fuzz, const union argument *before,
			const union argument *after)
{
	const struct taskmeter_exits *asked = &before->exits;
	const uint64_t count = after->exits.count;
	const char *at = (const char *)(uintptr_t)asked->exits;
	const char *record = (const char *)(uintptr_t)asked->records;
	uint64_t last = 0;

	must(count <= asked->room && after->exits.cursor >= asked->cursor);
	if (!has(fuzz, 0, asked->exits, count * asked->exits_stride) ||
	    !has(fuzz, 1, asked->records, count * asked->records_stride))
		return;
	for (uint64_t i = 0; i < count; i++) {
		const struct taskmeter_exit *exit = (const void *)at;

		check_size(exit, asked->exits_stride, sizeof(*exit));
		check_record((const void *)record, asked->records_stride, asked->flags);
		must(exit->number > last && exit->number >= asked->cursor);
		must(exit->number < after->exits.cursor);
		must(exit->command_line_length <= TASKMETER_COMMAND_LINE_LEN);
		last = exit->number;
		at += asked->exits_stride;
		record += asked->records_stride;
	}
	check_around(&fuzz->arenas[1], asked->exits, count * asked->exits_stride);
	check_around(&fuzz->arenas[2], asked->records, count * asked->records_stride);
}

static void make_totals(struct device_fuzz *fuzz, union argument *argument)
{
	struct taskmeter_totals *totals = &argument->totals;

	totals->kind = dice_roll(&fuzz->dice, 2);
	totals->cursor = dice_once_in(&fuzz->dice, 2) ? 0 : dice_roll(&fuzz->dice, 20);
	totals->stride = pick_stride(&fuzz->dice, TASKMETER_TOTAL_SIZE_VER1,
				     sizeof(struct taskmeter_total));
	totals->room = 1 + dice_roll(&fuzz->dice, ROOM_MAX);
	totals->totals = door_place(fuzz, 0, (uint64_t)totals->room * totals->stride);
}

static enum verdict judge_totals(const struct device_fuzz *fuzz, const union argument *argument)
{
	const struct taskmeter_totals *totals = &argument->totals;

	if (!fuzz->totals || totals->kind > TASKMETER_TOTAL_UID || totals->reserved ||
	    !totals->room || totals->cursor > TASKMETER_TOTALS_MAX + 1 ||
	    !stride_fits(totals->stride, TASKMETER_TOTAL_SIZE_VER1))
		return REFUSED;
	return has(fuzz, 0, totals->totals, (uint64_t)totals->room * totals->stride) ?
	       TAKEN : UNKNOWN;
}

static void check_totals(const struct device_fuzz *fuzz, const union argument *before,
			 const union argument *after)
{
	const struct taskmeter_totals *asked = &before->totals;
	const uint64_t count = after->totals.count;
	const char *at = (const char *)(uintptr_t)asked->totals;

	must(count <= asked->room && after->totals.cursor <= TASKMETER_TOTALS_MAX + 1);
	if (!has(fuzz, 0, asked->totals, count * asked->stride))
		return;
	for (uint64_t i = 0; i < count; i++, at += asked->stride)
		check_size(at, asked->stride, sizeof(struct taskmeter_total));
	check_around(&fuzz->arenas[1], asked->totals, count * asked->stride);
}

static void make_path(struct device_fuzz *fuzz, union argument *argument)
{
	struct taskmeter_cgroup_path *path = &argument->path;

	path->cgroup_id = dice_once_in(&fuzz->dice, 8) ? dice_extreme(&fuzz->dice) :
							 1 + dice_roll(&fuzz->dice, 2);
	path->path_size = dice_once_in(&fuzz->dice, 2) ? 4096 : dice_roll(&fuzz->dice, 16);
	path->path = door_place(fuzz, 0, path->path_size);
}

static enum verdict judge_path(const struct device_fuzz *fuzz, const union argument *argument)
{
	(void)fuzz;
	return argument->path.reserved || !argument->path.path_size ? REFUSED : UNKNOWN;
}

static void check_path(const struct device_fuzz *fuzz, const union argument *before,
		       const union argument *after)
{
	const struct taskmeter_cgroup_path *asked = &before->path;
	const uint32_t length = after->path.length;
	const char *path = (const char *)(uintptr_t)asked->path;

	must(length < asked->path_size);
	if (!has(fuzz, 0, asked->path, length + 1))
		return;
	must(path[0] == '/' && strnlen(path, length + 1) == length);
	check_around(&fuzz->arenas[1], asked->path, length + 1);
}

const struct door doors[FUZZ_DOORS] = {
	{ "INFO", TASKMETER_IOCTL_INFO, sizeof(struct taskmeter_info),
	  TASKMETER_INFO_SIZE_VER1, { 0 }, make_info, judge_info, check_info },
	{ "SNAPSHOT", TASKMETER_IOCTL_SNAPSHOT, sizeof(struct taskmeter_snapshot),
	  TASKMETER_SNAPSHOT_SIZE_VER1,
	  { offsetof(struct taskmeter_snapshot, buffer),
	    offsetof(struct taskmeter_snapshot, histograms) },
	  make_snapshot, judge_snapshot, check_snapshot },
	{ "EXITS", TASKMETER_IOCTL_EXITS, sizeof(struct taskmeter_exits),
	  TASKMETER_EXITS_SIZE_VER1,
	  { offsetof(struct taskmeter_exits, exits), offsetof(struct taskmeter_exits, records),
	    offsetof(struct taskmeter_exits, histograms) },
	  make_exits, judge_exits, check_exits },
	{ "TOTALS", TASKMETER_IOCTL_TOTALS, sizeof(struct taskmeter_totals),
	  TASKMETER_TOTALS_SIZE_VER1, { offsetof(struct taskmeter_totals, totals) },
	  make_totals, judge_totals, check_totals },
	{ "CGROUP_PATH", TASKMETER_IOCTL_CGROUP_PATH, sizeof(struct taskmeter_cgroup_path),
	  TASKMETER_CGROUP_PATH_SIZE_VER1, { offsetof(struct taskmeter_cgroup_path, path) },
	  make_path, judge_path, check_path },
};
