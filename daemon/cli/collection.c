// SPDX-License-Identifier: GPL-2.0-or-later
/* See collection.h. */
#include "cli/collection.h"

#include <errno.h>
#include <stdlib.h>

#define CAPACITY_FIRST	256

static int compare(const void *a, const void *b, void *context)
{
	const struct collection *collection = context;

	return collection->compare(a, b, collection->context);
}

void collection_sort(struct collection *collection)
{
	if (collection->count)
		qsort_r(collection->samples, collection->count,
			sizeof(*collection->samples), compare, collection);
	if (collection->count > collection->limit)
		collection->count = collection->limit;
}

static int grow(struct collection *collection)
{
	size_t capacity = collection->capacity ? 2 * collection->capacity :
						 CAPACITY_FIRST;
	struct sample *grown;

	grown = reallocarray(collection->samples, capacity, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	collection->samples = grown;
	collection->capacity = capacity;
	return 0;
}

int collection_add(struct collection *collection, const struct sample *sample)
{
	int r;

	if (collection->count == collection->capacity &&
	    collection->count / 2 >= collection->limit)
		collection_sort(collection);
	if (collection->count == collection->capacity) {
		r = grow(collection);
		if (r)
			return r;
	}
	collection->samples[collection->count++] = *sample;
	return 0;
}

void collection_release(struct collection *collection)
{
	free(collection->samples);
	collection->samples = NULL;
	collection->count = 0;
	collection->capacity = 0;
}
