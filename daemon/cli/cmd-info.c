// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter info: what the kernel module is, can tell, and lets the caller see. */
#include "cli/client.h"
#include "cli/commands.h"
#include "cli/report.h"
#include "cli/start-time.h"
#include "common/text.h"
#include "common/units.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>

static const char *visibility(uint64_t flags)
{
	if (flags & TASKMETER_INFO_PRIVILEGED)
		return "every process of its user namespace";
	if (flags & TASKMETER_INFO_UNPRIVILEGED)
		return "its own processes";
	return "nothing, as CAP_PERFMON is missing";
}

static void print_version(struct cli *cli, const struct taskmeter_info *info)
{
	char version[TEXT_TERMINAL_SIZE(TASKMETER_VERSION_LEN)];

	text_for_terminal(info->version, sizeof(info->version), cli->utf8,
			  version, sizeof(version));
	fprintf(cli->out, "version          %s\n", version);
}

/* What a record of this kernel never holds. */
static void print_missing(struct cli *cli, const struct taskmeter_info *info)
{
	const struct tm_field *fields;
	size_t count, missing = 0, i;

	fields = tm_fields(&count);
	fprintf(cli->out, "not available    ");
	for (i = 0; i < count; i++)
		if ((info->available & fields[i].available) != fields[i].available)
			fprintf(cli->out, "%s%s", missing++ ? ", " : "",
				fields[i].name);
	fprintf(cli->out, "%s\n", missing ? "" : "nothing");
}

static const char *on_off(uint64_t on)
{
	return on ? "on" : "off";
}

static const char *clock_words(uint32_t clock)
{
	switch (clock) {
	case TASKMETER_CLOCK_EXEC_START:
		return "the scheduler's own time stamps";
	case TASKMETER_CLOCK_LOCAL:
		return "a clock read at each switch";
	default:
		return "none, as the meter is off";
	}
}

/* What the meter costs itself, if that is measured or has been. */
static void print_probe_time(struct cli *cli, const struct taskmeter_info *info)
{
	char total[UNIT_SIZE], each[UNIT_SIZE];

	fprintf(cli->out, "probe time       %s",
		on_off(info->flags & TASKMETER_INFO_PROBE_TIME));
	if (info->probe_calls) {
		unit_duration_long(info->probe_ns, total);
		unit_duration_long(info->probe_ns / info->probe_calls, each);
		fprintf(cli->out, "; %s for %llu calls, %s each", total,
			(unsigned long long)info->probe_calls, each);
	}
	fprintf(cli->out, "\n");
}

static void print_numbers(struct cli *cli, const struct taskmeter_info *info)
{
	const struct {
		const char *label;
		uint64_t value;
	} numbers[] = {
		{ "tracked threads", info->tracked_threads },
		{ "untracked", info->untracked_threads },
		{ "no memory", info->allocation_failures },
		{ "clock steps", info->clock_steps },
		{ "gaps", info->gaps },
	};
	size_t i;

	for (i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		fprintf(cli->out, "%-15s  %" PRIu64 "\n", numbers[i].label,
			numbers[i].value);
}

static void print_meter(struct cli *cli, const struct taskmeter_info *info)
{
	fprintf(cli->out, "meter            %s\n",
		on_off(info->flags & TASKMETER_INFO_METER));
	fprintf(cli->out, "wakers           %s\n",
		on_off(info->flags & TASKMETER_INFO_WAKER));
	print_probe_time(cli, info);
	fprintf(cli->out, "clock            %s\n", clock_words(info->clock));
	print_numbers(cli, info);
	fprintf(cli->out, "memory           %u bytes a thread, %u a process, %u more for many waits\n",
		info->thread_bytes, info->process_bytes, info->histogram_bytes);
}

/* What is kept of processes that ended, and who is told of it. */
static void print_exits(struct cli *cli, const struct taskmeter_info *info)
{
	char used[UNIT_SIZE], room[UNIT_SIZE];

	unit_bytes_long(info->exit_log_used_bytes, used);
	unit_bytes_long(info->exit_log_bytes, room);
	fprintf(cli->out, "exit log         %" PRIu64 " %s in %s of %s; %" PRIu64 " evicted\n",
		(uint64_t)info->exit_log_records,
		info->exit_log_records == 1 ? "record" : "records", used, room,
		(uint64_t)info->exit_log_evicted);
	fprintf(cli->out, "newest exit      ");
	if (info->exit_number)
		fprintf(cli->out, "number %" PRIu64 "\n", (uint64_t)info->exit_number);
	else
		fprintf(cli->out, "none since the module was loaded\n");
	fprintf(cli->out, "exits            %" PRIu64 " unrecorded, %" PRIu64
		" in totals of others\n", (uint64_t)info->exits_unrecorded,
		(uint64_t)info->exits_other);
	fprintf(cli->out, "events           %u %s, %" PRIu64 " lost\n", info->subscribers,
		info->subscribers == 1 ? "subscriber" : "subscribers",
		(uint64_t)info->events_lost);
}

static void print_text(struct cli *cli, const struct taskmeter_info *info)
{
	char loaded[80], error[UNIT_SIZE];

	start_time_long(info->load_time_ns, loaded, sizeof(loaded));
	unit_bytes_long(info->rss_error_bytes, error);
	print_version(cli, info);
	fprintf(cli->out, "ABI version      %u\n", info->abi_version);
	fprintf(cli->out, "loaded           %s\n", loaded);
	fprintf(cli->out, "instance         %016llx\n",
		(unsigned long long)info->instance_id);
	fprintf(cli->out, "record size      %u bytes\n", info->record_size);
	fprintf(cli->out, "page size        %u bytes\n", info->page_size);
	fprintf(cli->out, "pid namespace    %u\n", info->pid_namespace);
	fprintf(cli->out, "RSS error        %s\n",
		info->rss_error_bytes ? error : "none");
	fprintf(cli->out, "unprivileged     %s\n",
		info->flags & TASKMETER_INFO_UNPRIVILEGED ? "yes" : "no");
	fprintf(cli->out, "caller sees      %s\n", visibility(info->flags));
	print_missing(cli, info);
	if (info->size < TASKMETER_INFO_SIZE_VER2)
		fprintf(cli->out, "meter            none: the module is older than this program\n");
	else
		print_meter(cli, info);
	if (info->size < TASKMETER_INFO_SIZE_VER3)
		fprintf(cli->out, "exit log         none: the module is older than 0.4.0\n");
	else
		print_exits(cli, info);
}

static void print_csv_value(struct cli *cli, const char *prefix, const char *key,
			    struct json_object *value, bool names)
{
	if (!names)
		report_csv_value(cli, json_object_get_string(value));
	else
		fprintf(cli->out, "%s%s", prefix, key);
}

/* As in JSON; a key of the object in it becomes "available_io". */
static void print_csv_line(struct cli *cli, struct json_object *object, bool names)
{
	const char *comma = "";

	json_object_object_foreach(object, key, value) {
		if (json_object_is_type(value, json_type_object))
			continue;
		fputs(comma, cli->out);
		print_csv_value(cli, "", key, value, names);
		comma = ",";
	}
	json_object_object_foreach(json_object_object_get(object, "available"),
				   bit, is) {
		fputs(comma, cli->out);
		print_csv_value(cli, "available_", bit, is, names);
	}
	fputs("\n", cli->out);
}

static int print_object(struct cli *cli, const struct taskmeter_info *info,
			enum format format)
{
	struct json_object *object;
	int r;

	r = info_to_json(info, &object);
	if (r)
		return r;
	if (format == FORMAT_CSV) {
		print_csv_line(cli, object, true);
		print_csv_line(cli, object, false);
	} else {
		r = report_json(cli, object);
		fprintf(cli->out, "\n");
	}
	json_object_put(object);
	return r;
}

static int info_run(struct cli *cli, enum format format)
{
	struct taskmeter_info info;
	struct tm_meter *meter;
	int status, r;

	status = client_open(cli, &meter);
	if (status)
		return status;
	r = tm_info(meter, &info, sizeof(info));
	if (r) {
		status = client_fail(cli, meter, r);
	} else if (format == FORMAT_TEXT) {
		print_text(cli, &info);
	} else if (print_object(cli, &info, format)) {
		cli_error(cli, "no memory");
		status = CLI_FAILED;
	}
	tm_close(meter);
	return status;
}

static int handle(struct cli *cli, void *context, int key, const char *argument)
{
	(void)cli;
	(void)argument;
	return options_format(key, context);
}

static int run(struct cli *cli, int argc, char **argv)
{
	enum format format = FORMAT_TEXT;
	int first, r;

	r = options_parse(cli, &command_info, argc, argv, handle, &format,
			  &first);
	if (r)
		return r < 0 ? CLI_USAGE : CLI_OK;
	if (first < argc) {
		cli_error(cli, "info takes no '%s'", argv[first]);
		return CLI_USAGE;
	}
	return info_run(cli, format);
}

static const struct option_spec options[] = {
	OPTIONS_EVERY_COMMAND
};

const struct command command_info = {
	.name = "info",
	.arguments = "",
	.summary = "show what the kernel module is and can tell",
	.options = options,
	.run = run,
};
