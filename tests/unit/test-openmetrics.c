// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The text formats for scrapers, byte by byte, and which of them a client wants.
 */
#include "api/openmetrics.h"
#include "suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const struct family counter = {
	"a_seconds", METRIC_COUNTER, "seconds", "Time."
};
static const struct family gauge = { "b_bytes", METRIC_GAUGE, "bytes", "Size." };
static const struct family info = { "c", METRIC_INFO, NULL, "Version." };

static char *write_all(bool openmetrics)
{
	struct buffer buffer = { .max = 4096 };
	struct metrics metrics = { .buffer = &buffer, .openmetrics = openmetrics };
	const struct label label[] = { { "x", "1" }, { "y", "\\\"\n\xc3\xb6" }, { NULL, NULL } };

	metrics_family(&metrics, &counter);
	metrics_seconds(&metrics, NULL, 1);
	metrics_seconds(&metrics, label, UINT64_MAX);
	metrics_family(&metrics, &gauge);
	metrics_number(&metrics, label + 2, UINT64_MAX);
	metrics_family(&metrics, &info);
	metrics_number(&metrics, label, 1);
	metrics_end(&metrics);
	buffer_append(&buffer, "", 1);
	ck_assert_int_eq(buffer.error, 0);
	return buffer.data;
}

START_TEST(openmetrics)
{
	char *text = write_all(true);

	ck_assert_str_eq(text,
			 "# TYPE a_seconds counter\n"
			 "# UNIT a_seconds seconds\n"
			 "# HELP a_seconds Time.\n"
			 "a_seconds_total 0.000000001\n"
			 "a_seconds_total{x=\"1\",y=\"\\\\\\\"\\n\xc3\xb6\"} 18446744073.709551615\n"
			 "# TYPE b_bytes gauge\n"
			 "# UNIT b_bytes bytes\n"
			 "# HELP b_bytes Size.\n"
			 "b_bytes 18446744073709551615\n"
			 "# TYPE c info\n"
			 "# HELP c Version.\n"
			 "c_info{x=\"1\",y=\"\\\\\\\"\\n\xc3\xb6\"} 1\n"
			 "# EOF\n");
	free(text);
}
END_TEST

START_TEST(prometheus)
{
	char *text = write_all(false);

	ck_assert_str_eq(text,
			 "# TYPE a_seconds_total counter\n"
			 "# HELP a_seconds_total Time.\n"
			 "a_seconds_total 0.000000001\n"
			 "a_seconds_total{x=\"1\",y=\"\\\\\\\"\\n\xc3\xb6\"} 18446744073.709551615\n"
			 "# TYPE b_bytes gauge\n"
			 "# HELP b_bytes Size.\n"
			 "b_bytes 18446744073709551615\n"
			 "# TYPE c_info gauge\n"
			 "# HELP c_info Version.\n"
			 "c_info{x=\"1\",y=\"\\\\\\\"\\n\xc3\xb6\"} 1\n");
	free(text);
}
END_TEST

static uint64_t bound(size_t bucket)
{
	ck_assert_uint_lt(bucket, 2);
	return bucket ? 17179869184 : 4096;
}

/* Buckets add up from the least on; what labels are written once serves all families. */
START_TEST(histogram)
{
	static const struct family delay = {
		"d_seconds", METRIC_HISTOGRAM, "seconds", "Delay."
	};
	const struct label label[] = { { "x", "\"\n" }, { NULL, NULL } };
	const uint64_t counts[] = { 3, 0, 39 };
	const struct metric_histogram figures = { 3, bound, counts, 1000000007 };
	struct buffer buffer = { .max = 4096 }, labels = { .max = 4096 };
	struct metrics metrics = { .buffer = &buffer, .openmetrics = _i };

	metrics_labels(&labels, label);
	metrics_labels(&labels, NULL);
	buffer_append(&labels, "", 1);
	ck_assert_str_eq(labels.data, "x=\"\\\"\\n\"");
	metrics_family(&metrics, &delay);
	metrics_histogram_of(&metrics, labels.data, &figures);
	metrics_family(&metrics, &counter);
	metrics_seconds_of(&metrics, "y=\"2\"", 0);
	metrics_family(&metrics, &gauge);
	metrics_number_of(&metrics, "y=\"2\"", 0);
	ck_assert_uint_eq(metrics.samples, 7);
	buffer_append(&buffer, "", 1);
	ck_assert_str_eq(strstr(buffer.data, "d_seconds_b"),
			 _i ?
			 "d_seconds_bucket{x=\"\\\"\\n\",le=\"0.000004096\"} 3\n"
			 "d_seconds_bucket{x=\"\\\"\\n\",le=\"17.179869184\"} 3\n"
			 "d_seconds_bucket{x=\"\\\"\\n\",le=\"+Inf\"} 42\n"
			 "d_seconds_sum{x=\"\\\"\\n\"} 1.000000007\n"
			 "d_seconds_count{x=\"\\\"\\n\"} 42\n"
			 "# TYPE a_seconds counter\n"
			 "# UNIT a_seconds seconds\n"
			 "# HELP a_seconds Time.\n"
			 "a_seconds_total{y=\"2\"} 0.000000000\n"
			 "# TYPE b_bytes gauge\n"
			 "# UNIT b_bytes bytes\n"
			 "# HELP b_bytes Size.\n"
			 "b_bytes{y=\"2\"} 0\n" :
			 "d_seconds_bucket{x=\"\\\"\\n\",le=\"0.000004096\"} 3\n"
			 "d_seconds_bucket{x=\"\\\"\\n\",le=\"17.179869184\"} 3\n"
			 "d_seconds_bucket{x=\"\\\"\\n\",le=\"+Inf\"} 42\n"
			 "d_seconds_sum{x=\"\\\"\\n\"} 1.000000007\n"
			 "d_seconds_count{x=\"\\\"\\n\"} 42\n"
			 "# TYPE a_seconds_total counter\n"
			 "# HELP a_seconds_total Time.\n"
			 "a_seconds_total{y=\"2\"} 0.000000000\n"
			 "# TYPE b_bytes gauge\n"
			 "# HELP b_bytes Size.\n"
			 "b_bytes{y=\"2\"} 0\n");
	ck_assert_ptr_nonnull(strstr(buffer.data, "# TYPE d_seconds histogram\n"));
	buffer_clear(&buffer);
	buffer_clear(&labels);
}
END_TEST

START_TEST(negotiation)
{
	static const char *const openmetrics_wanted[] = {
		"application/openmetrics-text",
		"Application/OpenMetrics-Text; version=1.0.0; charset=utf-8",
		"application/openmetrics-text;version=\"1.0.0\"",
		"application/openmetrics-text;version=0.0.1",
		"text/plain;q=0.5,application/openmetrics-text;q=0.5",
		"application/openmetrics-text;version=1.0.0;q=0.75,text/plain;version=0.0.4;q=0.5",
		("application/openmetrics-text;version=1.0.0,application/openmetrics-text;version="
		"0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"),
		" text/html , application/openmetrics-text",
		"application/openmetrics-text; q=0.001",
	};
	static const char *const plain_wanted[] = {
		NULL, "", "*/*", "text/plain", ",", ",,;,", ";q=1", "application/json",
		"application/openmetrics-text;q=0", "application/openmetrics-text;q=0.000",
		"application/openmetrics-text;version=2.0.0",
		"application/openmetrics-text;q=0.1,text/plain",
		"application/openmetrics-text;q=0.1,text/plain;q=0.11",
		"application/openmetrics-textual", "application/openmetrics-text;q=",
		"application/openmetrics-text;q=x,text/plain",
		"application/openmetrics-text;q=0.;",
	};
	size_t i;

	for (i = 0; i < sizeof(openmetrics_wanted) / sizeof(openmetrics_wanted[0]); i++)
		ck_assert_msg(metrics_wanted(openmetrics_wanted[i]), "%s",
			      openmetrics_wanted[i]);
	for (i = 0; i < sizeof(plain_wanted) / sizeof(plain_wanted[0]); i++)
		ck_assert_msg(!metrics_wanted(plain_wanted[i]), "%s", plain_wanted[i]);
}
END_TEST

START_TEST(bounded)
{
	struct buffer buffer = { .max = 1000 };
	char long_text[900];
	int i;

	memset(long_text, 'a', sizeof(long_text) - 1);
	long_text[sizeof(long_text) - 1] = '\0';
	buffer_printf(&buffer, "%s", long_text);
	ck_assert_uint_eq(buffer.size, 899);
	buffer_puts(&buffer, "0123456789");
	ck_assert_int_eq(buffer.error, 0);
	for (i = 0; i < 100; i++)
		buffer_printf(&buffer, "%s", long_text);
	ck_assert_int_eq(buffer.error, -E2BIG);
	buffer_puts(&buffer, "x");
	ck_assert_uint_eq(buffer.size, 909);
	buffer_clear(&buffer);
	ck_assert_int_eq(buffer.error, 0);
	buffer_append(&buffer, long_text, 899);
	buffer_append(&buffer, long_text, 101);
	ck_assert_int_eq(buffer.error, 0);
	buffer_append(&buffer, NULL, 0);
	ck_assert_int_eq(buffer.error, 0);
	buffer_clear(&buffer);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("openmetrics");
	TCase *tests = tcase_create("openmetrics");

	tcase_add_test(tests, openmetrics);
	tcase_add_test(tests, prometheus);
	tcase_add_loop_test(tests, histogram, 0, 2);
	tcase_add_test(tests, negotiation);
	tcase_add_test(tests, bounded);
	suite_add_tcase(suite, tests);
	return suite_main(suite, argc, argv);
}
