// SPDX-License-Identifier: GPL-2.0-or-later
/* See config.h: the keys of [taskmeterd]; one function parses one kind of value. */
#include "config-parse.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

#define HOST_MAX	253

static const struct unit short_times[] = {
	{ "ms", 1 }, { "s", 1000 }, { "min", 60000 }, { NULL, 0 },
};

static const struct unit long_times[] = {
	{ "min", 60 }, { "h", 3600 }, { "d", 86400 }, { NULL, 0 },
};

static int parse_interval(struct parser *parser, char *value)
{
	return parse_quantity(value, short_times, CONFIG_INTERVAL_MIN_MS,
			      CONFIG_INTERVAL_MAX_MS, &parser->config->interval_ms);
}

static int parse_history_interval(struct parser *parser, char *value)
{
	return parse_quantity(value, short_times, CONFIG_HISTORY_INTERVAL_MIN_MS,
			      CONFIG_HISTORY_INTERVAL_MAX_MS,
			      &parser->config->history_interval_ms);
}

static int parse_history_age(struct parser *parser, char *value)
{
	return parse_quantity(value, long_times, CONFIG_HISTORY_AGE_MIN_SEC,
			      CONFIG_HISTORY_AGE_MAX_SEC, &parser->config->history_age_sec);
}

/* Three of them, with blanks between; what is coarser is kept as long, or longer. */
static int parse_history_groups(struct parser *parser, char *value)
{
	uint64_t ages[SERIES_TIERS], least = CONFIG_HISTORY_GROUPS_MIN_SEC;
	char *word, *rest = value;
	int tier;

	for (tier = 0; tier < SERIES_TIERS; tier++) {
		word = strtok_r(rest, " \t", &rest);
		if (!word || parse_quantity(word, long_times, least, CONFIG_HISTORY_AGE_MAX_SEC,
					    &ages[tier]) < 0)
			return NOT_ALLOWED;
		least = ages[tier];
	}
	if (strtok_r(rest, " \t", &rest))
		return NOT_ALLOWED;
	memcpy(parser->config->history_groups_sec, ages, sizeof(ages));
	return 0;
}

static int parse_history_size(struct parser *parser, char *value)
{
	static const struct unit units[] = { { "MiB", 1 }, { "GiB", 1024 }, { NULL, 0 } };

	return parse_quantity(value, units, CONFIG_HISTORY_SIZE_MIN_MIB,
			      CONFIG_HISTORY_SIZE_MAX_MIB, &parser->config->history_mib);
}

static int parse_socket(struct parser *parser, char *value)
{
	struct sockaddr_un address;

	/* Room for the suffix under which the socket is made, see listen.c. */
	if (value[0] != '/' || strlen(value) + 16 > sizeof(address.sun_path))
		return NOT_ALLOWED;
	return replace_text(&parser->config->socket, value);
}

static int parse_token_file(struct parser *parser, char *value)
{
	if (value[0] != '/')
		return NOT_ALLOWED;
	return replace_text(&parser->config->token_file, value);
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
	return replace_text(&parser->config->history, value);
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

static void clear_list(char **list, size_t *count)
{
	while (*count)
		free(list[--*count]);
}

/* A later file's list takes the place of that of an earlier one. */
static int parse_list(struct parser *parser, char *value, char **list, size_t *count,
		      size_t max, bool (*valid)(const char *value))
{
	char *word, *rest = NULL;

	clear_list(list, count);
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
	{ "history-groups", "three times from 1min to 365d, with unit min, h or d and blanks"
	  " between them, none less than the one before, as 15min 1d 30d", parse_history_groups },
	{ "history-size", "a size from 16MiB to 1024GiB, with unit MiB or GiB",
	  parse_history_size },
	{ "history-interval", "a time from 1s to 10min, with unit ms, s or min",
	  parse_history_interval },
};

#define KEY_COUNT	(sizeof(keys) / sizeof(keys[0]))

_Static_assert(KEY_COUNT <= CONFIG_KEYS_MAX, "the parser has no room for all keys");
_Static_assert(KEY_COUNT <= CONFIG_GIVEN_MAX, "the command line has no room for all keys");

const char *config_key(size_t index)
{
	return index < KEY_COUNT ? keys[index].name : NULL;
}

const char *config_key_allowed(size_t index)
{
	return keys[index].allowed;
}

int main_setting(struct parser *parser, const char *name, char *value)
{
	int r = parse_setting(parser, keys, KEY_COUNT, parser->seen, name, value);

	return r < 0 ? r : 0;
}

int config_defaults(struct config *config)
{
	int r;

	*config = (struct config) {
		.interval_ms = 1000,
		.metrics_programs = 100,
		.max_series = 8000,
		.history_age_sec = 7 * 86400,
		.history_exits = 1000000,
		.history_mib = 1024,
		.history_interval_ms = 10000,
		.history_groups_sec = { 15 * 60, 86400, 30 * 86400 },
	};
	r = replace_text(&config->history, "/var/lib/taskmeter/history.db");
	return r ? r : replace_text(&config->socket, "/run/taskmeter/api.sock");
}

void config_clear(struct config *config)
{
	size_t i;

	free(config->socket);
	free(config->token_file);
	free(config->history);
	clear_list(config->listen, &config->listen_count);
	clear_list(config->hosts, &config->host_count);
	for (i = 0; i < config->rule_count; i++)
		rule_clear(&config->rules[i]);
	*config = (struct config) { 0 };
}
