/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exit records, and batches of them, in which everything follows from the number. */
#ifndef TESTS_UNIT_EXIT_RECORD_H
#define TESTS_UNIT_EXIT_RECORD_H

#include <check.h>
#include <string.h>
#include "sample.h"
#include "store/batch.h"

#define EXIT_END_NS	UINT64_C(1700000000000000000)

struct exit_record {
	struct taskmeter_exit exit;
	struct taskmeter_record record;
	struct taskmeter_histograms histograms;
	struct tm_exit view;
};

/* Every third failed, every seventh was killed by the OOM killer. */
static inline const struct tm_exit *exit_record(struct exit_record *exit, uint64_t number)
{
	memset(exit, 0, sizeof(*exit));
	sample_process(&exit->record, (uint32_t)number + 1000, "ended");
	exit->record.uid = exit->record.euid = (uint32_t)(number % 2);
	exit->record.start_time_ns = number * 1000;
	exit->record.cgroup_id = 77;
	exit->exit = (struct taskmeter_exit) {
		.size = sizeof(exit->exit), .number = number, .exit_time_ns = number * 2000,
		.status = number % 3 ? 0 : 0x100,
		.flags = TASKMETER_EXIT_COMMAND_LINE |
			 (number % 7 ? 0 : TASKMETER_EXIT_OOM),
		.command_line_length = 10, .command_line = "/bin/\xff\0-a",
	};
	exit->histograms.size = sizeof(exit->histograms);
	exit->histograms.cpu_wait[3] = number;
	exit->histograms.fault_wait[TASKMETER_STALL_BUCKETS - 1] = 5;
	exit->view = (struct tm_exit) {
		.exit = &exit->exit, .record = &exit->record,
		.histograms = &exit->histograms, .cgroup_path = "/a.slice/b\n.service",
	};
	return &exit->view;
}

/* The records from a number to another, not included. */
static inline struct exit_batch *exit_batch(uint64_t instance_id, uint64_t first, uint64_t next)
{
	struct exit_batch *batch = batch_new(instance_id, first);
	struct exit_record exit;
	uint64_t number;

	ck_assert(batch != NULL);
	for (number = first; number < next; number++)
		ck_assert_int_eq(batch_add(batch, exit_record(&exit, number),
					   EXIT_END_NS + number), 0);
	batch_close(batch, next, 0);
	return batch;
}

#endif
