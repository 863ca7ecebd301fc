# SPDX-License-Identifier: GPL-2.0-or-later
"""The API over TCP: off unless configured, then behind a token, and safe from DNS rebinding."""

import contextlib
import os
import shutil
import socket

import api
import machine


PORT = 9745
CONFIG = "/etc/taskmeter/taskmeterd.conf"
TOKEN_FILE = "/etc/taskmeter/e2e-token"
TOKEN = "3f1c9c1de55a4a0b"
LOOPBACK = ("127.0.0.1", PORT)


def tcp(path, method="GET", headers=None, host=f"127.0.0.1:{PORT}", address=LOOPBACK):
    with contextlib.closing(socket.create_connection(address, timeout=api.TIMEOUT)) as sock:
        sock.sendall(api.request_bytes(path, method, {"Connection": "close", **(headers or {})},
                                       host))
        return api.read_reply(sock, method)


def bearer(token=TOKEN):
    return {"Authorization": f"Bearer {token}"}


def listeners():
    """Local addresses on which the daemon listens for TCP."""
    output = machine.run("ss", "-H", "-l", "-t", "-n", "-p").stdout
    return {line.split()[3] for line in output.splitlines()
            if f"pid={machine.main_pid()}," in line}


def configure(text):
    """Write the configuration and have the daemon take it up."""
    os.makedirs(os.path.dirname(CONFIG), exist_ok=True)
    with open(CONFIG, "w") as file:
        file.write(text)
    machine.restart()


class Configured(machine.TestCase):
    """A test case that may change the configuration, and gives the old one back."""

    def setUp(self):
        super().setUp()
        with contextlib.suppress(FileNotFoundError), open(CONFIG) as file:
            old = file.read()
            self.addCleanup(self.put_back, old)
            return
        self.addCleanup(self.put_back, None)

    def put_back(self, old):
        if old is None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(CONFIG)
        else:
            with open(CONFIG, "w") as file:
                file.write(old)
        machine.restart()

    def put_token(self, token):
        os.makedirs(os.path.dirname(TOKEN_FILE), exist_ok=True)
        with open(os.open(TOKEN_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "w") as file:
            file.write(token + "\n")
        shutil.chown(TOKEN_FILE, group="taskmeter")


class Default(Configured):
    def test_off(self):
        self.assertEqual(listeners(), set())
        with self.assertRaises(ConnectionRefusedError):
            tcp("/healthz")


class Listener(Configured):
    def setUp(self):
        super().setUp()
        self.put_token(TOKEN)
        configure(f"listen = 127.0.0.1:{PORT}\ntoken-file = {TOKEN_FILE}\n"
                  "hosts = meter.example\n")

    def test_where(self):
        """On the configured address and nowhere else; the Unix socket stays."""
        self.assertEqual(listeners(), {f"127.0.0.1:{PORT}"})
        self.assertEqual(api.get("/v1/info").status, 200)

    def test_open_paths(self):
        for path in ("/metrics", "/healthz"):
            for method in ("GET", "HEAD"):
                self.assertEqual(tcp(path, method).status, 200)

    def test_token_needed(self):
        for path in ("/v1/info", "/v1/processes", "/v1/processes/1", "/v1/nothing"):
            for headers in (None, bearer("wrong"), bearer(""), bearer(TOKEN[:-1]),
                            bearer(TOKEN + "x"), bearer(TOKEN.upper()),
                            {"Authorization": f"Basic {TOKEN}"}, {"Authorization": TOKEN},
                            {"Authorization": "Bearer"}, {"X-Token": TOKEN}):
                with self.subTest(path=path, headers=headers):
                    reply = tcp(path, headers=headers)
                    self.assert_problem(reply, 401)
                    self.assertTrue(reply.headers["WWW-Authenticate"].startswith("Bearer"))
                    self.assertNotIn(TOKEN, reply.text)

    def test_token_opens(self):
        self.assertEqual(tcp("/v1/info", headers=bearer()).status, 200)
        self.assertEqual(tcp("/v1/processes/1", headers=bearer()).json()["pid"], 1)
        page = tcp("/v1/processes?limit=1000", headers=bearer()).json()
        self.assertIn(0, {row["uid"] for row in page["processes"]})
        self.assert_problem(tcp("/v1/nothing", headers=bearer()), 404)

    def test_token_is_not_for_the_query(self):
        """A token in a URL would end up in logs."""
        for name in ("token", "access_token"):
            self.assertEqual(tcp(f"/v1/info?{name}={TOKEN}").status, 401)

    def test_host(self):
        """A name that is not ours came from a page that had its own name point here."""
        for host in (f"127.0.0.1:{PORT}", "127.0.0.1", "localhost", f"LocalHost:{PORT}",
                     "[::1]", f"[::1]:{PORT}", "meter.example", f"Meter.Example:{PORT}"):
            with self.subTest(host=host):
                self.assertEqual(tcp("/healthz", host=host).status, 200)
                self.assertEqual(tcp("/v1/info", headers=bearer(), host=host).status, 200)
        for host in ("evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "",
                     "meter.example.evil", "localhost evil", "evil:9745", "0.0.0.0"):
            with self.subTest(host=host):
                for path in ("/healthz", "/metrics", "/v1/info"):
                    reply = tcp(path, headers=bearer(), host=host)
                    self.assertIn(reply.status, (400, 403, 421))
                    self.assert_problem(reply, reply.status)

    def test_no_host(self):
        with contextlib.closing(socket.create_connection(LOOPBACK)) as sock:
            sock.sendall(b"GET /metrics HTTP/1.1\r\nConnection: close\r\n\r\n")
            self.assertIn(api.read_reply(sock).status, (400, 403, 421))

    def test_no_doors_for_browsers(self):
        """No page of another origin may read replies."""
        reply = tcp("/metrics", headers={"Origin": "http://evil.example"})
        self.assertIsNone(reply.headers["Access-Control-Allow-Origin"])
        self.assertEqual(reply.headers["X-Content-Type-Options"], "nosniff")

    def test_idle_connections(self):
        """Silent strangers over TCP do not close the Unix socket for root."""
        with contextlib.ExitStack() as stack:
            for _ in range(300):
                with contextlib.suppress(OSError):
                    sock = socket.create_connection(LOOPBACK, timeout=1)
                    stack.callback(sock.close)
            self.assertEqual(api.get("/v1/info").status, 200)
            machine.wait_for(lambda: self.answers(), "an answer over TCP")

    def answers(self):
        try:
            return tcp("/healthz").status == 200
        except OSError:
            return False

    def test_new_token_by_reload(self):
        self.put_token("another-token-0123456789")
        machine.run("systemctl", "reload", machine.SERVICE)
        machine.wait_for(lambda: tcp("/v1/info", headers=bearer("another-token-0123456789"))
                         .status == 200, "the new token")
        self.assertEqual(tcp("/v1/info", headers=bearer()).status, 401)


class Mistakes(Configured):
    def refusal(self, text):
        """What the journal says about a configuration with which the daemon does not start."""
        with open(CONFIG, "w") as file:
            file.write(text)
        outcome = machine.systemctl("restart", machine.SERVICE, check=False)
        self.assertNotEqual(outcome.returncode, 0, text)
        machine.run("journalctl", "--sync")
        return machine.journal("-n", "20")

    def test_bad_values(self):
        os.makedirs(os.path.dirname(CONFIG), exist_ok=True)
        for text, words in (("lisen = 127.0.0.1:1\n", ("lisen", "listen")),
                            ("\nlisten = localhost\n", ("line 2", "localhost", "127.0.0.1:9745")),
                            ("interval = 5\n", ("interval", "100ms"))):
            with self.subTest(text=text):
                said = self.refusal(text)
                for word in words:
                    self.assertIn(word, said)

    def test_bad_reload_changes_nothing(self):
        """A running daemon keeps its settings when the new ones are wrong, and says so."""
        pid = machine.main_pid()
        os.makedirs(os.path.dirname(CONFIG), exist_ok=True)
        with open(CONFIG, "w") as file:
            file.write("nonsense\n")
        machine.run("systemctl", "reload", machine.SERVICE, check=False)
        machine.run("journalctl", "--sync")
        machine.wait_for(lambda: "nonsense" in machine.journal("-n", "20"), "the reason")
        self.assert_serves()
        self.assertEqual(machine.main_pid(), pid)
