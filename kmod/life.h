/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TASKMETER_LIFE_H
#define TASKMETER_LIFE_H

int life_find_tracepoints(void);
int life_start(void);
void life_stop(void);

#endif /* TASKMETER_LIFE_H */
