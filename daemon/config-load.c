// SPDX-License-Identifier: GPL-2.0-or-later
/* See config.h: lines and sections, files and drop-ins. */
#include "config-parse.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "common/suggest.h"

static int refuse_section(struct parser *parser, const char *line, const char *word)
{
	struct suggestion suggestion;

	suggest_init(&suggestion, word, strcspn(word, " \t]"));
	suggest_offer(&suggestion, "taskmeterd");
	suggest_offer(&suggestion, "rule");
	return refuse(parser, "unknown section \"%.64s\"; there are [taskmeterd] and [rule NAME]%s%s%s",
		      line, suggestion.best ? "; did you mean \"" : "",
		      suggestion.best ? suggestion.best : "", suggestion.best ? "\"?" : "");
}

static int parse_section(struct parser *parser, char *line)
{
	char original[CONFIG_LINE_MAX + 1];
	const size_t length = strlen(line);
	char *word;

	snprintf(original, sizeof(original), "%s", line);
	if (line[length - 1] != ']')
		return refuse(parser, "\"%.64s\" does not end in ]", original);
	line[length - 1] = '\0';
	word = strip_text(line + 1);
	parser->rule = NULL;
	if (!strcmp(word, "taskmeterd"))
		return 0;
	if (!strcmp(word, "rule") || (!strncmp(word, "rule", 4) && isblank((unsigned char)word[4])))
		return rule_section(parser, strip_text(word + 4));
	return refuse_section(parser, original, word);
}

static int parse_line(struct parser *parser, char *line)
{
	const char *name;
	char *equals;

	line = strip_text(line);
	if (!*line || *line == '#' || *line == ';')
		return 0;
	if (*line == '[')
		return parse_section(parser, line);
	equals = strchr(line, '=');
	if (!equals)
		return refuse(parser, "\"%.64s\" is not of the form key = value", line);
	*equals = '\0';
	name = strip_text(line);
	return parser->rule ? rule_setting(parser, name, strip_text(equals + 1)) :
			      main_setting(parser, name, strip_text(equals + 1));
}

/* What counts as given in this file begins anew. */
static void begin_file(struct parser *parser, const char *file)
{
	parser->file = file;
	parser->line = 0;
	parser->rule = NULL;
	memset(parser->seen, 0, sizeof(parser->seen));
}

static int parse_lines(struct parser *parser, const char *text, size_t size)
{
	char line[CONFIG_LINE_MAX + 1];
	const char *end;
	size_t length;
	int r;

	if (size > CONFIG_SIZE_MAX)
		return refuse(parser, "the file is larger than %d bytes", CONFIG_SIZE_MAX);
	while (size) {
		end = memchr(text, '\n', size);
		length = end ? (size_t)(end - text) : size;
		parser->line++;
		if (length >= CONFIG_LINE_MAX)
			return refuse(parser, "the line is longer than %d bytes",
				      CONFIG_LINE_MAX);
		if (memchr(text, '\0', length))
			return refuse(parser, "the line holds a NUL byte");
		memcpy(line, text, length);
		line[length] = '\0';
		r = parse_line(parser, line);
		if (r < 0)
			return r;
		length += !!end;
		text += length;
		size -= length;
	}
	return 0;
}

/* Both or nothing: the settings, or why not, and where. */
static int finish(struct parser *parser, int r, struct config *ret_config)
{
	struct config_error *error = parser->error;

	if (!r)
		r = rules_finish(parser);
	if (!r) {
		*ret_config = *parser->config;
		return 0;
	}
	config_clear(parser->config);
	if (parser->file)
		snprintf(error->file, sizeof(error->file), "%s", parser->file);
	if (r == -EINVAL)
		error->line = parser->line;
	if (!error->text[0])
		snprintf(error->text, sizeof(error->text), "%s", strerror(-r));
	return r;
}

int config_parse(const char *text, size_t size, struct config *ret_config,
		 struct config_error *ret_error)
{
	struct config config = { 0 };
	struct parser parser = { .config = &config, .error = ret_error };
	int r = config_defaults(&config);

	*ret_error = (struct config_error) { .line = 0 };
	if (!r)
		r = parse_lines(&parser, text, size);
	return finish(&parser, r, ret_config);
}

/* At most one byte more than is allowed, so that the parser can refuse it. */
static ssize_t read_file(const char *path, char *buffer, size_t size)
{
	ssize_t n, total = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

	if (fd < 0)
		return -errno;
	do {
		n = read(fd, buffer + total, size - (size_t)total);
		if (n > 0)
			total += n;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		total = -errno;
	close(fd);
	return total;
}

static int parse_file(struct parser *parser, const char *path, bool needed)
{
	char *buffer = malloc(CONFIG_SIZE_MAX + 1);
	ssize_t n = -ENOMEM;
	int r;

	begin_file(parser, path);
	if (buffer)
		n = read_file(path, buffer, CONFIG_SIZE_MAX + 1);
	if (n == -ENOENT && !needed)
		n = 0;
	r = n < 0 ? (int)n : parse_lines(parser, buffer, (size_t)n);
	free(buffer);
	return r;
}

/**
 * struct drop_ins - the files beside the first
 * @directory: theirs
 * @paths: in their order
 * @count: how many
 */
struct drop_ins {
	char *directory;
	char *paths[CONFIG_DROP_INS_MAX];
	size_t count;
};

static bool is_drop_in(const char *name)
{
	const size_t length = strlen(name), end = strlen(CONFIG_DROP_IN);

	return name[0] != '.' && length > end && !strcmp(name + length - end, CONFIG_DROP_IN);
}

static int compare_paths(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list_drop_ins(struct parser *parser, struct drop_ins *drop_ins, DIR *directory)
{
	const struct dirent *entry;
	int r;

	while (errno = 0, (entry = readdir(directory))) {
		if (!is_drop_in(entry->d_name))
			continue;
		if (drop_ins->count == CONFIG_DROP_INS_MAX)
			return refuse(parser, "it has more than %d files that end in %s",
				      CONFIG_DROP_INS_MAX, CONFIG_DROP_IN);
		if (asprintf(&drop_ins->paths[drop_ins->count], "%s/%s", drop_ins->directory,
			     entry->d_name) < 0)
			return -ENOMEM;
		drop_ins->count++;
	}
	r = -errno;
	qsort(drop_ins->paths, drop_ins->count, sizeof(drop_ins->paths[0]), compare_paths);
	return r;
}

static int find_drop_ins(struct parser *parser, struct drop_ins *drop_ins)
{
	DIR *directory;
	int r;

	begin_file(parser, drop_ins->directory);
	directory = opendir(drop_ins->directory);
	if (!directory)
		return errno == ENOENT ? 0 : -errno;
	r = list_drop_ins(parser, drop_ins, directory);
	closedir(directory);
	return r;
}

static int parse_drop_ins(struct parser *parser, struct drop_ins *drop_ins)
{
	size_t i;
	int r = find_drop_ins(parser, drop_ins);

	for (i = 0; !r && i < drop_ins->count; i++)
		r = parse_file(parser, drop_ins->paths[i], true);
	parser->config->drop_ins = drop_ins->count;
	return r;
}

static void clear_drop_ins(struct drop_ins *drop_ins)
{
	while (drop_ins->count)
		free(drop_ins->paths[--drop_ins->count]);
	free(drop_ins->directory);
}

static int parse_given(struct parser *parser, const struct config_given *given)
{
	char value[CONFIG_LINE_MAX + 1];
	size_t i;
	int r = 0;

	begin_file(parser, "command line");
	for (i = 0; !r && i < given->count; i++) {
		if (strlen(given->value[i]) >= CONFIG_LINE_MAX)
			return refuse(parser, "%s is longer than %d bytes", given->key[i],
				      CONFIG_LINE_MAX);
		strcpy(value, given->value[i]);
		r = main_setting(parser, given->key[i], strip_text(value));
	}
	return r;
}

int config_load(const char *path, const struct config_given *given,
		struct config *ret_config, struct config_error *ret_error)
{
	struct config config = { 0 };
	struct parser parser = { .config = &config, .error = ret_error };
	struct drop_ins drop_ins = { .count = 0 };
	const char *file = path ? path : CONFIG_FILE;
	int r = config_defaults(&config);

	*ret_error = (struct config_error) { .line = 0 };
	if (!r && asprintf(&drop_ins.directory, "%s%s", file, CONFIG_DROP_INS) < 0) {
		drop_ins.directory = NULL;
		r = -ENOMEM;
	}
	if (!r)
		r = parse_file(&parser, file, path);
	if (!r)
		r = parse_drop_ins(&parser, &drop_ins);
	if (!r)
		r = parse_given(&parser, given);
	r = finish(&parser, r, ret_config);
	clear_drop_ins(&drop_ins);
	return r;
}
