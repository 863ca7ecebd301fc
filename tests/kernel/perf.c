// SPDX-License-Identifier: GPL-2.0-or-later
/* See perf.h. */
#include "perf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "support.h"

#define RECORDING	"/tmp/taskmeter-perf.data"

static struct child recorder;

/*
 * As "perf sched record", but for sched_waking: timehist would count from it, and that
 * is on another CPU, before the one that is to run the thread knows of it. Perf starts
 * the shell when it records, and ends when the shell does.
 */
static void record(void *arg)
{
	static char *const argv[] = {
		"perf", "record", "-q", "-a", "-R", "-c", "1", "-m", "1024", "-o", RECORDING,
		"-e", "sched:sched_switch", "-e", "sched:sched_wakeup",
		"-e", "sched:sched_wakeup_new", "-e", "sched:sched_migrate_task",
		"sh", "-c", "echo; head -c 1 >/dev/null", NULL,
	};

	(void)arg;
	child_become(argv);
}

void perf_start(void)
{
	perf_end();
	child_start(&recorder, record, NULL);
	child_await(&recorder);
}

void perf_stop(void)
{
	child_order(&recorder);
	child_join(&recorder);
}

void perf_end(void)
{
	child_kill(&recorder);
	unlink(RECORDING);
}

/**
 * struct run - a line of timehist: how a thread came to run, and how that ended
 * @wait_ns: since its last run
 * @delay_ns: the part of @wait_ns since it was waked, 0 if it was not
 * @state: in which it left the CPU, as ps shows it; '?' or 'R' if it was preempted
 */
struct run {
	uint64_t wait_ns;
	uint64_t delay_ns;
	char state;
};

static const char *last_word(const char *line, const char *end)
{
	while (end > line && end[-1] == ' ')
		end--;
	while (end > line && end[-1] != ' ')
		end--;
	return end;
}

/* "123.456789 [0001]  name[12]  1.234  0.005  0.123  S", in milliseconds. */
static bool parse(const char *line, struct run *run)
{
	const char *state, *ran, *delay, *wait;

	if (!strstr(line, " [0"))
		return false;
	state = last_word(line, line + strcspn(line, "\n"));
	ran = last_word(line, state);
	delay = last_word(line, ran);
	wait = last_word(line, delay);
	run->wait_ns = strtod(wait, NULL) * NSEC_PER_MSEC;
	run->delay_ns = strtod(delay, NULL) * NSEC_PER_MSEC;
	run->state = *state;
	return true;
}

/* The wait before a run, 0 if it was not one of those looked for. */
static uint64_t wait_before(const struct run *run, char state_before, enum perf_wait wait)
{
	if (wait == PERF_BLOCKED)
		return state_before == 'D' ? run->wait_ns - run->delay_ns : 0;
	return strchr("R?", state_before) ? run->wait_ns : run->delay_ns;
}

static int by_length(const void *left, const void *right)
{
	uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;

	return a < b ? 1 : a > b ? -1 : 0;
}

size_t perf_waits(pid_t tid, enum perf_wait wait, uint64_t least_ns, uint64_t *ret_ns,
		  size_t max)
{
	static char output[1 << 18];
	char command[128], state_before = 'S';
	char *const argv[] = { "sh", "-c", command, NULL };
	size_t count = 0;
	struct run run;

	snprintf(command, sizeof(command),
		 "perf sched timehist -i %s --tid %d --state 2>/dev/null", RECORDING, tid);
	command_output(argv, output, sizeof(output));
	/* It may have been cut. */
	must(strlen(output) < sizeof(output) - 1);
	for (char *line = strtok(output, "\n"); line; line = strtok(NULL, "\n")) {
		uint64_t ns;

		if (!parse(line, &run))
			continue;
		ns = wait_before(&run, state_before, wait);
		state_before = run.state;
		if (!ns || ns < least_ns)
			continue;
		must(count < max);
		ret_ns[count++] = ns;
	}
	qsort(ret_ns, count, sizeof(*ret_ns), by_length);
	return count;
}
