// SPDX-License-Identifier: GPL-2.0-or-later
/* See target.h. */
#include "cli/target.h"

#include "cli/client.h"
#include "cli/number.h"
#include "common/text.h"

#include <errno.h>

int target_parse(struct cli *cli, const char *command, int count, char **words,
		 struct target *target)
{
	uint64_t pid;

	if (count != 1) {
		cli_error(cli, "%s takes one process id", command);
		return -EINVAL;
	}
	if (number_parse(words[0], 1, NUMBER_PID_HIGHEST, &pid)) {
		cli_error(cli, "'%s' is not a process id", words[0]);
		return -EINVAL;
	}
	target->pid = (uint32_t)pid;
	return 0;
}

int target_fail(struct cli *cli, const struct target *target,
		struct tm_meter *meter, int error)
{
	if (error != -ESRCH)
		return client_fail(cli, meter, error);
	if (client_blind(meter))
		return client_not_permitted(cli);
	cli_error(cli, "there is no %s %u, or it may not be seen",
		  target->flags & TASKMETER_SNAPSHOT_THREADS ? "thread" : "process",
		  target->pid);
	return CLI_FAILED;
}

void target_title(struct cli *cli, const struct taskmeter_record *record)
{
	char name[TEXT_TERMINAL_SIZE(TASKMETER_COMM_LEN)], title[128];

	text_for_terminal(record->comm, sizeof(record->comm), cli->utf8, name,
			  sizeof(name));
	snprintf(title, sizeof(title), "%s%s %u: %s",
		 record->flags & TASKMETER_RECORD_KERNEL ? "kernel " : "",
		 record->flags & TASKMETER_RECORD_THREAD ? "thread" : "process",
		 record->pid, name);
	cli_heading(cli, title);
}
