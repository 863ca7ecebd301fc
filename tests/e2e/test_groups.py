# SPDX-License-Identifier: GPL-2.0-or-later
"""Totals by group, beside what the module tells of who lives and who ended, and the kernel."""

import collections
import contextlib
import ctypes
import json
import os
import re
import signal
import struct
import subprocess
import time

import api
import machine

CGROUPS = "/sys/fs/cgroup"
KINDS = ("unit", "slice", "container", "user", "program", "cgroup")
SLICE = "/e2e.slice"
FIFO = "/run/e2e-groups"
SYS_CLONE3 = 435
CLONE_INTO_CGROUP = 1 << 33
# What both totals of the module and groups tell; see Groups.compare() of the two that differ.
ROUGH = ("user_ns", "system_ns")
COUNTERS = ("exits", "oom_kills", "run_ns", *ROUGH, "run_delay_ns", "timeslices",
            "voluntary_switches", "involuntary_switches", "migrations", "minor_faults",
            "major_faults", "io_read_chars_bytes", "io_write_chars_bytes", "io_read_syscalls",
            "io_write_syscalls", "io_read_bytes", "io_write_bytes", "io_cancelled_write_bytes",
            "tracked_ns", "cpu_wait_ns", "sleep_ns", "io_wait_ns", "mem_wait_ns", "lock_wait_ns",
            "stop_ns", "wakeups", "mem_stall_ns")


def page(kind, query="limit=10000"):
    reply = api.get(f"/v1/groups/{kind}?{query}")
    if reply.status != 200:
        raise AssertionError(f"{reply.status}: {reply.text}")
    return reply.json()


def by_name(found):
    return {group["name"]: group for group in found["groups"]}


def fresh(kind):
    """Groups, by name, of a tick that begins from now on."""
    now = time.monotonic_ns()

    def read():
        found = page(kind)
        return found if found["sample"]["monotonic_ns"] > now else None
    return by_name(machine.wait_for(read, f"a tick with groups by {kind}"))


def metric(name):
    return int(re.search(rf"^{name} (\S+)$", api.get("/metrics").text, re.M).group(1))


def cpu_stat(path):
    """CPU time that the kernel has of a cgroup, nanoseconds."""
    with open(f"{CGROUPS}{path}/cpu.stat") as file:
        return int(dict(line.split() for line in file)["usage_usec"]) * 1000


def paths():
    """Those of all cgroups that there are, by id."""
    return {os.stat(directory).st_ino: directory[len(CGROUPS):] or "/"
            for directory, _, _ in os.walk(CGROUPS)}


def above(path):
    """The path, and those of all cgroups that it is in."""
    while path != "/":
        yield path
        path = os.path.dirname(path)
    yield "/"


def first_unit(path):
    """As systemd has it: what is not a slice, or the slice if nothing is a unit."""
    parts = [part for part in path.split("/") if part]
    units = [part for part in parts if not part.endswith(".slice")]
    if units and re.search(r"\.(service|scope|mount|socket|swap)$", units[0]):
        return units[0]
    return last_slice(path)


def last_slice(path):
    name = "-.slice"
    for part in path.split("/")[1:]:
        if not part.endswith(".slice"):
            break
        name = part
    return name


# Of which groups a row of the module is.
NAMES = {
    "cgroup": lambda row: above(row["cgroup_path"]),
    "unit": lambda row: [first_unit(row["cgroup_path"])],
    "slice": lambda row: [last_slice(row["cgroup_path"])],
    "user": lambda row: [str(row["uid"])],
}


def read_totals(kind):
    """What the module has of those that ended."""
    by = "user" if kind == "user" else "cgroup"
    rows = json.loads(machine.cli("totals", by, "--json").stdout)["totals"]
    return [row for row in rows if not row["other"]]


def read_living():
    rows = json.loads(machine.cli("ps", "--json").stdout)["processes"]
    known = paths()
    for row in rows:
        row["cgroup_path"] = known.get(row["cgroup_id"])
    return [row for row in rows if row["cgroup_path"]]


def sums(kind, totals_first):
    """What groups have to have, by name. Who ends meanwhile is left out, or counts twice."""
    ended = read_totals(kind) if totals_first else []
    rows = read_living() + (ended or read_totals(kind))
    found = collections.defaultdict(collections.Counter)
    for row in rows:
        for name in NAMES[kind](row):
            found[name].update({key: row.get(key) or 0 for key in COUNTERS})
    return found


def around(kind):
    """What must be in groups at least, the groups, and what may be in them at most."""
    least = sums(kind, True)
    groups = fresh(kind)
    return least, groups, sums(kind, False)


@contextlib.contextmanager
def unit(name, script, *properties):
    """A transient unit, begun behind a tick: none sees its process before it is in its cgroup."""
    fresh("slice")
    machine.run("systemd-run", f"--unit={name}", "--collect", *properties, "/bin/sh", "-c", script)
    try:
        yield
    finally:
        machine.systemctl("stop", name, check=False)


def remove(path):
    """Whether that went: it is busy for a moment when its last process has ended."""
    try:
        os.rmdir(CGROUPS + path)
    except OSError:
        return False
    return True


@contextlib.contextmanager
def cgroup(name):
    """A cgroup that systemd does not know, for a while; its path."""
    path = f"{SLICE}/{name}"
    os.makedirs(CGROUPS + path)
    try:
        yield path
    finally:
        machine.wait_for(lambda: remove(path), f"{path} without processes")


def run_in(path, script):
    """A shell that is born in a cgroup, so that all it does is of that; its exit status."""
    directory = os.open(CGROUPS + path, os.O_RDONLY | os.O_DIRECTORY)
    arguments = struct.pack("11Q", CLONE_INTO_CGROUP, 0, 0, 0, signal.SIGCHLD, 0, 0, 0, 0, 0,
                            directory)
    try:
        pid = machine.libc.syscall(SYS_CLONE3, arguments, len(arguments))
        if pid == 0:
            os.execv("/bin/sh", ["sh", "-c", script])
    finally:
        os.close(directory)
    if pid < 0:
        raise OSError(ctypes.get_errno(), "clone3")
    _, status = os.waitpid(pid, 0)
    return status >> 8


def ends(count, status=3):
    """So many children of a shell, as a script."""
    return f"i=0; while [ $i -lt {count} ]; do (exit {status}); i=$((i + 1)); done"


@contextlib.contextmanager
def storm(path):
    """Processes of a cgroup that fork and end until the others are done."""
    loop = subprocess.Popen(["nice", "-n", "19", "/bin/sh", "-c", f"echo 0 >{CGROUPS}{path}"
                             "/cgroup.procs; while :; do (exit 1); /bin/true; done"],
                            stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        loop.kill()
        loop.wait()


@contextlib.contextmanager
def user_manager(uid):
    """As at a login; what pam_systemd would tell it is told by a drop-in."""
    name = f"user@{uid}.service"
    directory = f"/run/systemd/system/{name}.d"
    os.makedirs(directory, exist_ok=True)
    with open(f"{directory}/e2e.conf", "w") as file:
        file.write("[Service]\nEnvironment=XDG_RUNTIME_DIR=/run/user/%i\n")
    machine.run("systemctl", "daemon-reload")
    fresh("slice")
    machine.systemctl("start", name)
    try:
        yield
    finally:
        machine.systemctl("stop", name)


@contextlib.contextmanager
def fifo():
    os.mkfifo(FIFO)
    os.chmod(FIFO, 0o644)
    try:
        yield
    finally:
        os.unlink(FIFO)


@contextlib.contextmanager
def stopped(pid):
    """The daemon does not run, as if the machine had no time for it."""
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


@contextlib.contextmanager
def small_exit_log():
    usual = json.loads(machine.cli("info", "--json").stdout)["exit_log_bytes"]
    machine.cli("set", "exit-log-bytes", "64K")
    try:
        yield
    finally:
        machine.cli("set", "exit-log-bytes", str(usual))


class Groups(machine.TestCase):
    def setUp(self):
        super().setUp()
        if os.path.isdir(CGROUPS + SLICE):
            os.rmdir(CGROUPS + SLICE)

    def compare(self, name, least, groups, most):
        """How CPU time is split is guessed anew each time that a process is looked at."""
        self.assertIn(name, groups)
        group = groups[name]
        bad = {key: (least[name][key], group[key], most[name][key]) for key in COUNTERS
               if key not in ROUGH and group[key] is not None and
               not least[name][key] <= group[key] <= most[name][key]}
        self.assertEqual(bad, {}, name)
        self.assertEqual(group["user_ns"] + group["system_ns"], group["run_ns"], name)
        for key in ROUGH:
            slack = 0.1 * most[name]["run_ns"]
            self.assertGreater(group[key], least[name][key] - slack, (name, key))
            self.assertLess(group[key], most[name][key] + slack, (name, key))

    def assert_resolved(self, groups):
        self.assertEqual(metric("taskmeter_cgroups_unresolved"), 0)
        self.assertNotIn("?", groups)
        self.assertNotIn("other", groups)


class Totals(Groups):
    def test_all_after_a_start(self):
        """Of every cgroup, unit, slice and user: the living, and who ended before the daemon."""
        machine.restart()
        for kind in NAMES:
            least, groups, most = around(kind)
            self.assertLessEqual(set(least), set(groups))
            self.assertLessEqual(set(groups), set(most))
            for name in least:
                with self.subTest(kind=kind, name=name):
                    self.compare(name, least, groups, most)
            self.assert_resolved(groups)

    def test_churn(self):
        """A unit that forks: exactly what the module has, and CPU time as the kernel has it."""
        user = machine.make_user("e2e-groups")
        path = "/e2ea.slice/e2ea-b.slice/e2e-churn.service"
        names = (("cgroup", path), ("cgroup", "/e2ea.slice"), ("unit", "e2e-churn.service"),
                 ("slice", "e2ea-b.slice"), ("user", str(user["user"])))
        script = (f"read go <{FIFO}; i=0; while [ $i -lt 50 ]; do /bin/true; (exit 3);"
                  " i=$((i + 1)); done; exec sleep 100000")
        with fifo(), unit("e2e-churn", script, "--slice=e2ea-b", f"--uid={user['user']}"):
            begun = {name: fresh(kind)[name] for kind, name in names}
            cpu_ns = -cpu_stat(path)
            with open(FIFO, "w") as file:
                file.write("go\n")
            pid = int(machine.unit_property("e2e-churn", "MainPID"))
            machine.wait_for(lambda: machine.proc_status(pid)["Name"] == "sleep", "its rest")
            time.sleep(0.2)
            cpu_ns += cpu_stat(path)
            for kind, name in names:
                with self.subTest(kind=kind, name=name):
                    self.check_churn(begun[name], fresh(kind)[name], cpu_ns)
            least, groups, most = around("cgroup")
            self.compare(path, least, groups, most)
            self.assert_resolved(groups)
        self.check_removed(path)

    def check_churn(self, begun, group, cpu_ns):
        self.assertEqual((group["processes"], group["threads"]), (1, 1))
        self.assertGreater(group["rss_anon_bytes"] + group["rss_file_bytes"], 0)
        self.assertEqual((group["exits"] - begun["exits"], group["failed"] - begun["failed"]),
                         (100, 50))
        self.assertAlmostEqual(group["run_ns"] - begun["run_ns"], cpu_ns, delta=cpu_ns // 100)

    def check_removed(self, path):
        """Its last process has gone, and it too; what is told of it stays, and has all."""
        machine.wait_for(lambda: not os.path.exists(CGROUPS + path), f"{path} to be removed")
        least, groups, most = around("cgroup")
        self.compare(path, least, groups, most)
        self.assertEqual(groups[path]["processes"], 0)
        self.assert_resolved(groups)
        self.assertIn("e2e-churn.service", fresh("unit"))

    def test_short_cgroups(self):
        """Made, used and removed between two ticks: each has its name and what is its own."""
        count = 40
        names = [f"short-{time.time_ns()}-{i}" for i in range(count)]
        for name in names:
            with cgroup(name) as path:
                self.assertEqual(run_in(path, "exit 1"), 1)
        least, groups, most = around("cgroup")
        for name in names:
            path = f"{SLICE}/{name}"
            self.compare(path, least, groups, most)
            self.assertEqual((groups[path]["exits"], groups[path]["failed"]), (1, 1))
        self.assert_resolved(groups)

    def test_never_back(self):
        """No counter of any group: not in a storm, nor when the module is loaded anew."""
        latest = {kind: {} for kind in KINDS}
        with cgroup("storm") as path, storm(path):
            for _ in range(6):
                self.grow(latest)
                time.sleep(0.5)
        machine.reload_module()
        machine.wait_for(machine.healthy, "the module again")
        with cgroup("storm") as path, storm(path):
            for _ in range(3):
                self.grow(latest)
                time.sleep(0.5)
        least, groups, most = around("cgroup")
        self.grow(latest)
        for key in ("exits", "run_ns"):
            self.assertGreaterEqual(most[path][key], least[path][key])
            self.assertGreater(groups[path][key], most[path][key])

    def grow(self, latest):
        for kind in KINDS:
            groups = by_name(page(kind))
            for name, before in latest[kind].items():
                for key in COUNTERS:
                    self.assertGreaterEqual(groups[name][key] or 0, before[key] or 0,
                                            (kind, name, key))
            latest[kind] = groups

    def test_lost_records(self):
        """More end than the log has room for: the totals that the module has mend it."""
        with cgroup(f"lost-{time.time_ns()}") as path, small_exit_log():
            # Nobody whom a sample has seen is among them: that would take a minute.
            daemon = machine.main_pid()
            begun = fresh("user")["0"]["exits"]
            repaired = metric("taskmeter_exits_repaired_total")
            lost = page("user")["lost_exits"]
            with stopped(daemon):
                self.assertEqual(run_in(path, ends(600) + "; exit 0"), 0)
                (row,) = [row for row in read_totals("cgroup") if row["cgroup_path"] == path]
                self.assertEqual(row["exits"], 601)
            lost = machine.wait_for(lambda: page("user")["lost_exits"] - lost, "lost records")
            self.assertGreater(lost, 100)
            machine.wait_for(lambda: metric("taskmeter_exits_repaired_total") >= repaired + lost,
                             "them to be found")
            least, groups, most = around("cgroup")
            self.compare(path, least, groups, most)
            self.assertEqual(metric("taskmeter_exits_repaired_total"), repaired + lost)
            self.assertGreaterEqual(fresh("user")["0"]["exits"], begun + 601)
            self.assertGreaterEqual(fresh("program")["other"]["exits"], lost)


class Kinds(Groups):
    def test_containers(self):
        """Scopes and services that are called as engines call theirs."""
        number = f"{time.time_ns():064x}"
        for name, properties, found in (
                (f"docker-{number}.scope", ("--scope",), f"docker:{number}"),
                (f"libpod-{number}.scope", ("--scope", "--slice=machine"), f"podman:{number}"),
                ("systemd-nspawn@e2e\\x2dbox.service", ("--slice=machine", "--wait"),
                 "nspawn:e2e-box")):
            with self.subTest(name=name):
                before = fresh("container").get(found, {"exits": 0})["exits"]
                machine.run("systemd-run", f"--unit={name}", "--collect", *properties, "/bin/sh",
                            "-c", ends(4) + "; exit 0")
                self.assertEqual(fresh("container")[found]["exits"] - before, 5)
                self.assertIn(name, fresh("unit"))

    def test_user_session(self):
        """The user's manager is the unit; below it, cgroups tell more."""
        uid = machine.make_user("e2e-groups")["user"]
        with user_manager(uid):
            slices, units, cgroups = fresh("slice"), fresh("unit"), fresh("cgroup")
        self.assertGreater(slices[f"user-{uid}.slice"]["processes"], 0)
        self.assertGreater(units[f"user@{uid}.service"]["processes"], 0)
        path = f"/user.slice/user-{uid}.slice/user@{uid}.service"
        self.assertGreater(cgroups[f"{path}/init.scope"]["processes"], 0)
        machine.wait_for(lambda: fresh("cgroup")[path]["processes"] == 0, "its end")

    def test_programs(self):
        """Short ones, by the name that they had in the end."""
        name = f"e{time.time_ns() % 10 ** 12:x}"
        os.symlink("/bin/sh", f"/run/{name}")
        try:
            for status in (0, 0, 1):
                machine.run(f"/run/{name}", "-c", f"exit {status}", check=False)
        finally:
            os.unlink(f"/run/{name}")
        group = fresh("program")[name]
        self.assertEqual((group["exits"], group["failed"], group["processes"]), (3, 1, 0))
        rows = api.get("/v1/exits?limit=1000&fields=comm,run_ns").json()["exits"]
        run_ns = sum(row["run_ns"] for row in rows if row["comm"] == name)
        self.assertAlmostEqual(group["run_ns"], run_ns, delta=run_ns // 2)
        self.assertNotIn("kworker/0:0", fresh("program"))
        self.assertGreater(fresh("program")["kworker"]["processes"], 0)

    def test_pages(self):
        """Any order, page by page, has each group once."""
        for kind in KINDS:
            for sort in ("name", "run_ns", "cpu_pressure_10s", "mem_wait_ns_per_s"):
                with self.subTest(kind=kind, sort=sort):
                    self.check_pages(kind, f"sort={sort}&order=desc&limit=7&fields=name,{sort}")

    def check_pages(self, kind, query):
        names, cursor = [], ""
        while cursor is not None:
            found = page(kind, query + (f"&cursor={cursor}" if cursor else ""))
            self.assertEqual(found["kind"], kind)
            self.assertLessEqual(len(found["groups"]), 7)
            names += [group["name"] for group in found["groups"]]
            cursor = found["next_cursor"]
        # Values change from tick to tick: only in the order of names nothing moves.
        self.assertGreaterEqual(found["matched"], len(found["groups"]))
        if query.startswith("sort=name"):
            self.assertEqual(names, sorted(set(names), reverse=True))

    def test_wrong_requests(self):
        self.assertEqual(page("unit", "name=no.service")["groups"], [])
        for path, status, *words in (
                ("nonsense", 404, "nonsense", *KINDS), ("", 404), ("unit/ssh.service", 404),
                ("unit?sort=nonsense", 400, "nonsense", "run_ns"),
                ("unit?fields=name,nonsense", 400, "nonsense"), ("unit?fields=", 400),
                ("unit?limit=0", 400, "limit"), ("unit?limit=10001", 400, "10000"),
                ("unit?limit=-1", 400, "limit"), ("unit?order=up", 400, "order"),
                ("unit?cursor=x", 400, "cursor"), ("unit?x=1", 400, "x"),
                ("unit?cursor=run_ns.d.0000.1", 400, "cursor"),
                ("unit?name=a&name=b", 400, "name"), ("unit?name=%00", 400),
                ("unit?name=%", 400)):
            with self.subTest(path=path):
                self.assert_problem(api.get("/v1/groups/" + path), status, *words)
        self.assert_problem(api.request("/v1/groups/unit", "POST"), 405)

    def test_who_may(self):
        """Members of the group see them; others get told why not."""
        for options, status in ((machine.member(), None), (machine.other(), 403)):
            output = machine.run("curl", "-s", "--unix-socket", api.SOCKET,
                                 "http://localhost/v1/groups/user", **options).stdout
            self.assertEqual(json.loads(output).get("status"), status)
