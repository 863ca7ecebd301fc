// SPDX-License-Identifier: GPL-2.0-or-later
/* See cgroup.h. */
#include "common/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#define STAT_SIZE	4096
#define STAT_FILE	"/cpu.stat"

/* Through all cgroups, until @found says true. */
struct walk {
	bool (*found)(void *context, uint64_t id, const char *path);
	void *context;
	char *path;
	size_t length;
	unsigned int left;
};

int cgroup_parse_line(const char *line, char path[static CGROUP_PATH_SIZE])
{
	static const char unified[] = "0::";
	size_t length;

	if (strncmp(line, unified, strlen(unified)) != 0)
		return -ENODATA;
	line += strlen(unified);
	length = strcspn(line, "\n");
	if (*line != '/')
		return -ENODATA;
	if (length >= CGROUP_PATH_SIZE)
		return -ENAMETOOLONG;
	memcpy(path, line, length);
	path[length] = '\0';
	return 0;
}

static int read_process(uint32_t pid, char path[static CGROUP_PATH_SIZE])
{
	char name[32], line[CGROUP_PATH_SIZE + 64];
	bool at_start = true;
	int r = -ENODATA;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%" PRIu32 "/cgroup", pid);
	file = fopen(name, "re");
	if (!file)
		return -errno;
	/* A line longer than the buffer goes on in the next piece. */
	while (r == -ENODATA && fgets(line, sizeof(line), file)) {
		if (at_start)
			r = cgroup_parse_line(line, path);
		at_start = strchr(line, '\n');
	}
	fclose(file);
	return r;
}

/* The root of the unified hierarchy: alone, or beside the older ones. */
static int open_root(void)
{
	static const char *const places[] = {
		"/sys/fs/cgroup", "/sys/fs/cgroup/unified",
	};
	struct statfs about;
	size_t i;
	int fd;

	for (i = 0; i < sizeof(places) / sizeof(*places); i++) {
		fd = open(places[i], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (!fstatfs(fd, &about) && about.f_type == CGROUP2_SUPER_MAGIC)
			return fd;
		close(fd);
	}
	return -ENODATA;
}

/* "..", as the path of a process outside the reader's cgroup namespace has it. */
static bool leads_out(const char *path)
{
	const char *at = path;

	while ((at = strstr(at, "/.."))) {
		at += strlen("/..");
		if (!*at || *at == '/')
			return true;
	}
	return false;
}

/* The file's content as a string, cut at its size; false if it is not there. */
static bool read_stat(int root, const char *path, size_t length,
		      char text[static STAT_SIZE])
{
	char name[CGROUP_PATH_SIZE + sizeof(STAT_FILE)];
	ssize_t n;
	int fd;

	snprintf(name, sizeof(name), "%.*s" STAT_FILE, (int)length - 1, path + 1);
	fd = openat(root, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, STAT_SIZE - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return true;
}

static bool find_value(const char *text, const char *key, uint64_t *ret_value)
{
	size_t length = strlen(key);

	while (text) {
		if (!strncmp(text, key, length) && text[length] == ' ')
			return sscanf(text + length, "%" SCNu64, ret_value) == 1;
		text = strchr(text, '\n');
		text = text ? text + 1 : NULL;
	}
	return false;
}

/* False if the group at the first @length bytes of the path counts nothing. */
static bool read_group(int root, const char *path, size_t length,
		       struct cgroup_throttling *ret_throttling)
{
	char text[STAT_SIZE];
	uint64_t usec;

	if (!read_stat(root, path, length, text) ||
	    !find_value(text, "nr_throttled", &ret_throttling->throttled_periods) ||
	    !find_value(text, "nr_periods", &ret_throttling->periods) ||
	    !find_value(text, "throttled_usec", &usec))
		return false;
	ret_throttling->throttled_ns = usec * 1000;
	ret_throttling->length = length;
	return true;
}

void cgroup_read_throttling(int root, const char *path,
			    struct cgroup_throttling *ret_throttling)
{
	struct cgroup_throttling group;
	size_t length;

	*ret_throttling = (struct cgroup_throttling) { 0 };
	if (leads_out(path))
		return;
	for (length = strlen(path); length > 1; length--) {
		if (path[length] && path[length] != '/')
			continue;
		if (!read_group(root, path, length, &group))
			continue;
		if (group.periods || !ret_throttling->length)
			*ret_throttling = group;
		if (group.periods)
			return;
	}
}

static int search(struct walk *walk, int fd, unsigned int depth);

/* 1 if it ended at this entry of the directory, or below it. */
static int search_entry(struct walk *walk, int directory, const struct dirent *entry,
			unsigned int depth)
{
	size_t length = walk->length, room = CGROUP_PATH_SIZE - length;
	int fd, found, n;

	if (entry->d_type != DT_DIR || !strcmp(entry->d_name, ".") ||
	    !strcmp(entry->d_name, ".."))
		return 0;
	n = snprintf(walk->path + length, room, "/%s", entry->d_name);
	walk->left--;
	if ((size_t)n >= room)
		return 0;
	if (walk->found(walk->context, entry->d_ino, walk->path))
		return 1;
	if (!depth)
		return 0;
	fd = openat(directory, entry->d_name,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	walk->length += (size_t)n;
	found = fd >= 0 && search(walk, fd, depth - 1);
	walk->length = length;
	return found;
}

/* 1 if it ended in or below the directory, which is closed in any case. */
static int search(struct walk *walk, int fd, unsigned int depth)
{
	DIR *directory = fdopendir(fd);
	struct dirent *entry;
	int found = 0;

	if (!directory) {
		close(fd);
		return 0;
	}
	while (!found && walk->left && (entry = readdir(directory)))
		found = search_entry(walk, fd, entry, depth);
	closedir(directory);
	return found;
}

static int walk_from(int root, struct walk *walk)
{
	struct stat about;
	int fd;

	if (fstat(root, &about) < 0)
		return 0;
	strcpy(walk->path, "/");
	if (walk->found(walk->context, about.st_ino, walk->path))
		return 1;
	fd = openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd >= 0 && search(walk, fd, CGROUP_WALK_DEPTH);
}

static bool is_wanted(void *context, uint64_t id, const char *path)
{
	(void)path;
	return id == *(const uint64_t *)context;
}

int cgroup_find(int root, uint64_t id, char path[static CGROUP_PATH_SIZE])
{
	struct walk walk = {
		.found = is_wanted, .context = &id, .path = path, .left = CGROUP_WALK_MAX,
	};

	return walk_from(root, &walk) ? 0 : -ENODATA;
}

void cgroup_walk(int root, bool (*found)(void *context, uint64_t id, const char *path),
		 void *context)
{
	char path[CGROUP_PATH_SIZE];
	struct walk walk = {
		.found = found, .context = context, .path = path, .left = CGROUP_WALK_MAX,
	};

	walk_from(root, &walk);
}

int cgroup_walk_all(bool (*found)(void *context, uint64_t id, const char *path),
		    void *context)
{
	int root = open_root();

	if (root < 0)
		return root;
	cgroup_walk(root, found, context);
	close(root);
	return 0;
}

int cgroup_of_process(uint32_t pid, struct cgroup *ret_cgroup)
{
	int r = read_process(pid, ret_cgroup->path), root;

	if (r)
		return r;
	ret_cgroup->throttling = (struct cgroup_throttling) { 0 };
	root = open_root();
	if (root >= 0) {
		cgroup_read_throttling(root, ret_cgroup->path, &ret_cgroup->throttling);
		close(root);
	}
	return 0;
}

int cgroup_of_id(uint64_t id, struct cgroup *ret_cgroup)
{
	int root = open_root(), r;

	if (root < 0)
		return root;
	r = cgroup_find(root, id, ret_cgroup->path);
	if (!r)
		cgroup_read_throttling(root, ret_cgroup->path, &ret_cgroup->throttling);
	close(root);
	return r;
}
