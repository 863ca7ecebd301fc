// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See reader.h.
 *
 * A job carries a copy of the question: who asked may go while it is worked on; the job
 * then no longer knows him. Jobs go from the waiting to the done list, both under the
 * lock; the one in between is the thread's. A track is read in turns: between two of them it
 * rests, with the file open as it was, and somebody else has his turn.
 */
#include "store/reader.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/queue.h>
#include <unistd.h>

struct job {
	TAILQ_ENTRY(job) entry;
	struct store_request *request;	/* NULL once it was cancelled */
	struct database_query query;
	uint64_t at_ns;
	struct series_query series;	/* the name is its own */
	struct track_query track_query;
	struct database *database;	/* while it is read */
	int error;
	char problem[DATABASE_PROBLEM_SIZE];
	struct database_page page;
	struct past past;
	struct series_answer answer;
	struct track track;
};

TAILQ_HEAD(job_list, job);

struct reader {
	char *path;
	int fd;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	/* Under the lock. */
	struct job_list waiting;
	struct job_list done;
	struct job *current;
	struct job *resting;
	bool rested;			/* the one that rests had the last turn */
	size_t count;
	size_t tracks;
	bool ending;
};

static void job_free(struct job *job)
{
	database_close(job->database);
	batch_unref(job->page.batch);
	past_clear(&job->past);
	series_answer_clear(&job->answer);
	track_clear(&job->track);
	free(job->series.name);
	free(job);
}

static int read_job(struct job *job)
{
	if (job->series.name)
		return database_read_series(job->database, &job->series, &job->answer,
					    job->problem);
	if (job->track_query.pid)
		return database_read_track(job->database, &job->track_query, &job->track,
					   job->problem);
	if (job->at_ns)
		return database_read_past(job->database, job->at_ns, &job->past, job->problem);
	return database_read(job->database, &job->query, &job->page, job->problem);
}

/*
 * Opened for each question, as the file may have been moved aside: that is cheap. Returns
 * whether there is more to do.
 */
static bool work(const struct reader *reader, struct job *job)
{
	int r = 0;

	if (!job->database)
		r = database_open_reader(reader->path, &job->database, job->problem);
	if (!r)
		r = read_job(job);
	if (r > 0)
		return true;
	job->error = r;
	job->database = database_close(job->database);
	return false;
}

/* With the lock. While one track rests, with all the room that takes, others wait. */
static struct job *choose(struct reader *reader)
{
	struct job *job;

	TAILQ_FOREACH(job, &reader->waiting, entry)
		if (!reader->resting || !job->track_query.pid)
			break;
	if (reader->resting && (!job || !reader->rested)) {
		job = reader->resting;
		reader->resting = NULL;
		reader->rested = true;
		return job;
	}
	reader->rested = false;
	if (job)
		TAILQ_REMOVE(&reader->waiting, job, entry);
	return job;
}

static struct job *take(struct reader *reader)
{
	struct job *job = NULL;

	pthread_mutex_lock(&reader->lock);
	while (!reader->ending && !(job = choose(reader)))
		pthread_cond_wait(&reader->changed, &reader->lock);
	reader->current = job;
	pthread_mutex_unlock(&reader->lock);
	return job;
}

/* Unless nobody waits for it any more. */
static bool rest(struct reader *reader, struct job *job)
{
	bool wanted;

	pthread_mutex_lock(&reader->lock);
	wanted = job->request;
	if (wanted) {
		reader->resting = job;
		reader->current = NULL;
	}
	pthread_mutex_unlock(&reader->lock);
	return wanted;
}

static void give(struct reader *reader, struct job *job)
{
	pthread_mutex_lock(&reader->lock);
	reader->current = NULL;
	TAILQ_INSERT_TAIL(&reader->done, job, entry);
	pthread_mutex_unlock(&reader->lock);
	eventfd_write(reader->fd, 1);
}

static void *run_reader(void *data)
{
	struct reader *reader = data;
	struct job *job;

	while ((job = take(reader)))
		if (!work(reader, job) || !rest(reader, job))
			give(reader, job);
	return NULL;
}

static void free_list(struct job_list *list)
{
	struct job *job;

	while ((job = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, job, entry);
		job_free(job);
	}
}

static void release(struct reader *reader)
{
	free_list(&reader->waiting);
	free_list(&reader->done);
	if (reader->resting)
		job_free(reader->resting);
	pthread_mutex_destroy(&reader->lock);
	pthread_cond_destroy(&reader->changed);
	if (reader->fd >= 0)
		close(reader->fd);
	free(reader->path);
	free(reader);
}

int reader_new(const char *path, struct reader **ret_reader)
{
	struct reader *reader = calloc(1, sizeof(*reader));
	int r = -ENOMEM;

	if (!reader)
		return -ENOMEM;
	TAILQ_INIT(&reader->waiting);
	TAILQ_INIT(&reader->done);
	pthread_mutex_init(&reader->lock, NULL);
	pthread_cond_init(&reader->changed, NULL);
	reader->path = strdup(path);
	reader->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (reader->path)
		r = reader->fd < 0 ? -errno : 0;
	if (!r)
		r = -pthread_create(&reader->thread, NULL, run_reader, reader);
	if (r < 0) {
		release(reader);
		return r;
	}
	*ret_reader = reader;
	return 0;
}

struct reader *reader_free(struct reader *reader)
{
	if (!reader)
		return NULL;
	pthread_mutex_lock(&reader->lock);
	reader->ending = true;
	pthread_cond_broadcast(&reader->changed);
	pthread_mutex_unlock(&reader->lock);
	pthread_join(reader->thread, NULL);
	release(reader);
	return NULL;
}

static struct job *job_new(struct store_request *request)
{
	struct job *job = calloc(1, sizeof(*job));

	if (!job)
		return NULL;
	job->request = request;
	job->query = request->query;
	job->at_ns = request->at_ns;
	job->track_query = request->track;
	job->series = request->series;
	if (!request->series.name)
		return job;
	job->series.name = strdup(request->series.name);
	if (job->series.name)
		return job;
	job_free(job);
	return NULL;
}

int reader_ask(struct reader *reader, struct store_request *request)
{
	struct job *job = job_new(request);
	int r = -EBUSY;

	if (!job)
		return -ENOMEM;
	pthread_mutex_lock(&reader->lock);
	if (reader->count < STORE_REQUESTS_MAX &&
	    (!job->track_query.pid || reader->tracks < STORE_TRACKS_MAX)) {
		reader->count++;
		reader->tracks += job->track_query.pid > 0;
		TAILQ_INSERT_TAIL(&reader->waiting, job, entry);
		pthread_cond_broadcast(&reader->changed);
		r = 0;
	}
	pthread_mutex_unlock(&reader->lock);
	if (r < 0)
		job_free(job);
	return r;
}

/* With the lock. */
static void make_room(struct reader *reader, const struct job *job)
{
	reader->count--;
	reader->tracks -= job->track_query.pid > 0;
}

/* What nobody waits for any more costs nobody's time, nor a place. */
static void drop_waiting(struct reader *reader, const struct store_request *request)
{
	struct job *job, *next;

	for (job = TAILQ_FIRST(&reader->waiting); job; job = next) {
		next = TAILQ_NEXT(job, entry);
		if (job->request != request)
			continue;
		TAILQ_REMOVE(&reader->waiting, job, entry);
		make_room(reader, job);
		job_free(job);
	}
}

/* To close what was opened to read waits for no disk. */
static void drop_resting(struct reader *reader, const struct store_request *request)
{
	struct job *job = reader->resting;

	if (!job || job->request != request)
		return;
	reader->resting = NULL;
	make_room(reader, job);
	job_free(job);
}

static void forget(struct job_list *list, const struct store_request *request)
{
	struct job *job;

	TAILQ_FOREACH(job, list, entry)
		if (job->request == request)
			job->request = NULL;
}

void reader_cancel(struct reader *reader, struct store_request *request)
{
	pthread_mutex_lock(&reader->lock);
	drop_waiting(reader, request);
	drop_resting(reader, request);
	forget(&reader->done, request);
	if (reader->current && reader->current->request == request)
		reader->current->request = NULL;
	pthread_mutex_unlock(&reader->lock);
}

int reader_fd(const struct reader *reader)
{
	return reader->fd;
}

static struct job *take_done(struct reader *reader)
{
	struct job *job;

	pthread_mutex_lock(&reader->lock);
	job = TAILQ_FIRST(&reader->done);
	if (job) {
		TAILQ_REMOVE(&reader->done, job, entry);
		make_room(reader, job);
	}
	pthread_mutex_unlock(&reader->lock);
	return job;
}

static void answer(struct job *job)
{
	struct store_request *request = job->request;

	if (request && job->series.name) {
		request->done_series(request, job->error, job->problem, &job->answer);
		job->answer = (struct series_answer) { .count = 0 };
	} else if (request && job->track_query.pid) {
		request->done_track(request, job->error, job->problem, &job->track);
		job->track = (struct track) { .count = 0 };
	} else if (request && job->at_ns) {
		request->done_past(request, job->error, job->problem, &job->past);
	} else if (request) {
		request->done(request, job->error, job->problem, &job->page);
		job->page.batch = NULL;
	}
}

void reader_dispatch(struct reader *reader)
{
	eventfd_t value;
	struct job *job;

	eventfd_read(reader->fd, &value);
	while ((job = take_done(reader))) {
		answer(job);
		job_free(job);
	}
}
