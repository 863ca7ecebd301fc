/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A block device whose every read takes a time that is known: null_blk, which
 * completes by a timer.
 */
#ifndef TESTS_KERNEL_SLOWDISK_H
#define TESTS_KERNEL_SLOWDISK_H

#define SLOWDISK	"/dev/nullb0"

/* Make it anew; skips the test if this kernel has no such device. */
void slowdisk_make(unsigned int delay_us);
/* One that keeps what is written to it. */
void slowdisk_make_backed(unsigned int delay_us);
void slowdisk_remove(void);

/* Read one block past the page cache: number @index. */
void slowdisk_read(int fd, unsigned int index);
int slowdisk_open(void);

#endif
