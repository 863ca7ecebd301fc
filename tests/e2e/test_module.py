# SPDX-License-Identifier: GPL-2.0-or-later
"""The module comes and goes while the daemon runs."""

import api
import machine


class Module(machine.TestCase):
    def test_unload_and_load(self):
        """The daemon does not hold the module; it says so, runs on, and recovers by itself."""
        pid = machine.main_pid()
        before = api.get("/v1/info").json()
        machine.unload_module()
        machine.wait_for(lambda: api.get("/healthz").status == 503, "503 without the module")
        self.assert_problem(api.get("/healthz"), 503, "module")
        self.assert_problem(api.get("/v1/processes"), 503, "module")
        self.assert_problem(api.get("/v1/processes/1"), 503, "module")
        self.assert_problem(api.get("/v1/info"), 503, "module")
        self.assertEqual(api.get("/metrics").status, 200)
        self.assertEqual(machine.main_pid(), pid)

        machine.load_module()
        machine.wait_for(machine.healthy, "200 with the module again")
        self.assertEqual(machine.main_pid(), pid)
        self.assertEqual(api.get("/v1/processes/1").status, 200)
        after = api.get("/v1/info").json()
        self.assertNotEqual(api.module_info(before)["instance_id"],
                            api.module_info(after)["instance_id"])

    def test_start_without(self):
        """A daemon that starts first waits for the module, and says how to get it."""
        machine.run("systemctl", "stop", machine.SERVICE)
        machine.unload_module()
        machine.run("systemctl", "start", machine.SERVICE)
        self.assertEqual(api.get("/healthz").status, 503)
        machine.run("journalctl", "--sync")
        self.assertIn("modprobe taskmeter", machine.journal("-n", "20"))
        machine.load_module()
        machine.wait_for(machine.healthy, "200 with the module")
        self.assertEqual(api.get("/v1/processes/1").status, 200)

    def test_again_and_again(self):
        for _ in range(5):
            machine.unload_module()
            machine.load_module()
        machine.wait_for(machine.healthy, "200 in the end")
