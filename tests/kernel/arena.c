// SPDX-License-Identifier: GPL-2.0-or-later
/* See arena.h. */
#include "arena.h"

#include <sys/mman.h>
#include <unistd.h>

#include "support.h"

/* Of x86-64 with four levels of page tables; below the first nothing can be mapped. */
#define USER_START	UINT64_C(65536)
#define USER_END	UINT64_C(0x7ffffffff000)

static void *map(size_t size, int protection, int flags, int fd)
{
	void *memory = mmap(NULL, size, protection, flags, fd, 0);

	must(memory != MAP_FAILED);
	return memory;
}

/* memfd_create(2) of an empty file: each access to it ends with SIGBUS, or EFAULT. */
static char *beyond_end(size_t page)
{
	int fd = memfd_create("arena", MFD_CLOEXEC);
	char *memory;

	must(fd >= 0);
	memory = map(page, PROT_READ | PROT_WRITE, MAP_SHARED, fd);
	close(fd);
	return memory;
}

void arena_open(struct arena *arena)
{
	const int anonymous = MAP_PRIVATE | MAP_ANONYMOUS;

	arena->page = sysconf(_SC_PAGESIZE);
	arena->room = map(ARENA_ROOM + arena->page, PROT_READ | PROT_WRITE, anonymous, -1);
	must(!mprotect(arena->room + ARENA_ROOM, arena->page, PROT_NONE));
	arena->read_only = map(arena->page, PROT_READ, anonymous, -1);
	arena->changing = map(2 * arena->page, PROT_READ | PROT_WRITE, anonymous, -1);
	must(!mprotect(arena->changing + arena->page, arena->page, PROT_NONE));
	arena->beyond = beyond_end(arena->page);
}

static uint64_t nowhere(struct dice *dice)
{
	/* Of the user's half the first page and what is behind its end; of nobody; the kernel's. */
	static const uint64_t addresses[] = {
		0, 8, USER_END, USER_END + 4096, UINT64_C(1) << 63,
		UINT64_C(0xffff800000000000), UINT64_C(0xffffffff81000000),
		UINT64_C(0xffffffffff600000), UINT64_MAX - 4095, UINT64_MAX - 7, UINT64_MAX,
	};

	return addresses[dice_roll(dice, ARRAY_SIZE(addresses))];
}

uint64_t arena_place(const struct arena *arena, struct dice *dice, size_t size)
{
	const uint64_t room = (uintptr_t)arena->room;

	switch (dice_roll(dice, 24)) {
	case 0:
		return nowhere(dice);
	case 1:
		return (uintptr_t)arena->read_only + dice_roll(dice, arena->page);
	case 2:
		return (uintptr_t)arena->beyond + dice_roll(dice, arena->page);
	case 3:
		return (uintptr_t)arena->changing + dice_roll(dice, arena->page);
	case 4:
		/* Some of it has room, the rest does not. */
		return room + ARENA_ROOM - dice_roll(dice, size + 1) % ARENA_ROOM;
	case 5:
		return room + dice_roll(dice, ARENA_ROOM);
	case 6 ... 11:
		return room;
	default:
		return size <= ARENA_ROOM ? room + ARENA_ROOM - size : room;
	}
}

bool arena_has(const struct arena *arena, uint64_t address, uint64_t size)
{
	const uint64_t room = (uintptr_t)arena->room;

	return address >= room && address - room <= ARENA_ROOM &&
	       size <= ARENA_ROOM - (address - room);
}

static bool is_in(const char *memory, uint64_t address, size_t size)
{
	return address - (uintptr_t)memory < size;
}

bool arena_owns(const struct arena *arena, uint64_t address)
{
	return address < USER_START || address >= USER_END ||
	       is_in(arena->room, address, ARENA_ROOM) ||
	       is_in(arena->read_only, address, arena->page) ||
	       is_in(arena->changing, address, arena->page) ||
	       is_in(arena->beyond, address, arena->page);
}

void arena_change(const struct arena *arena, struct dice *dice)
{
	static const int protections[] = {
		PROT_NONE, PROT_READ, PROT_READ | PROT_WRITE, PROT_READ | PROT_WRITE,
	};

	if (dice_once_in(dice, 3))
		madvise(arena->changing, arena->page, MADV_DONTNEED);
	mprotect(arena->changing, arena->page,
		 protections[dice_roll(dice, ARRAY_SIZE(protections))]);
}
