// SPDX-License-Identifier: GPL-2.0-only
/* The tracepoints of reclaim tell the cgroup that it is for (7.1). */
#include <linux/mm.h>
#include <trace/events/vmscan.h>

int probe(void (*begun)(void *data, gfp_t gfp, int order, struct mem_cgroup *memcg),
	  void (*ended)(void *data, unsigned long reclaimed, struct mem_cgroup *memcg));

int probe(void (*begun)(void *data, gfp_t gfp, int order, struct mem_cgroup *memcg),
	  void (*ended)(void *data, unsigned long reclaimed, struct mem_cgroup *memcg))
{
	return register_trace_mm_vmscan_direct_reclaim_begin(begun, NULL) ?:
	       register_trace_mm_vmscan_direct_reclaim_end(ended, NULL);
}
