// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The cgroup of a process: lines of /proc/PID/cgroup, finding one by its id, and
 * whose cpu.stat counts, in a directory that stands for the hierarchy.
 */
#include "common/cgroup.h"
#include "suite.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define STAT(periods, throttled, usec) \
	"usage_usec 1\nnr_periods " #periods "\nnr_throttled " #throttled \
	"\nthrottled_usec " #usec "\nnr_bursts 0\n"

struct tree {
	char place[32];
	int root;
};

static void tree_make(struct tree *tree)
{
	strcpy(tree->place, "/tmp/test-cgroup-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(tree->place));
	tree->root = open(tree->place, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(tree->root, 0);
}

static void empty_directory(int fd)
{
	DIR *directory = fdopendir(fd);
	struct dirent *entry;
	int below;

	ck_assert_ptr_nonnull(directory);
	while ((entry = readdir(directory))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, "..") ||
		    !unlinkat(fd, entry->d_name, 0))
			continue;
		below = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ck_assert_int_ge(below, 0);
		empty_directory(below);
		ck_assert_int_eq(unlinkat(fd, entry->d_name, AT_REMOVEDIR), 0);
	}
	closedir(directory);
}

static void tree_remove(struct tree *tree)
{
	empty_directory(tree->root);
	ck_assert_int_eq(rmdir(tree->place), 0);
}

/* A group, with this cpu.stat unless it is NULL. Returns its inode number. */
static uint64_t add_group(const struct tree *tree, const char *path, const char *stat)
{
	char name[256];
	struct stat about;
	int fd;

	ck_assert_int_eq(mkdirat(tree->root, path + 1, 0755), 0);
	ck_assert_int_eq(fstatat(tree->root, path + 1, &about, 0), 0);
	if (stat) {
		snprintf(name, sizeof(name), "%s/cpu.stat", path + 1);
		fd = openat(tree->root, name, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
		ck_assert_int_ge(fd, 0);
		ck_assert_int_eq(write(fd, stat, strlen(stat)), (ssize_t)strlen(stat));
		close(fd);
	}
	return about.st_ino;
}

START_TEST(lines)
{
	static const struct {
		const char *line;
		int result;
		const char *path;
	} cases[] = {
		{ "0::/\n", 0, "/" },
		{ "0::/system.slice/a.service\n", 0, "/system.slice/a.service" },
		{ "0::/no newline", 0, "/no newline" },
		{ "0::/a:b::c/\xff\033[2J\n", 0, "/a:b::c/\xff\033[2J" },
		{ "0::/../outside\n", 0, "/../outside" },
		{ "0::\n", -ENODATA, NULL },
		{ "0::a\n", -ENODATA, NULL },
		{ "1:name=systemd:/a\n", -ENODATA, NULL },
		{ "10::/a\n", -ENODATA, NULL },
		{ "", -ENODATA, NULL },
	};
	char path[CGROUP_PATH_SIZE] = "?";

	ck_assert_int_eq(cgroup_parse_line(cases[_i].line, path), cases[_i].result);
	ck_assert_str_eq(path, cases[_i].path ? cases[_i].path : "?");
}
END_TEST

START_TEST(long_lines)
{
	char line[CGROUP_PATH_SIZE + 16], path[CGROUP_PATH_SIZE];

	memset(line, 'a', sizeof(line));
	memcpy(line, "0::/", 4);
	line[3 + CGROUP_PATH_SIZE] = '\0';
	ck_assert_int_eq(cgroup_parse_line(line, path), -ENAMETOOLONG);
	line[3 + CGROUP_PATH_SIZE - 1] = '\0';
	ck_assert_int_eq(cgroup_parse_line(line, path), 0);
	ck_assert_uint_eq(strlen(path), CGROUP_PATH_SIZE - 1);
}
END_TEST

/* The nearest group with a limit, or else the nearest that counts at all. */
START_TEST(throttling)
{
	static const struct {
		const char *path;
		size_t length;
		uint64_t periods;
		uint64_t throttled;
		uint64_t ns;
	} cases[] = {
		{ "/limited", 8, 10, 3, 4000 },
		{ "/limited/plain", 8, 10, 3, 4000 },
		{ "/limited/plain/gone", 8, 10, 3, 4000 },
		{ "/limited/counts", 8, 10, 3, 4000 },
		{ "/limited/own", 12, 7, 0, 0 },
		{ "/counts", 7, 0, 0, 0 },
		{ "/counts/counts", 14, 0, 0, 0 },
		{ "/plain", 0, 0, 0, 0 },
		{ "/odd", 0, 0, 0, 0 },
		{ "/", 0, 0, 0, 0 },
		{ "/../limited", 0, 0, 0, 0 },
		{ "/limited/..", 0, 0, 0, 0 },
		{ "/limited/..x", 8, 10, 3, 4000 },
	};
	struct cgroup_throttling is;
	struct tree tree;

	tree_make(&tree);
	add_group(&tree, "/limited", STAT(10, 3, 4));
	add_group(&tree, "/limited/plain", "usage_usec 5\n");
	add_group(&tree, "/limited/counts", STAT(0, 0, 0));
	add_group(&tree, "/limited/own", STAT(7, 0, 0));
	add_group(&tree, "/counts", STAT(0, 0, 0));
	add_group(&tree, "/counts/counts", STAT(0, 0, 0));
	add_group(&tree, "/plain", NULL);
	add_group(&tree, "/odd", "nr_periods x\nnr_throttled\nxthrottled_usec 1\n");
	cgroup_read_throttling(tree.root, cases[_i].path, &is);
	tree_remove(&tree);

	ck_assert_uint_eq(is.length, cases[_i].length);
	ck_assert_uint_eq(is.periods, cases[_i].periods);
	ck_assert_uint_eq(is.throttled_periods, cases[_i].throttled);
	ck_assert_uint_eq(is.throttled_ns, cases[_i].ns);
}
END_TEST

START_TEST(found_by_id)
{
	static const char *const paths[] = {
		"/a", "/a/b", "/a/b/.c", "/a/\xff\033x", "/d",
	};
	char path[CGROUP_PATH_SIZE], *deep;
	struct tree tree;
	struct stat about;
	uint64_t ids[5];
	size_t i;

	tree_make(&tree);
	for (i = 0; i < 5; i++)
		ids[i] = add_group(&tree, paths[i], STAT(0, 0, 0));
	for (i = 0; i < 5; i++) {
		ck_assert_int_eq(cgroup_find(tree.root, ids[i], path), 0);
		ck_assert_str_eq(path, paths[i]);
	}
	ck_assert_int_eq(fstat(tree.root, &about), 0);
	ck_assert_int_eq(cgroup_find(tree.root, about.st_ino, path), 0);
	ck_assert_str_eq(path, "/");
	ck_assert_int_eq(cgroup_find(tree.root, UINT64_MAX, path), -ENODATA);
	/* Files are no groups. */
	ck_assert_int_eq(fstatat(tree.root, "a/cpu.stat", &about, 0), 0);
	ck_assert_int_eq(cgroup_find(tree.root, about.st_ino, path), -ENODATA);

	/* A path that is too long for the buffer is not told in part. */
	ck_assert_int_eq(chdir(tree.place), 0);
	deep = malloc(201);
	memset(deep, 'x', 200);
	deep[200] = '\0';
	for (i = 0; i < 25; i++) {
		ck_assert_int_eq(mkdir(deep, 0755), 0);
		ck_assert_int_eq(chdir(deep), 0);
	}
	free(deep);
	ck_assert_int_eq(stat(".", &about), 0);
	ck_assert_int_eq(cgroup_find(tree.root, about.st_ino, path), -ENODATA);
	ck_assert_int_eq(chdir("/"), 0);
	tree_remove(&tree);
}
END_TEST

struct walked {
	unsigned int count;
	unsigned int end_at;
	uint64_t sum;
};

static bool on_cgroup(void *context, uint64_t id, const char *path)
{
	struct walked *walked = context;

	ck_assert_int_eq(path[0], '/');
	walked->sum += id;
	return ++walked->count == walked->end_at;
}

START_TEST(all_are_walked)
{
	struct walked walked = { 0 };
	struct tree tree;
	struct stat about;
	uint64_t sum;

	tree_make(&tree);
	ck_assert_int_eq(fstat(tree.root, &about), 0);
	sum = about.st_ino;
	sum += add_group(&tree, "/a", STAT(0, 0, 0));
	sum += add_group(&tree, "/a/b", STAT(0, 0, 0));
	sum += add_group(&tree, "/c", STAT(0, 0, 0));
	cgroup_walk(tree.root, on_cgroup, &walked);
	ck_assert_uint_eq(walked.count, 4);
	ck_assert_uint_eq(walked.sum, sum);
	walked = (struct walked) { .end_at = 2 };
	cgroup_walk(tree.root, on_cgroup, &walked);
	ck_assert_uint_eq(walked.count, 2);
	tree_remove(&tree);
}
END_TEST

/* Of twice as many groups as are looked through, about half are found. */
START_TEST(search_is_bounded_in_number)
{
	static uint64_t ids[2 * CGROUP_WALK_MAX];
	char name[32], path[CGROUP_PATH_SIZE];
	unsigned int i, found = 0;
	struct tree tree;

	tree_make(&tree);
	for (i = 0; i < 2 * CGROUP_WALK_MAX; i++) {
		snprintf(name, sizeof(name), "/%u", i);
		ids[i] = add_group(&tree, name, NULL);
	}
	for (i = 0; i < 2 * CGROUP_WALK_MAX; i += CGROUP_WALK_MAX / 10)
		found += !cgroup_find(tree.root, ids[i], path);
	tree_remove(&tree);
	ck_assert_uint_gt(found, 2);
	ck_assert_uint_lt(found, 18);
}
END_TEST

START_TEST(search_is_bounded_in_depth)
{
	char path[CGROUP_PATH_SIZE] = "";
	uint64_t deepest = 0;
	struct tree tree;
	unsigned int i;

	tree_make(&tree);
	for (i = 0; i < CGROUP_WALK_DEPTH + 10; i++) {
		strcat(path, "/x");
		deepest = add_group(&tree, path, NULL);
	}
	ck_assert_int_eq(cgroup_find(tree.root, deepest, path), -ENODATA);
	tree_remove(&tree);
}
END_TEST

START_TEST(no_such_process)
{
	static struct cgroup cgroup;

	ck_assert_int_eq(cgroup_of_process(UINT32_MAX, &cgroup), -ENOENT);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("cgroup");
	TCase *test_case = tcase_create("cgroup");

	tcase_set_timeout(test_case, 30);
	tcase_add_loop_test(test_case, lines, 0, 10);
	tcase_add_test(test_case, long_lines);
	tcase_add_loop_test(test_case, throttling, 0, 13);
	tcase_add_test(test_case, found_by_id);
	tcase_add_test(test_case, all_are_walked);
	tcase_add_test(test_case, search_is_bounded_in_number);
	tcase_add_test(test_case, search_is_bounded_in_depth);
	tcase_add_test(test_case, no_such_process);
	suite_add_tcase(suite, test_case);
	return suite_main(suite, argc, argv);
}
