/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An exit record as the API shows it: which keys, and to whom. */
#ifndef TASKMETERD_API_EXIT_OBJECT_H
#define TASKMETERD_API_EXIT_OBJECT_H

#include "api/access.h"
#include "api/buffer.h"
#include "api/query.h"
#include "store/batch.h"

/* More than an object has. */
#define EXIT_FIELDS_MAX	192

/**
 * struct exit_fields - keys of an object
 * @names: in the order in which they are shown
 * @count: how many; 0 for all
 * @histograms: with the histograms
 */
struct exit_fields {
	const char *names[EXIT_FIELDS_MAX];
	size_t count;
	bool histograms;
	char storage[QUERY_TARGET_MAX + 1];
};

/**
 * exit_fields_parse() - the parameters "fields" and "histograms"
 * @query: the query
 * @ret_fields: filled in; must stay where it is
 * @problem: why it was refused
 *
 * Return: 0, PROBLEM or -ENOMEM.
 */
int exit_fields_parse(const struct query *query, struct exit_fields *ret_fields,
		      struct problem *problem);

/**
 * view_shows_exit() - whether an observer sees a record
 * @view: his view
 * @entry: the record
 *
 * As view_shows(), by the ids that the process had in the end.
 */
bool view_shows_exit(const struct view *view, const struct exit_entry *entry);

/**
 * exit_object_append() - append the object's text
 * @batch: the batch
 * @entry: one of its records
 * @view: who looks
 * @fields: keys
 * @buffer: is appended to
 *
 * A record that the store has in a damaged state is left out.
 *
 * Return: 1; 0 if nothing was appended; -ENOMEM.
 */
int exit_object_append(const struct exit_batch *batch, const struct exit_entry *entry,
		       const struct view *view, const struct exit_fields *fields,
		       struct buffer *buffer);

#endif
