// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests through routes, access and handlers to whole replies. The first line is who asks,
 * the method and the target, the others are headers, as in HTTP:
 *
 *	root GET /v1/processes?limit=3
 *	Accept-Encoding: gzip
 *
 * Who asks is root, user, tcp or metrics, by its first letter.
 */
#include "api/api.h"
#include "api/metrics.h"
#include "fuzz.h"

#include "unit/exit-record.h"

#include <errno.h>
#include <json-c/json.h>
#include <time.h>
#include <zlib.h>

#define TOKEN		"0123456789abcdef"
#define PROCESSES	30
#define LOAD		UINT64_C(5)
#define REPLY_MAX	(1U << 20)
/* Of what is sent in pieces, more than any reply here has. */
#define PIECES_MAX	100000

static struct config config;
static struct access access_rules;
static struct model model;
static struct exits exits;
static struct ticks ticks;
static struct api api;

static int fake_find_cgroup(uint64_t id, struct cgroup *ret_cgroup)
{
	*ret_cgroup = (struct cgroup) { .path = "/a/\xff\"b" };
	return id == 3 ? -ENODATA : 0;
}

static int fake_read_histograms(const struct taskmeter_record *process,
				struct taskmeter_record *ret_record,
				struct taskmeter_histograms *ret_histograms)
{
	if (process->pid == 3)
		return -EACCES;
	*ret_record = *process;
	*ret_histograms = (struct taskmeter_histograms) { .cpu_wait = { 9 } };
	return 0;
}

static int fake_read_threads(const struct taskmeter_record *process,
			     struct sample **ret_sample)
{
	struct taskmeter_record record = *process;
	uint32_t i;

	*ret_sample = sample_new(NULL);
	CHECK(*ret_sample);
	for (i = 0; i < 3; i++) {
		record.pid = process->pid + 1000 * i;
		CHECK(!sample_add(*ret_sample, &record));
	}
	return 0;
}

static int fake_read_pss(const struct taskmeter_record *process, uint64_t budget_ns,
			 struct pss_reading *ret_reading)
{
	ret_reading->record = *process;
	ret_reading->estimate_ns = budget_ns + 1;
	return process->pid == 5 ? -E2BIG : 0;
}

static void walk(void *data, bool (*found)(void *context, uint64_t id, const char *path),
		 void *context)
{
	(void)data;
	found(context, 1, "/system.slice/a.service");
	found(context, 2, "/b\xff\n.slice");
}

static void publish(void)
{
	struct sample *sample = model_take_buffer(&model);
	struct taskmeter_info info = { .version = "1", .available = UINT64_MAX,
				       .instance_id = LOAD };
	struct taskmeter_record record;
	struct timespec now;
	uint32_t pid;

	clock_gettime(CLOCK_MONOTONIC, &now);
	sample->monotonic_ns = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
	for (pid = 1; pid <= PROCESSES; pid++) {
		sample_process(&record, pid, pid % 2 ? "own\"\n\xff" : "foreign");
		record.uid = record.euid = pid % 2;
		record.start_time_ns = pid;
		record.cgroup_id = pid % 4;
		CHECK(!sample_add(sample, &record));
	}
	model_publish(&model, &info, sample);
	model_settle(&model);
}

static void add_exits(void)
{
	struct exit_batch *batch = exit_batch(LOAD, 101, 131);

	exits_init(&exits, NULL);
	exits.supported = true;
	exit_log_begin(&exits.log, LOAD, 101);
	CHECK(!exit_log_add(&exits.log, batch));
	batch_unref(batch);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static const char text[] = "listen = 127.0.0.2:1\nhosts = meter.example\n";
	const struct groups_paths paths = { .walk = walk };
	struct config_error error;
	sd_event *event;

	(void)argc;
	(void)argv;
	CHECK(!config_parse(text, strlen(text), &config, &error));
	CHECK(!model_init(&model, metrics_max_programs(&config)));
	groups_free(model.groups);
	model.groups = groups_new(100, &paths);
	access_rules.token = strdup(TOKEN);
	api = (struct api) {
		.model = &model, .config = &config, .access = &access_rules,
		.find_cgroup = fake_find_cgroup, .read_histograms = fake_read_histograms,
		.read_threads = fake_read_threads, .read_pss = fake_read_pss,
		.exits = &exits, .ticks = &ticks,
	};
	add_exits();
	CHECK(sd_event_new(&event) >= 0);
	CHECK(!events_new(event, &api.events));
	publish();
	return 0;
}

/* Changes @line: "Name: value" or "Name:value". */
static void take_header(struct request *request, char *line)
{
	const struct {
		const char *name;
		const char **value;
	} headers[] = {
		{ "Host", &request->host },
		{ "Authorization", &request->authorization },
		{ "Accept", &request->accept },
		{ "Accept-Encoding", &request->accept_encoding },
		{ "If-None-Match", &request->if_none_match },
		{ "Last-Event-ID", &request->last_event_id },
	};
	char *value = strchr(line, ':');
	size_t i;

	if (!value)
		return;
	*value++ = '\0';
	value += strspn(value, " ");
	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (!strcmp(headers[i].name, line) && !*headers[i].value)
			*headers[i].value = strdup(value);
}

static void take_request(struct request *request, char *line)
{
	char *method = strchr(line, ' '), *target = method ? strchr(method + 1, ' ') : NULL;

	if (*line == 't' || *line == 'm')
		request->listener = *line == 't' ? LISTENER_TCP : LISTENER_METRICS;
	else
		request->view = (struct view) { .all = *line == 'r', .uid = 1 };
	if (target) {
		*target = '\0';
		request->method = strdup(method + 1);
		request->target = strdup(target + 1);
	}
}

static void release(struct request *request)
{
	free((char *)request->method);
	free((char *)request->target);
	free((char *)request->host);
	free((char *)request->authorization);
	free((char *)request->accept);
	free((char *)request->accept_encoding);
	free((char *)request->if_none_match);
	free((char *)request->last_event_id);
}

/* All of the body that there is now, however it is made. */
static void read_body(struct reply *reply, struct buffer *body)
{
	int pieces = 0, r = 1;

	*body = (struct buffer) { .max = REPLY_MAX };
	if (!reply->stream)
		buffer_append(body, reply->body.data, reply->body.size);
	while (reply->stream && r > 0) {
		r = reply->stream->next(reply->stream, body);
		CHECK(r >= 0 || (r == -EAGAIN && reply->stream->endless));
		CHECK(++pieces < PIECES_MAX);
	}
	CHECK(!body->error);
}

static void expand(struct buffer *body)
{
	static char plain[REPLY_MAX];
	z_stream stream = {
		.next_in = (unsigned char *)body->data, .avail_in = (unsigned int)body->size,
		.next_out = (unsigned char *)plain, .avail_out = sizeof(plain),
	};

	CHECK(inflateInit2(&stream, 15 + 16) == Z_OK);
	CHECK(inflate(&stream, Z_FINISH) == Z_STREAM_END && !stream.avail_in);
	body->size = 0;
	buffer_append(body, plain, stream.total_out);
	inflateEnd(&stream);
	CHECK(!body->error);
}

static struct json_object *parse(const struct buffer *body)
{
	struct json_tokener *tokener = json_tokener_new();
	struct json_object *object;

	json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	object = json_tokener_parse_ex(tokener, body->data, (int)body->size);
	CHECK(object && json_tokener_get_error(tokener) == json_tokener_success);
	json_tokener_free(tokener);
	return object;
}

static void check_problem(const struct reply *reply, struct json_object *object)
{
	struct json_object *value;

	CHECK(json_object_object_get_ex(object, "status", &value));
	CHECK((unsigned int)json_object_get_int(value) == reply->status);
	CHECK(json_object_object_get_ex(object, "detail", &value));
	CHECK(json_object_get_string_len(value) > 0);
}

/* 500 is a fault of ours; 503 is for what has no history, or costs too much. */
static void check_reply(struct reply *reply)
{
	struct json_object *object = NULL;
	struct buffer body;

	CHECK(reply->status >= 200 && reply->status != 500 && reply->status < 600);
	read_body(reply, &body);
	if (reply->encoding)
		expand(&body);
	if (reply->type && strstr(reply->type, "json"))
		object = parse(&body);
	if (reply->status >= 400)
		check_problem(reply, object);
	json_object_put(object);
	buffer_clear(&body);
}

static void ask(struct request *request)
{
	struct reply reply;

	CHECK(!api_handle(&api, request, &reply));
	if (reply.status == 304)
		CHECK(!reply.body.size && !reply.stream && !reply.type);
	else if (!reply.pending)
		check_reply(&reply);
	reply_clear(&reply);
	CHECK(!api.reply_bytes && !api.past_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { data, size };
	struct request request = { 0 };
	char *line = take_line(&input);

	if (line)
		take_request(&request, line);
	while (line && request.target) {
		free(line);
		line = take_line(&input);
		if (line)
			take_header(&request, line);
	}
	if (request.target)
		ask(&request);
	free(line);
	release(&request);
	return 0;
}
