// SPDX-License-Identifier: GPL-2.0-or-later
/* /v1/processes and /v1/processes/{pid}/threads. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include "api/handlers.h"
#include "api/process-list.h"

static int reply_list(struct process_list *list, struct sample *sample, struct reply *reply)
{
	int r = process_list_choose(list, sample);

	if (r < 0) {
		process_list_free(list);
		return r;
	}
	process_list_reply(list, reply);
	return 0;
}

int handle_processes(struct api *api, const struct request *request, struct reply *reply,
		     struct problem *problem)
{
	struct process_list *list;
	int r;

	if (query_get(&request->query, "at"))
		return handle_past(api, request, reply, problem);
	r = process_list_new("processes", request, &list, problem);
	if (r)
		return r;
	r = handler_need_sample(api, problem);
	if (!r && !handler_unchanged(api, request, reply))
		return reply_list(list, api->model->sample, reply);
	process_list_free(list);
	return r;
}

static int read_threads(const struct api *api, const struct taskmeter_record *process,
			struct sample **ret_sample, struct problem *problem)
{
	int r = api->read_threads(process, ret_sample);

	if (r == -ENODATA)
		return problem_set(problem, 404, "Process %" PRIu32 " has exited since the"
				   " latest sample.", process->pid);
	if (r && r != -ENOMEM)
		return problem_set(problem, 503, "The threads cannot be read: %s.",
				   strerror(-r));
	return r;
}

int handle_threads(struct api *api, const struct request *request, struct reply *reply,
		   struct problem *problem)
{
	const struct taskmeter_record *process = NULL;
	struct process_list *list;
	struct sample *sample;
	int r = process_list_new("threads", request, &list, problem);

	if (r)
		return r;
	r = handler_find_process(api, request, &process, problem);
	if (!r)
		r = read_threads(api, process, &sample, problem);
	if (r) {
		process_list_free(list);
		return r;
	}
	r = reply_list(list, sample, reply);
	sample_unref(sample);
	return r;
}
