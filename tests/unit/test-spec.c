// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The netlink specification for the kernel tree's tools and the header that the
 * module is built with are kept by hand. Proves that both name the same
 * attributes, commands and enumerators in the same order, and so with the same values, and
 * that the types are those in the header's comments. Runs in the root of the tree.
 */
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "suite.h"

#define HEADER	"include/uapi/linux/taskmeter.h"
#define SPEC	"include/uapi/linux/taskmeter.yaml"

#define MAX_NAMES	64

struct names {
	unsigned int count;
	char name[MAX_NAMES][64];
	char type[MAX_NAMES][128];
};

static FILE *open_file(const char *path)
{
	FILE *file = fopen(path, "r");

	ck_assert_msg(file, "cannot read %s: run this in the root of the tree", path);
	return file;
}

static void add_name(struct names *names, const char *prefix, const char *name)
{
	char *to = names->name[names->count];
	size_t i;

	ck_assert_uint_lt(names->count, MAX_NAMES);
	snprintf(to, sizeof(names->name[0]), "%s%s", prefix, name);
	for (i = 0; to[i]; i++)
		to[i] = to[i] == '-' ? '_' : toupper((unsigned char)to[i]);
	names->count++;
}

static void set_type(struct names *names, const char *before, const char *type)
{
	snprintf(names->type[names->count - 1], sizeof(names->type[0]), "%s%s", before, type);
}

/* What stands in the comment up to a comma or colon; without one it is u64. */
static void set_header_type(struct names *names, const char *line)
{
	const char *name = names->name[names->count - 1];
	const char *comment = strstr(line, "/* ");
	char type[64] = "u64";

	if (comment && sscanf(comment, "/* %63[^,:*]", type) == 1)
		type[strcspn(type, "*")] = '\0';
	while (*type && type[strlen(type) - 1] == ' ')
		type[strlen(type) - 1] = '\0';
	set_type(names, "", !strcmp(name + strlen(name) - 4, "_PAD") ? "pad" : type);
}

/* Enumerators that begin with @prefix, as they stand. */
static void read_header(const char *prefix, struct names *names)
{
	FILE *file = open_file(HEADER);
	char line[256], name[64];

	while (fgets(line, sizeof(line), file))
		if (sscanf(line, "\t%63[A-Z0-9_]", name) == 1 &&
		    !strncmp(name, prefix, strlen(prefix)) &&
		    strncmp(name + strlen(prefix), "MAX", 3)) {
			add_name(names, "", name);
			set_header_type(names, line);
		}
	fclose(file);
}

/*
 * The names in the list that follows the line @begin: its entries are indented by
 * @depth; it ends at the next "-" that stands further left, or where a line does
 * that is not the list's own heading.
 */
static void read_spec(const char *begin, int depth, const char *prefix,
		      struct names *names)
{
	FILE *file = open_file(SPEC);
	char line[256], name[64], key[64];
	bool inside = false;

	while (fgets(line, sizeof(line), file)) {
		int indent = strspn(line, " ");

		if (!inside)
			inside = !strcmp(line, begin);
		else if (indent < depth - 2 && sscanf(line, " %63[a-z]", key) == 1)
			inside = !strcmp(key, "attributes") || !strcmp(key, "list");
		else if (indent < depth - 2)
			inside = false;
		else if (indent == depth && sscanf(line, " name: %63s", name) == 1)
			add_name(names, prefix, name);
		else if (indent == depth && sscanf(line, " type: %63s", name) == 1)
			set_type(names, "", name);
		else if (indent == depth && sscanf(line, " sub-type: %63s", name) == 1)
			set_type(names, "array of ", name);
	}
	fclose(file);
}

static void compare(const struct names *header, const struct names *spec)
{
	unsigned int i;

	ck_assert_uint_gt(header->count, 0);
	for (i = 0; i < header->count && i < spec->count; i++)
		ck_assert_str_eq(header->name[i], spec->name[i]);
	ck_assert_uint_eq(header->count, spec->count);
}

static const char *const sets[] = {
	"info", "task", "sched", "memory", "fault", "io", "meter", "histograms", "stall",
	"config", "exit", "total", "subscribe", "event",
};

START_TEST(attributes)
{
	struct names header = { 0 }, spec = { 0 };
	char begin[64], prefix[64] = "TASKMETER_A_";
	const char *set = sets[_i];
	size_t i, base = strlen(prefix);

	for (i = 0; set[i]; i++)
		prefix[base + i] = toupper((unsigned char)set[i]);
	strcat(prefix, "_");
	snprintf(begin, sizeof(begin), "    name-prefix: taskmeter-a-%s-\n", set);

	read_header(prefix, &header);
	read_spec(begin, 8, prefix, &spec);
	compare(&header, &spec);
	for (i = 0; i < header.count; i++)
		ck_assert_msg(!strcmp(header.type[i], spec.type[i]), "%s is %s, not %s",
			      header.name[i], header.type[i], spec.type[i]);
}
END_TEST

START_TEST(commands)
{
	struct names header = { 0 }, spec = { 0 };

	read_header("TASKMETER_CMD_", &header);
	read_spec("  name-prefix: taskmeter-cmd-\n", 6, "TASKMETER_CMD_", &spec);
	compare(&header, &spec);
}
END_TEST

/* The entries, one to a line, of the definition @name. */
static void read_entries(const char *name, const char *prefix, struct names *names)
{
	FILE *file = open_file(SPEC);
	char line[256], begin[64], entry[64];
	bool inside = false;

	snprintf(begin, sizeof(begin), "    name: %s\n", name);
	while (fgets(line, sizeof(line), file))
		if (!inside)
			inside = !strcmp(line, begin);
		else if (sscanf(line, "      - %63[a-z-]", entry) == 1)
			add_name(names, prefix, entry);
		else if (strspn(line, " ") < 4)
			inside = false;
	fclose(file);
}

/* Names with the same prefix in the header may be several definitions. */
static const struct {
	const char *prefix;
	const char *names[2];
} definitions[] = {
	{ "TASKMETER_EXIT_", { "exit-flags" } },
	{ "TASKMETER_TOTAL_", { "total-kind", "total-flags" } },
	{ "TASKMETER_EVENT_", { "event" } },
	{ "TASKMETER_STATE_", { "state" } },
	{ "TASKMETER_AVAILABLE_", { "available" } },
};

START_TEST(enumerations)
{
	const char *prefix = definitions[_i].prefix;
	struct names header = { 0 }, spec = { 0 };
	size_t i;

	read_header(prefix, &header);
	for (i = 0; i < 2 && definitions[_i].names[i]; i++)
		read_entries(definitions[_i].names[i], prefix, &spec);
	compare(&header, &spec);
}
END_TEST

int main(int argc, char **argv)
{
	Suite *suite = suite_create("netlink specification");
	TCase *tcase = tcase_create("spec");

	tcase_add_loop_test(tcase, attributes, 0, sizeof(sets) / sizeof(sets[0]));
	tcase_add_test(tcase, commands);
	tcase_add_loop_test(tcase, enumerations, 0,
			    sizeof(definitions) / sizeof(definitions[0]));
	suite_add_tcase(suite, tcase);
	return suite_main(suite, argc, argv);
}
