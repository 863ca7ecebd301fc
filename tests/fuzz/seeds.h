/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What fuzz-netlink.c and the seeds for it have in common. */
#ifndef TESTS_FUZZ_SEEDS_H
#define TESTS_FUZZ_SEEDS_H

/* Of the family, and of all requests. */
#ifndef FAMILY
#define FAMILY		0x21
#endif
#define SEQUENCE	1
/* In place of a length: the socket was full. */
#define LOST		0xffff

/**
 * enum operation - what the library is asked
 * @OPERATION_ALIKE: nothing: attributes of records are parsed in two ways
 * @OPERATION_INFO: to open the meter only
 * @OPERATION_GET: one process
 * @OPERATION_SNAPSHOT: all of them
 * @OPERATION_EXITS: the exit log
 * @OPERATION_EXITS_FROM: the exit log from number 1 on
 * @OPERATION_TOTALS: totals of cgroups
 * @OPERATION_EVENTS: all events but exits
 * @OPERATION_EVENTS_FROM: forks, and exits from number 1 on
 * @OPERATION_SET: to change a setting
 * @OPERATIONS: how many there are
 */
enum operation {
	OPERATION_ALIKE,
	OPERATION_INFO,
	OPERATION_GET,
	OPERATION_SNAPSHOT,
	OPERATION_EXITS,
	OPERATION_EXITS_FROM,
	OPERATION_TOTALS,
	OPERATION_EVENTS,
	OPERATION_EVENTS_FROM,
	OPERATION_SET,
	OPERATIONS,
};

#endif
