/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The thread of the store that reads, see store.h, whose functions these are. */
#ifndef TASKMETERD_STORE_READER_H
#define TASKMETERD_STORE_READER_H

#include "store/store.h"

struct reader;

int reader_new(const char *path, struct reader **ret_reader);
struct reader *reader_free(struct reader *reader);
int reader_ask(struct reader *reader, struct store_request *request);
void reader_cancel(struct reader *reader, struct store_request *request);
int reader_fd(const struct reader *reader);
void reader_dispatch(struct reader *reader);

#endif
