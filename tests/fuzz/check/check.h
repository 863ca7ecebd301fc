/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * In place of Check's header: what the unit tests' headers assert ends a target here, as no
 * test of Check's runs that could fail.
 */
#ifndef TESTS_FUZZ_CHECK_CHECK_H
#define TESTS_FUZZ_CHECK_CHECK_H

#include <stdint.h>
#include <string.h>
#include "fuzz.h"

typedef struct Suite Suite;

#define ck_assert(condition)		CHECK(condition)
#define ck_assert_msg(condition, ...)	CHECK(condition)
#define ck_assert_int_eq(a, b)		CHECK((intmax_t)(a) == (intmax_t)(b))
#define ck_assert_uint_eq(a, b)		CHECK((uintmax_t)(a) == (uintmax_t)(b))
#define ck_assert_uint_le(a, b)		CHECK((uintmax_t)(a) <= (uintmax_t)(b))
#define ck_assert_uint_lt(a, b)		CHECK((uintmax_t)(a) < (uintmax_t)(b))
#define ck_assert_ptr_eq(a, b)		CHECK((a) == (b))
#define ck_assert_ptr_nonnull(a)	CHECK((a) != NULL)
#define ck_assert_str_eq(a, b)		CHECK(!strcmp(a, b))

#endif
