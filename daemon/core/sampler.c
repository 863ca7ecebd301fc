// SPDX-License-Identifier: GPL-2.0-or-later
/* See sampler.h. */
#include "core/sampler.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <taskmeter/taskmeter.h>
#include "core/group-totals.h"
#include "core/log.h"

#define USEC_PER_MSEC	UINT64_C(1000)
#define RETRY_USEC	UINT64_C(1000000)
/* Exit records are read as often also if samples are rarer; sooner if there are more. */
#define EXITS_USEC	UINT64_C(1000000)
#define EXITS_MORE_USEC	UINT64_C(20000)

struct sampler {
	struct model *model;
	struct exits *exits;
	struct events *events;
	struct rules *rules;
	struct ticks *ticks;
	struct group_series *series;
	sd_event_source *timer;
	sd_event_source *exits_timer;
	uint64_t interval_usec;
	uint64_t due_usec;
	/* What was logged last: 0 if the module could be read, 1 nothing yet. */
	int logged;
	/* How the previous tick ended. */
	int last_error;
	/* Why exit records could not be read, as it was logged last; 0 if they could. */
	int exits_error;
	uint64_t instance_id;
};

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool module_is_lost(int error)
{
	return error == -ENODEV || error == -EACCES || error == -EPERM ||
	       error == -EPROTO;
}

static void describe(int error, const char *detail, char *text, size_t size)
{
	switch (error) {
	case -ENODEV:
		snprintf(text, size, "the taskmeter module is not loaded: load it with"
			 " \"modprobe taskmeter\"; the daemon goes on by itself when it comes");
		break;
	case -EACCES:
	case -EPERM:
		snprintf(text, size, "%s may not be read: the daemon's user has to be root"
			 " or in group taskmeter, and the device of that group",
			 TASKMETER_DEVICE);
		break;
	case -EPROTO:
		snprintf(text, size, "the taskmeter module speaks an ABI that this daemon"
			 " does not know: install the same version of both");
		break;
	case -ENOMEM:
		snprintf(text, size, "no memory for a sample");
		break;
	case -E2BIG:
		snprintf(text, size, "more than %u processes", SAMPLE_RECORDS_MAX);
		break;
	default:
		snprintf(text, size, "no sample could be taken: %s",
			 detail && *detail ? detail : strerror(-error));
	}
}

static int fill_and_publish(struct tm_meter *meter, struct model *model,
			    const struct taskmeter_info *info)
{
	struct sample *sample = model_take_buffer(model);
	int r;

	if (!sample)
		return -ENOMEM;
	/* A module that is too old for them has none; other errors the sample meets too. */
	cpu_waits_read(&model->waits, meter, info);
	r = sample_fill(sample, meter, NULL);
	if (r < 0) {
		cpu_waits_forget(&model->waits);
		model_give_buffer(model, sample);
	} else {
		model_publish(model, info, sample);
	}
	return r;
}

/* Before the first sample, what had ended by then; without it, groups begin with 0. */
static int begin(struct tm_meter *meter, struct model *model,
		 const struct taskmeter_info *info)
{
	struct group_totals totals;
	const int had = group_totals_read(meter, info, &totals);
	const int r = fill_and_publish(meter, model, info);

	if (r >= 0 && !had)
		groups_add_totals(model->groups, &totals);
	group_totals_clear(&totals);
	return r;
}

/* What exit records did not tell; if it cannot be read now, the next tick tries again. */
static void compare(struct tm_meter *meter, struct model *model,
		    const struct taskmeter_info *info)
{
	struct group_totals totals;

	if (!group_totals_read(meter, info, &totals))
		groups_take_totals(model->groups, &totals);
	group_totals_clear(&totals);
}

static int take_sample(struct tm_meter *meter, struct model *model)
{
	struct taskmeter_info info;
	int r = tm_info(meter, &info, sizeof(info));

	if (r < 0)
		return r;
	if (!groups_begun(model->groups))
		return begin(meter, model, &info);
	if (groups_want_totals(model->groups))
		compare(meter, model, &info);
	return fill_and_publish(meter, model, &info);
}

static void succeeded(struct sampler *sampler)
{
	const struct taskmeter_info *info = &sampler->model->info;

	sampler->last_error = 0;
	if (!sampler->logged && sampler->instance_id == info->instance_id)
		return;
	log_info("reading taskmeter module %.*s, ABI version %u: %zu processes",
		 (int)sizeof(info->version), info->version, info->abi_version,
		 sampler->model->sample->count);
	if (!(info->flags & TASKMETER_INFO_PRIVILEGED))
		log_warning("the daemon has neither CAP_PERFMON nor CAP_SYS_PTRACE:"
			    " it sees at most its own processes");
	sampler->logged = 0;
	sampler->instance_id = info->instance_id;
}

/*
 * Each failure is logged once. For a moment after the module's load, udev has
 * not set the device's group yet: a first refusal means nothing.
 */
static bool is_news(const struct sampler *sampler, int error)
{
	if (error == -EACCES && sampler->last_error != error)
		return false;
	return sampler->logged != error;
}

static void failed(struct sampler *sampler, int error, const char *detail)
{
	char text[sizeof(sampler->model->problem)];

	describe(error, detail, text, sizeof(text));
	model_fail(sampler->model, module_is_lost(error), text);
	if (is_news(sampler, error)) {
		log_warning("%s", text);
		sampler->logged = error;
	}
	sampler->last_error = error;
}

static void arm_exits(struct sampler *sampler, uint64_t usec)
{
	/* The first tick comes before there is a timer; its next one is not far. */
	if (!sampler->exits_timer)
		return;
	sd_event_source_set_time(sampler->exits_timer, clock_ns(CLOCK_MONOTONIC) / 1000 + usec);
	sd_event_source_set_enabled(sampler->exits_timer, SD_EVENT_ONESHOT);
}

static void note_exits(struct sampler *sampler, int error, const char *detail)
{
	if (error < 0 && error != sampler->exits_error)
		log_error("the exit records cannot be read: %s",
			  *detail ? detail : strerror(-error));
	sampler->exits_error = error < 0 ? error : 0;
}

static void read_exits(struct sampler *sampler, struct tm_meter *meter,
		       const struct taskmeter_info *info)
{
	int r = exits_read(sampler->exits, meter, info);

	note_exits(sampler, r, tm_error(meter));
	arm_exits(sampler, r > 0 ? EXITS_MORE_USEC : EXITS_USEC);
	events_open(sampler->events, info);
}

/* Between two ticks. */
static int on_exits_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct sampler *sampler = data;
	struct taskmeter_info info;
	struct tm_meter *meter;

	(void)source;
	(void)usec;
	arm_exits(sampler, EXITS_USEC);
	if (tm_open(TM_TRANSPORT_DEVICE, &meter) < 0)
		return 0;
	if (!tm_info(meter, &info, sizeof(info)))
		read_exits(sampler, meter, &info);
	tm_close(meter);
	return 0;
}

static void settle(struct sampler *sampler, struct model *model)
{
	const uint64_t sampling_ms = sampler->interval_usec / USEC_PER_MSEC;

	model_settle(model);
	rules_feed(sampler->rules, model->groups, model->sample->monotonic_ns);
	group_series_feed(sampler->series, model->groups, model->sample, sampling_ms);
	ticks_feed(sampler->ticks, model->info.instance_id, model->sample, sampling_ms);
}

static void tick(struct sampler *sampler)
{
	struct model_cost *cost = &sampler->model->cost;
	uint64_t began = clock_ns(CLOCK_MONOTONIC);
	struct tm_meter *meter;
	int r = tm_open(TM_TRANSPORT_DEVICE, &meter);

	if (r < 0) {
		failed(sampler, r, NULL);
		return;
	}
	r = take_sample(meter, sampler->model);
	if (r < 0)
		failed(sampler, r, tm_error(meter));
	else
		succeeded(sampler);
	/* After the snapshot: who has left it by then is in the log. */
	if (r >= 0) {
		read_exits(sampler, meter, &sampler->model->info);
		settle(sampler, sampler->model);
	}
	tm_close(meter);
	cost->last_sample_ns = clock_ns(CLOCK_MONOTONIC) - began;
	cost->sample_ns += cost->last_sample_ns;
}

/* The next multiple of the interval; ticks that were missed stay missed. */
static uint64_t next_due(struct sampler *sampler, uint64_t now)
{
	uint64_t step = sampler->interval_usec;

	if (!sampler->model->sample && step > RETRY_USEC)
		step = RETRY_USEC;
	if (now - sampler->due_usec < step)
		return sampler->due_usec + step;
	if (sampler->due_usec && now - sampler->due_usec > step)
		sampler->model->cost.late++;
	return now + step;
}

static int on_timer(sd_event_source *source, uint64_t usec, void *data)
{
	struct sampler *sampler = data;
	uint64_t now = usec;

	if (sd_event_now(sd_event_source_get_event(source), CLOCK_MONOTONIC, &now) < 0)
		now = usec;
	tick(sampler);
	sampler->due_usec = next_due(sampler, now);
	sd_event_source_set_time(source, sampler->due_usec);
	return sd_event_source_set_enabled(source, SD_EVENT_ONESHOT);
}

static int add_timers(struct sampler *sampler, sd_event *event)
{
	int r = sd_event_add_time(event, &sampler->timer, CLOCK_MONOTONIC, sampler->due_usec,
				  USEC_PER_MSEC, on_timer, sampler);

	/* Before any request: replies wait for samples, not samples for replies. */
	if (r >= 0)
		r = sd_event_source_set_priority(sampler->timer,
						 SD_EVENT_PRIORITY_IMPORTANT);
	if (r >= 0)
		r = sd_event_add_time(event, &sampler->exits_timer, CLOCK_MONOTONIC,
				      clock_ns(CLOCK_MONOTONIC) / 1000 + EXITS_MORE_USEC,
				      USEC_PER_MSEC, on_exits_timer, sampler);
	return r;
}

int sampler_new(sd_event *event, const struct sampler_targets *targets, uint64_t interval_ms,
		struct sampler **ret_sampler)
{
	struct sampler *sampler = calloc(1, sizeof(*sampler));
	int r;

	if (!sampler)
		return -ENOMEM;
	sampler->model = targets->model;
	sampler->exits = targets->exits;
	sampler->events = targets->events;
	sampler->rules = targets->rules;
	sampler->ticks = targets->ticks;
	sampler->series = targets->series;
	sampler->interval_usec = interval_ms * USEC_PER_MSEC;
	sampler->logged = 1;
	sampler->due_usec = clock_ns(CLOCK_MONOTONIC) / 1000;
	tick(sampler);
	sampler->due_usec = next_due(sampler, sampler->due_usec);
	r = add_timers(sampler, event);
	if (r < 0) {
		sampler_free(sampler);
		return r;
	}
	*ret_sampler = sampler;
	return 0;
}

struct sampler *sampler_free(struct sampler *sampler)
{
	if (!sampler)
		return NULL;
	sd_event_source_unref(sampler->timer);
	sd_event_source_unref(sampler->exits_timer);
	free(sampler);
	return NULL;
}

void sampler_set_interval(struct sampler *sampler, uint64_t interval_ms)
{
	sampler->interval_usec = interval_ms * USEC_PER_MSEC;
}
