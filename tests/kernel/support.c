// SPDX-License-Identifier: GPL-2.0-or-later
/* See support.h. */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static bool forked;

void support_forked(void)
{
	forked = true;
}

void support_fail(const char *file, int line, const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	if (!forked)
		ck_abort_msg("%s:%d: %s", file, line, text);
	dprintf(STDOUT_FILENO, "%s:%d: in process %d: %s\n", file, line, getpid(), text);
	_exit(99);
}

int test_scale(void)
{
	const char *scale = getenv("TASKMETER_TEST_SCALE");

	return scale && atoi(scale) > 0 ? atoi(scale) : 1;
}

TCase *test_case_add(Suite *suite, const char *name, int seconds)
{
	TCase *test_case = tcase_create(name);

	tcase_set_timeout(test_case, (double)seconds * test_scale());
	suite_add_tcase(suite, test_case);
	return test_case;
}

void *shared_alloc(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	must(memory != MAP_FAILED);
	return memory;
}

uint64_t clock_ns(int clock)
{
	struct timespec now;

	must(!clock_gettime(clock, &now));
	return now.tv_sec * NSEC_PER_SEC + now.tv_nsec;
}

void sleep_ms(unsigned int ms)
{
	struct timespec rest = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&rest, &rest) && errno == EINTR)
		;
}

void file_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		test_fail("cannot write %s to %s: %s", text, path, strerror(errno));
	close(fd);
}

size_t file_read(const char *path, char *buffer, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t length = 0;
	ssize_t n;

	if (fd < 0)
		test_fail("cannot open %s: %s", path, strerror(errno));
	while (length < size - 1 &&
	       (n = read(fd, buffer + length, size - 1 - length)) > 0)
		length += n;
	close(fd);
	buffer[length] = '\0';
	return length;
}

bool file_contains(const char *path, const char *text)
{
	bool found = false;
	char line[4096];
	FILE *file = fopen(path, "re");

	if (!file)
		return false;
	while (!found && fgets(line, sizeof(line), file))
		found = strstr(line, text);
	fclose(file);
	return found;
}

void program_path(char *buffer, size_t size, const char *name)
{
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	must(length > 0);
	self[length] = '\0';
	*strrchr(self, '/') = '\0';
	must(snprintf(buffer, size, "%s/%s", self, name) < (int)size);
	if (access(buffer, X_OK))
		test_fail("%s is missing: it is built where the compiler can", buffer);
}

/* Its exit status as of waitpid(2). */
static int command_status(char *const argv[], char *buffer, size_t size)
{
	size_t length = 0;
	int pipes[2], status;
	ssize_t n;
	pid_t pid;

	must(!pipe2(pipes, O_CLOEXEC));
	pid = fork();
	must(pid >= 0);
	if (!pid) {
		dup2(pipes[1], STDOUT_FILENO);
		execvp(argv[0], argv);
		_exit(127);
	}
	close(pipes[1]);
	while (length < size - 1 &&
	       (n = read(pipes[0], buffer + length, size - 1 - length)) > 0)
		length += n;
	close(pipes[0]);
	buffer[length] = '\0';
	must(waitpid(pid, &status, 0) == pid);
	return status;
}

bool command_succeeds(char *const argv[], char *buffer, size_t size)
{
	return !command_status(argv, buffer, size);
}

void command_output(char *const argv[], char *buffer, size_t size)
{
	int status = command_status(argv, buffer, size);

	if (status)
		test_fail("%s ended with status %#x; output: %s", argv[0], status, buffer);
}

void command_run(char *const argv[])
{
	char output[4096];

	command_output(argv, output, sizeof(output));
}

int device_open(void)
{
	int device = open(TASKMETER_DEVICE, O_RDONLY | O_CLOEXEC);

	if (device < 0)
		test_fail("cannot open %s: %s", TASKMETER_DEVICE, strerror(errno));
	return device;
}

struct taskmeter_info device_info(int device)
{
	struct taskmeter_info info = { .size = sizeof(info) };

	if (ioctl(device, TASKMETER_IOCTL_INFO, &info))
		test_fail("TASKMETER_IOCTL_INFO: %s", strerror(errno));
	return info;
}

void info_blank(struct taskmeter_info *info)
{
	info->token = 0;
	info->tracked_threads = 0;
}

void records_add(struct records *records, const struct taskmeter_record *record)
{
	/* The size is doubled at each power of two. */
	if (!(records->count & (records->count - 1))) {
		size_t room = records->count ? records->count * 2 : 1;

		records->record = realloc(records->record, room * sizeof(*record));
		must(records->record);
	}
	records->record[records->count++] = *record;
}

void records_free(struct records *records)
{
	free(records->record);
	*records = (struct records){ 0 };
}

const struct taskmeter_record *records_find(const struct records *records,
					    pid_t pid)
{
	size_t low = 0, high = records->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (records->record[middle].pid < (uint32_t)pid)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < records->count && records->record[low].pid == (uint32_t)pid)
		return &records->record[low];
	return NULL;
}

void records_check_order(const struct records *records)
{
	for (size_t i = 1; i < records->count; i++)
		if (records->record[i - 1].pid >= records->record[i].pid)
			test_fail("record %zu of %zu: pid %u follows %u", i, records->count,
			     records->record[i].pid, records->record[i - 1].pid);
}

void device_snapshot(int device, const struct taskmeter_snapshot *filter,
		     size_t chunk, struct records *records)
{
	struct taskmeter_record *buffer = calloc(chunk, sizeof(*buffer));
	struct taskmeter_snapshot snapshot = { 0 };

	must(buffer);
	if (filter)
		snapshot = *filter;
	snapshot.size = sizeof(snapshot);
	snapshot.buffer = (uintptr_t)buffer;
	snapshot.buffer_size = chunk * sizeof(*buffer);
	snapshot.stride = sizeof(*buffer);
	snapshot.cursor = 0;
	*records = (struct records){ 0 };
	do {
		if (ioctl(device, TASKMETER_IOCTL_SNAPSHOT, &snapshot))
			test_fail("TASKMETER_IOCTL_SNAPSHOT: %s", strerror(errno));
		must(snapshot.count <= chunk);
		for (uint32_t i = 0; i < snapshot.count; i++)
			records_add(records, &buffer[i]);
	} while (snapshot.cursor);
	free(buffer);
}

bool device_get(int device, pid_t tgid, pid_t pid, uint32_t flags,
		struct taskmeter_record *ret_record)
{
	struct taskmeter_snapshot filter = {
		.flags = flags | TASKMETER_SNAPSHOT_PID,
		.pid = tgid,
	};
	const struct taskmeter_record *record;
	struct records records;

	device_snapshot(device, &filter, 64, &records);
	record = records_find(&records, pid);
	if (record)
		*ret_record = *record;
	records_free(&records);
	return record;
}
