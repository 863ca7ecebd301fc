# SPDX-License-Identifier: GPL-2.0-or-later
"""What happened at a time of the past: from the module through ticks on disk to the API."""

import json
import os
import signal
import time

import api
import machine

TICK = 1
BURN = ("import ctypes, sys\n"
        f"ctypes.CDLL(None).prctl({machine.PR_SET_NAME}, b'e2e-burn', 0, 0, 0)\n"
        "sys.stdout.write('.')\nsys.stdout.flush()\n"
        "while True: pass")


def at(moment, query=""):
    reply = api.get(f"/v1/processes?at=@{moment:.3f}&{query}")
    if reply.status != 200:
        raise AssertionError(f"{reply.status}: {reply.text}")
    return reply.json()


def stored(moment):
    """Until a tick after a moment is stored."""
    def newer():
        reply = api.get("/v1/processes?limit=1&at=@" + str(int(time.time())))
        return reply.status == 200 and reply.json()["sample"]["realtime_ns"] > moment * 10**9
    machine.wait_for(newer, "a tick")


def taken(moment, query=""):
    """The state at a moment, once a tick after it is stored, so that it changes no more."""
    stored(moment)
    return at(moment, query)


class Past(machine.TestCase):
    def setUp(self):
        super().setUp()
        context = machine.settings(f"history-interval = {TICK}s\n")
        context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def test_process_that_ended(self):
        """With its CPU use; after a restart, too."""
        with machine.popen_python(BURN) as process:
            process.stdout.read(1)
            time.sleep(4 * TICK)
            moment = time.time()
            time.sleep(0.5)
        machine.wait_for(lambda: api.get(f"/v1/processes/{process.pid}").status == 404, "its end")
        page = taken(moment, f"pid={process.pid}")
        age = moment - page["sample"]["realtime_ns"] / 1e9
        self.assertTrue(0 <= age < 3 * TICK, page["sample"])
        self.assertTrue(0.5e9 < page["sample"]["elapsed_ns"] < 5e9, page["sample"])
        row = page["processes"][0]
        self.assertEqual((row["comm"], row["uid"], row["ppid"]), ("e2e-burn", 0, os.getpid()))
        self.assertGreater(row["run_ns"], 10**9)
        self.assertTrue(0.4e9 < row["run_ns_per_s"] < 1.05e9, row)
        self.assertEqual(row["major_faults_per_s"], 0)
        first = at(moment, "sort=run_ns_per_s&order=desc&limit=2&fields=comm,run_ns_per_s")
        self.assertIn({"comm": "e2e-burn", "run_ns_per_s": row["run_ns_per_s"]},
                      first["processes"])
        self.assertEqual(at(moment, "comm=e2e-burn"), page)
        machine.restart()
        self.assertEqual(at(moment, f"pid={process.pid}"), page)

    def test_history(self):
        """Of a process that ended: all ticks, in order, that at= tells of, too."""
        began = time.time()
        with machine.popen_python(BURN) as process:
            process.stdout.read(1)
            time.sleep(5 * TICK)
        stored(time.time())
        path = f"/v1/processes/{process.pid}/history?from=@{began:.3f}"
        history = api.get(path).json()
        points = history["points"]
        self.assertGreaterEqual(len(points), 3)
        self.assertEqual(history["count"], len(points))
        for before, point in zip(points, points[1:]):
            self.assertGreater(point["process"]["run_ns"], before["process"]["run_ns"])
            grown = point["process"]["run_ns"] - before["process"]["run_ns"]
            self.assertAlmostEqual(point["process"]["run_ns_per_s"],
                                   grown * 1e9 / point["elapsed_ns"], delta=2)
            page = at(point["realtime_ns"] / 1e9 + 0.01, f"pid={process.pid}")
            self.assertEqual(page["processes"], [point["process"]])
        self.assertTrue(0.4e9 < points[-1]["process"]["run_ns_per_s"] < 1.05e9, points[-1])
        last = api.get(path + "&step=86400&fields=run_ns").json()["points"]
        self.assertEqual(last[-1]["process"], {"run_ns": points[-1]["process"]["run_ns"]})
        other = machine.other()
        status, body = machine.curl(path, **other)
        self.assertEqual(status, 404, body)
        self.assert_problem(api.get("/v1/processes/2147483647/history"), 404, "no process")

    def test_cgroup_that_is_gone(self):
        machine.run("systemd-run", "--unit=e2e-past", "--collect", "sleep", "100000")
        try:
            time.sleep(3 * TICK)
            moment = time.time()
        finally:
            machine.run("systemctl", "stop", "e2e-past.service")
        machine.wait_for(lambda: not os.path.exists("/sys/fs/cgroup/system.slice/e2e-past.service"),
                         "the end of the cgroup")
        rows = taken(moment, "comm=sleep&fields=cgroup_path,run_ns_per_s")["processes"]
        self.assertIn("/system.slice/e2e-past.service", [row["cgroup_path"] for row in rows])

    def test_figures(self):
        """All that lived is there, and what slept is as /v1/processes told it then."""
        with machine.sleeper(b"e2e-past") as pid, machine.crowd(200) as pids:
            api.wait_process(pid)
            time.sleep(4 * TICK)
            page = taken(time.time(), "limit=10000")
            now = api.get(f"/v1/processes/{pid}").json()
        rows = {row["pid"]: row for row in page["processes"]}
        self.assertEqual(set(), ({1, pid, os.getpid(), machine.main_pid()} | pids) - set(rows))
        for key in ("comm", "start_time_ns", "run_ns", "voluntary_switches", "rss_anon_bytes",
                    "vm_bytes", "cgroup_id", "state", "threads", "minor_faults"):
            self.assertEqual(rows[pid][key], now[key], key)
        self.assertEqual(rows[pid]["run_ns_per_s"], 0)
        with open(f"/proc/{os.getpid()}/cgroup") as file:
            path = next(line for line in file if line.startswith("0::"))[3:-1]
        self.assertEqual(rows[os.getpid()]["cgroup_path"], path)
        self.assertIsNone(rows[pid]["rss_growth_10s_bytes_per_s"])
        for row in (rows[one] for one in pids):
            told = sum(row[key] for key in ("run_ns", "cpu_wait_ns", "sleep_ns", "io_wait_ns",
                                            "mem_wait_ns", "lock_wait_ns", "stop_ns"))
            self.assertLess(abs(told - row["tracked_ns"]), 30 * 10**6, row)

    def test_killed(self):
        """At most the last tick is lost, and the next ones come."""
        time.sleep(3 * TICK)
        moment = time.time()
        os.kill(machine.main_pid(), signal.SIGKILL)
        machine.wait_for(machine.healthy, "a healthy daemon")
        page = at(moment, "limit=10000&fields=pid")
        age = moment - page["sample"]["realtime_ns"] / 1e9
        self.assertLess(age, 2.5 * TICK)
        self.assertIn({"pid": 1}, page["processes"])
        self.assertGreater(taken(time.time())["sample"]["realtime_ns"], moment * 1e9)

    def test_access(self):
        """Who sees his own processes only, sees only those of the past."""
        other = machine.other()
        with machine.sleeper(b"e2e-own", user=other["user"], group=other["group"]) as pid:
            api.wait_process(pid)
            time.sleep(3 * TICK)
            moment = time.time()
        self.assertIn(1, [row["pid"] for row in taken(moment)["processes"]])
        status, body = machine.curl(f"/v1/processes?at=@{moment:.3f}&limit=10000", **other)
        page = json.loads(body)
        self.assertEqual(status, 200, body)
        self.assertIn(pid, [row["pid"] for row in page["processes"]])
        self.assertEqual({row["uid"] for row in page["processes"]}, {other["user"]})
        self.assertEqual(page["matched"], len(page["processes"]))
        self.assertEqual({row["waker_pid"] for row in page["processes"]}, {None})

    def test_errors(self):
        stored(time.time())
        self.assert_problem(api.get("/v1/processes?at=@1000000000"), 404, "the history begins at")
        self.assert_problem(api.get("/v1/processes?at=2199-01-01T00:00:00Z"), 404, "goes up to")
        for value in ("noon", "12", "5:6", "", "2026-02-30T00:00:00Z"):
            problem = self.assert_problem(api.get(f"/v1/processes?at={value}"), 400, "@SECONDS")
            self.assertEqual(problem["parameter"], "at")
        self.assert_problem(api.get("/v1/processes?sort=run_ns_per_s"), 400, "of the past only")
        self.assert_problem(api.get("/v1/processes?fields=run_ns_per_s"), 400, "of the past only")

    def test_told(self):
        stored(time.time())
        metrics = api.get("/metrics").text
        for name in ("taskmeter_history_ticks_total", "taskmeter_history_ticks_bytes_total",
                     "taskmeter_history_ticks_dropped_total", "taskmeter_history_size_bytes",
                     "taskmeter_history_ticks_seconds_total"):
            self.assertIn(f"\n{name} ", metrics)
        self.assertIn("history_ticks_dropped", api.get("/healthz").json())
        history = api.get("/v1/info").json()["daemon"]["history"]
        self.assertEqual((history["size_bytes"], history["interval_ms"]), (1 << 30, 1000 * TICK))
