// SPDX-License-Identifier: GPL-2.0-or-later
/* See config.h. Keys are a table; one function parses one kind of value. */
#include "config.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>
#include "common/suggest.h"

#define LINE_MAX_BYTES	4096
#define HOST_MAX	253

struct parser {
	struct config *config;
	struct config_error *error;
	unsigned int line;
};

struct key {
	const char *name;
	const char *allowed;
	int (*parse)(struct parser *parser, char *value);
};

#define refuse(parser, ...) \
	(snprintf((parser)->error->text, sizeof((parser)->error->text), __VA_ARGS__), \
	 -EINVAL)

/* Not a refusal with a text of its own: the caller says what the key allows. */
#define NOT_ALLOWED	(-EDOM)

/* A decimal number in a range; digits only, so no sign, blank or hex. */
static int parse_number(const char *value, uint64_t min, uint64_t max,
			uint64_t *ret_number, const char **ret_rest)
{
	uint64_t number = 0;
	const char *c;

	for (c = value; isdigit((unsigned char)*c); c++) {
		number = number * 10 + (unsigned int)(*c - '0');
		if (number > UINT32_MAX)
			return NOT_ALLOWED;
	}
	if (c == value || (!ret_rest && *c) || number < min || number > max)
		return NOT_ALLOWED;
	*ret_number = number;
	if (ret_rest)
		*ret_rest = c;
	return 0;
}

struct unit {
	const char *name;
	uint64_t factor;
};

/* A number and one of the units, which are closed by one without a name. */
static int parse_time(const char *value, const struct unit *units, uint64_t min, uint64_t max,
		      uint64_t *ret_time)
{
	uint64_t number, time = 0;
	const char *rest;

	if (parse_number(value, 1, UINT32_MAX, &number, &rest) < 0)
		return NOT_ALLOWED;
	while (*rest == ' ')
		rest++;
	for (; units->name; units++)
		if (!strcmp(rest, units->name))
			time = number * units->factor;
	if (time < min || time > max)
		return NOT_ALLOWED;
	*ret_time = time;
	return 0;
}

static int parse_interval(struct parser *parser, char *value)
{
	static const struct unit units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "min", 60000 }, { NULL, 0 },
	};

	return parse_time(value, units, CONFIG_INTERVAL_MIN_MS, CONFIG_INTERVAL_MAX_MS,
			  &parser->config->interval_ms);
}

static int parse_history_age(struct parser *parser, char *value)
{
	static const struct unit units[] = {
		{ "min", 60 }, { "h", 3600 }, { "d", 86400 }, { NULL, 0 },
	};

	return parse_time(value, units, CONFIG_HISTORY_AGE_MIN_SEC, CONFIG_HISTORY_AGE_MAX_SEC,
			  &parser->config->history_age_sec);
}

static int replace(char **target, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*target);
	*target = copy;
	return 0;
}

static int parse_socket(struct parser *parser, char *value)
{
	struct sockaddr_un address;

	/* Room for the suffix under which the socket is made, see listen.c. */
	if (value[0] != '/' || strlen(value) + 16 > sizeof(address.sun_path))
		return NOT_ALLOWED;
	return replace(&parser->config->socket, value);
}

static int parse_token_file(struct parser *parser, char *value)
{
	if (value[0] != '/')
		return NOT_ALLOWED;
	return replace(&parser->config->token_file, value);
}

/* "none" for no history; room for the suffixes of a file that is moved aside. */
static int parse_history(struct parser *parser, char *value)
{
	if (!strcmp(value, "none")) {
		free(parser->config->history);
		parser->config->history = NULL;
		return 0;
	}
	if (value[0] != '/' || strlen(value) > CONFIG_HISTORY_PATH_MAX)
		return NOT_ALLOWED;
	return replace(&parser->config->history, value);
}

static bool valid_address(const char *value)
{
	unsigned char binary[sizeof(struct in6_addr)];
	const char *colon = strrchr(value, ':');
	char address[64];
	uint64_t port;
	size_t length;
	int family;

	if (!colon || parse_number(colon + 1, 1, 65535, &port, NULL) < 0)
		return false;
	length = (size_t)(colon - value);
	if (length < 2 || length >= sizeof(address))
		return false;
	family = value[0] == '[' ? AF_INET6 : AF_INET;
	if (family == AF_INET6 && value[length - 1] != ']')
		return false;
	if (family == AF_INET6)
		snprintf(address, sizeof(address), "%.*s", (int)length - 2, value + 1);
	else
		snprintf(address, sizeof(address), "%.*s", (int)length, value);
	return inet_pton(family, address, binary) == 1;
}

static bool valid_host(const char *value)
{
	size_t length = strlen(value);

	return length && length <= HOST_MAX &&
	       strspn(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			     "0123456789.-_[:]") == length;
}

static int parse_list(struct parser *parser, char *value, char **list, size_t *count,
		      size_t max, bool (*valid)(const char *value))
{
	char *word, *rest = NULL;

	for (word = strtok_r(value, " \t,", &rest); word;
	     word = strtok_r(NULL, " \t,", &rest)) {
		if (!valid(word))
			return refuse(parser, "\"%.64s\" is not allowed here", word);
		if (*count == max)
			return refuse(parser, "more than %zu values", max);
		list[*count] = strdup(word);
		if (!list[*count])
			return -ENOMEM;
		++*count;
	}
	return *count ? 0 : NOT_ALLOWED;
}

static int parse_listen(struct parser *parser, char *value)
{
	struct config *config = parser->config;

	return parse_list(parser, value, config->listen, &config->listen_count,
			  CONFIG_LISTEN_MAX, valid_address);
}

static int parse_hosts(struct parser *parser, char *value)
{
	struct config *config = parser->config;

	return parse_list(parser, value, config->hosts, &config->host_count,
			  CONFIG_HOSTS_MAX, valid_host);
}

static int parse_unsigned(unsigned int *target, const char *value, unsigned int min,
			  unsigned int max)
{
	uint64_t number;
	int r = parse_number(value, min, max, &number, NULL);

	if (!r)
		*target = (unsigned int)number;
	return r;
}

static int parse_metrics_programs(struct parser *parser, char *value)
{
	return parse_unsigned(&parser->config->metrics_programs, value, 0,
			      CONFIG_PROGRAMS_MAX);
}

static int parse_max_series(struct parser *parser, char *value)
{
	return parse_unsigned(&parser->config->max_series, value, CONFIG_SERIES_MIN,
			      CONFIG_SERIES_MAX);
}

static int parse_history_exits(struct parser *parser, char *value)
{
	return parse_unsigned(&parser->config->history_exits, value,
			      CONFIG_HISTORY_EXITS_MIN, CONFIG_HISTORY_EXITS_MAX);
}

static const struct key keys[] = {
	{ "interval", "a time from 100ms to 10min, with unit ms, s or min",
	  parse_interval },
	{ "socket", "an absolute path of at most 92 bytes", parse_socket },
	{ "listen", "at most 8 numeric addresses with port, as 127.0.0.1:9745 or [::1]:9745",
	  parse_listen },
	{ "token-file", "an absolute path", parse_token_file },
	{ "hosts", "at most 32 host names", parse_hosts },
	{ "metrics-programs", "a number from 0 to 1000", parse_metrics_programs },
	{ "max-series", "a number from 100 to 20000", parse_max_series },
	{ "history", "an absolute path of at most 200 bytes, or none", parse_history },
	{ "history-age", "a time from 1h to 365d, with unit min, h or d", parse_history_age },
	{ "history-exits", "a number from 1000 to 100000000", parse_history_exits },
};

#define KEY_COUNT	(sizeof(keys) / sizeof(keys[0]))

static const char *nearest_key(const char *name)
{
	struct suggestion suggestion;
	size_t i;

	suggest_init(&suggestion, name, strlen(name));
	for (i = 0; i < KEY_COUNT; i++)
		suggest_offer(&suggestion, keys[i].name);
	return suggestion.best;
}

static int refuse_key(struct parser *parser, const char *name)
{
	const char *nearest = nearest_key(name);
	char all[256] = "";
	size_t i, used = 0;

	if (nearest)
		return refuse(parser, "unknown key \"%.64s\"; did you mean \"%s\"?",
			      name, nearest);
	for (i = 0; i < KEY_COUNT; i++)
		used += (size_t)snprintf(all + used, sizeof(all) - used, "%s%s",
					 i ? ", " : "", keys[i].name);
	return refuse(parser, "unknown key \"%.64s\"; the keys are %s", name, all);
}

static char *strip(char *text)
{
	char *end = text + strlen(text);

	while (end > text && isspace((unsigned char)end[-1]))
		*--end = '\0';
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

static int parse_setting(struct parser *parser, unsigned int *seen, char *name, char *value)
{
	char original[LINE_MAX_BYTES + 1];
	size_t i;
	int r;

	for (i = 0; i < KEY_COUNT && strcmp(keys[i].name, name) != 0; i++)
		;
	if (i == KEY_COUNT)
		return refuse_key(parser, name);
	if (seen[i])
		return refuse(parser, "\"%s\" is given twice, first in line %u", name,
			      seen[i]);
	seen[i] = parser->line;
	snprintf(original, sizeof(original), "%s", value);
	r = keys[i].parse(parser, value);
	if (r == NOT_ALLOWED)
		return refuse(parser, "%s: \"%.64s\" is not allowed; it takes %s", name,
			      original, keys[i].allowed);
	if (r == -EINVAL) {
		snprintf(original, sizeof(original), "%s", parser->error->text);
		return refuse(parser, "%s: %.128s; it takes %s", name, original,
			      keys[i].allowed);
	}
	return r;
}

static int parse_line(struct parser *parser, unsigned int *seen, char *line)
{
	char *equals;

	line = strip(line);
	if (!*line || *line == '#' || *line == ';')
		return 0;
	if (*line == '[') {
		if (!strcmp(line, "[taskmeterd]"))
			return 0;
		return refuse(parser, "unknown section \"%.64s\"; the only one is [taskmeterd]",
			      line);
	}
	equals = strchr(line, '=');
	if (!equals)
		return refuse(parser, "\"%.64s\" is not of the form key = value", line);
	*equals = '\0';
	return parse_setting(parser, seen, strip(line), strip(equals + 1));
}

static int set_defaults(struct config *config)
{
	int r;

	*config = (struct config) {
		.interval_ms = 1000,
		.metrics_programs = 100,
		.max_series = 4000,
		.history_age_sec = 7 * 86400,
		.history_exits = 1000000,
	};
	r = replace(&config->history, "/var/lib/taskmeter/history.db");
	return r ? r : replace(&config->socket, "/run/taskmeter/api.sock");
}

static int parse_lines(struct parser *parser, const char *text, size_t size)
{
	unsigned int seen[KEY_COUNT] = { 0 };
	char line[LINE_MAX_BYTES + 1];
	const char *end;
	size_t length;
	int r;

	while (size) {
		end = memchr(text, '\n', size);
		length = end ? (size_t)(end - text) : size;
		parser->line++;
		if (length >= LINE_MAX_BYTES)
			return refuse(parser, "the line is longer than %d bytes",
				      LINE_MAX_BYTES);
		if (memchr(text, '\0', length))
			return refuse(parser, "the line holds a NUL byte");
		memcpy(line, text, length);
		line[length] = '\0';
		r = parse_line(parser, seen, line);
		if (r < 0)
			return r;
		length += !!end;
		text += length;
		size -= length;
	}
	return 0;
}

int config_parse(const char *text, size_t size, struct config *ret_config,
		 struct config_error *ret_error)
{
	struct config config = { 0 };
	struct parser parser = { .config = &config, .error = ret_error };
	int r;

	*ret_error = (struct config_error) { 0 };
	if (size > CONFIG_SIZE_MAX)
		return refuse(&parser, "the file is larger than %d bytes", CONFIG_SIZE_MAX);
	r = set_defaults(&config);
	if (!r)
		r = parse_lines(&parser, text, size);
	if (r < 0) {
		ret_error->line = r == -EINVAL ? parser.line : 0;
		config_clear(&config);
		return r;
	}
	*ret_config = config;
	return 0;
}

/* At most one byte more than is allowed, so that the parser can refuse it. */
static ssize_t read_file(const char *path, char *buffer, size_t size)
{
	ssize_t n, total = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	do {
		n = read(fd, buffer + total, size - (size_t)total);
		if (n > 0)
			total += n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		total = -errno;
	close(fd);
	return total;
}

int config_load(const char *path, struct config *ret_config,
		struct config_error *ret_error)
{
	char *buffer = malloc(CONFIG_SIZE_MAX + 1);
	ssize_t n = -ENOMEM;
	int r;

	*ret_error = (struct config_error) { 0 };
	if (buffer)
		n = read_file(path ? path : CONFIG_FILE, buffer, CONFIG_SIZE_MAX + 1);
	if (n == -ENOENT && !path)
		n = 0;
	r = n < 0 ? (int)n : config_parse(buffer, (size_t)n, ret_config, ret_error);
	if (r < 0 && !ret_error->text[0])
		snprintf(ret_error->text, sizeof(ret_error->text), "%s", strerror(-r));
	free(buffer);
	return r;
}

void config_clear(struct config *config)
{
	size_t i;

	free(config->socket);
	free(config->token_file);
	free(config->history);
	for (i = 0; i < config->listen_count; i++)
		free(config->listen[i]);
	for (i = 0; i < config->host_count; i++)
		free(config->hosts[i]);
	*config = (struct config) { 0 };
}
