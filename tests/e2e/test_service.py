# SPDX-License-Identifier: GPL-2.0-or-later
"""taskmeterd under systemd: start, activation, reload, watchdog, confinement."""

import contextlib
import os
import re
import signal
import subprocess
import tempfile

import api
import machine

CAP_PERFMON = 38


class Service(machine.TestCase):
    def test_active(self):
        for name, value in (("ActiveState", "active"), ("SubState", "running")):
            self.assertEqual(machine.unit_property(machine.SERVICE, name), value)
        self.assertIn(machine.unit_property(machine.SERVICE, "Type"), ("notify", "notify-reload"))
        self.assertEqual(machine.unit_property(machine.SOCKET_UNIT, "ActiveState"), "active")

    def test_journal_has_no_errors(self):
        """A start and some use of everything leave no warning in the journal."""
        machine.restart()
        for path in ("/v1/info", "/v1/processes", "/v1/processes/1", "/metrics", "/nothing"):
            api.get(path)
        invocation = machine.unit_property(machine.SERVICE, "InvocationID")
        machine.run("journalctl", "--sync")
        everything = machine.run("journalctl", "-q", "-o", "cat",
                                 f"_SYSTEMD_INVOCATION_ID={invocation}").stdout
        self.assertTrue(everything.strip(), "the daemon said nothing at all")
        warnings = machine.run("journalctl", "-q", "-o", "cat", "-p", "warning",
                               f"_SYSTEMD_INVOCATION_ID={invocation}").stdout
        self.assertEqual(warnings, "")

    def test_units_are_valid(self):
        outcome = machine.run("systemd-analyze", "verify", "--man=no", machine.SERVICE,
                              machine.SOCKET_UNIT, check=False)
        ours = [line for line in outcome.stderr.splitlines() if "taskmeter" in line]
        self.assertEqual(ours, [])

    def test_exposure(self):
        """systemd's own figure of how much the service could do beyond its work."""
        output = machine.run("systemd-analyze", "security", "--no-pager", machine.SERVICE).stdout
        figure = re.search(r"Overall exposure level for .*: ([0-9.]+)", output).group(1)
        print(f"systemd-analyze security {machine.SERVICE}: {figure}")
        self.assertLessEqual(float(figure), 1.5, output)

    def test_privileges(self):
        """A user of its own, one capability, no way to more."""
        status = machine.proc_status(machine.main_pid())
        self.assertNotIn("0", status["Uid"].split())
        self.assertEqual({name: int(status[name], 16) for name in ("CapEff", "CapPrm", "CapBnd")},
                         {name: 1 << CAP_PERFMON for name in ("CapEff", "CapPrm", "CapBnd")})
        self.assertEqual(status["NoNewPrivs"], "1")
        self.assertEqual(status["Seccomp"], "2")


class Activation(machine.TestCase):
    def test_by_socket(self):
        """The socket outlives the service; a connection starts it and gets its answer."""
        inode = os.stat(api.SOCKET).st_ino
        machine.run("systemctl", "stop", machine.SERVICE)
        self.assertEqual(machine.unit_property(machine.SERVICE, "ActiveState"), "inactive")
        self.assertEqual(api.get("/healthz").status, 200)
        self.assertEqual(machine.unit_property(machine.SERVICE, "ActiveState"), "active")
        self.assertEqual(os.stat(api.SOCKET).st_ino, inode)

    def test_descriptor_has_a_name(self):
        with open(f"/proc/{machine.main_pid()}/environ", "rb") as file:
            environment = dict(entry.split(b"=", 1) for entry in file.read().split(b"\0") if entry)
        name = machine.unit_property(machine.SOCKET_UNIT, "FileDescriptorName")
        self.assertEqual(environment[b"LISTEN_FDNAMES"].decode().split(":"), [name])
        self.assertNotIn(name, ("", machine.SOCKET_UNIT, "unknown"))

    def test_without_systemd(self):
        """Started by hand, the daemon makes its socket itself, and takes it away in the end."""
        path = "/run/e2e-taskmeterd.sock"
        with tempfile.NamedTemporaryFile("w", suffix=".conf") as config:
            config.write("interval = 5s\n")
            config.flush()
            process = subprocess.Popen(["taskmeterd", f"--config={config.name}",
                                        f"--socket={path}", "--history=none"],
                                       stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                machine.wait_for(lambda: os.path.exists(path), "the socket")
                for options, sees in (({}, True), (machine.member(), True),
                                      (machine.other(), False)):
                    outcome = machine.run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}",
                                          "--unix-socket", path,
                                          "http://localhost/v1/processes/1", **options)
                    self.assertEqual(outcome.stdout, "200" if sees else "404")
            finally:
                process.terminate()
                status = process.wait()
        self.assertEqual(status, 0)
        self.assertFalse(os.path.exists(path))


class Signals(machine.TestCase):
    def test_reload(self):
        pid = machine.main_pid()
        for _ in range(3):
            machine.run("systemctl", "reload", machine.SERVICE)
            self.assert_serves()
        self.assertEqual(machine.main_pid(), pid)

    def test_check_of_the_settings(self):
        """--check-config tells good from bad without starting anything."""
        for text, good in (("", True), ("interval = 5s\n", True), ("interval = 5\n", False),
                           ("[other]\n", False), ("interval = 1s\ninterval = 1s\n", False)):
            with self.subTest(text=text), tempfile.NamedTemporaryFile("w") as config:
                config.write(text)
                config.flush()
                outcome = machine.run("taskmeterd", "--check-config", f"--config={config.name}",
                                      check=False)
                self.assertEqual(outcome.returncode == 0, good, outcome.stderr)
                self.assertEqual(config.name in outcome.stderr, not good)

    def test_settings_of_the_command_line(self):
        """They stand above those of the file."""
        for option, good in (("--interval=2s", True), ("--interval=2", False)):
            outcome = machine.run("taskmeterd", "--check-config", option, check=False)
            self.assertEqual(outcome.returncode == 0, good, outcome.stderr)
            self.assertEqual("command line: interval" in outcome.stderr, not good)

    def test_stop_in_time(self):
        """Idle and busy connections do not keep the daemon from stopping."""
        with contextlib.ExitStack() as stack:
            for _ in range(20):
                sock = stack.enter_context(contextlib.closing(api.connect()))
                sock.sendall(b"GET /metrics HTTP/1.1\r\n")
            machine.run("systemctl", "stop", machine.SERVICE)
        self.assertEqual(machine.unit_property(machine.SERVICE, "Result"), "success")

    def test_restart_after_a_crash(self):
        pid = machine.main_pid()
        os.kill(pid, signal.SIGKILL)
        machine.wait_for(lambda: machine.main_pid() not in (0, pid) and machine.healthy(),
                         "a new daemon")

    def test_watchdog(self):
        """A daemon that hangs is replaced."""
        limit = machine.unit_property(machine.SERVICE, "WatchdogUSec")
        self.assertNotIn(limit, ("0", "infinity"))
        pid = machine.main_pid()
        os.kill(pid, signal.SIGSTOP)
        machine.wait_for(lambda: machine.main_pid() not in (0, pid), f"the watchdog ({limit})",
                         4 * machine.PATIENCE)
        machine.wait_for(machine.healthy, "a new daemon")
