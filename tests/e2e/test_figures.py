# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures of the command, the API and /proc, of processes that do not change any more."""

import json
import os
import signal

import api
import machine


KIB = {"vm_bytes": "VmSize", "vm_peak_bytes": "VmPeak", "vm_data_bytes": "VmData",
       "vm_stack_bytes": "VmStk", "vm_exe_bytes": "VmExe", "vm_lib_bytes": "VmLib",
       "vm_locked_bytes": "VmLck", "vm_pinned_bytes": "VmPin", "page_table_bytes": "VmPTE"}
COUNTS = {"voluntary_switches": "voluntary_ctxt_switches",
          "involuntary_switches": "nonvoluntary_ctxt_switches", "threads": "Threads",
          "pid": "Pid", "tgid": "Tgid", "ppid": "PPid"}
STAT = {"minor_faults": 7, "major_faults": 9, "priority": 15, "nice": 16, "cpu": 36,
        "rt_priority": 37, "policy": 38}
IO = {"io_read_chars_bytes": "rchar", "io_write_chars_bytes": "wchar",
      "io_read_syscalls": "syscr", "io_write_syscalls": "syscw", "io_read_bytes": "read_bytes",
      "io_write_bytes": "write_bytes", "io_cancelled_write_bytes": "cancelled_write_bytes"}


def by_cli(pid):
    return json.loads(machine.cli("show", str(pid), "--json").stdout)


def from_proc(pid):
    """What /proc tells, under our names."""
    status, stat = machine.proc_status(pid), machine.proc_stat(pid)
    with open(f"/proc/{pid}/io") as file:
        counts = dict(line.split(": ") for line in file)
    with open(f"/proc/{pid}/schedstat") as file:
        run_ns, run_delay_ns, timeslices = (int(word) for word in file.read().split())
    with open(f"/proc/{pid}/oom_score_adj") as file:
        oom_score_adj = int(file.read())
    uids, gids = status["Uid"].split(), status["Gid"].split()
    values = {name: int(status[key].split()[0]) * 1024 for name, key in KIB.items()}
    values.update((name, int(status[key])) for name, key in COUNTS.items())
    values.update((name, int(stat[index])) for name, index in STAT.items())
    values.update((name, int(counts[key])) for name, key in IO.items())
    values.update(run_ns=run_ns, run_delay_ns=run_delay_ns, timeslices=timeslices,
                  state=stat[0], comm=status["Name"], oom_score_adj=oom_score_adj,
                  uid=int(uids[0]), euid=int(uids[1]), gid=int(gids[0]), egid=int(gids[1]),
                  pid_namespace=int(os.readlink(f"/proc/{pid}/ns/pid")[5:-1]))
    return values


class Figures(machine.TestCase):
    def settled(self, read, pid, expected):
        """A record once it is of the time after the process fell asleep."""
        def same():
            record = read(pid)
            return record if record.get("run_ns") == expected["run_ns"] else None
        return machine.wait_for(same, f"a record like {expected}")

    def at_rest(self, pid):
        """What /proc tells once it tells the same twice: a state is told before the switch."""
        before = from_proc(pid)

        def same():
            nonlocal before
            before, last = from_proc(pid), before
            return before["state"] in "ST" and before == last
        machine.wait_for(same, "a process at rest")
        return before

    def compare(self, pid):
        expected = self.at_rest(pid)
        records = {"command": self.settled(by_cli, pid, expected),
                   "API": self.settled(lambda pid: api.get(f"/v1/processes/{pid}").json(), pid,
                                       expected)}
        self.assertEqual(from_proc(pid), expected, "the process did not rest")
        for door, record in records.items():
            with self.subTest(door=door):
                self.assertEqual({name: record[name] for name in expected}, expected)
                self.assertEqual(record["user_ns"] + record["system_ns"], record["run_ns"])
                self.assertEqual(record["start_time_ns"] // 10000000,
                                 int(machine.proc_stat(pid)[19]))
                self.assertFalse(record["kernel"])
                self.assertFalse(record["exiting"])
        self.assert_resident(records, pid)

    def assert_resident(self, records, pid):
        """RSS kinds are per-CPU counters on newer kernels: within the error that is told."""
        error = json.loads(machine.cli("info", "--json").stdout)["rss_error_bytes"]
        status = machine.proc_status(pid)
        for door, record in records.items():
            for name, key in (("rss_anon_bytes", "RssAnon"), ("rss_file_bytes", "RssFile"),
                              ("rss_shmem_bytes", "RssShmem"), ("swap_bytes", "VmSwap")):
                with self.subTest(door=door, name=name):
                    self.assertLessEqual(abs(record[name] - int(status[key].split()[0]) * 1024),
                                         error + 64 * 4096)
            self.assertGreater(record["rss_anon_bytes"], 0)

    def test_root_process(self):
        with machine.sleeper() as pid:
            self.compare(pid)

    def test_user_process(self):
        user = machine.other()
        with machine.sleeper(user=user["user"], group=user["group"]) as pid:
            self.compare(pid)

    def test_nice_process(self):
        with machine.sleeper() as pid:
            os.setpriority(os.PRIO_PROCESS, pid, 7)
            with open(f"/proc/{pid}/oom_score_adj", "w") as file:
                file.write("123")
            self.compare(pid)

    def test_stopped_process(self):
        with machine.sleeper() as pid:
            os.kill(pid, signal.SIGSTOP)
            machine.wait_for(lambda: machine.proc_stat(pid)[0] == "T", "a stopped process")
            self.compare(pid)

    def test_kernel_thread(self):
        """No memory of its own: null, not 0."""
        for record in (by_cli(2), api.wait_process(2)):
            self.assertTrue(record["kernel"])
            self.assertEqual(record["comm"], "kthreadd")
            for name in ("rss_anon_bytes", "vm_bytes", "rss_peak_bytes"):
                self.assertIsNone(record[name])
            self.assertGreater(record["run_ns"], 0)

    def test_zombie(self):
        with machine.popen_python("import os, time\n"
                                  "pid = os.fork()\n"
                                  "pid or os._exit(0)\n"
                                  "print(pid, flush=True)\n"
                                  "time.sleep(100000)") as process:
            pid = int(process.stdout.readline())
            machine.wait_for(lambda: machine.proc_stat(pid)[0] == "Z", "a zombie")
            for record in (by_cli(pid), machine.wait_for(
                    lambda: self.zombie(pid), "the zombie")):
                self.assertTrue(record["exiting"])
                self.assertIsNone(record["vm_bytes"])
                self.assertEqual(record["ppid"], process.pid)

    def zombie(self, pid):
        record = api.get(f"/v1/processes/{pid}").json()
        return record if record.get("state") == "Z" else None


class Info(machine.TestCase):
    def test_same_by_every_door(self):
        of_cli = json.loads(machine.cli("info", "--json").stdout)
        of_api = api.module_info(api.get("/v1/info").json())
        for name in ("version", "abi_version", "instance_id", "load_time_ns", "record_size",
                     "page_size", "available", "rss_error_bytes"):
            self.assertEqual(of_cli[name], of_api[name], name)
        self.assertEqual(of_cli["page_size"], os.sysconf("SC_PAGESIZE"))
