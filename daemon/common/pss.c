// SPDX-License-Identifier: GPL-2.0-or-later
/* See pss.h. */
#include "common/pss.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "common/resident.h"

#define PAGE_NS		120
#define TABLE_NS	6000
/* The text has about 700 bytes. */
#define TEXT_SIZE	8192

#define MEMBER(member)	offsetof(struct pss, member)
#define N_ELEMENTS(array)	(sizeof(array) / sizeof(*(array)))

static const struct pss_field fields[] = {
	{ "pss_bytes", "pss", MEMBER(pss_bytes) },
	{ "pss_anon_bytes", "pss anon", MEMBER(pss_anon_bytes) },
	{ "pss_file_bytes", "pss file", MEMBER(pss_file_bytes) },
	{ "pss_shmem_bytes", "pss shmem", MEMBER(pss_shmem_bytes) },
	{ "swap_pss_bytes", "swap pss", MEMBER(swap_pss_bytes) },
	{ "private_bytes", "private", MEMBER(private_bytes) },
};

/* Lines of the text; what goes to the same member is added up. */
static const struct line {
	const char *key;
	size_t offset;
} lines[] = {
	{ "Pss", MEMBER(pss_bytes) },
	{ "Pss_Anon", MEMBER(pss_anon_bytes) },
	{ "Pss_File", MEMBER(pss_file_bytes) },
	{ "Pss_Shmem", MEMBER(pss_shmem_bytes) },
	{ "SwapPss", MEMBER(swap_pss_bytes) },
	{ "Private_Clean", MEMBER(private_bytes) },
	{ "Private_Dirty", MEMBER(private_bytes) },
};

const struct pss_field *pss_fields(size_t *ret_count)
{
	*ret_count = N_ELEMENTS(fields);
	return fields;
}

uint64_t pss_value(const struct pss *pss, const struct pss_field *field)
{
	uint64_t value;

	memcpy(&value, (const char *)pss + field->offset, sizeof(value));
	return value;
}

int pss_to_json(const struct pss *pss, struct json_object **ret_object)
{
	struct json_object *object = json_object_new_object(), *value;
	size_t i;

	if (!object)
		return -ENOMEM;
	for (i = 0; i < N_ELEMENTS(fields); i++) {
		value = json_object_new_uint64(pss_value(pss, &fields[i]));
		if (!value || json_object_object_add(object, fields[i].name, value)) {
			json_object_put(value);
			json_object_put(object);
			return -ENOMEM;
		}
	}
	*ret_object = object;
	return 0;
}

uint64_t pss_estimate(const struct taskmeter_record *record, uint64_t page_size)
{
	uint64_t pages = resident_bytes(record) / page_size +
			 record->swap_bytes / page_size;

	return pages * PAGE_NS + record->page_table_bytes / page_size * TABLE_NS;
}

static const struct line *find_line(const char *key, size_t length)
{
	size_t i;

	for (i = 0; i < N_ELEMENTS(lines); i++)
		if (strlen(lines[i].key) == length && !memcmp(lines[i].key, key, length))
			return &lines[i];
	return NULL;
}

/* "     1764 kB" up to @end. */
static int parse_kib(const char *text, const char *end, uint64_t *ret_bytes)
{
	static const char unit[] = " kB";
	size_t unit_length = strlen(unit);
	uint64_t kib = 0;
	unsigned int digit;
	const char *at;

	if ((size_t)(end - text) <= unit_length ||
	    memcmp(end - unit_length, unit, unit_length) != 0)
		return -EBADMSG;
	end -= unit_length;
	while (text < end && *text == ' ')
		text++;
	if (text == end)
		return -EBADMSG;
	for (at = text; at < end; at++) {
		digit = (unsigned int)*at - '0';
		if (digit > 9 || kib > (UINT64_MAX / 1024 - digit) / 10)
			return -EBADMSG;
		kib = kib * 10 + digit;
	}
	*ret_bytes = kib * 1024;
	return 0;
}

static int add_bytes(struct pss *pss, size_t offset, uint64_t bytes)
{
	uint64_t sum;

	memcpy(&sum, (char *)pss + offset, sizeof(sum));
	if (__builtin_add_overflow(sum, bytes, &sum))
		return -EBADMSG;
	memcpy((char *)pss + offset, &sum, sizeof(sum));
	return 0;
}

static int parse_line(const char *text, const char *end, struct pss *pss,
		      unsigned int *seen)
{
	const char *colon = memchr(text, ':', (size_t)(end - text));
	const struct line *line;
	uint64_t bytes;
	unsigned int bit;
	int r;

	line = colon ? find_line(text, (size_t)(colon - text)) : NULL;
	if (!line)
		return 0;
	bit = 1U << (line - lines);
	if (*seen & bit)
		return -EBADMSG;
	*seen |= bit;
	r = parse_kib(colon + 1, end, &bytes);
	return r ? r : add_bytes(pss, line->offset, bytes);
}

int pss_parse(const char *text, size_t size, struct pss *ret_pss)
{
	const char *end = text + size, *newline;
	struct pss pss = { 0 };
	unsigned int seen = 0;
	int r;

	for (; text < end; text = newline + 1) {
		newline = memchr(text, '\n', (size_t)(end - text));
		if (!newline)
			return -EBADMSG;
		r = parse_line(text, newline, &pss, &seen);
		if (r)
			return r;
	}
	if (seen != (1U << N_ELEMENTS(lines)) - 1)
		return -EBADMSG;
	*ret_pss = pss;
	return 0;
}

void pss_path(uint32_t pid, char path[static PSS_PATH_SIZE])
{
	snprintf(path, PSS_PATH_SIZE, "/proc/%" PRIu32 "/smaps_rollup", pid);
}

/* All of it, or an error; the kernel makes it at the first read. */
static ssize_t read_text(int fd, char *text, size_t size)
{
	size_t length = 0;
	ssize_t n;

	while ((n = read(fd, text + length, size - length))) {
		if (n < 0)
			return -errno;
		length += (size_t)n;
		if (length == size)
			return -EBADMSG;
	}
	return (ssize_t)length;
}

int pss_read(const char *path, struct pss *ret_pss)
{
	char text[TEXT_SIZE];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t n;

	if (fd < 0)
		return errno == EPERM ? -EACCES : -errno;
	n = read_text(fd, text, sizeof(text));
	close(fd);
	return n < 0 ? (int)n : pss_parse(text, (size_t)n, ret_pss);
}

int pss_of_process(uint32_t pid, struct pss *ret_pss)
{
	char path[PSS_PATH_SIZE];

	pss_path(pid, path);
	return pss_read(path, ret_pss);
}
