// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The public interface: checks arguments, calls the transport, and fits
 * results to the structures that the caller was compiled with.
 */
#include "lib/meter.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define GET_FLAGS	(TASKMETER_SNAPSHOT_THREADS | TASKMETER_SNAPSHOT_EXACT_RSS | \
			 TASKMETER_SNAPSHOT_STALLS)

/* Largest pid_t. */
#define PID_HIGHEST	0x7FFFFFFFU

int tm_fail(struct tm_meter *meter, int error, const char *format, ...)
{
	va_list arguments;

	errno = -error;
	va_start(arguments, format);
	vsnprintf(meter->error, sizeof(meter->error), format, arguments);
	va_end(arguments);
	return error;
}

/* What the module gave, in as many bytes as the caller has for it. */
static void fit(void *to, size_t to_size, const void *from, size_t from_size)
{
	size_t known = to_size < from_size ? to_size : from_size;

	memcpy(to, from, known);
	memset((char *)to + known, 0, to_size - known);
}

static uint32_t smaller(size_t size, uint32_t filled)
{
	return size < filled ? (uint32_t)size : filled;
}

static int check_version(struct tm_meter *meter)
{
	struct taskmeter_info info;
	int r = meter->ops->info(meter, &info);

	if (r == -ENOTTY || (!r && !info.abi_version))
		return -EPROTO;
	if (!r) {
		meter->info_size = info.size;
		meter->record_size = info.record_size;
	}
	return r;
}

/* Whether the module knows the scheduler meter and all that came with it. */
static int check_has_meter(struct tm_meter *meter, const char *what)
{
	if (meter->info_size < TASKMETER_INFO_SIZE_VER2)
		return tm_fail(meter, -EOPNOTSUPP,
			       "the loaded module is too old for %s", what);
	return 0;
}

int tm_check_flags(struct tm_meter *meter, uint32_t flags)
{
	int r = 0;

	if (flags & TASKMETER_SNAPSHOT_SINCE)
		r = check_has_meter(meter, "a snapshot of what was active");
	if (!r && flags & TASKMETER_SNAPSHOT_HISTOGRAMS)
		r = check_has_meter(meter, "histograms");
	if (!r && flags & TASKMETER_SNAPSHOT_STALLS &&
	    meter->record_size < TASKMETER_RECORD_SIZE_VER3)
		r = tm_fail(meter, -EOPNOTSUPP,
			    "the loaded module is too old for memory stalls");
	return r;
}

TM_PUBLIC int tm_open(enum tm_transport transport, struct tm_meter **ret_meter)
{
	struct tm_meter *meter;
	int r;

	switch (transport) {
	case TM_TRANSPORT_DEVICE:
		r = tm_device_open(&meter);
		break;
	case TM_TRANSPORT_NETLINK:
		r = tm_netlink_open(&meter);
		break;
	default:
		return -EINVAL;
	}
	if (r)
		return r;

	r = check_version(meter);
	if (r) {
		tm_close(meter);
		return r;
	}
	*ret_meter = meter;
	return 0;
}

TM_PUBLIC void tm_close(struct tm_meter *meter)
{
	if (meter)
		meter->ops->close(meter);
}

TM_PUBLIC int tm_fd(const struct tm_meter *meter)
{
	return meter->ops->fd(meter);
}

TM_PUBLIC const char *tm_error(const struct tm_meter *meter)
{
	return *meter->error ? meter->error : "no error";
}

TM_PUBLIC int tm_info(struct tm_meter *meter, struct taskmeter_info *ret_info,
		      size_t size)
{
	struct taskmeter_info info;
	int r;

	meter->error[0] = '\0';
	if (size < TASKMETER_INFO_SIZE_VER1)
		return tm_fail(meter, -EINVAL, "the size of the description is too small");
	r = meter->ops->info(meter, &info);
	if (r)
		return r;
	info.size = smaller(size, info.size);
	fit(ret_info, size, &info, sizeof(info));
	return 0;
}

static int check_get(struct tm_meter *meter, uint32_t pid, uint32_t flags)
{
	if (flags & ~GET_FLAGS)
		return tm_fail(meter, -EINVAL, "a flag is not known for one task");
	if (!pid || pid > PID_HIGHEST)
		return tm_fail(meter, -EINVAL, "the pid is out of range");
	return tm_check_flags(meter, flags);
}

static int check_record_size(struct tm_meter *meter, size_t size)
{
	if (size < TASKMETER_RECORD_SIZE_VER1)
		return tm_fail(meter, -EINVAL, "the size of the record is too small");
	return 0;
}

static void give_record(struct taskmeter_record *ret_record, size_t size,
			struct taskmeter_record *record)
{
	record->size = smaller(size, record->size);
	fit(ret_record, size, record, sizeof(*record));
}

TM_PUBLIC int tm_get(struct tm_meter *meter, uint32_t pid, uint32_t flags,
		     struct taskmeter_record *ret_record, size_t size)
{
	struct taskmeter_record record;
	int r;

	meter->error[0] = '\0';
	r = check_record_size(meter, size);
	if (!r)
		r = check_get(meter, pid, flags);
	if (!r)
		r = meter->ops->get(meter, pid, flags, &record, NULL);
	if (!r)
		give_record(ret_record, size, &record);
	return r;
}

TM_PUBLIC int tm_get_histograms(struct tm_meter *meter, uint32_t pid,
				uint32_t flags,
				struct taskmeter_record *ret_record,
				size_t record_size,
				struct taskmeter_histograms *ret_histograms,
				size_t histograms_size)
{
	struct taskmeter_histograms histograms;
	struct taskmeter_record record;
	int r;

	meter->error[0] = '\0';
	if (histograms_size < TASKMETER_HISTOGRAMS_SIZE_VER1)
		return tm_fail(meter, -EINVAL,
			       "the size of the histograms is too small");
	r = ret_record ? check_record_size(meter, record_size) : 0;
	if (!r)
		r = check_get(meter, pid, flags);
	if (!r)
		r = tm_check_flags(meter, TASKMETER_SNAPSHOT_HISTOGRAMS);
	if (!r)
		r = meter->ops->get(meter, pid, flags, &record, &histograms);
	if (r)
		return r;

	if (ret_record)
		give_record(ret_record, record_size, &record);
	histograms.size = smaller(histograms_size, histograms.size);
	fit(ret_histograms, histograms_size, &histograms, sizeof(histograms));
	return 0;
}

TM_PUBLIC int tm_set(struct tm_meter *meter, enum tm_setting setting, int on)
{
	int r;

	meter->error[0] = '\0';
	if ((unsigned int)setting > TM_SETTING_PROBE_TIME)
		return tm_fail(meter, -EINVAL, "there is no such setting");
	if (on != 0 && on != 1)
		return tm_fail(meter, -EINVAL, "a setting is either on, 1, or off, 0");
	r = check_has_meter(meter, "settings");
	return r ? r : meter->ops->set(meter, setting, on);
}

/* A value without its flag is a mistake of the caller, as for the module. */
static int check_filter(struct tm_meter *meter, const struct tm_filter *filter)
{
	if (filter->pid && !(filter->flags & TASKMETER_SNAPSHOT_PID))
		return tm_fail(meter, -EINVAL, "a pid is given without its flag");
	if (filter->uid && !(filter->flags & TASKMETER_SNAPSHOT_UID))
		return tm_fail(meter, -EINVAL, "a uid is given without its flag");
	if (filter->cgroup_id && !(filter->flags & TASKMETER_SNAPSHOT_CGROUP))
		return tm_fail(meter, -EINVAL, "a cgroup id is given without its flag");
	if (filter->flags & TASKMETER_SNAPSHOT_PID &&
	    (!filter->pid || filter->pid > PID_HIGHEST))
		return tm_fail(meter, -EINVAL, "the pid is out of range");
	return tm_check_flags(meter, filter->flags);
}

TM_PUBLIC int tm_snapshot_new(struct tm_meter *meter,
			      const struct tm_filter *filter,
			      struct tm_snapshot **ret_snapshot)
{
	static const struct tm_filter everything;
	int r;

	if (!filter)
		filter = &everything;
	meter->error[0] = '\0';
	r = check_filter(meter, filter);
	return r ? r : meter->ops->snapshot_new(meter, filter, ret_snapshot);
}

TM_PUBLIC int tm_snapshot_next(struct tm_snapshot *snapshot,
			       const struct taskmeter_record **ret_record)
{
	snapshot->meter->error[0] = '\0';
	return snapshot->meter->ops->snapshot_next(snapshot, ret_record);
}

TM_PUBLIC uint64_t tm_snapshot_time(const struct tm_snapshot *snapshot)
{
	return snapshot->time_ns;
}

TM_PUBLIC const struct taskmeter_histograms *
tm_snapshot_histograms(const struct tm_snapshot *snapshot)
{
	return snapshot->histograms;
}

TM_PUBLIC uint64_t tm_snapshot_token(const struct tm_snapshot *snapshot)
{
	return snapshot->token;
}

TM_PUBLIC void tm_snapshot_free(struct tm_snapshot *snapshot)
{
	if (snapshot)
		snapshot->meter->ops->snapshot_free(snapshot);
}
