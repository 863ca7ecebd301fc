// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * /v1/processes/{pid}: the record in the latest sample, and what is looked up when
 * it is asked for: the process's cgroup, its histograms and its proportional set
 * size.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "api/handlers.h"
#include "common/histogram-json.h"
#include "common/text.h"

static int add_path(struct json_object *object, const char *key, const char *path,
		    size_t length)
{
	char utf8[TEXT_UTF8_SIZE(CGROUP_PATH_SIZE)];

	text_to_utf8(path, length, utf8, sizeof(utf8));
	return handler_add(object, key, json_object_new_string(utf8));
}

static int add_throttling(struct json_object *object, const struct cgroup *cgroup)
{
	const struct cgroup_throttling *throttling = &cgroup->throttling;
	int r = add_path(object, "throttled_path", cgroup->path, throttling->length);

	if (!r)
		r = handler_add(object, "throttled_ns",
				json_object_new_uint64(throttling->throttled_ns));
	if (!r)
		r = handler_add(object, "periods",
				json_object_new_uint64(throttling->periods));
	if (!r)
		r = handler_add(object, "throttled_periods",
				json_object_new_uint64(throttling->throttled_periods));
	return r;
}

static int add_no_throttling(struct json_object *object)
{
	static const char *const keys[] = {
		"throttled_path", "throttled_ns", "periods", "throttled_periods",
	};
	size_t i;
	int r = 0;

	for (i = 0; !r && i < sizeof(keys) / sizeof(*keys); i++)
		r = handler_add_null(object, keys[i]);
	return r;
}

static int add_cgroup(const struct api *api, const struct taskmeter_record *record,
		      struct json_object *object)
{
	struct json_object *member;
	struct cgroup cgroup;
	int r;

	if (!(record->available & TASKMETER_AVAILABLE_CGROUP) ||
	    api->find_cgroup(record->cgroup_id, &cgroup))
		return handler_add_null(object, "cgroup");
	member = json_object_new_object();
	if (!member)
		return -ENOMEM;
	r = add_path(member, "path", cgroup.path, strlen(cgroup.path));
	if (!r)
		r = cgroup.throttling.length ? add_throttling(member, &cgroup) :
					       add_no_throttling(member);
	if (r) {
		json_object_put(member);
		return r;
	}
	return handler_add(object, "cgroup", member);
}

static int add_histograms(const struct api *api, const struct taskmeter_record *process,
			  struct json_object *object, struct problem *problem)
{
	struct taskmeter_histograms histograms;
	struct taskmeter_record record;
	struct json_object *member;
	int r = api->read_histograms(process, &record, &histograms);

	if (r == -ENODATA)
		return handler_add_null(object, "histograms");
	if (r)
		return problem_set(problem, 503, "The histograms cannot be read: %s.",
				   strerror(-r));
	r = histograms_to_json(&histograms, &record, &member);
	return r ? r : handler_add(object, "histograms", member);
}

#define NS_PER_MS	UINT64_C(1000000)

static int refuse_estimate(const struct pss_reading *reading, struct problem *problem)
{
	return problem_set(problem, 422, "Reading the PSS of process %" PRIu32 " would stall"
			   " it, and this daemon, for %" PRIu64 " ms by estimate (of its"
			   " memory and page tables), which is more than the budget of %"
			   PRIu64 " ms; \"taskmeter show --pss --pss-budget MS\" reads it"
			   " at any cost.", reading->record.pid,
			   reading->estimate_ns / NS_PER_MS, PSS_BUDGET_NS / NS_PER_MS);
}

static int refuse_pss(int error, const struct pss_reading *reading, uint32_t pid,
		      struct problem *problem)
{
	switch (error) {
	case -ESRCH:
		return problem_set(problem, 404, "Process %" PRIu32 " has exited since the"
				   " latest sample.", pid);
	case -E2BIG:
		return refuse_estimate(reading, problem);
	case -EACCES:
		return problem_set(problem, 403, "This daemon may not read the PSS of process"
				   " %" PRIu32 ": that takes CAP_SYS_PTRACE, which it does"
				   " not have. Run \"taskmeter show --pss %" PRIu32 "\" as"
				   " root, or give it to the service, see taskmeterd(8).",
				   pid, pid);
	case -EBUSY:
		return problem_set(problem, 503, "Another PSS is being read, or has just been:"
				   " this takes at most a tenth of the daemon's time.");
	case -ETIMEDOUT:
		return problem_set(problem, 503, "Reading the PSS of process %" PRIu32 " did"
				   " not end in %" PRIu64 " ms: its address space is locked"
				   " by something else.", pid, 2 * PSS_BUDGET_NS / NS_PER_MS);
	default:
		return problem_set(problem, 503, "The PSS cannot be read: %s.",
				   strerror(-error));
	}
}

static int add_reading(const struct pss_reading *reading, struct json_object *object)
{
	struct json_object *member;
	int r = pss_to_json(&reading->pss, &member);

	if (r)
		return r;
	r = handler_add(member, "estimate_ns", json_object_new_uint64(reading->estimate_ns));
	if (!r)
		r = handler_add(member, "read_ns", json_object_new_uint64(reading->took_ns));
	if (!r)
		return handler_add(object, "pss", member);
	json_object_put(member);
	return r;
}

/* It may have taken on foreign rights since the sample: not for this observer then. */
static int add_pss(const struct api *api, const struct request *request,
		   const struct taskmeter_record *process, struct json_object *object,
		   struct problem *problem)
{
	struct pss_reading reading = { .record = *process };
	int r = api->read_pss(process, PSS_BUDGET_NS, &reading);

	if (!view_shows(&request->view, &reading.record))
		return handler_refuse_unseen(process->pid, problem);
	if (r == -ENODATA)
		return handler_add_null(object, "pss");
	if (r)
		return refuse_pss(r, &reading, process->pid, problem);
	return add_reading(&reading, object);
}

/**
 * struct wanted - what a request asks for
 * @keys: of the record
 * @cgroup: the cgroup, too
 * @histograms: likewise; so is the next one
 * @pss: likewise
 */
struct wanted {
	struct process_keys keys;
	bool cgroup;
	uint64_t histograms;
	uint64_t pss;
};

static int parse_wanted(const struct query *query, struct wanted *wanted,
			struct problem *problem)
{
	int r;

	*wanted = (struct wanted) { .cgroup = !query_get(query, "fields") };
	r = query_number(query, "histograms", 0, 1, &wanted->histograms, NULL, problem);
	if (!r)
		r = query_number(query, "pss", 0, 1, &wanted->pss, NULL, problem);
	return r ? r : handler_parse_keys(query, &wanted->keys, problem);
}

static int add_rest(const struct api *api, const struct request *request,
		    const struct wanted *wanted, const struct taskmeter_record *record,
		    struct json_object *object, struct problem *problem)
{
	int r = wanted->cgroup ? add_cgroup(api, record, object) : 0;

	if (!r && wanted->histograms)
		r = add_histograms(api, record, object, problem);
	if (!r && wanted->pss)
		r = add_pss(api, request, record, object, problem);
	return r;
}

static int reply_process(const struct api *api, const struct request *request,
			 const struct wanted *wanted, const struct taskmeter_record *record,
			 struct reply *reply, struct problem *problem)
{
	struct taskmeter_record seen;
	const struct process process = {
		.record = &seen, .growth = sample_growth(api->model->sample, record),
	};
	struct json_object *object;
	int r;

	view_record(&request->view, record, &seen);
	r = process_to_json(&process, &wanted->keys, &object);
	if (r)
		return r;
	r = add_rest(api, request, wanted, record, object, problem);
	if (!r)
		return handler_json(object, reply);
	json_object_put(object);
	return r;
}

/* The record alone is the same until the next tick; what is looked up is not. */
static bool is_unchanged(const struct api *api, const struct request *request,
			 const struct wanted *wanted, struct reply *reply)
{
	return !wanted->cgroup && !wanted->histograms && !wanted->pss &&
	       handler_unchanged(api, request, reply);
}

int handle_process(struct api *api, const struct request *request, struct reply *reply,
		   struct problem *problem)
{
	const struct taskmeter_record *record = NULL;
	struct wanted wanted;
	int r = handler_find_process(api, request, &record, problem);

	if (!r)
		r = parse_wanted(&request->query, &wanted, problem);
	if (r)
		return r;
	if (!is_unchanged(api, request, &wanted, reply))
		r = reply_process(api, request, &wanted, record, reply, problem);
	free(wanted.keys.keys);
	return r;
}
