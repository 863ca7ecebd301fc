# SPDX-License-Identifier: GPL-2.0-or-later
"""Pressure rules: a unit that is held up crosses one and clears, and all are told; drop-ins."""

import contextlib
import json
import os
import re
import select
import time

import api
import machine

CONFIG = "/etc/taskmeter/taskmeterd.conf"
DROP_INS = CONFIG + ".d"
UNIT = "e2e-hogs.service"
CROSSED = "3aee26156fe84e71b8748110a98d9236"
CLEARED = "3d76b01a5bcb4370bedd6ade395c12cc"
# A clear-below that is near: averages over 10 s fall slowly.
RULE = """[rule {name}]
scope = unit:{scope}
resource = cpu
over = {over}
clear-below = 70%
for = 1s
"""


def write(name, text):
    os.makedirs(DROP_INS, exist_ok=True)
    with open(os.path.join(DROP_INS, name), "w") as file:
        file.write(text)


def metric(name, rule):
    """Its value, None if there is no such rule."""
    found = re.search(rf'^{name}{{rule="{rule}"}} (\S+)$', api.get("/metrics").text, re.M)
    return float(found.group(1)) if found else None


@contextlib.contextmanager
def hogs():
    """Three that want a CPU all the time, in a unit that may have a fifth of one."""
    machine.run("systemctl", "reset-failed", UNIT, check=False)
    machine.run("systemd-run", f"--unit={UNIT}", "--collect", "-p", "CPUQuota=20%", "sh", "-c",
                "for i in 1 2; do while :; do :; done & done; while :; do :; done")
    try:
        yield
    finally:
        machine.run("systemctl", "stop", UNIT, check=False)


class Rules(machine.TestCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.clean)
        self.begin = time.time()
        self.text = b""

    @staticmethod
    def clean():
        if os.path.isdir(DROP_INS):
            for name in os.listdir(DROP_INS):
                os.remove(os.path.join(DROP_INS, name))
        machine.restore()
        machine.run("systemctl", "reload", machine.SERVICE)

    def reload(self):
        """Until the daemon has told what came of it."""
        def told():
            machine.run("journalctl", "--sync")
            said = machine.journal(f"--since=@{int(self.begin)}")
            return len(re.findall("settings loaded again|settings stay as they were", said))
        before = told()
        machine.run("systemctl", "reload", machine.SERVICE)
        machine.wait_for(lambda: told() > before, "settings that are read again")

    def entries(self, message_id, rule):
        """Entries of the journal since the test began."""
        machine.run("journalctl", "--sync")
        lines = machine.run("journalctl", "-q", "-o", "json", f"--since=@{int(self.begin)}",
                            f"MESSAGE_ID={message_id}", f"TASKMETER_RULE={rule}").stdout
        return [json.loads(line) for line in lines.splitlines()]

    @contextlib.contextmanager
    def stream(self, types):
        with contextlib.closing(api.connect()) as sock:
            sock.sendall(api.request_bytes(f"/v1/events?types={types}"))
            yield sock

    def events(self, sock, count):
        """Objects of so many events of rules."""
        def read():
            if select.select([sock], [], [], 0)[0]:
                self.text += sock.recv(65536)
            found = re.findall(rb"event: rule\ndata: (.*)\n\n", self.text)
            return found if len(found) >= count else None
        return [json.loads(data) for data in machine.wait_for(read, f"{count} events")]

    def test_crosses_and_clears(self):
        write("50-hogs.conf", RULE.format(name="hogs", scope=UNIT, over="80%"))
        write("60-any.conf", RULE.format(name="any", scope="e2e-h*", over="80%"))
        write("70-never.conf", RULE.format(name="never", scope="e2e-h*", over="100000%"))
        self.reload()
        self.assertEqual(metric("taskmeter_rule_active", "hogs"), 0)
        with self.stream("rule") as sock:
            with hogs():
                told = self.events(sock, 2)
                self.assertEqual({event["rule"] for event in told}, {"hogs", "any"})
                self.assertEqual(metric("taskmeter_rule_active", "hogs"), 1)
                # Settings that are read again keep what is over, and tell of what is gone.
                os.remove(os.path.join(DROP_INS, "60-any.conf"))
                write("80-interval.conf", "interval = 500ms\n")
                self.reload()
                told = self.events(sock, 3)
                self.assertEqual((told[2]["rule"], told[2]["state"]), ("any", "removed"))
                self.assertEqual(metric("taskmeter_rule_active", "hogs"), 1)
                self.assertIsNone(metric("taskmeter_rule_active", "any"))
                self.assertEqual(api.get("/v1/info").json()["daemon"]["interval_ms"], 500)
            told = self.events(sock, 4)
        crossed = next(event for event in told if event["rule"] == "hogs")
        for key, value in (("state", "crossed"), ("kind", "unit"), ("name", UNIT),
                           ("resource", "cpu"), ("measure", "pressure"), ("average_s", 10),
                           ("over", 0.8), ("clear_below", 0.7), ("untold", 0)):
            self.assertEqual(crossed[key], value)
        # Three threads are never held up more than three.
        self.assertTrue(0.8 < crossed["value"] <= 3.01, crossed)
        self.assertGreaterEqual(crossed["lasted_ns"], 10 ** 9)
        self.assertAlmostEqual(crossed["realtime_ns"] / 1e9, time.time(), delta=120)
        cleared = told[3]
        self.assertEqual((cleared["rule"], cleared["state"]), ("hogs", "cleared"))
        self.assertLess(cleared["value"], 0.7)
        self.assertGreaterEqual(cleared["peak"], crossed["value"])
        self.check_journal(crossed, cleared)
        for name, value in (("active", 0), ("crossings_total", 1), ("untold_total", 0),
                            ("left_out", 0)):
            self.assertEqual(metric("taskmeter_rule_" + name, "hogs"), value, name)
        self.assertEqual(metric("taskmeter_rule_crossings_total", "never"), 0)

    def check_journal(self, crossed, cleared):
        for message_id, event, priority in ((CROSSED, crossed, "4"), (CLEARED, cleared, "5")):
            entry, = self.entries(message_id, "hogs")
            for field, value in (("PRIORITY", priority), ("TASKMETER_GROUP_KIND", "unit"),
                                 ("TASKMETER_GROUP", UNIT), ("TASKMETER_RESOURCE", "cpu"),
                                 ("TASKMETER_MEASURE", "pressure"),
                                 ("TASKMETER_RULE_STATE", event["state"]),
                                 ("TASKMETER_OVER_PERCENT", "80"),
                                 ("TASKMETER_CLEAR_BELOW_PERCENT", "70"),
                                 ("TASKMETER_AVERAGE_SEC", "10"),
                                 ("TASKMETER_LASTED_NS", str(event["lasted_ns"]))):
                self.assertEqual(entry[field], value, field)
            self.assertAlmostEqual(float(entry["TASKMETER_VALUE_PERCENT"]), 100 * event["value"],
                                   delta=0.01)
            self.assertIn(UNIT, entry["MESSAGE"])
            machine.run("journalctl", "--update-catalog")
            text = machine.run("journalctl", "-q", "--catalog", f"--since=@{int(self.begin)}",
                               f"MESSAGE_ID={message_id}", "TASKMETER_RULE=hogs").stdout
            self.assertIn(f"Subject: Rule hogs: cpu pressure of unit {UNIT}", text)
        self.assertEqual(self.entries(CROSSED, "never"), [])

    def test_bad_drop_in(self):
        """It is refused, with its name and line, and what held before holds on."""
        pid = machine.main_pid()
        write("10-good.conf", RULE.format(name="good", scope="*", over="5000%"))
        self.reload()
        self.assertEqual(metric("taskmeter_rule_active", "good"), 0)
        write("20-bad.conf", "# first\n" + RULE.format(name="bad", scope="*", over="20"))
        write("10-good.conf", "interval = 5s\n")
        self.reload()
        machine.run("journalctl", "--sync")
        said = machine.journal(f"--since=@{int(self.begin)}")
        self.assertRegex(said, rf'{DROP_INS}/20-bad\.conf, line 5: over: "20" is not allowed; '
                               "it takes percent")
        self.assertIn("the settings stay as they were", said)
        self.assertEqual(metric("taskmeter_rule_active", "good"), 0)
        self.assertIsNone(metric("taskmeter_rule_active", "bad"))
        self.assertEqual(api.get("/v1/info").json()["daemon"]["interval_ms"], 1000)
        outcome = machine.run("taskmeterd", "--check-config", check=False)
        self.assertEqual(outcome.returncode, 1)
        self.assertIn("20-bad.conf, line 5", outcome.stderr)
        os.remove(os.path.join(DROP_INS, "20-bad.conf"))
        self.assertIn("1 drop-in: no errors",
                      machine.run("taskmeterd", "--check-config").stdout)
        self.reload()
        self.assertIsNone(metric("taskmeter_rule_active", "good"))
        self.assertEqual(api.get("/v1/info").json()["daemon"]["interval_ms"], 5000)
        self.assertEqual(machine.main_pid(), pid)

    def test_who_is_told(self):
        """What groups do is for those who see all processes."""
        outcome = machine.run("curl", "-s", "--unix-socket", api.SOCKET,
                              "http://localhost/v1/events?types=rule", **machine.other())
        self.assertEqual(json.loads(outcome.stdout)["status"], 403)
        self.assert_problem(api.get("/v1/events?types=rules"), 400, "rules", "oom and rule")
