// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * See parse-exit.h. Numbers and names are stored by a table as in parse.c; what is longer,
 * and nests, are found in a second pass.
 */
#include "lib/parse-exit.h"

#include "lib/attribute.h"
#include "lib/meter.h"
#include "lib/parse.h"

#include <linux/genetlink.h>

#define SLOT(structure_, member_, attribute_, run_)			\
	[TASKMETER_A_##attribute_] = {					\
		.offset = offsetof(struct structure_, member_),		\
		.length = sizeof(((struct structure_ *)0)->member_),	\
		.run = (run_),						\
	}

#define BIT(attribute)	(1ULL << TASKMETER_A_##attribute)

/* What the numbers of an exit, or of the end of the log, are stored in. */
struct exit_numbers {
	struct taskmeter_exit exit;
	struct tm_exit_end end;
};

#define EXIT_SLOT(attribute, member) \
	SLOT(exit_numbers, member, EXIT_##attribute, 1)

static const struct slot exit_slots[TASKMETER_A_EXIT_MAX + 1] = {
	EXIT_SLOT(NUMBER, exit.number),
	EXIT_SLOT(FLAGS, exit.flags),
	EXIT_SLOT(TIME_NS, exit.exit_time_ns),
	EXIT_SLOT(STATUS, exit.status),
	EXIT_SLOT(OOM_RSS_ANON_BYTES, exit.oom_rss_anon_bytes),
	EXIT_SLOT(OOM_RSS_FILE_BYTES, exit.oom_rss_file_bytes),
	EXIT_SLOT(OOM_RSS_SHMEM_BYTES, exit.oom_rss_shmem_bytes),
	EXIT_SLOT(OOM_SWAP_BYTES, exit.oom_swap_bytes),
	EXIT_SLOT(OOM_TIME_NS, exit.oom_time_ns),
	EXIT_SLOT(NEXT, end.next),
	EXIT_SLOT(LOST, end.lost),
};

#define EXIT_ALWAYS \
	(BIT(EXIT_NUMBER) | BIT(EXIT_FLAGS) | BIT(EXIT_TIME_NS) | BIT(EXIT_STATUS))
#define EXIT_END	(BIT(EXIT_NEXT) | BIT(EXIT_LOST))

/* From this one on they are adjacent, with a value for each in the structure. */
#define TOTAL_RUN	(TASKMETER_A_TOTAL_MEM_STALL_NS - TASKMETER_A_TOTAL_LAST_NUMBER + 1)
#define TOTAL_SLOT(attribute, member)					\
	SLOT(taskmeter_total, member, TOTAL_##attribute,		\
	     TASKMETER_A_TOTAL_MEM_STALL_NS - TASKMETER_A_TOTAL_##attribute + 1)

static const struct slot total_slots[TASKMETER_A_TOTAL_MAX + 1] = {
	SLOT(taskmeter_total, flags, TOTAL_FLAGS, 1),
	SLOT(taskmeter_total, id, TOTAL_ID, 1),
	TOTAL_SLOT(LAST_NUMBER, last_number),
	TOTAL_SLOT(EXITS, exits),
	TOTAL_SLOT(OOM_KILLS, oom_kills),
	TOTAL_SLOT(RUN_NS, run_ns),
	TOTAL_SLOT(USER_NS, user_ns),
	TOTAL_SLOT(SYSTEM_NS, system_ns),
	TOTAL_SLOT(RUN_DELAY_NS, run_delay_ns),
	TOTAL_SLOT(TIMESLICES, timeslices),
	TOTAL_SLOT(VOLUNTARY_SWITCHES, voluntary_switches),
	TOTAL_SLOT(INVOLUNTARY_SWITCHES, involuntary_switches),
	TOTAL_SLOT(MIGRATIONS, migrations),
	TOTAL_SLOT(MINOR_FAULTS, minor_faults),
	TOTAL_SLOT(MAJOR_FAULTS, major_faults),
	TOTAL_SLOT(IO_READ_CHARS_BYTES, io_read_chars_bytes),
	TOTAL_SLOT(IO_WRITE_CHARS_BYTES, io_write_chars_bytes),
	TOTAL_SLOT(IO_READ_SYSCALLS, io_read_syscalls),
	TOTAL_SLOT(IO_WRITE_SYSCALLS, io_write_syscalls),
	TOTAL_SLOT(IO_READ_BYTES, io_read_bytes),
	TOTAL_SLOT(IO_WRITE_BYTES, io_write_bytes),
	TOTAL_SLOT(IO_CANCELLED_WRITE_BYTES, io_cancelled_write_bytes),
	TOTAL_SLOT(TRACKED_NS, tracked_ns),
	TOTAL_SLOT(CPU_WAIT_NS, cpu_wait_ns),
	TOTAL_SLOT(SLEEP_NS, sleep_ns),
	TOTAL_SLOT(IO_WAIT_NS, io_wait_ns),
	TOTAL_SLOT(MEM_WAIT_NS, mem_wait_ns),
	TOTAL_SLOT(LOCK_WAIT_NS, lock_wait_ns),
	TOTAL_SLOT(STOP_NS, stop_ns),
	TOTAL_SLOT(WAKEUPS, wakeups),
	TOTAL_SLOT(MEM_STALL_NS, mem_stall_ns),
};

#define TOTAL_ALWAYS \
	(BIT(TOTAL_FLAGS) | BIT(TOTAL_ID) | BIT(TOTAL_LAST_NUMBER) | BIT(TOTAL_EXITS))

_Static_assert(offsetof(struct taskmeter_total, mem_stall_ns) -
	       offsetof(struct taskmeter_total, last_number) ==
	       (TOTAL_RUN - 1) * sizeof(__u64),
	       "the members of a run of attributes are not adjacent");

#define EVENT_SLOT(attribute, member)	SLOT(tm_event, member, EVENT_##attribute, 1)

static const struct slot event_slots[TASKMETER_A_EVENT_MAX + 1] = {
	EVENT_SLOT(LOST, lost),
	EVENT_SLOT(TIME_NS, time_ns),
	EVENT_SLOT(PID, pid),
	EVENT_SLOT(PPID, ppid),
	EVENT_SLOT(UID, uid),
	EVENT_SLOT(START_TIME_NS, start_time_ns),
	EVENT_SLOT(CGROUP_ID, cgroup_id),
	EVENT_SLOT(COMM, comm),
	EVENT_SLOT(FLAGS, flags),
	EVENT_SLOT(OOM_SCORE_ADJ, oom_score_adj),
	EVENT_SLOT(OOM_RSS_ANON_BYTES, oom_rss_anon_bytes),
	EVENT_SLOT(OOM_RSS_FILE_BYTES, oom_rss_file_bytes),
	EVENT_SLOT(OOM_RSS_SHMEM_BYTES, oom_rss_shmem_bytes),
	EVENT_SLOT(OOM_SWAP_BYTES, oom_swap_bytes),
};

#define EVENT_ALWAYS \
	(BIT(EVENT_TIME_NS) | BIT(EVENT_PID) | BIT(EVENT_START_TIME_NS) | BIT(EVENT_COMM))

_Static_assert(TASKMETER_A_EXIT_MAX < 64 && TASKMETER_A_TOTAL_MAX < 64 &&
	       TASKMETER_A_EVENT_MAX < 64 && TASKMETER_A_SUBSCRIBE_MAX < 64,
	       "the attributes of a level do not fit into a set of 64 bits");

static const struct level exits = LEVEL(exit_slots);
static const struct level totals = LEVEL(total_slots);
static const struct level events = LEVEL(event_slots);

/* The last attribute of a type, of attributes that are well formed; or NULL. */
static const struct nlattr *find(const char *at, size_t left, uint16_t type)
{
	const struct nlattr *attribute, *found = NULL;
	size_t step;

	for (; left; at += step, left -= step) {
		attribute = (const struct nlattr *)at;
		step = attribute_step(attribute, left);
		if (attribute_type(attribute) == type)
			found = attribute;
	}
	return found;
}

/* The path in an attribute, or "" if there is none. */
static int store_path(char *path, const struct nlattr *attribute)
{
	size_t length;

	path[0] = '\0';
	if (!attribute)
		return 0;
	length = strnlen((const char *)(attribute + 1), attribute_length(attribute));
	if (length >= TM_CGROUP_PATH_SIZE)
		return -EBADMSG;
	memcpy(path, attribute + 1, length);
	path[length] = '\0';
	return 0;
}

/* The command line in an attribute, where it stands. Return: its length, -EBADMSG. */
static int command_line_of(const struct nlattr *attribute, const uint8_t **ret_bytes)
{
	*ret_bytes = NULL;
	if (!attribute)
		return 0;
	if (attribute_length(attribute) > TASKMETER_COMMAND_LINE_LEN)
		return -EBADMSG;
	*ret_bytes = (const uint8_t *)(attribute + 1);
	return (int)attribute_length(attribute);
}

static int store_command_line(struct taskmeter_exit *exit,
			      const struct nlattr *attribute)
{
	const uint8_t *bytes;
	int length = command_line_of(attribute, &bytes);

	if (length < 0)
		return length;
	if (length)
		memcpy(exit->command_line, bytes, (size_t)length);
	exit->command_line_length = (uint32_t)length;
	return 0;
}

/* The module sends all histograms that it has: those of the stalls unasked. */
static int parse_task(const struct nlattr *nest, uint32_t flags,
		      struct tm_exit_copy *exit)
{
	size_t length;
	int r;

	if (!nest)
		return -EBADMSG;
	length = attribute_length(nest);
	r = tm_netlink_parse_record(nest + 1, length, &exit->record);
	if (r || !(flags & TASKMETER_SNAPSHOT_HISTOGRAMS))
		return r;
	exit->told.histograms = &exit->histograms;
	return tm_netlink_parse_histograms(nest + 1, length, tm_histograms_size(flags),
					   &exit->histograms);
}

static int parse_rest(const void *attrs, size_t len, uint32_t flags,
		      struct tm_exit_copy *exit)
{
	int r;

	exit->told = (struct tm_exit){ .exit = &exit->exit, .record = &exit->record };
	r = store_command_line(&exit->exit,
			       find(attrs, len, TASKMETER_A_EXIT_COMMAND_LINE));
	if (!r)
		r = store_path(exit->cgroup_path,
			       find(attrs, len, TASKMETER_A_EXIT_CGROUP_PATH));
	if (!r)
		r = parse_task(find(attrs, len, TASKMETER_A_EXIT_TASK), flags, exit);
	if (exit->cgroup_path[0])
		exit->told.cgroup_path = exit->cgroup_path;
	return r;
}

int tm_netlink_parse_exit(const void *attrs, size_t len, uint32_t flags,
			  struct tm_exit_copy *ret_exit, struct tm_exit_end *ret_end)
{
	struct exit_numbers numbers = { .exit.size = sizeof(numbers.exit) };
	uint64_t seen = 0;
	int r;

	r = tm_attribute_parse((char *)&numbers, &exits, attrs, len, &seen);
	if (r)
		return r;
	if (ret_end && (seen & (EXIT_END | EXIT_ALWAYS)) == EXIT_END) {
		*ret_end = numbers.end;
		return 0;
	}
	if ((seen & EXIT_ALWAYS) != EXIT_ALWAYS || !numbers.exit.number)
		return -EBADMSG;
	ret_exit->exit = numbers.exit;
	r = parse_rest(attrs, len, flags, ret_exit);
	return r ? r : 1;
}

int tm_netlink_parse_total(const void *attrs, size_t len,
			   struct taskmeter_total *ret_total,
			   char ret_path[TM_CGROUP_PATH_SIZE])
{
	uint64_t seen = 0;
	int r;

	memset(ret_total, 0, sizeof(*ret_total));
	r = tm_attribute_parse((char *)ret_total, &totals, attrs, len, &seen);
	if (r)
		return r;
	if ((seen & TOTAL_ALWAYS) != TOTAL_ALWAYS)
		return -EBADMSG;
	ret_total->size = sizeof(*ret_total);
	return store_path(ret_path, find(attrs, len, TASKMETER_A_TOTAL_CGROUP_PATH));
}

/* The bit of a command; 0 if it is no event that is known. */
static uint32_t type_of(uint8_t command)
{
	switch (command) {
	case TASKMETER_CMD_EVENT_FORK:
		return TASKMETER_EVENT_FORK;
	case TASKMETER_CMD_EVENT_EXEC:
		return TASKMETER_EVENT_EXEC;
	case TASKMETER_CMD_EVENT_EXIT:
		return TASKMETER_EVENT_EXIT;
	case TASKMETER_CMD_EVENT_OOM:
		return TASKMETER_EVENT_OOM;
	default:
		return 0;
	}
}

static int parse_exit_event(const void *attrs, size_t len, uint32_t flags,
			    struct tm_event *event, struct tm_exit_copy *exit)
{
	const struct nlattr *nest = find(attrs, len, TASKMETER_A_EVENT_EXIT);

	if (!nest)
		return -EBADMSG;
	event->exit = &exit->told;
	return tm_netlink_parse_exit(nest + 1, attribute_length(nest), flags, exit, NULL);
}

int tm_netlink_parse_event(uint8_t command, const void *attrs, size_t len,
			   uint32_t flags, struct tm_event *ret_event,
			   struct tm_exit_copy *ret_exit)
{
	uint64_t seen = 0;
	int r;

	memset(ret_event, 0, sizeof(*ret_event));
	ret_event->type = type_of(command);
	if (!ret_event->type)
		return 0;
	r = tm_attribute_parse((char *)ret_event, &events, attrs, len, &seen);
	if (r)
		return r;
	if (ret_event->type == TASKMETER_EVENT_EXIT)
		return parse_exit_event(attrs, len, flags, ret_event, ret_exit);
	if ((seen & EVENT_ALWAYS) != EVENT_ALWAYS)
		return -EBADMSG;
	r = command_line_of(find(attrs, len, TASKMETER_A_EVENT_COMMAND_LINE),
			    &ret_event->command_line);
	if (r < 0)
		return r;
	ret_event->command_line_length = (uint32_t)r;
	return 1;
}

int tm_netlink_parse_subscribed(const void *attrs, size_t len, uint64_t *ret_next)
{
	static const struct slot slots[TASKMETER_A_SUBSCRIBE_MAX + 1] = {
		[TASKMETER_A_SUBSCRIBE_NEXT] = { .length = sizeof(uint64_t), .run = 1 },
	};
	static const struct level level = LEVEL(slots);
	uint64_t next = 0, seen = 0;
	int r;

	r = tm_attribute_parse((char *)&next, &level, attrs, len, &seen);
	if (r)
		return r;
	if (!next)
		return -EBADMSG;
	*ret_next = next;
	return 0;
}

int tm_netlink_parse_family_gone(const struct nlmsghdr *message, int family)
{
	const struct genlmsghdr *header = NLMSG_DATA(message);
	const char *attrs = (const char *)header + GENL_HDRLEN;
	static const struct slot slots[CTRL_ATTR_FAMILY_ID + 1];
	static const struct level level = LEVEL(slots);
	const struct nlattr *attribute;
	uint64_t seen = 0;
	uint16_t gone;
	size_t len;

	if (message->nlmsg_type != GENL_ID_CTRL ||
	    message->nlmsg_len < NLMSG_HDRLEN + GENL_HDRLEN ||
	    header->cmd != CTRL_CMD_DELFAMILY)
		return 0;
	len = message->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN;
	/* No slots: only whether they are well formed. */
	if (tm_attribute_parse(NULL, &level, attrs, len, &seen))
		return 0;
	attribute = find(attrs, len, CTRL_ATTR_FAMILY_ID);
	if (!attribute || attribute_length(attribute) != sizeof(gone))
		return 0;
	memcpy(&gone, attribute + 1, sizeof(gone));
	return gone == family;
}
