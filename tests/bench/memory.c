// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench-memory: what the scheduler meter takes of the kernel's memory for a process,
 * for a thread, and at all, by the slab allocator's own account.
 *
 *	bench-memory [PROCESSES]
 *
 * It needs root and the module; it switches the meter off and on, and raises
 * kernel.pid_max, kernel.threads-max and vm.max_map_count.
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <taskmeter/taskmeter.h>
#include <unistd.h>

#include "crowd.h"
#include "setting.h"

#define PROCESSES	10000
#define CACHES		1024
#define NAME_SIZE	64

/**
 * struct cache - a cache of the slab allocator
 * @name: of the cache; another cache of the same kind may share it
 * @object_bytes: size of an object with what the allocator adds
 * @bytes: pages that it holds
 */
struct cache {
	char name[NAME_SIZE];
	unsigned int object_bytes;
	int64_t bytes;
};

/**
 * struct slabs - all caches at one time
 */
struct slabs {
	struct cache caches[CACHES];
	size_t count;
};

/**
 * struct growth - what switching the meter on took
 * @slabs: by cache, those that did not grow included
 * @bytes: all of it
 */
struct growth {
	struct slabs slabs;
	int64_t bytes;
};

static struct growth alone, beside_threads, beside_processes;
static struct taskmeter_info info;

static int parse_cache(const char *line, struct cache *cache)
{
	unsigned long long pages, slabs;

	if (sscanf(line,
		   "%63s %*u %*u %u %*u %llu : tunables %*u %*u %*u : slabdata %*u %llu",
		   cache->name, &cache->object_bytes, &pages, &slabs) != 4)
		return 0;
	cache->bytes = pages * slabs * sysconf(_SC_PAGESIZE);
	return 1;
}

static void read_slabs(struct slabs *slabs)
{
	FILE *file = fopen("/proc/slabinfo", "re");
	char line[512];

	if (!file)
		err(1, "/proc/slabinfo");
	slabs->count = 0;
	while (fgets(line, sizeof(line), file)) {
		if (slabs->count == CACHES)
			errx(1, "more than %d caches", CACHES);
		slabs->count += parse_cache(line, &slabs->caches[slabs->count]);
	}
	fclose(file);
	if (!slabs->count)
		errx(1, "/proc/slabinfo has another format");
}

static int64_t cache_bytes(const struct slabs *slabs, const char *name)
{
	size_t i;

	for (i = 0; i < slabs->count; i++)
		if (!strcmp(slabs->caches[i].name, name))
			return slabs->caches[i].bytes;
	return 0;
}

static void measure_growth(struct growth *growth)
{
	static struct slabs before;
	size_t i;

	setting_apply(0);
	sleep(2);
	read_slabs(&before);
	setting_apply(SETTING_METER);
	sleep(2);
	read_slabs(&growth->slabs);
	growth->bytes = 0;
	for (i = 0; i < growth->slabs.count; i++) {
		struct cache *cache = &growth->slabs.caches[i];

		cache->bytes -= cache_bytes(&before, cache->name);
		growth->bytes += cache->bytes;
	}
}

static void read_info(void)
{
	struct tm_meter *meter;

	if (tm_open(TM_TRANSPORT_NETLINK, &meter) < 0 ||
	    tm_info(meter, &info, sizeof(info)) < 0)
		errx(1, "taskmeter cannot be asked");
	tm_close(meter);
}

static void print_figure(const char *name, const char *kernel, double bytes,
			 unsigned int required)
{
	printf("{\"name\":\"memory-%s\",\"kernel\":\"%s\",\"unit\":\"bytes\",\"ours\":%.0f",
	       name, kernel, bytes);
	fprintf(stderr, "memory-%-24s %12.0f", name, bytes);
	if (required) {
		printf(",\"required_most\":%u", required);
		fprintf(stderr, " %s %u", bytes <= required ? "keeps" : "MISSES", required);
	}
	puts("}");
	fputc('\n', stderr);
}

/* The cache that grew most. */
static const struct cache *most_grown(const struct growth *growth)
{
	const struct cache *most = &growth->slabs.caches[0];
	size_t i;

	for (i = 1; i < growth->slabs.count; i++)
		if (growth->slabs.caches[i].bytes > most->bytes)
			most = &growth->slabs.caches[i];
	return most;
}

/* Where the memory of many processes is. */
static void print_caches(const struct growth *growth, const struct growth *base)
{
	size_t i;

	for (i = 0; i < growth->slabs.count; i++) {
		const struct cache *cache = &growth->slabs.caches[i];
		int64_t bytes = cache->bytes - cache_bytes(&base->slabs, cache->name);

		if (bytes > growth->bytes / 50)
			fprintf(stderr, "  of which in cache %-24s %12lld\n", cache->name,
				(long long)bytes);
	}
}

static void print(unsigned int size)
{
	struct utsname kernel;

	if (uname(&kernel))
		err(1, "uname");
	fprintf(stderr, "Linux %s: bytes of slab with %u processes or threads\n",
		kernel.release, size);
	print_figure("alone", kernel.release, alone.bytes, 0);
	print_figure("thread-object", kernel.release,
		     most_grown(&beside_threads)->object_bytes, 512);
	print_figure("thread", kernel.release,
		     (double)(beside_threads.bytes - alone.bytes) / size, 0);
	print_caches(&beside_threads, &alone);
	print_figure("process-with-thread", kernel.release,
		     (double)(beside_processes.bytes - alone.bytes) / size, 0);
	print_caches(&beside_processes, &alone);
	print_figure("info-thread", kernel.release, info.thread_bytes, 0);
	print_figure("info-process", kernel.release, info.process_bytes, 0);
	print_figure("info-histogram", kernel.release, info.histogram_bytes, 0);
}

int main(int argc, char **argv)
{
	unsigned int size = argc > 1 ? strtoul(argv[1], NULL, 10) : PROCESSES;

	if (!size)
		errx(2, "usage: bench-memory [PROCESSES]");
	setting_open();
	measure_growth(&alone);
	crowd_fork_threads(size);
	measure_growth(&beside_threads);
	crowd_end();
	crowd_fork(size);
	measure_growth(&beside_processes);
	read_info();
	crowd_end();
	print(size);
	setting_close();
	return 0;
}
