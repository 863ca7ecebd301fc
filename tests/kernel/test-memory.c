// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a process uses: memory of known size, of each kind, is in its figures while
 * it is there, in swap when it is there, and in the peak afterwards.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "pressure.h"
#include "proc.h"
#include "suite.h"
#include "support.h"

#define PAGE		4096UL
#define TMPFS		"/tmp/taskmeter-tmpfs"

/* Sizes that no two kinds have in common. */
#define ANON_BYTES	(32 * MEGABYTE)
#define FILE_BYTES	(12 * MEGABYTE)
#define SHARED_BYTES	(16 * MEGABYTE)
#define TMPFS_BYTES	(8 * MEGABYTE)
#define SHMEM_BYTES	(SHARED_BYTES + TMPFS_BYTES)

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif

static int device;
static uint64_t rss_error;

static void setup(void)
{
	device = device_open();
	rss_error = device_info(device).rss_error_bytes;
}

/* Read, as a write to a file's page makes it dirty. */
static void touch(const char *memory, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += PAGE)
		(void)*(volatile const char *)&memory[i];
}

static void fill(char *memory, size_t bytes)
{
	for (size_t i = 0; i < bytes; i += PAGE)
		((volatile char *)memory)[i] = 1;
}

static char *map(size_t bytes, int protection, int flags, int fd)
{
	char *memory = mmap(NULL, bytes, protection, flags, fd, 0);

	must(memory != MAP_FAILED);
	return memory;
}

/* All kinds, of the full size or of a fraction of it. */
struct mappings {
	size_t part;
	char *anon;
	char *file;
	char *shared;
	char *tmpfs;
};

static char *map_file(const char *path, int flags, size_t bytes, int protection)
{
	int fd = open(path, flags | O_CLOEXEC, 0600);
	char *memory;

	must(fd >= 0);
	if (flags & O_CREAT)
		must(!ftruncate(fd, bytes));
	memory = map(bytes, protection, MAP_SHARED, fd);
	close(fd);
	return memory;
}

static void map_all(struct mappings *mappings, size_t part, int huge)
{
	const int writable = PROT_READ | PROT_WRITE;

	mappings->part = part;
	mappings->anon = map(ANON_BYTES / part, writable, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	/* Fails where there are no huge pages. */
	madvise(mappings->anon, ANON_BYTES / part, huge ? MADV_HUGEPAGE : MADV_NOHUGEPAGE);
	fill(mappings->anon, ANON_BYTES / part);
	mappings->file = map_file(PRESSURE_FILE, O_RDONLY, FILE_BYTES / part, PROT_READ);
	touch(mappings->file, FILE_BYTES / part);
	mappings->shared = map(SHARED_BYTES / part, writable, MAP_SHARED | MAP_ANONYMOUS, -1);
	fill(mappings->shared, SHARED_BYTES / part);
	mappings->tmpfs = map_file(TMPFS "/file", O_RDWR | O_CREAT, TMPFS_BYTES / part, writable);
	fill(mappings->tmpfs, TMPFS_BYTES / part);
	pressure_settle_rss();
}

static void unmap_all(const struct mappings *mappings)
{
	must(!munmap(mappings->anon, ANON_BYTES / mappings->part));
	must(!munmap(mappings->file, FILE_BYTES / mappings->part));
	must(!munmap(mappings->shared, SHARED_BYTES / mappings->part));
	must(!munmap(mappings->tmpfs, TMPFS_BYTES / mappings->part));
	must(!unlink(TMPFS "/file"));
	pressure_settle_rss();
}

/* With and without huge pages. */
static void map_and_unmap(void *arg)
{
	struct mappings mappings;

	/* A first round, lest the program's own pages come in later. */
	map_all(&mappings, 8, *(int *)arg);
	unmap_all(&mappings);
	child_stay();
	map_all(&mappings, 1, *(int *)arg);
	child_stay();
	unmap_all(&mappings);
	child_stay();
}

static struct taskmeter_record look(pid_t pid, uint32_t flags)
{
	struct taskmeter_record record;

	child_await_state(pid, "S");
	must(device_get(device, pid, pid, flags, &record));
	must(record.available & TASKMETER_AVAILABLE_MEMORY);
	must(record.available & TASKMETER_AVAILABLE_RSS_PEAK);
	return record;
}

static struct taskmeter_record look_exactly(pid_t pid)
{
	return look(pid, TASKMETER_SNAPSHOT_EXACT_RSS);
}

static void next_step(const struct child *child)
{
	child_order(child);
	child_await(child);
}

static bool near(int64_t ours, int64_t theirs, int64_t slack)
{
	return ours >= theirs - slack && ours <= theirs + slack;
}

/* One hundredth, or 64 pages. */
static void check_size(const char *name, uint64_t first, uint64_t now, int64_t wanted)
{
	int64_t slack = wanted / 100 > (int64_t)(64 * PAGE) ? wanted / 100 : (int64_t)(64 * PAGE);

	if (!near(now - first, wanted, slack))
		test_fail("%s grew from %" PRIu64 " to %" PRIu64 ", by %" PRId64
			  " instead of %" PRId64, name, first, now, (int64_t)(now - first), wanted);
}

/* What the kinds of memory are to have grown by. */
struct growth {
	int64_t anon;
	int64_t file;
	int64_t shmem;
	int64_t swap;
};

static void check_growth(const struct taskmeter_record *first,
			 const struct taskmeter_record *now, const struct growth *growth)
{
	check_size("anonymous memory", first->rss_anon_bytes, now->rss_anon_bytes,
		   growth->anon);
	check_size("mapped files", first->rss_file_bytes, now->rss_file_bytes, growth->file);
	check_size("shared memory", first->rss_shmem_bytes, now->rss_shmem_bytes,
		   growth->shmem);
	check_size("swap", first->swap_bytes, now->swap_bytes, growth->swap);
}

static void check_equal(const char *name, uint64_t ours, uint64_t theirs, uint64_t slack)
{
	if (!near(ours, theirs, slack))
		test_fail("%s is %" PRIu64 ", in /proc %" PRIu64, name, ours, theirs);
}

static void check_against_proc(pid_t pid, uint32_t flags)
{
	struct taskmeter_record record = look(pid, flags), proc;

	proc_read(pid, 0, &proc);
	check_equal("RssAnon", record.rss_anon_bytes, proc.rss_anon_bytes, rss_error);
	check_equal("RssFile", record.rss_file_bytes, proc.rss_file_bytes, rss_error);
	check_equal("RssShmem", record.rss_shmem_bytes, proc.rss_shmem_bytes, rss_error);
	check_equal("VmSwap", record.swap_bytes, proc.swap_bytes, rss_error);
	/* Of all kinds but swap. */
	check_equal("VmHWM", record.rss_peak_bytes, proc.rss_peak_bytes, 3 * rss_error);
}

static void check_doors(pid_t pid)
{
	check_against_proc(pid, 0);
	check_against_proc(pid, TASKMETER_SNAPSHOT_EXACT_RSS);
	check_against_proc(pid, TASKMETER_SNAPSHOT_THREADS);
	check_against_proc(pid, TASKMETER_SNAPSHOT_THREADS | TASKMETER_SNAPSHOT_EXACT_RSS);
}

static uint64_t resident(const struct taskmeter_record *record)
{
	return record->rss_anon_bytes + record->rss_file_bytes + record->rss_shmem_bytes;
}

/* The peak is what was there at most, though it has gone. */
static void check_peak(const struct taskmeter_record *record, uint64_t most)
{
	uint64_t slack = most / 100 > 64 * PAGE ? most / 100 : 64 * PAGE;

	if (!near(record->rss_peak_bytes, most, slack + 3 * rss_error))
		test_fail("the peak is %" PRIu64 " instead of %" PRIu64,
			  (uint64_t)record->rss_peak_bytes, most);
}

/*
 * Anonymous memory, a file, shared anonymous memory and a file in a tmpfs: each is in
 * its figure while it is mapped, to 1 % or 64 pages, and in no other; and the peak
 * stays. Both ways agree with /proc, by process and by thread.
 */
START_TEST(sizes)
{
	const struct growth all = { ANON_BYTES, FILE_BYTES, SHMEM_BYTES, 0 };
	const struct growth nothing = { 0 };
	struct taskmeter_record first, mapped, last;
	struct child child;
	int huge = _i;

	child_start(&child, map_and_unmap, &huge);
	child_await(&child);
	first = look_exactly(child.pid);
	check_doors(child.pid);

	next_step(&child);
	mapped = look_exactly(child.pid);
	check_growth(&first, &mapped, &all);
	check_peak(&mapped, resident(&mapped));
	check_doors(child.pid);

	next_step(&child);
	last = look_exactly(child.pid);
	check_growth(&first, &last, &nothing);
	check_peak(&last, resident(&mapped));
	check_doors(child.pid);
	child_kill(&child);
}
END_TEST

/* What the page tables say: pages of the memory that are in swap. */
static size_t count_swapped(const char *memory, size_t bytes)
{
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	size_t swapped = 0;
	uint64_t entry;

	must(fd >= 0);
	for (size_t i = 0; i < bytes; i += PAGE) {
		off_t at = ((uintptr_t)memory + i) / PAGE * sizeof(entry);

		must(pread(fd, &entry, sizeof(entry), at) == sizeof(entry));
		swapped += entry >> 62 & 1;
	}
	close(fd);
	return swapped;
}

static struct swapping {
	_Atomic size_t bytes;
} *swapping;

#define SWAPPED_BYTES	(ANON_BYTES / 2)

static char *swap_out(size_t bytes, size_t swapped)
{
	char *memory = map(bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);

	madvise(memory, bytes, MADV_NOHUGEPAGE);
	fill(memory, bytes);
	must(!madvise(memory, swapped, MADV_PAGEOUT));
	swapping->bytes = count_swapped(memory, bytes) * PAGE;
	pressure_settle_rss();
	return memory;
}

static void swap_in(const char *memory, size_t bytes)
{
	touch(memory, bytes);
	swapping->bytes = count_swapped(memory, bytes) * PAGE;
	pressure_settle_rss();
}

static void swap_out_and_in(void *arg)
{
	char *memory;

	(void)arg;
	/* A first round, lest the program's own pages come in later. */
	memory = swap_out(MEGABYTE, MEGABYTE);
	swap_in(memory, MEGABYTE);
	must(!munmap(memory, MEGABYTE));
	pressure_settle_rss();
	child_stay();
	memory = swap_out(ANON_BYTES, SWAPPED_BYTES);
	child_stay();
	swap_in(memory, ANON_BYTES);
	child_stay();
}

static void check_swapped(const struct taskmeter_record *first, pid_t pid)
{
	struct taskmeter_record record = look_exactly(pid);
	const struct growth growth = {
		.anon = ANON_BYTES - swapping->bytes,
		.swap = swapping->bytes,
	};

	printf("%zu bytes in swap\n", swapping->bytes);
	check_growth(first, &record, &growth);
	check_peak(&record, resident(first) + ANON_BYTES);
	check_doors(pid);
}

/* Anonymous memory that is pushed out moves from one figure to the other, and back. */
START_TEST(swap)
{
	struct taskmeter_record first;
	struct child child;

	pressure_swap_on();
	swapping = shared_alloc(sizeof(*swapping));
	child_start(&child, swap_out_and_in, NULL);
	child_await(&child);
	first = look_exactly(child.pid);
	next_step(&child);
	/* All of it, but for pages that another CPU has in its hands just then. */
	ck_assert_uint_ge(swapping->bytes, SWAPPED_BYTES / 2);
	check_swapped(&first, child.pid);
	next_step(&child);
	ck_assert_uint_eq(swapping->bytes, 0);
	check_swapped(&first, child.pid);
	child_kill(&child);
}
END_TEST

#define PEAK_BYTES	(40 * MEGABYTE)

static void use_and_exit(void *arg)
{
	char *memory;

	(void)arg;
	memory = map(PEAK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	fill(memory, PEAK_BYTES);
	pressure_settle_rss();
	must(!munmap(memory, PEAK_BYTES));
	child_stay();
}

/* The peak of a zombie is what its parent is told of it in the end. */
START_TEST(peak_of_zombie)
{
	struct taskmeter_record living, record;
	siginfo_t info = { 0 };
	struct rusage usage;
	struct child child;
	int status;

	child_start(&child, use_and_exit, NULL);
	child_await(&child);
	living = look(child.pid, 0);
	child_order(&child);
	must(!waitid(P_PID, child.pid, &info, WEXITED | WNOWAIT));
	ck_assert_int_eq(info.si_pid, child.pid);
	must(device_get(device, child.pid, child.pid, 0, &record));
	must(record.flags & TASKMETER_RECORD_EXITING);
	must(!(record.available & TASKMETER_AVAILABLE_MEMORY));
	must(record.available & TASKMETER_AVAILABLE_RSS_PEAK);
	must(wait4(child.pid, &status, 0, &usage) == child.pid && !status);
	ck_assert_uint_eq(record.rss_peak_bytes, usage.ru_maxrss * 1024ULL);
	ck_assert_uint_ge(record.rss_peak_bytes, PEAK_BYTES);
	/* Of a process that executed no other program, it is the same as before. */
	must(near(record.rss_peak_bytes, living.rss_peak_bytes, 3 * rss_error));
}
END_TEST

/* Kernel threads have no memory of their own. */
START_TEST(kernel_threads)
{
	struct records records;
	size_t seen = 0;

	device_snapshot(device, NULL, 64, &records);
	for (size_t i = 0; i < records.count; i++) {
		const struct taskmeter_record *record = &records.record[i];

		if (!(record->flags & TASKMETER_RECORD_KERNEL))
			continue;
		must(!(record->available & (TASKMETER_AVAILABLE_MEMORY |
					    TASKMETER_AVAILABLE_RSS_PEAK)));
		must(!resident(record) && !record->swap_bytes && !record->rss_peak_bytes);
		seen++;
	}
	ck_assert_uint_gt(seen, 5);
	records_free(&records);
}
END_TEST

static void make_files(void)
{
	if (mkdir(TMPFS, 0700))
		must(errno == EEXIST);
	must(!mount("tmpfs", TMPFS, "tmpfs", 0, "size=32m"));
	pressure_file_make();
}

static void leave_nothing(void)
{
	umount(TMPFS);
	rmdir(TMPFS);
	pressure_file_remove();
	pressure_swap_off();
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("memory");
	TCase *memory = test_case_add(suite, "memory", 60);

	tcase_add_unchecked_fixture(memory, make_files, leave_nothing);
	tcase_add_checked_fixture(memory, setup, NULL);
	tcase_add_loop_test(memory, sizes, 0, 2);
	tcase_add_test(memory, swap);
	tcase_add_test(memory, peak_of_zombie);
	tcase_add_test(memory, kernel_threads);
	return suite_main(suite, argc, argv);
}
