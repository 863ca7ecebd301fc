// SPDX-License-Identifier: GPL-2.0-or-later
/* See starve.h. */
#include "starve.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "suite.h"
#include "support.h"

#define DEBUGFS		"/sys/kernel/debug"
#define KMEMLEAK	DEBUGFS "/kmemleak"
#define FAIL_NTH	"/proc/self/fail-nth"

static void set(const char *fault, const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), DEBUGFS "/%s/%s", fault, name);
	file_write(path, text);
}

void starve_need(void)
{
	if (access(DEBUGFS "/failslab/ignore-gfp-wait", W_OK) || access(FAIL_NTH, W_OK) ||
	    access(KMEMLEAK, W_OK))
		suite_skip("this kernel cannot refuse memory on purpose: make test-debug has one that can");
}

/* What may sleep fails as well, and nothing is said of it. */
static void allow(const char *sleeping)
{
	static const char *const faults[] = { "failslab", "fail_page_alloc", "fail_usercopy" };

	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		set(faults[i], "verbose", "0");
	set("failslab", "ignore-gfp-wait", sleeping);
	set("fail_page_alloc", "ignore-gfp-wait", sleeping);
	set("fail_page_alloc", "ignore-gfp-highmem", sleeping);
	set("fail_page_alloc", "min-order", strcmp(sleeping, "N") ? "1" : "0");
}

static int nth_file = -1;

static void write_nth(unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);

	must(pwrite(nth_file, text, length, 0) == length);
}

void starve_arm(unsigned int nth)
{
	if (nth_file < 0) {
		nth_file = open(FAIL_NTH, O_RDWR | O_CLOEXEC);
		must(nth_file >= 0);
		allow("N");
	}
	write_nth(nth);
}

/* To read it is to copy, and may fail in turn: then nothing else has. */
unsigned int starve_disarm(void)
{
	char text[16] = "";
	ssize_t n = pread(nth_file, text, sizeof(text) - 1, 0);

	if (n < 0) {
		must(errno == EFAULT);
		return 1;
	}
	/* So may this. */
	if (pwrite(nth_file, "0", 1, 0) < 0)
		must(errno == EFAULT);
	return strtoul(text, NULL, 10);
}

void starve_end(void)
{
	if (!access(DEBUGFS "/failslab/ignore-gfp-wait", W_OK))
		allow("Y");
}

void leaks_forget(void)
{
	if (access(KMEMLEAK, W_OK))
		return;
	file_write(KMEMLEAK, "scan");
	file_write(KMEMLEAK, "clear");
}

/*
 * The kernel's own: where a cache finds no memory for its directory in sysfs, it loses the
 * name that it copied for it (seen in 6.1).
 */
#define KERNELS_OWN	"sysfs_slab_add"
#define RECORD		"unreferenced object"

/* The first record of kmemleak's that is not the kernel's own, NULL if there is none. */
static char *find_leak(char *text)
{
	char *record = strstr(text, RECORD), *next, *own;

	for (; record; record = next) {
		next = strstr(record + 1, RECORD);
		own = strstr(record, KERNELS_OWN);
		if (!own || (next && own > next))
			return record;
	}
	return NULL;
}

/* What is younger than 5 s is not told, and a pointer may be in a register during a scan. */
void leaks_check(const char *what)
{
	static char text[1 << 20];
	char *leak;

	sleep_ms(6000);
	file_write(KMEMLEAK, "scan");
	file_write(KMEMLEAK, "scan");
	file_read(KMEMLEAK, text, sizeof(text));
	leak = find_leak(text);
	if (leak)
		test_fail("%s: memory is lost: %.800s", what, leak);
}
