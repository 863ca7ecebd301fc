// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A subscription to events, with a module of the test's own behind its sockets: whatever
 * the socket loses, each exit is told once and in order, or counted as lost.
 */
#include "netlink-module.h"
#include "suite.h"

#include <poll.h>

#define EXITS	TASKMETER_EVENT_EXIT
#define ALL	(TASKMETER_EVENT_FORK | TASKMETER_EVENT_EXEC | TASKMETER_EVENT_EXIT | \
		 TASKMETER_EVENT_OOM)

static void put_process(struct message *message, uint32_t pid)
{
	put_u64(message, TASKMETER_A_EVENT_TIME_NS, 5000);
	put_u32(message, TASKMETER_A_EVENT_PID, pid);
	put_u32(message, TASKMETER_A_EVENT_UID, 42);
	put_u64(message, TASKMETER_A_EVENT_START_TIME_NS, 4000);
	put_u64(message, TASKMETER_A_EVENT_CGROUP_ID, 77);
	put_string(message, TASKMETER_A_EVENT_COMM, "worker");
}

static void put_exit_event(struct message *message, uint64_t number)
{
	struct message exit = { .length = 0 };

	put_exit(&exit, number, module.request);
	put_nest(message, TASKMETER_A_EVENT_EXIT, &exit);
}

static void push(uint8_t command, const struct message *message)
{
	queue_message(module.events_fd, 0, command, message);
}

static void push_exit_with_lost(uint64_t number, uint64_t lost)
{
	struct message message = { .length = 0 };

	if (lost)
		put_u64(&message, TASKMETER_A_EVENT_LOST, lost);
	put_exit_event(&message, number);
	push(TASKMETER_CMD_EVENT_EXIT, &message);
}

static void push_exit(uint64_t number)
{
	push_exit_with_lost(number, 0);
}

static void push_fork(uint32_t pid, uint64_t lost)
{
	struct message message = { .length = 0 };

	if (lost)
		put_u64(&message, TASKMETER_A_EVENT_LOST, lost);
	put_process(&message, pid);
	put_u32(&message, TASKMETER_A_EVENT_PPID, 7);
	push(TASKMETER_CMD_EVENT_FORK, &message);
}

/* Exits come to be: in the log, and as events from @told on. */
static void exits_up_to(uint64_t newest, uint64_t told)
{
	uint64_t number = module.newest;

	while (number < newest)
		if (++number >= told)
			push_exit(number);
	module.newest = newest;
}

static struct tm_events *subscribe(uint32_t types, uint64_t cursor)
{
	struct tm_events *events;

	module.sees_all = 1;
	ck_assert_int_eq(tm_events_new(types, 0, cursor, &events), 0);
	ck_assert_uint_eq(module.subscribed, types);
	return events;
}

static const struct tm_event *next(struct tm_events *events)
{
	const struct tm_event *event = NULL;

	ck_assert_msg(tm_events_next(events, &event) == 1, "no event but: %s",
		      tm_events_error(events));
	return event;
}

static void none(struct tm_events *events)
{
	const struct tm_event *event;

	ck_assert_int_eq(tm_events_next(events, &event), 0);
}

/* The next event is the exit with this number, and so many were lost before it. */
static void told(struct tm_events *events, uint64_t number, uint64_t lost)
{
	const struct tm_event *event = next(events);

	ck_assert_uint_eq(event->type, EXITS);
	ck_assert_ptr_nonnull(event->exit);
	ck_assert_uint_eq(event->exit->exit->number, number);
	ck_assert_uint_eq(event->pid, number + 1000);
	ck_assert_uint_eq(event->exits_lost, lost);
	ck_assert_uint_eq(tm_events_cursor(events), number + 1);
}

static void told_to(struct tm_events *events, uint64_t first, uint64_t last)
{
	for (; first <= last; first++)
		told(events, first, 0);
}

static int readable(const struct tm_events *events)
{
	struct pollfd fd = { .fd = tm_events_fd(events), .events = POLLIN };

	return poll(&fd, 1, 0);
}

START_TEST(test_in_order)
{
	struct tm_events *events = subscribe(EXITS, 0);

	none(events);
	ck_assert_uint_eq(tm_events_cursor(events), 1);
	exits_up_to(5, 1);
	told_to(events, 1, 5);
	none(events);
	ck_assert_int_eq(module.exit_dumps, 0);
	tm_events_free(events);
}
END_TEST

/* All members of all events. */
START_TEST(test_members)
{
	struct message exec = { .length = 0 }, oom = { .length = 0 };
	struct tm_events *events = subscribe(ALL, 0);
	const struct tm_event *event;

	push_fork(10, 0);
	event = next(events);
	ck_assert_uint_eq(event->type, TASKMETER_EVENT_FORK);
	ck_assert_uint_eq(event->pid, 10);
	ck_assert_uint_eq(event->ppid, 7);
	ck_assert_uint_eq(event->uid, 42);
	ck_assert_uint_eq(event->time_ns, 5000);
	ck_assert_uint_eq(event->start_time_ns, 4000);
	ck_assert_uint_eq(event->cgroup_id, 77);
	ck_assert_str_eq(event->comm, "worker");
	ck_assert_ptr_null(event->exit);
	ck_assert_uint_eq(event->command_line_length, 0);

	put_process(&exec, 11);
	put(&exec, TASKMETER_A_EVENT_COMMAND_LINE, "x\0\xff", 4);
	put_u32(&exec, TASKMETER_A_EVENT_FLAGS, TASKMETER_EXIT_COMMAND_LINE);
	push(TASKMETER_CMD_EVENT_EXEC, &exec);
	event = next(events);
	ck_assert_uint_eq(event->type, TASKMETER_EVENT_EXEC);
	ck_assert_uint_eq(event->command_line_length, 4);
	ck_assert_mem_eq(event->command_line, "x\0\xff", 4);
	ck_assert_uint_eq(event->flags, TASKMETER_EXIT_COMMAND_LINE);
	ck_assert_uint_eq(event->ppid, 0);

	put_process(&oom, 12);
	put_u32(&oom, TASKMETER_A_EVENT_FLAGS, TASKMETER_EXIT_OOM);
	put_u32(&oom, TASKMETER_A_EVENT_OOM_SCORE_ADJ, (uint32_t)-999);
	put_u64(&oom, TASKMETER_A_EVENT_OOM_RSS_ANON_BYTES, 1);
	put_u64(&oom, TASKMETER_A_EVENT_OOM_RSS_FILE_BYTES, 2);
	put_u64(&oom, TASKMETER_A_EVENT_OOM_RSS_SHMEM_BYTES, 3);
	put_u64(&oom, TASKMETER_A_EVENT_OOM_SWAP_BYTES, 4);
	push(TASKMETER_CMD_EVENT_OOM, &oom);
	event = next(events);
	ck_assert_uint_eq(event->type, TASKMETER_EVENT_OOM);
	ck_assert_int_eq(event->oom_score_adj, -999);
	ck_assert_uint_eq(event->oom_rss_anon_bytes, 1);
	ck_assert_uint_eq(event->oom_rss_file_bytes, 2);
	ck_assert_uint_eq(event->oom_rss_shmem_bytes, 3);
	ck_assert_uint_eq(event->oom_swap_bytes, 4);

	exits_up_to(1, 1);
	event = next(events);
	ck_assert_uint_eq(event->time_ns, 1000);
	ck_assert_uint_eq(event->uid, event->exit->record->uid);
	ck_assert_uint_eq(event->flags, TASKMETER_EXIT_COMMAND_LINE);
	ck_assert_str_eq(event->comm, "sample");
	ck_assert_mem_eq(event->command_line, "a\0b", 4);
	ck_assert_str_eq(event->exit->cgroup_path, "/user.slice");
	ck_assert_ptr_null(event->exit->histograms);
	none(events);
	tm_events_free(events);
}
END_TEST

/* Those in the log come first, and the file descriptor says so. */
START_TEST(test_from_a_cursor)
{
	struct tm_events *events;

	module.newest = 6;
	events = subscribe(EXITS, 3);
	ck_assert_int_eq(readable(events), 1);
	exits_up_to(8, 7);
	told_to(events, 3, 8);
	ck_assert_int_eq(readable(events), 1);
	none(events);
	ck_assert_int_eq(readable(events), 0);
	ck_assert_int_eq(module.exit_dumps, 1);
	tm_events_free(events);

	events = subscribe(EXITS, 9);
	ck_assert_int_eq(readable(events), 0);
	none(events);
	ck_assert_int_eq(module.exit_dumps, 1);
	tm_events_free(events);
	ck_assert_int_eq(tm_events_new(EXITS, 0, 10, &events), -EINVAL);
}
END_TEST

START_TEST(test_gap)
{
	struct tm_events *events = subscribe(EXITS, 0);

	exits_up_to(2, 1);
	exits_up_to(5, 5);
	exits_up_to(6, 6);
	told_to(events, 1, 6);
	none(events);
	ck_assert_int_eq(module.exit_dumps, 1);
	tm_events_free(events);
}
END_TEST

/* Each fetch begins behind what was told before it, fetched or not. */
START_TEST(test_gaps)
{
	struct tm_events *events = subscribe(EXITS, 0);

	exits_up_to(5, 5);
	told_to(events, 1, 5);
	exits_up_to(7, 6);
	exits_up_to(9, 9);
	told_to(events, 6, 9);
	none(events);
	ck_assert_int_eq(module.exit_dumps, 2);
	ck_assert_int_eq(module.total_dumps, 1);
	tm_events_free(events);
}
END_TEST

/* Who sees all knows with which record the loss was, who does not at the end of the log. */
START_TEST(test_gap_with_lost)
{
	struct tm_events *events = subscribe(EXITS, 0);

	module.sees_all = _i;
	exits_up_to(9, 9);
	module.log[1] = EVICTED;
	module.log[4] = EVICTED;
	module.log[5] = EVICTED;
	told(events, 2, _i ? 1 : 0);
	told(events, 3, 0);
	told(events, 6, _i ? 2 : 0);
	told_to(events, 7, 9);
	none(events);
	exits_up_to(10, 10);
	told(events, 10, _i ? 0 : 3);
	tm_events_free(events);
}
END_TEST

/* Numbers of exits that are not shown are no loss. */
START_TEST(test_gap_of_hidden)
{
	struct tm_events *events = subscribe(EXITS, 0);

	module.sees_all = 0;
	module.log[1] = HIDDEN;
	module.log[3] = HIDDEN;
	module.log[4] = EVICTED;
	module.log[6] = HIDDEN;
	exits_up_to(5, 5);
	told(events, 2, 0);
	told(events, 5, 0);
	none(events);
	exits_up_to(7, 7);
	told(events, 7, 1);
	none(events);
	ck_assert_uint_eq(tm_events_cursor(events), 8);
	tm_events_free(events);
}
END_TEST

/* An event whose record has gone from the log meanwhile counts as lost, not twice. */
START_TEST(test_gap_all_evicted)
{
	struct tm_events *events = subscribe(EXITS, 0);

	exits_up_to(3, 3);
	module.log[1] = EVICTED;
	module.log[2] = EVICTED;
	module.log[3] = EVICTED;
	none(events);
	ck_assert_uint_eq(tm_events_cursor(events), 4);
	exits_up_to(4, 4);
	told(events, 4, 3);
	tm_events_free(events);
}
END_TEST

/*
 * The socket was full, which it says before it gives what it holds. That is told although
 * the log does not have it any more; no event tells of what is lost behind it.
 */
START_TEST(test_overrun)
{
	struct tm_events *events = subscribe(EXITS, 0);
	uint64_t number;

	queue_error(module.events_fd, ENOBUFS);
	exits_up_to(3, 1);
	exits_up_to(8, 9);
	for (number = 1; number <= 5; number++)
		module.log[number] = EVICTED;
	told_to(events, 1, 3);
	told(events, 6, 2);
	told_to(events, 7, 8);
	none(events);
	none(events);
	ck_assert_int_eq(module.exit_dumps, 1);
	tm_events_free(events);
}
END_TEST

static void two_more(void)
{
	if (module.exit_dumps == 2)
		module.newest = 10;
}

/* What comes while the full socket is emptied has no event and no error of its own. */
START_TEST(test_overrun_lasts)
{
	struct tm_events *events = subscribe(EXITS, 0);

	exits_up_to(2, 1);
	queue_error(module.events_fd, ENOBUFS);
	exits_up_to(8, 7);
	module.on_dump = two_more;
	told_to(events, 1, 10);
	none(events);
	ck_assert_int_eq(module.exit_dumps, 2);
	tm_events_free(events);
}
END_TEST

/* Without exits there is nothing to fetch. */
START_TEST(test_overrun_without_exits)
{
	struct tm_events *events = subscribe(TASKMETER_EVENT_FORK, 0);
	const struct tm_event *event;

	queue_error(module.events_fd, ENOBUFS);
	push_fork(10, 25);
	event = next(events);
	ck_assert_uint_eq(event->lost, 25);
	push_fork(11, 0);
	event = next(events);
	ck_assert_uint_eq(event->lost, 0);
	none(events);
	ck_assert_int_eq(module.exit_dumps, 0);

	queue_error(module.events_fd, ENOBUFS);
	module.info_error = -ENOMEM;
	ck_assert_int_eq(tm_events_next(events, &event), -ENOMEM);
	module.info_error = -ENOENT;
	ck_assert_int_eq(tm_events_next(events, &event), -ENODEV);
	tm_events_free(events);
}
END_TEST

/* Of what was lost, exits may be a part: they come before the event that tells it. */
START_TEST(test_lost)
{
	struct tm_events *events = subscribe(ALL, 0);
	const struct tm_event *event;

	exits_up_to(3, 4);
	push_fork(10, 5);
	told_to(events, 1, 3);
	event = next(events);
	ck_assert_uint_eq(event->type, TASKMETER_EVENT_FORK);
	ck_assert_uint_eq(event->lost, 5);
	ck_assert_uint_eq(event->exits_lost, 0);
	none(events);
	ck_assert_int_eq(module.exit_dumps, 1);
	tm_events_free(events);
}
END_TEST

/* The number of an exit tells whether one is missing; nothing else is to a reader of exits. */
START_TEST(test_lost_with_exit)
{
	struct tm_events *events = subscribe(_i ? ALL : EXITS, 0);
	const struct tm_event *event;

	exits_up_to(1, 1);
	module.newest = 2;
	push_exit_with_lost(2, 9);
	told(events, 1, 0);
	event = next(events);
	ck_assert_uint_eq(event->exit->exit->number, 2);
	ck_assert_uint_eq(event->lost, _i ? 9 : 0);
	none(events);
	ck_assert_int_eq(module.exit_dumps, 0);
	tm_events_free(events);
}
END_TEST

static void early(void)
{
	exits_up_to(module.newest + 1, 0);
}

/* Events that come before the answer are told if they are exits. */
START_TEST(test_before_the_answer)
{
	struct tm_events *events;

	module.on_subscribe = early;
	events = subscribe(EXITS, 0);
	ck_assert_int_eq(readable(events), 1);
	told(events, 1, 0);
	none(events);
	tm_events_free(events);
}
END_TEST

START_TEST(test_answer_lost)
{
	struct tm_events *events;

	module.subscribe_error = -ENOBUFS;
	events = subscribe(EXITS, 0);
	ck_assert_int_eq(module.subscriptions, 2);
	exits_up_to(1, 1);
	told(events, 1, 0);
	tm_events_free(events);
}
END_TEST

START_TEST(test_numbers_going_back)
{
	struct tm_events *events = subscribe(EXITS, 0);

	exits_up_to(3, 1);
	push_exit(2);
	push_exit(3);
	push_exit(1);
	exits_up_to(4, 4);
	told_to(events, 1, 4);
	none(events);
	ck_assert_int_eq(module.exit_dumps, 0);
	tm_events_free(events);
}
END_TEST

/* A number that the log does not know yet is taken as it is: no fetch without end. */
START_TEST(test_number_ahead_of_the_log)
{
	struct tm_events *events = subscribe(EXITS, 0);

	push_exit(5);
	told(events, 5, 0);
	none(events);
	ck_assert_int_eq(module.exit_dumps, 1);
	tm_events_free(events);
}
END_TEST

START_TEST(test_many_in_a_datagram)
{
	struct tm_events *events = subscribe(ALL, 0);
	static char bytes[32768];
	size_t length = 0;
	uint64_t number;

	for (number = 1; number <= 4; number++) {
		struct message message = { .length = 0 };

		put_exit_event(&message, number);
		length += build(bytes + length, FAMILY, 0, TASKMETER_CMD_EVENT_EXIT,
				message.bytes, message.length);
	}
	module.newest = 4;
	queue_bytes(module.events_fd, bytes, length);
	told_to(events, 1, 4);
	ck_assert_int_eq(readable(events), 1);
	none(events);
	ck_assert_int_eq(readable(events), 0);
	tm_events_free(events);
}
END_TEST

START_TEST(test_histograms_and_stalls)
{
	const uint32_t flags = TASKMETER_SNAPSHOT_HISTOGRAMS | TASKMETER_SNAPSHOT_STALLS;
	const struct tm_event *event;
	struct tm_events *events;
	uint64_t number;

	module.newest = 1;
	ck_assert_int_eq(tm_events_new(EXITS, flags, 1, &events), 0);
	ck_assert_uint_eq(module.request, flags);
	exits_up_to(2, 2);
	for (number = 1; number <= 2; number++) {
		event = next(events);
		ck_assert_uint_eq(event->exit->record->size, TASKMETER_RECORD_SIZE_VER3);
		ck_assert_ptr_nonnull(event->exit->histograms);
		ck_assert_uint_eq(event->exit->histograms->cpu_wait[0], number);
	}
	tm_events_free(events);
}
END_TEST

/* What is not for this subscription, or not known, is passed over. */
START_TEST(test_foreign)
{
	struct tm_events *events = subscribe(ALL, 0);
	struct message message = { .length = 0 };
	static char bytes[sizeof(message)];

	put_exit_event(&message, 1);
	queue_message(module.events_fd, 12345, TASKMETER_CMD_EVENT_EXIT, &message);
	queue_bytes(module.events_fd, bytes, build(bytes, FAMILY + 1, 0,
		    TASKMETER_CMD_EVENT_EXIT, message.bytes, message.length));
	push(TASKMETER_CMD_MAX + 1, &message);
	push(TASKMETER_CMD_INFO_GET, &message);
	none(events);
	exits_up_to(1, 1);
	told(events, 1, 0);
	tm_events_free(events);
}
END_TEST

/* One message is malformed, the next one is not. */
START_TEST(test_malformed)
{
	struct tm_events *events = subscribe(ALL, 0);
	struct message message = { .length = 0 };
	const struct tm_event *event;
	char few[NLMSG_HDRLEN] = { 0 };

	push(TASKMETER_CMD_EVENT_FORK, &message);
	ck_assert_int_eq(tm_events_next(events, &event), -EBADMSG);
	push(TASKMETER_CMD_EVENT_EXIT, &message);
	ck_assert_int_eq(tm_events_next(events, &event), -EBADMSG);
	queue_bytes(module.events_fd, few, 7);
	ck_assert_int_eq(tm_events_next(events, &event), -EBADMSG);
	ck_assert_str_eq(tm_events_error(events), "the module sent a malformed reply");
	((struct nlmsghdr *)few)->nlmsg_len = NLMSG_HDRLEN;
	((struct nlmsghdr *)few)->nlmsg_type = FAMILY;
	queue_bytes(module.events_fd, few, sizeof(few));
	ck_assert_int_eq(tm_events_next(events, &event), -EBADMSG);
	push_fork(10, 0);
	ck_assert_uint_eq(next(events)->pid, 10);
	none(events);
	tm_events_free(events);
}
END_TEST

/* The fetch failed; the next call tries again, and nothing is lost. */
START_TEST(test_fetch_fails)
{
	struct tm_events *events = subscribe(EXITS, 0);
	const struct tm_event *event;

	exits_up_to(3, 3);
	module.exit_error = -ENOMEM;
	ck_assert_int_eq(tm_events_next(events, &event), -ENOMEM);
	ck_assert_int_eq(readable(events), 1);
	told_to(events, 1, 3);
	none(events);
	tm_events_free(events);
}
END_TEST

static void push_gone(uint16_t family)
{
	struct message message = { .length = 0 };
	static char bytes[sizeof(message)];

	put_string(&message, CTRL_ATTR_FAMILY_NAME, TASKMETER_GENL_NAME);
	put(&message, CTRL_ATTR_FAMILY_ID, &family, sizeof(family));
	queue_bytes(module.events_fd, bytes, build(bytes, GENL_ID_CTRL, 0,
		    CTRL_CMD_DELFAMILY, message.bytes, message.length));
}

START_TEST(test_unloaded)
{
	struct tm_events *events = subscribe(EXITS, 0);
	const struct tm_event *event;

	push_gone(FAMILY + 1);
	none(events);
	push_gone(FAMILY);
	ck_assert_int_eq(tm_events_next(events, &event), -ENODEV);
	ck_assert_str_eq(tm_events_error(events), "the module was unloaded");
	ck_assert_int_eq(tm_events_next(events, &event), -ENODEV);
	ck_assert_int_eq(readable(events), 1);
	tm_events_free(events);
}
END_TEST

/* That the family is gone was lost, but it cannot be asked any more. */
START_TEST(test_unloaded_while_full)
{
	struct tm_events *events = subscribe(EXITS, 0);
	const struct tm_event *event;

	queue_error(module.events_fd, ENOBUFS);
	module.exit_error = -ENOENT;
	ck_assert_int_eq(tm_events_next(events, &event), -ENODEV);
	ck_assert_int_eq(tm_events_next(events, &event), -ENODEV);
	tm_events_free(events);
}
END_TEST

START_TEST(test_refused)
{
	struct tm_events *events = NULL;

	ck_assert_int_eq(tm_events_new(0, 0, 0, &events), -EINVAL);
	ck_assert_int_eq(tm_events_new(ALL + 1, 0, 0, &events), -EINVAL);
	ck_assert_int_eq(tm_events_new(EXITS, TASKMETER_SNAPSHOT_THREADS, 0, &events),
			 -EINVAL);
	ck_assert_int_eq(module.subscriptions, 0);
	module.subscribe_error = -EUSERS;
	ck_assert_int_eq(tm_events_new(EXITS, 0, 0, &events), -EUSERS);
	module.subscribe_error = -ENOENT;
	ck_assert_int_eq(tm_events_new(EXITS, 0, 0, &events), -ENODEV);
	module.old = 1;
	ck_assert_int_eq(tm_events_new(EXITS, 0, 0, &events), -EOPNOTSUPP);
	module.absent = 1;
	ck_assert_int_eq(tm_events_new(EXITS, 0, 0, &events), -ENODEV);
	ck_assert_ptr_null(events);
	tm_events_free(NULL);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("events");
	TCase *test_case = tcase_create("events");

	tcase_add_test(test_case, test_in_order);
	tcase_add_test(test_case, test_members);
	tcase_add_test(test_case, test_from_a_cursor);
	tcase_add_test(test_case, test_gap);
	tcase_add_test(test_case, test_gaps);
	tcase_add_loop_test(test_case, test_gap_with_lost, 0, 2);
	tcase_add_test(test_case, test_gap_of_hidden);
	tcase_add_test(test_case, test_gap_all_evicted);
	tcase_add_test(test_case, test_overrun);
	tcase_add_test(test_case, test_overrun_lasts);
	tcase_add_test(test_case, test_overrun_without_exits);
	tcase_add_test(test_case, test_lost);
	tcase_add_loop_test(test_case, test_lost_with_exit, 0, 2);
	tcase_add_test(test_case, test_before_the_answer);
	tcase_add_test(test_case, test_answer_lost);
	tcase_add_test(test_case, test_numbers_going_back);
	tcase_add_test(test_case, test_number_ahead_of_the_log);
	tcase_add_test(test_case, test_many_in_a_datagram);
	tcase_add_test(test_case, test_histograms_and_stalls);
	tcase_add_test(test_case, test_foreign);
	tcase_add_test(test_case, test_malformed);
	tcase_add_test(test_case, test_fetch_fails);
	tcase_add_test(test_case, test_unloaded);
	tcase_add_test(test_case, test_unloaded_while_full);
	tcase_add_test(test_case, test_refused);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
