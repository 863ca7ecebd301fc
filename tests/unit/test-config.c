// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * taskmeterd.conf: what is right is taken, what is wrong is refused with its line
 * and what is allowed. Each text is parsed from a heap block of exactly its size.
 */
#include "config.h"
#include "suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
	ck_assert_uint_eq(config.max_series, 4000);
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
				     "max-series = 20000");

	ck_assert_uint_eq(config.interval_ms, 120000);
	ck_assert_str_eq(config.socket, "/tmp/a=b");
	ck_assert_uint_eq(config.listen_count, 3);
	ck_assert_str_eq(config.listen[1], "[::1]:65535");
	ck_assert_str_eq(config.token_file, "/etc/token with blank");
	ck_assert_uint_eq(config.host_count, 2);
	ck_assert_str_eq(config.hosts[1], "B.example:80");
	ck_assert_uint_eq(config.metrics_programs, 0);
	ck_assert_uint_eq(config.max_series, 20000);
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

START_TEST(files)
{
	char path[] = "/tmp/taskmeter-config-XXXXXX";
	struct config_error error;
	struct config config;
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");

	ck_assert_ptr_nonnull(file);
	fputs("interval = 5s\n", file);
	fclose(file);
	ck_assert_int_eq(config_load(path, &config, &error), 0);
	ck_assert_uint_eq(config.interval_ms, 5000);
	config_clear(&config);
	remove(path);
	ck_assert_int_eq(config_load(path, &config, &error), -ENOENT);
	ck_assert_str_ne(error.text, "");
	ck_assert_int_eq(config_load("/tmp", &config, &error), -EISDIR);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("config");
	TCase *tests = tcase_create("config");

	tcase_add_test(tests, defaults);
	tcase_add_test(tests, everything);
	tcase_add_test(tests, intervals);
	tcase_add_test(tests, addresses);
	tcase_add_test(tests, other_values);
	tcase_add_test(tests, keys);
	tcase_add_test(tests, hostile_text);
	tcase_add_test(tests, files);
	suite_add_tcase(suite, tests);
	return suite_main(suite, argc, argv);
}
