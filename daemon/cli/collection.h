/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records that have to be sorted before they can be printed. With a limit, not
 * many more than will be printed are kept: four times as many, or 256.
 */
#ifndef TASKMETER_CLI_COLLECTION_H
#define TASKMETER_CLI_COLLECTION_H

#include <stddef.h>
#include <taskmeter/taskmeter.h>

/**
 * struct collection - records; set @limit, @compare and @context, rest zero
 * @limit: how many are wanted, SIZE_MAX for all
 * @compare: order of two records, as of strcmp()
 * @context: for @compare
 * @records: the records
 * @count: how many
 * @capacity: for how many there is room
 */
struct collection {
	size_t limit;
	int (*compare)(const struct taskmeter_record *a,
		       const struct taskmeter_record *b, void *context);
	void *context;
	struct taskmeter_record *records;
	size_t count;
	size_t capacity;
};

/**
 * collection_add() - keep a record
 * @collection: the collection
 * @record: copied
 *
 * Return: 0; -ENOMEM.
 */
int collection_add(struct collection *collection,
		   const struct taskmeter_record *record);

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
