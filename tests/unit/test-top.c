// SPDX-License-Identifier: GPL-2.0-or-later
/* taskmeter top: from keys to what is on the screen, with a screen of the test's own. */
#include "cli-module.h"
#include "cli/frame.h"
#include "cli/screen.h"
#include "common/text.h"

#define MS	1000000ULL
#define S	1000000000ULL

/* Keys of a script that are no character; "." lets the interval pass, "!" resizes. */
#define UP	"\001"
#define DOWN	"\002"
#define PAGE_DOWN "\004"
#define HOME	"\005"
#define END	"\006"
#define ENTER	"\n"
#define ESCAPE	"\033"
#define ERASE	"\b"

/* The terminal: @script is what happens there, then it ends. */
static struct {
	unsigned int rows;
	unsigned int columns;
	unsigned int rows_later;
	unsigned int columns_later;
	const char *script;
	bool refuses;
	bool open;
	bool cursor;
	unsigned int paints;
	unsigned int repaints;
	char shown[65536];
	unsigned char attributes[65536];
} terminal;

static bool fake_screen_open(struct cli *cli)
{
	if (terminal.refuses) {
		cli_error(cli, "no screen");
		return false;
	}
	terminal.open = true;
	return true;
}

static void fake_screen_size(unsigned int *ret_rows, unsigned int *ret_columns)
{
	*ret_rows = terminal.rows;
	*ret_columns = terminal.columns;
}

/* Nothing is beyond the edges, and nothing a terminal would act on. */
static void check_line(const struct frame_line *line)
{
	uint32_t character;
	size_t i, n;
	bool valid;

	ck_assert_uint_le(text_columns(line->text), terminal.columns);
	ck_assert_uint_eq(strlen(line->text), line->length);
	ck_assert_uint_lt(line->length, line->attributes - (const unsigned char *)line->text);
	for (i = 0; i < line->length; i += n) {
		n = text_decode(line->text + i, line->length - i, &character, &valid);
		ck_assert(valid);
		ck_assert_msg(!text_unsafe(character), "%x in %s", character, line->text);
	}
}

static void fake_screen_paint(const struct frame *frame, bool cursor)
{
	size_t used = 0, i;

	ck_assert(terminal.open);
	ck_assert_uint_le(frame->count, terminal.rows);
	terminal.paints++;
	terminal.cursor = cursor;
	for (i = 0; i < frame->count; i++) {
		check_line(&frame->lines[i]);
		memcpy(terminal.shown + used, frame->lines[i].text, frame->lines[i].length);
		memcpy(terminal.attributes + used, frame->lines[i].attributes,
		       frame->lines[i].length);
		used += frame->lines[i].length;
		terminal.attributes[used] = FRAME_PLAIN;
		terminal.shown[used++] = '\n';
	}
	terminal.shown[used] = '\0';
}

static void fake_screen_repaint(void)
{
	terminal.repaints++;
}

static uint32_t to_key(char character)
{
	switch (character) {
	case '\001': return SCREEN_KEY_UP;
	case '\002': return SCREEN_KEY_DOWN;
	case '\004': return SCREEN_KEY_PAGE_DOWN;
	case '\005': return SCREEN_KEY_HOME;
	case '\006': return SCREEN_KEY_END;
	case '\n': return SCREEN_KEY_ENTER;
	case '\033': return SCREEN_KEY_ESCAPE;
	case '\b': return SCREEN_KEY_BACKSPACE;
	case '\014': return SCREEN_KEY_REDRAW;
	default: return (uint32_t)character;
	}
}

static enum screen_news fake_screen_wait(uint64_t *left_ns, uint32_t *ret_key)
{
	size_t length = strlen(terminal.script);
	bool valid;

	if (!length)
		return SCREEN_END;
	if (*terminal.script == '.') {
		terminal.script++;
		ck_assert_uint_ne(*left_ns, SCREEN_FOREVER);
		fake_wait(*left_ns);
		*left_ns = 0;
		return SCREEN_TIME;
	}
	if (*terminal.script == '!') {
		terminal.script++;
		terminal.rows = terminal.rows_later;
		terminal.columns = terminal.columns_later;
		return SCREEN_SIZE;
	}
	*ret_key = to_key(*terminal.script);
	if ((unsigned char)*terminal.script < 0x80)
		terminal.script++;
	else
		terminal.script += text_decode(terminal.script, length, ret_key, &valid);
	return SCREEN_KEY;
}

static void fake_screen_close(void)
{
	ck_assert(terminal.open);
	terminal.open = false;
}

static const struct screen fake_screen = {
	.open = fake_screen_open,
	.size = fake_screen_size,
	.paint = fake_screen_paint,
	.repaint = fake_screen_repaint,
	.wait = fake_screen_wait,
	.close = fake_screen_close,
};

/* In an interval of a second bash 30 waits most for a CPU, init for I/O. */
static void second(void)
{
	size_t i;

	for (i = 0; i < module.count; i++)
		module.records[i].tracked_ns += S;
	module.records[0].io_wait_ns += 300 * MS;
	module.records[0].run_ns += 50 * MS;
	module.records[1].run_ns += 400 * MS;
	module.records[1].voluntary_switches += 40;
	module.records[1].rss_anon_bytes += 1024 * 1024;
	module.records[2].cpu_wait_ns += 600 * MS;
	module.records[2].sleep_ns += 400 * MS;
	module.records[2].run_ns += 100 * MS;
	module.histograms[2].cpu_wait[40] += 3;
}

static void top_setup(void)
{
	module_setup();
	memset(&terminal, 0, sizeof(terminal));
	terminal.rows = 24;
	terminal.columns = 80;
	world.screen = &fake_screen;
	world.terminal = true;
	module.meanwhile = second;
	module.records[0].cgroup_id = 1;
	module.records[1].cgroup_id = 2;
	module.records[2].cgroup_id = 2;
	module.cgroup_paths[0] = "/init.scope";
	module.cgroup_paths[1] = "/user.slice/\033[2J\xff";
}

/* Runs it; whatever happens the terminal is given back. */
static void watch(const char *line, const char *script)
{
	terminal.script = script;
	run_succeeds(line);
	ck_assert_str_eq(outcome.out, "");
	ck_assert(!terminal.open);
	ck_assert_str_eq(terminal.script, "");
}

/* A line of the screen, from 0 on, without what is behind @text. */
static const char *shown(unsigned int line)
{
	static char text[1024];
	const char *from = terminal.shown;
	size_t length;

	for (; line; line--) {
		from = strchr(from, '\n');
		ck_assert_ptr_nonnull(from);
		from++;
	}
	length = strcspn(from, "\n");
	ck_assert_uint_lt(length, sizeof(text));
	memcpy(text, from, length);
	for (; length && text[length - 1] == ' '; length--)
		;
	text[length] = '\0';
	return text;
}

/* The first number of the rows of the list. */
static void check_pids(const char *expected)
{
	char text[256] = "", pid[16];
	unsigned int line;

	for (line = 4; *shown(line); line++) {
		ck_assert_int_eq(sscanf(shown(line), "%15s", pid), 1);
		strcat(strcat(text, *text ? " " : ""), pid);
	}
	ck_assert_str_eq(text, expected);
}

static bool sees(const char *text)
{
	return strstr(terminal.shown, text);
}

START_TEST(test_list)
{
	watch("top", ".");
	ck_assert_str_eq(shown(0) + 8, " 3 processes  0 running  by STALL%  in 500ms");
	ck_assert_str_eq(shown(1), "all  CPU% 110   WAIT% 120   IO% 60.0  MEM% 0     LOCK% 0"
				   "     RSS 1.0M  SW/S 80");
	ck_assert_str_eq(shown(2), "most  WAIT% 120 bash  IO% 60.0 init  MEM% -  LOCK% -");
	ck_assert_str_eq(shown(3), "    PID USER     CPU% WAIT%  IO% MEM% LOCK%   RSS NOW"
				   "         FOR COMM");
	ck_assert_str_eq(shown(4), "     30 4000000+ 20.0   120    0    0     0 30.0K sleeping"
				   "      0 bash");
	ck_assert_str_eq(shown(5), "      1 root     10.0     0 60.0    0     0  1.0K sleeping"
				   "      0 init");
	ck_assert_str_eq(shown(23), "? help q end enter detail / filter v view o fields"
				    " space freeze acwimlprgs sort");
	ck_assert_uint_eq(module.wait_ns, S / 2);
	ck_assert_uint_eq(terminal.paints, 2);
}
END_TEST

/* Without an interval there are no rates, and none are shown. */
START_TEST(test_first_frame)
{
	watch("top", "");
	ck_assert_str_eq(shown(0) + 8, " 3 processes  0 running  by STALL%  measuring");
	ck_assert_str_eq(shown(4), "      1 root        -     -    -    -     -  1.0K sleeping"
				   "      0 init");
}
END_TEST

/* Each sorts, in fields that show what it sorts by; the heading says so. */
START_TEST(test_sort_keys)
{
	static const struct {
		const char *keys;
		const char *header;
		const char *pids;
	} sorts[] = {
		{ "c", "CPU%", "7 30 1" }, { "w", "WAIT%", "30 1 7" }, { "i", "IO%", "1 7 30" },
		{ "m", "MEM%", "1 7 30" }, { "l", "LOCK%", "1 7 30" }, { "r", "RSS", "7 30 1" },
		{ "g", "GROWTH", "7 1 30" }, { "s", "SW/S", "7 1 30" }, { "n", "PID", "1 7 30" },
		{ "p..", "P99", "30 1 7" }, { "a", "STALL%", "30 1 7" }, { "aR", "STALL%", "7 1 30" },
		{ "ra", "STALL%", "30 1 7" },
	};
	char script[16], by[64], *at;

	snprintf(script, sizeof(script), "..%s", sorts[_i].keys);
	watch("top", script);
	snprintf(by, sizeof(by), "  by %s%s  in", sorts[_i].header,
		 sorts[_i].keys[strlen(sorts[_i].keys) - 1] == 'R' || *sorts[_i].keys == 'n' ?
		 " upwards" : "");
	ck_assert_msg(sees(by), "%s in %s", by, shown(0));
	check_pids(sorts[_i].pids);
	if (!strcmp(sorts[_i].header, "STALL%"))
		return;
	at = strstr(strstr(strchr(strstr(terminal.shown, "most"), '\n'), "PID") - 4,
		    sorts[_i].header);
	ck_assert_ptr_nonnull(at);
	ck_assert_uint_eq(terminal.attributes[at - terminal.shown], FRAME_SORTED);
}
END_TEST

START_TEST(test_fields)
{
	watch("top", ".o");
	ck_assert_str_eq(shown(3), "    PID USER       RSS GROWTH  SWAP CPU% MEM% RECLAIM%"
				   "  MAJFLT COMM");
	ck_assert(module.filter.flags == 0);
	watch("top", ".o.o.");
	ck_assert_str_eq(shown(3), "    PID USER     CPU% WAIT%    P99    MAX   SW/S THREADS NOW"
				   "      COMM");
	ck_assert(module.filter.flags == TASKMETER_SNAPSHOT_HISTOGRAMS);
	watch("top", ".ooo.");
	check_begin(shown(3), "    PID USER     CPU% WAIT%  IO%");
	ck_assert(module.filter.flags == 0);
	watch("top -o pid,sw/s", "..");
	ck_assert_str_eq(shown(3), "    PID   SW/S");
	ck_assert_str_eq(shown(6), "      7     40");
	watch("top -s rss", "..");
	check_pids("1 30 7");
}
END_TEST

START_TEST(test_filter)
{
	watch("top", "./BAS");
	ck_assert_str_eq(shown(23), "filter: BAS");
	ck_assert(terminal.cursor);
	check_pids("30 7");
	watch("top", "./bashq" ERASE ENTER);
	ck_assert(!terminal.cursor);
	ck_assert_ptr_nonnull(strstr(shown(0), "2 processes  filter bash  "));
	watch("top", "./bas" ENTER "/x\xc3\xa9" ERASE ERASE ERASE ERASE ERASE ERASE "7");
	check_pids("7");
	watch("top", "./bas" ENTER "/x\xc3\xa9" ESCAPE);
	check_pids("30 7");
	watch("top", "./bas" ENTER ESCAPE);
	check_pids("30 1 7");
	watch("top -f \033\t", ".");
	ck_assert_ptr_nonnull(strstr(shown(0), "  filter \\x1b\\t  "));
	watch("top -f root", ".");
	check_pids("1 7");
	watch("top -u 4000000000", "");
	ck_assert_uint_eq(module.filter.uid, 4000000000U);
}
END_TEST

/* What is typed is no key, and no more is taken than there is room for. */
START_TEST(test_long_filter)
{
	char script[300] = "./";
	size_t i;

	for (i = 2; i < 200; i++)
		script[i] = 'q';
	watch("top", script);
	ck_assert_uint_eq(strlen(shown(23)), strlen("filter: ") + 63);
	run_fails("top -f qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
		  CLI_USAGE, "is not a filter of at most 63 bytes");
}
END_TEST

static unsigned int selected_line(void)
{
	const unsigned char *at = memchr(terminal.attributes, FRAME_SELECTED,
					 strlen(terminal.shown));
	unsigned int line = 0;
	const char *text;

	ck_assert_ptr_nonnull(at);
	for (text = terminal.shown; text < terminal.shown + (at - terminal.attributes); text++)
		line += *text == '\n';
	return line;
}

/* A selected process stays so wherever it goes; else it is the first row. */
START_TEST(test_selection)
{
	watch("top", ".");
	ck_assert_uint_eq(selected_line(), 4);
	watch("top", "." DOWN);
	check_begin(shown(selected_line()), "      1 ");
	watch("top", "." DOWN "c.");
	check_begin(shown(selected_line()), "      1 ");
	ck_assert_uint_eq(selected_line(), 6);
	watch("top", "." DOWN HOME "c.");
	ck_assert_uint_eq(selected_line(), 4);
	watch("top", "." UP DOWN DOWN DOWN DOWN UP);
	ck_assert_uint_eq(selected_line(), 5);
	watch("top", ".jjk");
	ck_assert_uint_eq(selected_line(), 5);
	watch("top", "." END "/init");
	ck_assert_uint_eq(selected_line(), 4);
}
END_TEST

START_TEST(test_scrolling)
{
	uint32_t pid;

	for (pid = 100; pid < 200; pid++)
		add_process(pid, "one of many");
	watch("top", ".n" END);
	check_begin(shown(22), "    199 ");
	ck_assert_uint_eq(selected_line(), 22);
	check_begin(shown(4), "    181 ");
	watch("top", ".n" PAGE_DOWN);
	check_begin(shown(selected_line()), "    116 ");
	terminal.rows_later = 5;
	terminal.columns_later = 20;
	watch("top", ".n" PAGE_DOWN "!");
	ck_assert_str_eq(shown(3), "    116 root");
	ck_assert_uint_eq(selected_line(), 3);
}
END_TEST

/* Whatever the size, nothing is drawn beyond it. The screen checks that. */
START_TEST(test_sizes)
{
	static const unsigned int sizes[][2] = {
		{ 1, 1 }, { 2, 3 }, { 3, 20 }, { 5, 20 }, { 6, 10 }, { 9, 79 }, { 10, 80 },
		{ 24, 80 }, { 100, 300 }, { 300, 1000 },
	};
	unsigned int i;

	strcpy(module.records[1].comm, "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e");
	for (i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		terminal.rows = 24;
		terminal.columns = 80;
		terminal.rows_later = sizes[i][0];
		terminal.columns_later = sizes[i][1];
		watch("top", "." "!" ".2.34" ENTER ESCAPE "1" ENTER ".?" "??ooo/x" ESCAPE);
	}
	terminal.rows = 5;
	terminal.columns = 20;
	watch("top", ".");
	check_begin(shown(0) + 8, " 3 processes");
	check_begin(shown(1), "    PID USER     CPU");
	check_begin(shown(4), "? help q end");
}
END_TEST

START_TEST(test_threads)
{
	watch("top", ".2.");
	ck_assert_uint_eq(module.filter.flags, TASKMETER_SNAPSHOT_THREADS);
	check_begin(shown(3), "    PID     TID USER ");
	ck_assert_ptr_nonnull(strstr(shown(0), " 3 threads "));
	ck_assert_ptr_nonnull(strstr(shown(4), " 4000000+ 20.0   120 "));
	watch("top", ".2.v");
	ck_assert_ptr_nonnull(strstr(shown(0), " 2 users "));
	ck_assert_uint_eq(module.filter.flags, 0);
	/* There are no rates of others' sums. */
	watch("top -T", "");
	check_begin(shown(3), "    PID     TID USER ");
	watch("top", ".2");
	ck_assert_ptr_nonnull(strstr(shown(0), "  measuring"));
	/* The memory of a thread is that of its process, and counts once. */
	module.records[2].tgid = 7;
	module.records[2].rss_anon_bytes = 1024 * 1024 * 1024;
	watch("top", ".2.");
	ck_assert_msg(strstr(shown(1), "  RSS 7.0M "), "%s", shown(1));
}
END_TEST

START_TEST(test_users)
{
	watch("top", "..3");
	check_begin(shown(3), "USER     TASKS CPU% WAIT%  IO% MEM% LOCK%   RSS GROWTH   SW/S");
	check_begin(shown(4), "4000000+     1 10.0  60.0    0    0     0 30.0K      0      0");
	check_begin(shown(5), "root         2 45.0     0 30.0    0     0  2.0M  +1.0M     40");
	watch("top --view users", ".." DOWN ENTER);
	ck_assert_ptr_nonnull(strstr(shown(0), "2 processes  of root  "));
	check_pids("1 7");
	watch("top --view users", ".." DOWN ENTER ESCAPE);
	ck_assert_ptr_nonnull(strstr(shown(0), " 2 users "));
}
END_TEST

START_TEST(test_cgroups)
{
	watch("top", "..4");
	ck_assert_str_eq(shown(3), "TASKS CPU% WAIT%  IO% MEM% LOCK%   RSS GROWTH   SW/S CGROUP");
	ck_assert_str_eq(shown(4), "    2 50.0  60.0    0    0     0  2.0M  +1.0M     40"
				   " /user.slice/\\x1b[2J\xef\xbf\xbd");
	ck_assert_str_eq(shown(5), "    1  5.0     0 30.0    0     0  1.0K      0      0"
				   " /init.scope");
	watch("top", "..4/INIT" ENTER ENTER);
	ck_assert_ptr_nonnull(strstr(shown(0), " 1 process  of /init.scope  "));
	check_pids("1");
	module.cgroup_paths[1] = NULL;
	watch("top --view cgroups", "..");
	ck_assert(sees("40 cgroup 2  "));
}
END_TEST

/* By the names of the cgroups; what is in no unit is of its slice. */
START_TEST(test_units)
{
	module.cgroup_paths[1] = "/system.slice/ssh@\\x1b.service";
	watch("top", "..5");
	ck_assert_str_eq(shown(3), "TASKS CPU% WAIT%  IO% MEM% LOCK%   RSS GROWTH   SW/S UNIT");
	ck_assert_str_eq(shown(4), "    2 50.0  60.0    0    0     0  2.0M  +1.0M     40"
				   " ssh@\\\\x1b.service");
	check_begin(shown(5) + 53, "init.scope");
	watch("top --view units", "../SSH" ENTER ENTER ".");
	ck_assert_ptr_nonnull(strstr(shown(0), " 2 processes  of ssh@\\\\x1b.service  "));
	check_pids("30 7");
	/* It stays selected wherever it goes, from look to look. */
	watch("top --view units", "." DOWN ".R.");
	ck_assert_uint_eq(selected_line(), 4);
	check_begin(shown(4) + 53, "init.scope");
}
END_TEST

START_TEST(test_other_groups)
{
	module.cgroup_paths[1] = "/machine.slice/machine-db.scope";
	watch("top", "..6");
	ck_assert_ptr_nonnull(strstr(shown(0), " 1 container "));
	check_begin(shown(4) + 53, "nspawn:db");
	watch("top", "..7");
	ck_assert_ptr_nonnull(strstr(shown(0), " 2 programs "));
	check_begin(shown(4) + 53, "bash");
	watch("top", "..8");
	check_begin(shown(4) + 53, "machine.slice");
	check_begin(shown(5) + 53, "-.slice");
	watch("top", "..8v");
	ck_assert_ptr_nonnull(strstr(shown(0), " 3 processes  "));
}
END_TEST

START_TEST(test_no_hierarchy)
{
	module.cgroups_error = -ENODATA;
	watch("top", "..5");
	ck_assert_ptr_nonnull(strstr(shown(0), "no cgroup v2 hierarchy is mounted"));
	check_begin(shown(4) + 53, "-");
	watch("top", "..57");
	ck_assert_ptr_null(strstr(shown(0), "cgroup v2"));
}
END_TEST

START_TEST(test_freeze)
{
	watch("top", ".. ");
	ck_assert(sees("  FROZEN"));
	ck_assert_uint_eq(module.looks_taken, 3);
	watch("top", ".. c/bas" ENTER);
	ck_assert_uint_eq(module.looks_taken, 6);
	check_pids("7 30");
	watch("top", ".. 3" ENTER " ");
	ck_assert(!sees("FROZEN"));
	ck_assert_uint_eq(module.looks_taken, 10);
	/* Threads were not looked at: that goes on. */
	watch("top", ".. 2.");
	ck_assert(!sees("FROZEN"));
}
END_TEST

START_TEST(test_interval)
{
	watch("top", "..");
	ck_assert_uint_eq(module.wait_ns, S + S / 2);
	watch("top -i 0.2", "..");
	ck_assert_uint_eq(module.wait_ns, 2 * S / 5);
	watch("top", ".++.");
	ck_assert_uint_eq(module.wait_ns, 5 * S + S / 2);
	watch("top", ".+++++++++.");
	ck_assert_uint_eq(module.wait_ns, 60 * S + S / 2);
	watch("top", ".---.");
	ck_assert_uint_eq(module.wait_ns, S);
	terminal.script = "...!.......";
	run_succeeds("top -n 2");
	ck_assert_uint_eq(module.wait_ns, 2 * S + S / 2);
}
END_TEST

START_TEST(test_detail)
{
	world.color = false;
	watch("top", ".." ENTER);
	ck_assert_str_eq(shown(0), "process 30 bash");
	check_begin(shown(1), "user 4000000000  parent 0  threads 1 ");
	ck_assert_str_eq(shown(3), "RRRRRRRWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWWW"
				   "sssssssssssssssssssssssssssss");
	ck_assert_str_eq(shown(4), "R running 10.0     W for a CPU 60.0   I for I/O 0"
				   "        M for memory 0");
	ck_assert_str_eq(shown(5), "L blocked 0        s asleep 40.0      t stopped 0");
	ck_assert_str_eq(shown(6), "held up \u2585 at most 60.0");
	check_begin(shown(7), "waits for a CPU: 6, p50 1.1ms, p99 1.1ms, max ");
	ck_assert_str_eq(shown(8), "    from       to    count");
	check_begin(shown(9), "   1.0ms    2.0ms        6  \u2588\u2588\u2588\u2588");
	watch("top", ".." ENTER ".");
	ck_assert_str_eq(shown(6), "held up \u2585\u2585 at most 60.0");
	check_begin(shown(7), "waits for a CPU: 15");
	world.color = true;
	watch("top", ".." ENTER);
	check_begin(shown(3), "\u2588\u2588\u2588\u2588\u2588\u2588\u2588\u2588");
	watch("top", ".." ENTER ESCAPE);
	check_begin(shown(4), "     30 ");
}
END_TEST

static void bash_ends(void)
{
	module.count = 2;
}

static void bash_is_a_zombie(void)
{
	module.records[2].current_state = TASKMETER_STATE_DEAD;
}

static void another_bash(void)
{
	module.records[2].start_time_ns++;
}

START_TEST(test_detail_of_one_that_ends)
{
	watch("top", ".." ENTER);
	module.meanwhile = bash_ends;
	watch("top", "." "n" END ENTER ".");
	ck_assert_str_eq(shown(0), "process 7 bash");
	module.count = 3;
	watch("top", "n" END ENTER ".");
	ck_assert_str_eq(shown(0), "process 30 bash  HAS ENDED");
	module.count = 3;
	module.meanwhile = bash_is_a_zombie;
	watch("top", "n" END ENTER ".");
	ck_assert_str_eq(shown(0), "process 30 bash  HAS ENDED");
	module.records[2].current_state = TASKMETER_STATE_SLEEPING;
	module.meanwhile = another_bash;
	watch("top", "n" END ENTER ".");
	ck_assert_str_eq(shown(0), "process 30 bash  HAS ENDED");
}
END_TEST

static void idle_but_for_once(void)
{
	static unsigned int looks;

	module.records[2].tracked_ns += S;
	module.records[2].sleep_ns += S;
	looks++;
	if (looks == 10)
		module.records[2].cpu_wait_ns += 2 * S;
	if (looks == 11)
		module.records[2].io_wait_ns += 1;
}

/* A minute is kept, each look once, however often it is drawn and frozen. */
START_TEST(test_past)
{
	char script[128] = "..n" END ENTER;

	module.meanwhile = idle_but_for_once;
	watch("top", strcat(script, "?" ESCAPE "n" END ENTER "........."));
	ck_assert_str_eq(shown(6), "held up         \u2588\u2581 at most 200");
	memset(script, '.', sizeof(script) - 1);
	memcpy(script + 2, "n" END ENTER, 3);
	watch("top", script);
	ck_assert_uint_eq(strlen(shown(6)), strlen("held up " " at most 0") + 60);
}
END_TEST

/* When there is no room for all of a histogram, the long waits are what is seen. */
START_TEST(test_detail_in_small)
{
	size_t i;

	for (i = 0; i < TASKMETER_CPU_WAIT_BUCKETS; i += 4)
		module.histograms[2].cpu_wait[i] = i + 1;
	terminal.rows = 12;
	watch("top", ".." ENTER);
	ck_assert(sees(", the shortest left out\n"));
	check_begin(shown(11), "   34.3s   longer ");
}
END_TEST

static void unload(void)
{
	module.snapshot_error = -ENODEV;
	module.open_error = -ENODEV;
}

static void load(void)
{
	module.snapshot_error = 0;
	module.open_error = 0;
}

static void come_and_go(void)
{
	static unsigned int seconds;

	second();
	seconds++;
	if (seconds == 2)
		unload();
	if (seconds == 4)
		load();
}

START_TEST(test_module_comes_and_goes)
{
	module.meanwhile = come_and_go;
	watch("top", "..");
	ck_assert_str_eq(shown(0) + 8, " 0 processes  the kernel module is not loaded: waiting for it");
	module.meanwhile = second;
	load();
	watch("top", ".");
	module.meanwhile = unload;
	terminal.script = ".";
	run_succeeds("top");
	load();
}
END_TEST

START_TEST(test_module_is_back)
{
	module.meanwhile = come_and_go;
	watch("top", ".......");
	ck_assert_str_eq(shown(0) + 8, " 3 processes  0 running  by STALL%  in 1.0s");
	check_pids("30 1 7");
}
END_TEST

static void break_it(void)
{
	module.snapshot_error = -EBADMSG;
}

START_TEST(test_errors)
{
	module.meanwhile = break_it;
	watch("top", ".");
	ck_assert_str_eq(shown(0) + 8, " 0 processes  it is gone");
	run_fails("top -b", CLI_FAILED, "it is gone");
	module.snapshot_error = 0;
	module.open_error = -ENODEV;
	run_fails("top", CLI_NO_MODULE, "modprobe taskmeter");
	module.open_error = 0;
	module.info_flags = 0;
	run_fails("top", CLI_NOT_PERMITTED, "CAP_PERFMON");
	ck_assert_uint_eq(terminal.paints, 2);
}
END_TEST

START_TEST(test_meter_off)
{
	size_t i;

	for (i = 0; i < module.count; i++)
		module.records[i].available &= ~(uint64_t)TASKMETER_AVAILABLE_METER;
	watch("top", ".");
	ck_assert(sees("the meter is off"));
}
END_TEST

START_TEST(test_usage)
{
	static const struct {
		const char *line;
		const char *message;
	} lines[] = {
		{ "top -i 0", "'0' is not an interval in seconds, 0.1 to 86400" },
		{ "top -i 0.09", "is not an interval" },
		{ "top -i x", "is not an interval" },
		{ "top -n 0", "'0' is not a number of times" },
		{ "top -s cpuu", "there is no field 'cpuu'" },
		{ "top -o pid,x", "there is no field 'x'" },
		{ "top -u nobody-at-all", "is not a user" },
		{ "top -w x", "'x' is not a width" },
		{ "top --view unit", "these are processes, threads, units, slices, containers, users, programs and cgroups" },
		{ "top --bacth", "did you mean '--batch'" },
		{ "top --jsn", "top has no option '--jsn'" },
		{ "top 12", "top takes no '12'" },
	};

	if ((size_t)_i < sizeof(lines) / sizeof(*lines))
		run_fails(lines[_i].line, CLI_USAGE, lines[_i].message);
	else
		ck_assert_uint_eq(sizeof(lines) / sizeof(*lines), 12);
}
END_TEST

/* On a terminal it is top, else ps. */
START_TEST(test_no_command)
{
	watch("", ".");
	ck_assert(sees("3 processes"));
	terminal.refuses = true;
	run_fails("", CLI_FAILED, "no screen");
	world.terminal = false;
	run_succeeds("");
	check_begin(outcome.out, "    PID USER     CPU% WAIT%  IO% MEM% LOCK%    P99");
}
END_TEST

START_TEST(test_batch)
{
	world.terminal = false;
	run_succeeds("top -b -n 2");
	ck_assert_uint_eq(module.wait_ns, 2 * S);
	check_begin(outcome.out + 8, " 3 processes  0 running  by STALL%  in 1.0s\n"
		"all  CPU% 55.0  WAIT% 60.0  IO% 30.0  MEM% 0     LOCK% 0     RSS 1.0M  SW/S 40\n"
		"most  WAIT% 60.0 bash  IO% 30.0 init  MEM% -  LOCK% -\n"
		"    PID USER     CPU% WAIT%  IO% MEM% LOCK%   RSS NOW         FOR COMM\n"
		"     30 4000000000 10.0  60.0    0    0     0 30.0K sleeping      0 bash\n"
		"      1 root      5.0     0 30.0    0     0  1.0K sleeping      0 init\n"
		"      7 root     40.0     0    0    0     0  1.0M sleeping      0 bash\n\n");
	ck_assert_uint_eq(terminal.paints, 0);
	run_succeeds("top -b -n 1 -w 20 -f init");
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n      1 root      5.\n"));
}
END_TEST

static void somebody(void)
{
	if (module.wait_ns < 2 * S)
		return;
	module.count = 1;
	module.records[0].start_time_ns = UINT64_MAX;
	module.records[0].run_ns = 100 * MS;
}

/* A list without anybody, as of a user who runs nothing, is one too; who comes has rates. */
START_TEST(test_nobody)
{
	module.meanwhile = somebody;
	module.count = 0;
	run_succeeds("top -b -n 2 -u root");
	ck_assert_uint_eq(module.wait_ns, 2 * S);
	ck_assert_ptr_nonnull(strstr(outcome.out, " 0 processes  0 running  by STALL%  in 1.0s\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out, " 1 process  0 running  by STALL%  in 1.0s\n"));
	ck_assert_ptr_nonnull(strstr(outcome.out, "\n      1 root     10.0 "));
	module.count = 0;
	watch("top", ".");
	ck_assert(!sees("measuring"));
}
END_TEST

static void nothing(void)
{
	module.records[1].run_ns += 400 * MS;
}

/* As in a list of ps, who has nothing to do is left out. */
START_TEST(test_batch_idle)
{
	module.meanwhile = nothing;
	run_succeeds("top -b -n 1");
	ck_assert_ptr_nonnull(strstr(outcome.out, " 1 process "));
	run_succeeds("top -b -n 1 -a");
	ck_assert_ptr_nonnull(strstr(outcome.out, " 3 processes "));
}
END_TEST

START_TEST(test_help)
{
	watch("top", ".?");
	ck_assert(sees("sort by WAIT%: for a CPU"));
	ck_assert(sees("paint the screen anew"));
	watch("top", ".h" ESCAPE);
	check_begin(shown(4), "     30 ");
	watch("top", ".\014");
	ck_assert_uint_eq(terminal.repaints, 1);
	terminal.script = ".q";
	run_succeeds("top");
}
END_TEST

/* Names act on nothing, in UTF-8 or without. The screen checks it. */
START_TEST(test_hostile_names)
{
	memcpy(module.records[2].comm, "\033[31m\n\a\xff\xc2\x9bx", 12);
	watch("top", "." ENTER ESCAPE "4");
	ck_assert(sees("most  WAIT% 120 \\x1b[31m\\n\\x07\xef\xbf\xbd\\u009bx"));
	world.utf8 = false;
	watch("top", "." ENTER);
	ck_assert(sees("process 30 \\x1b[31m\\n\\x07\\xff\\u009bx"));
	ck_assert(!sees("\u2588"));
}
END_TEST

/* How much it is held up is told by attributes, too. */
/* In the detail and the help, keys of the list lead to it: what they do is seen. */
START_TEST(test_keys_of_list)
{
	watch("top", ".." ENTER "2.");
	check_begin(shown(3), "    PID     TID ");
	watch("top", ".." ENTER "v.");
	check_begin(shown(3), "    PID     TID ");
	watch("top", ".." ENTER "/bas");
	ck_assert_str_eq(shown(23), "filter: bas");
	watch("top", "..?/bas");
	ck_assert_str_eq(shown(23), "filter: bas");
}
END_TEST

/* Characters that take no column take memory. */
START_TEST(test_combining)
{
	static const unsigned int columns[] = { 1, 3, 5, 20, 80 };
	char path[300] = "/";
	unsigned int i;

	for (i = 0; i < 140; i++)
		strcat(path, "\u0301");
	module.cgroup_paths[0] = path;
	module.cgroup_paths[1] = path;
	for (i = 0; i < module.count; i++)
		strcpy(module.records[i].comm, "\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81");
	for (i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		terminal.columns = columns[i];
		watch("top", ".4.o.1.o.o.2.");
		watch("top", ".4" ENTER "." ENTER ".");
	}
}
END_TEST

START_TEST(test_attributes)
{
	char *at;

	watch("top", "..");
	at = strstr(strstr(terminal.shown, "      1 root"), "30.0");
	ck_assert_uint_eq(terminal.attributes[at - terminal.shown], FRAME_MUCH);
	at = strstr(terminal.shown, "60.0 bash");
	ck_assert_uint_eq(terminal.attributes[at - terminal.shown], FRAME_TOO_MUCH);
	at = strstr(terminal.shown, "      7 root");
	ck_assert_uint_eq(terminal.attributes[at - terminal.shown], FRAME_PLAIN);
}
END_TEST

static TCase *new_case(Suite *suite, const char *name)
{
	TCase *test_case = tcase_create(name);

	tcase_add_checked_fixture(test_case, top_setup, module_teardown);
	suite_add_tcase(suite, test_case);
	return test_case;
}

static void add_view_tests(TCase *test_case)
{
	tcase_add_test(test_case, test_list);
	tcase_add_test(test_case, test_first_frame);
	tcase_add_loop_test(test_case, test_sort_keys, 0, 13);
	tcase_add_test(test_case, test_fields);
	tcase_add_test(test_case, test_filter);
	tcase_add_test(test_case, test_long_filter);
	tcase_add_test(test_case, test_selection);
	tcase_add_test(test_case, test_scrolling);
	tcase_add_test(test_case, test_sizes);
	tcase_add_test(test_case, test_threads);
	tcase_add_test(test_case, test_users);
	tcase_add_test(test_case, test_cgroups);
	tcase_add_test(test_case, test_units);
	tcase_add_test(test_case, test_other_groups);
	tcase_add_test(test_case, test_no_hierarchy);
	tcase_add_test(test_case, test_help);
	tcase_add_test(test_case, test_hostile_names);
	tcase_add_test(test_case, test_keys_of_list);
	tcase_add_test(test_case, test_combining);
	tcase_add_test(test_case, test_attributes);
}

static void add_run_tests(TCase *test_case)
{
	tcase_add_test(test_case, test_freeze);
	tcase_add_test(test_case, test_interval);
	tcase_add_test(test_case, test_detail);
	tcase_add_test(test_case, test_detail_of_one_that_ends);
	tcase_add_test(test_case, test_past);
	tcase_add_test(test_case, test_detail_in_small);
	tcase_add_test(test_case, test_module_comes_and_goes);
	tcase_add_test(test_case, test_module_is_back);
	tcase_add_test(test_case, test_errors);
	tcase_add_test(test_case, test_meter_off);
	tcase_add_loop_test(test_case, test_usage, 0, 13);
	tcase_add_test(test_case, test_no_command);
	tcase_add_test(test_case, test_batch);
	tcase_add_test(test_case, test_batch_idle);
	tcase_add_test(test_case, test_nobody);
}

int main(int argc, char **argv)
{
	Suite *suite = suite_create("top");

	add_view_tests(new_case(suite, "view"));
	add_run_tests(new_case(suite, "run"));
	return suite_main(suite, argc, argv);
}
