// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/exits: records of processes that ended, in the order of their numbers.
 *
 * The newest come from memory. What is older is asked of the store, whose answer comes
 * later; the reply is pending until then. A page holds references to batches, and is
 * made into text one object at a time while it is sent.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api/exit-object.h"
#include "api/handlers.h"
#include "api/page.h"
#include "api/position.h"
#include "api/question.h"

#define LIMIT_DEFAULT	100
#define LIMIT_MAX	1000

/**
 * struct wanted - what a request is about
 * @has_since: @since is given; else the newest ones
 * @since: where to begin
 * @limit: how many at most
 * @descending: the newest of them first
 * @uid: of @has_uid
 * @has_uid: only those of a real user id
 * @failed: only those that failed
 * @oom: only those killed because memory ran out
 */
struct wanted {
	bool has_since;
	struct position since;
	uint64_t limit;
	bool descending;
	uint64_t uid;
	int has_uid;
	uint64_t failed;
	uint64_t oom;
};

struct place {
	struct exit_batch *batch;
	size_t index;
};

/**
 * struct page - the reply
 * @stream: as which it is sent
 * @view: who asks
 * @fields: which keys
 * @wanted: which records
 * @instance_id: load of the module that they are of
 * @next_instance: where to go on
 * @next: likewise
 * @lost: records up to there that had been evicted before they were read
 * @more: there is more right now
 * @places: the records
 * @count: how many
 * @sent: how many have become text
 * @shown: an object has been written
 * @part: what comes next
 */
struct page {
	struct stream stream;
	struct view view;
	struct exit_fields fields;
	struct wanted wanted;
	uint64_t instance_id;
	uint64_t next_instance;
	uint64_t next;
	uint64_t lost;
	bool more;
	struct place *places;
	size_t count;
	size_t sent;
	bool shown;
	enum { PAGE_HEAD, PAGE_EXITS, PAGE_END } part;
};

static void page_free(struct page *page)
{
	size_t i;

	if (!page)
		return;
	for (i = 0; i < page->count; i++)
		batch_unref(page->places[i].batch);
	free(page->places);
	free(page);
}

static void stream_free(struct stream *stream)
{
	page_free((struct page *)stream);
}

static int append_head(struct page *page, struct buffer *buffer)
{
	char next[POSITION_SIZE];

	position_write(page->next_instance, page->next, next);
	buffer_printf(buffer, "{\"instance_id\":%" PRIu64 ",\"next\":\"%s\",\"lost\":%" PRIu64
		      ",\"more\":%s,\"exits\":[", page->instance_id, next, page->lost,
		      page->more ? "true" : "false");
	return buffer->error;
}

static int append_exit(struct page *page, struct buffer *buffer)
{
	const size_t sent = page->sent++;
	struct place *place = &page->places[page->wanted.descending ?
					    page->count - 1 - sent : sent];
	size_t size = buffer->size;
	int r;

	if (page->shown)
		buffer_puts(buffer, ",");
	r = exit_object_append(place->batch, &place->batch->entries[place->index],
			       &page->view, &page->fields, buffer);
	if (r > 0)
		page->shown = true;
	else if (!r)
		buffer->size = size;
	return r < 0 ? r : buffer->error;
}

static int stream_next(struct stream *stream, struct buffer *buffer)
{
	struct page *page = (struct page *)stream;
	int r;

	if (page->part == PAGE_END)
		return 0;
	if (page->part == PAGE_HEAD) {
		page->part = PAGE_EXITS;
		r = append_head(page, buffer);
	} else if (page->sent < page->count) {
		r = append_exit(page, buffer);
	} else {
		page->part = PAGE_END;
		buffer_puts(buffer, "]}\n");
		r = buffer->error;
	}
	return r < 0 ? r : 1;
}

static bool matches(const struct page *page, const struct exit_entry *entry)
{
	const struct wanted *wanted = &page->wanted;

	return view_shows_exit(&page->view, entry) &&
	       (!wanted->has_uid || entry->uid == wanted->uid) &&
	       (!wanted->failed || entry->status) &&
	       (!wanted->oom || entry->flags & TASKMETER_EXIT_OOM);
}

static int add_place(struct page *page, struct exit_batch *batch, size_t index)
{
	struct place *places;

	if (!(page->count & (page->count - 1))) {
		places = reallocarray(page->places, page->count ? 2 * page->count : 1,
				      sizeof(*places));
		if (!places)
			return -ENOMEM;
		page->places = places;
	}
	page->places[page->count++] = (struct place) { batch_ref(batch), index };
	return 0;
}

/* Up to the end of the batch, or to the first record that finds no room in the page. */
static int take_from_batch(struct page *page, struct exit_batch *batch, uint64_t number,
			   uint64_t *ret_next)
{
	size_t i;
	int r = 0;

	*ret_next = batch->next;
	for (i = batch_find(batch, number); i < batch->count; i++) {
		if (!matches(page, &batch->entries[i]))
			continue;
		if (page->count == page->wanted.limit) {
			*ret_next = batch->entries[i].number;
			page->more = true;
			break;
		}
		r = add_place(page, batch, i);
		if (r < 0)
			return r;
	}
	page->lost += batch_lost_between(batch, number, *ret_next);
	return 0;
}

static int take_from_memory(struct page *page, const struct exit_log *log, uint64_t number)
{
	struct exit_batch *batch;
	int r = 0;

	page->instance_id = page->next_instance = log->instance_id;
	page->next = number;
	while (!r && !page->more && (batch = exit_log_find(log, page->next)))
		r = take_from_batch(page, batch, page->next, &page->next);
	return r;
}

static size_t count_matching(const struct page *page, const struct exit_log *log)
{
	uint64_t number = exit_log_first(log);
	struct exit_batch *batch;
	size_t i, count = 0;

	for (; (batch = exit_log_find(log, number)); number = batch->next)
		for (i = 0; i < batch->count; i++)
			count += matches(page, &batch->entries[i]);
	return count;
}

/* The first one that matches behind so many that do. */
static uint64_t find_matching(const struct page *page, const struct exit_log *log, size_t skip)
{
	uint64_t number = exit_log_first(log);
	struct exit_batch *batch;
	size_t i;

	for (; (batch = exit_log_find(log, number)); number = batch->next)
		for (i = 0; i < batch->count; i++)
			if (matches(page, &batch->entries[i]) && !skip--)
				return batch->entries[i].number;
	return number;
}

/*
 * Where the newest so many begin; if that is before memory does, as far as is known. What
 * the store gives in one go is less than a batch then, so that the page reaches its end.
 */
static uint64_t find_newest(const struct page *page, const struct exit_log *log)
{
	size_t count = count_matching(page, log);
	uint64_t first = exit_log_first(log), older;

	if (count >= page->wanted.limit)
		return find_matching(page, log, count - page->wanted.limit);
	older = page->wanted.limit - count;
	if (!log->instance_id)
		return 0;
	if (older > BATCH_RECORDS_MAX - 1)
		older = BATCH_RECORDS_MAX - 1;
	return first > older ? first - older : 1;
}

static int reply_page(struct page *page, struct reply *reply)
{
	page->stream = (struct stream) { .next = stream_next, .free = stream_free };
	reply->status = 200;
	reply->type = "application/json";
	reply->stream = &page->stream;
	return 0;
}

/**
 * struct page_question - a reply that waits for the store
 * @question: as which it waits
 * @exits: the way of the records
 * @page: the reply
 * @found: what the store said
 */
struct page_question {
	struct question question;
	struct exits *exits;
	struct page *page;
	struct database_page found;
};

static void question_free(struct pending *pending)
{
	struct page_question *asked = (struct page_question *)pending;

	question_end(&asked->question);
	batch_unref(asked->found.batch);
	page_free(asked->page);
	free(asked);
}

static void on_answer(struct store_request *request, int error, const char *problem,
		      struct database_page *page)
{
	struct page_question *asked = request->data;

	asked->found = *page;
	question_answer(&asked->question, error, problem);
}

/* Between what the store has and what memory has, there may be some that neither has. */
static int go_on_in_memory(struct page *page, const struct exit_log *log, uint64_t stored)
{
	uint64_t first = exit_log_first(log);

	if (first < stored)
		first = stored;
	page->lost += first - stored;
	return take_from_memory(page, log, first);
}

static int go_on(struct page *page, const struct exit_log *log,
		  const struct database_page *found)
{
	page->next_instance = found->batch->instance_id;
	page->next = found->batch->next;
	page->more = true;
	if (!found->end)
		return 0;
	page->more = false;
	if (found->batch->instance_id == log->instance_id)
		return go_on_in_memory(page, log, found->batch->next);
	if (found->next_instance || log->instance_id) {
		page->next_instance = found->next_instance ? found->next_instance :
							     log->instance_id;
		page->next = 1;
		page->more = true;
	}
	return 0;
}

static int take_from_store(struct page *page, const struct exit_log *log,
			   const struct database_page *found)
{
	struct exit_batch *batch = found->batch;
	size_t i;
	int r = 0;

	page->instance_id = batch->instance_id;
	page->lost = batch->lost;
	for (i = 0; !r && i < batch->count; i++)
		if (matches(page, &batch->entries[i]))
			r = add_place(page, batch, i);
	return r ? r : go_on(page, log, found);
}

/* Nothing is stored from there on: perhaps memory has something. */
static int take_what_is_left(struct page *page, const struct exit_log *log,
			     struct problem *problem)
{
	const struct position *since = &page->wanted.since;
	uint64_t number = exit_log_first(log);

	if (since->has_instance && since->instance_id != log->instance_id)
		return problem_parameter(problem, "since", "Nothing is known of a load of the"
					 " module with instance_id %" PRIu64 ".",
					 since->instance_id);
	if (since->time_ns && exit_log_first(log))
		exit_log_since(log, since->time_ns, &number);
	else if (since->time_ns)
		number = 1;
	else if (since->number >= number)
		number = since->number;
	else if (page->wanted.has_since && since->number)
		page->lost = number - since->number;
	return take_from_memory(page, log, number);
}

static int finish(struct pending *pending, struct reply *reply, struct problem *problem)
{
	struct page_question *asked = (struct page_question *)pending;
	const struct exit_log *log = &asked->exits->log;
	struct page *page = asked->page;
	int r;

	if (asked->question.error == -ENOENT) {
		r = take_what_is_left(page, log, problem);
	} else {
		r = question_refuse(&asked->question, problem);
		if (!r)
			r = take_from_store(page, log, &asked->found);
	}
	if (r)
		return r;
	asked->page = NULL;
	return reply_page(page, reply);
}

/* What the store filters, it need not read. */
static struct database_query make_query(const struct page *page, const struct exit_log *log)
{
	const struct wanted *wanted = &page->wanted;
	const struct position *since = &wanted->since;
	struct database_query query = {
		.instance_id = since->has_instance ? since->instance_id : log->instance_id,
		.from = since->number, .since_ns = since->time_ns,
		.before = wanted->has_since ? 0 : exit_log_first(log),
		.limit = wanted->limit < BATCH_RECORDS_MAX ? wanted->limit : BATCH_RECORDS_MAX,
		.has_uid = wanted->has_uid || !page->view.all,
		.uid = wanted->has_uid ? (uint32_t)wanted->uid : page->view.uid,
		.failed = wanted->failed, .oom = wanted->oom,
	};

	return query;
}

static int ask_store(struct exits *exits, struct page *page, struct reply *reply,
		     struct problem *problem)
{
	struct page_question *asked = calloc(1, sizeof(*asked));
	int r;

	if (!asked)
		return -ENOMEM;
	asked->question.pending = (struct pending) { .finish = finish, .free = question_free };
	asked->question.request = (struct store_request) {
		.query = make_query(page, &exits->log), .done = on_answer,
	};
	asked->exits = exits;
	r = question_ask(&asked->question, exits->store, reply, problem);
	if (r)
		free(asked);
	else
		asked->page = page;
	return r;
}

/*
 * Asked before anything of the log was known, a reply leads to instance 0: to a number of
 * the load that is read by now, or to the newest ones.
 */
static void leave_instance_0(struct wanted *wanted)
{
	if (!wanted->since.has_instance || wanted->since.instance_id)
		return;
	wanted->since.has_instance = false;
	wanted->has_since = wanted->since.number;
}

static int parse_since(const struct query *query, struct wanted *wanted,
		       struct problem *problem)
{
	const char *since = query_get(query, "since");

	wanted->has_since = since;
	if (!since)
		return 0;
	if (!position_parse(since, &wanted->since)) {
		leave_instance_0(wanted);
		return 0;
	}
	return problem_parameter(problem, "since", "\"%.64s\" is neither a number, nor the"
				 " \"next\" of a reply (INSTANCE:NUMBER), nor a time, as"
				 " 2026-01-31T23:59:59Z or @SECONDS.", since);
}

static int parse_wanted(const struct query *query, struct wanted *wanted,
			struct problem *problem)
{
	int r = parse_since(query, wanted, problem);

	wanted->limit = LIMIT_DEFAULT;
	if (!r)
		r = page_parse_order(query, &wanted->descending, problem);
	if (!r)
		r = query_number(query, "limit", 1, LIMIT_MAX, &wanted->limit, NULL, problem);
	if (!r)
		r = query_number(query, "uid", 0, UINT32_MAX - 1, &wanted->uid,
				 &wanted->has_uid, problem);
	if (!r)
		r = query_number(query, "failed", 0, 1, &wanted->failed, NULL, problem);
	if (!r)
		r = query_number(query, "oom", 0, 1, &wanted->oom, NULL, problem);
	return r;
}

/* 1 if the store has to be asked: memory does not reach back that far. */
static int find_in_memory(struct page *page, const struct exit_log *log, uint64_t *ret_number)
{
	struct position *since = &page->wanted.since;

	if (!page->wanted.has_since)
		since->number = find_newest(page, log);
	if (since->time_ns)
		return !exit_log_since(log, since->time_ns, ret_number);
	*ret_number = since->number;
	return (since->has_instance && since->instance_id != log->instance_id) ||
	       since->number < exit_log_first(log);
}

static int make_page(struct exits *exits, struct page *page, struct reply *reply,
		     struct problem *problem)
{
	const struct exit_log *log = &exits->log;
	uint64_t number = 0;
	int r;

	if (find_in_memory(page, log, &number)) {
		if (exits->store)
			return ask_store(exits, page, reply, problem);
		r = take_what_is_left(page, log, problem);
	} else {
		r = take_from_memory(page, log, number);
	}
	return r ? r : reply_page(page, reply);
}

static int check_supported(const struct api *api, struct problem *problem)
{
	const struct exits *exits = api->exits;

	if (exits->supported || exits->log.instance_id || exits->store)
		return 0;
	if (!api->model->sample)
		return handler_need_sample(api, problem);
	return problem_set(problem, 503, "The taskmeter module is too old: it keeps no exit"
			   " records.");
}

int handle_exits(struct api *api, const struct request *request, struct reply *reply,
		 struct problem *problem)
{
	struct page *page = calloc(1, sizeof(*page));
	int r;

	if (!page)
		return -ENOMEM;
	page->view = request->view;
	r = parse_wanted(&request->query, &page->wanted, problem);
	if (!r)
		r = exit_fields_parse(&request->query, &page->fields, problem);
	if (!r)
		r = check_supported(api, problem);
	if (!r)
		r = make_page(api->exits, page, reply, problem);
	if (r)
		page_free(page);
	return r;
}
