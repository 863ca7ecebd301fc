# SPDX-License-Identifier: GPL-2.0-or-later
"""What processes wait for, as the API tells it: totals, histograms, threads, throttled groups."""

import os

import api
import machine

UNIT = "e2e-throttled.service"
WAITS = ("cpu_wait_ns", "sleep_ns", "io_wait_ns", "lock_wait_ns", "stop_ns")


def process(pid, query=""):
    reply = api.get(f"/v1/processes/{pid}{query}")
    if reply.status != 200:
        raise AssertionError(f"{reply.status}: {reply.text}")
    return reply.json()


class Waits(machine.TestCase):
    def test_sleeper(self):
        """Its time is sleep, and the states add up to the time that it is tracked."""
        with machine.sleeper(b"e2e-waits") as pid:
            api.wait_process(pid)
            before = process(pid)
            least = before["sleep_ns"] + 2 * 10**9
            row = machine.wait_for(lambda: self.slept(pid, least),
                                   f"two seconds more of sleep than {before}")
        self.assertEqual(row["current_state"], "sleeping")
        self.assertGreater(row["current_state_ns"], 2 * 10**9)
        self.assertEqual(row["current_state_tid"], pid)
        self.assertEqual(row["untracked_threads"], 0)
        self.assertFalse(row["partial"])
        total = row["run_ns"] + sum(row[name] for name in WAITS) + (row["mem_wait_ns"] or 0)
        self.assertAlmostEqual(total, row["tracked_ns"], delta=row["tracked_ns"] // 100 + 10**7)

    def slept(self, pid, least):
        row = process(pid)
        return row if row["sleep_ns"] >= least else None

    def test_sorted_by_wait(self):
        rows = api.get("/v1/processes?sort=cpu_wait_ns&order=desc&limit=10"
                       "&fields=pid,cpu_wait_ns,current_state").json()["processes"]
        waits = [row["cpu_wait_ns"] for row in rows]
        self.assertEqual(waits, sorted(waits, reverse=True))
        self.assertGreater(waits[0], 0)

    def test_histograms(self):
        row = process(1, "?histograms=1")
        histogram = row["histograms"]["cpu_wait"]
        self.assertGreater(histogram["count"], 0)
        self.assertEqual(sum(count for _, count in histogram["buckets"]), histogram["count"])
        self.assertLessEqual(histogram["p50_ns"], histogram["p90_ns"])
        self.assertLessEqual(histogram["p90_ns"], histogram["p99_ns"])
        self.assertLessEqual(histogram["p50_ns"], histogram["max_ns"] * 9 // 8 + 1280)
        bounds = [bound for bound, _ in histogram["buckets"] if bound is not None]
        self.assertEqual(bounds, sorted(set(bounds)))
        self.assertNotIn("histograms", process(1))

    def test_threads(self):
        program = ("import threading, time\n"
                   "for i in range(5):\n"
                   "    threading.Thread(target=time.sleep, args=(100000,), daemon=True).start()\n"
                   "print(flush=True)\n"
                   "time.sleep(100000)")
        with machine.popen_python(program) as child:
            child.stdout.readline()
            api.wait_process(child.pid)
            page = api.get(f"/v1/processes/{child.pid}/threads").json()
            tids = sorted(int(name) for name in os.listdir(f"/proc/{child.pid}/task"))
        self.assertEqual([row["pid"] for row in page["threads"]], tids)
        self.assertEqual(len(tids), 6)
        self.assertEqual({row["tgid"] for row in page["threads"]}, {child.pid})
        self.assertTrue(all(row["thread"] for row in page["threads"]))


class Throttled(machine.TestCase):
    def setUp(self):
        super().setUp()
        machine.run("systemd-run", "--unit", UNIT, "-p", "CPUQuota=10%", "sh", "-c",
                    "while :; do :; done")
        self.addCleanup(machine.run, "systemctl", "stop", UNIT)
        self.pid = int(machine.unit_property(UNIT, "MainPID"))
        api.wait_process(self.pid)

    def throttled(self):
        """The process's row once its group has been held up, by its own cpu.stat."""
        row = process(self.pid)
        return row if row["cgroup"]["throttled_periods"] else None

    def test_throttled_group(self):
        """The process is queued, and its group's throttled time stands beside that."""
        path = machine.unit_property(UNIT, "ControlGroup")
        row = machine.wait_for(self.throttled, "a throttled group")
        with open(f"/sys/fs/cgroup{path}/cpu.stat") as file:
            stat = dict(line.split() for line in file)
        self.assertEqual(row["cgroup"]["path"], path)
        self.assertEqual(row["cgroup"]["throttled_path"], path)
        self.assertGreater(row["cgroup"]["throttled_ns"], 0)
        self.assertLessEqual(row["cgroup"]["throttled_ns"], int(stat["throttled_usec"]) * 1000)
        self.assertLessEqual(row["cgroup"]["throttled_periods"], row["cgroup"]["periods"])

        later = machine.wait_for(lambda: self.waited(row["cpu_wait_ns"] + 10**9),
                                 "a process that waits for its quota")
        self.assertGreater(later["cgroup"]["throttled_ns"], row["cgroup"]["throttled_ns"])

    def waited(self, least):
        row = process(self.pid)
        return row if row["cpu_wait_ns"] >= least else None

    def test_path(self):
        """Found without /proc, where the daemon sees no processes, it is what /proc tells."""
        with machine.sleeper() as pid:
            api.wait_process(pid)
            with open(f"/proc/{pid}/cgroup") as file:
                path = file.read().splitlines()[-1].partition("::")[2]
            self.assertEqual(process(pid)["cgroup"]["path"], path)


class Meter(machine.TestCase):
    def test_info(self):
        module = api.module_info(api.get("/v1/info").json())
        self.assertIs(module["meter"], True)
        self.assertIn(module["clock"], ("exec_start", "local"))
        self.assertGreater(module["tracked_threads"], 0)
        self.assertEqual(module["untracked_threads"], 0)
        self.assertLessEqual(module["thread_bytes"], 512)

    def test_metrics(self):
        text = api.get("/metrics").text
        for name in ("taskmeter_meter_on 1", "taskmeter_untracked_threads 0"):
            self.assertIn(f"\n{name}\n", text)
        for name in ("cpu_wait", "sleep", "io_wait", "lock_wait", "stopped"):
            self.assertIn(f"\ntaskmeter_program_{name}_seconds_total{{program=", text)
