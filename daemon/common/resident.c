// SPDX-License-Identifier: GPL-2.0-or-later
/* See resident.h. Pure arithmetic. */
#include "common/resident.h"

#define NS_PER_S	1000000000U

bool resident_known(const struct taskmeter_record *record)
{
	return record->available & TASKMETER_AVAILABLE_MEMORY;
}

uint64_t resident_bytes(const struct taskmeter_record *record)
{
	return record->rss_anon_bytes + record->rss_file_bytes +
	       record->rss_shmem_bytes;
}

int64_t resident_growth(uint64_t earlier, uint64_t now, uint64_t elapsed_ns)
{
	uint64_t change = now > earlier ? now - earlier : earlier - now;
	__extension__ unsigned __int128 rate;

	if (!change)
		return 0;
	rate = (__extension__ (unsigned __int128)change) * NS_PER_S / elapsed_ns;
	if (rate > INT64_MAX)
		rate = INT64_MAX;
	return now > earlier ? (int64_t)rate : -(int64_t)rate;
}
