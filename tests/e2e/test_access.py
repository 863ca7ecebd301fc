# SPDX-License-Identifier: GPL-2.0-or-later
"""Who sees what through the API's Unix socket: asked with curl, as an administrator would."""

import json
import os
import subprocess

import api
import machine


def visible(**identity):
    """Pids of all processes that a user sees, page by page, with their uids."""
    seen, cursor = {}, ""
    while True:
        status, body = machine.curl(f"/v1/processes?limit=100{cursor}", **identity)
        if status != 200:
            raise AssertionError(f"{status}: {body}")
        page = json.loads(body)
        seen.update((row["pid"], row["uid"]) for row in page["processes"])
        if not page["next_cursor"]:
            return seen
        cursor = f"&cursor={page['next_cursor']}"


class Access(machine.TestCase):
    def setUp(self):
        super().setUp()
        self.member, self.other = machine.member(), machine.other()
        self.own = self.sleeper(b"e2e-own", self.other)
        self.foreign = self.sleeper(b"e2e-foreign", self.member)
        for pid in (self.own, self.foreign):
            api.wait_process(pid)

    def sleeper(self, name, user):
        context = machine.sleeper(name, user=user["user"], group=user["group"])
        pid = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        return pid

    def assert_sees_all(self, **identity):
        lived = machine.all_pids()
        seen = visible(**identity)
        for pid in (1, self.own, self.foreign, machine.main_pid(), os.getpid()):
            self.assertIn(pid, lived)
            self.assertIn(pid, seen)
        for pid in (1, self.own, self.foreign):
            self.assertEqual(machine.curl(f"/v1/processes/{pid}", **identity)[0], 200)

    def test_root(self):
        self.assert_sees_all()

    def test_member_of_the_group(self):
        self.assert_sees_all(**self.member)

    def test_other_user(self):
        """The user's own processes, and not a trace of others."""
        seen = visible(**self.other)
        self.assertIn(self.own, seen)
        self.assertEqual(set(seen.values()), {self.other["user"]})
        self.assertEqual(machine.curl(f"/v1/processes/{self.own}", **self.other)[0], 200)

    def test_foreign_process_does_not_exist(self):
        """The answer is the same as for a pid that there is not."""
        for pid in (1, self.foreign, machine.main_pid()):
            status, body = machine.curl(f"/v1/processes/{pid}", **self.other)
            self.assertEqual(status, 404)
            nothing = machine.curl("/v1/processes/4194303", **self.other)
            self.assertEqual((status, body.replace(str(pid), "4194303")), nothing)

    def test_filters_show_nothing_more(self):
        for query in ("uid=0", f"uid={self.member['user']}", "pid=1", f"pid={self.foreign}",
                      "comm=e2e-foreign", "sort=run_ns&order=desc", "fields=pid,uid"):
            with self.subTest(query=query):
                status, body = machine.curl(f"/v1/processes?{query}", **self.other)
                self.assertEqual(status, 200)
                rows = json.loads(body)["processes"]
                self.assertEqual({row["uid"] for row in rows} - {self.other["user"]}, set())
                self.assertNotIn("e2e-foreign", body)

    def test_cursor_of_root(self):
        """A cursor carries no rights."""
        page = json.loads(machine.curl("/v1/processes?limit=1")[1])
        status, body = machine.curl(f"/v1/processes?cursor={page['next_cursor']}", **self.other)
        self.assertIn(status, (200, 400))
        if status == 200:
            uids = {row["uid"] for row in json.loads(body)["processes"]}
            self.assertEqual(uids - {self.other["user"]}, set())

    def test_metrics(self):
        """Sums over programs of others are not for other users on the socket, if they are shown
        at all; the daemon's own figures are."""
        status, body = machine.curl("/metrics", **self.other)
        if status == 200:
            self.assertNotIn("e2e-foreign", body)
        else:
            self.assertEqual(status, 403)
        self.assertIn("e2e-foreign", machine.curl("/metrics", **self.member)[1])

    def test_setuid_program(self):
        """What a user starts with other rights is not the user's to look at."""
        program = "/usr/local/bin/e2e-setuid"
        machine.run("cp", "/bin/sleep", program)
        machine.run("chmod", "4755", program)
        process = subprocess.Popen([program, "1000"], **self.other)
        try:
            api.wait_process(process.pid)
            self.assertEqual(machine.curl(f"/v1/processes/{process.pid}", **self.other)[0], 404)
            self.assertNotIn(process.pid, visible(**self.other))
            self.assertEqual(machine.curl(f"/v1/processes/{process.pid}", **self.member)[0], 200)
        finally:
            process.kill()
            process.wait()
            os.unlink(program)
