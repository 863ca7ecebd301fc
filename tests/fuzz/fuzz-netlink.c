// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the module says by netlink, through the whole library. The first byte is what the
 * library is asked, the second how; then come the datagrams that it receives, whatever it
 * has sent, each with its length before it: 0xffff is one that was lost.
 *
 * All requests have the sequence number SEQUENCE. Behind what was received, the library's
 * buffer is poisoned: what reads on there is found.
 */
#include "lib/netlink.h"
#include "lib/parse-exit.h"
#include "lib/parse.h"
#include "seeds.h"
#include "fuzz.h"

#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <sanitizer/asan_interface.h>
#include <sys/socket.h>

/* No input that is not too long has more. */
#define RECORDS_MAX	100000

static struct input input;

int nl_send_auto(struct nl_sock *socket, struct nl_msg *message)
{
	(void)socket;
	nlmsg_hdr(message)->nlmsg_seq = SEQUENCE;
	return (int)nlmsg_hdr(message)->nlmsg_len;
}

int genl_ctrl_resolve(struct nl_sock *socket, const char *name)
{
	(void)socket;
	CHECK(!strcmp(name, TASKMETER_GENL_NAME));
	return FAMILY;
}

/* At the end who waits gets nothing, which no socket of this kind gives. */
ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	char *buffer = message->msg_iov->iov_base;
	const size_t room = message->msg_iov->iov_len;
	size_t length;

	(void)fd;
	ASAN_UNPOISON_MEMORY_REGION(buffer, room);
	if (!input.left && flags & MSG_DONTWAIT) {
		errno = EAGAIN;
		return -1;
	}
	length = take_byte(&input);
	length |= (size_t)take_byte(&input) << 8;
	if (length == LOST) {
		errno = ENOBUFS;
		return -1;
	}
	if (length > input.left)
		length = input.left;
	if (length > room)
		length = room;
	if (length)
		memcpy(buffer, input.at, length);
	input.at += length;
	input.left -= length;
	ASAN_POISON_MEMORY_REGION(buffer + length, room - length);
	return (ssize_t)length;
}

static void check_record(const struct taskmeter_record *record)
{
	CHECK(record->size <= sizeof(*record));
	CHECK(memchr(record->comm, '\0', sizeof(record->comm)));
	CHECK(memchr(record->waker_comm, '\0', sizeof(record->waker_comm)));
}

static void check_exit(const struct tm_exit *exit, uint32_t flags)
{
	check_record(exit->record);
	CHECK(exit->exit->number && exit->exit->size == sizeof(*exit->exit));
	CHECK(exit->exit->command_line_length <= TASKMETER_COMMAND_LINE_LEN);
	CHECK(!exit->histograms == !(flags & TASKMETER_SNAPSHOT_HISTOGRAMS));
	CHECK(!exit->cgroup_path || strlen(exit->cgroup_path) < TM_CGROUP_PATH_SIZE);
}

static void check_failed(const struct tm_meter *meter, int r)
{
	CHECK(r < 0 && strcmp(tm_error(meter), "no error") != 0);
	CHECK(memchr(meter->error, '\0', sizeof(meter->error)));
}

static void ask_get(struct tm_meter *meter, uint32_t flags)
{
	struct taskmeter_histograms histograms;
	struct taskmeter_record record;
	int r;

	if (flags & TASKMETER_SNAPSHOT_HISTOGRAMS)
		r = tm_get_histograms(meter, 1, flags & TASKMETER_SNAPSHOT_STALLS, &record,
				      sizeof(record), &histograms, sizeof(histograms));
	else
		r = tm_get(meter, 1, flags, &record, sizeof(record));
	if (r)
		check_failed(meter, r);
	else
		check_record(&record);
}

static void ask_snapshot(struct tm_meter *meter, uint32_t flags)
{
	const struct tm_filter filter = { .flags = flags };
	const struct taskmeter_record *record;
	struct tm_snapshot *snapshot;
	int records = 0, r = tm_snapshot_new(meter, &filter, &snapshot);

	if (r) {
		check_failed(meter, r);
		return;
	}
	while ((r = tm_snapshot_next(snapshot, &record)) > 0 && records++ < RECORDS_MAX)
		check_record(record);
	if (r)
		check_failed(meter, r);
	tm_snapshot_free(snapshot);
}

/* Numbers ascend, and those that are skipped were lost, or are of exits not shown. */
static void ask_exits(struct tm_meter *meter, uint32_t flags, uint64_t cursor)
{
	const struct tm_exit *exit;
	struct tm_exits *exits;
	uint64_t before;
	int r = tm_exits_new(meter, cursor, flags, &exits);

	if (r) {
		check_failed(meter, r);
		return;
	}
	before = tm_exits_cursor(exits);
	while ((r = tm_exits_next(exits, &exit)) > 0) {
		check_exit(exit, flags);
		CHECK(exit->exit->number >= before);
		before = tm_exits_cursor(exits);
		CHECK(before == exit->exit->number + 1);
	}
	if (r)
		check_failed(meter, r);
	CHECK(tm_exits_lost(exits) <= tm_exits_cursor(exits));
	tm_exits_free(exits);
}

static void ask_totals(struct tm_meter *meter)
{
	const struct taskmeter_total *total;
	struct tm_totals *totals;
	const char *path = NULL;
	int r = tm_totals_new(meter, TASKMETER_TOTAL_CGROUP, &totals);

	if (r) {
		check_failed(meter, r);
		return;
	}
	while ((r = tm_totals_next(totals, &total, &path)) > 0) {
		CHECK(total->size == sizeof(*total));
		CHECK(!path || strlen(path) < TM_CGROUP_PATH_SIZE);
	}
	if (r)
		check_failed(meter, r);
	tm_totals_free(totals);
}

static void ask_events(uint32_t flags, uint64_t cursor)
{
	const uint32_t types = cursor ? TASKMETER_EVENT_EXIT | TASKMETER_EVENT_FORK :
					0xf & ~TASKMETER_EVENT_EXIT;
	const struct tm_event *event;
	struct tm_events *events;
	uint64_t before;
	int r = tm_events_new(types, flags, cursor, &events);

	if (r)
		return;
	before = tm_events_cursor(events);
	while ((r = tm_events_next(events, &event)) > 0) {
		CHECK(event->type & 0xf);
		CHECK(memchr(event->comm, '\0', sizeof(event->comm)));
		CHECK(event->command_line_length <= TASKMETER_COMMAND_LINE_LEN);
		CHECK(!event->exit == !(event->type & TASKMETER_EVENT_EXIT));
		if (event->exit) {
			check_exit(event->exit, flags);
			CHECK(event->exit->exit->number >= before);
			before = tm_events_cursor(events);
		}
	}
	CHECK(!r || tm_events_error(events)[0]);
	tm_events_free(events);
}

/*
 * Attributes alone, in memory of just their size: what reads messages that are built alike
 * has to read the same in them as what reads each anew.
 */
static void parse_alike(void)
{
	struct tm_netlink_plan plan = { 0 };
	struct taskmeter_record anew, alike;
	uint8_t *bytes;
	size_t length;
	int r;

	while (input.left) {
		length = take_byte(&input);
		length |= (size_t)take_byte(&input) << 8;
		bytes = take_bytes(&input, length, &length);
		r = tm_netlink_parse_record(bytes, length, &anew);
		CHECK(tm_netlink_parse_next(&plan, bytes, length, &alike) == r);
		CHECK(r || !memcmp(&anew, &alike, sizeof(anew)));
		free(bytes);
	}
}

static void ask(struct tm_meter *meter, enum operation operation, uint32_t flags)
{
	switch (operation) {
	case OPERATION_GET:
		ask_get(meter, flags);
		break;
	case OPERATION_SNAPSHOT:
		ask_snapshot(meter, flags);
		break;
	case OPERATION_EXITS:
		ask_exits(meter, flags, 0);
		break;
	case OPERATION_EXITS_FROM:
		ask_exits(meter, flags, 1);
		break;
	case OPERATION_TOTALS:
		ask_totals(meter);
		break;
	case OPERATION_SET:
		tm_set(meter, TM_SETTING_WAKER, 1);
		break;
	default:
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum operation operation;
	struct tm_meter *meter;
	uint32_t flags = 0;
	uint8_t how;

	input = (struct input) { data, size };
	operation = take_byte(&input) % OPERATIONS;
	how = take_byte(&input);
	if (how & 1)
		flags |= TASKMETER_SNAPSHOT_HISTOGRAMS;
	if (how & 2)
		flags |= TASKMETER_SNAPSHOT_STALLS;
	if (operation == OPERATION_ALIKE) {
		parse_alike();
	} else if (operation == OPERATION_EVENTS || operation == OPERATION_EVENTS_FROM) {
		ask_events(flags, operation == OPERATION_EVENTS_FROM);
	} else if (!tm_open(TM_TRANSPORT_NETLINK, &meter)) {
		ask(meter, operation, flags);
		tm_close(meter);
	}
	return 0;
}
