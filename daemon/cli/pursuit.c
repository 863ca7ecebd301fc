// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See pursuit.h. The module tells of forks in their order, each before the child runs: when
 * one is told, whose child it is is known. An exit record may be read before the fork of
 * its process is told. Then it is kept until a fork has been told that is younger than it:
 * who is no member by then, is none. Only where events were lost, it may still become one,
 * when its parent's record tells who had forked that.
 */
#include "cli/pursuit.h"

#include "cli/client.h"
#include "cli/follow.h"
#include "cli/job.h"
#include "cli/library.h"
#include "cli/verdicts.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS	UINT64_C(1000000)

/* How long to wait at most before it is looked once more whether all is there. */
#define LAST_LOOK_MS	10

/* Moments of the scheduler's clock and of the others differ by much less. */
#define CLOCKS_NS	(1000 * NS_PER_MS)

/*
 * How long a record is awaited: the kernel gives up processes when its CPUs find time for
 * it. Where records were lost, it is most likely among them. And how long one that has
 * ended may take to be waited for by whoever is its parent then.
 */
#define PATIENCE_NS		(10000 * NS_PER_MS)
#define PATIENCE_LOST_NS	(1000 * NS_PER_MS)
#define ZOMBIE_NS		(500 * NS_PER_MS)

#define EXIT_FLAGS	(TASKMETER_SNAPSHOT_HISTOGRAMS | TASKMETER_SNAPSHOT_STALLS)

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 * NS_PER_MS + (uint64_t)now.tv_nsec;
}

static int meter_is_off(struct cli *cli)
{
	cli_error(cli, "the scheduler meter is off, so that nothing could be told of the command; switch it on with 'taskmeter set meter on'");
	return CLI_FAILED;
}

/* Whether all can be told, and from where on in the exit log it will be. */
static int check(struct cli *cli, uint64_t *ret_cursor)
{
	struct taskmeter_info info;
	struct tm_meter *meter;
	int status, r;

	status = client_open(cli, &meter);
	if (status)
		return status;
	r = tm_info(meter, &info, sizeof(info));
	if (r)
		status = client_fail(cli, meter, r);
	else if (!(info.flags & TASKMETER_INFO_PRIVILEGED))
		status = client_exits_not_permitted(cli);
	else if (info.size < TASKMETER_INFO_SIZE_VER3)
		status = client_too_old(cli);
	else if (!(info.flags & TASKMETER_INFO_METER))
		status = meter_is_off(cli);
	else
		*ret_cursor = info.exit_number + 1;
	tm_close(meter);
	return status;
}

static int open_log(struct pursuit *pursuit, uint64_t cursor)
{
	int status = client_open(pursuit->cli, &pursuit->meter), r;

	if (status)
		return status;
	r = tm_exits_new(pursuit->meter, cursor, EXIT_FLAGS, &pursuit->log);
	return r ? client_fail(pursuit->cli, pursuit->meter, r) : CLI_OK;
}

int pursuit_begin(struct pursuit *pursuit, struct cli *cli, size_t worst)
{
	uint64_t cursor = 0;
	int status;

	*pursuit = (struct pursuit){ .cli = cli, .deeds.worst_limit = worst };
	family_init(&pursuit->family, (uint32_t)getpid());
	pursuit->held = verdicts_new();
	if (!pursuit->held) {
		cli_error(cli, "no memory");
		return CLI_FAILED;
	}
	status = check(cli, &cursor);
	if (!status)
		status = follow_open(cli, TASKMETER_EVENT_FORK, 0, 0, &pursuit->events);
	return status ? status : open_log(pursuit, cursor);
}

void pursuit_first(struct pursuit *pursuit, uint32_t pid)
{
	struct taskmeter_record record;

	pursuit->first = pid;
	if (!tm_get(pursuit->meter, pid, 0, &record, sizeof(record)))
		pursuit->family.since_ns = record.start_time_ns;
}

static bool is_mark(const struct pursuit *pursuit, const struct birth *birth)
{
	return pursuit->mark && birth->pid == pursuit->mark &&
	       birth->parent == pursuit->family.root;
}

static int take_fork(struct pursuit *pursuit, const struct tm_event *event)
{
	const struct birth birth = {
		.pid = event->pid,
		.parent = event->ppid,
		.start_ns = event->start_time_ns,
	};
	int r;

	pursuit->forks_lost += event->lost;
	if (event->type != TASKMETER_EVENT_FORK)
		return 0;
	if (event->time_ns > pursuit->told_ns)
		pursuit->told_ns = event->time_ns;
	if (is_mark(pursuit, &birth)) {
		pursuit->marked = true;
		return 0;
	}
	r = family_born(&pursuit->family, &birth);
	return r < 0 ? r : 0;
}

static int take_forks(struct pursuit *pursuit)
{
	const struct library *library = pursuit->cli->library;
	const struct tm_event *event;
	int r;

	do {
		r = library->events_next(pursuit->events, &event);
		if (r > 0)
			r = take_fork(pursuit, event) ? -ENOMEM : 1;
	} while (r > 0);
	return r;
}

/* What a member did. */
static int account(struct pursuit *pursuit, const struct tm_exit *exit)
{
	const struct taskmeter_record *record = exit->record;

	deeds_add(&pursuit->deeds, exit);
	if (record->pid != pursuit->first || record->ppid != pursuit->family.root ||
	    pursuit->own.exit.size)
		return deeds_rank(&pursuit->deeds, exit);
	return kept_exit_copy(&pursuit->own, exit);
}

/* Return: 1 if it is done with, 0 if not, negative errno. */
static int judge(struct pursuit *pursuit, const struct tm_exit *exit)
{
	const struct birth birth = {
		.pid = exit->record->pid,
		.parent = exit->record->ppid,
		.start_ns = exit->record->start_time_ns,
	};
	uint64_t end_ns = exit->exit->exit_time_ns;
	int r;

	if (is_mark(pursuit, &birth))
		return VERDICT_DONE;
	r = family_ended(&pursuit->family, &birth, end_ns);
	if (r > 0)
		r = account(pursuit, exit) ? -ENOMEM : 1;
	if (r)
		return r < 0 ? r : VERDICT_DONE;
	return !pursuit->forks_lost && pursuit->told_ns > end_ns + CLOCKS_NS ?
	       VERDICT_DONE : VERDICT_OPEN;
}

static int judge_held(void *context, const struct tm_exit *exit)
{
	return judge(context, exit);
}

static int take_exit(struct pursuit *pursuit, const struct tm_exit *exit)
{
	int r = judge(pursuit, exit);

	if (r)
		return r < 0 ? r : 0;
	r = verdicts_add(pursuit->held, exit);
	if (r > 0)
		pursuit->unheld++;
	return r < 0 ? r : 0;
}

static int take_exits(struct pursuit *pursuit)
{
	const struct tm_exit *exit;
	int r;

	do {
		r = tm_exits_next(pursuit->log, &exit);
		if (r > 0)
			r = take_exit(pursuit, exit) ? -ENOMEM : 1;
	} while (r > 0);
	pursuit->exits_lost = pursuit->lost_before + tm_exits_lost(pursuit->log);
	return r;
}

/* Where events were lost, one that is judged may make a member of the parent of another. */
static int review(struct pursuit *pursuit)
{
	int r;

	do
		r = verdicts_review(pursuit->held, judge_held, pursuit);
	while (r > 0 && pursuit->forks_lost);
	if (r >= 0 && !pursuit->forks_lost && pursuit->told_ns > CLOCKS_NS)
		family_forget(&pursuit->family, pursuit->told_ns - CLOCKS_NS);
	return r < 0 ? r : 0;
}

static int look(struct pursuit *pursuit)
{
	int r = take_exits(pursuit);

	if (!r)
		r = take_forks(pursuit);
	return r ? r : review(pursuit);
}

void pursuit_step(struct pursuit *pursuit)
{
	if (!pursuit->error)
		pursuit->error = look(pursuit);
}

/* Return: 1 if a member lives, 2 if it has ended but is there; 0 if it is gone. */
static int find_living(struct pursuit *pursuit, const struct member *member,
		       struct taskmeter_record *ret_record)
{
	int r = tm_get(pursuit->meter, member->pid, TASKMETER_SNAPSHOT_STALLS, ret_record,
		       sizeof(*ret_record));

	if (r == -ESRCH || (!r && ret_record->start_time_ns != member->start_ns))
		return 0;
	if (r)
		return r;
	return ret_record->flags & TASKMETER_RECORD_EXITING ? 2 : 1;
}

static int keep_survivor(struct pursuit *pursuit, const struct taskmeter_record *record)
{
	struct survivor *grown;

	grown = reallocarray(pursuit->survivors, pursuit->survivor_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	pursuit->survivors = grown;
	grown[pursuit->survivor_count++].record = *record;
	return 0;
}

/*
 * Who lives on, and how many are on their way from the kernel's list of processes to the
 * log; with @zombies, those too who wait to be waited for.
 */
static int find_survivors(struct pursuit *pursuit, bool zombies, uint64_t *ret_gone)
{
	const struct member *member;
	struct taskmeter_record record;
	int r;

	*ret_gone = 0;
	pursuit->survivor_count = 0;
	TAILQ_FOREACH(member, &pursuit->family.living, entry) {
		r = find_living(pursuit, member, &record);
		if (!r || (zombies && r == 2))
			++*ret_gone;
		else if (r > 0)
			r = keep_survivor(pursuit, &record);
		if (r < 0)
			return r;
	}
	return 0;
}

static bool is_over(const struct pursuit *pursuit, uint64_t waited_ns)
{
	bool lost = pursuit->forks_lost || pursuit->exits_lost;

	return waited_ns > (lost ? PATIENCE_LOST_NS : PATIENCE_NS);
}

/* Return: 0 when all is there, or is not awaited any longer; negative errno. */
static int await_all(struct pursuit *pursuit)
{
	struct pollfd fd = {
		.fd = pursuit->cli->library->events_fd(pursuit->events),
		.events = POLLIN,
	};
	uint64_t begin_ns = now_ns(), waited_ns;
	int r;

	for (;;) {
		waited_ns = now_ns() - begin_ns;
		r = look(pursuit);
		if (!r)
			r = find_survivors(pursuit, waited_ns < ZOMBIE_NS, &pursuit->missing);
		if (r || (!pursuit->missing && pursuit->marked) ||
		    is_over(pursuit, waited_ns))
			return r;
		poll(&fd, 1, LAST_LOOK_MS);
	}
}

/* One pass over all that live. Return: how many were found to be members, negative errno. */
static int find_children(struct pursuit *pursuit)
{
	const struct taskmeter_record *record;
	uint64_t before = pursuit->family.born;
	struct tm_snapshot *snapshot;
	struct birth birth;
	int r, error = 0;

	r = tm_snapshot_new(pursuit->meter, NULL, &snapshot);
	if (r)
		return r;
	while (!error && (r = tm_snapshot_next(snapshot, &record)) > 0) {
		birth = (struct birth){ record->pid, record->ppid, record->start_time_ns };
		r = family_born(&pursuit->family, &birth);
		error = r < 0 ? r : 0;
	}
	tm_snapshot_free(snapshot);
	if (error || r < 0)
		return error ? error : r;
	return (int)(pursuit->family.born - before);
}

/* The log, which was closed for something else to be read, from where it was left. */
static int reopen_log(struct pursuit *pursuit, uint64_t cursor)
{
	pursuit->lost_before = pursuit->exits_lost;
	return tm_exits_new(pursuit->meter, cursor, EXIT_FLAGS, &pursuit->log);
}

/* Of those whose fork was not told, all that live and still have the parent they had. */
static int find_lost(struct pursuit *pursuit)
{
	uint64_t cursor = tm_exits_cursor(pursuit->log);
	int r;

	tm_exits_free(pursuit->log);
	pursuit->log = NULL;
	do
		r = find_children(pursuit);
	while (r > 0);
	return r ? r : reopen_log(pursuit, cursor);
}

static int finish(struct pursuit *pursuit)
{
	pid_t mark = job_fork_mark();
	int r;

	if (mark < 0)
		return mark;
	pursuit->mark = (uint32_t)mark;
	r = await_all(pursuit);
	if (r || !pursuit->forks_lost)
		return r;
	r = find_lost(pursuit);
	return r ? r : await_all(pursuit);
}

void pursuit_finish(struct pursuit *pursuit)
{
	if (!pursuit->error)
		pursuit->error = finish(pursuit);
}

const char *pursuit_error(const struct pursuit *pursuit)
{
	switch (pursuit->error) {
	case -ENODEV:
	case -ENOENT:
		return "the kernel module was unloaded";
	case -ENOMEM:
		return "no memory";
	default:
		return strerror(-pursuit->error);
	}
}

void pursuit_release(struct pursuit *pursuit)
{
	tm_exits_free(pursuit->log);
	tm_close(pursuit->meter);
	if (pursuit->events)
		pursuit->cli->library->events_free(pursuit->events);
	verdicts_free(pursuit->held);
	kept_exit_release(&pursuit->own);
	deeds_release(&pursuit->deeds);
	family_release(&pursuit->family);
	free(pursuit->survivors);
}
