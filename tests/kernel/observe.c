// SPDX-License-Identifier: GPL-2.0-or-later
/* See observe.h. */
#include "observe.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "child.h"

static void look_for(struct view *view, enum door door, const struct records *records,
		     pid_t pid)
{
	const struct taskmeter_record *record = records_find(records, pid);

	if (!record)
		return;
	view->doors |= door;
	view->record = *record;
}

static void try_snapshot(struct view *view, enum door door, int device, pid_t pid,
			 const struct taskmeter_snapshot *filter)
{
	struct records records;

	device_snapshot(device, filter, 64, &records);
	look_for(view, door, &records, pid);
	records_free(&records);
}

/* By the uid that it is shown under, or else by that of the observer. */
static void try_snapshot_uid(struct view *view, int device, pid_t pid)
{
	static const uid_t uids[] = { 0, 1000, 1001 };

	for (size_t i = 0; i < ARRAY_SIZE(uids); i++) {
		struct taskmeter_snapshot filter = {
			.flags = TASKMETER_SNAPSHOT_UID,
			.uid = uids[i],
		};

		/* Not each of them exists in each user namespace. */
		if (uids[i] == (view->doors ? view->record.uid : getuid()))
			try_snapshot(view, DOOR_SNAPSHOT_UID, device, pid, &filter);
	}
}

struct view observe_by_device(int device, pid_t pid)
{
	struct taskmeter_snapshot filter = { .flags = TASKMETER_SNAPSHOT_THREADS };
	struct view view = { 0 };

	try_snapshot(&view, DOOR_SNAPSHOT_THREADS, device, pid, &filter);
	filter.flags = TASKMETER_SNAPSHOT_PID;
	filter.pid = pid;
	try_snapshot(&view, DOOR_SNAPSHOT_PID, device, pid, &filter);
	try_snapshot_uid(&view, device, pid);
	try_snapshot(&view, DOOR_SNAPSHOT, device, pid, NULL);
	return view;
}

static void try_get(struct view *view, enum door door, struct genl *genl, pid_t pid,
		    uint32_t flags)
{
	int ret = genl_get(genl, pid, flags, &view->record);

	if (!ret)
		view->doors |= door;
	else if (ret != -ESRCH)
		test_fail("netlink: pid %d: %s", pid, strerror(-ret));
}

static void try_dump(struct view *view, enum door door, struct genl *genl, pid_t pid,
		     const struct taskmeter_snapshot *filter)
{
	struct records records;
	int ret = genl_dump(genl, filter, &records);

	if (ret)
		test_fail("netlink dump: %s", strerror(-ret));
	look_for(view, door, &records, pid);
	records_free(&records);
}

struct view observe_by_netlink(struct genl *genl, pid_t pid)
{
	struct taskmeter_snapshot filter = { .flags = TASKMETER_SNAPSHOT_THREADS };
	struct view view = { 0 };

	try_get(&view, DOOR_GET_THREAD, genl, pid, TASKMETER_SNAPSHOT_THREADS);
	try_get(&view, DOOR_GET, genl, pid, 0);
	try_dump(&view, DOOR_DUMP_THREADS, genl, pid, &filter);
	filter.flags = TASKMETER_SNAPSHOT_PID;
	filter.pid = pid;
	try_dump(&view, DOOR_DUMP_TGID, genl, pid, &filter);
	try_dump(&view, DOOR_DUMP, genl, pid, NULL);
	return view;
}

struct view observe(pid_t pid)
{
	int device = device_open();
	struct view view = observe_by_device(device, pid), by_netlink;
	struct genl genl;

	genl_open(&genl);
	by_netlink = observe_by_netlink(&genl, pid);
	if (!view.doors)
		view.record = by_netlink.record;
	view.doors |= by_netlink.doors;
	genl_close(&genl);
	close(device);
	return view;
}

/* What another process is asked to find out, and its answer. */
struct question {
	const struct identity *identity;
	pid_t pid;
	struct view view;
	size_t count;
};

static void answer_view(void *arg)
{
	struct question *question = arg;

	cred_become(question->identity);
	question->view = observe(question->pid);
}

static void answer_count(void *arg)
{
	struct question *question = arg;
	struct records records;
	struct genl genl;
	int device;

	cred_become(question->identity);
	device = device_open();
	device_snapshot(device, NULL, 64, &records);
	question->count = records.count;
	records_free(&records);
	genl_open(&genl);
	must(!genl_dump(&genl, NULL, &records));
	must(records.count == question->count);
	records_free(&records);
}

static struct question ask(child_fn *answer, const struct identity *identity, pid_t pid)
{
	struct question *shared = shared_alloc(sizeof(*shared)), result;
	struct child child;

	*shared = (struct question){ .identity = identity, .pid = pid };
	child_start(&child, answer, shared);
	child_join(&child);
	result = *shared;
	munmap(shared, sizeof(*shared));
	return result;
}

struct view observe_as(const struct identity *identity, pid_t pid)
{
	return ask(answer_view, identity, pid).view;
}

size_t observe_count_as(const struct identity *identity)
{
	return ask(answer_count, identity, 0).count;
}

void expect_doors(struct view view, unsigned int doors, const char *what)
{
	if (view.doors != doors)
		test_fail("%s is shown by doors %#x instead of %#x", what, view.doors, doors);
}

void expect_visible(const struct identity *identity, pid_t pid, const char *what)
{
	struct view view = observe_as(identity, pid);

	if (view.doors != DOORS_ALL)
		test_fail("%s (%d) is shown to %s by doors %#x instead of %#x", what, pid,
		     identity->name, view.doors, DOORS_ALL);
	must(view.record.pid == (uint32_t)pid && view.record.tgid == (uint32_t)pid);
}

void expect_hidden(const struct identity *identity, pid_t pid, const char *what)
{
	struct view view = observe_as(identity, pid);

	if (view.doors)
		test_fail("%s (%d) is shown to %s by doors %#x", what, pid, identity->name,
		     view.doors);
}
