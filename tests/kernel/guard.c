// SPDX-License-Identifier: GPL-2.0-or-later
/* See guard.h. */
#include "guard.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "support.h"

void expect_error(int device, unsigned long command, void *arg, int error,
		  const char *what)
{
	int ret = ioctl(device, command, arg);
	int seen = ret ? errno : 0;

	if (ret > 0 || seen != error)
		test_fail("%s: %s instead of %s", what, strerror(seen), strerror(error));
}

void *guarded(size_t size)
{
	size_t page = sysconf(_SC_PAGESIZE), pages = (size + page - 1) / page;
	char *memory = mmap(NULL, (pages + 1) * page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	must(memory != MAP_FAILED);
	must(!munmap(memory + pages * page, page));
	memset(memory, POISON, pages * page);
	return memory + pages * page - size;
}

bool is_filled(const void *memory, size_t size, int value)
{
	const unsigned char *bytes = memory;

	for (size_t i = 0; i < size; i++)
		if (bytes[i] != value)
			return false;
	return true;
}

struct taskmeter_snapshot snapshot_of(void *buffer, size_t size)
{
	return (struct taskmeter_snapshot){
		.size = sizeof(struct taskmeter_snapshot),
		.buffer = (uintptr_t)buffer,
		.buffer_size = size,
		.stride = sizeof(struct taskmeter_record),
	};
}
