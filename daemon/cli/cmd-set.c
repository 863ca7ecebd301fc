// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter set: switch parts of the kernel module on and off. */
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/suggest.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *name;
	enum tm_setting setting;
} settings[] = {
	{ "meter", TM_SETTING_METER },
	{ "waker", TM_SETTING_WAKER },
	{ "probe-time", TM_SETTING_PROBE_TIME },
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
		cli_error(cli, "there is no setting '%s'; the settings are meter, waker and probe-time",
			  name);
	return -EINVAL;
}

static int parse_setting(struct cli *cli, const char *name,
			 enum tm_setting *ret_setting)
{
	size_t i;

	for (i = 0; i < N_SETTINGS; i++) {
		if (strcmp(settings[i].name, name))
			continue;
		*ret_setting = settings[i].setting;
		return 0;
	}
	return unknown_setting(cli, name);
}

static int parse_value(struct cli *cli, const char *value, int *ret_on)
{
	*ret_on = !strcmp(value, "on");
	if (*ret_on || !strcmp(value, "off"))
		return 0;
	cli_error(cli, "'%s' is neither on nor off", value);
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

static int set_run(struct cli *cli, enum tm_setting setting, int on)
{
	struct tm_meter *meter;
	int status, r;

	status = client_open(cli, &meter);
	if (status)
		return status;
	r = tm_set(meter, setting, on);
	if (r)
		status = fail(cli, meter, r);
	tm_close(meter);
	return status;
}

static int parse(struct cli *cli, int count, char **words,
		 enum tm_setting *ret_setting, int *ret_on)
{
	int r;

	if (count != 2) {
		cli_error(cli, "set takes a setting, and on or off; see 'taskmeter help set'");
		return -EINVAL;
	}
	r = parse_setting(cli, words[0], ret_setting);
	return r ? r : parse_value(cli, words[1], ret_on);
}

static int run(struct cli *cli, int argc, char **argv)
{
	enum tm_setting setting = TM_SETTING_METER;
	int first, on = 0, r;

	r = options_parse(cli, &command_set, argc, argv, NULL, NULL,
			  &first);
	if (r > 0)
		return CLI_OK;
	if (!r)
		r = parse(cli, argc - first, argv + first, &setting, &on);
	return r ? CLI_USAGE : set_run(cli, setting, on);
}

static const struct option_spec options[] = {
	{ 'h', "help", NULL, "print this help" },
	{ 0, NULL, NULL, NULL },
};

const struct command command_set = {
	.name = "set",
	.arguments = "meter|waker|probe-time on|off",
	.summary = "switch the meter, the recording of wakers or the timing of probes",
	.options = options,
	.run = run,
};
