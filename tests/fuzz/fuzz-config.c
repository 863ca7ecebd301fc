// SPDX-License-Identifier: GPL-2.0-or-later
/* A configuration file: what is taken keeps its bounds, what is refused is told why. */
#include "config.h"
#include "fuzz.h"

#include <errno.h>

static size_t count_lines(const uint8_t *text, size_t size)
{
	size_t lines = 1;

	while (size--)
		lines += *text++ == '\n';
	return lines;
}

static void check_rule(const struct rule *rule)
{
	CHECK(rule->name && rule->pattern);
	CHECK(strlen(rule->name) <= RULE_NAME_MAX);
	CHECK(rule->clear_below <= rule->over);
	/* A pattern matches, or not, whatever name a cgroup has. */
	rule_matches(rule, rule->name);
	rule_matches(rule, "a.service");
}

static void check_config(const struct config *config)
{
	size_t i;

	CHECK(config->interval_ms >= CONFIG_INTERVAL_MIN_MS);
	CHECK(config->interval_ms <= CONFIG_INTERVAL_MAX_MS);
	CHECK(config->socket && config->socket[0]);
	CHECK(config->listen_count <= CONFIG_LISTEN_MAX);
	CHECK(config->host_count <= CONFIG_HOSTS_MAX);
	CHECK(config->metrics_programs <= CONFIG_PROGRAMS_MAX);
	CHECK(config->max_series >= CONFIG_SERIES_MIN);
	CHECK(config->max_series <= CONFIG_SERIES_MAX);
	CHECK(!config->history || strlen(config->history) <= CONFIG_HISTORY_PATH_MAX);
	CHECK(config->history_age_sec >= CONFIG_HISTORY_AGE_MIN_SEC);
	CHECK(config->history_age_sec <= CONFIG_HISTORY_AGE_MAX_SEC);
	CHECK(config->history_exits >= CONFIG_HISTORY_EXITS_MIN);
	CHECK(config->history_exits <= CONFIG_HISTORY_EXITS_MAX);
	CHECK(config->history_mib >= CONFIG_HISTORY_SIZE_MIN_MIB);
	CHECK(config->history_mib <= CONFIG_HISTORY_SIZE_MAX_MIB);
	CHECK(config->history_interval_ms >= CONFIG_HISTORY_INTERVAL_MIN_MS);
	CHECK(config->history_interval_ms <= CONFIG_HISTORY_INTERVAL_MAX_MS);
	CHECK(config->rule_count <= RULES_MAX);
	for (i = 0; i < config->rule_count; i++)
		check_rule(&config->rules[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config config = { 0 };
	struct config_error error;
	int r = config_parse((const char *)data, size, &config, &error);

	if (r) {
		CHECK(r == -EINVAL);
		CHECK(error.text[0] && error.line <= count_lines(data, size));
		CHECK(memchr(error.text, '\0', sizeof(error.text)));
		CHECK(!config.socket && !config.rule_count);
		return 0;
	}
	check_config(&config);
	config_clear(&config);
	return 0;
}
