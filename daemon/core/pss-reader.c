// SPDX-License-Identifier: GPL-2.0-or-later
/* See pss-reader.h. */
#include "core/pss-reader.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "common/resident.h"

#define NS_PER_S	UINT64_C(1000000000)
#define PAUSE		9

/**
 * struct job - one read, shared by the one that reads and the one that waits
 * @lock: protects @done; the rest is the reader's until then
 * @ended: signalled with @done
 * @path: what is read
 * @pss: the figures
 * @result: of pss_read()
 * @done: all is said
 */
struct job {
	pthread_mutex_t lock;
	pthread_cond_t ended;
	char path[128];
	struct pss pss;
	int result;
	bool done;
};

/* Of the event loop's thread: the read that was given up, and when the next may be. */
static struct job *left;
static uint64_t next_ns;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

static struct job *job_new(const char *path)
{
	struct job *job = calloc(1, sizeof(*job));
	pthread_condattr_t attributes;

	if (!job)
		return NULL;
	if (strlen(path) >= sizeof(job->path) || pthread_condattr_init(&attributes)) {
		free(job);
		return NULL;
	}
	strcpy(job->path, path);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_mutex_init(&job->lock, NULL);
	pthread_cond_init(&job->ended, &attributes);
	pthread_condattr_destroy(&attributes);
	return job;
}

static void job_free(struct job *job)
{
	pthread_cond_destroy(&job->ended);
	pthread_mutex_destroy(&job->lock);
	free(job);
}

/*
 * The job is the waiting side's to free, which does so only after it took the lock
 * and saw the end: nothing here touches it after unlocking.
 */
static void *perform(void *data)
{
	struct job *job = data;
	struct pss pss = { 0 };
	int r = pss_read(job->path, &pss);

	pthread_mutex_lock(&job->lock);
	job->pss = pss;
	job->result = r;
	job->done = true;
	pthread_cond_signal(&job->ended);
	pthread_mutex_unlock(&job->lock);
	return NULL;
}

/* Signals are the event loop's. */
static int start(struct job *job)
{
	sigset_t all, before;
	pthread_t thread;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&thread, NULL, perform, job);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!r)
		pthread_detach(thread);
	return -r;
}

static bool wait_for(struct job *job, uint64_t limit_ns)
{
	uint64_t end_ns = now_ns() + limit_ns;
	const struct timespec end = {
		.tv_sec = (time_t)(end_ns / NS_PER_S),
		.tv_nsec = (long)(end_ns % NS_PER_S),
	};
	bool done;
	int r = 0;

	pthread_mutex_lock(&job->lock);
	while (!job->done && !r)
		r = pthread_cond_timedwait(&job->ended, &job->lock, &end);
	done = job->done;
	pthread_mutex_unlock(&job->lock);
	return done;
}

static bool is_left(void)
{
	if (left && wait_for(left, 0)) {
		job_free(left);
		left = NULL;
	}
	return left;
}

int pss_read_within(const char *path, uint64_t limit_ns, struct pss *ret_pss)
{
	struct job *job;
	int r;

	if (is_left())
		return -EBUSY;
	job = job_new(path);
	if (!job)
		return -ENOMEM;
	r = start(job);
	if (!r && !wait_for(job, limit_ns)) {
		left = job;
		return -ETIMEDOUT;
	}
	if (!r) {
		*ret_pss = job->pss;
		r = job->result;
	}
	job_free(job);
	return r;
}

/* The pid may be another process's by now. */
static int identify(struct tm_meter *meter, const struct taskmeter_record *process,
		    struct taskmeter_record *ret_record)
{
	int r = tm_get(meter, process->pid, 0, ret_record, sizeof(*ret_record));

	if (r)
		return r;
	return ret_record->start_time_ns == process->start_time_ns ? 0 : -ESRCH;
}

/* What it means that a process which lives on has no file, or that has no text. */
static int explain(int r)
{
	switch (r) {
	case -ENOENT:	/* hidden from the daemon: hidepid, ProtectProc= */
		return -EACCES;
	case -ESRCH:
		return -ENODATA;
	default:
		return r;
	}
}

static int read_pss(const struct taskmeter_record *process, uint64_t budget_ns,
		    struct pss_reading *reading)
{
	uint64_t began_ns = now_ns();
	char path[PSS_PATH_SIZE];
	int r;

	if (began_ns < next_ns)
		return -EBUSY;
	pss_path(process->pid, path);
	r = pss_read_within(path, 2 * budget_ns, &reading->pss);
	reading->took_ns = now_ns() - began_ns;
	next_ns = began_ns + (PAUSE + 1) * reading->took_ns;
	return r;
}

static int read_identified(struct tm_meter *meter,
			   const struct taskmeter_record *process,
			   uint64_t budget_ns, struct pss_reading *reading)
{
	int r = identify(meter, process, &reading->record), read;

	if (r)
		return r;
	if (!resident_known(&reading->record))
		return -ENODATA;
	reading->estimate_ns = pss_estimate(&reading->record,
					    (uint64_t)sysconf(_SC_PAGESIZE));
	if (reading->estimate_ns > budget_ns)
		return -E2BIG;
	read = read_pss(process, budget_ns, reading);
	r = identify(meter, process, &reading->record);
	return r ? r : explain(read);
}

int pss_read_process(const struct taskmeter_record *process, uint64_t budget_ns,
		     struct pss_reading *ret_reading)
{
	struct tm_meter *meter;
	int r = tm_open(TM_TRANSPORT_DEVICE, &meter);

	/* The device, not the process: -EACCES tells of that one. */
	if (r)
		return r == -EACCES ? -ENODEV : r;
	r = read_identified(meter, process, budget_ns, ret_reading);
	tm_close(meter);
	return r;
}
