/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Netlink attributes one behind the other, of bytes that may be anything. Those of a
 * level that hold numbers and short strings are stored where a table says.
 */
#ifndef TASKMETER_LIB_ATTRIBUTE_H
#define TASKMETER_LIB_ATTRIBUTE_H

#include <errno.h>
#include <linux/netlink.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Where the value of an attribute goes; @length 0: nowhere. The @run attributes
 * from this one on go to adjacent members of the same length.
 */
struct slot {
	uint16_t offset;
	uint8_t length;
	uint8_t run;
};

/* The attributes of one level. */
struct level {
	const struct slot *slots;
	size_t count;
};

#define LEVEL(array)	{ (array), sizeof(array) / sizeof(*(array)) }

/**
 * tm_attribute_parse() - store the attributes of a level, with no nest among them
 * @base: structure that the slots are offsets into
 * @level: which attributes go where
 * @at: first attribute, aligned to 4 bytes
 * @left: bytes of all attributes
 * @seen: the bit of each attribute that was stored is set
 *
 * Attributes that have no slot are left out; of one that is given twice the last one
 * counts.
 *
 * Return: 0; -EBADMSG if one is cut short or has another length than its slot.
 */
int tm_attribute_parse(char *base, const struct level *level, const char *at,
		       size_t left, uint64_t *seen);

/* A string with or without its NUL; what is behind it in @to is 0. */
static inline int store_string(char *to, size_t size, const char *value, size_t length)
{
	size_t n = strnlen(value, length);

	if (!length || n >= size)
		return -EBADMSG;
	memset(to, 0, size);
	memcpy(to, value, n);
	return 1;
}

/* The attribute at @at if it is all there, or NULL. */
static inline const struct nlattr *attribute_at(const char *at, size_t left)
{
	const struct nlattr *attribute = (const struct nlattr *)at;

	if (left < NLA_HDRLEN || attribute->nla_len < NLA_HDRLEN ||
	    attribute->nla_len > left)
		return NULL;
	return attribute;
}

/* From one attribute to the next; the last one may lack its padding. */
static inline size_t attribute_step(const struct nlattr *attribute, size_t left)
{
	size_t step = NLA_ALIGN(attribute->nla_len);

	return step < left ? step : left;
}

static inline uint16_t attribute_type(const struct nlattr *attribute)
{
	return attribute->nla_type & NLA_TYPE_MASK;
}

/* Bytes of its value, which is behind the header. */
static inline size_t attribute_length(const struct nlattr *attribute)
{
	return attribute->nla_len - (size_t)NLA_HDRLEN;
}

#endif
