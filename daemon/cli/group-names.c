// SPDX-License-Identifier: GPL-2.0-or-later
/* See group-names.h. */
#include "cli/group-names.h"

#include "cli/cli.h"
#include "common/cgroup-name.h"

#include <stdlib.h>
#include <string.h>

#define BUCKETS		4096
/* More of either are only kept while there are tasks in them. */
#define KEPT_MAX	16384
#define PAUSE_MAX	64

/* Kinds that a cgroup has one name of. */
#define CGROUP_KINDS	(GROUP_CONTAINER + 1)

/**
 * struct met_name - a name
 * @next: in its bucket
 * @kind: of group
 * @id: its own
 * @look: in which it was met last
 * @length: bytes of @text
 * @text: the name
 */
struct met_name {
	struct met_name *next;
	enum group_kind kind;
	uint64_t id;
	uint64_t look;
	size_t length;
	char text[];
};

/**
 * struct met_cgroup - a cgroup
 * @next: in its bucket
 * @id: its id
 * @look: in which it was met last
 * @path: its path; NULL if that is not known
 * @ask: without a path, the look from which on that is asked for
 * @pause: looks that were waited for before that
 * @names: of each kind, with a path; NULL if it is in none
 */
struct met_cgroup {
	struct met_cgroup *next;
	uint64_t id;
	uint64_t look;
	char *path;
	uint64_t ask;
	uint64_t pause;
	struct met_name *names[CGROUP_KINDS];
};

/* Through all cgroups, until @left of those that were met are found. */
struct search {
	struct group_names *names;
	size_t left;
};

bool group_kind_by_cgroup(enum group_kind kind)
{
	return kind != GROUP_USER && kind != GROUP_PROGRAM;
}

static bool init(struct group_names *names)
{
	if (!names->cgroups)
		names->cgroups = calloc(BUCKETS, sizeof(*names->cgroups));
	if (!names->names)
		names->names = calloc(BUCKETS, sizeof(*names->names));
	return names->cgroups && names->names;
}

/* Ids count up, and the generation is in the upper half. */
static struct met_cgroup **cgroup_bucket(const struct group_names *names, uint64_t id)
{
	return &names->cgroups[(id ^ id >> 32) % BUCKETS];
}

static struct met_cgroup *find_cgroup(const struct group_names *names, uint64_t id)
{
	struct met_cgroup *cgroup = names->cgroups ? *cgroup_bucket(names, id) : NULL;

	while (cgroup && cgroup->id != id)
		cgroup = cgroup->next;
	return cgroup;
}

static struct met_cgroup *add_cgroup(struct group_names *names, uint64_t id)
{
	struct met_cgroup *cgroup = calloc(1, sizeof(*cgroup)), **bucket;

	if (!cgroup)
		return NULL;
	bucket = cgroup_bucket(names, id);
	cgroup->id = id;
	cgroup->next = *bucket;
	*bucket = cgroup;
	names->cgroup_count++;
	return cgroup;
}

static struct met_name **name_bucket(const struct group_names *names, enum group_kind kind,
				     const char *text, size_t length)
{
	uint32_t hash = 2166136261U ^ (uint32_t)kind;
	size_t i;

	for (i = 0; i < length; i++)
		hash = (hash ^ (unsigned char)text[i]) * 16777619U;
	return &names->names[(hash ^ hash >> 15) % BUCKETS];
}

static struct met_name *add_name(struct group_names *names, struct met_name **bucket,
				 enum group_kind kind, const char *text, size_t length)
{
	struct met_name *name = malloc(sizeof(*name) + length + 1);

	if (!name)
		return NULL;
	*name = (struct met_name){
		.next = *bucket, .kind = kind, .id = ++names->made, .length = length,
	};
	memcpy(name->text, text, length);
	name->text[length] = '\0';
	*bucket = name;
	names->name_count++;
	return name;
}

/* The name, added if it is new; NULL if there is no memory. */
static struct met_name *get_name(struct group_names *names, enum group_kind kind,
				 const char *text, size_t length)
{
	struct met_name **bucket = name_bucket(names, kind, text, length);
	struct met_name *name = *bucket;

	while (name && (name->kind != kind || name->length != length ||
			memcmp(name->text, text, length) != 0))
		name = name->next;
	if (!name)
		name = add_name(names, bucket, kind, text, length);
	if (name)
		name->look = names->look;
	return name;
}

static void resolve(struct group_names *names, struct met_cgroup *cgroup, const char *path)
{
	char container[CGROUP_CONTAINER_SIZE];
	struct cgroup_name name;
	size_t length;

	cgroup->path = strdup(path);
	if (!cgroup->path)
		return;
	cgroup_name_parse(path, &name);
	cgroup->names[GROUP_UNIT] = get_name(names, GROUP_UNIT, cgroup_name_unit(&name),
					     strlen(cgroup_name_unit(&name)));
	cgroup->names[GROUP_SLICE] = get_name(names, GROUP_SLICE, name.slice,
					      strlen(name.slice));
	length = cgroup_name_container(&name, container);
	if (length)
		cgroup->names[GROUP_CONTAINER] = get_name(names, GROUP_CONTAINER, container,
							  length);
}

static bool take_path(void *context, uint64_t id, const char *path)
{
	struct search *search = context;
	struct met_cgroup *cgroup = find_cgroup(search->names, id);

	if (!cgroup || cgroup->path || cgroup->look != search->names->look)
		return false;
	resolve(search->names, cgroup, path);
	return !--search->left;
}

static uint64_t cgroup_of(const struct taskmeter_record *record)
{
	return record->available & TASKMETER_AVAILABLE_CGROUP ? record->cgroup_id : 0;
}

static void keep_names(struct met_cgroup *cgroup, uint64_t look)
{
	size_t i;

	for (i = 0; i < CGROUP_KINDS; i++)
		if (cgroup->names[i])
			cgroup->names[i]->look = look;
}

/* Counts those of this look that have no path, and says whether one is due to be asked for. */
static bool meet(struct group_names *names, uint64_t id, size_t *ret_pathless)
{
	struct met_cgroup *cgroup = find_cgroup(names, id);

	if (!cgroup)
		cgroup = add_cgroup(names, id);
	if (!cgroup || cgroup->look == names->look)
		return false;
	cgroup->look = names->look;
	keep_names(cgroup, names->look);
	if (cgroup->path)
		return false;
	++*ret_pathless;
	return cgroup->ask <= names->look;
}

/* What was not found may be gone, or outside the caller's cgroup namespace. */
static void put_off(struct group_names *names)
{
	struct met_cgroup *cgroup;
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		for (cgroup = names->cgroups[i]; cgroup; cgroup = cgroup->next) {
			if (cgroup->path || cgroup->look != names->look)
				continue;
			cgroup->pause = cgroup->pause ? 2 * cgroup->pause : 1;
			if (cgroup->pause > PAUSE_MAX)
				cgroup->pause = PAUSE_MAX;
			cgroup->ask = names->look + cgroup->pause;
		}
	}
}

static void free_cgroup(struct met_cgroup *cgroup)
{
	free(cgroup->path);
	free(cgroup);
}

/* A name that a cgroup refers to was met in the same look as that, or later. */
static void sweep(struct group_names *names)
{
	struct met_cgroup **cgroup, *old_cgroup;
	struct met_name **name, *old_name;
	size_t i;

	for (i = 0; i < BUCKETS; i++) {
		for (cgroup = &names->cgroups[i]; (old_cgroup = *cgroup);) {
			if (old_cgroup->look == names->look) {
				cgroup = &old_cgroup->next;
				continue;
			}
			*cgroup = old_cgroup->next;
			names->cgroup_count--;
			free_cgroup(old_cgroup);
		}
		for (name = &names->names[i]; (old_name = *name);) {
			if (old_name->look == names->look) {
				name = &old_name->next;
				continue;
			}
			*name = old_name->next;
			names->name_count--;
			free(old_name);
		}
	}
}

static void look_at_cgroups(struct group_names *names, struct cli *cli,
			    const struct sample *samples, size_t count)
{
	struct search search = { .names = names };
	bool due = false;
	uint64_t id;
	size_t i;

	for (i = 0; i < count; i++) {
		id = cgroup_of(&samples[i].record);
		if (id)
			due |= meet(names, id, &search.left);
	}
	if (!due)
		return;
	names->absent = cli->cgroups(take_path, &search);
	if (search.left)
		put_off(names);
}

void group_names_look(struct group_names *names, struct cli *cli, enum group_kind kind,
		      const struct sample *samples, size_t count)
{
	size_t i;

	if (kind == GROUP_USER || !init(names))
		return;
	names->look++;
	if (group_kind_by_cgroup(kind))
		look_at_cgroups(names, cli, samples, count);
	for (i = 0; kind == GROUP_PROGRAM && i < count; i++)
		get_name(names, kind, samples[i].record.comm,
			 group_program_length(&samples[i].record));
	if (names->cgroup_count > KEPT_MAX || names->name_count > KEPT_MAX)
		sweep(names);
}

static const struct met_name *find_name(struct group_names *names, enum group_kind kind,
					const struct taskmeter_record *record)
{
	const struct met_cgroup *cgroup;

	if (kind == GROUP_PROGRAM)
		return get_name(names, kind, record->comm, group_program_length(record));
	cgroup = find_cgroup(names, cgroup_of(record));
	return cgroup ? cgroup->names[kind] : NULL;
}

bool group_names_find(struct group_names *names, enum group_kind kind,
		      const struct taskmeter_record *record, uint64_t *ret_id,
		      const char **ret_name)
{
	const struct met_cgroup *cgroup;
	const struct met_name *name;

	*ret_id = 0;
	*ret_name = NULL;
	if (kind == GROUP_USER) {
		*ret_id = record->uid;
		return true;
	}
	if (kind == GROUP_CGROUP) {
		cgroup = find_cgroup(names, cgroup_of(record));
		*ret_id = cgroup_of(record);
		*ret_name = cgroup ? cgroup->path : NULL;
		return true;
	}
	name = names->names ? find_name(names, kind, record) : NULL;
	if (!name)
		return kind != GROUP_CONTAINER;
	*ret_id = name->id;
	*ret_name = name->text;
	return true;
}

void group_names_release(struct group_names *names)
{
	/* No task was met in this one. */
	names->look++;
	if (names->cgroups && names->names)
		sweep(names);
	free(names->cgroups);
	free(names->names);
	*names = (struct group_names){ .look = 0 };
}
