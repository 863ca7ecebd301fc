/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Places in the exit log, as clients name them: "1234", a number of the present load of
 * the module; "INSTANCE:1234", of a certain load, which is what replies name and event
 * streams have as their ids; a time. Pure.
 */
#ifndef TASKMETERD_API_POSITION_H
#define TASKMETERD_API_POSITION_H

#include <stdbool.h>
#include <stdint.h>

#define POSITION_SIZE	44

/**
 * struct position - a place
 * @has_instance: @instance_id is given
 * @instance_id: load of the module
 * @number: of a record
 * @time_ns: Unix time; 0 if it is given by number
 */
struct position {
	bool has_instance;
	uint64_t instance_id;
	uint64_t number;
	uint64_t time_ns;
};

/**
 * position_parse() - what a client sent
 * @text: a number, INSTANCE:NUMBER, @SECONDS[.FRACTION] since the epoch, or
 *	YYYY-MM-DDTHH:MM:SS[.FRACTION] with Z or an offset
 * @ret_position: filled in
 *
 * Return: 0 or -EINVAL.
 */
int position_parse(const char *text, struct position *ret_position);

/**
 * position_parse_id() - what a client sent as Last-Event-ID
 * @text: INSTANCE:NUMBER
 * @ret_position: filled in
 *
 * Return: 0 or -EINVAL.
 */
int position_parse_id(const char *text, struct position *ret_position);

/**
 * position_write() - INSTANCE:NUMBER
 * @instance_id: load of the module
 * @number: number
 * @text: filled in
 */
void position_write(uint64_t instance_id, uint64_t number, char text[static POSITION_SIZE]);

#endif
