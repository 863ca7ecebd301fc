// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The transport over the ioctls of /dev/taskmeter. A snapshot is read in large
 * pieces: the module walks hundreds of tasks in one call.
 */
#include "lib/device.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Records of one call; with histograms, each has five times as much beside it. */
#define BATCH		512
#define HISTOGRAMS_BATCH 128

/*
 * @records and @histograms are as the module wrote them, one every stride of the
 * request. Where a stride is shorter than the structure, what is given to the user is
 * copied to @record and @waits, whose ends are 0.
 */
struct device_snapshot {
	struct tm_snapshot snapshot;
	struct taskmeter_snapshot request;
	char *records;
	char *histograms;
	struct taskmeter_record record;
	struct taskmeter_histograms waits;
	uint32_t next;
	int begun;
	int ended;
};

static void device_close(struct tm_meter *meter)
{
	close(to_device(meter)->fd);
	free(meter);
}

static int device_fd(const struct tm_meter *meter)
{
	return to_device(meter)->fd;
}

static int device_info(struct tm_meter *meter, struct taskmeter_info *ret_info)
{
	memset(ret_info, 0, sizeof(*ret_info));
	ret_info->size = sizeof(*ret_info);
	if (ioctl(to_device(meter)->fd, TASKMETER_IOCTL_INFO, ret_info))
		return tm_fail(meter, -errno, "cannot ask %s what it is: %m",
			       TASKMETER_DEVICE);
	/* The module leaves the size as it was; those of others tell its age. */
	if (ret_info->record_size < TASKMETER_RECORD_SIZE_VER2)
		ret_info->size = TASKMETER_INFO_SIZE_VER1;
	else if (!ret_info->exit_size)
		ret_info->size = TASKMETER_INFO_SIZE_VER2;
	return 0;
}

/* @records and, if not NULL, @histograms have room for @count strides. */
static void request_init(struct taskmeter_snapshot *request,
			 const struct tm_filter *filter, size_t count,
			 void *records, void *histograms)
{
	uint32_t stride = device_record_stride(filter->flags);

	*request = (struct taskmeter_snapshot){
		.size = sizeof(*request),
		.flags = filter->flags,
		.buffer = (uintptr_t)records,
		.buffer_size = count * stride,
		.stride = stride,
		.pid = filter->pid,
		.uid = filter->uid,
		.cgroup_id = filter->cgroup_id,
	};
	if (filter->flags & TASKMETER_SNAPSHOT_SINCE)
		request->since = filter->since;
	if (histograms) {
		request->histograms = (uintptr_t)histograms;
		request->histograms_stride = tm_histograms_size(filter->flags);
	}
}

/* One call into the module, which a signal may end before it gave anything. */
static int snapshot_call(struct tm_meter *meter,
			 struct taskmeter_snapshot *request)
{
	int r;

	do
		r = ioctl(to_device(meter)->fd, TASKMETER_IOCTL_SNAPSHOT,
			  request);
	while (r < 0 && errno == EINTR);
	if (r < 0)
		return tm_fail(meter, -errno, "cannot read a snapshot from %s: %m",
			       TASKMETER_DEVICE);
	return 0;
}

static void device_snapshot_free(struct tm_snapshot *base)
{
	struct device_snapshot *snapshot = (struct device_snapshot *)base;

	free(snapshot->histograms);
	free(snapshot->records);
	free(snapshot);
}

static int buffers_new(struct device_snapshot *snapshot,
		       const struct tm_filter *filter)
{
	int histograms = !!(filter->flags & TASKMETER_SNAPSHOT_HISTOGRAMS);
	size_t count = histograms ? HISTOGRAMS_BATCH : BATCH;

	snapshot->records = malloc(count * device_record_stride(filter->flags));
	if (histograms)
		snapshot->histograms = malloc(count * tm_histograms_size(filter->flags));
	if (!snapshot->records || (histograms && !snapshot->histograms))
		return -ENOMEM;
	request_init(&snapshot->request, filter, count, snapshot->records,
		     snapshot->histograms);
	return 0;
}

static int device_snapshot_new(struct tm_meter *meter,
			       const struct tm_filter *filter,
			       struct tm_snapshot **ret_snapshot)
{
	struct device_snapshot *snapshot = calloc(1, sizeof(*snapshot));

	if (!snapshot)
		return tm_fail(meter, -ENOMEM, "no memory for a snapshot");
	if (buffers_new(snapshot, filter)) {
		device_snapshot_free(&snapshot->snapshot);
		return tm_fail(meter, -ENOMEM, "no memory for a snapshot");
	}
	snapshot->snapshot.meter = meter;
	*ret_snapshot = &snapshot->snapshot;
	return 0;
}

/* A call may come back with no record and yet have more to give. */
static int device_snapshot_fill(struct device_snapshot *snapshot)
{
	struct taskmeter_snapshot *request = &snapshot->request;
	int r;

	do {
		r = snapshot_call(snapshot->snapshot.meter, request);
		if (r)
			return r;
		if (!snapshot->begun)
			snapshot->snapshot.token = request->token;
		snapshot->begun = 1;
	} while (!request->count && request->cursor);

	snapshot->snapshot.time_ns = request->time_ns;
	snapshot->next = 0;
	snapshot->ended = !request->cursor;
	return 0;
}

const struct taskmeter_record *tm_device_record_at(const char *records, uint32_t stride,
						   uint32_t index,
						   struct taskmeter_record *copy)
{
	const char *at = records + (size_t)index * stride;

	if (stride == sizeof(*copy))
		return (const struct taskmeter_record *)at;
	memcpy(copy, at, TASKMETER_RECORD_SIZE_VER2);
	return copy;
}

const struct taskmeter_histograms *
tm_device_histograms_at(const char *histograms, uint32_t stride, uint32_t index,
			struct taskmeter_histograms *copy)
{
	const char *at = histograms + (size_t)index * stride;

	if (stride == sizeof(*copy))
		return (const struct taskmeter_histograms *)at;
	memcpy(copy, at, TASKMETER_HISTOGRAMS_SIZE_VER1);
	return copy;
}

static int device_snapshot_next(struct tm_snapshot *base,
				const struct taskmeter_record **ret_record)
{
	struct device_snapshot *snapshot = (struct device_snapshot *)base;
	const struct taskmeter_snapshot *request = &snapshot->request;
	int r;

	if (snapshot->next == request->count) {
		if (snapshot->ended)
			return 0;
		r = device_snapshot_fill(snapshot);
		if (r)
			return r;
		if (!request->count)
			return 0;
	}
	if (snapshot->histograms)
		base->histograms = tm_device_histograms_at(snapshot->histograms,
							   request->histograms_stride,
							   snapshot->next, &snapshot->waits);
	*ret_record = tm_device_record_at(snapshot->records, request->stride,
					  snapshot->next++, &snapshot->record);
	return 1;
}

static int get_process(struct tm_meter *meter, uint32_t pid, uint32_t flags,
		       struct taskmeter_record *ret_record,
		       struct taskmeter_histograms *ret_histograms)
{
	struct tm_filter filter = {
		.flags = flags | TASKMETER_SNAPSHOT_PID,
		.pid = pid,
	};
	struct taskmeter_snapshot request;
	int r;

	/* The module does not write beyond the stride. */
	memset(ret_record, 0, sizeof(*ret_record));
	if (ret_histograms)
		memset(ret_histograms, 0, sizeof(*ret_histograms));
	request_init(&request, &filter, 1, ret_record, ret_histograms);
	do {
		r = snapshot_call(meter, &request);
		if (r)
			return r;
	} while (!request.count && request.cursor);
	return request.count ? 0 : -ESRCH;
}

/* The thread @tid among those that the filter lets through. */
static int find_thread(struct tm_meter *meter, const struct tm_filter *filter,
		       uint32_t tid, struct taskmeter_record *ret_record,
		       struct taskmeter_histograms *ret_histograms)
{
	const struct taskmeter_record *record;
	struct tm_snapshot *snapshot;
	int r;

	r = device_snapshot_new(meter, filter, &snapshot);
	if (r)
		return r;
	while ((r = device_snapshot_next(snapshot, &record)) > 0) {
		if (record->pid == tid) {
			*ret_record = *record;
			if (ret_histograms)
				*ret_histograms = *tm_snapshot_histograms(snapshot);
			break;
		}
	}
	device_snapshot_free(snapshot);
	return r > 0 ? 0 : r ? r : -ESRCH;
}

/*
 * The ioctl finds threads by their process only. Most often the main thread is
 * meant; else all threads have to be looked through for the process.
 */
static int get_thread(struct tm_meter *meter, uint32_t tid, uint32_t flags,
		      struct taskmeter_record *ret_record,
		      struct taskmeter_histograms *ret_histograms)
{
	struct tm_filter of_process = {
		.flags = flags | TASKMETER_SNAPSHOT_PID,
		.pid = tid,
	};
	struct tm_filter all = { .flags = TASKMETER_SNAPSHOT_THREADS };
	int r;

	r = find_thread(meter, &of_process, tid, ret_record, ret_histograms);
	if (r != -ESRCH)
		return r;
	r = find_thread(meter, &all, tid, ret_record, NULL);
	if (r)
		return r;
	of_process.pid = ret_record->tgid;
	return find_thread(meter, &of_process, tid, ret_record, ret_histograms);
}

static int device_get(struct tm_meter *meter, uint32_t pid, uint32_t flags,
		      struct taskmeter_record *ret_record,
		      struct taskmeter_histograms *ret_histograms)
{
	int r;

	if (ret_histograms)
		flags |= TASKMETER_SNAPSHOT_HISTOGRAMS;
	if (flags & TASKMETER_SNAPSHOT_THREADS)
		r = get_thread(meter, pid, flags, ret_record, ret_histograms);
	else
		r = get_process(meter, pid, flags, ret_record, ret_histograms);
	if (r == -ESRCH)
		tm_fail(meter, r, "there is no such task, or it may not be seen");
	return r;
}

/* The device has no call to change anything: only netlink has. */
static int open_netlink(struct tm_meter *meter, struct tm_meter **ret_netlink)
{
	int r = tm_netlink_open(ret_netlink);

	if (r)
		tm_fail(meter, r, "cannot reach the module by netlink: %m");
	return r;
}

static int close_netlink(struct tm_meter *meter, struct tm_meter *netlink, int r)
{
	if (r)
		tm_fail(meter, r, "%s", tm_error(netlink));
	tm_close(netlink);
	return r;
}

static int device_set(struct tm_meter *meter, enum tm_setting setting, int on)
{
	struct tm_meter *netlink;
	int r = open_netlink(meter, &netlink);

	return r ? r : close_netlink(meter, netlink,
				     netlink->ops->set(netlink, setting, on));
}

static int device_set_exit_log_bytes(struct tm_meter *meter, uint32_t bytes)
{
	struct tm_meter *netlink;
	int r = open_netlink(meter, &netlink);

	return r ? r : close_netlink(meter, netlink,
				     netlink->ops->set_exit_log_bytes(netlink, bytes));
}

static const struct tm_ops device_ops = {
	.close = device_close,
	.fd = device_fd,
	.info = device_info,
	.get = device_get,
	.set = device_set,
	.set_exit_log_bytes = device_set_exit_log_bytes,
	.snapshot_new = device_snapshot_new,
	.snapshot_next = device_snapshot_next,
	.snapshot_free = device_snapshot_free,
	.exits_new = tm_device_exits_new,
	.exits_next = tm_device_exits_next,
	.exits_free = tm_device_exits_free,
	.totals_new = tm_device_totals_new,
	.totals_next = tm_device_totals_next,
	.totals_free = tm_device_totals_free,
};

int tm_device_open(struct tm_meter **ret_meter)
{
	struct device_meter *device = calloc(1, sizeof(*device));
	int r;

	if (!device)
		return -ENOMEM;
	device->fd = open(TASKMETER_DEVICE, O_RDONLY | O_CLOEXEC);
	if (device->fd < 0) {
		r = errno == ENOENT || errno == ENXIO ? -ENODEV : -errno;
		free(device);
		return r;
	}
	device->meter.ops = &device_ops;
	*ret_meter = &device->meter;
	return 0;
}
