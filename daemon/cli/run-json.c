// SPDX-License-Identifier: GPL-2.0-or-later
/* See run-report.h. The report as JSON. */
#include "cli/report.h"
#include "cli/run-report.h"
#include "common/exit-json.h"
#include "common/json.h"
#include "common/record-json.h"
#include "common/text.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static int append_word(struct json_object *array, const char *word)
{
	size_t size = TEXT_UTF8_SIZE(strlen(word));
	struct json_object *value;
	char *utf8 = malloc(size);

	if (!utf8)
		return -ENOMEM;
	text_to_utf8(word, strlen(word), utf8, size);
	value = json_object_new_string(utf8);
	free(utf8);
	return value ? json_append(array, value) : -ENOMEM;
}

static int add_words(struct json_object *object, char *const *argv)
{
	struct json_object *array = json_object_new_array();
	int r = array ? json_add(object, "command", array) : -ENOMEM;

	for (; !r && *argv; argv++)
		r = append_word(array, *argv);
	return r;
}

static int add_if(struct json_object *object, const char *name, bool is, int number)
{
	return is ? json_add_number(object, name, (uint64_t)number) :
		    json_add(object, name, NULL);
}

static int add_end(struct json_object *object, const struct job *job)
{
	bool signaled = WIFSIGNALED(job->status);
	int r = json_add_number(object, "pid", (uint64_t)job->pid);

	if (!r)
		r = add_if(object, "exit_code", !signaled, WEXITSTATUS(job->status));
	if (!r)
		r = add_if(object, "signal", signaled, WTERMSIG(job->status));
	return r ? r : json_add_number(object, "wall_ns", job->wall_ns);
}

static int add_counts(struct json_object *object, const struct run_report *report)
{
	const struct pursuit *pursuit = report->pursuit;
	const struct {
		const char *name;
		uint64_t number;
	} counts[] = {
		{ "overhead_ns", report->overhead_ns },
		{ "processes", pursuit->deeds.processes },
		{ "partial", pursuit->deeds.partial },
		{ "missing", pursuit->missing },
		{ "exits_lost", pursuit->exits_lost },
		{ "events_lost", pursuit->forks_lost },
		{ "exits_unknown", pursuit->unheld },
	};
	size_t i;
	int r = 0;

	for (i = 0; !r && i < sizeof(counts) / sizeof(*counts); i++)
		r = json_add_number(object, counts[i].name, counts[i].number);
	return r;
}

/* Of the fields of a record those that are sums or maxima. */
static bool is_total(const struct record_key *key)
{
	const char *end;

	if (!key->field)
		return false;
	end = strstr(key->name, "_max_");
	return key->field->counter || end || !strcmp(key->name, "rss_peak_bytes");
}

static int add_total(struct json_object *object, const struct taskmeter_record *total)
{
	struct json_object *sums = json_object_new_object(), *value;
	int r = sums ? json_add(object, "total", sums) : -ENOMEM;
	struct record_key key;
	size_t i;

	for (i = 0; !r && i < record_key_count(); i++) {
		key = record_key_at(i);
		if (!is_total(&key))
			continue;
		r = record_value_to_json(total, &key, &value);
		if (!r)
			r = json_add(sums, key.name, value);
	}
	return r;
}

static int add_waits(struct json_object *object, const struct task_reading *total)
{
	struct json_object *all = json_object_new_object(), *value;
	int r = all ? json_add(object, "waits", all) : -ENOMEM, i;
	struct waits waits;

	for (i = 0; !r && i < WAITS_KINDS; i++) {
		waits_read(&waits, total, NULL, (enum tm_histogram_kind)i);
		r = waits_to_json(&waits, &value);
		if (!r)
			r = json_add(all, waits_kind((enum tm_histogram_kind)i)->key, value);
	}
	return r;
}

static int make_exit(const struct kept_exit *kept, struct json_object **ret_object)
{
	struct tm_exit exit = kept_exit_view(kept);
	int r = exit_to_json(&exit, ret_object);

	/* They are in no single record here, but in the sum of all. */
	if (!r)
		json_object_object_del(*ret_object, "histograms");
	return r;
}

static int add_own(struct json_object *object, const struct kept_exit *own)
{
	struct json_object *value = NULL;
	int r = own->exit.size ? make_exit(own, &value) : 0;

	return r ? r : json_add(object, "own", value);
}

static int add_worst(struct json_object *object, const struct deeds *deeds)
{
	struct json_object *array = json_object_new_array(), *value;
	int r = array ? json_add(object, "worst", array) : -ENOMEM;
	size_t i;

	for (i = 0; !r && i < deeds->worst_count; i++) {
		r = make_exit(&deeds->worst[i], &value);
		if (!r)
			r = json_append(array, value);
	}
	return r;
}

static int add_survivors(struct json_object *object, const struct pursuit *pursuit)
{
	struct json_object *array = json_object_new_array(), *value;
	int r = array ? json_add(object, "running", array) : -ENOMEM;
	size_t i;

	for (i = 0; !r && i < pursuit->survivor_count; i++) {
		r = record_to_json(&pursuit->survivors[i].record, NULL, 0, &value);
		if (!r)
			r = json_append(array, value);
	}
	return r;
}

static int fill(struct json_object *object, const struct run_report *report)
{
	const struct pursuit *pursuit = report->pursuit;
	int r = add_words(object, report->argv);

	if (!r)
		r = add_end(object, report->job);
	if (!r)
		r = add_counts(object, report);
	if (!r)
		r = add_total(object, &pursuit->deeds.total.record);
	if (!r)
		r = add_waits(object, &pursuit->deeds.total);
	if (!r)
		r = add_own(object, &pursuit->own);
	if (!r)
		r = add_worst(object, &pursuit->deeds);
	return r ? r : add_survivors(object, pursuit);
}

int run_report_json(const struct run_report *report)
{
	struct json_object *object = json_object_new_object();
	int r = object ? fill(object, report) : -ENOMEM;

	if (!r)
		r = report_json(report->cli, object);
	if (!r)
		fputs("\n", report->cli->out);
	json_object_put(object);
	return r;
}
