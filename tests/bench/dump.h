/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages of a netlink dump, received and not looked into.
 */
#ifndef TASKMETER_TESTS_BENCH_DUMP_H
#define TASKMETER_TESTS_BENCH_DUMP_H

#include <stdint.h>

/**
 * dump_receive() - receive a dump that was asked for; ends the program if that fails
 * @fd: the socket
 *
 * Return: messages before the one that ends it.
 */
uint64_t dump_receive(int fd);

#endif /* TASKMETER_TESTS_BENCH_DUMP_H */
