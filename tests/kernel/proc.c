// SPDX-License-Identifier: GPL-2.0-or-later
/* See proc.h: reading /proc. */
#include "proc.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "support.h"

#define TEXT_SIZE 8192

static size_t read_text(pid_t tgid, pid_t tid, const char *name, char *text)
{
	char path[96];

	if (tid)
		snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", tgid, tid, name);
	else
		snprintf(path, sizeof(path), "/proc/%d/%s", tgid, name);
	return file_read(path, text, TEXT_SIZE);
}

bool proc_value(const char *text, const char *name, long long *ret_value)
{
	size_t length = strlen(name);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, name, length))
			continue;
		if (line[length] != ':' && line[length] != ' ')
			continue;
		*ret_value = strtoll(strchr(line, ':') + 1, NULL, 10);
		return true;
	}
	return false;
}

static long long need_value(const char *text, const char *name)
{
	long long value;

	if (!proc_value(text, name, &value))
		test_fail("no \"%s:\" in %.200s", name, text);
	return value;
}

uint64_t proc_inode(const char *path)
{
	struct stat stat_buffer;

	if (stat(path, &stat_buffer))
		test_fail("cannot stat %s", path);
	return stat_buffer.st_ino;
}

/* Numbers of /proc/PID/stat from the third field on; proc(5) counts from 1. */
enum {
	STAT_PPID = 4, STAT_MINFLT = 10, STAT_MAJFLT = 12, STAT_UTIME = 14,
	STAT_STIME = 15, STAT_PRIORITY = 18, STAT_NICE = 19, STAT_THREADS = 20,
	STAT_START_TIME = 22, STAT_CPU = 39, STAT_RT_PRIORITY = 40, STAT_POLICY = 41,
	STAT_FIELDS,
};

static void read_stat(pid_t tgid, pid_t tid, struct taskmeter_record *record)
{
	const uint64_t tick = NSEC_PER_SEC / sysconf(_SC_CLK_TCK);
	long long values[STAT_FIELDS];
	char text[TEXT_SIZE], *at;
	size_t length;

	read_text(tgid, tid, "stat", text);
	at = strrchr(text, ')');
	must(at && at[1] == ' ');
	length = at - strchr(text, '(') - 1;
	/* Names of kernel threads are longer here. */
	if (length >= sizeof(record->comm))
		length = sizeof(record->comm) - 1;
	memcpy(record->comm, strchr(text, '(') + 1, length);
	record->state = at[2];
	at += 3;
	for (int i = STAT_PPID; i < STAT_FIELDS; i++)
		values[i] = strtoll(at, &at, 10);
	record->ppid = values[STAT_PPID];
	record->minor_faults = values[STAT_MINFLT];
	record->major_faults = values[STAT_MAJFLT];
	record->user_ns = values[STAT_UTIME] * tick;
	record->system_ns = values[STAT_STIME] * tick;
	record->priority = values[STAT_PRIORITY];
	record->nice = values[STAT_NICE];
	record->threads = values[STAT_THREADS];
	record->start_time_ns = values[STAT_START_TIME] * tick;
	record->cpu = values[STAT_CPU];
	record->rt_priority = values[STAT_RT_PRIORITY];
	record->policy = values[STAT_POLICY];
}

static void read_ids(const char *status, const char *name, uint32_t *ret_real,
		     uint32_t *ret_effective)
{
	const char *line = strstr(status, name);

	must(line && sscanf(line + strlen(name), "%u %u", ret_real, ret_effective) == 2);
}

static const struct {
	const char *name;
	size_t offset;
} memory_lines[] = {
	{ "RssAnon", offsetof(struct taskmeter_record, rss_anon_bytes) },
	{ "RssFile", offsetof(struct taskmeter_record, rss_file_bytes) },
	{ "RssShmem", offsetof(struct taskmeter_record, rss_shmem_bytes) },
	{ "VmSwap", offsetof(struct taskmeter_record, swap_bytes) },
	{ "VmHWM", offsetof(struct taskmeter_record, rss_peak_bytes) },
	{ "VmSize", offsetof(struct taskmeter_record, vm_bytes) },
	{ "VmPeak", offsetof(struct taskmeter_record, vm_peak_bytes) },
	{ "VmData", offsetof(struct taskmeter_record, vm_data_bytes) },
	{ "VmStk", offsetof(struct taskmeter_record, vm_stack_bytes) },
	{ "VmExe", offsetof(struct taskmeter_record, vm_exe_bytes) },
	{ "VmLib", offsetof(struct taskmeter_record, vm_lib_bytes) },
	{ "VmLck", offsetof(struct taskmeter_record, vm_locked_bytes) },
	{ "VmPin", offsetof(struct taskmeter_record, vm_pinned_bytes) },
	{ "VmPTE", offsetof(struct taskmeter_record, page_table_bytes) },
};

static void read_status(pid_t tgid, pid_t tid, struct taskmeter_record *record)
{
	char text[TEXT_SIZE];
	long long value;

	read_text(tgid, tid, "status", text);
	record->pid = need_value(text, "Pid");
	record->tgid = need_value(text, "Tgid");
	read_ids(text, "\nUid:", &record->uid, &record->euid);
	read_ids(text, "\nGid:", &record->gid, &record->egid);
	if (!proc_value(text, "VmSize", &value))
		return;
	record->available |= TASKMETER_AVAILABLE_MEMORY | TASKMETER_AVAILABLE_RSS_PEAK;
	for (size_t i = 0; i < ARRAY_SIZE(memory_lines); i++) {
		uint64_t bytes = need_value(text, memory_lines[i].name) * 1024;

		memcpy((char *)record + memory_lines[i].offset, &bytes, sizeof(bytes));
	}
}

/* The id is the inode number of the directory in the unified hierarchy. */
static void read_cgroup(pid_t tgid, pid_t tid, struct taskmeter_record *record)
{
	char text[TEXT_SIZE], path[TEXT_SIZE + 32], *line;

	read_text(tgid, tid, "cgroup", text);
	line = strstr(text, "0::/");
	must(line);
	line[strcspn(line, "\n")] = '\0';
	snprintf(path, sizeof(path), "/sys/fs/cgroup%s", line + 3);
	record->cgroup_id = proc_inode(path);
}

static void read_io(pid_t tgid, pid_t tid, struct taskmeter_record *record)
{
	char text[TEXT_SIZE];

	read_text(tgid, tid, "io", text);
	record->io_read_chars_bytes = need_value(text, "rchar");
	record->io_write_chars_bytes = need_value(text, "wchar");
	record->io_read_syscalls = need_value(text, "syscr");
	record->io_write_syscalls = need_value(text, "syscw");
	record->io_read_bytes = need_value(text, "read_bytes");
	record->io_write_bytes = need_value(text, "write_bytes");
	record->io_cancelled_write_bytes = need_value(text, "cancelled_write_bytes");
}

struct proc_schedstat proc_schedstat(pid_t tgid, pid_t tid)
{
	struct proc_schedstat stat;
	char text[TEXT_SIZE];

	read_text(tgid, tid, "schedstat", text);
	must(sscanf(text, "%llu %llu %llu", &stat.run_ns, &stat.run_delay_ns,
		    &stat.timeslices) == 3);
	return stat;
}

/* What /proc tells of threads only. */
static void add_thread(pid_t tgid, pid_t tid, struct taskmeter_record *record)
{
	struct proc_schedstat stat = proc_schedstat(tgid, tid);
	char text[TEXT_SIZE];

	record->run_ns += stat.run_ns;
	record->run_delay_ns += stat.run_delay_ns;
	record->timeslices += stat.timeslices;
	read_text(tgid, tid, "status", text);
	record->voluntary_switches += need_value(text, "voluntary_ctxt_switches");
	record->involuntary_switches += need_value(text, "nonvoluntary_ctxt_switches");
	read_text(tgid, tid, "sched", text);
	record->migrations += need_value(text, "se.nr_migrations");
}

size_t proc_threads(pid_t tgid, pid_t *tids, size_t max)
{
	struct dirent *entry;
	size_t count = 0;
	char path[64];
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%d/task", tgid);
	dir = opendir(path);
	must(dir);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		must(count < max);
		tids[count++] = atoi(entry->d_name);
	}
	closedir(dir);
	return count;
}

static void read_threads(pid_t tgid, struct taskmeter_record *record)
{
	pid_t tids[256];
	size_t count = proc_threads(tgid, tids, ARRAY_SIZE(tids));

	for (size_t i = 0; i < count; i++)
		add_thread(tgid, tids[i], record);
}

uint64_t proc_run_ns(pid_t tgid)
{
	clockid_t clock;

	must(!clock_getcpuclockid(tgid, &clock));
	return clock_ns(clock);
}

static uint32_t read_namespace(pid_t tgid, pid_t tid)
{
	char path[96];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/ns/pid", tgid, tid ? tid : tgid);
	return proc_inode(path);
}

void proc_read(pid_t tgid, pid_t tid, struct taskmeter_record *record)
{
	char text[TEXT_SIZE];

	memset(record, 0, sizeof(*record));
	record->size = sizeof(*record);
	record->available = TASKMETER_AVAILABLE_CGROUP | TASKMETER_AVAILABLE_RUN_DELAY |
			    TASKMETER_AVAILABLE_IO_CHARS | TASKMETER_AVAILABLE_IO;
	read_stat(tgid, tid, record);
	read_status(tgid, tid, record);
	read_cgroup(tgid, tid, record);
	read_io(tgid, tid, record);
	read_text(tgid, tid, "oom_score_adj", text);
	record->oom_score_adj = atoi(text);
	record->pid_namespace = read_namespace(tgid, tid);
	if (tid) {
		add_thread(tgid, tid, record);
	} else {
		read_threads(tgid, record);
		record->run_ns = proc_run_ns(tgid);
	}
}
