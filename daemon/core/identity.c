// SPDX-License-Identifier: GPL-2.0-or-later
/* See identity.h. */
#include "core/identity.h"

#include <errno.h>
#include <stdlib.h>

/* Most machines have fewer processes; with more, a bucket holds several. */
#define BUCKETS	16384

int identities_init(struct identities *identities)
{
	TAILQ_INIT(&identities->living);
	TAILQ_INIT(&identities->spare);
	identities->buckets = calloc(BUCKETS, sizeof(struct identity *));
	return identities->buckets ? 0 : -ENOMEM;
}

static void free_list(struct identity_list *list)
{
	struct identity *identity;

	while ((identity = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, identity, entry);
		free(identity);
	}
}

void identities_clear(struct identities *identities)
{
	if (!identities->buckets)
		return;
	free_list(&identities->living);
	free_list(&identities->spare);
	free(identities->buckets);
	identities->buckets = NULL;
}

static struct identity **find_bucket(const struct identities *identities, uint32_t pid)
{
	return &identities->buckets[pid % BUCKETS];
}

struct identity *identity_find(const struct identities *identities,
			       const struct taskmeter_record *record)
{
	struct identity *identity = *find_bucket(identities, record->pid);

	while (identity && (identity->pid != record->pid ||
			    identity->start_time_ns != record->start_time_ns))
		identity = identity->next;
	return identity;
}

struct identity *identity_new(struct identities *identities,
			      const struct taskmeter_record *record)
{
	struct identity **bucket = find_bucket(identities, record->pid);
	struct identity *identity = TAILQ_FIRST(&identities->spare);

	if (identity)
		TAILQ_REMOVE(&identities->spare, identity, entry);
	else
		identity = malloc(sizeof(*identity));
	if (!identity)
		return NULL;
	*identity = (struct identity) {
		.pid = record->pid, .start_time_ns = record->start_time_ns,
		.base.fresh = true, .next = *bucket,
	};
	*bucket = identity;
	TAILQ_INSERT_TAIL(&identities->living, identity, entry);
	return identity;
}

void identity_drop(struct identities *identities, struct identity *identity)
{
	struct identity **place = find_bucket(identities, identity->pid);

	while (*place != identity)
		place = &(*place)->next;
	*place = identity->next;
	TAILQ_REMOVE(&identities->living, identity, entry);
	TAILQ_INSERT_HEAD(&identities->spare, identity, entry);
}
