/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The taskmeter command: what its commands share. Everything that it touches
 * outside comes in by struct cli, so that tests run it without a module and
 * without a terminal.
 */
#ifndef TASKMETER_CLI_CLI_H
#define TASKMETER_CLI_CLI_H

#include "cli/users.h"
#include "common/cgroup.h"
#include "common/pss.h"

#include <stdbool.h>
#include <stdio.h>
#include <taskmeter/taskmeter.h>

struct library;
struct screen;

/**
 * enum cli_status - exit status
 * @CLI_OK: done
 * @CLI_FAILED: failed
 * @CLI_USAGE: the command line is wrong
 * @CLI_NO_MODULE: the kernel module is not loaded
 * @CLI_NOT_PERMITTED: the caller may not see anything
 */
enum cli_status {
	CLI_OK = 0,
	CLI_FAILED = 1,
	CLI_USAGE = 2,
	CLI_NO_MODULE = 3,
	CLI_NOT_PERMITTED = 4,
};

/**
 * struct cli - the world around the program
 * @out: standard output
 * @err: standard error
 * @width: columns to cut lines to, 0 not to cut them
 * @terminal: @out is a terminal
 * @color: mark headings
 * @utf8: the locale's characters are UTF-8
 * @open: tm_open()
 * @wait: sleep for so many nanoseconds
 * @cgroup: cgroup_of_process()
 * @cgroups: cgroup_walk_all()
 * @screen: what top shows itself on
 * @pss: pss_of_process()
 * @library: what tells of events
 * @await: await_readable()
 * @no_header: lists have no line of headings or names
 * @pipe_ignored: SIGPIPE was ignored when the program was started
 * @users: names of users met so far
 * @write_error: errno of the first write that failed, or 0
 */
struct cli {
	FILE *out;
	FILE *err;
	unsigned int width;
	bool terminal;
	bool color;
	bool utf8;
	int (*open)(enum tm_transport transport, struct tm_meter **ret_meter);
	void (*wait)(uint64_t ns);
	int (*cgroup)(uint32_t pid, struct cgroup *ret_cgroup);
	int (*cgroups)(bool (*found)(void *context, uint64_t id, const char *path), void *context);
	const struct screen *screen;
	int (*pss)(uint32_t pid, struct pss *ret_pss);
	const struct library *library;
	bool (*await)(int fd);
	bool no_header;
	bool pipe_ignored;
	struct users users;
	int write_error;
};

/**
 * cli_run() - the program
 * @cli: the world; its users are released
 * @argc: of main
 * @argv: of main
 *
 * Return: &enum cli_status.
 */
int cli_run(struct cli *cli, int argc, char **argv);

/**
 * cli_error() - say on standard error what went wrong
 * @cli: the world
 * @format: one sentence without a full stop
 */
void cli_error(struct cli *cli, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/**
 * cli_written() - whether all output so far could be written
 * @cli: the world
 *
 * To be asked after each record: when nobody reads any more, the rest need not
 * be made.
 */
bool cli_written(struct cli *cli);

/**
 * cli_header() - print the line of headings of a list, unless none is wanted
 * @cli: the world
 * @text: the line, without newline
 */
void cli_header(struct cli *cli, const char *text);

/**
 * cli_heading() - print a line as a heading
 * @cli: the world
 * @text: the line, without newline
 */
void cli_heading(struct cli *cli, const char *text);

#endif
