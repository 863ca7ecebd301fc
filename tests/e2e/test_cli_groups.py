# SPDX-License-Identifier: GPL-2.0-or-later
"""taskmeter groups, beside what ps has of the same processes, and what the daemon calls them."""

import contextlib
import csv
import json
import os

import api
import machine

UNIT = "e2e-cli-groups"
KINDS = ("unit", "slice", "container", "user", "program", "cgroup")
ID = "0123456789abcdef" * 4
ROOT = "/sys/fs/cgroup"


def groups(*arguments):
    """By name; those without one are not looked at."""
    told = json.loads(machine.cli("groups", *arguments, "--json").stdout)
    return {group["name"]: group for group in told["groups"] if group["name"] is not None}


def processes(*arguments):
    return json.loads(machine.cli("ps", *arguments, "--json").stdout)["processes"]


@contextlib.contextmanager
def cgroup_of(pid, name):
    """A process in a cgroup of its own, which systemd does not know."""
    before = f"{ROOT}{machine.run('cut', '-d:', '-f3', f'/proc/{pid}/cgroup').stdout.strip()}"
    path = f"{ROOT}/{name}"
    os.mkdir(path)

    def move(directory):
        with open(f"{directory}/cgroup.procs", "w") as file:
            file.write(str(pid))
    try:
        move(path)
        yield f"/{name}"
    finally:
        move(before)
        os.rmdir(path)


class Groups(machine.TestCase):
    def test_unit(self):
        """What a unit's processes do, in all forms of its sums."""
        name = f"{UNIT}.service"
        with machine.busy_unit(UNIT) as pids:
            told = [process for process in processes("-i", "1") if process["pid"] in pids]
            lists = {kind: groups(kind) for kind in KINDS}
            with open(f"{ROOT}/system.slice/{name}/cgroup.procs") as file:
                self.assertEqual({int(line) for line in file}, pids)
            text = machine.cli("groups", "-s", "-cpu%", "-n", "1").stdout.splitlines()
            rows = list(csv.DictReader(machine.cli("groups", "--csv").stdout.splitlines()))
        for group in (lists["unit"][name], lists["cgroup"][f"/system.slice/{name}"]):
            self.assertEqual((group["tasks"], group["threads"]), (2, 2))
            for key in ("run_ns_per_s", "cpu_wait_ns_per_s", "stall_ns_per_s"):
                self.assertAlmostEqual(group[key], sum(process[key] for process in told),
                                       delta=3e8, msg=f"{key}: {group} {told}")
            self.assertGreater(group["run_ns_per_s"], 5e8)
            self.assertAlmostEqual(group["rss_bytes"], sum(process["rss_bytes"] for process in told),
                                   delta=2**20)
        self.assertGreaterEqual(lists["slice"]["system.slice"]["tasks"], 2)
        self.assertGreaterEqual(lists["slice"]["system.slice"]["rss_bytes"],
                                lists["unit"][name]["rss_bytes"])
        self.assertRegex(text[0], r"^TASKS CPU% WAIT%  IO% MEM% LOCK%   RSS GROWTH   SW/S UNIT$")
        self.assertRegex(text[1], rf"^    2 .* {name}$")
        row, = (row for row in rows if row["name"] == name)
        self.assertEqual(set(row), set(lists["unit"][name]))
        stalls = [int(row["stall_ns_per_s"]) for row in rows if row["stall_ns_per_s"]]
        self.assertEqual(stalls, sorted(stalls, reverse=True))

    def test_all_are_somewhere(self):
        """No process is lost or counts twice, but that some are in no container."""
        with machine.crowd(20):
            for kind in KINDS:
                if kind == "container":
                    continue
                before = len(processes())
                tasks = sum(group["tasks"] for group in groups(kind, "-o", "name,tasks").values())
                after = len(processes())
                with self.subTest(kind=kind):
                    self.assertAlmostEqual(tasks, (before + after) / 2,
                                           delta=3 + abs(after - before))

    def test_names_are_the_daemons(self):
        """The same words, and as many processes, for those that come and go seldom."""
        with machine.busy_unit(UNIT), machine.sleeper(b"e2e/not:cut") as pid, \
                cgroup_of(pid, f"docker-{ID}.scope"):
            for kind, names in (("unit", (f"{UNIT}.service", "init.scope", "taskmeterd.service",
                                          f"docker-{ID}.scope")),
                                ("slice", ("-.slice",)), ("container", (f"docker:{ID}",)),
                                ("program", ("e2e/not:cut", "kworker", "ksoftirqd"))):
                told = groups(kind, "-o", "name,tasks")
                for name in names:
                    with self.subTest(kind=kind, name=name):
                        self.check_name(kind, name, told)

    def check_name(self, kind, name, told):
        """The daemon may still have the processes of a tick before; some come and go always."""
        self.assertIn(name, told)
        tasks = None if name in ("-.slice", "kworker") else told[name]["tasks"]

        def found():
            reply = api.get(f"/v1/groups/{kind}?limit=10000").json()["groups"]
            return any(group["name"] == name and tasks in (None, group["processes"])
                       for group in reply)
        machine.wait_for(found, f"{name} with {tasks} processes in the daemon's groups", 30)

    def test_hostile_names(self):
        with machine.sleeper(b"\x1b[31m\n\x07\xff") as pid, \
                cgroup_of(pid, "e2e \x1b[2J\\,\"") as path:
            self.assertIn(path, groups("cgroup"))
            rows = csv.DictReader(machine.cli("groups", "cgroup", "--csv").stdout.splitlines())
            self.assertIn(path, [row["name"] for row in rows])
            text = machine.cli("groups", "cgroup").stdout + machine.cli("groups", "program").stdout
        self.assertNotIn("\x1b", text)
        self.assertIn('/e2e \\x1b[2J\\\\,"', text)
        self.assertIn("\\x1b[31m\\n\\x07", text)

    def test_interval(self):
        """Fields that need none do not wait for it."""
        outcome = machine.run("bash", "-c", "time -p taskmeter groups -i 30 -o name,rss -n 3")
        self.assertEqual(len(outcome.stdout.splitlines()), 4)
        self.assertLess(float(outcome.stderr.split()[1]), 10)


class Refused(machine.TestCase):
    def refused(self, status, *arguments, **options):
        outcome = machine.run(*arguments, check=False, **options)
        self.assertEqual((outcome.returncode, outcome.stdout), (status, ""), outcome)
        self.assertTrue(outcome.stderr.startswith("taskmeter: "), outcome.stderr)
        self.assertEqual(outcome.stderr.count("\n"), 1)
        return outcome.stderr

    def test_usage(self):
        self.assertIn("did you mean 'unit'", self.refused(2, "taskmeter", "groups", "units"))
        self.assertIn("'0' is not", self.refused(2, "taskmeter", "groups", "-i", "0"))

    def test_not_permitted(self):
        self.assertIn("CAP_PERFMON", self.refused(4, "taskmeter", "groups", **machine.other()))

    def test_without_the_unified_hierarchy(self):
        """As on a machine with legacy cgroups, where there is another file system in its place."""
        hidden = ("unshare", "-m", "sh", "-c", f'mount -t tmpfs none {ROOT} && exec "$@"', "sh")
        text = self.refused(1, *hidden, "taskmeter", "groups")
        self.assertIn("groups by unit need the cgroup v2 hierarchy", text)
        outcome = machine.run(*hidden, "taskmeter", "groups", "user")
        self.assertIn("root", outcome.stdout)

    def test_broken_pipe(self):
        outcome = machine.run("bash", "-c", "taskmeter groups program | head -1")
        self.assertEqual((len(outcome.stdout.splitlines()), outcome.stderr), (1, ""))
