/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Entity tags (RFC 9110, 8.8.3). All of ours are weak: the same tag stands for a body
 * with gzip and without. Pure.
 */
#ifndef TASKMETERD_API_ETAG_H
#define TASKMETERD_API_ETAG_H

#include <stdbool.h>

#define ETAG_SIZE	96

/**
 * etag_matches() - whether a client has it already
 * @if_none_match: the header or NULL: tags separated by commas, or "*"
 * @tag: ours, with W/ and quotes
 *
 * What is no list of tags matches nothing.
 */
bool etag_matches(const char *if_none_match, const char *tag);

#endif
