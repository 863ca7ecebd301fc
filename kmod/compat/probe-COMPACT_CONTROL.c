// SPDX-License-Identifier: GPL-2.0-only
/* mm_compaction_begin tells its struct compact_control (5.19). */
#include <linux/mm.h>
#include <trace/events/compaction.h>

int probe(void (*begun)(void *data, struct compact_control *cc, unsigned long zone_start,
			unsigned long zone_end, bool sync));

int probe(void (*begun)(void *data, struct compact_control *cc, unsigned long zone_start,
			unsigned long zone_end, bool sync))
{
	return register_trace_mm_compaction_begin(begun, NULL);
}
