# SPDX-License-Identifier: GPL-2.0-or-later
"""/v1/processes: pages, order, filters, choice of fields."""

import os

import api
import machine


class Pages(machine.TestCase):
    def test_each_process_once(self):
        """However it is cut into pages: what lived all the time is there, and nothing twice."""
        with machine.crowd(150) as crowd:
            for pid in crowd:
                api.wait_process(pid)
            for limit in (1, 7, 100, 1000):
                with self.subTest(limit=limit):
                    before = machine.all_pids()
                    rows = api.processes(f"limit={limit}")
                    pids = [row["pid"] for row in rows]
                    stayed = {pid for pid in before & machine.all_pids()
                              if pid in crowd or pid == 1}
                    self.assertEqual(len(pids), len(set(pids)))
                    self.assertEqual(stayed - set(pids), set())

    def test_pages_of_every_order(self):
        """A cursor goes on in the order in which it began."""
        with machine.crowd(40) as crowd:
            for pid in crowd:
                api.wait_process(pid)
            for sort in ("pid", "start_time_ns", "comm", "run_ns", "rss_anon_bytes"):
                for order in ("asc", "desc"):
                    with self.subTest(sort=sort, order=order):
                        rows = api.processes(f"limit=9&sort={sort}&order={order}")
                        # What runs may change its place in between; the crowd sleeps.
                        pids = sorted(row["pid"] for row in rows if row["pid"] in crowd)
                        self.assertEqual(pids, sorted(crowd))

    def test_limit(self):
        for limit in (1, 2, 50):
            with self.subTest(limit=limit):
                page = api.get(f"/v1/processes?limit={limit}").json()
                self.assertEqual(len(page["processes"]), min(limit, page["matched"]))
                self.assertEqual(page["count"], len(page["processes"]))
                self.assertEqual(page["next_cursor"] is None, page["matched"] <= limit)

    def test_cursor_belongs_to_its_order(self):
        page = api.get("/v1/processes?limit=2&sort=run_ns&order=desc").json()
        cursor = page["next_cursor"]
        for query in ("", "&sort=run_ns", "&sort=comm&order=desc"):
            with self.subTest(query=query):
                self.assert_problem(api.get(f"/v1/processes?cursor={cursor}{query}"), 400,
                                    "cursor")


class Order(machine.TestCase):
    def test_sorted(self):
        for sort in ("pid", "run_ns", "run_delay_ns", "rss_anon_bytes", "voluntary_switches",
                     "start_time_ns", "nice"):
            for order, direction in (("asc", 1), ("desc", -1)):
                with self.subTest(sort=sort, order=order):
                    page = api.get(f"/v1/processes?sort={sort}&order={order}&limit=1000").json()
                    values = [row[sort] for row in page["processes"]]
                    known = [value for value in values if value is not None]
                    self.assertEqual(known, sorted(known, reverse=direction < 0))
                    self.assertEqual(values[len(known):], [None] * (len(values) - len(known)),
                                     "what is not available comes last")
                    self.assertGreater(len(known), 3)


class Filters(machine.TestCase):
    def test_by_pid(self):
        found = api.processes("pid=1")
        self.assertEqual([row["pid"] for row in found], [1])

    def test_by_uid(self):
        user = machine.other()
        with machine.sleeper(user=user["user"], group=user["group"]) as pid, \
                machine.sleeper() as foreign:
            api.wait_process(pid)
            api.wait_process(foreign)
            found = {row["pid"]: row["uid"] for row in api.processes(f"uid={user['user']}")}
            self.assertIn(pid, found)
            self.assertEqual(set(found.values()), {user["user"]})
            self.assertIn(foreign, {row["pid"] for row in api.processes("uid=0")})

    def test_by_name(self):
        with machine.sleeper(b"e2e-one") as one, machine.sleeper(b"e2e-one-more") as more:
            api.wait_process(one)
            api.wait_process(more)
            self.assertEqual([row["pid"] for row in api.processes("comm=e2e-one")], [one])

    def test_together(self):
        with machine.sleeper(b"e2e-both") as pid:
            api.wait_process(pid)
            self.assertEqual(len(api.processes(f"comm=e2e-both&uid=0&pid={pid}")), 1)
            self.assertEqual(api.processes("comm=e2e-both&uid=12345"), [])
            self.assertEqual(api.processes(f"comm=e2e-both&pid={os.getpid()}"), [])


class Fields(machine.TestCase):
    def test_choice(self):
        for fields in (["pid"], ["pid", "comm", "run_ns"], ["comm", "rss_anon_bytes", "pid"]):
            with self.subTest(fields=fields):
                rows = api.processes("fields=" + ",".join(fields))
                self.assertEqual({tuple(sorted(row)) for row in rows}, {tuple(sorted(fields))})

    def test_of_one_process(self):
        row = api.get("/v1/processes/1?fields=pid,comm").json()
        self.assertEqual(set(row), {"pid", "comm"})
