# SPDX-License-Identifier: GPL-2.0-or-later
"""What a group did over a time of the past: from the module through series on disk to the API."""

import time
import urllib.parse

import api
import machine

UNIT = "e2e-history.service"
BURN = ("import time\n"
        "while True:\n"
        "    end = time.monotonic() + 0.05\n"
        "    while time.monotonic() < end: pass\n"
        "    time.sleep(0.05)")


def get(kind, name, query=""):
    return api.get(f"/v1/groups/{kind}/{urllib.parse.quote(name, safe='')}/history?{query}")


def history(kind, name, query=""):
    reply = get(kind, name, query)
    if reply.status != 200:
        raise AssertionError(f"{reply.status}: {reply.text}")
    return reply.json()


def total(points, key):
    return sum(point[key] or 0 for point in points)


def told_up_to(kind, name):
    """The end of the newest point that is stored, in seconds."""
    points = history(kind, name, "step=1")["points"]
    return points[-1]["end_realtime_ns"] / 1e9 if points else 0


def group(name):
    groups = api.get(f"/v1/groups/unit?name={name}").json()["groups"]
    return groups[0] if groups else None


class GroupHistory(machine.TestCase):
    def test_unit(self):
        """What a unit did is in its history, to the nanosecond, also when it is gone."""
        began = time.time()
        machine.run("systemd-run", f"--unit={UNIT}", "--collect", "python3", "-c", BURN)
        try:
            time.sleep(6)
        finally:
            machine.run("systemctl", "stop", UNIT)
        machine.wait_for(lambda: group(UNIT)["processes"] == 0, "the end of the unit")
        query = f"from=@{began - 2:.3f}&step="
        machine.wait_for(lambda: get("unit", UNIT, query + "1").status == 200 and
                         total(history("unit", UNIT, query + "1")["points"], "exits") ==
                         group(UNIT)["exits"], "its history")
        seconds = history("unit", UNIT, query + "1")
        counters = group(UNIT)
        for key in ("run_ns", "cpu_wait_ns", "io_wait_ns", "mem_wait_ns", "major_faults",
                    "io_read_bytes", "exits", "failed"):
            self.assertEqual(total(seconds["points"], key), counters[key] or 0, key)
            for step in (7, 10, 60):
                points = history("unit", UNIT, f"{query}{step}")["points"]
                self.assertEqual(total(points, key), counters[key] or 0, (key, step))
        self.assertEqual((seconds["kind"], seconds["name"]), ("unit", UNIT))
        middle = seconds["points"][3]
        self.assertTrue(0.25e9 < middle["run_ns_per_s"] < 0.75e9, middle)
        self.assertTrue(0.5e9 < middle["elapsed_ns"] < 2.5e9, middle)
        self.assertEqual(middle["max_processes"], 1)
        self.assertGreater(middle["min_rss_anon_bytes"], 10**6)
        self.assertAlmostEqual(middle["cpu_pressure"],
                               middle["cpu_wait_ns"] / middle["elapsed_ns"], places=5)
        most = max(point["max_io_pressure"] for point in seconds["points"])
        coarse = history("unit", UNIT, query + "60")["points"]
        self.assertEqual(max(point["max_io_pressure"] for point in coarse), most)
        machine.restart()
        self.assertEqual(history("unit", UNIT, query + "1")["points"], seconds["points"])

    def test_all_points(self):
        """Of a unit that is always there, nothing is left out between two points."""
        machine.wait_for(lambda: told_up_to("unit", "init.scope") > 0, "points")
        first = told_up_to("unit", "init.scope")
        machine.wait_for(lambda: told_up_to("unit", "init.scope") > first, "more points")
        points = history("unit", "init.scope", f"from=@{first:.3f}&step=1")["points"]
        self.assertGreater(len(points), 5)
        for before, after in zip(points, points[1:]):
            self.assertLess(abs(after["begin_realtime_ns"] - before["end_realtime_ns"]), 10**7)
            self.assertEqual(after["samples"], 1)

    def test_restart(self):
        """What was not written yet is written when the daemon stops."""
        machine.wait_for(lambda: told_up_to("unit", "init.scope") > 0, "points")
        moment = time.time()
        machine.restart()
        self.assertGreater(told_up_to("unit", "init.scope"), moment - 2.5)

    def test_access(self):
        other = machine.other()
        for path in ("/v1/groups/unit/init.scope/history", "/v1/groups/unit/no/history"):
            status, body = machine.curl(path, **other)
            self.assertEqual(status, 403, body)

    def test_errors(self):
        machine.wait_for(lambda: told_up_to("unit", "init.scope") > 0, "points")
        for query, parameter in (("from=noon", "from"), ("to=12", "to"), ("step=0", "step"),
                                 ("from=2100-01-01T00:00:00Z", "from"),
                                 ("from=@1700000000&step=1", "step"), ("at=@1", "at")):
            problem = self.assert_problem(get("unit", "init.scope", query), 400, "")
            self.assertEqual(problem["parameter"], parameter)
        self.assert_problem(get("unit", "nobody.service"), 404, "the history of groups begins at")
        self.assert_problem(get("planet", "x"), 404, "unit, slice, container")
        past = history("unit", "init.scope", "to=@1000000000")
        self.assertEqual((past["count"], past["points"]), (0, []))

    def test_told(self):
        machine.wait_for(lambda: told_up_to("unit", "init.scope") > 0, "points")
        metrics = api.get("/metrics").text
        for name in ("taskmeter_history_series_total", "taskmeter_history_series_bytes_total",
                     "taskmeter_history_series_seconds_total"):
            self.assertIn(f"\n{name} ", metrics)
        self.assertIn("\ntaskmeter_history_series_dropped_total 0\n", metrics)
        ages = api.get("/v1/info").json()["daemon"]["history"]["groups_age_s"]
        self.assertEqual(ages, [900, 86400, 30 * 86400])
