/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which content coding a client wants (RFC 9110, 12.5.3): gzip or none. Pure. */
#ifndef TASKMETERD_API_CODING_H
#define TASKMETERD_API_CODING_H

/**
 * enum coding - how a body is to be sent
 * @CODING_IDENTITY: as it is
 * @CODING_GZIP: with gzip where that makes it smaller
 * @CODING_GZIP_ONLY: with gzip; the client does not take it as it is
 * @CODING_NONE: he takes neither
 */
enum coding {
	CODING_IDENTITY,
	CODING_GZIP,
	CODING_GZIP_ONLY,
	CODING_NONE,
};

/**
 * coding_wanted() - what a client asks for
 * @accept_encoding: its header or NULL
 *
 * Of two that it likes the same, gzip; what it does not name has the weight of "*", and
 * without that gzip is not wanted, and "identity" is if there is nothing else.
 *
 * Return: the coding.
 */
enum coding coding_wanted(const char *accept_encoding);

#endif
