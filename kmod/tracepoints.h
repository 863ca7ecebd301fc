/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TASKMETER_TRACEPOINTS_H
#define TASKMETER_TRACEPOINTS_H

struct tracepoint;

struct tracepoint *tracepoint_by_name(const char *name);
void tracepoints_synchronize(void);

#endif /* TASKMETER_TRACEPOINTS_H */
