/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every Check program of the tests shares: run a suite and close with the
 * line that tests/run sums up.
 */
#ifndef TESTS_SUITE_H
#define TESTS_SUITE_H

#include <check.h>

/**
 * suite_main() - run a suite as a program
 * @suite: the suite
 * @argc: of main
 * @argv: of main; an argument names the only test case (TCase) to run
 *
 * Prints the name and outcome of each test and closes with "N passed, N failed,
 * N skipped". No test at all is a failure.
 *
 * Return: exit status.
 */
int suite_main(Suite *suite, int argc, char **argv);

/**
 * suite_skip() - leave the current test, as one that cannot run here
 * @why: one sentence
 *
 * A skipped test is counted as skipped, not as passed. Only forked tests (the
 * default) can be skipped.
 */
void suite_skip(const char *why) __attribute__((noreturn));

#endif
