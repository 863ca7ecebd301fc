// SPDX-License-Identifier: GPL-2.0-or-later
/* See groups.h. */
#include "core/groups.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "core/ended.h"
#include "core/group-totals.h"
#include "core/identity.h"

/* Where a flow goes. */
enum {
	TO_LEAF		= 1 << 0,
	TO_USER		= 1 << 1,
	TO_PROGRAM	= 1 << 2,
	TO_ALL		= TO_LEAF | TO_USER | TO_PROGRAM,
};

struct groups {
	struct group_table tables[GROUP_KINDS];
	struct leaves leaves;
	struct identities identities;
	struct groups_paths paths;
	struct groups_cost cost;
	uint64_t instance_id;
	uint64_t began_ns;	/* first sample, Unix time */
	uint64_t now_ns;	/* latest sample, monotonic */
	uint64_t settled_ns;
	uint64_t sequence;
	uint64_t loaded_at;	/* first sample of the module's present load */
	bool rebase;
	struct ended *had;	/* what groups have of ended processes, NULL if not known */
	struct ended *told;	/* what the module told of them since records were lost */
	struct group_totals due;	/* with @told; what groups are to get of it */
	uint64_t exits_instance;	/* load that exit records come from */
	uint64_t next;		/* number that comes next; 0 if not known */
	uint64_t heard_ns;	/* sample before records were read last, monotonic */
	uint64_t lost_at;	/* sample before the last loss; 0 if nothing is missing */
	size_t waiting;		/* processes whose records may be lost, or late */
};

static const size_t maxima[GROUP_KINDS] = {
	[GROUP_UNIT] = 1024, [GROUP_SLICE] = 256, [GROUP_CONTAINER] = 512,
	[GROUP_USER] = 512, [GROUP_CGROUP] = 2048,
};

struct groups *groups_new(size_t max_programs, const struct groups_paths *paths)
{
	struct groups *groups = calloc(1, sizeof(*groups));
	size_t i;
	int r = 0;

	if (!groups)
		return NULL;
	groups->paths = *paths;
	for (i = 0; !r && i < GROUP_KINDS; i++)
		r = group_table_init(&groups->tables[i], i == GROUP_PROGRAM ? max_programs :
				     maxima[i], i != GROUP_CGROUP);
	if (!r)
		r = leaves_init(&groups->leaves, groups->tables);
	if (!r)
		r = identities_init(&groups->identities);
	return r ? groups_free(groups) : groups;
}

static void forget_told(struct groups *groups)
{
	groups->told = ended_free(groups->told);
	group_totals_clear(&groups->due);
}

struct groups *groups_free(struct groups *groups)
{
	size_t i;

	if (!groups)
		return NULL;
	forget_told(groups);
	ended_free(groups->had);
	identities_clear(&groups->identities);
	leaves_clear(&groups->leaves);
	for (i = 0; i < GROUP_KINDS; i++)
		group_table_clear(&groups->tables[i]);
	free(groups);
	return NULL;
}

static struct group *get_user(struct groups *groups, uint32_t uid)
{
	char name[16];
	int length = snprintf(name, sizeof(name), "%" PRIu32, uid);

	return group_get(&groups->tables[GROUP_USER], name, (size_t)length, groups->now_ns);
}

static struct group *get_program(struct groups *groups, const struct taskmeter_record *record)
{
	return group_get(&groups->tables[GROUP_PROGRAM], record->comm,
			 group_program_length(record), groups->now_ns);
}

static uint64_t cgroup_of(const struct taskmeter_record *record)
{
	return record->available & TASKMETER_AVAILABLE_CGROUP ? record->cgroup_id : 0;
}

static void place_leaf(struct groups *groups, struct identity *identity, uint64_t id)
{
	struct leaves *leaves = &groups->leaves;

	if (identity->leaf && identity->leaf != &leaves->other && identity->leaf->id == id)
		return;
	leaf_put(leaves, identity->leaf, groups->now_ns);
	identity->leaf = id ? leaf_get(leaves, id) : &leaves->other;
}

static void place_user(struct groups *groups, struct identity *identity, uint32_t uid)
{
	struct group_table *table = &groups->tables[GROUP_USER];

	if (identity->user && identity->user != &table->other && identity->uid == uid)
		return;
	group_put(table, identity->user, groups->now_ns);
	identity->user = get_user(groups, uid);
	identity->uid = uid;
}

static void place_program(struct groups *groups, struct identity *identity,
			  const struct taskmeter_record *record)
{
	struct group_table *table = &groups->tables[GROUP_PROGRAM];

	if (identity->program && identity->program != &table->other &&
	    !memcmp(identity->comm, record->comm, sizeof(identity->comm)))
		return;
	group_put(table, identity->program, groups->now_ns);
	identity->program = get_program(groups, record);
	memcpy(identity->comm, record->comm, sizeof(identity->comm));
}

/* Groups that were full are asked again each time. */
static void place(struct groups *groups, struct identity *identity,
		  const struct taskmeter_record *record)
{
	place_leaf(groups, identity, cgroup_of(record));
	place_user(groups, identity, record->uid);
	place_program(groups, identity, record);
}

static void drop(struct groups *groups, struct identity *identity)
{
	leaf_put(&groups->leaves, identity->leaf, groups->now_ns);
	group_put(&groups->tables[GROUP_USER], identity->user, groups->now_ns);
	group_put(&groups->tables[GROUP_PROGRAM], identity->program, groups->now_ns);
	identity_drop(&groups->identities, identity);
}

static void add_flow(const struct identity *identity, const struct group_flow *flow,
		     unsigned int where)
{
	if (where & TO_LEAF) {
		group_flow_add(&identity->leaf->flow, flow);
		identity->leaf->dirty = true;
	}
	if (where & TO_USER)
		group_flow_add(&identity->user->flow, flow);
	if (where & TO_PROGRAM)
		group_flow_add(&identity->program->flow, flow);
}

static void read_gauges(const struct taskmeter_record *record,
			uint64_t gauges[static GROUP_GAUGES])
{
	gauges[GROUP_PROCESSES] = 1;
	gauges[GROUP_THREADS] = record->threads;
	if (!(record->available & TASKMETER_AVAILABLE_MEMORY))
		return;
	gauges[GROUP_RSS_ANON_BYTES] = record->rss_anon_bytes;
	gauges[GROUP_RSS_FILE_BYTES] = record->rss_file_bytes;
	gauges[GROUP_RSS_SHMEM_BYTES] = record->rss_shmem_bytes;
	gauges[GROUP_SWAP_BYTES] = record->swap_bytes;
}

/* Another load of the module counts waits anew. */
static void rebase(struct identity *identity, const struct taskmeter_record *record)
{
	counters_rebase(&identity->base, record);
	memset(identity->waits, 0, sizeof(identity->waits));
}

static int add_living(struct groups *groups, const struct taskmeter_record *record)
{
	struct identity *identity = identity_find(&groups->identities, record);
	struct group_flow flow = { .available = record->available };

	if (!identity)
		identity = identity_new(&groups->identities, record);
	else if (groups->rebase)
		rebase(identity, record);
	if (!identity)
		return -ENOMEM;
	identity->seen = groups->sequence;
	identity->left_ns = 0;
	place(groups, identity, record);
	counters_grow(&identity->base, record, flow.growth);
	read_gauges(record, flow.gauges);
	add_flow(identity, &flow, TO_ALL);
	return 0;
}

/* Some came in that there is no room for: what was lost is not to be found any more. */
static void check_broken(struct groups *groups)
{
	if (groups->had && ended_broken(groups->had))
		groups->had = ended_free(groups->had);
	if (groups->told && ended_broken(groups->told))
		forget_told(groups);
}

/* Records were lost: who was in the latest sample may be among those who ended. */
static void note_loss(struct groups *groups)
{
	groups->lost_at = groups->sequence;
	forget_told(groups);
}

/*
 * The module had to see the end: who was not seen any more since it was loaded anew has
 * ended without it, as has who was last seen while the meter was off.
 */
static bool may_be_lost(const struct groups *groups, const struct identity *identity)
{
	return identity->seen <= groups->lost_at && identity->seen >= groups->loaded_at &&
	       counter_available(COUNTER_TRACKED_NS, identity->base.available);
}

/* What the module's totals have of a process whose record was lost, groups have of it. */
static void note_missed(struct groups *groups, const struct identity *identity)
{
	const struct taskmeter_total total = group_total_of(identity->base.values);
	const bool other = identity->leaf == &groups->leaves.other;

	groups->cost.missed++;
	if (!groups->had || !may_be_lost(groups, identity))
		return;
	ended_add(groups->had, TASKMETER_TOTAL_CGROUP,
		  other ? ENDED_OTHER : identity->leaf->id, &total);
	ended_add(groups->had, TASKMETER_TOTAL_UID, identity->uid, &total);
	check_broken(groups);
}

/* Records that could not be read yet have all of a process: it would be there twice. */
static uint64_t wait_ns(const struct groups *groups, const struct identity *identity)
{
	return groups->had && groups->heard_ns < identity->left_ns ? GROUPS_WAIT_MAX_NS :
								     GROUPS_WAIT_NS;
}

/* Who is not in the sample is gone: at once if its record was there, else once it comes. */
static void miss(struct groups *groups)
{
	struct identity *identity, *next;

	groups->waiting = 0;
	for (identity = TAILQ_FIRST(&groups->identities.living); identity; identity = next) {
		next = TAILQ_NEXT(identity, entry);
		if (identity->seen == groups->sequence)
			continue;
		if (!identity->left_ns)
			identity->left_ns = groups->now_ns;
		if (identity->ended) {
			drop(groups, identity);
		} else if (groups->now_ns - identity->left_ns >= wait_ns(groups, identity)) {
			note_missed(groups, identity);
			drop(groups, identity);
		} else {
			groups->waiting += may_be_lost(groups, identity);
		}
	}
}

static void begin_sample(struct groups *groups, uint64_t instance_id,
			 const struct sample *sample)
{
	size_t i;

	groups->rebase = groups->sequence && groups->instance_id != instance_id;
	groups->instance_id = instance_id;
	groups->now_ns = sample->monotonic_ns;
	if (!groups->sequence++) {
		groups->began_ns = sample->realtime_ns;
		groups->exits_instance = instance_id;
	}
	if (groups->rebase) {
		groups->settled_ns = 0;
		groups->loaded_at = groups->sequence;
	}
	leaves_begin(&groups->leaves);
	for (i = 0; i < GROUP_KINDS; i++)
		group_table_begin(&groups->tables[i]);
}

int groups_feed(struct groups *groups, uint64_t instance_id, const struct sample *sample)
{
	size_t i;
	int r = 0;

	begin_sample(groups, instance_id, sample);
	for (i = 0; i < sample->count; i++)
		if (add_living(groups, &sample->records[i]) < 0)
			r = -ENOMEM;
	miss(groups);
	return r;
}

static void add_waits(struct identity *identity, const struct process_waits *waits)
{
	struct group_flow flow = { .available = 0 };

	cpu_waits_grow(identity->waits, waits->values, &flow.growth[GROUP_WAITS]);
	add_flow(identity, &flow, TO_ALL);
}

void groups_add_waits(struct groups *groups, const struct cpu_waits *waits)
{
	struct taskmeter_record named = { .size = 0 };
	struct identity *identity;
	size_t i;

	for (i = 0; i < waits->count; i++) {
		named.pid = waits->items[i].pid;
		named.start_time_ns = waits->items[i].start_time_ns;
		identity = identity_find(&groups->identities, &named);
		if (identity)
			add_waits(identity, &waits->items[i]);
	}
}

static void resolve(struct groups *groups, struct leaf *leaf, const char *path)
{
	if (path && !leaf->resolved)
		leaf_resolve(&groups->leaves, leaf, groups->tables, path, groups->now_ns);
}

bool groups_begun(const struct groups *groups)
{
	return groups->sequence;
}

static struct leaf *get_leaf(struct groups *groups, const struct group_total *total)
{
	struct leaf *leaf = total->total.flags & TASKMETER_TOTAL_OTHER ?
			    &groups->leaves.other :
			    leaf_get(&groups->leaves, total->total.id);

	resolve(groups, leaf, total->path);
	return leaf;
}

static struct group *get_total_user(struct groups *groups, const struct group_total *total)
{
	return total->total.flags & TASKMETER_TOTAL_OTHER ?
	       &groups->tables[GROUP_USER].other :
	       get_user(groups, (uint32_t)total->total.id);
}

static void add_cgroup_total(struct groups *groups, const struct group_total *total,
			     const struct group_flow *flow)
{
	struct leaf *leaf = get_leaf(groups, total);

	group_flow_add(&leaf->flow, flow);
	leaf->dirty = true;
	leaf_put(&groups->leaves, leaf, groups->now_ns);
}

static void add_user_total(struct groups *groups, const struct group_total *total,
			   const struct group_flow *flow)
{
	struct group *user = get_total_user(groups, total);

	group_flow_add(&user->flow, flow);
	group_put(&groups->tables[GROUP_USER], user, groups->now_ns);
}

/* Ends the walk when nothing is left to be found. */
static bool on_path(void *context, uint64_t id, const char *path)
{
	struct groups *groups = context;
	struct leaf *leaf = leaf_find(&groups->leaves, id);

	if (leaf && !leaf->resolved)
		leaf_resolve(&groups->leaves, leaf, groups->tables, path, groups->now_ns);
	return !groups->leaves.unresolved;
}

static void find_paths(struct groups *groups)
{
	if (groups->leaves.unresolved)
		groups->paths.walk(groups->paths.data, on_path, groups);
}

void groups_add_totals(struct groups *groups, const struct group_totals *totals)
{
	struct group_flow flow;
	size_t i;

	/* Who lives comes first. */
	find_paths(groups);
	groups->had = ended_new(totals);
	groups->next = totals->number + 1;
	for (i = 0; i < totals->count; i++) {
		flow = group_total_flow(&totals->items[i].total, totals->available);
		if (totals->items[i].kind == TASKMETER_TOTAL_CGROUP)
			add_cgroup_total(groups, &totals->items[i], &flow);
		else
			add_user_total(groups, &totals->items[i], &flow);
	}
}

/* Of a process that no sample had: neither its end nor a missing total makes it count. */
static bool is_old(const struct groups *groups, const struct exit_unpacked *exit)
{
	if (groups->had)
		return exit->exit.number <= ended_first(groups->had);
	return exit->end_ns < groups->began_ns;
}

static uint64_t total_of_cgroup(const struct taskmeter_record *record)
{
	const uint64_t id = cgroup_of(record);

	return id ? id : ENDED_OTHER;
}

/*
 * Where the record of a process goes that no sample had. It may have ended while totals
 * were read, before the first sample: some have it, others not; programs have no totals.
 */
static unsigned int find_uncovered(const struct groups *groups,
				   const struct exit_unpacked *exit)
{
	const struct ended *had = groups->had;
	const uint64_t number = exit->exit.number;
	unsigned int where = TO_ALL;

	if (!had)
		return where;
	if (ended_has(had, TASKMETER_TOTAL_CGROUP, total_of_cgroup(&exit->record), number))
		where &= ~(unsigned int)TO_LEAF;
	if (ended_has(had, TASKMETER_TOTAL_UID, exit->record.uid, number))
		where &= ~(unsigned int)TO_USER;
	if (exit->end_ns < groups->began_ns)
		where &= ~(unsigned int)TO_PROGRAM;
	return where;
}

static void add_end(struct identity *identity, const struct exit_unpacked *exit,
		    unsigned int where)
{
	struct group_flow flow = { .available = exit->record.available };
	uint64_t waits[CPU_WAITS];

	counters_grow(&identity->base, &exit->record, flow.growth);
	if (exit->view.histograms && exit->record.available & TASKMETER_AVAILABLE_METER) {
		cpu_waits_of(&exit->record, &exit->histograms, waits);
		cpu_waits_grow(identity->waits, waits, &flow.growth[GROUP_WAITS]);
	}
	flow.growth[GROUP_EXITS] = 1;
	flow.growth[GROUP_FAILED] = !!exit->exit.status;
	flow.growth[GROUP_OOM_KILLS] = !!(exit->exit.flags & TASKMETER_EXIT_OOM);
	add_flow(identity, &flow, where);
	identity->ended = true;
}

static void note_ended(struct ended *ended, const struct exit_unpacked *exit,
		       const struct taskmeter_total *total)
{
	const uint64_t cgroup = total_of_cgroup(&exit->record), number = exit->exit.number;

	if (!ended_has(ended, TASKMETER_TOTAL_CGROUP, cgroup, number))
		ended_add(ended, TASKMETER_TOTAL_CGROUP, cgroup, total);
	if (!ended_has(ended, TASKMETER_TOTAL_UID, exit->record.uid, number))
		ended_add(ended, TASKMETER_TOTAL_UID, exit->record.uid, total);
}

static void note_exit(struct groups *groups, const struct exit_unpacked *exit)
{
	struct taskmeter_total total;
	uint64_t values[COUNTERS];

	counters_read(&exit->record, values);
	total = group_total_of(values);
	total.exits = 1;
	total.oom_kills = !!(exit->exit.flags & TASKMETER_EXIT_OOM);
	if (groups->had)
		note_ended(groups->had, exit, &total);
	if (groups->told)
		note_ended(groups->told, exit, &total);
	check_broken(groups);
}

static void add_exit(struct groups *groups, const struct exit_unpacked *exit, const char *path)
{
	struct identity *identity = identity_find(&groups->identities, &exit->record);
	const bool known = identity;
	unsigned int where = TO_ALL;

	if (!known && is_old(groups, exit))
		return;
	if (!known)
		identity = identity_new(&groups->identities, &exit->record);
	if (!identity) {
		groups->cost.missed++;
		note_loss(groups);
		return;
	}
	if (identity->ended)
		return;
	place(groups, identity, &exit->record);
	resolve(groups, identity->leaf, path);
	if (!known)
		where = find_uncovered(groups, exit);
	add_end(identity, exit, where);
	note_exit(groups, exit);
	groups->cost.exits += !!where;
	groups->cost.whole += !known && where;
	/* Who is in the latest sample may be there until the next one. */
	if (identity->seen != groups->sequence)
		drop(groups, identity);
}

/* All that ends from here on is in its records; what was lost before stays lost. */
static void begin_exits(struct groups *groups, uint64_t instance_id)
{
	const struct group_totals none = { .instance_id = instance_id };

	forget_told(groups);
	ended_free(groups->had);
	groups->had = ended_new(&none);
	groups->exits_instance = instance_id;
	groups->next = 1;
	groups->lost_at = 0;
}

void groups_exited(struct groups *groups, const struct exit_batch *batch)
{
	struct exit_unpacked exit;
	bool lost = batch->lost;
	size_t i;

	if (!groups->sequence)
		return;
	groups->heard_ns = groups->now_ns;
	if (groups->exits_instance != batch->instance_id)
		begin_exits(groups, batch->instance_id);
	/* Who asks for the oldest record is not told what was lost before it. */
	lost |= groups->next && batch->first > groups->next;
	groups->cost.lost += batch->lost;
	for (i = 0; i < batch->count; i++) {
		if (!batch_unpack(batch, &batch->entries[i], &exit))
			add_exit(groups, &exit, batch_path(batch, &batch->entries[i]));
		else
			lost = true;
	}
	if (lost)
		note_loss(groups);
	if (batch->next > groups->next)
		groups->next = batch->next;
}

/* Not while a record may come that totals have already, or be missed that they have. */
bool groups_want_totals(const struct groups *groups)
{
	if (!groups->sequence || groups->told)
		return false;
	if (groups->lost_at)
		return groups->sequence > groups->lost_at && !groups->waiting;
	return !groups->had || ended_crowded(groups->had);
}

void groups_take_totals(struct groups *groups, struct group_totals *totals)
{
	if (totals->instance_id != groups->exits_instance)
		return;
	forget_told(groups);
	groups->told = ended_new(totals);
	if (!groups->told)
		return;
	groups->due = *totals;
	*totals = (struct group_totals) { .count = 0 };
}

/* By cgroup and by user it is the same sum; programs get it once. */
static void add_lost(struct groups *groups, const struct group_total *total,
		     const struct group_flow *past)
{
	struct group_table *tables = groups->tables;
	struct group *user;
	struct leaf *leaf;

	if (total->kind == TASKMETER_TOTAL_CGROUP) {
		leaf = get_leaf(groups, total);
		leaf_add_past(leaf, tables, past);
		leaf_put(&groups->leaves, leaf, groups->now_ns);
		return;
	}
	user = get_total_user(groups, total);
	group_add_past(user, past);
	group_put(&tables[GROUP_USER], user, groups->now_ns);
	group_add_past(&tables[GROUP_PROGRAM].other, past);
	groups->cost.repaired += total->total.exits;
}

/* Without what groups had, nothing can be found; but it is known from here on. */
static void repair(struct groups *groups)
{
	struct group_flow past;
	size_t i;

	if (groups->had)
		ended_compare(groups->told, groups->had, &groups->due);
	for (i = 0; groups->had && i < groups->due.count; i++) {
		if (!groups->due.items[i].total.exits)
			continue;
		past = group_total_flow(&groups->due.items[i].total, groups->due.available);
		add_lost(groups, &groups->due.items[i], &past);
	}
	ended_free(groups->had);
	groups->had = groups->told;
	groups->told = NULL;
	groups->lost_at = 0;
	forget_told(groups);
}

void groups_settle(struct groups *groups, uint64_t now_ns)
{
	struct groups_cost *cost = &groups->cost;
	struct pressure_tick tick;
	size_t i;

	if (groups->told && groups->next > ended_last(groups->told))
		repair(groups);
	find_paths(groups);
	leaves_settle(&groups->leaves, groups->tables, now_ns);
	cost->elapsed_ns = groups->settled_ns ? now_ns - groups->settled_ns : 0;
	tick = pressure_tick(cost->elapsed_ns);
	for (i = 0; i < GROUP_KINDS; i++)
		group_table_settle(&groups->tables[i], &tick);
	groups->settled_ns = now_ns;
	cost->settled++;
	cost->cgroups = groups->leaves.count;
	cost->unresolved = groups->leaves.unresolved;
}

static bool is_empty(const struct group *group)
{
	return !group->gauges[GROUP_PROCESSES] && !group->available;
}

const struct group *groups_next(const struct groups *groups, enum group_kind kind,
				const struct group *group)
{
	const struct group_table *table = &groups->tables[kind];
	const struct group *next;

	if (group == &table->other)
		return NULL;
	next = group ? TAILQ_NEXT(group, entry) : TAILQ_FIRST(&table->groups);
	if (next)
		return next;
	return is_empty(&table->other) ? NULL : &table->other;
}

const struct group *groups_find(const struct groups *groups, enum group_kind kind,
				const char *name)
{
	return group_find(&groups->tables[kind], name, strlen(name));
}

size_t groups_count(const struct groups *groups, enum group_kind kind)
{
	const struct group_table *table = &groups->tables[kind];

	return table->count + !is_empty(&table->other);
}

const struct groups_cost *groups_cost(const struct groups *groups)
{
	return &groups->cost;
}

const char *groups_cgroup_path(const struct groups *groups, uint64_t id)
{
	const struct leaf *leaf = leaf_find(&groups->leaves, id);
	const struct group *group = leaf ? leaf->groups[GROUP_CGROUP] : NULL;

	/* Of "other", or of one that only a part of the path has a group of. */
	if (!group || !leaf->resolved || leaf->partial || !group->number)
		return NULL;
	return group->name;
}
