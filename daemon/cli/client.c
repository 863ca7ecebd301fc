// SPDX-License-Identifier: GPL-2.0-or-later
/* See client.h. */
#include "cli/client.h"

#include <errno.h>
#include <string.h>

static int no_module(struct cli *cli)
{
	cli_error(cli, "the kernel module is not loaded; load it with 'modprobe taskmeter', or see taskmeter(1) for how to get it");
	return CLI_NO_MODULE;
}

int client_not_permitted(struct cli *cli)
{
	cli_error(cli, "not permitted: CAP_PERFMON is missing; run as root, or give it with 'setcap cap_perfmon=ep' to this program, or load the module with unprivileged=1 to let users see their own processes");
	return CLI_NOT_PERMITTED;
}

int client_exits_not_permitted(struct cli *cli)
{
	cli_error(cli, "not permitted: CAP_PERFMON is missing, without which no exits and events are shown; run as root, or give it with 'setcap cap_perfmon=ep' to this program");
	return CLI_NOT_PERMITTED;
}

int client_too_old(struct cli *cli)
{
	cli_error(cli, "the kernel module is older than 0.4.0 and has no exit log, totals and events; load a newer one");
	return CLI_FAILED;
}

int client_status(struct cli *cli, int error)
{
	switch (-error) {
	case ENODEV:
		return no_module(cli);
	case EPERM:
	case EACCES:
		return client_not_permitted(cli);
	default:
		return CLI_FAILED;
	}
}

int client_open(struct cli *cli, struct tm_meter **ret_meter)
{
	int r = cli->open(TM_TRANSPORT_NETLINK, ret_meter), status;

	if (!r)
		return CLI_OK;
	status = client_status(cli, r);
	if (r == -EPROTO)
		cli_error(cli, "the kernel module speaks another protocol than this program; install the same version of both");
	else if (status == CLI_FAILED)
		cli_error(cli, "cannot reach the kernel module: %s",
			  strerror(-r));
	return status;
}

int client_fail(struct cli *cli, const struct tm_meter *meter, int error)
{
	int status = client_status(cli, error);

	if (status == CLI_FAILED)
		cli_error(cli, "%s", tm_error(meter));
	return status;
}

bool client_blind(struct tm_meter *meter)
{
	struct taskmeter_info info;

	if (tm_info(meter, &info, sizeof(info)))
		return false;
	return !(info.flags & (TASKMETER_INFO_PRIVILEGED |
			       TASKMETER_INFO_UNPRIVILEGED));
}

bool client_shown_exits(struct tm_meter *meter)
{
	struct taskmeter_info info;

	return tm_info(meter, &info, sizeof(info)) ||
	       info.flags & TASKMETER_INFO_PRIVILEGED;
}
