// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Executed by the tests a hundred thousand times: does nothing, and has no C library to
 * start, so that this is as quick as it can be.
 */
#include <sys/syscall.h>

void _start(void);

void _start(void)
{
#if defined(__x86_64__)
	__asm__ volatile("syscall" : : "a"(SYS_exit_group), "D"(0) : "rcx", "r11", "memory");
#elif defined(__aarch64__)
	register long number __asm__("x8") = SYS_exit_group;
	register long code __asm__("x0") = 0;

	__asm__ volatile("svc 0" : : "r"(number), "r"(code) : "memory");
#else
#error "How does a program end on this machine?"
#endif
	__builtin_unreachable();
}
