# SPDX-License-Identifier: GPL-2.0-or-later
"""Exit records from the module through the daemon to its history, its API and its event streams."""

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time

import api
import machine

HISTORY = "/var/lib/taskmeter/history.db"
OOM_MESSAGE_ID = "c84d240a1745416e8a926b520998eaf7"
KILLS = 100


def query(sql, *arguments):
    """Rows of the history, read while the daemon writes it; it is not made here."""
    with contextlib.closing(sqlite3.connect(f"file:{HISTORY}?mode=rw", uri=True,
                                            timeout=60)) as history:
        return history.execute(sql, arguments).fetchall()


def exits(query_string=""):
    reply = api.get("/v1/exits?" + query_string)
    if reply.status != 200:
        raise AssertionError(f"{reply.status}: {reply.text}")
    return reply.json()


def pages(since):
    """All records from a place on."""
    rows = []
    while True:
        page = exits(f"limit=1000&since={since}")
        rows += page["exits"]
        since = page["next"]
        if not page["more"]:
            return rows


def wait_exit(pid, **filters):
    """The record of a process that has ended."""
    options = "&".join(f"{name}={value}" for name, value in filters.items())

    def find():
        rows = exits(f"limit=1000&{options}")["exits"]
        return next((row for row in reversed(rows) if row["pid"] == pid), None)
    return machine.wait_for(find, f"the record of process {pid}")


def end(*command, **options):
    """A process that runs and ends; its pid."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, **options)
    process.wait()
    return process.pid


@contextlib.contextmanager
def storm():
    """Processes that fork and end, as fast as they can without keeping others waiting."""
    loops = [subprocess.Popen(["nice", "-n", "19",
                               "/bin/sh", "-c", "while :; do /bin/true; done"],
                              stdin=subprocess.DEVNULL) for _ in range(2)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def settle():
    """Wait until everything that has ended is in the history."""
    pid = end("/bin/true")

    def is_stored():
        try:
            return query("SELECT 1 FROM exits WHERE pid = ? AND id >"
                         " (SELECT max(id) - 1000 FROM exits)", pid)
        except sqlite3.OperationalError:    # it is just being made
            return False
    machine.wait_for(is_stored, "a record in the history")


@contextlib.contextmanager
def restarts_at_once():
    """systemd starts the daemon again without a pause, however often it ends."""
    directory = f"/run/systemd/system/{machine.SERVICE}.d"
    os.makedirs(directory, exist_ok=True)
    with open(f"{directory}/e2e.conf", "w") as file:
        file.write("[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestartSec=50ms\n")
    machine.run("systemctl", "daemon-reload")
    try:
        yield
    finally:
        os.unlink(f"{directory}/e2e.conf")
        machine.run("systemctl", "daemon-reload")


def new_daemon(old):
    """The daemon's process, once it is another one and runs the daemon's program."""
    try:
        with open(f"/sys/fs/cgroup/system.slice/{machine.SERVICE}/cgroup.procs") as file:
            pids = [int(line) for line in file]
        for pid in pids:
            with open(f"/proc/{pid}/comm") as file:
                if pid != old and file.read() == "taskmeterd\n":
                    return pid
    except OSError:    # between two of them
        pass
    return None


class EventStream:
    """A client of /v1/events; fields of each event as a dictionary."""

    def __init__(self, path="/v1/events", last_id=None):
        headers = {"Last-Event-ID": last_id} if last_id else {}
        self.sock = api.connect(timeout=machine.PATIENCE)
        self.sock.sendall(api.request_bytes(path, headers=headers))
        self.file = self.sock.makefile("rb")
        self.status = int(self.file.readline().split()[1])
        while self.file.readline() not in (b"\r\n", b""):
            pass
        self.rest = b""

    def chunk(self):
        size = int(self.file.readline() or b"0", 16)
        data = self.file.read(size)
        self.file.readline()
        if not size:
            raise EOFError
        return data

    def next(self):
        """The next event; what sets an id only, and comments, are left out."""
        while True:
            while b"\n\n" not in self.rest:
                self.rest += self.chunk()
            block, _, self.rest = self.rest.partition(b"\n\n")
            fields = dict(line.split(": ", 1) for line in block.decode().split("\n")
                          if not line.startswith(":"))
            if "data" in fields:
                fields["data"] = json.loads(fields["data"])
                return fields

    def exits(self, count):
        """The next so many events of type exit."""
        found = []
        while len(found) < count:
            event = self.next()
            if event["event"] == "exit":
                found.append(event)
        return found

    def close(self):
        self.file.close()
        self.sock.close()


class Records(machine.TestCase):
    def test_of_a_service(self):
        """How it ended, its arguments, and its cgroup, which is gone by then."""
        machine.run("systemd-run", "--unit=e2e-exit", "--wait", "--collect", "/bin/sh", "-c",
                    "exit 3", "sh", "\x01é", check=False)
        rows = machine.wait_for(
            lambda: [row for row in exits("limit=1000&failed=1")["exits"]
                     if row["cgroup_path"] == "/system.slice/e2e-exit.service"], "its record")
        self.assertEqual([row["exit_code"] for row in rows], [3])
        self.assertEqual(rows[0]["command_line"], ["/bin/sh", "-c", "exit 3", "sh", "\x01é"])
        self.assertAlmostEqual(rows[0]["exit_realtime_ns"] / 1e9, time.time(), delta=120)

    def test_by_signal(self):
        pid = end("/bin/sh", "-c", "kill -9 $$")
        row = wait_exit(pid, failed=1)
        self.assertEqual((row["exit_code"], row["signal"]), (None, 9))

    def test_fields(self):
        rows = exits("fields=number,comm,histograms&limit=3")["exits"]
        for row in rows:
            self.assertEqual(list(row), ["number", "comm", "histograms"])
        self.assert_problem(api.get("/v1/exits?fields=number,nonsense"), 400, "nonsense")
        self.assert_problem(api.get("/v1/exits?since=yesterday"), 400, "yesterday")

    def test_pages_have_no_gaps(self):
        """From the history into memory, whatever has ended, one after the other."""
        settle()
        (first, last), = query("SELECT min(number), max(number) FROM exits WHERE load ="
                               " (SELECT max(load) FROM cursor)")
        numbers = [row["number"] for row in pages(first)]
        lost, = query("SELECT coalesce(sum(count), 0) FROM lost WHERE load ="
                      " (SELECT max(load) FROM cursor) AND first >= ?", first)[0]
        self.assertEqual(numbers, sorted(set(numbers)))
        self.assertEqual(len(numbers) + lost, numbers[-1] - first + 1)
        self.assertGreaterEqual(numbers[-1], last)

    def test_since_a_time(self):
        settle()
        began = time.time()
        pid = end("/bin/true")
        wait_exit(pid)
        rows = exits(f"since=@{began:.3f}&limit=1000")["exits"]
        self.assertIn(pid, [row["pid"] for row in rows])
        self.assertLessEqual(began - 1, rows[0]["exit_realtime_ns"] / 1e9)

    def test_others_see_their_own(self):
        """A member sees all; somebody else the records of his own processes."""
        other = machine.other()
        mine = end("/bin/true", **other)
        foreign = end("/bin/true")
        wait_exit(mine)
        wait_exit(foreign)
        for options, sees in ((machine.member(), {mine, foreign}), (other, {mine})):
            output = machine.run("curl", "-s", "--unix-socket", api.SOCKET,
                                 "http://localhost/v1/exits?limit=1000", **options).stdout
            pids = {row["pid"] for row in json.loads(output)["exits"]}
            self.assertEqual(pids & {mine, foreign}, sees)
        output = machine.run("curl", "-s", "--unix-socket", api.SOCKET,
                             "http://localhost/v1/events?types=exec", **other).stdout
        self.assertEqual(json.loads(output)["status"], 403)

    def test_metrics(self):
        wait_exit(end("/bin/false"))
        text = api.get("/metrics").text
        for name in ("taskmeter_exits_total", "taskmeter_exits_failed_total",
                     "taskmeter_history_exits_total", "taskmeter_history_up"):
            self.assertGreater(float(re.search(rf"^{name} (\S+)$", text, re.M).group(1)), 0)
        self.assertEqual(api.get("/healthz").json()["history"], "ok")


class History(machine.TestCase):
    def check_numbers(self):
        """Of each load, every number up to the cursor is stored once or noted as lost."""
        for load, following in query("SELECT load, next FROM cursor"):
            (stored, distinct), = query("SELECT count(*), count(DISTINCT number) FROM exits"
                                        " WHERE load = ? AND number < ?", load, following)
            lost, = query("SELECT coalesce(sum(count), 0) FROM lost WHERE load = ?", load)[0]
            self.assertEqual(stored, distinct)
            self.assertEqual(stored + lost, following - 1)
            for first, last, count in query("SELECT first, last, count FROM lost"
                                            " WHERE load = ?", load):
                there, = query("SELECT count(*) FROM exits WHERE load = ? AND number"
                               " BETWEEN ? AND ?", load, first, last)[0]
                self.assertEqual(there + count, last - first + 1)

    def test_killed(self):
        """The daemon is killed a hundred times while processes come and go."""
        before, = query("SELECT count(*) FROM exits")[0]
        with restarts_at_once(), storm():
            pid = 0
            for kill in range(KILLS):
                pid = machine.wait_for(lambda old=pid: new_daemon(old), "a new daemon")
                # Before it is ready, while it catches up, and when it has.
                time.sleep(0.02 * (kill % 25))
                os.kill(pid, signal.SIGKILL)
        machine.restore()
        settle()
        self.check_numbers()
        after, = query("SELECT count(*) FROM exits")[0]
        lost, = query("SELECT coalesce(sum(count), 0) FROM lost")[0]
        print(f"{KILLS} kills: {after - before} records, {lost} lost")
        self.assertGreater(after - before, KILLS)

    def test_module_loaded_anew(self):
        """Numbers begin anew, under another instance; nothing is mixed up."""
        loads = query("SELECT instance_id FROM cursor")
        machine.reload_module()
        machine.wait_for(machine.healthy, "a healthy daemon")
        settle()
        self.assertEqual(len(query("SELECT instance_id FROM cursor")), len(loads) + 1)
        self.check_numbers()
        (instance, number), = query("SELECT instance_id, next FROM cursor WHERE load ="
                                    " (SELECT max(load) FROM cursor)")
        page = exits(f"since={instance}:1&limit=1")
        self.assertEqual(str(page["instance_id"]), instance)
        self.assertLess(page["exits"][0]["number"], number)

    def test_damaged(self):
        """It is moved aside, the journal tells, and the daemon serves and stores on."""
        machine.systemctl("stop", machine.SERVICE)
        with open(HISTORY, "r+b") as file:
            file.write(b"not a database" * 100)
        with contextlib.suppress(FileNotFoundError):
            os.unlink(HISTORY + "-wal")
        machine.systemctl("start", machine.SERVICE)
        machine.wait_for(machine.healthy, "a healthy daemon")
        settle()
        self.assertTrue(os.path.exists(HISTORY + ".corrupt"))
        machine.run("journalctl", "--sync")
        self.assertIn("moved aside", machine.journal("--since=-2min"))
        self.check_numbers()


    def test_file_stays_on_reload(self):
        """Another one in the settings waits for a restart; what is written is what is told."""
        def told():
            return api.get("/v1/info").json()["daemon"]["history"]["file"]

        self.assertEqual(told(), HISTORY)
        with machine.settings("history = none\n"):
            settle()
            self.assertEqual(told(), HISTORY)
        self.assertEqual(told(), HISTORY)


class Events(machine.TestCase):
    def test_resume(self):
        """Away for a while: every exit comes once, in the order of the numbers."""
        with contextlib.closing(EventStream()) as stream:
            self.assertEqual(stream.status, 200)
            for _ in range(3):
                end("/bin/true")
            told = stream.exits(3)
        last = told[-1]["id"]
        for _ in range(20):
            end("/bin/true")
        with contextlib.closing(EventStream(last_id=last)) as stream:
            told += stream.exits(20)
        numbers = [event["data"]["number"] for event in told]
        self.assertEqual(numbers, list(range(numbers[0], numbers[0] + len(numbers))))
        self.assertEqual([int(event["id"].split(":")[1]) for event in told], numbers)

    def test_resume_after_a_restart(self):
        with contextlib.closing(EventStream()) as stream:
            end("/bin/true")
            first = stream.exits(1)[0]
        machine.restart()
        with contextlib.closing(EventStream(last_id=first["id"])) as stream:
            end("/bin/true")
            event = stream.next()
        if event["event"] == "missed":
            rows = pages(event["data"]["from"])
            self.assertEqual(rows[0]["number"], first["data"]["number"] + 1)
        else:
            self.assertEqual(event["data"]["number"], first["data"]["number"] + 1)

    def test_fork_and_exec(self):
        with contextlib.closing(EventStream("/v1/events?types=fork,exec,exit")) as stream:
            pid = end("/bin/echo", "\x01")
            seen = {}
            while "exit" not in seen:
                event = stream.next()
                if event["data"].get("pid") == pid:
                    seen[event["event"]] = event["data"]
        self.assertEqual(seen["exec"]["command_line"], ["/bin/echo", "\x01"])
        self.assertEqual(seen["fork"]["ppid"], os.getpid())
        self.assertEqual(seen["exit"]["exit_code"], 0)

    def test_wrong_requests(self):
        for path, status, word in (("types=exit,nonsense", 400, "nonsense"),
                                   ("fields=nonsense", 400, "nonsense"), ("x=1", 400, "types")):
            self.assert_problem(api.get("/v1/events?" + path), status, word)
        self.assert_problem(api.get("/v1/events", {"Last-Event-ID": "x"}), 400, "INSTANCE:NUMBER")

    def test_who_goes_away_is_forgotten(self):
        for _ in range(50):
            EventStream().close()
        machine.wait_for(lambda: re.search(r"^taskmeter_event_streams 0$",
                                           api.get("/metrics").text, re.M), "no stream")
        self.assert_serves()

    def test_client_that_reads_nothing(self):
        """He is dropped while processes come and go; others are served meanwhile."""
        with contextlib.closing(EventStream("/v1/events?types=fork,exec,exit")) as stream:
            with storm():
                for _ in range(30):
                    self.assert_serves()
                    time.sleep(1)
            deadline = time.monotonic() + machine.PATIENCE
            with self.assertRaises((EOFError, OSError)):
                while time.monotonic() < deadline:
                    if stream.next()["event"] == "overrun":
                        break
                stream.chunk()
                stream.chunk()
        self.assert_serves()

    def test_stop_with_streams(self):
        with contextlib.ExitStack() as stack:
            for _ in range(20):
                stack.enter_context(contextlib.closing(EventStream()))
            machine.systemctl("stop", machine.SERVICE)
        self.assertEqual(machine.unit_property(machine.SERVICE, "Result"), "success")


class OutOfMemory(machine.TestCase):
    def test_journal(self):
        """A unit at its memory limit: an entry of the journal with all that is known."""
        machine.run("systemd-run", "--unit=e2e-oom", "--wait", "--collect", "-p",
                    "MemoryMax=24M", "-p", "MemorySwapMax=0", sys.executable, "-S", "-c",
                    "x = bytearray(100 << 20)", check=False)
        path = "/system.slice/e2e-oom.service"

        def find():
            machine.run("journalctl", "--sync")
            lines = machine.run("journalctl", "-q", "-o", "json",
                                f"MESSAGE_ID={OOM_MESSAGE_ID}").stdout.splitlines()
            entries = [json.loads(line) for line in lines]
            return [entry for entry in entries if "bytearray" in
                    str(entry.get("TASKMETER_COMMAND_LINE"))]
        entry = machine.wait_for(find, "the entry")[0]
        row = wait_exit(int(entry["TASKMETER_PID"]), oom=1)
        self.assertEqual(row["cgroup_path"], path)
        self.assertEqual(row["signal"], 9)
        self.assertEqual(entry.get("TASKMETER_CGROUP", path), path)
        self.assertEqual(entry["TASKMETER_UID"], "0")
        self.assertEqual(int(entry["TASKMETER_RSS_ANON_BYTES"]), row["oom"]["rss_anon_bytes"])
        self.assertIn(entry["TASKMETER_OOM_SCOPE"], ("cgroup", "unknown"))
        self.assertIn("was killed", entry["MESSAGE"])
