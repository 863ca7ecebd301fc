/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the files of the device transport share. */
#ifndef TASKMETER_LIB_DEVICE_H
#define TASKMETER_LIB_DEVICE_H

#include "lib/meter.h"

struct device_meter {
	struct tm_meter meter;
	int fd;
};

static inline struct device_meter *to_device(const struct tm_meter *meter)
{
	return (struct device_meter *)meter;
}

/* What is not asked for costs the module time if there is room for it. */
static inline uint32_t device_record_stride(uint32_t flags)
{
	return flags & TASKMETER_SNAPSHOT_STALLS ? sizeof(struct taskmeter_record) :
						   TASKMETER_RECORD_SIZE_VER2;
}

/**
 * tm_device_record_at() - one of the records that the module wrote
 * @records: all of them
 * @stride: bytes from one to the next
 * @index: which
 * @copy: zeroed once; gets the record if the stride is shorter than that
 *
 * Return: a whole record, at its place or @copy.
 */
const struct taskmeter_record *tm_device_record_at(const char *records, uint32_t stride,
						   uint32_t index,
						   struct taskmeter_record *copy);

/* As tm_device_record_at(). */
const struct taskmeter_histograms *
tm_device_histograms_at(const char *histograms, uint32_t stride, uint32_t index,
			struct taskmeter_histograms *copy);

int tm_device_exits_new(struct tm_meter *meter, uint64_t cursor, uint32_t flags,
			struct tm_exits **ret_exits);
int tm_device_exits_next(struct tm_exits *exits, const struct tm_exit **ret_exit);
void tm_device_exits_free(struct tm_exits *exits);
int tm_device_totals_new(struct tm_meter *meter, uint32_t kind,
			 struct tm_totals **ret_totals);
int tm_device_totals_next(struct tm_totals *totals,
			  const struct taskmeter_total **ret_total,
			  const char **ret_path);
void tm_device_totals_free(struct tm_totals *totals);

#endif
