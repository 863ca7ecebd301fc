/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which processes a request is about, in which order, and which part of them.
 *
 * The order is total: by a field, then by pid. A cursor holds the field's value
 * and the pid of the last process of a page, so paging goes on at the right
 * place in a later sample too: sorted by what does not change (pid, start
 * time, name), every process that lives all the time is shown exactly once.
 */
#ifndef TASKMETERD_API_SELECT_H
#define TASKMETERD_API_SELECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "api/access.h"
#include "api/key.h"
#include "api/query.h"
#include "core/sample.h"

#define SELECT_LIMIT_DEFAULT	100
#define SELECT_LIMIT_MAX	10000
/* Longest name of a field, order, 16 bytes in hexadecimal, pid, dots. */
#define SELECT_CURSOR_SIZE	128

/**
 * struct selection - what is asked for
 * @has_pid, @pid: only this process
 * @has_uid, @uid: only with this real user id
 * @comm: only with this name; may be NULL
 * @key: to sort by
 * @descending: the greatest first
 * @limit: most processes in a page
 * @has_cursor: go on behind @cursor
 * @cursor: a record that holds the value of @key and the pid of the last one
 * @cursor_growth: its growth, if that is @key
 * @cursor_rates: its rate, if that is @key
 */
struct selection {
	int has_pid;
	uint64_t pid;
	int has_uid;
	uint64_t uid;
	const char *comm;
	struct process_key key;
	bool descending;
	uint64_t limit;
	bool has_cursor;
	struct taskmeter_record cursor;
	struct growth cursor_growth;
	struct past_rates cursor_rates;
};

/**
 * struct selected - what was found
 * @indices: places in the sample, in order
 * @count: how many
 * @matched: processes that match, on all pages
 * @cursor: where to go on; empty if this was the last page
 */
struct selected {
	uint32_t *indices;
	size_t count;
	size_t matched;
	char cursor[SELECT_CURSOR_SIZE];
};

/**
 * select_parse() - read pid, uid, comm, sort, order, limit and cursor
 * @query: parameters; @selection points into it
 * @selection: filled in
 * @problem: why it was refused
 *
 * Return: 0 or PROBLEM.
 */
int select_parse(const struct query *query, struct selection *selection,
		 struct problem *problem);

/**
 * select_run() - find the processes
 * @selection: what is asked for
 * @sample: in it
 * @view: who asks
 * @ret_selected: @indices is to be freed with free()
 *
 * Return: 0 or -ENOMEM.
 */
int select_run(const struct selection *selection, const struct sample *sample,
	       const struct view *view, struct selected *ret_selected);

#endif
