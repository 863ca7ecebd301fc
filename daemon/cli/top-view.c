// SPDX-License-Identifier: GPL-2.0-or-later
/* See top-view.h. */
#include "cli/top-view.h"

#include "cli/group-column.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define INTERVAL_DEFAULT_NS	1000000000U
#define CAPACITY_FIRST		256
#define GROUP_COLUMNS		"cpu%,wait%,io%,mem%,lock%,rss,growth,sw/s"
#define COLUMNS_USERS		"name,tasks," GROUP_COLUMNS
#define COLUMNS_GROUPS		"tasks," GROUP_COLUMNS ",name"

/* Who is held up; who takes memory; how the scheduler treats them. 80 columns each. */
static const char *const sets[] = {
	"pid,user,cpu%,wait%,io%,mem%,lock%,rss,current_state,current_state_ns,comm",
	"pid,user,rss,growth,swap,cpu%,mem%,reclaim%,major_faults,comm",
	"pid,user,cpu%,wait%,p99,cpu_wait_max_ns,sw/s,threads,current_state,comm",
};

#define N_SETS	(sizeof(sets) / sizeof(*sets))

static bool is_group(enum top_kind kind)
{
	return kind != TOP_PROCESSES && kind != TOP_THREADS;
}

static enum group_kind group_kind(enum top_kind kind)
{
	static const enum group_kind kinds[TOP_KINDS] = {
		[TOP_USERS] = GROUP_USER, [TOP_CGROUPS] = GROUP_CGROUP,
		[TOP_UNITS] = GROUP_UNIT, [TOP_CONTAINERS] = GROUP_CONTAINER,
		[TOP_PROGRAMS] = GROUP_PROGRAM, [TOP_SLICES] = GROUP_SLICE,
	};

	return kinds[kind];
}

size_t top_view_sets(const struct top_view *view)
{
	if (is_group(view->kind))
		return 1;
	return N_SETS + (view->own != NULL);
}

/* The names are ours, so that there is no bad one among them. */
static int parse_set(const struct top_view *view, struct column **ret_columns,
		     size_t *ret_count)
{
	struct column_set set = column_set_tasks();
	char list[160];
	const char *bad;

	if (is_group(view->kind)) {
		set = column_set_groups(group_kind(view->kind));
		return columns_parse(&set, view->kind == TOP_USERS ? COLUMNS_USERS :
								     COLUMNS_GROUPS,
				     ret_columns, ret_count, &bad);
	}
	snprintf(list, sizeof(list), "%s%s", view->kind == TOP_THREADS ? "tgid," : "",
		 sets[view->set]);
	return columns_parse(&set, list, ret_columns, ret_count, &bad);
}

static int copy_own(const struct top_view *view, struct column **ret_columns,
		    size_t *ret_count)
{
	*ret_columns = calloc(view->own_count, sizeof(**ret_columns));
	if (!*ret_columns)
		return -ENOMEM;
	memcpy(*ret_columns, view->own, view->own_count * sizeof(**ret_columns));
	*ret_count = view->own_count;
	return 0;
}

/* What has to be asked for follows from what is shown. */
static void need(struct top_view *view)
{
	size_t i;

	view->sampling.quantiles = false;
	view->sampling.stalls = false;
	view->sampling.rates = true;
	for (i = 0; i < view->count; i++)
		column_need(&view->sampling, &view->columns[i]);
	column_need(&view->sampling, &view->sort);
}

int top_view_columns(struct top_view *view)
{
	struct column *columns;
	size_t count;
	int r;

	if (view->set >= top_view_sets(view))
		view->set = 0;
	r = !is_group(view->kind) && view->set == N_SETS ?
	    copy_own(view, &columns, &count) : parse_set(view, &columns, &count);
	if (r)
		return r;
	free(view->columns);
	view->columns = columns;
	view->count = count;
	need(view);
	return 0;
}

void top_view_own(struct top_view *view, struct column *columns, size_t count)
{
	free(view->own);
	view->own = columns;
	view->own_count = count;
	view->set = N_SETS;
}

static void find_column(const char *name, struct column *ret_column)
{
	column_find(name, strlen(name), ret_column);
}

int top_view_init(struct top_view *view, struct cli *cli)
{
	*view = (struct top_view){
		.cli = cli,
		.descending = true,
		.interval_ns = INTERVAL_DEFAULT_NS,
		.tasks = { .limit = SIZE_MAX },
	};
	find_column("comm", &view->name);
	find_column("user", &view->user);
	find_column(rate_spec(RATE_STALL)->name, &view->sort);
	return top_view_columns(view);
}

static bool shown(const struct top_view *view, const struct column *column)
{
	size_t i;

	for (i = 0; i < view->count; i++)
		if (view->columns[i].name == column->name)
			return true;
	return false;
}

/* Being held up is the sum of several columns and has none of its own. */
static bool is_sum(const struct column *column)
{
	return column->kind == COLUMN_RATE && column->rate == RATE_STALL;
}

void top_view_sort(struct top_view *view, const struct column *column, bool descending)
{
	size_t before = view->set, i;

	view->sort = *column;
	view->descending = descending;
	for (i = 0; i < top_view_sets(view) && !shown(view, column) && !is_sum(column);
	     i++) {
		view->set = i;
		if (top_view_columns(view))
			break;
	}
	if (!shown(view, column)) {
		view->set = before;
		top_view_columns(view);
	}
	need(view);
}

bool top_view_kind(struct top_view *view, enum top_kind kind)
{
	uint32_t threads = kind == TOP_THREADS ? TASKMETER_SNAPSHOT_THREADS : 0;
	bool other = (view->sampling.filter.flags & TASKMETER_SNAPSHOT_THREADS) != threads;

	view->kind = kind;
	view->selected = 0;
	view->first = 0;
	view->follow = false;
	view->sampling.filter.flags &= ~(uint32_t)TASKMETER_SNAPSHOT_THREADS;
	view->sampling.filter.flags |= threads;
	top_view_columns(view);
	if (other)
		top_view_forget(view);
	return other;
}

void top_view_forget(struct top_view *view)
{
	baseline_release(&view->baseline);
	view->baseline = (struct baseline){ .count = 0 };
	view->tasks.count = 0;
	view->rated = false;
	grouping_release(&view->groups);
	view->row_count = 0;
}

static int take(void *context, const struct sample *sample)
{
	struct top_view *view = context;

	if (sample->record.available & TASKMETER_AVAILABLE_METER)
		view->metered = true;
	return collection_add(&view->tasks, sample);
}

int top_view_look(struct top_view *view, struct tm_meter *meter)
{
	int r;

	view->tasks.count = 0;
	view->metered = false;
	view->rated = view->baseline.time_ns;
	view->sampling.interval_ns = view->interval_ns;
	need(view);
	r = sampling_step(&view->sampling, &view->baseline, meter, take, view);
	if (r)
		top_view_forget(view);
	top_view_arrange(view);
	return r;
}

struct top_identity top_view_identity(const struct top_row *row)
{
	if (row->group)
		return (struct top_identity){ .id = row->group->id };
	return (struct top_identity){
		.id = row->sample->record.pid,
		.start_time_ns = row->sample->record.start_time_ns,
	};
}

void top_view_name(struct top_view *view, const struct top_row *row,
		   char text[static COLUMN_TEXT_SIZE])
{
	struct column column = view->name;
	struct column_set set;

	if (row->group) {
		set = column_set_groups(row->group->kind);
		column_set_find(&set, "name", strlen("name"), &column);
	}
	column_text(view->cli, &column, row->sample, text);
}

void top_view_within(struct top_view *view, const struct top_row *row)
{
	view->within = true;
	view->group_view = view->kind;
	view->group = row->group->id;
	top_view_name(view, row, view->group_name);
	top_view_kind(view, TOP_PROCESSES);
}

bool top_view_blind(const struct top_view *view)
{
	return view->names.absent && is_group(view->kind) &&
	       group_kind_by_cgroup(group_kind(view->kind));
}

/* Name, number or user of a task, or the name of a group, whatever the case. */
static bool matches(struct top_view *view, const struct top_row *row)
{
	char text[COLUMN_TEXT_SIZE];

	if (!*view->filter)
		return true;
	top_view_name(view, row, text);
	if (strcasestr(text, view->filter))
		return true;
	if (row->group)
		return false;
	snprintf(text, sizeof(text), "%" PRIu32, row->sample->record.pid);
	if (strstr(text, view->filter))
		return true;
	column_text(view->cli, &view->user, row->sample, text);
	return strcasestr(text, view->filter);
}

static bool is_within(struct top_view *view, const struct sample *sample)
{
	const char *name;
	uint64_t id;

	return group_names_find(&view->names, group_kind(view->group_view), &sample->record,
				&id, &name) && id == view->group;
}

static bool wanted(struct top_view *view, const struct top_row *row)
{
	if (view->within && !row->group && !is_within(view, row->sample))
		return false;
	if (view->skip_idle && rates_idle(&row->sample->rates))
		return false;
	return matches(view, row);
}

static void add_row(struct top_view *view, const struct top_row *row)
{
	if (view->row_count < view->row_capacity && wanted(view, row))
		view->rows[view->row_count++] = *row;
}

/* What there is no memory for is not shown. */
static void make_room(struct top_view *view, size_t count)
{
	struct top_row *rows;

	if (count <= view->row_capacity)
		return;
	rows = reallocarray(view->rows, count + CAPACITY_FIRST, sizeof(*rows));
	if (!rows)
		return;
	view->rows = rows;
	view->row_capacity = count + CAPACITY_FIRST;
}

/* What there are no tasks for, and no memory, has no rows. */
static void make_groups(struct top_view *view)
{
	struct top_row row;
	size_t i;

	if (grouping_make(&view->groups, &view->names, group_kind(view->kind),
			  view->tasks.samples, view->tasks.count))
		return;
	for (i = 0; i < view->groups.count; i++) {
		row.group = &view->groups.groups[i];
		row.sample = &row.group->sum;
		add_row(view, &row);
	}
}

static void make_tasks(struct top_view *view)
{
	struct top_row row = { .group = NULL };
	size_t i;

	for (i = 0; i < view->tasks.count; i++) {
		row.sample = &view->tasks.samples[i];
		add_row(view, &row);
	}
}

static void make_rows(struct top_view *view)
{
	enum top_kind kind = view->within ? view->group_view : view->kind;

	view->row_count = 0;
	make_room(view, view->tasks.count);
	grouping_release(&view->groups);
	if (is_group(kind))
		group_names_look(&view->names, view->cli, group_kind(kind),
				 view->tasks.samples, view->tasks.count);
	if (is_group(view->kind))
		make_groups(view);
	else
		make_tasks(view);
}

static int compare(const void *a, const void *b, void *context)
{
	const struct top_row *left = a, *right = b;
	struct top_view *view = context;

	return column_compare(view->cli, &view->sort, view->descending, left->sample,
			      right->sample);
}

static bool is_selected(const struct top_view *view, const struct top_row *row)
{
	struct top_identity identity = top_view_identity(row);

	return identity.id == view->identity.id &&
	       identity.start_time_ns == view->identity.start_time_ns;
}

/* Until somebody moves it, the selection is the first row, whoever that is. */
static void find_selected(struct top_view *view)
{
	size_t i;

	for (i = 0; view->follow && i < view->row_count; i++) {
		if (is_selected(view, &view->rows[i])) {
			view->selected = i;
			return;
		}
	}
	if (view->selected >= view->row_count)
		view->selected = view->row_count ? view->row_count - 1 : 0;
	if (view->follow && view->row_count)
		view->identity = top_view_identity(&view->rows[view->selected]);
}

void top_view_arrange(struct top_view *view)
{
	make_rows(view);
	if (view->row_count)
		qsort_r(view->rows, view->row_count, sizeof(*view->rows), compare, view);
	find_selected(view);
}

void top_view_select(struct top_view *view, size_t row)
{
	view->selected = row;
	view->follow = row > 0;
	if (view->selected >= view->row_count)
		view->selected = view->row_count ? view->row_count - 1 : 0;
	if (view->row_count)
		view->identity = top_view_identity(&view->rows[view->selected]);
}

void top_view_scroll(struct top_view *view, size_t rows)
{
	view->page_rows = rows;
	if (view->selected < view->first)
		view->first = view->selected;
	if (rows && view->selected >= view->first + rows)
		view->first = view->selected - rows + 1;
	if (view->first + rows > view->row_count)
		view->first = view->row_count > rows ? view->row_count - rows : 0;
}

void top_view_release(struct top_view *view)
{
	top_view_forget(view);
	collection_release(&view->tasks);
	group_names_release(&view->names);
	free(view->rows);
	free(view->columns);
	free(view->own);
}
