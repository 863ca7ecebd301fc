/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work that makes the scheduler or the memory management work. Each function does it
 * for a while and returns how many switches, processes, threads, faults, reads or pages
 * that were.
 */
#ifndef TASKMETER_TESTS_BENCH_WORK_H
#define TASKMETER_TESTS_BENCH_WORK_H

#include <stdint.h>

void work_start(void);

uint64_t work_pipe(void);
uint64_t work_pipe_threads(void);
uint64_t work_yield(void);
uint64_t work_forks(unsigned int count);
uint64_t work_fork_exit(void);
uint64_t work_fork_exec_exit(void);
uint64_t work_thread_create_join(void);

uint64_t work_minor_faults(void);
uint64_t work_page_cache_read(void);
uint64_t work_reclaim(void);

#endif /* TASKMETER_TESTS_BENCH_WORK_H */
