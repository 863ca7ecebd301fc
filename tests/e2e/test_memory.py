# SPDX-License-Identifier: GPL-2.0-or-later
"""Who is eating the memory, and what a process's memory is if what it shares is counted in parts."""

import contextlib
import json
import time

import api
import machine

MB = 1000000
RATE = 10 * MB
GROWTH = "rss_growth_10s_bytes_per_s"

# Grows by 1 MB ten times a second, for 50 s; then it keeps what it has.
GROWER = ("import time\n"
          "pieces, begin = [], time.monotonic()\n"
          "print(flush=True)\n"
          "while len(pieces) < 500:\n"
          "    if len(pieces) < (time.monotonic() - begin) * 10:\n"
          "        pieces.append(b'x' * 1000000)\n"
          "    else:\n"
          "        time.sleep(0.02)\n"
          "time.sleep(100000)\n")

# Holds so many bytes.
HOLDER = ("import sys, time\n"
          "piece = b'x' * int(sys.argv[1])\n"
          "print(flush=True)\n"
          "time.sleep(100000)\n")


@contextlib.contextmanager
def program(*arguments):
    with machine.popen_python(*arguments) as process:
        process.stdout.readline()
        yield process.pid


def as_json(*arguments):
    return json.loads(machine.cli(*arguments, "--json").stdout)


def rollup(pid):
    """/proc/PID/smaps_rollup in bytes, by name."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        lines = file.read().splitlines()[1:]
    return {name: int(value.split()[0]) * 1024
            for name, value in (line.split(":", 1) for line in lines)}


class Growth(machine.TestCase):
    def assert_plausible(self, growth):
        self.assertGreater(growth, RATE * 0.6)
        self.assertLess(growth, RATE * 1.5)

    def test_command(self):
        with program(GROWER) as pid:
            time.sleep(1)
            first = as_json("ps", "--sort", "-growth", "-i", "3", "-n", "1", "-o",
                            "pid,growth")["processes"][0]
            table = machine.cli("ps", "--sort", "-growth", "-n", "1").stdout.splitlines()
        self.assertEqual(first["pid"], pid)
        self.assert_plausible(first["rss_growth_bytes_per_s"])
        self.assertIn("GROWTH", table[0].split())
        self.assertEqual(table[1].split()[0], str(pid))
        self.assertRegex(table[1].split()[table[0].split().index("GROWTH")], r"^\+[0-9.]+M$")

    def test_api(self):
        def first():
            page = api.get(f"/v1/processes?sort={GROWTH}&order=desc&limit=1&fields=pid,{GROWTH}")
            row = page.json()["processes"][0]
            # Once it has been seen for some seconds: how it starts is not steady.
            old = time.monotonic() - begin > 8
            return row if old and row["pid"] == pid else None

        begin = time.monotonic()
        with program(GROWER) as pid:
            row = machine.wait_for(first, "the one that grows in the first place", 40)
            process = api.get(f"/v1/processes/{pid}").json()
        self.assert_plausible(row[GROWTH])
        for name in (GROWTH, "rss_growth_60s_bytes_per_s"):
            self.assert_plausible(process[name])

    def test_at_rest(self):
        """Nothing grows in a process that sleeps, but for the error of the kernel's counters."""
        error = as_json("info")["rss_error_bytes"]
        with machine.sleeper() as pid:
            time.sleep(1)
            growth = as_json("ps", "-p", str(pid), "-i", "2", "-o", "growth")["processes"][0]
        self.assertLessEqual(abs(growth["rss_growth_bytes_per_s"]), 3 * error + 64 * 4096)

    def test_kernel_thread(self):
        api.wait_process(2)
        time.sleep(2)
        self.assertIsNone(api.get("/v1/processes/2").json()[GROWTH])
        row, = as_json("ps", "-p", "2", "-o", "growth")["processes"]
        self.assertIsNone(row["rss_growth_bytes_per_s"])


class Pss(machine.TestCase):
    # What is shared with other programs changes as these come and go.
    SHARED = 4 << 20
    OWN = 256 << 10

    def assert_agree(self, pss, expected):
        for name, key, within in (("pss_bytes", "Pss", self.SHARED),
                                  ("pss_anon_bytes", "Pss_Anon", self.OWN),
                                  ("pss_file_bytes", "Pss_File", self.SHARED),
                                  ("pss_shmem_bytes", "Pss_Shmem", self.OWN),
                                  ("swap_pss_bytes", "SwapPss", self.OWN)):
            with self.subTest(name=name):
                self.assertLessEqual(abs(pss[name] - expected[key]), within)
        private = expected["Private_Clean"] + expected["Private_Dirty"]
        self.assertLessEqual(abs(pss["private_bytes"] - private), self.SHARED)

    def test_command(self):
        with program(HOLDER, str(32 << 20)) as pid:
            pss = as_json("show", "--pss", str(pid))["pss"]
            expected = rollup(pid)
            text = machine.cli("show", "--pss", str(pid)).stdout
        self.assertGreater(pss["pss_bytes"], 32 << 20)
        self.assert_agree(pss, expected)
        self.assertIn("proportional set size", text)

    def test_only_on_request(self):
        with machine.sleeper() as pid:
            self.assertNotIn("pss", as_json("show", str(pid)))
            self.assertNotIn("pss", api.wait_process(pid))

    def test_budget(self):
        with program(HOLDER, str(128 << 20)) as pid:
            outcome = machine.cli("show", "--pss-budget", "1", str(pid), check=False)
        self.assertEqual((outcome.returncode, outcome.stdout), (1, ""))
        self.assertIn("more than the budget of 1.0 ms", outcome.stderr)

    def test_kernel_thread(self):
        self.assertIsNone(as_json("show", "--pss", "2")["pss"])
        api.wait_process(2)
        self.assertIsNone(api.get("/v1/processes/2?pss=1").json()["pss"])

    def test_daemon_itself(self):
        """Its own memory is all that the daemon may look into."""
        pid = machine.main_pid()
        api.wait_process(pid)

        def reading():
            reply = api.get(f"/v1/processes/{pid}?pss=1&fields=pid")
            return reply.json() if reply.status == 200 else None
        process = machine.wait_for(reading, "the daemon's own PSS", 20)
        self.assertGreater(process["pss"]["estimate_ns"], 0)
        self.assertLessEqual(abs(process["pss"]["pss_bytes"] - rollup(pid)["Pss"]), self.SHARED)

    def test_not_permitted(self):
        with machine.sleeper() as pid:
            api.wait_process(pid)
            self.assert_problem(api.get(f"/v1/processes/{pid}?pss=1"), 403, "CAP_SYS_PTRACE",
                                "taskmeterd(8)")
            self.assert_problem(api.get(f"/v1/processes/{pid}?pss=2"), 400, "pss")
        self.assert_serves()
