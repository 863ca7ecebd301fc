// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter set: switch parts of the kernel module on and off, and size its exit log. */
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/number.h"
#include "common/suggest.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/**
 * struct change - what is to be changed
 * @log: the room of the exit log, else something that is on or off
 * @setting: what
 * @on: switch it on
 * @bytes: room
 */
struct change {
	bool log;
	enum tm_setting setting;
	int on;
	uint64_t bytes;
};

static const struct {
	const char *name;
	bool log;
	enum tm_setting setting;
} settings[] = {
	{ .name = "meter", .setting = TM_SETTING_METER },
	{ .name = "waker", .setting = TM_SETTING_WAKER },
	{ .name = "probe-time", .setting = TM_SETTING_PROBE_TIME },
	{ .name = "exit-log-bytes", .log = true },
};

#define N_SETTINGS	(sizeof(settings) / sizeof(*settings))

static int unknown_setting(struct cli *cli, const char *name)
{
	struct suggestion suggestion;
	size_t i;

	suggest_init(&suggestion, name, strlen(name));
	for (i = 0; i < N_SETTINGS; i++)
		suggest_offer(&suggestion, settings[i].name);
	if (suggestion.best)
		cli_error(cli, "there is no setting '%s'; did you mean '%s'?",
			  name, suggestion.best);
	else
		cli_error(cli, "there is no setting '%s'; the settings are meter, waker, probe-time and exit-log-bytes",
			  name);
	return -EINVAL;
}

static int parse_setting(struct cli *cli, const char *name, struct change *change)
{
	size_t i;

	for (i = 0; i < N_SETTINGS; i++) {
		if (strcmp(settings[i].name, name))
			continue;
		change->log = settings[i].log;
		change->setting = settings[i].setting;
		return 0;
	}
	return unknown_setting(cli, name);
}

static int parse_switch(struct cli *cli, const char *value, struct change *change)
{
	change->on = !strcmp(value, "on");
	if (change->on || !strcmp(value, "off"))
		return 0;
	cli_error(cli, "'%s' is neither on nor off", value);
	return -EINVAL;
}

static int parse_size(struct cli *cli, const char *value, struct change *change)
{
	if (!number_parse_bytes(value, TASKMETER_EXIT_LOG_MIN, TASKMETER_EXIT_LOG_MAX,
				&change->bytes))
		return 0;
	cli_error(cli, "'%s' is not a size from 64K to 1G", value);
	return -EINVAL;
}

/* Who may see processes may still not change the module. */
static int fail(struct cli *cli, const struct tm_meter *meter, int error)
{
	if (error != -EPERM && error != -EACCES)
		return client_fail(cli, meter, error);
	cli_error(cli, "not permitted: CAP_SYS_ADMIN over the initial user namespace is missing; run as root");
	return CLI_NOT_PERMITTED;
}

static int apply(struct cli *cli, struct tm_meter *meter, const struct change *change)
{
	int r = change->log ? tm_set_exit_log_bytes(meter, change->bytes) :
			      tm_set(meter, change->setting, change->on);

	if (change->log && r == -EOPNOTSUPP)
		return client_too_old(cli);
	return r ? fail(cli, meter, r) : CLI_OK;
}

static int set_run(struct cli *cli, const struct change *change)
{
	struct tm_meter *meter;
	int status;

	status = client_open(cli, &meter);
	if (status)
		return status;
	status = apply(cli, meter, change);
	tm_close(meter);
	return status;
}

static int parse(struct cli *cli, int count, char **words, struct change *change)
{
	int r;

	if (count != 2) {
		cli_error(cli, "set takes a setting, and on or off, or a size; see 'taskmeter help set'");
		return -EINVAL;
	}
	r = parse_setting(cli, words[0], change);
	if (r)
		return r;
	return change->log ? parse_size(cli, words[1], change) :
			     parse_switch(cli, words[1], change);
}

static int run(struct cli *cli, int argc, char **argv)
{
	struct change change = { 0 };
	int first, r;

	r = options_parse(cli, &command_set, argc, argv, NULL, NULL,
			  &first);
	if (r > 0)
		return CLI_OK;
	if (!r)
		r = parse(cli, argc - first, argv + first, &change);
	return r ? CLI_USAGE : set_run(cli, &change);
}

static const struct option_spec options[] = {
	{ 'h', "help", NULL, "print this help" },
	{ 0, NULL, NULL, NULL },
};

const struct command command_set = {
	.name = "set",
	.arguments = "meter|waker|probe-time on|off | exit-log-bytes SIZE",
	.summary = "switch parts of the module on and off, or size its exit log",
	.options = options,
	.run = run,
};
