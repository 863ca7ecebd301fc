/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory that the kernel refuses on purpose (CONFIG_FAULT_INJECTION, as in the kernel of
 * tests/vm/vm --debug), and what it holds that nobody points to any more (kmemleak).
 */
#ifndef TESTS_KERNEL_STARVE_H
#define TESTS_KERNEL_STARVE_H

/* Skip the test if this kernel cannot refuse memory on purpose. */
void starve_need(void);
/* Nothing fails any more; for the fixture after the last test, too. */
void starve_end(void);

/**
 * starve_arm() - have an allocation to come, or a copy from or to user space, fail
 * @nth: which of those that this thread makes in system calls, from 1 on
 */
void starve_arm(unsigned int nth);
/* Return: how far it was from failing; 0 if one has failed. */
unsigned int starve_disarm(void);

/* What is lost already is no matter of the tests to come; where there is kmemleak. */
void leaks_forget(void);
/* Fails, and names them, if there are objects that nobody points to. Takes 10 s or more. */
void leaks_check(const char *what);

#endif
