// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * See parse.h. One pass over the attributes: each is stored where a table,
 * indexed by its number, says. A snapshot of ten thousand tasks is more than
 * half a million attributes, nearly all of them in runs of consecutive numbers
 * that go to adjacent members: store_numbers() is where the time goes.
 */
#include "lib/parse.h"

#include "lib/attribute.h"
#include "lib/fields.h"
#include "lib/hist.h"

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <string.h>

#define MEMBER(member)	offsetof(struct taskmeter_record, member)

#define SLOT(member_, attribute_, last_)				\
	[TASKMETER_A_##attribute_] = {					\
		.offset = MEMBER(member_),				\
		.length = sizeof(((struct taskmeter_record *)0)->member_), \
		.run = (last_) - TASKMETER_A_##attribute_ + 1,		\
	},

/* Among those of a task there are three runs; whatever else is one by itself. */
#define WITHIN(attribute, first, last) \
	((attribute) >= TASKMETER_A_TASK_##first && \
	 (attribute) <= TASKMETER_A_TASK_##last)
#define LAST_OF_TASK(attribute)						\
	(WITHIN(attribute, PID, EGID) ? TASKMETER_A_TASK_EGID :		\
	 WITHIN(attribute, START_TIME_NS, CGROUP_ID) ? TASKMETER_A_TASK_CGROUP_ID : \
	 WITHIN(attribute, STATE, OOM_SCORE_ADJ) ? TASKMETER_A_TASK_OOM_SCORE_ADJ : \
	 (attribute))

/* So there are among those of the meter. */
#define WITHIN_METER(attribute, first, last) \
	((attribute) >= TASKMETER_A_METER_##first && \
	 (attribute) <= TASKMETER_A_METER_##last)
#define LAST_OF_METER(attribute)					\
	(WITHIN_METER(attribute, CURRENT_STATE, CURRENT_STATE_TID) ?	\
	 TASKMETER_A_METER_CURRENT_STATE_TID :				\
	 WITHIN_METER(attribute, UNTRACKED_THREADS, WAKER_PID) ?	\
	 TASKMETER_A_METER_WAKER_PID :					\
	 WITHIN_METER(attribute, TRACKED_NS, MAX) ?			\
	 TASKMETER_A_METER_MAX : (attribute))

/* The stalls are one run, but for the last one, which is of another length. */
#define LAST_OF_STALL(attribute)					\
	((attribute) <= TASKMETER_A_STALL_NUMA_MIGRATED_PAGES ?		\
	 TASKMETER_A_STALL_NUMA_MIGRATED_PAGES : (attribute))

#define TASK_SLOT(member, type, attribute, ...) \
	SLOT(member, attribute, LAST_OF_TASK(TASKMETER_A_##attribute))
#define SCHED_SLOT(member, type, attribute, ...) \
	SLOT(member, attribute, TASKMETER_A_SCHED_MAX)
#define MEMORY_SLOT(member, type, attribute, ...) \
	SLOT(member, attribute, TASKMETER_A_MEMORY_MAX)
#define FAULT_SLOT(member, type, attribute, ...) \
	SLOT(member, attribute, TASKMETER_A_FAULT_MAX)
#define IO_SLOT(member, type, attribute, ...) \
	SLOT(member, attribute, TASKMETER_A_IO_MAX)
#define METER_SLOT(member, type, attribute, ...) \
	SLOT(member, attribute, LAST_OF_METER(TASKMETER_A_##attribute))
#define STALL_SLOT(member, type, attribute, ...) \
	SLOT(member, attribute, LAST_OF_STALL(TASKMETER_A_##attribute))

/* The flags are no field, as a program sees them by name. */
static const struct slot task_slots[TASKMETER_A_TASK_MAX + 1] = {
	SLOT(flags, TASK_FLAGS, TASKMETER_A_TASK_FLAGS)
	TM_FIELDS_IDENTITY(TASK_SLOT)
};

static const struct slot sched_slots[TASKMETER_A_SCHED_MAX + 1] = {
	TM_FIELDS_SCHED(SCHED_SLOT)
};

static const struct slot memory_slots[TASKMETER_A_MEMORY_MAX + 1] = {
	TM_FIELDS_MEMORY(MEMORY_SLOT)
};

static const struct slot fault_slots[TASKMETER_A_FAULT_MAX + 1] = {
	TM_FIELDS_FAULT(FAULT_SLOT)
};

static const struct slot io_slots[TASKMETER_A_IO_MAX + 1] = {
	TM_FIELDS_IO(IO_SLOT)
};

static const struct slot meter_slots[TASKMETER_A_METER_MAX + 1] = {
	TM_FIELDS_METER(METER_SLOT)
};

static const struct slot stall_slots[TASKMETER_A_STALL_MAX + 1] = {
	TM_FIELDS_STALL(STALL_SLOT)
};

/* Members are where a run says that they are. */
#define IS_RUN(first_member, last_member, first, last, width)	\
	(MEMBER(last_member) - MEMBER(first_member) ==		\
	 (TASKMETER_A_##last - TASKMETER_A_##first) * sizeof(width))
_Static_assert(IS_RUN(pid, egid, TASK_PID, TASK_EGID, __u32) &&
	       IS_RUN(start_time_ns, cgroup_id, TASK_START_TIME_NS,
		      TASK_CGROUP_ID, __u64) &&
	       IS_RUN(state, oom_score_adj, TASK_STATE, TASK_OOM_SCORE_ADJ,
		      __u32) &&
	       IS_RUN(run_ns, migrations, SCHED_RUN_NS, SCHED_MAX, __u64) &&
	       IS_RUN(rss_anon_bytes, page_table_bytes, MEMORY_RSS_ANON_BYTES,
		      MEMORY_MAX, __u64) &&
	       IS_RUN(minor_faults, major_faults, FAULT_MINOR_FAULTS, FAULT_MAX,
		      __u64) &&
	       IS_RUN(io_read_chars_bytes, io_cancelled_write_bytes,
		      IO_READ_CHARS_BYTES, IO_MAX, __u64) &&
	       IS_RUN(current_state, current_state_tid, METER_CURRENT_STATE,
		      METER_CURRENT_STATE_TID, __u32) &&
	       IS_RUN(untracked_threads, waker_pid, METER_UNTRACKED_THREADS,
		      METER_WAKER_PID, __u32) &&
	       IS_RUN(tracked_ns, mem_wait_max_time_ns, METER_TRACKED_NS,
		      METER_MAX, __u64) &&
	       IS_RUN(mem_stall_ns, numa_migrated_pages, STALL_MEM_STALL_NS,
		      STALL_NUMA_MIGRATED_PAGES, __u64),
	       "the members of a run of attributes are not adjacent");

_Static_assert(TASKMETER_A_TASK_MAX < 64 && TASKMETER_A_MEMORY_MAX < 64 &&
	       TASKMETER_A_SCHED_MAX < 64 && TASKMETER_A_IO_MAX < 64 &&
	       TASKMETER_A_METER_MAX < 64 && TASKMETER_A_STALL_MAX < 64 &&
	       TASKMETER_A_INFO_MAX < 63,
	       "the attributes of a level do not fit into a set of 64 bits");

/*
 * The nests of a task, by their place among the attributes of a task. Between the
 * last two stand attributes that are no members of a record.
 */
enum {
	NEST_SCHED = TASKMETER_A_TASK_SCHED - TASKMETER_A_TASK_SCHED,
	NEST_MEMORY = TASKMETER_A_TASK_MEMORY - TASKMETER_A_TASK_SCHED,
	NEST_FAULT = TASKMETER_A_TASK_FAULT - TASKMETER_A_TASK_SCHED,
	NEST_IO = TASKMETER_A_TASK_IO - TASKMETER_A_TASK_SCHED,
	NEST_METER = TASKMETER_A_TASK_METER - TASKMETER_A_TASK_SCHED,
	NEST_STALL = TASKMETER_A_TASK_STALL - TASKMETER_A_TASK_SCHED,
	N_NESTS,
};

static const struct level task = LEVEL(task_slots);

static const struct level nests[N_NESTS] = {
	[NEST_SCHED] = LEVEL(sched_slots),
	[NEST_MEMORY] = LEVEL(memory_slots),
	[NEST_FAULT] = LEVEL(fault_slots),
	[NEST_IO] = LEVEL(io_slots),
	[NEST_METER] = LEVEL(meter_slots),
	[NEST_STALL] = LEVEL(stall_slots),
};

/* The header of an attribute as one number, to compare and count up. */
static inline uint32_t header_of(uint16_t length, uint16_t type)
{
	const struct nlattr attribute = { .nla_len = length, .nla_type = type };
	uint32_t header;

	memcpy(&header, &attribute, sizeof(header));
	return header;
}

/* In what bits the header at @at differs from the one that is wanted there. */
static inline uint32_t header_differs(const char *at, uint32_t wanted)
{
	uint32_t header;

	memcpy(&header, at, sizeof(header));
	return header ^ wanted;
}

static inline bool four_wanted(const char *at, const size_t step, uint32_t wanted)
{
	const uint32_t one = header_of(0, 1);

	return !(header_differs(at, wanted) |
		 header_differs(at + step, wanted + one) |
		 header_differs(at + 2 * step, wanted + 2 * one) |
		 header_differs(at + 3 * step, wanted + 3 * one));
}

static inline void store_value(char *to, const char *at, const size_t width)
{
	memcpy(to, at + NLA_HDRLEN, width);
}

static inline void store_four(char *to, const char *at, const size_t width)
{
	const size_t step = NLA_HDRLEN + width;

	store_value(to, at, width);
	store_value(to + width, at + step, width);
	store_value(to + 2 * width, at + 2 * step, width);
	store_value(to + 3 * width, at + 3 * step, width);
}

/*
 * Stores numbers of @width bytes from @at on, as long as the next attribute is
 * the next one by its number, and no more than @highest; four at a time where
 * there are as many. Return: how many.
 */
static inline size_t store_numbers(char *to, size_t highest, const size_t width,
				   const char *at, size_t left)
{
	const uint16_t type = ((const struct nlattr *)at)->nla_type;
	const size_t step = NLA_HDRLEN + width;
	uint32_t wanted = header_of(step, type);
	size_t n = 0;

	if (highest > left / step)
		highest = left / step;
	for (; n + 4 <= highest && four_wanted(at, step, wanted); n += 4) {
		store_four(to, at, width);
		at += 4 * step;
		to += 4 * width;
		wanted += 4 * header_of(0, 1);
	}
	for (; n < highest && !header_differs(at, wanted); n++) {
		store_value(to, at, width);
		at += step;
		to += width;
		wanted += header_of(0, 1);
	}
	return n;
}

/*
 * Stores the attribute at @at and those behind it that belong to its run.
 * Return: how many attributes, -EBADMSG.
 */
static int store(char *base, const struct slot *slot, const char *at,
		 size_t left)
{
	size_t length = ((const struct nlattr *)at)->nla_len - NLA_HDRLEN;
	char *to = base + slot->offset;

	/* Longer than any number is a string. */
	if (slot->length > sizeof(__u64))
		return store_string(to, slot->length, at + NLA_HDRLEN, length);
	if (length != slot->length)
		return -EBADMSG;
	if (length == sizeof(__u64))
		return (int)store_numbers(to, slot->run, sizeof(__u64), at, left);
	return (int)store_numbers(to, slot->run, sizeof(__u32), at, left);
}

/*
 * Takes the attribute at @at, and what belongs to its run, and adds them to
 * @seen. Return: how many attributes, also if it is not known; -EBADMSG.
 */
static inline int take(char *base, const struct level *level, const char *at,
		       size_t left, uint64_t *seen)
{
	size_t type = ((const struct nlattr *)at)->nla_type & NLA_TYPE_MASK;
	int n;

	if (type >= level->count || !level->slots[type].length)
		return 1;
	n = store(base, &level->slots[type], at, left);
	if (n > 0)
		*seen |= ((1ULL << n) - 1) << type;
	return n;
}

int tm_attribute_parse(char *base, const struct level *level, const char *at,
		       size_t left, uint64_t *seen)
{
	const struct nlattr *attribute;
	size_t step;
	int n;

	for (; left; at += step, left -= step) {
		attribute = attribute_at(at, left);
		if (!attribute)
			return -EBADMSG;
		n = take(base, level, at, left, seen);
		if (n < 0)
			return n;
		step = (size_t)n * attribute_step(attribute, left);
	}
	return 0;
}

/* What was seen of a task: a set of attributes for each level. */
struct seen {
	uint64_t task;
	uint64_t nests[N_NESTS];
};

/* Which nest of a task it is; N_NESTS or more if it is none. */
static inline size_t nest_of(const struct nlattr *attribute)
{
	size_t nest = (attribute->nla_type & NLA_TYPE_MASK) -
		      (size_t)TASKMETER_A_TASK_SCHED;

	return nest < N_NESTS && !nests[nest].slots ? N_NESTS : nest;
}

/* As take(), of the attributes of a task. */
static inline int take_of_task(char *base, const struct nlattr *attribute,
			       size_t left, struct seen *seen)
{
	size_t nest = nest_of(attribute);
	int r;

	if (nest >= N_NESTS)
		return take(base, &task, (const char *)attribute, left,
			    &seen->task);
	r = tm_attribute_parse(base, &nests[nest], (const char *)(attribute + 1),
		       attribute->nla_len - NLA_HDRLEN, &seen->nests[nest]);
	return r ? r : 1;
}

static int parse_task(char *base, const char *at, size_t left, struct seen *seen)
{
	const struct nlattr *attribute;
	size_t step;
	int n;

	for (; left; at += step, left -= step) {
		attribute = attribute_at(at, left);
		if (!attribute)
			return -EBADMSG;
		n = take_of_task(base, attribute, left, seen);
		if (n < 0)
			return n;
		step = (size_t)n * attribute_step(attribute, left);
	}
	return 0;
}

/* Whether all attributes of a list that need this bit were seen. */
#define ATTRIBUTE_IF(member, type, attribute_, available_, ...)		\
	| (TM_AVAILABLE_##available_ == bit ?				\
	   1ULL << TASKMETER_A_##attribute_ : 0)
#define ALL_SEEN(seen, list) \
	(((seen) & (0ULL list(ATTRIBUTE_IF))) == (0ULL list(ATTRIBUTE_IF)))

/* @bit is a constant, and so are the sets: 0 stands for what is always there. */
static inline bool all_seen(const struct seen *seen, const uint64_t bit)
{
	return ALL_SEEN(seen->task, TM_FIELDS_IDENTITY) &&
	       ALL_SEEN(seen->nests[NEST_SCHED], TM_FIELDS_SCHED) &&
	       ALL_SEEN(seen->nests[NEST_MEMORY], TM_FIELDS_MEMORY) &&
	       ALL_SEEN(seen->nests[NEST_FAULT], TM_FIELDS_FAULT) &&
	       ALL_SEEN(seen->nests[NEST_IO], TM_FIELDS_IO) &&
	       ALL_SEEN(seen->nests[NEST_METER], TM_FIELDS_METER);
}

#define BIT_IF_SEEN(seen, name) \
	(all_seen(seen, TASKMETER_AVAILABLE_##name) ? \
	 TASKMETER_AVAILABLE_##name : 0)

/* As all_seen(), of a bit that only members of the stalls need. */
static inline bool stalls_seen(uint64_t seen, const uint64_t bit)
{
	return ALL_SEEN(seen, TM_FIELDS_STALL);
}

#define STALL_BIT_IF_SEEN(seen, name) \
	(stalls_seen(seen, TASKMETER_AVAILABLE_##name) ? \
	 TASKMETER_AVAILABLE_##name : 0)

/* Most of the time the stalls are not asked for, and there is no nest. */
static void add_stalls(struct taskmeter_record *record, uint64_t seen)
{
	record->size = TASKMETER_RECORD_SIZE_VER2;
	if (!seen)
		return;
	record->size = sizeof(*record);
	record->available |= STALL_BIT_IF_SEEN(seen, STALLS) |
			     STALL_BIT_IF_SEEN(seen, DIRECT_RECLAIM) |
			     STALL_BIT_IF_SEEN(seen, MEMCG_RECLAIM) |
			     STALL_BIT_IF_SEEN(seen, COMPACTION) |
			     STALL_BIT_IF_SEEN(seen, REFAULT) |
			     STALL_BIT_IF_SEEN(seen, MEM_STALL) |
			     STALL_BIT_IF_SEEN(seen, NUMA_BALANCING);
}

int tm_netlink_parse_record(const void *attrs, size_t len,
			    struct taskmeter_record *ret_record)
{
	struct seen seen = { .task = 0 };
	int r;

	memset(ret_record, 0, sizeof(*ret_record));
	r = parse_task((char *)ret_record, attrs, len, &seen);
	if (r)
		return r;
	if (!all_seen(&seen, 0) || !(seen.task & 1ULL << TASKMETER_A_TASK_FLAGS))
		return -EBADMSG;

	ret_record->available = BIT_IF_SEEN(&seen, CGROUP) |
				BIT_IF_SEEN(&seen, RUN_DELAY) |
				BIT_IF_SEEN(&seen, MEMORY) |
				BIT_IF_SEEN(&seen, RSS_PEAK) |
				BIT_IF_SEEN(&seen, IO_CHARS) |
				BIT_IF_SEEN(&seen, IO) |
				BIT_IF_SEEN(&seen, METER) |
				BIT_IF_SEEN(&seen, MEM_WAIT) |
				BIT_IF_SEEN(&seen, NUMA) |
				BIT_IF_SEEN(&seen, WAKER);
	add_stalls(ret_record, seen.nests[NEST_STALL]);
	return 0;
}

/* The name that a record's message begins with, and what is behind it. */
struct named {
	const char *name;
	size_t name_length;
	const char *rest;
	size_t left;
};

static inline bool find_name(struct named *named, const char *at, size_t left)
{
	const struct nlattr *attribute = attribute_at(at, left);
	size_t step;

	if (!attribute || attribute->nla_type != TASKMETER_A_TASK_COMM)
		return false;
	step = attribute_step(attribute, left);
	named->name = at + NLA_HDRLEN;
	named->name_length = attribute->nla_len - NLA_HDRLEN;
	named->rest = at + step;
	named->left = left - step;
	return true;
}

/* Whether the message was built by the plan; then all is stored. */
static inline bool follow(const struct tm_netlink_plan *plan, char *base,
			  const char *at)
{
	const struct tm_netlink_step *step = plan->steps;
	const struct tm_netlink_step *end = step + plan->count;

	for (; step < end; step++) {
		if (header_differs(at + step->from, step->header))
			return false;
		if (step->width == sizeof(__u64))
			store_value(base + step->to, at + step->from, sizeof(__u64));
		else if (step->width)
			store_value(base + step->to, at + step->from, sizeof(__u32));
	}
	return true;
}

/* Adds an attribute to a plan; a string may have another length next time. */
static bool plan_add(struct tm_netlink_plan *plan, const char *begin, const char *at,
		     const struct slot *slot)
{
	struct tm_netlink_step *step = &plan->steps[plan->count];

	if (plan->count == sizeof(plan->steps) / sizeof(*plan->steps) ||
	    slot->length > sizeof(__u64))
		return false;
	memcpy(&step->header, at, sizeof(step->header));
	step->from = (uint16_t)(at - begin);
	step->to = slot->offset;
	step->width = slot->length;
	plan->count++;
	return true;
}

/* The attributes have been parsed already, so they are well formed. */
static bool plan_level(struct tm_netlink_plan *plan, const struct level *level,
		       const char *begin, const char *at, size_t left)
{
	static const struct slot nowhere;
	const struct nlattr *attribute;
	size_t type, step;

	for (; left; at += step, left -= step) {
		attribute = (const struct nlattr *)at;
		step = attribute_step(attribute, left);
		type = attribute->nla_type & NLA_TYPE_MASK;
		if (!plan_add(plan, begin, at,
			      type < level->count ? &level->slots[type] : &nowhere))
			return false;
		if (level == &task && nest_of(attribute) < N_NESTS &&
		    !plan_level(plan, &nests[nest_of(attribute)], begin, at + NLA_HDRLEN,
				attribute->nla_len - NLA_HDRLEN))
			return false;
	}
	return true;
}

static void make_plan(struct tm_netlink_plan *plan, const char *at, size_t left,
		      const struct taskmeter_record *record)
{
	struct named named;

	plan->length = 0;
	plan->count = 0;
	if (!find_name(&named, at, left) || named.left > UINT16_MAX)
		return;
	if (!plan_level(plan, &task, named.rest, named.rest, named.left))
		return;
	plan->length = named.left;
	plan->available = record->available;
	plan->record_size = record->size;
}

int tm_netlink_parse_next(struct tm_netlink_plan *plan, const void *attrs, size_t len,
			  struct taskmeter_record *ret_record)
{
	struct named named;
	int r;

	if (plan->length && find_name(&named, attrs, len) &&
	    named.left == plan->length) {
		memset(ret_record, 0, sizeof(*ret_record));
		if (store_string(ret_record->comm, sizeof(ret_record->comm),
				 named.name, named.name_length) > 0 &&
		    follow(plan, (char *)ret_record, named.rest)) {
			ret_record->size = plan->record_size;
			ret_record->available = plan->available;
			return 0;
		}
	}
	r = tm_netlink_parse_record(attrs, len, ret_record);
	if (!r)
		make_plan(plan, attrs, len, ret_record);
	return r;
}

static size_t last_kind(const struct taskmeter_histograms *histograms)
{
	return histograms->size < TASKMETER_HISTOGRAMS_SIZE_VER2 ?
	       TM_HISTOGRAM_MEM_WAIT : TM_HISTOGRAM_FAULT_WAIT;
}

/* The buckets at the end that are 0 are not sent. */
static int store_buckets(struct taskmeter_histograms *histograms,
			 const struct nlattr *attribute)
{
	size_t kind = (attribute->nla_type & NLA_TYPE_MASK) -
		      (size_t)TASKMETER_A_HISTOGRAMS_CPU_WAIT;
	size_t length = attribute->nla_len - NLA_HDRLEN, count;
	uint64_t *buckets;

	if (kind > last_kind(histograms))
		return 0;
	buckets = tm_histogram_of(histograms, (enum tm_histogram_kind)kind,
				  &count);
	if (length % sizeof(*buckets) || length > count * sizeof(*buckets))
		return -EBADMSG;
	memset(buckets, 0, count * sizeof(*buckets));
	memcpy(buckets, attribute + 1, length);
	return 0;
}

static int parse_histograms(struct taskmeter_histograms *histograms,
			    const char *at, size_t left)
{
	const struct nlattr *attribute;
	size_t step;
	int r;

	for (; left; at += step, left -= step) {
		attribute = attribute_at(at, left);
		if (!attribute)
			return -EBADMSG;
		r = store_buckets(histograms, attribute);
		if (r)
			return r;
		step = attribute_step(attribute, left);
	}
	return 0;
}

int tm_netlink_parse_histograms(const void *attrs, size_t len, uint32_t size,
				struct taskmeter_histograms *ret_histograms)
{
	const struct nlattr *attribute;
	const char *at = attrs;
	size_t step;
	int r = 0;

	memset(ret_histograms, 0, sizeof(*ret_histograms));
	ret_histograms->size = size;
	for (; !r && len; at += step, len -= step) {
		attribute = attribute_at(at, len);
		if (!attribute)
			return -EBADMSG;
		step = attribute_step(attribute, len);
		if ((attribute->nla_type & NLA_TYPE_MASK) ==
		    TASKMETER_A_TASK_HISTOGRAMS)
			r = parse_histograms(ret_histograms, at + NLA_HDRLEN,
					     attribute->nla_len - NLA_HDRLEN);
	}
	return r;
}

#define INFO_SLOT(attribute_, member_)					\
	[TASKMETER_A_INFO_##attribute_] = {				\
		.offset = offsetof(struct taskmeter_info, member_),	\
		.length = sizeof(((struct taskmeter_info *)0)->member_), \
		.run = 1,						\
	}

static const struct slot info_slots[TASKMETER_A_INFO_MAX + 1] = {
	INFO_SLOT(ABI_VERSION, abi_version),
	INFO_SLOT(FLAGS, flags),
	INFO_SLOT(AVAILABLE, available),
	INFO_SLOT(INSTANCE_ID, instance_id),
	INFO_SLOT(LOAD_TIME_NS, load_time_ns),
	INFO_SLOT(RECORD_SIZE, record_size),
	INFO_SLOT(PAGE_SIZE, page_size),
	INFO_SLOT(PID_NAMESPACE, pid_namespace),
	INFO_SLOT(RSS_ERROR_BYTES, rss_error_bytes),
	INFO_SLOT(VERSION, version),
	INFO_SLOT(TOKEN, token),
	INFO_SLOT(TRACKED_THREADS, tracked_threads),
	INFO_SLOT(UNTRACKED_THREADS, untracked_threads),
	INFO_SLOT(ALLOCATION_FAILURES, allocation_failures),
	INFO_SLOT(CLOCK_STEPS, clock_steps),
	INFO_SLOT(GAPS, gaps),
	INFO_SLOT(PROBE_CALLS, probe_calls),
	INFO_SLOT(PROBE_NS, probe_ns),
	INFO_SLOT(CLOCK, clock),
	INFO_SLOT(THREAD_BYTES, thread_bytes),
	INFO_SLOT(PROCESS_BYTES, process_bytes),
	INFO_SLOT(HISTOGRAM_BYTES, histogram_bytes),
	INFO_SLOT(EXIT_NUMBER, exit_number),
	INFO_SLOT(EXIT_LOG_BYTES, exit_log_bytes),
	INFO_SLOT(EXIT_LOG_USED_BYTES, exit_log_used_bytes),
	INFO_SLOT(EXIT_LOG_RECORDS, exit_log_records),
	INFO_SLOT(EXIT_LOG_EVICTED, exit_log_evicted),
	INFO_SLOT(EXITS_OTHER, exits_other),
	INFO_SLOT(EXITS_UNRECORDED, exits_unrecorded),
	INFO_SLOT(EVENTS_LOST, events_lost),
	INFO_SLOT(SUBSCRIBERS, subscribers),
};

/* All attributes of a version but the padding. */
#define INFO_FROM_TO(first, last) \
	((2ULL << TASKMETER_A_INFO_##last) - (1ULL << TASKMETER_A_INFO_##first))
#define INFO_VER1	INFO_FROM_TO(ABI_VERSION, VERSION)
#define INFO_VER2	INFO_FROM_TO(TOKEN, HISTOGRAM_BYTES)
#define INFO_VER3	(INFO_VER2 | INFO_FROM_TO(EXIT_NUMBER, SUBSCRIBERS))

/* Sizes of structures that only the device gives are not among the attributes. */
static uint32_t info_size(uint64_t seen)
{
	if ((seen & INFO_VER3) == INFO_VER3)
		return TASKMETER_INFO_SIZE_VER3;
	return (seen & INFO_VER2) == INFO_VER2 ? TASKMETER_INFO_SIZE_VER2 :
						 TASKMETER_INFO_SIZE_VER1;
}

int tm_netlink_parse_info(const void *attrs, size_t len,
			  struct taskmeter_info *ret_info)
{
	static const struct level level = LEVEL(info_slots);
	uint64_t seen = 0;
	int r;

	memset(ret_info, 0, sizeof(*ret_info));
	r = tm_attribute_parse((char *)ret_info, &level, attrs, len, &seen);
	if (r)
		return r;
	if ((seen & INFO_VER1) != INFO_VER1)
		return -EBADMSG;
	ret_info->size = info_size(seen);
	return 0;
}

static void find_text(const char *at, size_t left, char *text, size_t size)
{
	const struct nlattr *attribute;
	size_t step, length;

	for (; left; at += step, left -= step) {
		attribute = attribute_at(at, left);
		if (!attribute)
			return;
		step = attribute_step(attribute, left);
		if ((attribute->nla_type & NLA_TYPE_MASK) != NLMSGERR_ATTR_MSG)
			continue;
		length = strnlen(at + NLA_HDRLEN,
				 attribute->nla_len - NLA_HDRLEN);
		if (length >= size)
			length = size - 1;
		memcpy(text, at + NLA_HDRLEN, length);
		text[length] = '\0';
	}
}

/*
 * Bytes before the attributes: the number and, in an error, the header of the
 * request, with all of the request unless that was capped.
 */
static size_t status_length(const struct nlmsghdr *message, size_t payload)
{
	const struct nlmsgerr *error = NLMSG_DATA(message);
	size_t length;

	if (message->nlmsg_type == NLMSG_DONE)
		return NLMSG_ALIGN(sizeof(int));
	if (message->nlmsg_flags & NLM_F_CAPPED || payload < sizeof(*error) ||
	    error->msg.nlmsg_len < NLMSG_HDRLEN)
		return sizeof(*error);
	length = error->msg.nlmsg_len;
	return sizeof(error->error) + NLMSG_ALIGN(length);
}

int tm_netlink_parse_status(const struct nlmsghdr *message, char *text,
			    size_t size)
{
	const char *data = NLMSG_DATA(message);
	size_t payload, before;
	int status;

	text[0] = '\0';
	if (message->nlmsg_len < NLMSG_HDRLEN + sizeof(status))
		return -EBADMSG;
	payload = message->nlmsg_len - NLMSG_HDRLEN;
	memcpy(&status, data, sizeof(status));

	before = status_length(message, payload);
	if (message->nlmsg_flags & NLM_F_ACK_TLVS && before < payload)
		find_text(data + before, payload - before, text, size);
	return status > 0 ? -EBADMSG : status;
}
