// SPDX-License-Identifier: GPL-2.0-or-later
/* See show-cgroup.h. */
#include "cli/show-cgroup.h"

#include "cli/show-meter.h"
#include "common/json.h"
#include "common/text.h"
#include "common/units.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

static void print_path(struct cli *cli, const char *label, const char *path,
		       size_t length)
{
	char safe[TEXT_TERMINAL_SIZE(CGROUP_PATH_SIZE)];

	text_for_terminal(path, length, cli->utf8, safe, sizeof(safe));
	show_line(cli, label, safe);
}

/* A group that never ran under a limit has not been throttled either. */
static void print_throttling(struct cli *cli, const struct cgroup *cgroup)
{
	char throttled[UNIT_SIZE], value[160];

	if (!cgroup->throttling.periods) {
		show_line(cli, "throttled (cpu.max)", "no limit");
		return;
	}
	unit_duration_long(cgroup->throttling.throttled_ns, throttled);
	snprintf(value, sizeof(value),
		 "%s over all CPUs, in %" PRIu64 " of %" PRIu64 " periods",
		 throttled, cgroup->throttling.throttled_periods, cgroup->throttling.periods);
	show_line(cli, "throttled (cpu.max)", value);
	if (cgroup->throttling.length < strlen(cgroup->path))
		print_path(cli, "by the limit of", cgroup->path,
			   cgroup->throttling.length);
}

void show_cgroup(struct cli *cli, const struct taskmeter_record *record)
{
	struct cgroup cgroup;

	if (cli->cgroup(record->pid, &cgroup))
		return;
	fprintf(cli->out, "\n");
	cli_heading(cli, "cgroup");
	print_path(cli, "path", cgroup.path, strlen(cgroup.path));
	if (cgroup.throttling.length)
		print_throttling(cli, &cgroup);
}

static int add_path(struct json_object *object, const char *name,
		    const char *path, size_t length)
{
	char utf8[TEXT_UTF8_SIZE(CGROUP_PATH_SIZE)];
	struct json_object *value;

	text_to_utf8(path, length, utf8, sizeof(utf8));
	value = json_object_new_string(utf8);
	return value ? json_add(object, name, value) : -ENOMEM;
}

static int add_throttling(struct json_object *object, const struct cgroup *cgroup)
{
	int r;

	r = add_path(object, "throttled_path", cgroup->path,
		     cgroup->throttling.length);
	if (!r)
		r = json_add_number(object, "throttled_ns", cgroup->throttling.throttled_ns);
	if (!r)
		r = json_add_number(object, "periods", cgroup->throttling.periods);
	if (!r)
		r = json_add_number(object, "throttled_periods",
				    cgroup->throttling.throttled_periods);
	return r;
}

int show_cgroup_json(struct cli *cli, const struct taskmeter_record *record,
		     struct json_object *document)
{
	struct json_object *object;
	struct cgroup cgroup;
	int r;

	if (cli->cgroup(record->pid, &cgroup))
		return json_add(document, "cgroup", NULL);
	object = json_object_new_object();
	if (!object)
		return -ENOMEM;
	r = add_path(object, "path", cgroup.path, strlen(cgroup.path));
	if (!r && cgroup.throttling.length)
		r = add_throttling(object, &cgroup);
	if (!r)
		return json_add(document, "cgroup", object);
	json_object_put(object);
	return r;
}
