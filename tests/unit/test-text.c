// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of any bytes: always valid UTF-8 for JSON, and nothing that a terminal
 * would act on; quantities as people read them.
 */
#include "common/text.h"
#include "common/units.h"
#include "suite.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>

#define R	"\uFFFD"

static const struct {
	const char *bytes;
	size_t length;
	const char *utf8;
	const char *terminal;
	const char *ascii;
} texts[] = {
	{ "", 0, "", "", "" },
	{ "bash", 4, "bash", "bash", "bash" },
	{ "bash\0junk", 9, "bash", "bash", "bash" },
	{ "(sd-pam)", 8, "(sd-pam)", "(sd-pam)", "(sd-pam)" },
	{ "a\\n", 3, "a\\n", "a\\\\n", "a\\\\n" },
	{ "a\nb\tc", 5, "a\nb\tc", "a\\nb\\tc", "a\\nb\\tc" },
	{ "\033[31m", 5, "\033[31m", "\\x1b[31m", "\\x1b[31m" },
	{ "\x7f\r", 2, "\x7f\r", "\\x7f\\x0d", "\\x7f\\x0d" },
	{ "gr\u00fcn", 5, "gr\u00fcn", "gr\u00fcn", "gr\\xc3\\xbcn" },
	{ "\U0001F600", 4, "\U0001F600", "\U0001F600", "\\xf0\\x9f\\x98\\x80" },
	/* C1 controls, turning of direction, a line separator. */
	{ "\xc2\x9bx", 3, "\xc2\x9bx", "\\u009bx", "\\u009bx" },
	{ "\u202etxt", 6, "\u202etxt", "\\u202etxt", "\\u202etxt" },
	{ "\u2066\u2028", 6, "\u2066\u2028", "\\u2066\\u2028", "\\u2066\\u2028" },
	{ "\u200f\u061c", 5, "\u200f\u061c", "\\u200f\\u061c", "\\u200f\\u061c" },
	/* Not UTF-8: a lone continuation, no lead byte, cut short. */
	{ "\x80", 1, R, R, "\\x80" },
	{ "\x9bJ", 2, R "J", R "J", "\\x9bJ" },
	{ "\xff\xfe", 2, R R, R R, "\\xff\\xfe" },
	{ "a\xc3", 2, "a" R, "a" R, "a\\xc3" },
	{ "\xe2\x82z", 3, R "z", R "z", "\\xe2\\x82z" },
	{ "\xf0\x9f\x98", 3, R, R, "\\xf0\\x9f\\x98" },
	{ "\xe2\x82\xe2\x82\xac", 5, R "\u20ac", R "\u20ac",
	  "\\xe2\\x82\\xe2\\x82\\xac" },
	/* Overlong forms, a surrogate, beyond U+10FFFF. */
	{ "\xc0\xaf", 2, R R, R R, "\\xc0\\xaf" },
	{ "\xe0\x80\xaf", 3, R R R, R R R, "\\xe0\\x80\\xaf" },
	{ "\xed\xa0\x80", 3, R R R, R R R, "\\xed\\xa0\\x80" },
	{ "\xf4\x90\x80\x80", 4, R R R R, R R R R, "\\xf4\\x90\\x80\\x80" },
	{ "\xf0\x8f\xbf\xbf", 4, R R R R, R R R R, "\\xf0\\x8f\\xbf\\xbf" },
};

START_TEST(test_texts)
{
	size_t length = texts[_i].length;
	char buffer[128];
	size_t n;

	n = text_to_utf8(texts[_i].bytes, length, buffer, sizeof(buffer));
	ck_assert_str_eq(buffer, texts[_i].utf8);
	ck_assert_uint_eq(n, strlen(buffer));
	ck_assert_uint_lt(n, TEXT_UTF8_SIZE(length));

	n = text_for_terminal(texts[_i].bytes, length, true, buffer,
			      sizeof(buffer));
	ck_assert_str_eq(buffer, texts[_i].terminal);
	ck_assert_uint_eq(n, strlen(buffer));
	ck_assert_uint_lt(n, TEXT_TERMINAL_SIZE(length));

	n = text_for_terminal(texts[_i].bytes, length, false, buffer,
			      sizeof(buffer));
	ck_assert_str_eq(buffer, texts[_i].ascii);
	ck_assert_uint_eq(n, strlen(buffer));
	ck_assert_uint_lt(n, TEXT_TERMINAL_SIZE(length));
}
END_TEST

/* Every text of two bytes, decoded by the C library as the judge. */
START_TEST(test_all_pairs)
{
	char bytes[2] = { (char)_i, 0 }, utf8[8], terminal[16];
	wchar_t wide[8];
	int second;

	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		suite_skip("there is no locale C.UTF-8");
	for (second = 0; second < 256; second++) {
		bytes[1] = (char)second;
		text_to_utf8(bytes, 2, utf8, sizeof(utf8));
		ck_assert_uint_ne(mbstowcs(wide, utf8, 8), (size_t)-1);
		if (bytes[0] && bytes[1] && mbstowcs(NULL, (char[]){ bytes[0],
		    bytes[1], 0 }, 0) != (size_t)-1)
			ck_assert_mem_eq(utf8, bytes, 2);
		text_for_terminal(bytes, 2, second & 1, terminal, sizeof(terminal));
		ck_assert_uint_eq(strcspn(terminal, "\033\b\r\n\a\177"),
				  strlen(terminal));
	}
}
END_TEST

/* A label has nothing that changes how what is around it is shown. */
START_TEST(test_labels)
{
	const char *text = "gr\u00fcn\n\x7f\u202e\xff\"\\";
	char buffer[TEXT_UTF8_SIZE(16)];

	ck_assert_uint_eq(text_for_label(text, 16, buffer, sizeof(buffer)), 19);
	ck_assert_str_eq(buffer, "gr\u00fcn\uFFFD\uFFFD\uFFFD\uFFFD\"\\");
	ck_assert_uint_eq(text_for_label(text, 2, buffer, sizeof(buffer)), 2);
	ck_assert_uint_eq(text_for_label("\n\n", 2, buffer, 6), 3);
	ck_assert_str_eq(buffer, "\uFFFD");
}
END_TEST

/* A small buffer cuts at a character and never overflows. */
START_TEST(test_small_buffer)
{
	const char *text = "\u00fc\xff\033x";
	size_t size;
	char *buffer;

	for (size = 1; size < 12; size++) {
		buffer = malloc(size);
		text_to_utf8(text, strlen(text), buffer, size);
		ck_assert_uint_lt(strlen(buffer), size);
		text_for_terminal(text, strlen(text), true, buffer, size);
		ck_assert_uint_lt(strlen(buffer), size);
		text_for_terminal(text, strlen(text), false, buffer, size);
		ck_assert_uint_lt(strlen(buffer), size);
		ck_assert_uint_eq(strlen(buffer) % 4, 0);
		free(buffer);
	}
}
END_TEST

START_TEST(test_columns)
{
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		suite_skip("there is no locale C.UTF-8");
	ck_assert_uint_eq(text_columns(""), 0);
	ck_assert_uint_eq(text_columns("bash"), 4);
	ck_assert_uint_eq(text_columns("gr\u00fcn"), 4);
	ck_assert_uint_eq(text_columns("\u6f22\u5b57"), 4);
	ck_assert_uint_eq(text_columns("e\u0301"), 1);
	ck_assert_uint_eq(text_cut("bash", 2), 2);
	ck_assert_uint_eq(text_cut("bash", 9), 4);
	ck_assert_uint_eq(text_cut("bash", 0), 0);
	ck_assert_uint_eq(text_cut("\u6f22\u5b57", 3), 3);
	ck_assert_uint_eq(text_cut("gr\u00fcn", 3), 4);
}
END_TEST

#define S	1000000000ULL
#define MIB	(1024ULL * 1024)

static const struct {
	void (*print)(uint64_t value, char buffer[static UNIT_SIZE]);
	uint64_t value;
	const char *text;
} quantities[] = {
	{ unit_duration_short, 0, "0" },
	{ unit_duration_short, 1, "1ns" },
	{ unit_duration_short, 999, "999ns" },
	{ unit_duration_short, 1000, "1.0us" },
	{ unit_duration_short, 99999, "99.9us" },
	{ unit_duration_short, 640000, "640us" },
	{ unit_duration_short, 999999999, "999ms" },
	{ unit_duration_short, 1590000000, "1.5s" },
	{ unit_duration_short, 60 * S - 1, "59.9s" },
	{ unit_duration_short, 60 * S, "1:00" },
	{ unit_duration_short, 3600 * S - 1, "59:59" },
	{ unit_duration_short, 3600 * S, "1:00:00" },
	{ unit_duration_short, 86400 * S - 1, "23:59:59" },
	{ unit_duration_short, 86400 * S, "1d00h" },
	{ unit_duration_short, 100 * 86400 * S, "100d" },
	{ unit_duration_short, UINT64_MAX, "213503d" },
	{ unit_duration_long, 0, "0 s" },
	{ unit_duration_long, 640000, "640 us" },
	{ unit_duration_long, 754 * S, "12 min 34 s" },
	{ unit_duration_long, 3720 * S, "1 h 2 min" },
	{ unit_duration_long, UINT64_MAX, "213503 d 23 h" },
	{ unit_bytes_short, 0, "0" },
	{ unit_bytes_short, 1, "1B" },
	{ unit_bytes_short, 1023, "1023B" },
	{ unit_bytes_short, 1024, "1.0K" },
	{ unit_bytes_short, 100 * 1024, "100K" },
	{ unit_bytes_short, MIB - 1, "1023K" },
	{ unit_bytes_short, 2048 * MIB - 1, "1.9G" },
	{ unit_bytes_short, UINT64_MAX, "15.9E" },
	{ unit_bytes_long, 0, "0 bytes" },
	{ unit_bytes_long, 1, "1 byte" },
	{ unit_bytes_long, 512, "512 bytes" },
	{ unit_bytes_long, 2048 * MIB - 1, "1.9 GiB" },
	{ unit_bytes_long, UINT64_MAX, "15.9 EiB" },
	{ unit_number_short, 0, "0" },
	{ unit_number_short, 9999999, "9999999" },
	{ unit_number_short, 10000000, "10.0M" },
	{ unit_number_short, 999999999, "999M" },
	{ unit_number_short, UINT64_MAX, "18.4E" },
};

START_TEST(test_quantities)
{
	char text[UNIT_SIZE];

	quantities[_i].print(quantities[_i].value, text);
	ck_assert_str_eq(text, quantities[_i].text);
}
END_TEST

START_TEST(test_units_of_fields)
{
	ck_assert_int_eq(unit_of_field(tm_field_find("run_ns")), UNIT_NS);
	ck_assert_int_eq(unit_of_field(tm_field_find("swap_bytes")), UNIT_BYTES);
	ck_assert_int_eq(unit_of_field(tm_field_find("io_read_syscalls")),
			 UNIT_NUMBER);
	ck_assert_int_eq(unit_of_field(tm_field_find("comm")), UNIT_NUMBER);
	ck_assert_str_eq(unit_suffix(UNIT_NS), "_ns");
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("text");
	TCase *text = tcase_create("text"), *units = tcase_create("units");

	tcase_add_loop_test(text, test_texts, 0,
			    sizeof(texts) / sizeof(*texts));
	tcase_add_loop_test(text, test_all_pairs, 0, 256);
	tcase_add_test(text, test_labels);
	tcase_add_test(text, test_small_buffer);
	tcase_add_test(text, test_columns);
	tcase_add_loop_test(units, test_quantities, 0,
			    sizeof(quantities) / sizeof(*quantities));
	tcase_add_test(units, test_units_of_fields);
	suite_add_tcase(suite, text);
	suite_add_tcase(suite, units);
	return suite_main(suite, argc, argv);
}
