/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Samples that have to be sorted before they can be printed. With a limit, not
 * many more than will be printed are kept: four times as many, or 256.
 */
#ifndef TASKMETER_CLI_COLLECTION_H
#define TASKMETER_CLI_COLLECTION_H

#include "cli/sampling.h"

#include <stddef.h>

/**
 * struct collection - samples; set @limit, @compare and @context, rest zero
 * @limit: how many are wanted, SIZE_MAX for all
 * @compare: order of two samples, as of strcmp()
 * @context: for @compare
 * @samples: the samples
 * @count: how many
 * @capacity: for how many there is room
 */
struct collection {
	size_t limit;
	int (*compare)(const struct sample *a, const struct sample *b,
		       void *context);
	void *context;
	struct sample *samples;
	size_t count;
	size_t capacity;
};

/**
 * collection_add() - keep a sample
 * @collection: the collection
 * @sample: copied
 *
 * Return: 0; -ENOMEM.
 */
int collection_add(struct collection *collection, const struct sample *sample);

/**
 * collection_sort() - sort, and drop what is beyond the limit
 * @collection: the collection
 */
void collection_sort(struct collection *collection);

/**
 * collection_release() - drop everything
 * @collection: the collection
 */
void collection_release(struct collection *collection);

#endif
