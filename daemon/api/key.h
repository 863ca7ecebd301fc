/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of a process's object: those of its record, and what the daemon adds to
 * it from one sample to the next, or, of the past, from one tick to the next.
 */
#ifndef TASKMETERD_API_KEY_H
#define TASKMETERD_API_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "api/problem.h"
#include "common/record-json.h"
#include "core/sample.h"

struct json_object;

/**
 * struct process - what is told of one process
 * @record: its record, as the observer sees it
 * @growth: its growth
 * @rates: how fast its counters grew; NULL unless it is of the past
 * @cgroup_path: path of its cgroup, if it is of the past and the path is known
 */
struct process {
	const struct taskmeter_record *record;
	const struct growth *growth;
	const struct past_rates *rates;
	const char *cgroup_path;
};

/**
 * struct process_key - one key
 * @name: the key; lives as long as the program
 * @help: one line; NULL if it is that of the record's field
 * @record: the key of a record; its name is NULL if it is none
 * @is_path: it tells the path of the cgroup, which is none to sort by
 * @is_rate: it tells a rate
 * @rate: which one
 * @span: else the growth that it tells
 */
struct process_key {
	const char *name;
	const char *help;
	struct record_key record;
	bool is_path;
	bool is_rate;
	enum past_rate rate;
	enum growth_span span;
};

/**
 * struct process_keys - what an object shows
 * @keys: to be freed with free(); NULL for all keys
 * @count: how many
 */
struct process_keys {
	struct process_key *keys;
	size_t count;
};

/**
 * process_key_count() - how many keys there are
 * @past: of a moment of the past, which has the path and the rates, too
 */
size_t process_key_count(bool past);

/**
 * process_key_at() - a key by its place in the object
 * @index: below process_key_count()
 *
 * Return: the key.
 */
struct process_key process_key_at(size_t index);

/**
 * process_key_growth() - the key of a growth
 * @span: its span
 *
 * Return: the key.
 */
struct process_key process_key_growth(enum growth_span span);

/**
 * process_key_find() - a key by its name
 * @name: the name, need not be NUL terminated
 * @length: of @name
 * @ret_key: filled in
 *
 * Return: 0; -ENOENT if there is no such key.
 */
int process_key_find(const char *name, size_t length, struct process_key *ret_key);

/**
 * process_keys_parse() - keys by a list of names
 * @list: names separated by commas; a name given twice counts once
 * @ret_keys: in the order of the list
 * @ret_bad: on -ENOENT, where in @list the bad name begins, which may be empty; it
 *	ends before a comma or at the end
 *
 * Return: 0; -ENOENT if a name is not a key; -ENOMEM.
 */
int process_keys_parse(const char *list, struct process_keys *ret_keys,
		       const char **ret_bad);

/**
 * process_key_is_past() - whether only the past has a key
 * @key: the key
 */
bool process_key_is_past(const struct process_key *key);

/**
 * process_key_refuse() - refuse as the present does not have a key
 * @key: the key
 * @parameter: that names it
 * @problem: filled in
 *
 * Return: PROBLEM.
 */
int process_key_refuse(const struct process_key *key, const char *parameter,
		       struct problem *problem);

/**
 * process_to_json() - a process as an object
 * @process: the process
 * @keys: keys of the object
 * @ret_object: the object, the caller's
 *
 * Return: 0; -ENOMEM.
 */
int process_to_json(const struct process *process, const struct process_keys *keys,
		    struct json_object **ret_object);

/**
 * process_compare() - order of two processes by one key
 * @key: the key
 * @descending: the greater first if not 0
 * @a: a process
 * @b: another
 *
 * As record_compare(): what is not known comes last in either direction, equal ones
 * are in the order of pid.
 *
 * Return: as of strcmp().
 */
int process_compare(const struct process_key *key, int descending,
		    const struct process *a, const struct process *b);

#endif
