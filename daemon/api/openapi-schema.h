/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys of objects as JSON schemas, from the tables that the objects are made by. */
#ifndef TASKMETERD_API_OPENAPI_SCHEMA_H
#define TASKMETERD_API_OPENAPI_SCHEMA_H

struct json_object;
struct process_key;
struct group_key;
struct series_key;

/**
 * schema_of_process_key() - describe a key of a process
 * @key: the key
 *
 * Type, format, unit and one line. It may be null if some kernels cannot tell it.
 *
 * Return: the schema, the caller's, or NULL without memory.
 */
struct json_object *schema_of_process_key(const struct process_key *key);

/**
 * schema_of_group_key() - describe a key of a group
 * @key: the key
 *
 * Return: as schema_of_process_key().
 */
struct json_object *schema_of_group_key(const struct group_key *key);

/**
 * schema_of_series_key() - describe a key of a point in a group's history
 * @key: the key
 *
 * Return: as schema_of_process_key().
 */
struct json_object *schema_of_series_key(const struct series_key *key);

#endif
