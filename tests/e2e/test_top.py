# SPDX-License-Identifier: GPL-2.0-or-later
"""taskmeter top on a terminal: tmux is the terminal, and tells what is on it."""

import contextlib
import fcntl
import itertools
import json
import os
import pty
import re
import select
import signal
import struct
import termios
import time

import machine

UNIT = "e2e-top-worker"
HEADER = "    PID USER     CPU% WAIT%  IO% MEM% LOCK%   RSS NOW"


class Screen:
    """A shell's command on a terminal of its own, which stays when that has ended."""

    numbers = itertools.count()

    def __init__(self, command, columns=80, rows=24):
        self.server = f"e2e-top-{next(self.numbers)}"
        self.tmux("new-session", "-d", "-s", "top", "-x", str(columns), "-y", str(rows),
             f"{command}; echo status=$?; stty -a | grep -o '.icanon\\|-icanon\\|.echo ' | "
             "tr '\\n' ' '; exec sleep 1000")

    def tmux(self, *arguments, check=True):
        return machine.run("tmux", "-L", self.server, "-f", "/dev/null", *arguments,
                           check=check).stdout

    def text(self):
        return self.tmux("capture-pane", "-p", "-t", "top")

    def lines(self):
        return self.text().split("\n")

    def press(self, *keys):
        self.tmux("send-keys", "-t", "top", *keys)

    def until(self, what, condition=None):
        """Waits until a text is seen, or a condition holds for the lines; gives these."""
        def holds():
            lines = self.lines()
            if condition(lines) if condition else any(what in line for line in lines):
                return lines
            return None
        try:
            return machine.wait_for(holds, what, 30)
        except AssertionError:
            raise AssertionError(f"{what} is not on the screen:\n{self.text()}") from None

    def until_measured(self, seconds=1):
        """There are rates of an interval of this length; a busy machine makes it longer."""
        return self.until(f"an interval of {seconds} s", lambda lines: re.search(
            rf" in {seconds}\.\ds", lines[0]))

    def resize(self, columns, rows):
        self.tmux("resize-window", "-t", "top", "-x", str(columns), "-y", str(rows))

    def pid(self):
        """Of taskmeter itself, the shell's child."""
        shell = self.tmux("list-panes", "-t", "top", "-F", "#{pane_pid}").strip()
        return int(machine.run("pgrep", "-P", shell, "-x", "taskmeter").stdout)

    def cursor_is_shown(self):
        return self.tmux("display-message", "-p", "-t", "top", "#{cursor_flag}").strip() == "1"


@contextlib.contextmanager
def screen(command="taskmeter top", **size):
    top = Screen(command, **size)
    try:
        yield top
    finally:
        top.tmux("kill-server", check=False)


@contextlib.contextmanager
def hogs(count=2):
    """Programs that keep one CPU busy together, so that each of them waits for it."""
    program = ("import os\nos.sched_setaffinity(0, {0})\n"
               "open('/proc/self/comm', 'w').write('e2e-hog')\nprint(flush=True)\n"
               "while True: pass")
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(machine.popen_python(program)) for _ in range(count)]
        for process in processes:
            process.stdout.readline()
        yield [process.pid for process in processes]


def rows_of(lines):
    """The list by its headings: of each row the words below them, the name last."""
    start = next(i for i, line in enumerate(lines)
                 if " CPU% " in line and not re.match(r"all |\d\d:", line))
    header = lines[start].split()
    rows = []
    for line in lines[start + 1:]:
        if not line.strip() or line.startswith("?"):
            break
        rows.append(dict(zip(header, line.split(None, len(header) - 1))))
    return rows


def column_of(lines, name):
    return [row.get(name) for row in rows_of(lines)]


class Top(machine.TestCase):
    def test_agrees_with_ps(self):
        """Who is shown as held up, and how much, is what ps --json says of the same seconds."""
        with hogs() as pids, screen() as top:
            def both(lines):
                return {str(pid) for pid in pids} <= set(column_of(lines, "PID")[:4])
            top.until_measured()
            lines = top.until("the hogs", both)
            told = json.loads(machine.cli("ps", "--json", "-i", "1").stdout)["processes"]
            rows = {row["PID"]: row for row in rows_of(lines)}
        told = {process["pid"]: process for process in told}
        for pid in pids:
            row, process = rows[str(pid)], told[pid]
            self.assertEqual((row["USER"], row["COMM"]), ("root", "e2e-hog"))
            for heading, key in (("CPU%", "run_ns_per_s"), ("WAIT%", "cpu_wait_ns_per_s")):
                self.assertAlmostEqual(float(row[heading]), process[key] / 1e7, delta=25,
                                       msg=f"{row} {process}")
            self.assertEqual(row["RSS"][-1], "M")
            self.assertAlmostEqual(float(row["RSS"][:-1]), process["rss_bytes"] / 2**20, delta=1)
        self.assertRegex(lines[2], r"^most  WAIT% [0-9.]+ e2e-hog ")

    def test_sort_keys_and_views(self):
        with machine.sleeper(b"e2e-filtered") as pid, screen() as top:
            top.until_measured()
            for key, heading in (("c", "CPU%"), ("w", "WAIT%"), ("i", "IO%"), ("m", "MEM%"),
                                 ("l", "LOCK%"), ("p", "P99"), ("r", "RSS"), ("g", "GROWTH"),
                                 ("s", "SW/S"), ("a", "STALL%")):
                with self.subTest(key=key):
                    top.press(key)
                    lines = top.until(f"  by {heading}  ")
                    if heading != "STALL%":
                        self.assertIn(heading, " ".join(lines[3:4]).split())
            top.press("n")
            lines = top.until("  by PID upwards  ")
            pids = [int(word) for word in column_of(lines, "PID")]
            self.assertEqual(pids, sorted(pids))
            self.assertEqual(pids[0], 1)
            top.press("R")
            top.until("  by PID  ")
            top.press("2")
            top.until(" TID ")
            top.until(" threads  ")
            top.press("3")
            top.until("USER     TASKS")
            lines = top.until("root in the list", lambda lines: "root" in column_of(lines, "USER"))
            top.press("4")
            lines = top.until("TASKS CPU%")
            top.until("/init.scope")
            top.press("/", "init.sc", "Enter")
            lines = top.until("filter init.sc")
            self.assertEqual(column_of(lines, "CGROUP"), ["/init.scope"])
            top.press("Enter")
            lines = top.until("  of /init.scope  ")
            self.assertEqual(column_of(lines, "PID"), ["1"])
            top.press("1")
            top.press("/", "e2e-filt")
            top.until("filter: e2e-filt")
            lines = top.until("one row", lambda lines: column_of(lines, "PID") == [str(pid)])
            top.press("Escape")
            top.until("without the filter", lambda lines: len(rows_of(lines)) > 1)
            top.press("?")
            top.until("sort by WAIT%: for a CPU")
            top.press("q")
            top.until("status=0")

    def test_units(self):
        """A unit's row is the sum that ps has of its processes, and leads to these."""
        name = f"{UNIT}.service"
        with machine.busy_unit(UNIT) as pids, \
                screen("taskmeter top --view units", columns=120, rows=80) as top:
            top.until_measured()
            top.press("/", UNIT, "Enter")
            lines = top.until("the unit", lambda lines: column_of(lines, "UNIT") == [name] and
                              rows_of(lines)[0]["TASKS"] == str(len(pids)))
            row, = rows_of(lines)
            told = json.loads(machine.cli("ps", "--json", "-i", "1").stdout)["processes"]
            told = [process for process in told if process["pid"] in pids]
            self.assertEqual(len(told), len(pids))
            for heading, key in (("CPU%", "run_ns_per_s"), ("WAIT%", "cpu_wait_ns_per_s")):
                share = sum(process[key] for process in told) / 1e7
                self.assertAlmostEqual(float(row[heading]), share, delta=30, msg=f"{row} {told}")
            self.assertEqual(row["RSS"][-1], "M")
            resident = sum(process["rss_bytes"] for process in told) / 2**20
            self.assertAlmostEqual(float(row["RSS"][:-1]), resident, delta=2)
            top.press("Enter")
            lines = top.until(f"  of {name}  ")
            self.assertEqual(set(column_of(lines, "PID")), {str(pid) for pid in pids})
            # It is the same group when it has a new process in a new cgroup.
            machine.systemctl("restart", name)
            top.until("its new processes", lambda lines: len(rows_of(lines)) == len(pids) and
                      not set(column_of(lines, "PID")) & {str(pid) for pid in pids})
            top.press("Escape")
            top.until("TASKS CPU%")
            top.press("Escape")
            lines = top.until("all units", lambda lines: {name, "init.scope"} <=
                              set(column_of(lines, "UNIT")))
            for key, what in (("6", "CONTAINER"), ("7", "PROGRAM"), ("8", "SLICE")):
                top.press(key)
                lines = top.until(f" SW/S {what}")
            self.assertIn("system.slice", column_of(lines, "SLICE"))

    def test_freeze_and_interval(self):
        with screen() as top:
            top.until_measured()
            top.press("Space")
            before = top.until("FROZEN")[1:]
            time.sleep(2.5)
            self.assertEqual(top.lines()[1:], before)
            top.press("Space")
            top.until("going on", lambda lines: "FROZEN" not in lines[0])
            top.press("+")
            top.until_measured(2)

    def test_detail(self):
        with hogs() as pids, screen() as top:
            top.until_measured()
            top.press("/", str(pids[0]), "Enter", "Enter")
            top.until(f"process {pids[0]} e2e-hog")
            lines = top.until("waits for a CPU: ")
            bar = next(line for line in lines if "\N{FULL BLOCK}" in line)
            self.assertGreaterEqual(len(bar.strip()), 78)
            self.assertTrue(any(re.match(r" *from +to +count", line) for line in lines), lines)
            for word in ("user root", "running", "for a CPU"):
                self.assertIn(word, "\n".join(lines))
            os.kill(pids[0], signal.SIGKILL)
            top.until("HAS ENDED")
            top.press("Escape")
            top.until("the list", lambda lines: any(HEADER in line for line in lines))

    def test_sizes(self):
        with screen() as top:
            top.until_measured()
            for columns, rows in ((20, 5), (300, 100), (80, 24)):
                top.resize(columns, rows)
                lines = top.until("the first and the last line", lambda lines, rows=rows:
                                  re.match(r"\d\d:\d\d:", lines[0]) and len(lines) > rows and
                                  lines[rows - 1].startswith("? help"))
                self.assertTrue(any(line.startswith("    PID USER") for line in lines), lines)
                self.assertTrue(all(len(line) <= columns for line in lines))
                if rows == 100:
                    machine.wait_for(lambda: "SW/S" in top.text(), "the whole header", 30)
                    shown = len(rows_of(top.lines()))
                    self.assertGreater(shown, 40)

    def test_many_processes(self):
        with machine.crowd(500), screen() as top:
            lines = top.until_measured()
            self.assertGreater(int(lines[0].split()[1]), 500)
            top.press("n", "End")
            top.until("the last process", lambda lines: len(rows_of(lines)) == 19)

    def test_hostile_name(self):
        with machine.sleeper(b"\x1b[31m\n\x07\xff\x9bx") as pid, screen() as top:
            top.until_measured()
            top.press("/", str(pid))
            lines = top.until("it alone", lambda lines: column_of(lines, "PID") == [str(pid)])
            self.assertIn("\\x1b[31m\\n\\x07", "\n".join(lines))
            raw = top.tmux("capture-pane", "-e", "-p", "-t", "top")
            self.assertNotIn("\x1b[31m\n", raw)

    def test_module_comes_and_goes(self):
        with screen() as top:
            top.until_measured()
            machine.unload_module()
            top.until("the kernel module is not loaded: waiting for it")
            machine.load_module()
            lines = top.until_measured()
            self.assertIn(HEADER, lines[3])

    def assert_terminal_is_sane(self, top):
        lines = top.until("icanon")
        self.assertIn("status=0", "".join(lines))
        self.assertNotIn("-icanon", "".join(lines))
        self.assertIn(" echo ", " " + " ".join(lines) + " ")
        self.assertFalse(any("PID USER" in line for line in lines), lines)
        self.assertTrue(top.cursor_is_shown())

    def test_signals(self):
        """The terminal is given back as it was, whatever ends it."""
        for end in (signal.SIGTERM, "C-c", "q"):
            with self.subTest(end=end), screen() as top:
                top.until_measured()
                if isinstance(end, str):
                    top.press(end)
                else:
                    os.kill(top.pid(), end)
                self.assert_terminal_is_sane(top)

    def test_stop_and_continue(self):
        with screen("PS1='ready> ' bash --norc -i") as top:
            top.until("ready>")
            top.press("taskmeter top", "Enter")
            top.until_measured()
            top.press("C-z")
            lines = top.until("Stopped")
            self.assertFalse(any("PID USER" in line for line in lines), lines)
            self.assertTrue(top.cursor_is_shown())
            top.press("fg", "Enter")
            top.until(HEADER)
            top.press("q")
            top.until("not the list", lambda lines: not any(HEADER in line for line in lines))

    def test_bare_command(self):
        with screen("taskmeter") as top:
            top.until("? help q end")
            top.press("q")
            top.until("status=0")
        self.assertIn(" WAIT% ", machine.cli().stdout.splitlines()[0])

    def test_no_color_and_ascii(self):
        with hogs(1) as pids, screen("env NO_COLOR=1 LC_ALL=C taskmeter top") as top:
            top.until_measured()
            top.press("/", str(pids[0]), "Enter", "Enter")
            top.until("RRR")
            raw = top.tmux("capture-pane", "-e", "-p", "-t", "top")
            self.assertIsNone(re.search("\x1b\\[[0-9;]*3[0-7]m", raw), raw)
            self.assertTrue(raw.isascii())


class Refused(machine.TestCase):
    def test_no_terminal(self):
        outcome = machine.cli("top", check=False)
        self.assertEqual((outcome.returncode, outcome.stdout), (1, ""))
        self.assertIn("not a terminal; use 'taskmeter ps', or 'taskmeter top --batch'",
                      outcome.stderr)

    def test_dumb_terminals(self):
        for term, why in (("dumb", "cannot be moved on a terminal of type dumb"),
                          ("e2e-unknown", "nothing is known of a terminal of type e2e-unknown"),
                          ("", "TERM is not set")):
            with self.subTest(term=term), \
                    screen(f"env TERM={term} taskmeter top", columns=160) as top:
                top.until(why)
                top.until("status=1")

    def test_no_module(self):
        machine.unload_module()
        with screen(columns=160) as top:
            top.until("modprobe taskmeter")
            top.until("status=3")

    def test_batch(self):
        with hogs():
            text = machine.cli("top", "--batch", "-n", "2", "-i", "0.5").stdout
        lists = text.split("\n\n")
        self.assertEqual(len(lists), 2, text)
        for part in lists:
            lines = part.split("\n")
            self.assertRegex(lines[0], r"^\d\d:\d\d:\d\d \d+ process")
            self.assertIn("e2e-hog", part)
            self.assertNotIn("\x1b", part)

    def test_broken_pipe(self):
        """Who stops reading ends it, and nobody is told of that."""
        for command in ("ps", "ps -a", "top --batch -i 0.2"):
            with self.subTest(command=command):
                outcome = machine.run("bash", "-c", f"taskmeter {command} | head -1")
                self.assertEqual(len(outcome.stdout.splitlines()), 1)
                self.assertEqual(outcome.stderr, "")


class Bytes(machine.TestCase):
    """What goes to the terminal, counted behind a pty of the test's own."""

    def frames(self, seconds):
        pid, fd = pty.fork()
        if pid == 0:
            os.environ.update(TERM="xterm-256color", LC_ALL="C.UTF-8")
            os.execvp("taskmeter", ["taskmeter", "top"])
        fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        sizes, size, end = [], 0, time.monotonic() + seconds
        while time.monotonic() < end:
            if select.select([fd], [], [], 0.2)[0]:
                size += len(os.read(fd, 65536))
            elif size:
                sizes.append(size)
                size = 0
        os.kill(pid, signal.SIGTERM)
        with contextlib.suppress(OSError):
            while os.read(fd, 65536):
                pass
        self.assertEqual(os.waitpid(pid, 0)[1], 0)
        os.close(fd)
        return sizes

    def test_frames(self):
        """Below 2 KB each at 24x80, but for the first, which is all of the screen."""
        with hogs():
            sizes = self.frames(7)
        self.assertGreaterEqual(len(sizes), 5, sizes)
        self.assertLess(max(sizes[1:]), 2048, sizes)
        self.assertLess(sizes[0], 4096, sizes)
