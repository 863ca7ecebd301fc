/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The cgroup of a task, as "taskmeter show" tells of it: threads that wait because
 * their group has used up its CPU limit look like any other that waits for a CPU.
 */
#ifndef TASKMETER_CLI_SHOW_CGROUP_H
#define TASKMETER_CLI_SHOW_CGROUP_H

#include "cli/cli.h"

struct json_object;

/**
 * show_cgroup() - print the section of the cgroup, if it has one
 * @cli: where to
 * @record: the task
 */
void show_cgroup(struct cli *cli, const struct taskmeter_record *record);

/**
 * show_cgroup_json() - add the key "cgroup"
 * @cli: the world
 * @record: the task
 * @document: gets it; null if there is no cgroup
 *
 * Return: 0; -ENOMEM.
 */
int show_cgroup_json(struct cli *cli, const struct taskmeter_record *record,
		     struct json_object *document);

#endif
