/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * taskmeterd.conf: "key = value" lines and sections, see taskmeterd.conf(5).
 *
 * The parser is strict: what it does not understand it refuses, with file, line and what
 * would be allowed.
 */
#ifndef TASKMETERD_CONFIG_H
#define TASKMETERD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "core/rule.h"
#include "store/series.h"

#define CONFIG_FILE		TASKMETER_SYSCONFDIR "/taskmeter/taskmeterd.conf"
/* Behind the name of the file: the directory of its drop-ins, and how these end. */
#define CONFIG_DROP_INS		".d"
#define CONFIG_DROP_IN		".conf"
#define CONFIG_DROP_INS_MAX	256
#define CONFIG_SIZE_MAX		65536
/* Room for the settings of the command line: one of each key. */
#define CONFIG_GIVEN_MAX	16
#define CONFIG_LISTEN_MAX	8
#define CONFIG_HOSTS_MAX	32
#define CONFIG_INTERVAL_MIN_MS	100
#define CONFIG_INTERVAL_MAX_MS	600000
#define CONFIG_PROGRAMS_MAX	1000
#define CONFIG_SERIES_MIN	100
#define CONFIG_SERIES_MAX	20000
#define CONFIG_HISTORY_PATH_MAX	200
#define CONFIG_HISTORY_AGE_MIN_SEC	3600
#define CONFIG_HISTORY_AGE_MAX_SEC	(365 * 86400)
#define CONFIG_HISTORY_GROUPS_MIN_SEC	60
#define CONFIG_HISTORY_EXITS_MIN	1000
#define CONFIG_HISTORY_EXITS_MAX	100000000
/* Samples in /metrics that each rule takes. */
#define CONFIG_RULE_SERIES	4
#define CONFIG_HISTORY_SIZE_MIN_MIB	16
#define CONFIG_HISTORY_SIZE_MAX_MIB	(1024 * 1024)
#define CONFIG_HISTORY_INTERVAL_MIN_MS	1000
#define CONFIG_HISTORY_INTERVAL_MAX_MS	600000

/**
 * struct config - settings; every member has a value
 * @interval_ms: time between samples
 * @socket: path of the Unix socket
 * @listen: TCP addresses, "127.0.0.1:9745" or "[::1]:9745"
 * @listen_count: how many
 * @token_file: file that holds the bearer token, or NULL
 * @hosts: names accepted in the Host header over TCP, beside the loopback ones
 * @host_count: how many
 * @metrics_programs: programs with series of their own in /metrics
 * @max_series: most samples that /metrics may hold
 * @history: file of the history, or NULL for none
 * @history_age_sec: how long it keeps what it has
 * @history_exits: how many exit records it keeps at most
 * @rules: pressure rules, in the order of the files
 * @rule_count: how many
 * @drop_ins: files that were read beside the first
 * @history_mib: how large it may be
 * @history_interval_ms: time between two ticks that it keeps
 * @history_groups_sec: how long it keeps series of groups, by &enum series_tier
 */
struct config {
	uint64_t interval_ms;
	char *socket;
	char *listen[CONFIG_LISTEN_MAX];
	size_t listen_count;
	char *token_file;
	char *hosts[CONFIG_HOSTS_MAX];
	size_t host_count;
	unsigned int metrics_programs;
	unsigned int max_series;
	char *history;
	uint64_t history_age_sec;
	unsigned int history_exits;
	struct rule rules[RULES_MAX];
	size_t rule_count;
	size_t drop_ins;
	uint64_t history_mib;
	uint64_t history_interval_ms;
	uint64_t history_groups_sec[SERIES_TIERS];
};

/**
 * struct config_error - why a configuration was refused
 * @file: the file, the directory of drop-ins, or "command line"; empty if it is none of
 *	these
 * @line: line number from 1, 0 if the file as a whole
 * @text: one sentence
 */
struct config_error {
	char file[512];
	unsigned int line;
	char text[512];
};

/**
 * struct config_given - settings of the command line
 * @key: the keys, each of them once
 * @value: their values
 * @count: how many
 */
struct config_given {
	const char *key[CONFIG_GIVEN_MAX];
	const char *value[CONFIG_GIVEN_MAX];
	size_t count;
};

/**
 * config_key() - a key of the section [taskmeterd]
 * @index: which one, from 0
 *
 * Return: its name; NULL behind the last one.
 */
const char *config_key(size_t index);

/**
 * config_key_allowed() - what a key takes
 * @index: that of config_key()
 *
 * Return: words.
 */
const char *config_key_allowed(size_t index);

/**
 * config_parse() - settings from text
 * @text: the file's content, need not be terminated
 * @size: bytes
 * @ret_config: to be released with config_clear()
 * @ret_error: why it was refused, set with -EINVAL
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int config_parse(const char *text, size_t size, struct config *ret_config,
		 struct config_error *ret_error);

/**
 * config_load() - settings from a file and its drop-ins, and the command line
 * @path: file, or NULL for CONFIG_FILE, which need not exist
 * @given: settings that take the place of those of all files
 * @ret_config: to be released with config_clear()
 * @ret_error: why it was refused; set with every error
 *
 * Then come all files of the directory of that name and CONFIG_DROP_INS that end in
 * CONFIG_DROP_IN, but hidden ones, in the order of their names, as bytes: what they set
 * takes the place of what was set before.
 *
 * Return: 0 or a negative errno.
 */
int config_load(const char *path, const struct config_given *given,
		struct config *ret_config, struct config_error *ret_error);

/**
 * config_clear() - release what a configuration holds
 * @config: zeroed or filled in; is zeroed
 */
void config_clear(struct config *config);

#endif
