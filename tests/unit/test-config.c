// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * taskmeterd.conf: what is right is taken, what is wrong is refused with its file, line
 * and what is allowed. Drop-ins are taken in the order of their names. Each text is parsed
 * from a heap block of exactly its size.
 */
#include "config.h"
#include "suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND	UINT64_C(1000000000)

static int parse_bytes(const char *text, size_t size, struct config *config,
		       struct config_error *error)
{
	char *copy = malloc(size ? size : 1);
	int r;

	ck_assert_ptr_nonnull(copy);
	memcpy(copy, text, size);
	r = config_parse(copy, size, config, error);
	free(copy);
	return r;
}

static struct config parse(const char *text)
{
	struct config_error error;
	struct config config;

	ck_assert_msg(parse_bytes(text, strlen(text), &config, &error) == 0,
		      "%s: line %u: %s", text, error.line, error.text);
	return config;
}

static void refused(const char *text, unsigned int line, const char *const *words)
{
	struct config_error error;
	struct config config;

	ck_assert_int_eq(parse_bytes(text, strlen(text), &config, &error), -EINVAL);
	ck_assert_uint_eq(error.line, line);
	for (; *words; words++)
		ck_assert_msg(strstr(error.text, *words), "no \"%s\" in \"%s\"", *words,
			      error.text);
}

#define WORDS(...) (const char *const []) { __VA_ARGS__, NULL }

START_TEST(defaults)
{
	struct config config = parse("");

	ck_assert_uint_eq(config.interval_ms, 1000);
	ck_assert_str_eq(config.socket, "/run/taskmeter/api.sock");
	ck_assert_uint_eq(config.listen_count, 0);
	ck_assert_ptr_null(config.token_file);
	ck_assert_uint_eq(config.host_count, 0);
	ck_assert_uint_eq(config.metrics_programs, 100);
	ck_assert_uint_eq(config.max_series, 8000);
	ck_assert_uint_eq(config.history_mib, 1024);
	ck_assert_uint_eq(config.history_interval_ms, 10000);
	ck_assert_uint_eq(config.history_groups_sec[SERIES_SECONDS], 900);
	ck_assert_uint_eq(config.history_groups_sec[SERIES_TENS], 86400);
	ck_assert_uint_eq(config.history_groups_sec[SERIES_MINUTES], 30 * 86400);
	config_clear(&config);
}
END_TEST

START_TEST(everything)
{
	struct config config = parse("# comment\n\n[taskmeterd]\r\n"
				     "  interval\t= 2 min \n"
				     "socket=/tmp/a=b\n"
				     "listen = 127.0.0.1:1, [::1]:65535 10.0.0.1:80\n"
				     "; comment\n"
				     "token-file = /etc/token with blank\n"
				     "hosts = a.example B.example:80\n"
				     "metrics-programs = 0\n"
				     "max-series = 20000\n"
				     "history-size = 2 GiB\n"
				     "history-interval = 1min");

	ck_assert_uint_eq(config.interval_ms, 120000);
	ck_assert_str_eq(config.socket, "/tmp/a=b");
	ck_assert_uint_eq(config.listen_count, 3);
	ck_assert_str_eq(config.listen[1], "[::1]:65535");
	ck_assert_str_eq(config.token_file, "/etc/token with blank");
	ck_assert_uint_eq(config.host_count, 2);
	ck_assert_str_eq(config.hosts[1], "B.example:80");
	ck_assert_uint_eq(config.metrics_programs, 0);
	ck_assert_uint_eq(config.max_series, 20000);
	ck_assert_uint_eq(config.history_mib, 2048);
	ck_assert_uint_eq(config.history_interval_ms, 60000);
	config_clear(&config);
	ck_assert_ptr_null(config.socket);
}
END_TEST

START_TEST(intervals)
{
	static const struct { const char *text; uint64_t ms; } good[] = {
		{ "interval = 100ms", 100 }, { "interval = 10min", 600000 },
		{ "interval = 600 s", 600000 }, { "interval = 1s", 1000 },
	};
	static const char *const bad[] = {
		"99ms", "11min", "601s", "0s", "-1s", "1", "s", "", "1.5s", "1h", "1sx",
		"4294967297ms", "18446744073709551716ms", "0x10s",
	};
	struct config config;
	char text[64];
	size_t i;

	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		config = parse(good[i].text);
		ck_assert_uint_eq(config.interval_ms, good[i].ms);
		config_clear(&config);
	}
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "interval = %s", bad[i]);
		refused(text, 1, WORDS("interval", "100ms", "10min", bad[i]));
	}
}
END_TEST

START_TEST(sizes)
{
	static const char *const bad[] = {
		"15MiB", "1025GiB", "1MB", "1G", "17", "MiB", "", "-17MiB", "16.5MiB",
		"4294967296MiB",
	};
	struct config config = parse("history-size = 16MiB");
	char text[64];
	size_t i;

	ck_assert_uint_eq(config.history_mib, 16);
	config_clear(&config);
	config = parse("history-size = 1024GiB");
	ck_assert_uint_eq(config.history_mib << 20, UINT64_C(1) << 40);
	config_clear(&config);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "history-size = %s", bad[i]);
		refused(text, 1, WORDS("history-size", "16MiB", "1024GiB", bad[i]));
	}
	refused("history-interval = 999ms", 1, WORDS("history-interval", "1s", "10min"));
}
END_TEST

START_TEST(history_groups)
{
	static const char *const bad[] = {
		"1h 2h", "1h 2h 3h 4h", "2h 1h 3h", "1h 3h 2h", "59s 1h 2h", "0min 1h 2h",
		"1h 2h 366d", "1h 2h x", "", "1h,2h,3h", "60 60 60", "1 h 2h 3h",
	};
	struct config config = parse("history-groups = 1min\t 90min  365d");
	char text[64];
	size_t i;

	ck_assert_uint_eq(config.history_groups_sec[SERIES_SECONDS], 60);
	ck_assert_uint_eq(config.history_groups_sec[SERIES_TENS], 5400);
	ck_assert_uint_eq(config.history_groups_sec[SERIES_MINUTES], 365 * 86400);
	config_clear(&config);
	config = parse("history-groups = 2d 2d 2d");
	ck_assert_uint_eq(config.history_groups_sec[SERIES_MINUTES], 2 * 86400);
	config_clear(&config);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "history-groups = %s", bad[i]);
		refused(text, 1, WORDS("history-groups", "1min to 365d", "15min 1d 30d", bad[i]));
	}
}
END_TEST

START_TEST(addresses)
{
	static const char *const bad[] = {
		"localhost:80", "127.0.0.1", ":80", "127.0.0.1:0", "127.0.0.1:65536",
		"127.0.0.1:", "[::1]", "::1:80", "[::1:80", "[]:80", "[127.0.0.1]:80",
		"[::1]x:80", "127.0.0.1:80x", "1.2.3.4.5:80", "127.0.0.1:-1",
		"[0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000]:1",
	};
	char text[128];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "\nlisten = [::1]:1 %s", bad[i]);
		refused(text, 2, WORDS("listen", "127.0.0.1:9745"));
	}
	refused("listen =", 1, WORDS("listen"));
	refused("listen = [::1]:1 [::1]:2 [::1]:3 [::1]:4 [::1]:5 [::1]:6 [::1]:7 [::1]:8"
		" [::1]:9", 1, WORDS("more than 8"));
}
END_TEST

START_TEST(other_values)
{
	char path[256];

	refused("socket = api.sock", 1, WORDS("socket", "absolute"));
	memset(path, 'a', sizeof(path));
	memcpy(path, "socket = /", 10);
	path[10 + 92] = '\0';
	refused(path, 1, WORDS("socket", "92"));
	path[10 + 91] = '\0';
	config_clear((struct config [1]) { parse(path) });
	refused("token-file = token", 1, WORDS("token-file", "absolute"));
	refused("hosts = a/b", 1, WORDS("hosts", "a/b"));
	refused("hosts =", 1, WORDS("hosts"));
	refused("metrics-programs = 1001", 1, WORDS("metrics-programs", "1000"));
	refused("max-series = 99", 1, WORDS("max-series", "100", "20000"));
	refused("max-series = 1e3", 1, WORDS("max-series"));
}
END_TEST

START_TEST(keys)
{
	refused("\n\nlisen = [::1]:1\n", 3, WORDS("lisen", "did you mean \"listen\""));
	refused("Interval = 1s", 1, WORDS("Interval", "\"interval\""));
	refused("quite-something-else = 1", 1, WORDS("interval", "max-series", "hosts"));
	refused(" = 1", 1, WORDS("unknown key"));
	refused("interval", 1, WORDS("key = value"));
	refused("interval = 1s\n\ninterval = 1s\n", 3, WORDS("twice", "line 1"));
	refused("[other]\n", 1, WORDS("[other]", "[taskmeterd]"));
}
END_TEST

START_TEST(rules)
{
	struct config config = parse("[rule web]\n"
				     "scope = unit:nginx.service\nresource = cpu\nover = 20%\n"
				     "[taskmeterd]\ninterval = 2s\n"
				     "[ rule\tA-b_c.1 ]\r\n"
				     "scope=cgroup:/a b:c*\nresource=memory\nover=0.05 %\n"
				     "clear-below=0.01%\nmeasure=share\naverage=5min\nfor=1h\n"
				     "limit=1000/1d\n"
				     "[rule root]\nscope=user:root\nresource=io\nover=1000000%\n"
				     "clear-below = 1.5%\n"
				     "[taskmeterd]\nmax-series = 200\n");
	const struct rule *rule = config.rules;

	ck_assert_uint_eq(config.rule_count, 3);
	ck_assert_uint_eq(config.interval_ms, 2000);
	ck_assert_uint_eq(config.max_series, 200);
	ck_assert_str_eq(rule[0].name, "web");
	ck_assert_int_eq(rule[0].kind, GROUP_UNIT);
	ck_assert_str_eq(rule[0].pattern, "nginx.service");
	ck_assert_int_eq(rule[0].resource, PRESSURE_CPU);
	ck_assert_int_eq(rule[0].span, PRESSURE_10S);
	ck_assert(!rule[0].share);
	ck_assert_uint_eq(rule[0].over, 2000);
	ck_assert_uint_eq(rule[0].clear_below, 1500);
	ck_assert_uint_eq(rule[0].for_ns, 10 * SECOND);
	ck_assert_uint_eq(rule[0].limit, 10);
	ck_assert_uint_eq(rule[0].limit_ns, 3600 * SECOND);
	ck_assert_str_eq(rule[1].name, "A-b_c.1");
	ck_assert_int_eq(rule[1].kind, GROUP_CGROUP);
	ck_assert_str_eq(rule[1].pattern, "/a b:c*");
	ck_assert_int_eq(rule[1].resource, PRESSURE_MEMORY);
	ck_assert_int_eq(rule[1].span, PRESSURE_300S);
	ck_assert(rule[1].share);
	ck_assert_uint_eq(rule[1].over, 5);
	ck_assert_uint_eq(rule[1].clear_below, 1);
	ck_assert_uint_eq(rule[1].for_ns, 3600 * SECOND);
	ck_assert_uint_eq(rule[1].limit, 1000);
	ck_assert_uint_eq(rule[1].limit_ns, 86400 * SECOND);
	ck_assert_str_eq(rule[2].pattern, "0");
	ck_assert_uint_eq(rule[2].over, 100000000);
	ck_assert_uint_eq(rule[2].clear_below, 150);
	config_clear(&config);
}
END_TEST

/* Each of these, in the third line. */
START_TEST(rule_values)
{
	static const struct { const char *line; const char *words[4]; } bad[] = {
		{ "scope = nginx.service", { "scope", "container", "a colon" } },
		{ "scope = unit:", { "scope", "a colon" } },
		{ "scope = :x", { "scope", "no groups by \"\"" } },
		{ "scope = units:x.service", { "no groups by \"units\"", "slice" } },
		{ "scope = unit:nginx", { "suffix", "\"nginx.service\"" } },
		{ "scope = slice:system", { "\"system.slice\"" } },
		{ "scope = slice:.slice", { "ends in .slice" } },
		{ "scope = container:web", { "ENGINE:NAME", "docker:web*" } },
		{ "scope = user:no-such-user-here", { "no user \"no-such-user-here\"" } },
		{ "scope = user:4294967296", { "no user" } },
		{ "scope = program:a-name-of-16-byt", { "\"a-name-of-16-by\"" } },
		{ "scope = cgroup:a/b", { "\"/a/b\"" } },
		{ "resource = disk", { "resource", "cpu, io or memory", "disk" } },
		{ "resource = CPU", { "cpu, io or memory" } },
		{ "over = 0%", { "over", "0.01%" } }, { "over = 20", { "percent" } },
		{ "over = %", { "percent" } }, { "over = -1%", { "percent" } },
		{ "over = 1.%", { "percent" } }, { "over = .5%", { "percent" } },
		{ "over = 1.005%", { "two places" } }, { "over = 1,5%", { "percent" } },
		{ "over = 1000000.01%", { "1000000%" } }, { "over = 1000001%", { "1000000%" } },
		{ "over = 20%%", { "percent" } }, { "over = 0.000%", { "percent" } },
		{ "over = 99999999999999999999%", { "1000000%" } },
		{ "clear-below = 20", { "clear-below", "percent" } },
		{ "clear-below = 0%", { "clear-below", "percent" } },
		{ "measure = rate", { "measure", "pressure or share" } },
		{ "average = 30s", { "average", "10s, 60s or 300s" } },
		{ "average = 1", { "10s, 60s or 300s" } },
		{ "for = 0s", { "for", "1s to 1h" } }, { "for = 61min", { "1s to 1h" } },
		{ "for = 500ms", { "unit s, min or h" } },
		{ "limit = 10", { "limit", "10/1h" } }, { "limit = 0/1h", { "10/1h" } },
		{ "limit = 1001/1h", { "1000" } }, { "limit = 10/h", { "10/1h" } },
		{ "limit = 10/25h", { "1d" } }, { "limit = /1h", { "10/1h" } },
		{ "ovr = 1%", { "\"ovr\"", "did you mean \"over\"" } },
		{ "clear_below = 1%", { "did you mean \"clear-below\"" } },
		{ "interval = 1s", { "of a rule", "scope, resource, over", "limit" } },
	};
	char text[256];
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		snprintf(text, sizeof(text), "\n[rule x]\n%s\n", bad[i].line);
		refused(text, 3, bad[i].words);
	}
}
END_TEST

#define RULE	"scope = unit:*\nresource = cpu\nover = 20%\n"

START_TEST(rule_sections)
{
	char text[RULES_MAX * 64 + 256];
	struct config config;
	int i, length = 0;

	refused("[rule]\n", 1, WORDS("no name of a rule", "1 to 64"));
	refused("[rule ]\n", 1, WORDS("no name of a rule"));
	refused("[rule a b]\n", 1, WORDS("\"a b\"", "no name of a rule"));
	refused("[rule a\"b]\n", 1, WORDS("no name of a rule"));
	refused("[rule \xc3\xb6]\n", 1, WORDS("no name of a rule"));
	refused("[rule a\n", 1, WORDS("[rule a", "does not end in ]"));
	refused("[\n", 1, WORDS("does not end in ]"));
	refused("[]\n", 1, WORDS("unknown section", "[rule NAME]"));
	refused("[rules x]\n", 1, WORDS("unknown section", "did you mean \"rule\""));
	refused("[ruleweb]\n", 1, WORDS("unknown section"));
	refused("[taskmeter]\n", 1, WORDS("did you mean \"taskmeterd\""));
	refused("[rule x]\n" RULE "[rule x]\n", 5, WORDS("[rule x]", "twice", "line 1"));
	refused("[rule x]\n" RULE "over = 1%\n", 5, WORDS("\"over\"", "twice", "line 4"));
	refused("over = 1%\n", 1, WORDS("unknown key \"over\"", "[taskmeterd]"));
	/* What is missing is told at the rule, which may not be the last one. */
	refused("\n[rule x]\nresource = cpu\nover = 1%\n[rule y]\n" RULE, 2,
		WORDS("rule x", "\"scope\"", "a colon"));
	refused("[rule x]\nscope = unit:*\nover = 1%\n", 1, WORDS("\"resource\"", "memory"));
	refused("[rule x]\nscope = unit:*\nresource = cpu\n", 1, WORDS("\"over\"", "percent"));
	refused("[rule x]\n" RULE "clear-below = 20.01%\n", 1,
		WORDS("rule x", "clear-below is 20.01%", "20%"));
	refused("[rule x]\nscope=unit:*\nresource=cpu\nover=100%\nmeasure=share\n", 1,
		WORDS("over is 100%", "share"));
	for (i = 0; i <= RULES_MAX; i++)
		length += snprintf(text + length, sizeof(text) - (size_t)length,
				   "[rule %d]\n%s", i, RULE);
	refused(text, 4 * RULES_MAX + 1, WORDS("more than 64"));
	*strstr(text, "[rule 64]") = '\0';
	config = parse(text);
	ck_assert_uint_eq(config.rule_count, RULES_MAX);
	config_clear(&config);
	strcat(text, "[taskmeterd]\nmax-series = 355\n");
	refused(text, 0, WORDS("max-series is 355", "64 rules", "356"));
	strcpy(strstr(text, "355"), "356");
	config = parse(text);
	config_clear(&config);
}
END_TEST

START_TEST(hostile_text)
{
	static const char nul[] = "interval = 1s\ninterval\0 = 1s\n";
	struct config_error error;
	struct config config;
	char *text = malloc(CONFIG_SIZE_MAX + 1);

	ck_assert_ptr_nonnull(text);
	ck_assert_int_eq(parse_bytes(nul, sizeof(nul) - 1, &config, &error), -EINVAL);
	ck_assert_uint_eq(error.line, 2);
	memset(text, 'a', CONFIG_SIZE_MAX + 1);
	ck_assert_int_eq(parse_bytes(text, CONFIG_SIZE_MAX + 1, &config, &error), -EINVAL);
	ck_assert_int_eq(parse_bytes(text, 4096, &config, &error), -EINVAL);
	ck_assert_int_eq(parse_bytes(text, 4095, &config, &error), -EINVAL);
	memset(text, '\n', CONFIG_SIZE_MAX);
	ck_assert_int_eq(parse_bytes(text, CONFIG_SIZE_MAX, &config, &error), 0);
	config_clear(&config);
	free(text);
	refused("\xff\xfe = \xff", 1, WORDS("unknown key"));
}
END_TEST

static const struct config_given none;

START_TEST(one_file)
{
	char path[] = "/tmp/taskmeter-config-XXXXXX";
	struct config_error error;
	struct config config;
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	ck_assert_ptr_nonnull(file);
	fputs("interval = 5s\n", file);
	fclose(file);
	ck_assert_int_eq(config_load(path, &none, &config, &error), 0);
	ck_assert_uint_eq(config.interval_ms, 5000);
	config_clear(&config);
	remove(path);
	ck_assert_int_eq(config_load(path, &none, &config, &error), -ENOENT);
	ck_assert_str_ne(error.text, "");
	ck_assert_int_eq(config_load("/tmp", &none, &config, &error), -EISDIR);
}
END_TEST

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_msg(file != NULL, "%s", path);
	fputs(text, file);
	fclose(file);
}

/* The first file, and its drop-ins, not in the order of their names. */
struct files {
	char directory[64];
	char path[128];
};

static void make_files(struct files *files)
{
	char path[256];

	strcpy(files->directory, "/tmp/taskmeter-config-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(files->directory));
	snprintf(files->path, sizeof(files->path), "%s/a.conf", files->directory);
	write_text(files->path, "interval = 5s\nmax-series = 300\nhosts = one\n"
		   "[rule x]\nscope = unit:*\nresource = cpu\nover = 20%\n");
	snprintf(path, sizeof(path), "%s.d", files->path);
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void drop_in(const struct files *files, const char *name, const char *text)
{
	char path[512];

	snprintf(path, sizeof(path), "%s.d/%s", files->path, name);
	write_text(path, text);
}

static void remove_files(const struct files *files)
{
	char command[256];

	snprintf(command, sizeof(command), "rm -r %s", files->directory);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(drop_ins)
{
	struct config_error error;
	struct config config;
	struct files files;

	make_files(&files);
	ck_assert_int_eq(config_load(files.path, &none, &config, &error), 0);
	ck_assert_uint_eq(config.drop_ins, 0);
	config_clear(&config);
	drop_in(&files, "20.conf", "[rule x]\nover = 30%\nfor = 1s\n"
		"[rule y]\nresource = io\nscope = unit:*\n");
	drop_in(&files, "10.conf", "interval = 7s\nhosts = two three\n"
		"[rule x]\nover = 40%\nlimit = 1/1s\n[rule z]\n" RULE);
	drop_in(&files, "30.conf", "interval = 9s\n[rule y]\nover = 1%");
	drop_in(&files, ".conf", "nonsense");
	drop_in(&files, ".40.conf", "nonsense");
	drop_in(&files, "40.conf~", "nonsense");
	drop_in(&files, "40.config", "nonsense");
	ck_assert_msg(config_load(files.path, &none, &config, &error) == 0, "%s:%u: %s", error.file,
		      error.line, error.text);
	ck_assert_uint_eq(config.drop_ins, 3);
	ck_assert_uint_eq(config.interval_ms, 9000);
	ck_assert_uint_eq(config.max_series, 300);
	ck_assert_uint_eq(config.host_count, 2);
	ck_assert_str_eq(config.hosts[0], "two");
	ck_assert_uint_eq(config.rule_count, 3);
	ck_assert_str_eq(config.rules[0].name, "x");
	ck_assert_uint_eq(config.rules[0].over, 3000);
	ck_assert_uint_eq(config.rules[0].clear_below, 2250);
	ck_assert_uint_eq(config.rules[0].limit, 1);
	ck_assert_uint_eq(config.rules[0].for_ns, SECOND);
	ck_assert_str_eq(config.rules[1].name, "z");
	ck_assert_str_eq(config.rules[2].name, "y");
	ck_assert_uint_eq(config.rules[2].over, 100);
	config_clear(&config);
	remove_files(&files);
}
END_TEST

/* Whatever order the file system has. */
START_TEST(order_of_drop_ins)
{
	struct config_error error;
	struct config config;
	struct files files;
	char name[16], text[128];
	int i;

	make_files(&files);
	for (i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "%c.conf", 'B' + 2 * (i * 7 % 20));
		snprintf(text, sizeof(text), "[rule %d]\n%s", i * 7 % 20, RULE);
		drop_in(&files, name, text);
	}
	ck_assert_int_eq(config_load(files.path, &none, &config, &error), 0);
	ck_assert_uint_eq(config.rule_count, 21);
	for (i = 0; i < 20; i++)
		ck_assert_int_eq(atoi(config.rules[i + 1].name), i);
	config_clear(&config);
	remove_files(&files);
}
END_TEST

/* The error names the file in which it is. */
static void refused_in(const struct files *files, const char *file, unsigned int line,
		       const char *word)
{
	struct config_error error;
	struct config config;

	ck_assert_int_lt(config_load(files->path, &none, &config, &error), 0);
	ck_assert_msg(strlen(error.file) >= strlen(file) &&
		      !strcmp(error.file + strlen(error.file) - strlen(file), file), "%s",
		      error.file);
	ck_assert_uint_eq(error.line, line);
	ck_assert_msg(strstr(error.text, word) != NULL, "%s", error.text);
}

START_TEST(bad_drop_ins)
{
	struct files files;
	char path[256];
	int i;

	make_files(&files);
	drop_in(&files, "1.conf", "interval = 7s\n");
	drop_in(&files, "2.conf", "\ninterval = 7\n");
	refused_in(&files, "/a.conf.d/2.conf", 2, "100ms");
	drop_in(&files, "2.conf", "[rule x]\nclear-below = 30%");
	refused_in(&files, "/a.conf", 4, "clear-below is 30%");
	drop_in(&files, "2.conf", "\n\n[rule y]\nover = 30%");
	drop_in(&files, "3.conf", "[rule y]\nresource = cpu\n");
	refused_in(&files, "/a.conf.d/2.conf", 3, "\"scope\"");
	/* A section that does not go over to the next file. */
	drop_in(&files, "2.conf", "[rule x]\n");
	drop_in(&files, "3.conf", "for = 1s\n");
	refused_in(&files, "/a.conf.d/3.conf", 1, "[taskmeterd]");
	snprintf(path, sizeof(path), "%s.d/3.conf", files.path);
	ck_assert_int_eq(remove(path), 0);
	ck_assert_int_eq(symlink("nowhere", path), 0);
	refused_in(&files, "/a.conf.d/3.conf", 0, "No such file");
	ck_assert_int_eq(remove(path), 0);
	for (i = 0; i < CONFIG_DROP_INS_MAX - 1; i++) {
		snprintf(path, sizeof(path), "n%d.conf", i);
		drop_in(&files, path, "");
	}
	refused_in(&files, "/a.conf.d", 0, "more than 256");
	remove_files(&files);
	make_files(&files);
	snprintf(path, sizeof(path), "%s.d", files.path);
	ck_assert_int_eq(rmdir(path), 0);
	write_text(path, "");
	refused_in(&files, "/a.conf.d", 0, "Not a directory");
	remove_files(&files);
}
END_TEST

/* The command line has the last word, and is as strict. */
START_TEST(command_line)
{
	struct config_given given = {
		.key = { "interval", "hosts", "history" },
		.value = { " 250ms ", "five six", "none" },
		.count = 3,
	};
	static char long_value[5000];
	struct config_error error;
	struct config config;
	struct files files;

	make_files(&files);
	drop_in(&files, "1.conf", "interval = 7s\nhosts = two\n[rule y]\n" RULE);
	ck_assert_int_eq(config_load(files.path, &given, &config, &error), 0);
	ck_assert_uint_eq(config.interval_ms, 250);
	ck_assert_uint_eq(config.host_count, 2);
	ck_assert_str_eq(config.hosts[0], "five");
	ck_assert_ptr_null(config.history);
	ck_assert_uint_eq(config.max_series, 300);
	ck_assert_uint_eq(config.rule_count, 2);
	config_clear(&config);
	given.value[1] = "a/b";
	ck_assert_int_eq(config_load(files.path, &given, &config, &error), -EINVAL);
	ck_assert_str_eq(error.file, "command line");
	ck_assert_uint_eq(error.line, 0);
	ck_assert_ptr_nonnull(strstr(error.text, "32 host names"));
	memset(long_value, 'x', sizeof(long_value) - 1);
	given.value[1] = long_value;
	ck_assert_int_eq(config_load(files.path, &given, &config, &error), -EINVAL);
	ck_assert_ptr_nonnull(strstr(error.text, "hosts is longer than"));
	remove_files(&files);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("config");
	TCase *tests = tcase_create("config");

	tcase_add_test(tests, defaults);
	tcase_add_test(tests, everything);
	tcase_add_test(tests, intervals);
	tcase_add_test(tests, sizes);
	tcase_add_test(tests, history_groups);
	tcase_add_test(tests, addresses);
	tcase_add_test(tests, other_values);
	tcase_add_test(tests, keys);
	tcase_add_test(tests, rules);
	tcase_add_test(tests, rule_values);
	tcase_add_test(tests, rule_sections);
	tcase_add_test(tests, hostile_text);
	tcase_add_test(tests, one_file);
	tcase_add_test(tests, drop_ins);
	tcase_add_test(tests, order_of_drop_ins);
	tcase_add_test(tests, bad_drop_ins);
	tcase_add_test(tests, command_line);
	suite_add_tcase(suite, tests);
	return suite_main(suite, argc, argv);
}
