/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the targets share. A target takes any bytes; what it finds wrong besides what the
 * sanitizers find, it says by CHECK(), on which libFuzzer keeps the bytes.
 */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK(condition)							\
	do {									\
		if (!(condition)) {						\
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, \
				#condition);					\
			abort();						\
		}								\
	} while (0)

/**
 * struct input - bytes that are still to be taken
 * @at: the next one
 * @left: how many
 */
struct input {
	const uint8_t *at;
	size_t left;
};

/* LLVMFuzzerInitialize() is called once, the other for each input. */
int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The next byte; 0 at the end. */
static inline uint8_t take_byte(struct input *input)
{
	if (!input->left)
		return 0;
	input->left--;
	return *input->at++;
}

/* So many bytes, or what is left of them, in memory of their own: nothing stands behind them. */
static inline uint8_t *take_bytes(struct input *input, size_t size, size_t *ret_size)
{
	uint8_t *bytes;

	*ret_size = size < input->left ? size : input->left;
	bytes = malloc(*ret_size);
	CHECK(bytes || !*ret_size);
	if (*ret_size)
		memcpy(bytes, input->at, *ret_size);
	input->at += *ret_size;
	input->left -= *ret_size;
	return bytes;
}

/* The next line, without its end, as a string of its own; NULL at the end. */
static inline char *take_line(struct input *input)
{
	const uint8_t *end;
	size_t length;
	char *line;

	if (!input->left)
		return NULL;
	end = memchr(input->at, '\n', input->left);
	length = end ? (size_t)(end - input->at) : input->left;
	line = strndup((const char *)input->at, length);
	CHECK(line);
	length += !!end;
	input->at += length;
	input->left -= length;
	return line;
}

#endif
