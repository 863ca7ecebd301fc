// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Command lines, with the module of the unit tests behind them. The first line is what is
 * known of the terminal, a letter each: terminal, color, utf8, narrow; then comes an
 * argument a line, up to an empty one, and keys, of which top gets a byte each.
 *
 * What is to be run by "run" is not, and its report goes nowhere: no process and no file can
 * be made here.
 */
#include "unit/cli-module.h"

#include "cli/frame.h"
#include "cli/screen.h"
#include "common/text.h"
#include "fuzz.h"

#include <dlfcn.h>
#include <unistd.h>

/* Time that is waited for, and events that are: then standard output fails, as on a full disk. */
#define WAITS_MAX	20

static struct input keys;
static unsigned int waits;

pid_t fork(void)
{
	errno = EAGAIN;
	return -1;
}

/* libFuzzer keeps its files by this, too, but does not ask that they be closed by exec(). */
FILE *fopen(const char *path, const char *mode)
{
	static FILE *(*real)(const char *path, const char *mode);

	if (mode[0] != 'r' && strchr(mode, 'e')) {
		errno = EROFS;
		return NULL;
	}
	if (!real)
		real = (FILE *(*)(const char *, const char *))dlsym(RTLD_NEXT, "fopen");
	return real(path, mode);
}

/* Nothing that a terminal acts on, but what marks headings where that is wanted. */
static void check_output(const char *text, size_t size)
{
	uint32_t character;
	size_t i, n;
	bool valid;

	for (i = 0; i < size; i += n) {
		n = text_decode(text + i, size - i, &character, &valid);
		CHECK(valid || !world.utf8);
		CHECK(!text_unsafe(character) || character == '\n' ||
		      (character == '\033' && world.color));
	}
}

static void limit_waits(void)
{
	if (waits++ >= WAITS_MAX)
		world.write_error = EPIPE;
}

static bool fuzz_await(int fd)
{
	limit_waits();
	return waits < WAITS_MAX && fake_await(fd);
}

static bool open_screen(struct cli *cli)
{
	(void)cli;
	return true;
}

static void size_screen(unsigned int *ret_rows, unsigned int *ret_columns)
{
	*ret_rows = world.width < 30 ? 3 : 24;
	*ret_columns = world.width ? world.width : 80;
}

static void paint_screen(const struct frame *frame, bool cursor)
{
	size_t i;

	(void)cursor;
	for (i = 0; i < frame->count; i++) {
		CHECK(strlen(frame->lines[i].text) == frame->lines[i].length);
		CHECK(!strchr(frame->lines[i].text, '\n'));
		CHECK(!strchr(frame->lines[i].text, '\033'));
		check_output(frame->lines[i].text, frame->lines[i].length);
	}
}

static void close_screen(void)
{
}

static enum screen_news wait_screen(uint64_t *left_ns, uint32_t *ret_key)
{
	const uint8_t key = keys.left ? take_byte(&keys) : 0;

	switch (key) {
	case 0:
		return SCREEN_END;
	case '.':
		*left_ns = 0;
		module.now_ns += 1000000000;
		return SCREEN_TIME;
	case '!':
		return SCREEN_SIZE;
	}
	*ret_key = key >= 0xf0 ? SCREEN_KEY_UP + (key - 0xf0U) : key;
	return SCREEN_KEY;
}

static const struct screen fake_screen = {
	.open = open_screen,
	.size = size_screen,
	.paint = paint_screen,
	.repaint = close_screen,
	.wait = wait_screen,
	.close = close_screen,
};

static int fake_pss(uint32_t pid, struct pss *ret_pss)
{
	*ret_pss = (struct pss) { 1024, 2, 3, 4, 5, 6 };
	return pid == 7 ? -EACCES : 0;
}

static void fill_module(void)
{
	module_setup();
	add_process(31, "\033[2J\xff");
	module.cgroup.path[0] = '/';
	strcpy(module.cgroup.path + 1, "a.slice/\n\xff");
	module.cgroup_paths[0] = "/a.slice";
	set_command_line(add_exit(1, 40, "ended", 0, 1), "a\0\033b", 5);
	add_exit(2, 41, "\nkilled", 9, 2);
	module.totals[0] = (struct taskmeter_total) { .size = sizeof(module.totals[0]),
						      .id = 1, .exits = 5 };
	module.total_paths[0] = "/a.slice/\n";
	module.total_count = 1;
	module.events[0] = (struct tm_event) { .type = TASKMETER_EVENT_FORK, .pid = 50,
					       .ppid = 1, .comm = "\033fork" };
	module.event_count = 1;
	module.meanwhile = limit_waits;
	world.await = fuzz_await;
	world.screen = &fake_screen;
	world.pss = fake_pss;
	waits = 0;
}

static void look(const char *letters)
{
	world.terminal = strchr(letters, 't');
	world.color = strchr(letters, 'c');
	world.utf8 = strchr(letters, 'u');
	world.width = strchr(letters, 'n') ? 25 : world.terminal ? 80 : 0;
}

static void check_outcome(const char *out, size_t out_size, const char *err, size_t err_size,
			  int status)
{
	CHECK(status >= CLI_OK && status <= CLI_NOT_PERMITTED);
	CHECK(!module.opened && !module.snapshots && !module.subscriptions);
	/* Who is refused is told why, and who is not may be warned. */
	CHECK(status == CLI_OK || err_size || world.write_error == EPIPE || out_size);
	CHECK(!err_size || !strncmp(err, "taskmeter: ", 11));
	CHECK(status != CLI_USAGE || !out_size);
	if (world.terminal)
		check_output(out, out_size);
}

static void run_arguments(int argc, char **argv)
{
	char *out, *err;
	size_t out_size, err_size;
	int status;

	world.out = open_memstream(&out, &out_size);
	world.err = open_memstream(&err, &err_size);
	CHECK(world.out && world.err);
	status = cli_run(&world, argc, argv);
	fclose(world.out);
	fclose(world.err);
	check_outcome(out, out_size, err, err_size, status);
	free(out);
	free(err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char name[] = "taskmeter", *argv[ARGUMENTS + 2] = { name }, *letters, *kept[ARGUMENTS];
	struct input input = { data, size };
	int argc = 1, count = 0;

	fill_module();
	letters = take_line(&input);
	look(letters ? letters : "");
	free(letters);
	while (count < ARGUMENTS) {
		char *word = take_line(&input);

		if (!word || !*word) {
			free(word);
			break;
		}
		kept[count++] = argv[argc++] = word;
	}
	keys = input;
	run_arguments(argc, argv);
	while (count)
		free(kept[--count]);
	return 0;
}
