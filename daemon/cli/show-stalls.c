// SPDX-License-Identifier: GPL-2.0-or-later
/* See show-stalls.h. Of each kind: how often, how long, the longest and when. */
#include "cli/show-stalls.h"

#include "cli/show-meter.h"
#include "cli/start-time.h"
#include "common/units.h"

#include <stdio.h>

#define TABLE	"%-*s %8s %8s %8s"

/* The first part of the names of its fields, and that of its count. */
static const struct {
	const char *label;
	const char *count;
	const char *begin;
} kinds[] = {
	{ "direct reclaim",		"direct_reclaims",	"direct_reclaim" },
	{ "cgroup reclaim",		"memcg_reclaims",	"memcg_reclaim" },
	{ "compaction",			"compactions",		"compaction" },
	{ "major page faults",		"fault_waits",		"fault_wait" },
	{ "refaults (thrashing)",	"refault_waits",	"refault_wait" },
	{ "throttled (memory.high)",	"throttle_waits",	"throttle_wait" },
};

static uint64_t value_of(const struct taskmeter_record *record, const char *begin,
			 const char *end)
{
	char name[40];

	snprintf(name, sizeof(name), "%s%s", begin, end);
	return tm_field_u64(tm_field_find(name), record);
}

static void print_kind(struct cli *cli, size_t kind,
		       const struct taskmeter_record *record)
{
	const struct tm_field *count = tm_field_find(kinds[kind].count);
	char number[UNIT_SIZE], time[UNIT_SIZE], max[UNIT_SIZE], when[80] = "";
	const char *begin = kinds[kind].begin;
	uint64_t max_time_ns = value_of(record, begin, "_max_time_ns");

	if (!tm_field_available(count, record)) {
		show_line(cli, kinds[kind].label, "not available");
		return;
	}
	/* One that lasts may be in the time already. */
	if (!tm_field_u64(count, record) && !value_of(record, begin, "_ns")) {
		show_line(cli, kinds[kind].label, "    none");
		return;
	}
	unit_number_short(tm_field_u64(count, record), number);
	unit_duration_short(value_of(record, begin, "_ns"), time);
	unit_duration_short(value_of(record, begin, "_max_ns"), max);
	if (max_time_ns)
		start_time_clock(max_time_ns, when, sizeof(when));
	fprintf(cli->out, "  " TABLE "%s%s\n", SHOW_LABEL_WIDTH + 1,
		kinds[kind].label, number, time, max, *when ? "  " : "", when);
}

void show_stalls(struct cli *cli, const struct taskmeter_record *record)
{
	char header[80];
	size_t i;

	fprintf(cli->out, "\n");
	cli_heading(cli, "memory stalls");
	if (record->size < TASKMETER_RECORD_SIZE_VER3) {
		fprintf(cli->out, "  Not available: the module is older than this program.\n");
		return;
	}
	show_time(cli, "stalled in total", tm_field_find("mem_stall_ns"), record);
	fprintf(cli->out, "\n");
	snprintf(header, sizeof(header), TABLE "  %s", SHOW_LABEL_WIDTH + 3,
		 "stalls by", "count", "time", "max", "at");
	cli_heading(cli, header);
	for (i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		print_kind(cli, i, record);
}
