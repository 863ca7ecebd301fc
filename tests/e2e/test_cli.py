# SPDX-License-Identifier: GPL-2.0-or-later
"""The taskmeter command: what it prints, and how it ends."""

import json
import os
import signal
import subprocess

import machine


def as_json(*arguments, **options):
    return json.loads(machine.cli(*arguments, "--json", **options).stdout)


class Output(machine.TestCase):
    def test_ps(self):
        with machine.sleeper() as pid:
            lines = machine.cli("ps").stdout.splitlines()
        header = lines[0].split()
        self.assertIn("PID", header)
        column = header.index("PID")
        row, = (line for line in lines[1:] if line.split()[column] == str(pid))
        self.assertIn("e2e-sleeper", row)

    def test_ps_has_every_process_once(self):
        before = machine.all_pids()
        pids = [process["pid"] for process in as_json("ps")["processes"]]
        stayed = before & machine.all_pids()
        self.assertEqual(len(pids), len(set(pids)))
        self.assertEqual(stayed - set(pids), set())

    def test_show(self):
        with machine.sleeper() as pid:
            text = machine.cli("show", str(pid)).stdout
        self.assertIn("e2e-sleeper", text)
        self.assertIn(str(pid), text)

    def test_info(self):
        info = as_json("info")
        text = machine.cli("info").stdout
        self.assertIn(info["version"], text)
        with open("/sys/module/taskmeter/version") as file:
            self.assertEqual(info["version"], file.read().strip())

    def test_hostile_name_on_a_terminal(self):
        """A process cannot write to the terminal of who looks at it."""
        with machine.sleeper(b"\x1b[31m\n\x07\xff\x9bx") as pid:
            for arguments in (("ps",), ("show", str(pid))):
                output = machine.cli(*arguments, universal_newlines=False).stdout
                self.assertIn(b"[31m", output)
                for byte in (b"\x1b", b"\x07", b"\x9b"):
                    self.assertNotIn(byte, output.replace("\N{RIGHT SINGLE QUOTATION MARK}"
                                                          .encode(), b""))


class Status(machine.TestCase):
    """Exit codes 0 to 4; a failure says why on standard error, and nothing on standard output."""

    def assert_status(self, status, *arguments, **options):
        outcome = machine.cli(*arguments, check=False, **options)
        self.assertEqual(outcome.returncode, status, outcome)
        if status:
            self.assertTrue(outcome.stderr.startswith("taskmeter: "), outcome.stderr)
            self.assertEqual(outcome.stdout, "")
        return outcome.stderr

    def test_success(self):
        for arguments in (("ps",), ("info",), ("show", "1"), ("--help",), ("--version",)):
            with self.subTest(arguments=arguments):
                outcome = machine.cli(*arguments)
                self.assertTrue(outcome.stdout)
                self.assertEqual(outcome.stderr, "")

    def test_failed(self):
        self.assertIn("4194303", self.assert_status(1, "show", "4194303"))

    def test_output_that_cannot_be_written(self):
        for arguments in (("ps",), ("info",), ("ps", "--json")):
            with self.subTest(arguments=arguments), open("/dev/full", "w") as full:
                outcome = subprocess.run(["taskmeter", *arguments], stdout=full,
                                                 stderr=subprocess.PIPE, check=False)
                self.assertEqual(outcome.returncode, 1)
                self.assertIn(b"No space left", outcome.stderr)

    def test_usage(self):
        for arguments in (("frobnicate",), ("--frobnicate",), ("ps", "--frobnicate"),
                          ("show",), ("show", "x"), ("show", "0"), ("show", "-1"),
                          ("show", "99999999999"), ("info", "more")):
            with self.subTest(arguments=arguments):
                self.assert_status(2, *arguments)

    def test_no_module(self):
        machine.unload_module()
        for arguments in (("ps",), ("show", "1"), ("info",), ("ps", "--json")):
            with self.subTest(arguments=arguments):
                self.assertIn("modprobe taskmeter", self.assert_status(3, *arguments))

    def test_not_permitted(self):
        for arguments in (("ps",), ("show", "1"), ("ps", "--json")):
            with self.subTest(arguments=arguments):
                text = self.assert_status(4, *arguments, **machine.other())
                self.assertIn("CAP_PERFMON", text)

    def test_own_processes(self):
        """With unprivileged=1 users see what has been wholly theirs from its fork on, and no more."""
        user = machine.other()
        machine.unload_module()
        self.addCleanup(machine.reload_module)
        machine.load_module("unprivileged=1")
        shell = subprocess.Popen(["sh", "-c", "sleep 100000 & echo $!; wait"],
                                 stdout=subprocess.PIPE, start_new_session=True, **user)
        self.addCleanup(shell.wait)
        self.addCleanup(os.killpg, shell.pid, signal.SIGKILL)
        with shell.stdout:
            pid = int(shell.stdout.readline())
        rows = as_json("ps", **user)["processes"]
        self.assertEqual({row["uid"] for row in rows}, {user["user"]})
        pids = {row["pid"] for row in rows}
        self.assertIn(pid, pids)
        self.assertNotIn(shell.pid, pids, "root's until it changed its ids")
        self.assertEqual(as_json("show", str(pid), **user)["comm"], "sleep")
        self.assert_status(1, "show", "1", **user)

    def test_one_capability_is_enough(self):
        """CAP_PERFMON alone, without root, sees every process."""
        options = machine.other()
        setpriv = ("setpriv", f"--reuid={options['user']}", f"--regid={options['group']}",
                   "--clear-groups", "--inh-caps=+perfmon", "--ambient-caps=+perfmon",
                   "taskmeter", "ps", "--json")
        # util-linux before 2.37 knows this capability by its number only.
        outcome = machine.run(*setpriv, check=False)
        if outcome.returncode != 0 and "perfmon" in outcome.stderr:
            outcome = machine.run(*(word.replace("perfmon", "cap_38") for word in setpriv))
        pids = {process["pid"] for process in json.loads(outcome.stdout)["processes"]}
        self.assertIn(1, pids)
        self.assertIn(os.getpid(), pids)
