// SPDX-License-Identifier: GPL-2.0-only
#include "attrs-exit.h"

#include <linux/kernel.h>

#include "meter.h"
#include "path.h"

void *put_command_line(void *at, u16 type, const u8 *command_line, u32 length)
{
	return put_bytes(at, type, command_line, length);
}

/* The path is looked up once for many exits of the same cgroup. */
static void find_path(struct exit_writer *writer, u64 id)
{
	if (writer->path_id == id && writer->path[0])
		return;
	writer->path_id = id;
	if (path_of_cgroup(writer->observer, id, writer->path, sizeof(writer->path)) < 0)
		writer->path[0] = '\0';
}

static void *put_oom(void *at, const struct taskmeter_exit *exit)
{
	at = put_u64(at, TASKMETER_A_EXIT_OOM_RSS_ANON_BYTES, exit->oom_rss_anon_bytes);
	at = put_u64(at, TASKMETER_A_EXIT_OOM_RSS_FILE_BYTES, exit->oom_rss_file_bytes);
	at = put_u64(at, TASKMETER_A_EXIT_OOM_RSS_SHMEM_BYTES, exit->oom_rss_shmem_bytes);
	at = put_u64(at, TASKMETER_A_EXIT_OOM_SWAP_BYTES, exit->oom_swap_bytes);
	return put_u64(at, TASKMETER_A_EXIT_OOM_TIME_NS, exit->oom_time_ns);
}

static void *put_task(void *at, struct exit_writer *writer)
{
	struct taskmeter_record *record = &writer->ending.record;
	struct nlattr *nest = at;

	if (!(writer->flags & TASKMETER_SNAPSHOT_STALLS))
		record->available &= ~METER_STALLS;
	at = put_record(put_header(at, TASKMETER_A_EXIT_TASK | NLA_F_NESTED, 0), record);
	if (writer->flags & TASKMETER_SNAPSHOT_HISTOGRAMS)
		at = put_histograms(at, &writer->histograms);
	nest->nla_len = at - (void *)nest;
	return at;
}

/**
 * put_exit() - write the attributes of an exit
 * @at: where to; there is room for EXIT_ATTRS_SIZE
 * @writer: what is to be written
 *
 * Context: process context.
 *
 * Return: behind them.
 */
void *put_exit(void *at, struct exit_writer *writer)
{
	const struct taskmeter_exit *exit = &writer->ending.exit;

	at = put_u64(at, TASKMETER_A_EXIT_NUMBER, exit->number);
	at = put_u32(at, TASKMETER_A_EXIT_FLAGS, exit->flags);
	at = put_u64(at, TASKMETER_A_EXIT_TIME_NS, exit->exit_time_ns);
	at = put_u32(at, TASKMETER_A_EXIT_STATUS, exit->status);
	if (exit->flags & TASKMETER_EXIT_COMMAND_LINE)
		at = put_command_line(at, TASKMETER_A_EXIT_COMMAND_LINE, exit->command_line,
				      exit->command_line_length);
	find_path(writer, writer->ending.record.cgroup_id);
	if (writer->path[0])
		at = put_string(at, TASKMETER_A_EXIT_CGROUP_PATH, writer->path);
	if (exit->flags & TASKMETER_EXIT_OOM)
		at = put_oom(at, exit);
	return put_task(at, writer);
}
