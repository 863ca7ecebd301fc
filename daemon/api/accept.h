/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a client takes: the elements of headers like Accept and Accept-Encoding (RFC 9110,
 * 12.5), "NAME; PARAMETER=VALUE; q=WEIGHT" with commas between them. Pure.
 */
#ifndef TASKMETERD_API_ACCEPT_H
#define TASKMETERD_API_ACCEPT_H

#include <stdbool.h>
#include <stddef.h>

/* Of "q=1", and where there is no "q". */
#define ACCEPT_WEIGHT_MAX	1000

/**
 * accept_next() - the next element
 * @list: begin of the header, or NULL; set to the begin of the element
 * @ret_length: its length; 0 before the first call
 *
 * Return: false at the end.
 */
bool accept_next(const char **list, size_t *ret_length);

/**
 * accept_is() - whether an element has a name
 * @element: the element
 * @length: of it
 * @name: the name
 */
bool accept_is(const char *element, size_t length, const char *name);

/**
 * accept_parameter() - a parameter of an element
 * @element: the element
 * @length: of it
 * @name: of the parameter
 *
 * Return: its value, which ends with the element or before a ';' or blank; NULL if there
 * is none.
 */
const char *accept_parameter(const char *element, size_t length, const char *name);

/**
 * accept_weight() - the weight of an element
 * @element: the element
 * @length: of it
 *
 * Return: thousandths; 0, not wanted, also for what is no weight.
 */
unsigned int accept_weight(const char *element, size_t length);

#endif
