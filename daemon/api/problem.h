/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a request is refused, as RFC 9457 wants it told.
 */
#ifndef TASKMETERD_API_PROBLEM_H
#define TASKMETERD_API_PROBLEM_H

#include "api/buffer.h"

/*
 * What functions return that refused a request: the problem is filled in.
 * Positive, so that it cannot be taken for an errno.
 */
#define PROBLEM	1

/* Room for the names of all fields, which is the longest list of what is allowed. */
#define PROBLEM_LIST_SIZE	2816

/**
 * struct problem - one refusal
 * @status: HTTP status
 * @parameter: the wrong parameter, or empty
 * @detail: one sentence: what is wrong and what is allowed
 */
struct problem {
	unsigned int status;
	char parameter[64];
	char detail[PROBLEM_LIST_SIZE + 256];
};

/**
 * problem_set() - refuse
 * @problem: filled in
 * @status: HTTP status
 * @format: the detail, as printf; what the client sent may be any bytes
 *
 * Return: PROBLEM.
 */
int problem_set(struct problem *problem, unsigned int status, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/**
 * problem_parameter() - refuse because of one parameter
 * @problem: filled in, with status 400
 * @parameter: its name
 * @format: the detail, as printf
 *
 * Return: PROBLEM.
 */
int problem_parameter(struct problem *problem, const char *parameter,
		      const char *format, ...) __attribute__((format(printf, 3, 4)));

/**
 * problem_title() - reason phrase of a status
 * @status: HTTP status
 *
 * Return: the phrase, never NULL.
 */
const char *problem_title(unsigned int status);

/**
 * problem_write() - the body of an application/problem+json reply
 * @problem: the problem
 * @buffer: is appended to; its error tells a lack of memory
 */
void problem_write(const struct problem *problem, struct buffer *buffer);

#endif
