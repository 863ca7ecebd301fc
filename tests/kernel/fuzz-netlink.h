/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hostile messages to the family: attributes of wrong types and lengths, in nests, cut
 * short; dumps left in the middle; subscriptions that nobody reads.
 */
#ifndef TESTS_KERNEL_FUZZ_NETLINK_H
#define TESTS_KERNEL_FUZZ_NETLINK_H

#include <stddef.h>
#include <stdint.h>

#include "dice.h"
#include "fuzz-tally.h"

#define FUZZ_COMMANDS	6	/* requests, from TASKMETER_CMD_INFO_GET on */
#define FUZZ_SOCKETS	24	/* more than a user may subscribe */
#define FUZZ_REMEMBERED	65536

/**
 * struct netlink_fuzz - one thread that does so
 * @dice: its numbers
 * @tally: where it counts
 * @family: id of the family
 * @sockets: its sockets
 * @sequence: of the last message
 * @commands: of the last messages, by the end of their sequence number
 * @step: how far it is
 */
struct netlink_fuzz {
	struct dice dice;
	struct fuzz_tally *tally;
	uint16_t family;
	int sockets[FUZZ_SOCKETS];
	uint32_t sequence;
	uint8_t commands[FUZZ_REMEMBERED];
	uint64_t step;
};

void netlink_fuzz_open(struct netlink_fuzz *fuzz, uint64_t seed, unsigned int stream,
		       struct fuzz_tally *tally);
void netlink_fuzz_close(struct netlink_fuzz *fuzz);

/**
 * netlink_fuzz_step() - send something, or read some of what has come
 * @fuzz: who
 *
 * Fails if what comes is not well formed.
 */
void netlink_fuzz_step(struct netlink_fuzz *fuzz);
const char *netlink_fuzz_name(unsigned int command);

#endif
