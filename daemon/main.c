// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * taskmeterd: samples all processes through the taskmeter module and serves the
 * figures over HTTP. See taskmeterd(8).
 *
 * Start-up is a list of steps, and the end is its mirror image. Everything runs
 * in one thread, in one event loop, but what may wait for long: a read that may hang, see
 * core/pss-reader.h, and the disk, see store/store.h.
 */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <time.h>
#include "api/api.h"
#include "api/listen.h"
#include "api/metrics.h"
#include "api/server.h"
#include "command-line.h"
#include "config.h"
#include "core/events.h"
#include "core/exits.h"
#include "core/group-series.h"
#include "core/history.h"
#include "core/log.h"
#include "core/model.h"
#include "core/rule-report.h"
#include "core/sampler.h"
#include "core/ticks.h"

struct taskmeterd {
	struct command_line options;
	struct config config;
	struct access access;
	struct model model;
	struct history history;
	struct exits exits;
	struct ticks ticks;
	struct group_series series;
	struct events *events;
	struct rules *rules;
	struct api api;
	sd_event *event;
	struct sampler *sampler;
	struct listen_set listening;
	struct server *servers[LISTEN_MAX];
};

static void log_config_error(const struct config_error *error)
{
	if (error->line)
		log_error("%s, line %u: %s", error->file, error->line, error->text);
	else if (error->file[0])
		log_error("%s: %s", error->file, error->text);
	else
		log_error("%s", error->text);
}

static int load_settings(const struct command_line *options, struct config *ret_config,
			 struct access *access)
{
	struct config_error error;
	int r = config_load(options->config_file, &options->given, ret_config, &error);

	if (r < 0) {
		log_config_error(&error);
		return r;
	}
	r = access_load(access, ret_config, &error);
	if (r < 0) {
		log_config_error(&error);
		config_clear(ret_config);
	}
	return r;
}

/* Many connections, many descriptors: as many as the service manager allows. */
static void raise_limits(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		log_warning("the limit of open files cannot be raised: %s", strerror(errno));
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void notify_reloading(void)
{
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRIu64, now_ns() / 1000);
}

static struct database_limits history_limits(const struct config *config)
{
	struct database_limits limits = {
		.age_ns = config->history_age_sec * 1000000000,
		.records = config->history_exits,
		.bytes = config->history_mib << 20,
	};
	int tier;

	for (tier = 0; tier < SERIES_TIERS; tier++)
		limits.series_age_ns[tier] = config->history_groups_sec[tier] * 1000000000;
	return limits;
}

static bool same_history(const struct config *a, const struct config *b)
{
	if (!a->history || !b->history)
		return a->history == b->history;
	return !strcmp(a->history, b->history);
}

/* The file stays in the settings, too: /v1/info tells of the one that is written. */
static void reload_history(struct taskmeterd *d, struct config *config)
{
	const struct database_limits limits = history_limits(config);
	char *file = config->history;

	if (!same_history(&d->config, config)) {
		log_warning("the file of the history changes only when the daemon is"
			    " restarted");
		config->history = d->config.history;
		d->config.history = file;
	}
	if (d->history.store)
		store_set_limits(d->history.store, &limits);
	d->ticks.interval_ms = config->history_interval_ms;
}

static void reload(struct taskmeterd *d)
{
	struct config config;

	if (load_settings(&d->options, &config, &d->access) < 0) {
		log_error("the settings stay as they were");
		return;
	}
	if (!listen_keep(&d->config, &config))
		log_warning("socket and listen change only when the daemon is restarted");
	if (metrics_max_programs(&config) != metrics_max_programs(&d->config) &&
	    model_resize_programs(&d->model, metrics_max_programs(&config)) < 0)
		log_warning("no memory for another number of programs");
	if (rules_set(d->rules, config.rules, config.rule_count, now_ns()) < 0)
		log_warning("no memory for other rules: those from before stay");
	reload_history(d, &config);
	config_clear(&d->config);
	d->config = config;
	d->api.reloads++;
	sampler_set_interval(d->sampler, config.interval_ms);
	log_info("settings loaded again");
}

static void notify_ready(void)
{
	sd_notify(0, "READY=1\nSTATUS=Sampling and serving");
}

static int on_reload(sd_event_source *source, const struct signalfd_siginfo *info,
		     void *data)
{
	(void)source;
	(void)info;
	notify_reloading();
	reload(data);
	notify_ready();
	return 0;
}

static int on_stop(sd_event_source *source, const struct signalfd_siginfo *info, void *data)
{
	(void)info;
	(void)data;
	return sd_event_exit(sd_event_source_get_event(source), 0);
}

static int watch_signals(struct taskmeterd *d)
{
	sigset_t signals;
	int r;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGHUP);
	if (sigprocmask(SIG_BLOCK, &signals, NULL) < 0)
		return -errno;
	r = sd_event_add_signal(d->event, NULL, SIGTERM, on_stop, d);
	if (r >= 0)
		r = sd_event_add_signal(d->event, NULL, SIGINT, on_stop, d);
	if (r >= 0)
		r = sd_event_add_signal(d->event, NULL, SIGHUP, on_reload, d);
	if (r >= 0)
		r = sd_event_set_watchdog(d->event, 1);
	return r;
}

static void stop_servers(struct taskmeterd *d)
{
	size_t i;

	for (i = 0; i < d->listening.count; i++)
		d->servers[i] = server_free(d->servers[i]);
}

static int start_servers(struct taskmeterd *d)
{
	struct listening *socket;
	size_t i;
	int r;

	for (i = 0; i < d->listening.count; i++) {
		socket = &d->listening.sockets[i];
		r = server_new(d->event, &d->api, socket->fd, socket->listener,
			       &d->servers[i]);
		if (r < 0) {
			stop_servers(d);
			return r;
		}
	}
	return 0;
}

static int run(struct taskmeterd *d)
{
	int r = start_servers(d);

	if (r < 0) {
		log_error("the HTTP server cannot start: %s", strerror(-r));
		return r;
	}
	log_info("taskmeterd %s serves %zu socket%s", TASKMETER_VERSION, d->listening.count,
		 d->listening.count == 1 ? "" : "s");
	notify_ready();
	r = sd_event_loop(d->event);
	sd_notify(0, "STOPPING=1\nSTATUS=Stopping");
	if (r < 0)
		log_error("the event loop failed: %s", strerror(-r));
	stop_servers(d);
	return r;
}

static int start_sampling(struct taskmeterd *d)
{
	const struct sampler_targets targets = {
		.model = &d->model, .exits = &d->exits, .events = d->events,
		.rules = d->rules,
		.ticks = &d->ticks, .series = &d->series,
	};
	int r = sampler_new(d->event, &targets, d->config.interval_ms, &d->sampler);

	if (r < 0)
		return r;
	r = listen_open(&d->config, &d->listening);
	if (r >= 0) {
		r = run(d);
		listen_close(&d->listening);
	}
	sampler_free(d->sampler);
	return r;
}

static int start_rules(struct taskmeterd *d)
{
	int r = -ENOMEM;

	d->rules = rules_new(rule_report, d->events);
	if (d->rules)
		r = rules_set(d->rules, d->config.rules, d->config.rule_count, now_ns());
	if (r >= 0) {
		d->api.rules = d->rules;
		r = start_sampling(d);
	}
	rules_free(d->rules);
	return r;
}

static void on_exits(void *data, const struct exit_batch *batch)
{
	struct model *model = data;

	groups_exited(model->groups, batch);
}

static int start_history(struct taskmeterd *d)
{
	const struct database_limits limits = history_limits(&d->config);
	int r = history_open(d->event, d->config.history, &limits, &d->history);

	if (r < 0)
		return r;
	d->ticks = (struct ticks) {
		.store = d->history.store, .groups = d->model.groups,
		.interval_ms = d->config.history_interval_ms,
	};
	d->series.store = d->history.store;
	exits_init(&d->exits, d->history.store);
	d->exits.taken = on_exits;
	d->exits.taken_data = &d->model;
	r = events_new(d->event, &d->events);
	if (r >= 0) {
		d->api.events = d->events;
		r = start_rules(d);
		events_free(d->events);
	}
	exits_clear(&d->exits);
	ticks_clear(&d->ticks);
	group_series_clear(&d->series);
	history_close(&d->history);
	return r;
}

static int start(struct taskmeterd *d)
{
	int r = sd_event_new(&d->event);

	if (r < 0)
		goto out;
	r = watch_signals(d);
	if (r < 0)
		goto out_event;
	r = model_init(&d->model, metrics_max_programs(&d->config));
	if (r < 0)
		goto out_event;
	r = start_history(d);
	model_clear(&d->model);
out_event:
	sd_event_unref(d->event);
out:
	if (r < 0)
		log_error("the daemon ends: %s", strerror(-r));
	return r;
}

static int serve(const struct command_line *options)
{
	struct taskmeterd d = { .options = *options };
	int r = load_settings(options, &d.config, &d.access);

	if (r < 0)
		return r;
	d.api = (struct api) {
		.model = &d.model, .config = &d.config, .access = &d.access,
		.find_cgroup = cgroup_of_id, .read_histograms = histograms_read,
		.read_threads = threads_read, .read_pss = pss_read_process,
		.exits = &d.exits, .ticks = &d.ticks, .series = &d.series,
	};
	raise_limits();
	r = start(&d);
	access_clear(&d.access);
	config_clear(&d.config);
	return r;
}

static int check(const struct command_line *options)
{
	struct config config;
	struct config_error error;
	int r = config_load(options->config_file, &options->given, &config, &error);

	if (r < 0) {
		log_config_error(&error);
		return r;
	}
	printf("%s", options->config_file ? options->config_file : CONFIG_FILE);
	if (config.drop_ins)
		printf(" and %zu drop-in%s", config.drop_ins, config.drop_ins == 1 ? "" : "s");
	if (config.rule_count)
		printf(", %zu rule%s", config.rule_count, config.rule_count == 1 ? "" : "s");
	puts(": no errors");
	config_clear(&config);
	return 0;
}

int main(int argc, char **argv)
{
	struct command_line options;
	int r = command_line_parse(argc, argv, &options);

	if (r)
		return r < 0 ? 2 : EXIT_SUCCESS;
	log_open("taskmeterd");
	r = options.check ? check(&options) : serve(&options);
	return r < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
