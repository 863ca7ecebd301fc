/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records and the module's description as JSON, and everything that is chosen
 * by the name of a key. The keys are the names in the library's field table,
 * followed by one boolean for each flag of a record.
 */
#ifndef TASKMETER_COMMON_RECORD_JSON_H
#define TASKMETER_COMMON_RECORD_JSON_H

#include <stddef.h>
#include <stdint.h>
#include <taskmeter/taskmeter.h>

struct json_object;

/**
 * struct record_key - one key of a record's JSON object
 * @name: the key; lives as long as the program
 * @field: the field, or NULL if the key is a flag
 * @flag: the bit of &enum taskmeter_record_flags if @field is NULL
 */
struct record_key {
	const char *name;
	const struct tm_field *field;
	uint32_t flag;
};

/**
 * record_key_count() - number of keys that there are
 *
 * Return: the number.
 */
size_t record_key_count(void);

/**
 * record_key_at() - a key by its place in the object
 * @index: below record_key_count()
 *
 * Return: the key.
 */
struct record_key record_key_at(size_t index);

/**
 * record_key_find() - a key by its name
 * @name: the name, need not be NUL terminated
 * @length: of @name
 * @ret_key: filled in
 *
 * Return: 0; -ENOENT if there is no such key.
 */
int record_key_find(const char *name, size_t length, struct record_key *ret_key);

/**
 * record_keys_parse() - keys by a list of names
 * @list: names separated by commas; a name given twice counts once
 * @ret_keys: array of keys in the order of the list, to be freed with free()
 * @ret_count: number of keys, at least 1
 * @ret_bad: on -ENOENT and -EINVAL, where in @list the bad name begins; it ends
 *	before a comma or at the end. May be NULL
 *
 * Return: 0; -ENOENT if a name is not a key; -EINVAL if a name is empty;
 * -ENOMEM.
 */
int record_keys_parse(const char *list, struct record_key **ret_keys,
		      size_t *ret_count, const char **ret_bad);

/**
 * record_value_to_json() - value of one key
 * @record: the record
 * @key: the key
 * @ret_value: the value, the caller's; NULL, which is json-c's null, if this
 *	is not available
 *
 * Integers are exact, up to UINT64_MAX. The state is a string of one letter, the
 * current state a word (see tm_state_name()), names are made valid UTF-8, flags
 * are booleans.
 *
 * Return: 0; -ENOMEM.
 */
int record_value_to_json(const struct taskmeter_record *record,
			 const struct record_key *key,
			 struct json_object **ret_value);

/**
 * record_to_json() - a record as an object
 * @record: the record
 * @keys: keys of the object, or NULL for all
 * @count: number of @keys
 * @ret_object: the object, the caller's
 *
 * Return: 0; -ENOMEM.
 */
int record_to_json(const struct taskmeter_record *record,
		   const struct record_key *keys, size_t count,
		   struct json_object **ret_object);

/**
 * record_compare() - order of two records by one key
 * @key: the key
 * @a: a record
 * @b: another
 * @descending: the greater first if not 0
 *
 * What is not available comes last in either direction; records that are equal
 * are in the order of pid. Current states are in the order of &enum
 * taskmeter_state.
 *
 * Return: below, equal to or above 0, as of strcmp().
 */
int record_compare(const struct record_key *key, int descending,
		   const struct taskmeter_record *a,
		   const struct taskmeter_record *b);

/**
 * info_to_json() - the module's description as an object
 * @info: the description
 * @ret_object: the object, the caller's
 *
 * The flags are booleans, and "available" is an object with a boolean for each bit
 * of &enum taskmeter_available. "clock" is "exec_start", "local", or null while
 * the meter is off. What an older module does not know is null.
 *
 * Return: 0; -ENOMEM.
 */
int info_to_json(const struct taskmeter_info *info,
		 struct json_object **ret_object);

#endif
