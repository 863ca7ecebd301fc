// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The target of a request, taken apart, and what is read from its parameters and from
 * headers: a first line is the target, a second one whatever else a client may send.
 */
#include "api/coding.h"
#include "api/etag.h"
#include "api/page.h"
#include "api/position.h"
#include "api/query.h"
#include "api/select.h"
#include "fuzz.h"

static void check_string(const struct query *query, const char *text)
{
	CHECK(text >= query->storage && text < query->storage + sizeof(query->storage));
	CHECK(memchr(text, '\0', sizeof(query->storage) - (size_t)(text - query->storage)));
}

static void check_query(const struct query *query)
{
	size_t i;

	CHECK(query->segment_count <= QUERY_SEGMENTS_MAX);
	CHECK(query->parameter_count <= QUERY_PARAMETERS_MAX);
	for (i = 0; i < query->segment_count; i++)
		check_string(query, query->segments[i]);
	for (i = 0; i < query->parameter_count; i++) {
		check_string(query, query->parameters[i].name);
		check_string(query, query->parameters[i].value);
		/* Each name once. */
		CHECK(query_get(query, query->parameters[i].name) ==
		      query->parameters[i].value);
	}
}

static void check_problem(int r, const struct problem *problem)
{
	CHECK(r == PROBLEM && problem->status >= 400 && problem->status < 500);
	CHECK(problem->detail[0]);
}

static void check_number(const char *text)
{
	uint64_t number;
	char again[24];

	if (query_parse_number(text, UINT64_MAX, &number))
		return;
	snprintf(again, sizeof(again), "%llu", (unsigned long long)number);
	CHECK(!strcmp(text + strspn(text, "0"), number ? again : ""));
}

static void check_position(const char *text)
{
	struct position position, again;
	char written[POSITION_SIZE];

	position_parse(text, &position);
	if (position_parse_id(text, &position))
		return;
	CHECK(position.has_instance && !position.time_ns);
	position_write(position.instance_id, position.number, written);
	CHECK(!position_parse(written, &again));
	CHECK(again.instance_id == position.instance_id && again.number == position.number);
}

static void try_target(const char *target)
{
	struct selection selection = { 0 };
	struct problem problem = { 0 };
	static struct query query;
	int r;

	r = query_parse(target, &query, &problem);
	if (r) {
		check_problem(r, &problem);
		return;
	}
	check_query(&query);
	r = select_parse(&query, &selection, &problem);
	if (r)
		check_problem(r, &problem);
	else
		CHECK(selection.limit && selection.limit <= SELECT_LIMIT_MAX);
}

static void try_text(const char *text)
{
	struct page_cursor cursor;
	unsigned char bytes[16];

	check_number(text);
	check_position(text);
	CHECK(coding_wanted(text) <= CODING_NONE);
	etag_matches(text, "\"0123\"");
	if (page_split_cursor(text, "pid", false, &cursor))
		return;
	CHECK(cursor.value >= text && cursor.value + cursor.length <= text + strlen(text));
	page_cursor_bytes(&cursor, bytes, sizeof(bytes));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	char *target = take_line(&input), *text = take_line(&input);

	if (target)
		try_target(target);
	if (text)
		try_text(text);
	free(target);
	free(text);
	return 0;
}
