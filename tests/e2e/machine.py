# SPDX-License-Identifier: GPL-2.0-or-later
"""The booted machine: units, the module, users, processes of known shape, and a common test case."""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
import time
import unittest

import api

SERVICE = "taskmeterd.service"
SOCKET_UNIT = "taskmeterd.socket"
CONFIG = "/etc/taskmeter/taskmeterd.conf"
PR_SET_NAME = 15
# How long to wait for something that happens by itself, on a slow machine.
PATIENCE = 90

libc = ctypes.CDLL(None, use_errno=True)


def run(*command, check=True, **options):
    """A command's outcome; text unless told otherwise."""
    options.setdefault("universal_newlines", True)
    outcome = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.PIPE, timeout=300, check=False, **options)
    if check and outcome.returncode != 0:
        raise AssertionError(f"{' '.join(command)}: status {outcome.returncode}: "
                             f"{outcome.stdout} {outcome.stderr}")
    return outcome


def wait_for(condition, what, patience=PATIENCE):
    """Call until it gives something true, and return that."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience} s in vain: {what}")
        time.sleep(0.2)


def unit_property(unit, name):
    return run("systemctl", "show", "-p", name, "--value", unit).stdout.strip()


def main_pid():
    return int(unit_property(SERVICE, "MainPID"))


def module_loaded():
    return os.path.isdir("/sys/module/taskmeter")


def load_module(*parameters):
    run("modprobe", "taskmeter", *parameters)
    wait_for(lambda: os.path.exists("/dev/taskmeter"), "/dev/taskmeter")
    # Until udev has given it to its group, the daemon may not read it.
    run("udevadm", "settle")


def unload_module():
    """The daemon has the device open for the length of a tick only: in between it can go."""
    def unload():
        return run("rmmod", "taskmeter", check=False).returncode == 0
    wait_for(unload, "rmmod taskmeter")


def reload_module():
    """Back to the module without parameters."""
    unload_module()
    load_module()


def healthy():
    try:
        return api.get("/healthz").status == 200
    except OSError:
        return False


def systemctl(verb, *units, check=True):
    """systemctl without systemd's limit of starts in a time, which tests would run into."""
    run("systemctl", "reset-failed", *units, check=False)
    return run("systemctl", verb, *units, check=check)


def restart():
    systemctl("restart", SERVICE)
    wait_for(healthy, "a healthy daemon")


def restore(patience=PATIENCE):
    """Module loaded, daemon active and healthy."""
    if not module_loaded():
        load_module()
    systemctl("start", SOCKET_UNIT, SERVICE)
    wait_for(healthy, "a healthy daemon", patience)


@contextlib.contextmanager
def settings(text):
    """The daemon has these settings, without a restart."""
    with open(CONFIG) as file:
        before = file.read()

    def reload(content):
        with open(CONFIG, "w") as file:
            file.write(content)
        run("systemctl", "reload", SERVICE)
    try:
        reload(before + text)
        yield
    finally:
        reload(before)


def make_user(name, *groups):
    """A user, made on first use, as keyword arguments for subprocess."""
    try:
        pwd.getpwnam(name)
    except KeyError:
        run("useradd", "--no-create-home", "--shell", "/bin/sh",
            *(["--groups", ",".join(groups)] if groups else []), name)
    entry = pwd.getpwnam(name)
    return {"user": entry.pw_uid, "group": entry.pw_gid,
            "extra_groups": os.getgrouplist(name, entry.pw_gid), "cwd": "/"}


def member():
    """A user in the group taskmeter."""
    return make_user("e2e-member", "taskmeter")


def other():
    """A user with nothing special about it."""
    return make_user("e2e-other")


def journal(*options):
    return run("journalctl", "--no-pager", "-q", "-o", "cat", "-u", SERVICE, *options).stdout


def cli(*arguments, check=True, **options):
    return run("taskmeter", *arguments, check=check, **options)


def curl(path, **identity):
    """Status and body of a reply, as seen by a user."""
    outcome = run("curl", "--silent", "--show-error", "--max-time", "120",
                  "--unix-socket", api.SOCKET, "--write-out", "\n%{http_code}",
                  f"http://localhost{path}", **identity)
    body, _, status = outcome.stdout.rpartition("\n")
    return int(status), body


@contextlib.contextmanager
def sleeper(comm=b"e2e-sleeper", **identity):
    """A process that has given itself a name (any bytes) and sleeps; yields its pid."""
    with popen_python("import ctypes, sys, time\n"
                      "name = bytes.fromhex(sys.argv[1])\n"
                      f"ctypes.CDLL(None).prctl({PR_SET_NAME}, name, 0, 0, 0)\n"
                      "sys.stdout.write('.')\nsys.stdout.flush()\n"
                      "time.sleep(100000)", comm.hex(), **identity) as process:
        process.stdout.read(1)
        yield process.pid


@contextlib.contextmanager
def popen_python(program, *arguments, **options):
    process = subprocess.Popen([sys.executable, "-S", "-c", program, *arguments],
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, **options)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()


def cgroup_pids(path):
    with open(f"/sys/fs/cgroup{path}/cgroup.procs") as file:
        return {int(line) for line in file}


@contextlib.contextmanager
def busy_unit(name):
    """A unit of two processes that share a CPU, and may be restarted; their ids."""
    unit, path = f"{name}.service", f"/run/systemd/system/{name}.service"
    with open(path, "w") as file:
        file.write("[Service]\nCPUAffinity=0\n"
                   f"ExecStart={sys.executable} -S -c 'import os; os.fork(); b = b\"x\" * 30000000\\n"
                   "while True: pass'\n")
    run("systemctl", "daemon-reload")
    try:
        systemctl("start", unit)
        yield wait_for(lambda: len(cgroup_pids(f"/system.slice/{unit}")) == 2 and
                       cgroup_pids(f"/system.slice/{unit}"), "two processes")
    finally:
        systemctl("stop", unit)
        os.unlink(path)
        run("systemctl", "daemon-reload")


@contextlib.contextmanager
def crowd(count):
    """So many sleeping children of one process; yields the set of their pids."""
    with popen_python("import os, sys, time\n"
                      "pids = []\n"
                      "for _ in range(int(sys.argv[1])):\n"
                      "    pid = os.fork()\n"
                      "    if pid == 0:\n"
                      "        time.sleep(100000)\n"
                      "    pids.append(pid)\n"
                      "print(*pids, flush=True)\n"
                      "time.sleep(100000)", str(count), start_new_session=True) as process:
        try:
            yield {int(pid) for pid in process.stdout.readline().split()}
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def proc_status(pid):
    """/proc/PID/status as a dictionary."""
    with open(f"/proc/{pid}/status", errors="surrogateescape") as file:
        return dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)


def proc_stat(pid):
    """/proc/PID/stat from the third field on, which is index 0."""
    with open(f"/proc/{pid}/stat", "rb") as file:
        return file.read().rpartition(b") ")[2].decode().split()


def all_pids():
    return {int(name) for name in os.listdir("/proc") if name.isdigit()}


class TestCase(unittest.TestCase):
    """Starts from a healthy daemon. If that cannot be had once, it is not waited for long again."""

    maxDiff = None
    lost = False

    def setUp(self):
        patience = 5 if TestCase.lost else PATIENCE
        TestCase.lost = True
        restore(patience)
        TestCase.lost = False

    def assert_problem(self, reply, status, *words):
        """RFC 9457: what is wrong, in the right type and shape, naming the words."""
        self.assertEqual((reply.status, reply.type), (status, "application/problem+json"),
                         reply.body)
        problem = reply.json()
        self.assertEqual(problem["status"], status)
        self.assertIsInstance(problem["title"], str)
        self.assertTrue(problem["title"])
        self.assertIsInstance(problem.get("type", "about:blank"), str)
        self.assertIsInstance(problem.get("detail", ""), str)
        for word in words:
            self.assertIn(word, reply.text)
        return problem

    def assert_serves(self):
        """A new client gets its answer."""
        self.assertEqual(api.get("/healthz").status, 200)
