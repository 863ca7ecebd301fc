// SPDX-License-Identifier: GPL-2.0-or-later
/* See storm.h. */
#include "storm.h"

#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "guard.h"
#include "support.h"

#define SHARE		(CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | SIGCHLD)
#define STACK_SIZE	8192

/* What a parent has done so far; before its child ends, its pid is there. */
struct storm_parent {
	_Atomic size_t forked;
	_Atomic bool over;
};

struct storm_shared {
	struct storm_options options;
	size_t size;
	struct storm_parent parents[STORM_MAX_PARENTS];
	pid_t pids[];
};

static pid_t *pids_of(struct storm_shared *shared, size_t parent)
{
	return shared->pids + parent * shared->options.count;
}

/* Shares the parent's variables, so it must not use those of the C library. */
static int end_at_once(void *arg)
{
	syscall(SYS_exit, (long)arg);
	return 0;
}

static pid_t spawn(const struct storm_options *options, size_t number)
{
	static char stack[STACK_SIZE] __attribute__((aligned(16)));
	const char *argv[] = { options->program, NULL };
	pid_t pid;

	if (!options->program)
		return clone(end_at_once, stack + STACK_SIZE, SHARE, (void *)(number % 256));
	pid = vfork();
	if (!pid) {
		execv(options->program, (char *const *)argv);
		_exit(127);
	}
	return pid;
}

/* Which of the parents this one is. */
static size_t own_index;

static void blow(struct storm_shared *shared)
{
	struct storm_parent *parent = &shared->parents[own_index];
	pid_t *pids = pids_of(shared, own_index);

	for (size_t i = 0; i < shared->options.count; i++) {
		pid_t pid = spawn(&shared->options, i);

		must(pid > 0);
		/* It can't have a record before it is reaped. */
		pids[i] = pid;
		atomic_store(&parent->forked, i + 1);
		must(waitpid(pid, NULL, 0) == pid);
	}
}

static void be_parent(void *arg)
{
	struct storm_shared *shared = arg;
	const struct storm_options *options = &shared->options;

	if (options->cgroup)
		cgroup_add(options->cgroup, getpid());
	must(!setresgid(options->uid, options->uid, options->uid));
	must(!setresuid(options->uid, options->uid, options->uid));
	child_stay();
	blow(shared);
	atomic_store(&shared->parents[own_index].over, true);
	child_stay();
}

void storm_start(struct storm *storm, const struct storm_options *options)
{
	size_t size = sizeof(*storm->shared) +
		      options->parents * options->count * sizeof(pid_t);

	must(options->parents <= STORM_MAX_PARENTS);
	storm->options = *options;
	storm->shared = shared_alloc(size);
	storm->shared->options = *options;
	storm->shared->size = size;
	for (own_index = 0; own_index < options->parents; own_index++)
		child_start(&storm->parents[own_index], be_parent, storm->shared);
	for (size_t i = 0; i < options->parents; i++)
		child_await(&storm->parents[i]);
}

void storm_go(const struct storm *storm)
{
	for (size_t i = 0; i < storm->options.parents; i++)
		child_order(&storm->parents[i]);
}

bool storm_over(const struct storm *storm)
{
	for (size_t i = 0; i < storm->options.parents; i++)
		if (!atomic_load(&storm->shared->parents[i].over))
			return false;
	return true;
}

void storm_await(const struct storm *storm)
{
	for (size_t i = 0; i < storm->options.parents; i++)
		child_await(&storm->parents[i]);
	for (size_t i = 0; i < storm->options.parents; i++)
		child_await_state(storm->parents[i].pid, "S");
}

size_t storm_count(const struct storm *storm)
{
	return storm->options.parents * storm->options.count;
}

void storm_end(struct storm *storm)
{
	children_kill(storm->parents, storm->options.parents);
	munmap(storm->shared, storm->shared->size);
}

static int32_t *filled_array(size_t count)
{
	int32_t *array = malloc(count * sizeof(*array));

	must(array);
	memset(array, 0xff, count * sizeof(*array));
	return array;
}

void roll_open(struct roll *roll, const struct storm *storm)
{
	*roll = (struct roll){
		.storm = storm,
		.next = filled_array(storm_count(storm)),
		.first = filled_array(PID_LIMIT),
		.last = filled_array(PID_LIMIT),
	};
}

void roll_close(struct roll *roll)
{
	free(roll->next);
	free(roll->first);
	free(roll->last);
}

static void append(struct roll *roll, pid_t pid, int32_t index)
{
	must(pid > 0 && pid < PID_LIMIT);
	if (roll->first[pid] < 0)
		roll->first[pid] = index;
	else
		roll->next[roll->last[pid]] = index;
	roll->last[pid] = index;
}

/*
 * Two with the same pid may be from two parents, in an order that is not known here:
 * who is compared is found by the parent then.
 */
static void import(struct roll *roll, size_t parent)
{
	struct storm_shared *shared = roll->storm->shared;
	size_t forked = atomic_load(&shared->parents[parent].forked);
	const pid_t *pids = pids_of(shared, parent);

	for (size_t *i = &roll->imported[parent]; *i < forked; (*i)++)
		append(roll, pids[*i], parent * shared->options.count + *i);
}

/* Take the first with this pid and parent off the list; -1 if there is none. */
static int32_t take(struct roll *roll, pid_t pid, size_t parent)
{
	size_t count = roll->storm->options.count;
	int32_t before = -1, index = roll->first[pid];

	while (index >= 0 && index / count != parent) {
		before = index;
		index = roll->next[index];
	}
	if (index < 0)
		return -1;
	*(before < 0 ? &roll->first[pid] : &roll->next[before]) = roll->next[index];
	if (roll->last[pid] == index)
		roll->last[pid] = before;
	return index;
}

static bool find_parent(const struct storm *storm, pid_t pid, size_t *ret_parent)
{
	for (size_t i = 0; i < storm->options.parents; i++)
		if (storm->parents[i].pid == pid) {
			*ret_parent = i;
			return true;
		}
	return false;
}

static void check(const struct storm_options *options, const struct ended *ended, size_t number)
{
	int status = options->program ? 0 : number % 256 << 8;

	if (ended->exit.status != status)
		test_fail("process %u of the storm ended with status %#x, its record says %#x",
			  ended->record.pid, status, ended->exit.status);
	must(ended->record.uid == options->uid && ended->record.threads == 1);
	if (options->program)
		must(exits_has_command_line(&ended->exit, options->program,
					    strlen(options->program) + 1));
}

bool roll_strike(struct roll *roll, const struct ended *ended)
{
	const struct storm *storm = roll->storm;
	int32_t index;
	size_t parent;

	if (!find_parent(storm, ended->record.ppid, &parent))
		return false;
	import(roll, parent);
	index = take(roll, ended->record.pid, parent);
	if (index < 0)
		test_fail("record %" PRIu64 " is the second one of process %u, or of none",
			  (uint64_t)ended->exit.number, ended->record.pid);
	check(&storm->options, ended, index % storm->options.count);
	roll->struck++;
	return true;
}
