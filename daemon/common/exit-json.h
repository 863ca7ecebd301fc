/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How processes ended, and events, as JSON. Arguments and names of cgroups may be any
 * bytes: what is not UTF-8 becomes U+FFFD.
 */
#ifndef TASKMETER_COMMON_EXIT_JSON_H
#define TASKMETER_COMMON_EXIT_JSON_H

#include <taskmeter/taskmeter.h>

struct json_object;

/**
 * exit_to_json() - an exit record as an object
 * @exit: the record
 * @ret_object: the object, the caller's
 *
 * First comes how the process ended: "number"; "exit_time_ns"; "exit_code" and "signal",
 * of which one is null; "core_dumped"; "oom", null if it was not killed because memory ran
 * out, else an object with "scope" ("cgroup", "machine" or "unknown"), "shared",
 * "time_ns", "rss_anon_bytes", "rss_file_bytes", "rss_shmem_bytes" and "swap_bytes";
 * "command_line", an array with a string for each argument, null if it is not known;
 * "command_line_cut", true if there was more; "cgroup_path", null if it is not known. Then
 * come all keys of record_to_json(), and "histograms", as of histograms_to_json(), null if
 * there are none.
 *
 * Return: 0; -ENOMEM.
 */
int exit_to_json(const struct tm_exit *exit, struct json_object **ret_object);

/**
 * event_to_json() - an event as an object
 * @event: the event
 * @ret_object: the object, the caller's
 *
 * Each has "event" ("fork", "exec", "exit" or "oom"), "time_ns", "lost" and
 * "exits_lost". An exit has all keys of exit_to_json() too; the others have "pid", "uid",
 * "start_time_ns", "cgroup_id" and "comm"; a fork "ppid"; exec and OOM "command_line" and
 * "command_line_cut"; an OOM "oom_score_adj" and "oom".
 *
 * Return: 0; -ENOMEM.
 */
int event_to_json(const struct tm_event *event, struct json_object **ret_object);

/**
 * event_type_name() - name of a type of events
 * @type: one bit of &enum taskmeter_event
 *
 * Return: "fork", "exec", "exit" or "oom"; "unknown" for another.
 */
const char *event_type_name(uint32_t type);

#endif
