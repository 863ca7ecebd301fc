// SPDX-License-Identifier: GPL-2.0-or-later
/* See show-pss.h. */
#include "cli/show-pss.h"

#include "cli/client.h"
#include "cli/number.h"
#include "cli/show-meter.h"
#include "common/json.h"
#include "common/resident.h"
#include "common/units.h"

#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <string.h>
#include <unistd.h>

#define NS_PER_MS	UINT64_C(1000000)

int show_pss_budget(struct cli *cli, const char *argument, struct show_pss *pss)
{
	uint64_t ms;

	if (number_parse(argument, 1, SHOW_PSS_BUDGET_HIGHEST_MS, &ms)) {
		cli_error(cli, "'%s' is not a number of milliseconds, 1 to %u",
			  argument, SHOW_PSS_BUDGET_HIGHEST_MS);
		return -EINVAL;
	}
	pss->wanted = true;
	pss->budget_ns = ms * NS_PER_MS;
	return 0;
}

static int refuse(struct cli *cli, const struct taskmeter_record *record,
		  uint64_t estimate_ns, uint64_t budget_ns)
{
	char estimate[UNIT_SIZE], budget[UNIT_SIZE];

	unit_duration_long(estimate_ns, estimate);
	unit_duration_long(budget_ns, budget);
	cli_error(cli, "reading the PSS of process %u would stall it for %s by estimate, which is more than the budget of %s; '--pss-budget %" PRIu64 "' would allow that",
		  record->tgid, estimate, budget, estimate_ns / NS_PER_MS + 1);
	return CLI_FAILED;
}

static int fail(struct cli *cli, const struct taskmeter_record *record, int error)
{
	switch (error) {
	case -EACCES:
		cli_error(cli, "not permitted to read the PSS of process %u: that takes its own user, or CAP_SYS_PTRACE; run as root",
			  record->tgid);
		return CLI_NOT_PERMITTED;
	case -ENOENT:
		cli_error(cli, "process %u is not in /proc: that is mounted with hidepid, or of another pid namespace",
			  record->tgid);
		return CLI_FAILED;
	case -EBADMSG:
		cli_error(cli, "/proc/%u/smaps_rollup is not as this program knows it",
			  record->tgid);
		return CLI_FAILED;
	default:
		cli_error(cli, "/proc/%u/smaps_rollup cannot be read: %s",
			  record->tgid, strerror(-error));
		return CLI_FAILED;
	}
}

/* The id may have become another's while the file was read. */
static int check_same(struct cli *cli, struct tm_meter *meter,
		      const struct target *target,
		      const struct taskmeter_record *record)
{
	struct taskmeter_record now;
	int r = tm_get(meter, target->pid, target->flags, &now, sizeof(now));

	if (r && r != -ESRCH)
		return target_fail(cli, target, meter, r);
	if (!r && now.start_time_ns == record->start_time_ns)
		return CLI_OK;
	cli_error(cli, "process %u has exited meanwhile", record->tgid);
	return CLI_FAILED;
}

int show_pss_read(struct cli *cli, struct tm_meter *meter, const struct target *target,
		  const struct taskmeter_record *record, struct show_pss *pss)
{
	uint64_t estimate_ns;
	int status, r;

	if (!resident_known(record))
		return CLI_OK;
	estimate_ns = pss_estimate(record, (uint64_t)sysconf(_SC_PAGESIZE));
	if (estimate_ns > pss->budget_ns)
		return refuse(cli, record, estimate_ns, pss->budget_ns);
	r = cli->pss(record->tgid, &pss->pss);
	status = check_same(cli, meter, target, record);
	/* It is still there, but gave its memory up. */
	if (status || r == -ESRCH)
		return status;
	if (r)
		return fail(cli, record, r);
	pss->known = true;
	return CLI_OK;
}

void show_pss(struct cli *cli, const struct show_pss *pss)
{
	const struct pss_field *fields;
	char value[UNIT_SIZE];
	size_t count, i;

	fprintf(cli->out, "\n");
	cli_heading(cli, "proportional set size");
	if (!pss->known) {
		show_line(cli, "pss", "not available, as it has no memory of its own");
		return;
	}
	fields = pss_fields(&count);
	for (i = 0; i < count; i++) {
		unit_bytes_long(pss_value(&pss->pss, &fields[i]), value);
		show_line(cli, fields[i].label, value);
	}
}

int show_pss_json(const struct show_pss *pss, struct json_object *document)
{
	struct json_object *object = NULL;
	int r = pss->known ? pss_to_json(&pss->pss, &object) : 0;

	return r ? r : json_add(document, "pss", object);
}

void show_pss_csv_names(struct cli *cli)
{
	const struct pss_field *fields;
	size_t count, i;

	fields = pss_fields(&count);
	for (i = 0; i < count; i++)
		fprintf(cli->out, ",%s", fields[i].name);
}

void show_pss_csv_values(struct cli *cli, const struct show_pss *pss)
{
	const struct pss_field *fields;
	size_t count, i;

	fields = pss_fields(&count);
	for (i = 0; i < count; i++) {
		fprintf(cli->out, ",");
		if (pss->known)
			fprintf(cli->out, "%" PRIu64, pss_value(&pss->pss, &fields[i]));
	}
}
