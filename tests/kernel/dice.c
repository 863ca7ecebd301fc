// SPDX-License-Identifier: GPL-2.0-or-later
/* See dice.h. The generator is splitmix64. */
#include "dice.h"

#include <string.h>

#include "support.h"

void dice_seed(struct dice *dice, uint64_t seed, uint64_t stream)
{
	dice->state = seed;
	dice->state = dice_number(dice) + stream;
	dice->state = dice_number(dice);
}

uint64_t dice_number(struct dice *dice)
{
	uint64_t mixed = dice->state += 0x9e3779b97f4a7c15;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111eb;
	return mixed ^ mixed >> 31;
}

uint64_t dice_roll(struct dice *dice, uint64_t sides)
{
	return dice_number(dice) % sides;
}

bool dice_once_in(struct dice *dice, unsigned int times)
{
	return !dice_roll(dice, times);
}

uint64_t dice_extreme(struct dice *dice)
{
	static const uint64_t ends[] = {
		0, 1, 7, 8, 255, 4095, 4096, 4097, 65535, 65536, INT32_MAX,
		(uint64_t)INT32_MAX + 1, UINT32_MAX, (uint64_t)UINT32_MAX + 1, INT64_MAX,
		(uint64_t)INT64_MAX + 1, UINT64_MAX - 7, UINT64_MAX - 1, UINT64_MAX,
	};

	switch (dice_roll(dice, 4)) {
	case 0:
		return dice_roll(dice, 64);
	case 1:
		return UINT64_C(1) << dice_roll(dice, 64);
	case 2:
		return dice_number(dice);
	default:
		return ends[dice_roll(dice, ARRAY_SIZE(ends))];
	}
}

static void spoil_once(struct dice *dice, uint8_t *memory, size_t size)
{
	const size_t width = (size_t)1 << dice_roll(dice, 4);
	uint64_t value;
	size_t at;

	if (size < width)
		return;
	at = dice_roll(dice, size / width) * width;
	if (width == 1) {
		memory[at] ^= 1 << dice_roll(dice, 8);
		return;
	}
	value = dice_extreme(dice);
	memcpy(memory + at, &value, width);
}

void dice_spoil(struct dice *dice, void *memory, size_t size)
{
	for (uint64_t i = 1 + dice_roll(dice, 3); i; i--)
		spoil_once(dice, memory, size);
}
