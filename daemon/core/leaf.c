// SPDX-License-Identifier: GPL-2.0-or-later
/* See leaf.h. */
#include "core/leaf.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "common/cgroup-name.h"

#define BUCKETS	4096

static const enum group_kind kinds[] = {
	GROUP_UNIT, GROUP_SLICE, GROUP_CONTAINER, GROUP_CGROUP,
};

#define KINDS	(sizeof(kinds) / sizeof(kinds[0]))

int leaves_init(struct leaves *leaves, struct group_table *tables)
{
	size_t i;

	*leaves = (struct leaves) { .other.resolved = true };
	TAILQ_INIT(&leaves->list);
	leaves->buckets = calloc(BUCKETS, sizeof(struct leaf *));
	/* Whether it is in a container is not known: it is in none. */
	for (i = 0; i < KINDS; i++)
		if (kinds[i] != GROUP_CONTAINER)
			leaves->other.groups[kinds[i]] = &tables[kinds[i]].other;
	return leaves->buckets ? 0 : -ENOMEM;
}

void leaves_clear(struct leaves *leaves)
{
	struct leaf *leaf;

	while (leaves->buckets && (leaf = TAILQ_FIRST(&leaves->list))) {
		TAILQ_REMOVE(&leaves->list, leaf, entry);
		free(leaf);
	}
	free(leaves->buckets);
	leaves->buckets = NULL;
}

/* Ids count up, and the generation is in the upper half. */
static struct leaf **find_bucket(const struct leaves *leaves, uint64_t id)
{
	return &leaves->buckets[(id ^ id >> 32) % BUCKETS];
}

struct leaf *leaf_find(const struct leaves *leaves, uint64_t id)
{
	struct leaf *leaf = *find_bucket(leaves, id);

	while (leaf && leaf->id != id)
		leaf = leaf->next;
	return leaf;
}

static struct leaf *make(struct leaves *leaves, uint64_t id)
{
	struct leaf *leaf, **bucket = find_bucket(leaves, id);

	if (leaves->count >= LEAVES_MAX)
		return NULL;
	leaf = calloc(1, sizeof(*leaf));
	if (!leaf)
		return NULL;
	leaf->id = id;
	leaf->next = *bucket;
	*bucket = leaf;
	TAILQ_INSERT_TAIL(&leaves->list, leaf, entry);
	leaves->count++;
	leaves->unresolved++;
	return leaf;
}

struct leaf *leaf_get(struct leaves *leaves, uint64_t id)
{
	struct leaf *leaf = leaf_find(leaves, id);

	if (!leaf)
		leaf = make(leaves, id);
	if (!leaf)
		return &leaves->other;
	leaf->references++;
	return leaf;
}

void leaf_put(struct leaves *leaves, struct leaf *leaf, uint64_t now_ns)
{
	if (!leaf || leaf == &leaves->other)
		return;
	leaf->references--;
	leaf->seen_ns = now_ns;
}

/* The groups from the root down to the path: each refers to the one above it. */
static struct group *get_subtree(struct group_table *table, const char *path, bool *ret_partial,
				 uint64_t now_ns)
{
	struct group *above = group_get(table, "/", 1, now_ns), *group;
	size_t length = 0;

	*ret_partial = false;
	while (above != &table->other && path[length] && strcmp(path + length, "/") != 0) {
		length += 1 + strcspn(path + length + 1, "/");
		group = group_get(table, path, length, now_ns);
		if (group == &table->other) {
			*ret_partial = true;
			break;
		}
		/* If it has its parent already, that has been referred to. */
		if (group->parent)
			group_put(table, above, now_ns);
		group->parent = above;
		above = group;
	}
	return above;
}

static void get_container(struct leaf *leaf, struct group_table *table,
			  const struct cgroup_name *name, uint64_t now_ns)
{
	char text[CGROUP_CONTAINER_SIZE];
	size_t length = cgroup_name_container(name, text);

	if (length)
		leaf->groups[GROUP_CONTAINER] = group_get(table, text, length, now_ns);
}

void leaf_resolve(struct leaves *leaves, struct leaf *leaf, struct group_table *tables,
		  const char *path, uint64_t now_ns)
{
	struct cgroup_name name;
	const char *unit;

	cgroup_name_parse(path, &name);
	unit = cgroup_name_unit(&name);
	leaf->groups[GROUP_UNIT] = group_get(&tables[GROUP_UNIT], unit, strlen(unit), now_ns);
	leaf->groups[GROUP_SLICE] = group_get(&tables[GROUP_SLICE], name.slice,
					      strlen(name.slice), now_ns);
	get_container(leaf, &tables[GROUP_CONTAINER], &name, now_ns);
	leaf->groups[GROUP_CGROUP] = get_subtree(&tables[GROUP_CGROUP], path, &leaf->partial,
						 now_ns);
	leaf->resolved = true;
	leaves->unresolved--;
}

void leaves_begin(struct leaves *leaves)
{
	struct leaf *leaf;

	TAILQ_FOREACH(leaf, &leaves->list, entry)
		memset(leaf->flow.gauges, 0, sizeof(leaf->flow.gauges));
	memset(leaves->other.flow.gauges, 0, sizeof(leaves->other.flow.gauges));
}

static void give_on(struct leaf *leaf, struct group_table *tables)
{
	struct group *group;
	size_t i;

	if (!leaf->dirty)
		return;
	for (i = 0; i < KINDS; i++)
		for (group = leaf->groups[kinds[i]]; group; group = group->parent)
			group_flow_add(&group->flow, &leaf->flow);
	if (leaf->partial)
		group_flow_add(&tables[GROUP_CGROUP].other.flow, &leaf->flow);
	leaf->flow = (struct group_flow) { 0 };
	leaf->dirty = false;
}

void leaf_add_past(struct leaf *leaf, struct group_table *tables, const struct group_flow *past)
{
	struct group *group;
	size_t i;

	if (!leaf->resolved) {
		group_flow_add(&leaf->flow, past);
		leaf->dirty = true;
		return;
	}
	for (i = 0; i < KINDS; i++)
		for (group = leaf->groups[kinds[i]]; group; group = group->parent)
			group_add_past(group, past);
	if (leaf->partial)
		group_add_past(&tables[GROUP_CGROUP].other, past);
}

static void drop(struct leaves *leaves, struct leaf *leaf, struct group_table *tables,
		 uint64_t now_ns)
{
	struct leaf **place = find_bucket(leaves, leaf->id);
	size_t i;

	while (*place != leaf)
		place = &(*place)->next;
	*place = leaf->next;
	TAILQ_REMOVE(&leaves->list, leaf, entry);
	leaves->count--;
	for (i = 0; i < KINDS; i++)
		group_put(&tables[kinds[i]], leaf->groups[kinds[i]], now_ns);
	if (!leaf->resolved) {
		leaves->unresolved--;
		group_flow_add(&leaves->other.flow, &leaf->flow);
		leaves->other.dirty = true;
	}
	free(leaf);
}

/* Sooner if there is little room left. */
static bool may_go(const struct leaves *leaves, const struct leaf *leaf, uint64_t now_ns)
{
	const uint64_t stay_ns = leaves->count > LEAVES_MAX / 4 * 3 ? 0 : LEAF_STAY_NS;

	return !leaf->references && !leaf->flow.gauges[GROUP_PROCESSES] &&
	       now_ns - leaf->seen_ns >= stay_ns;
}

void leaves_settle(struct leaves *leaves, struct group_table *tables, uint64_t now_ns)
{
	struct leaf *leaf, *next;

	for (leaf = TAILQ_FIRST(&leaves->list); leaf; leaf = next) {
		next = TAILQ_NEXT(leaf, entry);
		if (leaf->resolved)
			give_on(leaf, tables);
		if (may_go(leaves, leaf, now_ns))
			drop(leaves, leaf, tables, now_ns);
	}
	give_on(&leaves->other, tables);
}
