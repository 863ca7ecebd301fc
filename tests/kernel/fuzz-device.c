// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * See fuzz-device.h.
 *
 * What is private to a thread (its file, its arenas) is given to the module and checked by
 * the words of the header. The files on fixed numbers, and arguments that all threads fill
 * in at once, are only used: what comes of that cannot be told.
 */
#include "fuzz-device.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz-door.h"
#include "guard.h"
#include "support.h"

#define SHARED_FILES	6
#define SHARED_FIRST	200	/* numbers that no other open file of the process has */

static union argument shared_arguments[FUZZ_DOORS];

const char *device_fuzz_name(unsigned int door)
{
	return doors[door].name;
}

/* After a change: where the module may write has to be ours, or nobody's. */
static void mend_pointers(struct device_fuzz *fuzz, const struct door *door,
			  union argument *argument)
{
	for (size_t i = 0; i < ARRAY_SIZE(door->pointers) && door->pointers[i]; i++) {
		uint64_t address;

		memcpy(&address, argument->bytes + door->pointers[i], sizeof(address));
		if (arena_owns(door_arena(fuzz, i), address))
			continue;
		address = door_place(fuzz, i, 4096);
		memcpy(argument->bytes + door->pointers[i], &address, sizeof(address));
	}
}

static uint32_t pick_size(struct dice *dice, const struct door *door)
{
	const size_t growth = door->size - door->first_size;

	switch (dice_roll(dice, 16)) {
	case 0:
		return dice_extreme(dice);
	case 1:
		return door->first_size + 4 * dice_roll(dice, growth / 4 + 1);
	case 2:
		return door->size + dice_roll(dice, SIZE_MAX_ARG + 8 - door->size);
	default:
		return door->size;
	}
}

/* Valid but for a change or two in every other, which may be of what is behind it, too. */
static void make_argument(struct device_fuzz *fuzz, const struct door *door,
			  union argument *argument)
{
	memset(argument, 0, sizeof(*argument));
	door->make(fuzz, argument);
	if (dice_once_in(&fuzz->dice, 2)) {
		dice_spoil(&fuzz->dice, argument->bytes, door->size);
		if (dice_once_in(&fuzz->dice, 8))
			argument->bytes[door->size + dice_roll(&fuzz->dice, 256)] = 1;
		mend_pointers(fuzz, door, argument);
	}
	argument->size = pick_size(&fuzz->dice, door);
}

/* What the module knows of the argument: as much as it is told and knows. */
static enum verdict judge(const struct device_fuzz *fuzz, const struct door *door,
			  const union argument *argument)
{
	union argument known = { 0 };
	const uint32_t size = argument->size;

	if (size < door->first_size || size > SIZE_MAX_ARG)
		return REFUSED;
	if (size > door->size && !is_filled(argument->bytes + door->size, size - door->size, 0))
		return REFUSED;
	memcpy(&known, argument, size < door->size ? size : door->size);
	return door->judge(fuzz, &known);
}

static void poison(struct device_fuzz *fuzz)
{
	for (size_t i = 1; i < ARRAY_SIZE(fuzz->arenas); i++)
		memset(fuzz->arenas[i].room, POISON, ARENA_ROOM);
}

static bool is_named(int error)
{
	return error == EFAULT || error == EINVAL || error == E2BIG || error == ENOSPC ||
	       error == EPERM || error == ENOENT || error == ENOMEM;
}

static void complain(const struct device_fuzz *fuzz, const struct door *door,
		     const union argument *argument, int error, const char *what)
{
	char text[2 * 128 + 1] = "";

	for (size_t i = 0; i < door->size && i < 128; i++)
		snprintf(text + 2 * i, 3, "%02x", argument->bytes[i]);
	test_fail("%s, step %llu: %s (%s); argument of size %u: %s", door->name,
		  (unsigned long long)fuzz->step, what, strerror(error), argument->size, text);
}

static void check_refusal(const struct device_fuzz *fuzz, const struct door *door,
			  const union argument *argument, const void *at, size_t size, int error)
{
	if (!is_named(error))
		complain(fuzz, door, argument, error, "an error that the header does not name");
	if (memcmp(at, argument, size))
		complain(fuzz, door, argument, error, "an argument that was refused is changed");
	for (size_t i = 1; error != EFAULT && i < ARRAY_SIZE(fuzz->arenas); i++)
		if (!is_filled(fuzz->arenas[i].room, ARENA_ROOM, POISON))
			complain(fuzz, door, argument, error,
				 "a call that was refused has written");
}

static void check_success(const struct device_fuzz *fuzz, const struct door *door,
			  const union argument *argument, const void *at, size_t size)
{
	const size_t known = size < door->size ? size : door->size;
	union argument before = { 0 }, after = { 0 };

	memcpy(&before, argument, known);
	memcpy(&after, at, known);
	must(after.size == argument->size);
	must(!memcmp((const char *)at + known, argument->bytes + known, size - known));
	if (size >= door->size)
		door->check(fuzz, &before, &after);
}

/* In memory that is all there: with all that the header says of it. */
static void call_checked(struct device_fuzz *fuzz, unsigned int number)
{
	const struct door *door = &doors[number];
	union argument argument;
	enum verdict verdict;
	size_t size;
	void *at;
	int error;

	make_argument(fuzz, door, &argument);
	size = argument.size < SIZE_MAX_ARG ? argument.size : SIZE_MAX_ARG;
	if (size < sizeof(argument.size))
		size = sizeof(argument.size);
	at = fuzz->arenas[0].room + ARENA_ROOM - size;
	memcpy(at, &argument, size);
	poison(fuzz);
	verdict = judge(fuzz, door, &argument);
	error = ioctl(fuzz->device, door->command, at) ? errno : 0;
	fuzz_tally_add(fuzz->tally, number, !error);
	if (!error && verdict == REFUSED)
		complain(fuzz, door, &argument, 0, "took what it should refuse");
	if (error && verdict == TAKEN)
		complain(fuzz, door, &argument, error, "refused what it should take");
	if (error)
		check_refusal(fuzz, door, &argument, at, size, error);
	else
		check_success(fuzz, door, &argument, at, size);
}

static int shared_file(struct device_fuzz *fuzz)
{
	return SHARED_FIRST + (int)dice_roll(&fuzz->dice, SHARED_FILES);
}

static int some_file(struct device_fuzz *fuzz)
{
	return dice_once_in(&fuzz->dice, 2) ? fuzz->device : shared_file(fuzz);
}

/* In memory that is there in part, or changes. */
static void call_anywhere(struct device_fuzz *fuzz, unsigned int number)
{
	const struct door *door = &doors[number];
	union argument argument;
	uint64_t at;
	size_t size;

	make_argument(fuzz, door, &argument);
	at = arena_place(&fuzz->arenas[0], &fuzz->dice, door->size);
	for (size = door->size; size && !arena_has(&fuzz->arenas[0], at, size); size--)
		;
	if (size)
		memcpy((void *)(uintptr_t)at, &argument, size);
	ioctl(some_file(fuzz), door->command, at);
}

/* In memory that others fill in as well, while it is read. */
static void call_shared(struct device_fuzz *fuzz, unsigned int number)
{
	union argument argument;

	make_argument(fuzz, &doors[number], &argument);
	memcpy(&shared_arguments[number], &argument, doors[number].size);
	ioctl(shared_file(fuzz), doors[number].command, &shared_arguments[number]);
}

/* Types from 0x80 on: none that the kernel takes before the module does. */
static void call_unknown(struct device_fuzz *fuzz)
{
	unsigned long command;

	do {
		command = dice_once_in(&fuzz->dice, 2) ? TASKMETER_IOCTL_TYPE :
							 0x80 + dice_roll(&fuzz->dice, 0x80);
		command = command << 8 | dice_roll(&fuzz->dice, 256);
		if (dice_once_in(&fuzz->dice, 2))
			command |= (dice_number(&fuzz->dice) & 0xffff) << 16;
	} while (command >= TASKMETER_IOCTL_INFO && command <= TASKMETER_IOCTL_CGROUP_PATH);
	if (ioctl(fuzz->device, command, fuzz->arenas[1].room) != -1 || errno != ENOTTY)
		test_fail("step %llu: ioctl %#lx is known", (unsigned long long)fuzz->step,
			  command);
}

static void reopen_shared(struct device_fuzz *fuzz)
{
	int fd = device_open();

	dup3(fd, shared_file(fuzz), O_CLOEXEC);
	close(fd);
}

static void poll_file(struct device_fuzz *fuzz)
{
	struct pollfd poll_fd = {
		.fd = some_file(fuzz), .events = (short)dice_number(&fuzz->dice),
	};

	poll(&poll_fd, 1, (int)dice_roll(&fuzz->dice, 3));
}

/* What a device may be asked for besides. */
static void use_otherwise(struct device_fuzz *fuzz)
{
	const int fd = some_file(fuzz);
	void *memory;
	char byte;

	switch (dice_roll(&fuzz->dice, 4)) {
	case 0:
		must(read(fuzz->device, &byte, 1) < 0);
		break;
	case 1:
		must(write(fd, "", 1) < 0);
		break;
	case 2:
		memory = mmap(NULL, fuzz->arenas[0].page, PROT_READ, MAP_PRIVATE, fd, 0);
		must(memory == MAP_FAILED);
		break;
	default:
		lseek(fd, (off_t)dice_extreme(&fuzz->dice), SEEK_SET);
	}
}

void device_fuzz_step(struct device_fuzz *fuzz)
{
	const unsigned int number = (unsigned int)dice_roll(&fuzz->dice, FUZZ_DOORS);

	fuzz->step++;
	atomic_fetch_add(&fuzz->tally->tried, 1);
	switch (dice_roll(&fuzz->dice, 24)) {
	case 0:
		return reopen_shared(fuzz);
	case 1:
		close(shared_file(fuzz));
		return;
	case 2:
		return poll_file(fuzz);
	case 3:
		return use_otherwise(fuzz);
	case 4:
		return call_unknown(fuzz);
	case 5 ... 8:
		arena_change(door_arena(fuzz, number % 3), &fuzz->dice);
		return call_anywhere(fuzz, number);
	case 9 ... 12:
		return call_shared(fuzz, number);
	default:
		return call_checked(fuzz, number);
	}
}

void device_fuzz_open(struct device_fuzz *fuzz, uint64_t seed, unsigned int stream,
		      struct fuzz_tally *tally)
{
	memset(fuzz, 0, sizeof(*fuzz));
	dice_seed(&fuzz->dice, seed, stream);
	fuzz->tally = tally;
	fuzz->device = device_open();
	for (size_t i = 0; i < ARRAY_SIZE(fuzz->arenas); i++)
		arena_open(&fuzz->arenas[i]);
}

void device_fuzz_close(struct device_fuzz *fuzz)
{
	close(fuzz->device);
}

void device_fuzz_begin(void)
{
	for (int i = 0; i < SHARED_FILES; i++) {
		int fd = device_open();

		must(dup3(fd, SHARED_FIRST + i, O_CLOEXEC) >= 0);
		close(fd);
	}
}

void device_fuzz_end(void)
{
	for (int i = 0; i < SHARED_FILES; i++)
		close(SHARED_FIRST + i);
}
