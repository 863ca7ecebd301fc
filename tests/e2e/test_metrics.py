# SPDX-License-Identifier: GPL-2.0-or-later
"""/metrics in both formats, read by a strict reader."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import prometheus_client.openmetrics.parser
import prometheus_client.parser

import api
import exposition
import machine
import test_tcp


OPENMETRICS = "application/openmetrics-text; version=1.0.0"
DELAY = "taskmeter_group_run_queue_delay_seconds"
PROMETHEUS = ("127.0.0.1", 9190)
# Long enough for rates over many samples of the daemon, one a second.
SCRAPING = 20
NAMES = (b'a\nb"c\\d', b"\xff\xfe\x80x", b'"} 1', b"# EOF", b"{a=\"b\"} 1")


def scrape(accept=None):
    reply = api.get("/metrics", {"Accept": accept} if accept else None)
    return reply, reply.headers["Content-Type"]


class Reader(unittest.TestCase):
    """The strict reader is strict: it refuses what the other tests rely on it to refuse."""

    GOOD = ('# HELP a_b Help with \\\\ and \\n.\n# TYPE a_b counter\n'
            'a_b_total{c="d\\"\\n",e="f"} 1.5e3\n# EOF\n')

    def test_good(self):
        family = exposition.read(self.GOOD, True)["a_b"]
        self.assertEqual(family.value(e="f"), 1500)
        self.assertEqual(list(family.samples), [("a_b_total", (("c", 'd"\n'), ("e", "f")))])

    def test_bad(self):
        for old, new in (("# EOF\n", ""), ("1.5e3\n", "1.5e3\na_b_total 1 \n"),
                         ("counter", "number"), ("# TYPE a_b counter\n", ""),
                         ("# HELP", "# Help"), ('"f"} ', '"f",} '), ('",e=', '"e='),
                         ("e=", "c="), ("\\n\"", "\\q\""), ("\\n\"", "\n\""), ("1.5e3", ""),
                         ("1.5e3", "-1"), ("a_b_total", "a_b"), ("# EOF\n", "# EOF\n\n"),
                         ("1.5e3\n", '1.5e3\na_b_total{e="f",c="d\\"\\n"} 1\n')):
            with self.subTest(old=old, new=new), self.assertRaises(ValueError):
                self.assertIn(old, self.GOOD)
                exposition.read(self.GOOD.replace(old, new), True)


class Formats(machine.TestCase):
    def test_text_format(self):
        for accept in (None, "*/*", "text/plain", "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"):
            with self.subTest(accept=accept):
                reply, content = scrape(accept)
                self.assertEqual(reply.status, 200)
                self.assertTrue(content.startswith("text/plain; version=0.0.4"), content)
                self.assertGreater(len(exposition.read(reply.text, False)), 5)

    def test_openmetrics(self):
        for accept in ("application/openmetrics-text", OPENMETRICS,
                       "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"):
            with self.subTest(accept=accept):
                reply, content = scrape(accept)
                self.assertEqual(reply.status, 200)
                self.assertTrue(content.startswith(OPENMETRICS), content)
                self.assertGreater(len(exposition.read(reply.text, True)), 5)

    def test_preference(self):
        """Of two formats the one that the client likes better."""
        _, content = scrape("application/openmetrics-text;q=0.1,text/plain;q=0.9")
        self.assertTrue(content.startswith("text/plain"), content)
        _, content = scrape("application/openmetrics-text;q=0,text/plain")
        self.assertTrue(content.startswith("text/plain"), content)

    def test_same_families_in_both(self):
        plain = exposition.read(scrape()[0].text, False)
        families = exposition.read(scrape(OPENMETRICS)[0].text, True)
        suffix = {"counter": "_total", "info": "_info"}
        self.assertEqual({name + suffix.get(family.type, "") for name, family in families.items()},
                         set(plain))


class Content(machine.TestCase):
    def families(self):
        return exposition.read(scrape(OPENMETRICS)[0].text, True)

    def test_hostile_names(self):
        """Any bytes as a process's name: one series each, with the name as its label."""
        for name in NAMES:
            with self.subTest(name=name), machine.sleeper(name) as pid:
                api.wait_process(pid)
                # Control characters are not for labels either.
                expected = re.sub("[\\x00-\\x1f\\x7f-\\x9f]", "\ufffd",
                                          name.decode("utf-8", "replace"))

                def labels():
                    return {value for family in self.families().values()
                            for _, labels in family.samples for _, value in labels}
                machine.wait_for(lambda: expected in labels(), f"a series of {expected!r}")

    def test_names_that_look_alike(self):
        """Different bytes that are the same text once made valid, and our own word for the rest:
        no series may stand there twice."""
        names = (b"\xffx", b"\xfex", b"\xc0x", "\N{REPLACEMENT CHARACTER}x".encode(), b"other",
                 b"Other", b"", b" ", b"/", b":")
        with contextlib.ExitStack() as stack:
            for pid in [stack.enter_context(machine.sleeper(name)) for name in names]:
                api.wait_process(pid)
            for accept, openmetrics in ((None, False), (OPENMETRICS, True)):
                exposition.read(scrape(accept)[0].text, openmetrics)

    def test_counters_never_fall(self):
        """Also not when processes of a program exit in between."""
        with machine.crowd(20):
            time.sleep(2)
            before = self.families()
        time.sleep(2)
        after = self.families()
        compared = 0
        for name, family in before.items():
            if family.type != "counter":
                continue
            for key, value in family.samples.items():
                if key in after[name].samples:
                    self.assertGreaterEqual(after[name].samples[key], value, key)
                    compared += 1
        self.assertGreater(compared, 20)

    def test_units_in_names(self):
        """Base units: seconds and bytes, said in the name."""
        for name in self.families():
            self.assertTrue(name.startswith(("taskmeter_", "process_")), name)
            for wrong in ("_ns", "_ms", "_milliseconds", "_nanoseconds", "_kilobytes", "_kb"):
                self.assertFalse(name.endswith(wrong), name)


@contextlib.contextmanager
def unit(program):
    """A shell program as a unit of its own name, which it yields. It may use a tenth of a CPU, so
    that its processes queue."""
    name = f"e2e-metrics-{time.monotonic_ns()}.service"
    machine.run("systemd-run", "--unit", name, "--collect", "-p", "CPUQuota=10%", "sh", "-c",
                program)
    try:
        yield name
    finally:
        machine.run("systemctl", "stop", name, check=False)


def families():
    return exposition.read(scrape(OPENMETRICS)[0].text, True)


def of_unit(name, all_families, family, **labels):
    """The value for a unit, None if it has none."""
    with contextlib.suppress(KeyError):
        return all_families[family].value(kind="unit", name=name, **labels)
    return None


def delays(unit_name, all_families):
    """Run-queue delays of a unit: how many, by upper bound in nanoseconds."""
    found = {}
    for (name, labels), value in all_families[DELAY].samples.items():
        labels = dict(labels)
        if name == DELAY + "_bucket" and (labels["kind"], labels["name"]) == ("unit", unit_name):
            bound = float(labels["le"].replace("Inf", "inf")) * 1e9
            found[bound] = value
    return found


class Groups(machine.TestCase):
    def exits(self, name, count):
        """The exit records of a unit's processes, once there are so many, and no process."""
        rows = [row for row in api.get("/v1/exits?limit=1000&histograms=1").json()["exits"]
                if row["cgroup_path"] == f"/system.slice/{name}"]
        group = api.get(f"/v1/groups/unit?name={name}&fields=processes,exits").json()["groups"]
        ended = len(rows) >= count and group == [{"processes": 0, "exits": len(rows)}]
        return rows if ended else None

    def test_histogram_includes_the_exited(self):
        """Once all processes have ended, groups have the sum of what their records tell: those of
        one that samples saw for seconds, and of short ones that none saw."""
        with unit("for i in 1 2 3 4 5; do /bin/true; done; i=0;"
                  " while [ $i -lt 4000 ]; do i=$((i + 1)); done") as name:
            rows = machine.wait_for(lambda: self.exits(name, 6), "exit records of the unit")
        after = families()
        self.assertEqual(of_unit(name, after, "taskmeter_group_exits"), len(rows))
        self.assertEqual(of_unit(name, after, "taskmeter_group_processes"), 0)
        self.assertAlmostEqual(of_unit(name, after, "taskmeter_group_cpu_seconds"),
                               sum(row["run_ns"] for row in rows) / 1e9, places=8)
        waits = [row["histograms"]["cpu_wait"] for row in rows]
        told = delays(name, after)
        self.assertGreater(told[float("inf")], 6)
        self.assertEqual(told[float("inf")], sum(wait["count"] for wait in waits))
        for bound, count in told.items():
            # Buckets of records end where those of groups do.
            self.assertEqual(count, sum(number for wait in waits for end, number in wait["buckets"]
                                        if end <= bound or bound == float("inf")), bound)

    def grown(self, name, before):
        """The families, once the unit has run and waited more than before."""
        now = families()
        for family, labels in (("taskmeter_group_cpu_seconds", {}), (DELAY, {"le": "+Inf"})):
            value = of_unit(name, now, family, **labels)
            if not value or value <= (of_unit(name, before, family, **labels) or 0):
                return None
        return now

    def test_living(self):
        """What a unit does is told while it does it, and never taken back."""
        with unit("while :; do /bin/true; done") as name:
            before = machine.wait_for(lambda: self.grown(name, {}), "delays of the unit")
            after = machine.wait_for(lambda: self.grown(name, before), "more of them")
            self.assertGreater(of_unit(name, after, "taskmeter_group_processes"), 0)
            self.assertGreater(of_unit(name, after, "taskmeter_group_rss_bytes"), 0)
        for family in before.values():
            if family.type not in ("counter", "histogram"):
                continue
            for key, value in family.samples.items():
                self.assertGreaterEqual(after[family.name].samples.get(key, value), value, key)

    def test_others_see_none(self):
        command = ["curl", "-s", "--unix-socket", api.SOCKET, "http://localhost/metrics"]
        text = subprocess.run(command, stdout=subprocess.PIPE, check=True,
                              **machine.other()).stdout.decode()
        self.assertIn("\ntaskmeter_program_processes{", text)
        self.assertNotIn("taskmeter_group_", text)


class Parsers(machine.TestCase):
    """What others read the formats with takes every scrape."""

    def test_python_client(self):
        with contextlib.ExitStack() as stack:
            for name in NAMES:
                api.wait_process(stack.enter_context(machine.sleeper(name)))
            for _ in range(3):
                self.check(prometheus_client.openmetrics.parser, OPENMETRICS)
                self.check(prometheus_client.parser, None)
                time.sleep(1)

    def check(self, parser, accept):
        seen = set()
        kinds = set()
        for family in parser.text_string_to_metric_families(scrape(accept)[0].text):
            self.assertTrue(family.documentation, family.name)
            kinds.add(family.type)
            for sample in family.samples:
                key = (sample.name, tuple(sorted(sample.labels.items())))
                self.assertNotIn(key, seen)
                seen.add(key)
        self.assertGreater(len(seen), 500)
        self.assertLessEqual({"counter", "gauge", "histogram"}, kinds)

    @unittest.skipUnless(shutil.which("promtool"), "promtool is not installed")
    def test_promtool(self):
        outcome = subprocess.run(["promtool", "check", "metrics"], input=scrape()[0].body,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual((outcome.stdout.decode(), outcome.returncode), ("", 0))


@unittest.skipUnless(shutil.which("prometheus"), "prometheus is not installed")
class Prometheus(test_tcp.Configured):
    CONFIG = """
global: {scrape_interval: 1s, scrape_timeout: 1s}
scrape_configs:
  - job_name: taskmeter
    static_configs: [{targets: ["127.0.0.1:%d"]}]
""" % test_tcp.PORT

    COUNTERS = {"taskmeter_group_" + name
                for name in ("cpu_seconds", "cpu_wait_seconds", "io_wait_seconds", "major_faults",
                             "io_write_bytes", "exits")}

    def setUp(self):
        super().setUp()
        test_tcp.configure(f"listen = 127.0.0.1:{test_tcp.PORT}\n")
        directory = tempfile.mkdtemp(prefix="e2e-prometheus-", dir="/var/tmp")
        self.addCleanup(shutil.rmtree, directory)
        path = os.path.join(directory, "prometheus.yml")
        with open(path, "w") as file:
            file.write(self.CONFIG)
        self.log = open(os.path.join(directory, "log"), "w+")
        self.addCleanup(self.log.close)
        process = subprocess.Popen(
            ["prometheus", f"--config.file={path}", f"--storage.tsdb.path={directory}/data",
             "--web.listen-address={}:{}".format(*PROMETHEUS)], stdin=subprocess.DEVNULL,
            stdout=self.log, stderr=self.log)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

    def query(self, query):
        """The values of an instant query; None while there is nobody to ask."""
        url = "http://{}:{}/api/v1/query?{}".format(
            *PROMETHEUS, urllib.parse.urlencode({"query": query}))
        try:
            with urllib.request.urlopen(url, timeout=30) as reply:
                answer = json.load(reply)
        except (urllib.error.URLError, OSError):
            return None
        self.assertEqual(answer["status"], "success")
        return [float(row["value"][1]) for row in answer["data"]["result"]]

    def test_quantile_of_a_unit(self):
        """It scrapes for a while, sees no counter go back, and tells how long
        the unit's processes, of which each gets 10 ms of every 100, wait for a CPU."""
        with unit("while :; do :; done") as name:
            machine.wait_for(lambda: self.query(f'{DELAY}_count{{name="{name}"}}'),
                             "a prometheus that has the unit")
            began = time.monotonic()
            time.sleep(SCRAPING)
            span = f"{int(time.monotonic() - began)}s"
            rate = f'rate({DELAY}_bucket{{kind="unit",name="{name}"}}[{span}])'
            quantile, = self.query(f"histogram_quantile(0.99, {rate})")
            self.assertGreater(quantile, 0.015)
            self.assertLess(quantile, 1.1)
            self.assertGreater(self.query(f"count_over_time(up[{span}])")[0], SCRAPING / 2)
            # A busy machine may let one run into Prometheus' second.
            self.assertGreater(self.query(f"avg_over_time(up[{span}])")[0], 0.7)
            self.assertGreater(self.query("scrape_samples_scraped")[0], 500)
            for family in sorted(set(families()) & self.COUNTERS):
                self.assertEqual(self.query(f"max(resets({family}_total[{span}]))"), [0], family)
            self.assertEqual(self.query(f"max(resets({DELAY}_bucket[{span}]))"), [0])
            share, = self.query(f'rate(taskmeter_group_cpu_seconds_total{{name="{name}"}}[{span}])')
            self.assertAlmostEqual(share, 0.1, delta=0.05)
