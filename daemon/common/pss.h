/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The proportional set size of one process: its memory, with each page that it
 * shares counted in parts. Only the kernel can tell, and has to look at every page
 * for it: /proc/PID/smaps_rollup walks the page tables with the process's mmap_lock
 * held for reading, and page faults that need a page table it looks at, and calls
 * like mmap(2) and munmap(2), wait for that.
 *
 * The walk cannot be stopped half-way. From 5.10 on the kernel lets go of the lock
 * between two mappings if somebody waits for it, but within a mapping, which may be
 * all of the memory, it does not; only waiting for the lock ends when the reader is
 * killed. So what a walk will take has to be known before it.
 */
#ifndef TASKMETER_COMMON_PSS_H
#define TASKMETER_COMMON_PSS_H

#include <stddef.h>
#include <stdint.h>
#include <taskmeter/taskmeter.h>

struct json_object;

#define PSS_PATH_SIZE	32
/* What a read may take if nobody says otherwise, 100 ms. */
#define PSS_BUDGET_NS	UINT64_C(100000000)

/**
 * struct pss - what smaps_rollup tells, in whole KiB
 * @pss_bytes: resident memory, each page divided by the processes that map it
 * @pss_anon_bytes: of these, anonymous memory
 * @pss_file_bytes: file mappings
 * @pss_shmem_bytes: shared memory
 * @swap_pss_bytes: anonymous memory swapped out, divided likewise
 * @private_bytes: resident memory that no other process maps (USS): what would be
 *	free without the process
 */
struct pss {
	uint64_t pss_bytes;
	uint64_t pss_anon_bytes;
	uint64_t pss_file_bytes;
	uint64_t pss_shmem_bytes;
	uint64_t swap_pss_bytes;
	uint64_t private_bytes;
};

/**
 * struct pss_field - one member of &struct pss
 * @name: the member's name, the key in JSON and CSV
 * @label: for people
 * @offset: in the structure
 */
struct pss_field {
	const char *name;
	const char *label;
	size_t offset;
};

/**
 * pss_fields() - the members
 * @ret_count: how many
 *
 * Return: the table.
 */
const struct pss_field *pss_fields(size_t *ret_count);

uint64_t pss_value(const struct pss *pss, const struct pss_field *field);

/**
 * pss_to_json() - as an object
 * @pss: the figures
 * @ret_object: the object, the caller's
 *
 * Return: 0; -ENOMEM.
 */
int pss_to_json(const struct pss *pss, struct json_object **ret_object);

/**
 * pss_estimate() - what a read will take, rather too much than too little
 * @record: record of the process, of which the memory is known
 * @page_size: of the kernel, not 0
 *
 * 120 ns for each page that is resident or swapped out, and 6 us for each page of
 * the page tables. Measured on Linux 6.18 in a virtual machine, with the CPU's
 * caches full of other things: 38 to 66 ns a page (96 in the worst single read), 4
 * us for a table that maps nothing but the zero page, 0.9 us for one with a single
 * page. What is swapped out was not measured, and is taken to cost the same. Huge
 * pages take next to nothing (0.8 ns for 4 KiB), but the record does not tell them
 * from others. Not in it are mappings without pages: 0.17 us each, 11 ms for the
 * 65530 that a process may have by default. And an estimate it remains: a
 * hypervisor that is out of CPUs or a walk that waits for the lock is not in it.
 *
 * Return: nanoseconds.
 */
uint64_t pss_estimate(const struct taskmeter_record *record, uint64_t page_size);

/**
 * pss_parse() - read the text of smaps_rollup
 * @text: the text, need not be terminated
 * @size: bytes
 * @ret_pss: filled in
 *
 * Lines that are not known are skipped.
 *
 * Return: 0; -EBADMSG if one that is needed is missing, there twice, no number of
 * KiB, or cut off.
 */
int pss_parse(const char *text, size_t size, struct pss *ret_pss);

/**
 * pss_path() - the file of a process
 * @pid: process id
 * @path: gets the path
 */
void pss_path(uint32_t pid, char path[static PSS_PATH_SIZE]);

/**
 * pss_read() - read a file
 * @path: from pss_path()
 * @ret_pss: filled in
 *
 * May take as long as pss_estimate() says, and wait for the lock for any time.
 *
 * Return: 0; -EACCES without the right to read it, which is that of ptrace(2):
 * the process's own user, or CAP_SYS_PTRACE; -ENOENT if there is no such process
 * in /proc; -ESRCH if it has no memory (any more); -EBADMSG; another negative
 * errno.
 */
int pss_read(const char *path, struct pss *ret_pss);

/**
 * pss_of_process() - pss_path() and pss_read()
 * @pid: process id
 * @ret_pss: filled in
 *
 * Return: as pss_read().
 */
int pss_of_process(uint32_t pid, struct pss *ret_pss);

#endif
