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

/* The status for a failure, or CLI_FAILED where the error has no own one. */
static int by_errno(struct cli *cli, int error)
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
	status = by_errno(cli, r);
	if (r == -EPROTO)
		cli_error(cli, "the kernel module speaks another protocol than this program; install the same version of both");
	else if (status == CLI_FAILED)
		cli_error(cli, "cannot reach the kernel module: %s",
			  strerror(-r));
	return status;
}

int client_fail(struct cli *cli, const struct tm_meter *meter, int error)
{
	int status = by_errno(cli, error);

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
