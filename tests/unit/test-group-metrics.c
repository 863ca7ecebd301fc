// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Groups in /metrics: which have series, how many at most, under which names, and that what
 * they tell is what groups have.
 */
#include "api/group-metrics.h"
#include "suite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND		UINT64_C(1000000000)
#define AVAILABLE	(TASKMETER_AVAILABLE_CGROUP | TASKMETER_AVAILABLE_METER |	\
			 TASKMETER_AVAILABLE_MEMORY)
#define CGROUPS		40
#define WAYS		(CGROUPS + 3)

struct fixture {
	struct groups *groups;
	struct sample *sample;
	struct buffer text;
	struct group_choice choice;
	struct group_metrics wanted;
	uint64_t dropped;
	uint64_t seconds;
	uint64_t run_ns[WAYS];
	bool gone[WAYS];
	size_t samples;
};

/* The first are services, then containers, of which two differ in what is no text only. */
static void walk(void *data, bool (*found)(void *context, uint64_t id, const char *path),
		 void *context)
{
	static const char *const others[] = {
		"/lxc/a\\x2d\"b\n", "/lxc/x\xff", "/lxc/x\xfe",
	};
	char path[64];
	uint64_t i;

	(void)data;
	for (i = 0; i < WAYS; i++) {
		snprintf(path, sizeof(path), "/system.slice/s%02d.service", (int)i);
		if (found(context, 100 + i, i < CGROUPS ? path : others[i - CGROUPS]))
			break;
	}
}

static void set_up(struct fixture *f)
{
	const struct groups_paths paths = { .walk = walk };
	size_t i;

	*f = (struct fixture) { .text.max = 1 << 24 };
	f->groups = groups_new(8, &paths);
	f->sample = sample_new(NULL);
	ck_assert(f->groups && f->sample);
	f->wanted = (struct group_metrics) {
		.groups = f->groups, .available = AVAILABLE, .room = 100000,
		.choice = &f->choice,
	};
	for (i = 0; i < WAYS; i++)
		f->gone[i] = i >= CGROUPS;
}

static void tear_down(struct fixture *f)
{
	groups_free(f->groups);
	sample_unref(f->sample);
	buffer_clear(&f->text);
}

static void tick(struct fixture *f)
{
	struct taskmeter_record record;
	uint32_t i;

	f->sample->count = 0;
	f->sample->monotonic_ns = f->sample->realtime_ns = ++f->seconds * SECOND;
	for (i = 0; i < WAYS; i++) {
		record = (struct taskmeter_record) {
			.size = sizeof(record), .available = AVAILABLE, .pid = i + 1,
			.start_time_ns = 1, .cgroup_id = 100 + i, .uid = 5, .comm = "prog",
			.threads = 3, .run_ns = f->run_ns[i], .cpu_wait_ns = 2 * f->run_ns[i],
			.rss_anon_bytes = 4096, .rss_file_bytes = 2, .rss_shmem_bytes = 1,
		};
		if (!f->gone[i])
			ck_assert_int_eq(sample_add(f->sample, &record), 0);
	}
	ck_assert_int_eq(groups_feed(f->groups, 1, f->sample), 0);
	groups_settle(f->groups, f->sample->monotonic_ns);
	f->wanted.now_ns = f->sample->monotonic_ns;
}

static const char *scrape(struct fixture *f)
{
	struct metrics metrics = { .buffer = &f->text };

	buffer_clear(&f->text);
	f->dropped = UINT64_MAX;
	ck_assert_int_eq(group_metrics_write(&metrics, &f->wanted, &f->dropped), 0);
	f->samples = metrics.samples;
	buffer_append(&f->text, "", 1);
	ck_assert_int_eq(f->text.error, 0);
	return f->text.data;
}

static bool has(const struct fixture *f, const char *line)
{
	return strstr(f->text.data, line);
}

static bool shows(const struct fixture *f, int service)
{
	char line[100];

	snprintf(line, sizeof(line), "\ntaskmeter_group_processes{kind=\"unit\",name=\"s%02d.service"
		 "\"} ", service);
	return has(f, line);
}

static unsigned int count_shown(const struct fixture *f)
{
	unsigned int count = 0;
	int i;

	for (i = 0; i < CGROUPS; i++)
		count += shows(f, i);
	return count;
}

START_TEST(figures)
{
	struct process_waits item = { .pid = 8, .start_time_ns = 1 };
	const struct cpu_waits waits = { .count = 1, .items = &item };
	struct fixture f;

	set_up(&f);
	f.run_ns[7] = 1234567890;
	item.values[0] = 3;
	item.values[2] = 4;
	item.values[CPU_WAITS_BUCKETS - 1] = 1;
	item.values[CPU_WAITS_SUM_NS] = 1500000000;
	tick(&f);
	groups_add_waits(f.groups, &waits);
	groups_settle(f.groups, f.wanted.now_ns);
	scrape(&f);
#define UNIT	"{kind=\"unit\",name=\"s07.service\"} "
#define DELAY	"taskmeter_group_run_queue_delay_seconds"
#define BUCKET	DELAY "_bucket{kind=\"unit\",name=\"s07.service\",le="
	ck_assert(has(&f, "\ntaskmeter_group_cpu_seconds_total" UNIT "1.234567890\n"));
	ck_assert(has(&f, "\ntaskmeter_group_cpu_wait_seconds_total" UNIT "2.469135780\n"));
	ck_assert(has(&f, "\ntaskmeter_group_exits_total" UNIT "0\n"));
	ck_assert(has(&f, "\ntaskmeter_group_processes" UNIT "1\n"));
	ck_assert(has(&f, "\ntaskmeter_group_threads" UNIT "3\n"));
	ck_assert(has(&f, "\ntaskmeter_group_rss_bytes" UNIT "4099\n"));
	ck_assert(has(&f, "\n" BUCKET "\"0.000004096\"} 3\n" BUCKET "\"0.000016384\"} 3\n"
			  BUCKET "\"0.000065536\"} 7\n"));
	ck_assert(has(&f, BUCKET "\"17.179869184\"} 7\n" BUCKET "\"+Inf\"} 8\n"
			  DELAY "_sum" UNIT "1.500000000\n" DELAY "_count" UNIT "8\n"));
	ck_assert(has(&f, "\ntaskmeter_group_processes{kind=\"user\",name=\"5\"} 40\n"));
	ck_assert(has(&f, "\ntaskmeter_groups_left_out{kind=\"container\"} 0\n"));
	/* What no record has, and what cannot be told now. */
	ck_assert(!has(&f, "taskmeter_group_io_read_bytes_total{"));
	ck_assert(!has(&f, "mem_stall"));
	f.wanted.available |= TASKMETER_AVAILABLE_IO;
	scrape(&f);
	ck_assert(has(&f, "taskmeter_group_io_read_bytes_total counter\n"));
	ck_assert(!has(&f, "taskmeter_group_io_read_bytes_total{"));
	f.wanted.available &= ~(uint64_t)TASKMETER_AVAILABLE_METER;
	scrape(&f);
	ck_assert(!has(&f, "cpu_wait") && !has(&f, "run_queue_delay"));
	ck_assert(has(&f, "\ntaskmeter_group_cpu_seconds_total" UNIT "1.234567890\n"));
	ck_assert_uint_eq(f.dropped, 0);
	tear_down(&f);
}
END_TEST

/* No room makes more samples than there is room for; what was left out is counted. */
START_TEST(bounded)
{
	struct fixture f;
	size_t shown;

	set_up(&f);
	tick(&f);
	for (f.wanted.room = 0; f.wanted.room < 45 * GROUP_METRICS_SAMPLES; f.wanted.room += 7) {
		scrape(&f);
		ck_assert_uint_le(f.samples, f.wanted.room + 3);
		/* 40 services and a user. */
		shown = f.wanted.room / GROUP_METRICS_SAMPLES;
		shown = shown < 41 ? shown : 41;
		ck_assert_uint_eq(f.choice.count, shown);
		ck_assert_uint_eq(f.dropped, (41 - shown) * GROUP_METRICS_SAMPLES);
	}
	/* As taskmeterd.conf(5) says what a group takes. */
	ck_assert_uint_eq(GROUP_METRICS_SAMPLES, 31);
	f.wanted.room = SIZE_MAX;
	scrape(&f);
	ck_assert_uint_eq(f.choice.count, 41);
	tear_down(&f);
}
END_TEST

/*
 * The busiest are shown; one that gets a bit busier than one that is shown has to wait, one
 * that is much busier has not; and what comes back goes on where it was.
 */
START_TEST(ranking)
{
	struct fixture f;
	int i;

	set_up(&f);
	f.wanted.room = 3 * GROUP_METRICS_SAMPLES;
	tick(&f);
	for (i = 0; i < 30; i++) {
		f.run_ns[30] += SECOND / 2;
		f.run_ns[31] += SECOND / 4;
		tick(&f);
	}
	scrape(&f);
	ck_assert(shows(&f, 30) && shows(&f, 31));
	ck_assert_uint_eq(count_shown(&f), 2);
	ck_assert(has(&f, "\ntaskmeter_groups_left_out{kind=\"unit\"} 38\n"));
	ck_assert(has(&f, "\ntaskmeter_group_processes{kind=\"user\",name=\"5\"} 40\n"));
	for (i = 0; i < 30; i++) {
		f.run_ns[31] += SECOND / 4;
		f.run_ns[32] += SECOND * 3 / 4;
		tick(&f);
	}
	scrape(&f);
	ck_assert(shows(&f, 30) && shows(&f, 31));
	for (i = 0; i < 60; i++) {
		f.run_ns[32] += SECOND;
		f.run_ns[33] += SECOND;
		tick(&f);
	}
	scrape(&f);
	ck_assert(shows(&f, 32) && shows(&f, 33) && !shows(&f, 30));
	for (i = 0; i < 300; i++) {
		f.run_ns[30] += SECOND;
		tick(&f);
	}
	scrape(&f);
	ck_assert(shows(&f, 30));
	ck_assert(has(&f, "cpu_seconds_total{kind=\"unit\",name=\"s30.service\"} 315.000000000\n"));
	tear_down(&f);
}
END_TEST

/* Who is gone is told for a while, then makes room; its totals are kept for when it is back. */
START_TEST(gone)
{
	struct fixture f;
	int i;

	set_up(&f);
	f.run_ns[9] = 7;
	tick(&f);
	f.gone[9] = true;
	/* A leaf and then the group wait for a record that may come. */
	for (i = 0; i < 300; i++)
		tick(&f);
	scrape(&f);
	ck_assert(shows(&f, 9));
	ck_assert(has(&f, "_total{kind=\"unit\",name=\"s09.service\"} 0.000000007\n"));
	for (i = 0; i < 200; i++)
		tick(&f);
	scrape(&f);
	ck_assert(!shows(&f, 9));
	ck_assert_uint_eq(f.dropped, 0);
	f.gone[9] = false;
	tick(&f);
	scrape(&f);
	ck_assert(shows(&f, 9));
	/* Another process, which did as much. */
	ck_assert(has(&f, "_total{kind=\"unit\",name=\"s09.service\"} 0.000000014\n"));
	tear_down(&f);
}
END_TEST

/* Any bytes may be a name: no series twice, nothing that breaks a line. */
START_TEST(names)
{
	const char *line = "\ntaskmeter_group_processes{kind=\"container\",name=\"lxc:x\uFFFD\"} 1\n";
	struct fixture f;
	int i;

	set_up(&f);
	for (i = CGROUPS; i < WAYS; i++)
		f.gone[i] = false;
	tick(&f);
	for (i = 0; i < 2; i++) {
		scrape(&f);
		ck_assert(has(&f, "name=\"lxc:a\\\\x2d\\\"b\uFFFD\"} 1\n"));
		ck_assert(has(&f, line));
		ck_assert_ptr_null(strstr(strstr(f.text.data, line) + 1, line));
		ck_assert_uint_eq(f.choice.count, 44);
		ck_assert_uint_eq(f.dropped, GROUP_METRICS_SAMPLES);
		ck_assert(has(&f, "\ntaskmeter_groups_left_out{kind=\"container\"} 1\n"));
		/* The second one did all the work. */
		f.run_ns[WAYS - 1] += SECOND;
		tick(&f);
	}
	ck_assert(has(&f, "cpu_seconds_total{kind=\"container\",name=\"lxc:x\uFFFD\"} 0.000000000\n"));
	tear_down(&f);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("group-metrics");
	TCase *tcase = tcase_create("group-metrics");

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, figures);
	tcase_add_test(tcase, bounded);
	tcase_add_test(tcase, ranking);
	tcase_add_test(tcase, gone);
	tcase_add_test(tcase, names);
	suite_add_tcase(suite, tcase);
	return suite_main(suite, argc, argv);
}
