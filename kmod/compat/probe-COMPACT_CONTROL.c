// SPDX-License-Identifier: GPL-2.0-only
/* mm_compaction_begin tells its struct compact_control (5.19). */
#include <linux/mm.h>

/* The header's prototypes would otherwise declare one each. */
struct compact_control;
#include <trace/events/compaction.h>

int probe(void (*begun)(void *data, struct compact_control *cc, unsigned long zone_start,
			unsigned long zone_end, bool sync),
	  void (*ended)(void *data, struct compact_control *cc, unsigned long zone_start,
			unsigned long zone_end, bool sync, int status));

int probe(void (*begun)(void *data, struct compact_control *cc, unsigned long zone_start,
			unsigned long zone_end, bool sync),
	  void (*ended)(void *data, struct compact_control *cc, unsigned long zone_start,
			unsigned long zone_end, bool sync, int status))
{
	return register_trace_mm_compaction_begin(begun, NULL) ?:
	       register_trace_mm_compaction_end(ended, NULL);
}
