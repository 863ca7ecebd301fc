/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record and a description of the module in which every value is another. */
#ifndef TESTS_UNIT_SAMPLE_H
#define TESTS_UNIT_SAMPLE_H

#include <string.h>
#include <taskmeter/taskmeter.h>

#define SAMPLE_AVAILABLE	((TASKMETER_AVAILABLE_NUMA_BALANCING << 1) - 1)

/* The bits of all stalls. */
#define SAMPLE_STALLS							\
	(TASKMETER_AVAILABLE_STALLS | TASKMETER_AVAILABLE_DIRECT_RECLAIM | \
	 TASKMETER_AVAILABLE_MEMCG_RECLAIM | TASKMETER_AVAILABLE_COMPACTION | \
	 TASKMETER_AVAILABLE_REFAULT | TASKMETER_AVAILABLE_MEM_STALL |	\
	 TASKMETER_AVAILABLE_NUMA_BALANCING)

/* The value of a numeric field that is the @index-th of the table. */
static inline uint64_t sample_value(const struct tm_field *field, size_t index)
{
	switch (field->type) {
	case TM_FIELD_STATE:
		return 'S';
	case TM_FIELD_METER_STATE:
		return TASKMETER_STATE_QUEUED;
	case TM_FIELD_U32:
		return 0xF0000000U + index;
	case TM_FIELD_S32:
		return (uint64_t)(-1000 - (int64_t)index);
	default:
		return 0xFEDCBA9876543200ULL + index;
	}
}

static inline void sample_set(struct taskmeter_record *record,
			      const struct tm_field *field, uint64_t value)
{
	uint32_t half = (uint32_t)value;

	if (field->type == TM_FIELD_U64)
		memcpy((char *)record + field->offset, &value, sizeof(value));
	else
		memcpy((char *)record + field->offset, &half, sizeof(half));
}

/* Everything available, each field with sample_value(), both names "sample". */
static inline void sample_record(struct taskmeter_record *record)
{
	const struct tm_field *fields;
	size_t count, i;

	memset(record, 0, sizeof(*record));
	record->size = sizeof(*record);
	record->available = SAMPLE_AVAILABLE;
	fields = tm_fields(&count);
	for (i = 0; i < count; i++)
		if (fields[i].type != TM_FIELD_STRING)
			sample_set(record, &fields[i],
				   sample_value(&fields[i], i));
	strcpy(record->comm, "sample");
	strcpy(record->waker_comm, "sample");
}

/* One that could be real: small numbers. */
static inline void sample_process(struct taskmeter_record *record, uint32_t pid,
				  const char *comm)
{
	memset(record, 0, sizeof(*record));
	record->size = sizeof(*record);
	record->available = SAMPLE_AVAILABLE;
	record->pid = pid;
	record->tgid = pid;
	record->uid = 0;
	record->threads = 1;
	record->state = 'S';
	record->run_ns = pid * 1000000ULL;
	record->rss_anon_bytes = pid * 1024ULL;
	record->current_state = TASKMETER_STATE_SLEEPING;
	memcpy(record->comm, comm, strnlen(comm, sizeof(record->comm) - 1));
}

static inline void sample_info(struct taskmeter_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->abi_version = TASKMETER_ABI_VERSION;
	info->flags = TASKMETER_INFO_PRIVILEGED | TASKMETER_INFO_METER;
	info->available = SAMPLE_AVAILABLE;
	info->instance_id = UINT64_MAX;
	info->load_time_ns = 1000000000;
	info->record_size = sizeof(struct taskmeter_record);
	info->page_size = 4096;
	info->pid_namespace = 4026531836U;
	info->rss_error_bytes = 65536;
	strcpy(info->version, "1.2.3");
	info->token = 0xFEDCBA9876543210ULL;
	info->tracked_threads = 101;
	info->untracked_threads = 102;
	info->allocation_failures = 103;
	info->clock_steps = 104;
	info->gaps = 105;
	info->probe_calls = 106;
	info->probe_ns = 1500000007;
	info->clock = TASKMETER_CLOCK_EXEC_START;
	info->thread_bytes = 512;
	info->process_bytes = 128;
	info->histogram_bytes = 2000;
	info->exit_number = 107;
	info->exit_log_bytes = 16777216;
	info->exit_log_used_bytes = 108;
	info->exit_log_records = 109;
	info->exit_log_evicted = 110;
	info->exits_other = 111;
	info->exits_unrecorded = 112;
	info->events_lost = 113;
	info->subscribers = 114;
}

#endif
