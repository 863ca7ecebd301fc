// SPDX-License-Identifier: GPL-2.0-or-later
/* See block-coder.h. */
#include "store/block-coder.h"

#include <stdlib.h>
#include <string.h>

#define AT(member)	offsetof(struct taskmeter_record, member)

/* Where columns of another width begin; each goes up to the next, the last to the end. */
static const struct {
	uint16_t offset;
	uint16_t width;
} widths[] = {
	{ 0, 4 },
	{ AT(available), 8 },
	{ AT(pid), 4 },
	{ AT(start_time_ns), 8 },
	{ AT(state), 4 },
	{ AT(run_ns), 8 },
	{ AT(current_state), 4 },
	{ AT(current_state_ns), 8 },
	{ AT(untracked_threads), 4 },
	{ AT(waker_comm), 8 },
	{ AT(numa_preferred_node), 4 },
	{ sizeof(struct taskmeter_record), 0 },
};

struct coder *coder_new(void)
{
	struct coder *coder = calloc(1, sizeof(*coder));
	uint16_t offset;
	size_t i;

	for (i = 0; coder && widths[i].width; i++)
		for (offset = widths[i].offset; offset < widths[i + 1].offset;
		     offset = (uint16_t)(offset + widths[i].width))
			coder->columns[coder->column_count++] =
				(struct column) { offset, widths[i].width };
	return coder;
}

uint64_t column_value(const struct column *column, const struct taskmeter_record *record)
{
	const char *member = (const char *)record + column->offset;
	uint64_t value;
	uint32_t half;

	if (column->width == sizeof(half)) {
		memcpy(&half, member, sizeof(half));
		return half;
	}
	memcpy(&value, member, sizeof(value));
	return value;
}

void column_set(const struct column *column, struct taskmeter_record *record, uint64_t value)
{
	char *member = (char *)record + column->offset;
	uint32_t half = (uint32_t)value;

	if (column->width == sizeof(half))
		memcpy(member, &half, sizeof(half));
	else
		memcpy(member, &value, sizeof(value));
}

bool coder_expect(struct coder *coder, const struct tick *before, uint32_t pid,
		  struct taskmeter_record *ret_base)
{
	while (coder->at < before->count && before->records[coder->at].pid < pid)
		coder->at++;
	if (coder->at == before->count || before->records[coder->at].pid != pid)
		return false;
	*ret_base = before->records[coder->at];
	tick_advance(ret_base, coder->elapsed_ns);
	return true;
}
