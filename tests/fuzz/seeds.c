// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * seeds DIRECTORY: writes those seeds of the corpora in DIRECTORY that are no text, by the
 * same code that the unit tests have for the module's side. "make fuzz-seeds" runs it; that
 * is needed only where what they speak has changed.
 */
#include "unit/netlink-module.h"
#include "store/block.h"
#include "seeds.h"

#include <stdbool.h>
#include <stdio.h>

#define S	UINT64_C(1000000000)

static const char *directory;
static FILE *file;

static void begin(const char *target, const char *name)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s/%s", directory, target, name);
	file = fopen(path, "wb");
	if (!file) {
		perror(path);
		exit(1);
	}
}

static void put_byte(unsigned int byte)
{
	putc((int)byte, file);
}

static void put_bytes(const void *bytes, size_t length)
{
	ck_assert_uint_lt(length, LOST);
	put_byte(length & 0xff);
	put_byte(length >> 8 & 0xff);
	fwrite(bytes, 1, length, file);
}

static void end(void)
{
	ck_assert_int_eq(fclose(file), 0);
}

/* What the module of the unit tests has answered so far. */
static void put_answers(void)
{
	while (module.queued) {
		put_bytes(module.queue[0].bytes, module.queue[0].length);
		unqueue(0);
	}
}

static void begin_netlink(const char *name, enum operation operation, unsigned int how)
{
	begin("netlink", name);
	put_byte(operation);
	put_byte(how);
	answer_info(0, SEQUENCE);
}

/* As the module does: the name first, all else behind it. */
static void put_named(struct message *message, enum tm_field_group last)
{
	struct message rest = { .length = 0 };
	struct taskmeter_record record;
	struct nlattr attribute;
	size_t at;

	sample_record(&record);
	put_record(&rest, &record, last);
	put_string(message, TASKMETER_A_TASK_COMM, record.comm);
	for (at = 0; at < rest.length; at += NLA_ALIGN(attribute.nla_len)) {
		memcpy(&attribute, rest.bytes + at, sizeof(attribute));
		if (attribute.nla_type != TASKMETER_A_TASK_COMM)
			put(message, attribute.nla_type, rest.bytes + at + NLA_HDRLEN,
			    attribute.nla_len - (size_t)NLA_HDRLEN);
	}
}

static void put_task(uint8_t command, enum tm_field_group last, unsigned int how)
{
	struct message message = { .length = 0 }, histograms = { .length = 0 };
	const uint64_t buckets[] = { 1, 2, 3 };

	put_named(&message, last);
	if (how & 1) {
		put(&histograms, TASKMETER_A_HISTOGRAMS_CPU_WAIT, buckets, sizeof(buckets));
		put_nest(&message, TASKMETER_A_TASK_HISTOGRAMS, &histograms);
	}
	queue_message(0, SEQUENCE, command, &message);
}

static void end_netlink(bool done)
{
	if (done)
		queue_status(0, SEQUENCE, NLMSG_DONE, 0);
	put_answers();
	end();
}

static void write_tasks(void)
{
	begin_netlink("info", OPERATION_INFO, 0);
	end_netlink(false);
	begin_netlink("get", OPERATION_GET, 3);
	put_task(TASKMETER_CMD_TASK_GET, TM_GROUP_STALL, 1);
	end_netlink(false);
	begin_netlink("refused", OPERATION_SET, 0);
	queue_status(0, SEQUENCE, NLMSG_ERROR, -EPERM);
	end_netlink(false);
	begin_netlink("snapshot", OPERATION_SNAPSHOT, 0);
	answer_info(0, SEQUENCE);
	put_task(TASKMETER_CMD_TASK_GET, TM_GROUP_METER, 0);
	put_task(TASKMETER_CMD_TASK_GET, TM_GROUP_METER, 0);
	end_netlink(true);
	begin_netlink("histograms", OPERATION_SNAPSHOT, 3);
	answer_info(0, SEQUENCE);
	put_task(TASKMETER_CMD_TASK_GET, TM_GROUP_STALL, 1);
	end_netlink(true);
}

static void write_alike(void)
{
	struct message message = { .length = 0 };
	int i;

	put_named(&message, TM_GROUP_STALL);
	begin("netlink", "alike");
	put_byte(OPERATION_ALIKE);
	put_byte(0);
	for (i = 0; i < 2; i++)
		put_bytes(message.bytes, message.length);
	end();
}

static void write_exits(const char *name, enum operation operation, unsigned int how)
{
	struct nlattr *attrs[64] = { 0 };

	module.request = how & 1 ? TASKMETER_SNAPSHOT_HISTOGRAMS : 0;
	begin_netlink(name, operation, how);
	/* Whether it sees all. */
	queue_status(0, SEQUENCE, NLMSG_DONE, -EPERM);
	answer_exits(0, SEQUENCE, attrs);
	end_netlink(false);
}

static void write_totals(void)
{
	struct {
		struct nlattr header;
		uint32_t kind;
	} kind = { { sizeof(kind), TASKMETER_A_TOTAL_KIND }, TASKMETER_TOTAL_CGROUP };
	struct nlattr *attrs[64] = { [TASKMETER_A_TOTAL_KIND] = &kind.header };

	begin_netlink("totals", OPERATION_TOTALS, 0);
	answer_totals(0, SEQUENCE, attrs);
	end_netlink(false);
}

static void put_event(uint8_t command, uint64_t number)
{
	struct message message = { .length = 0 }, exit = { .length = 0 };

	if (number) {
		put_exit(&exit, number, 0);
		put_nest(&message, TASKMETER_A_EVENT_EXIT, &exit);
	} else {
		put_u64(&message, TASKMETER_A_EVENT_TIME_NS, S);
		put_u32(&message, TASKMETER_A_EVENT_PID, 7);
		put_u64(&message, TASKMETER_A_EVENT_START_TIME_NS, S);
		put_string(&message, TASKMETER_A_EVENT_COMM, "sample");
		put(&message, TASKMETER_A_EVENT_COMMAND_LINE, "a\0b", 4);
	}
	/* Events answer no request. */
	queue_message(0, 0, command, &message);
}

static void put_subscribed(uint64_t next)
{
	struct message message = { .length = 0 };

	put_u64(&message, TASKMETER_A_SUBSCRIBE_NEXT, next);
	queue_message(0, SEQUENCE, TASKMETER_CMD_SUBSCRIBE, &message);
}

static void write_events(void)
{
	begin_netlink("events", OPERATION_EVENTS, 0);
	put_subscribed(2);
	put_event(TASKMETER_CMD_EVENT_FORK, 0);
	put_event(TASKMETER_CMD_EVENT_EXEC, 0);
	put_event(TASKMETER_CMD_EVENT_OOM, 0);
	end_netlink(false);

	begin_netlink("exit-events", OPERATION_EVENTS_FROM, 0);
	put_subscribed(1);
	put_event(TASKMETER_CMD_EVENT_EXIT, 1);
	put_event(TASKMETER_CMD_EVENT_FORK, 0);
	put_event(TASKMETER_CMD_EVENT_EXIT, 2);
	end_netlink(false);
}

/* The first was already there, the socket loses some, and one is fetched again. */
static void write_lost(void)
{
	struct nlattr *attrs[64] = { 0 };

	begin_netlink("lost-events", OPERATION_EVENTS_FROM, 0);
	put_subscribed(3);
	queue_status(0, SEQUENCE, NLMSG_DONE, -EPERM);
	answer_exits(0, SEQUENCE, attrs);
	put_answers();
	put_byte(LOST & 0xff);
	put_byte(LOST >> 8);
	put_event(TASKMETER_CMD_EVENT_EXIT, 4);
	answer_exits(0, SEQUENCE, attrs);
	end_netlink(false);
}

static const char *find_path(void *data, uint64_t id)
{
	(void)data;
	return id == 1 ? "/a.slice" : NULL;
}

/* Two ticks: the second one tells what changed. */
static void write_blocks(const char *name, bool packed)
{
	struct taskmeter_record records[3];
	struct tick writer = { 0 }, now = { .records = records, .count = 3 };
	const struct block_paths paths = { .find = find_path };
	struct block block = { 0 }, compressed = { 0 };
	uint32_t i;

	for (i = 0; i < 3; i++) {
		sample_process(&records[i], 10 + i, "sample");
		records[i].cgroup_id = i;
	}
	now.head = (struct tick_head) { .realtime_ns = 1700000000 * S, .monotonic_ns = S,
					.interval_ns = S, .instance_id = 5 };
	begin("block", name);
	put_byte(packed);
	for (i = 0; i < 2; i++) {
		ck_assert_int_eq(block_encode(&writer, &now, &paths, !i, &block), 0);
		ck_assert_int_eq(block_compress(&block, &compressed), 0);
		put_bytes(packed ? compressed.bytes : block.bytes,
			  packed ? compressed.size : block.size);
		block_clear(&compressed);
		block_clear(&block);
		now.head.realtime_ns += S;
		now.head.monotonic_ns += S;
		records[2].run_ns += S;
		now.count = 2;
		records[1] = records[2];
	}
	tick_clear(&writer);
	end();
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		fprintf(stderr, "usage: seeds DIRECTORY\n");
		return 2;
	}
	directory = argv[1];
	module.sees_all = 1;
	module.newest = 2;
	write_tasks();
	write_alike();
	write_exits("exits", OPERATION_EXITS, 0);
	write_exits("exits-histograms", OPERATION_EXITS_FROM, 1);
	write_totals();
	write_events();
	write_lost();
	write_blocks("ticks", false);
	write_blocks("packed", true);
	return 0;
}
