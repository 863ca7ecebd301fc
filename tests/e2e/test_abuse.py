# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients that mean ill or are broken: the daemon answers or closes, and serves everybody else."""

import contextlib
import json
import os
import resource
import select
import socket
import time

import api
import machine


class Refusals(machine.TestCase):
    """A request that is too much, or none at all, is refused or the connection closed."""

    def assert_refused(self, data, *statuses):
        with contextlib.closing(api.connect()) as sock:
            try:
                sock.sendall(data)
                reply = api.read_reply(sock)
            except (ConnectionError, api.http.client.HTTPException):
                reply = None
            if reply:
                self.assertIn(reply.status, statuses, reply.body)
            self.assertTrue(api.is_closed(sock, machine.PATIENCE), "connection left open")
        self.assert_serves()

    def test_long_request_line(self):
        self.assert_refused(b"GET /" + b"a" * (1 << 20) + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
                            414, 431)

    def test_long_header(self):
        self.assert_refused(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Long: "
                            + b"a" * (1 << 20) + b"\r\n\r\n", 431)

    def test_many_headers(self):
        self.assert_refused(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
                            + b"X-Many: a\r\n" * 100000 + b"\r\n", 431)

    def test_long_body(self):
        self.assert_refused(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
                            b"Content-Length: 1000000000000\r\n\r\n" + b"a" * (1 << 20), 413)

    def test_endless_chunks(self):
        self.assert_refused(b"POST /v1/info HTTP/1.1\r\nHost: localhost\r\n"
                            b"Transfer-Encoding: chunked\r\n\r\n"
                            + b"1000\r\n" + b"a" * 4096 + b"\r\n" * 200, 400, 405, 413)

    def test_garbage(self):
        for data in (b"\x00\xff\xfe\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
                     b"GET\r\n\r\n", b"GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n"):
            with self.subTest(data=data):
                self.assert_refused(data, 400, 501, 505)


class Patience(machine.TestCase):
    """Slow and silent clients cost nobody else anything."""

    def test_one_byte_a_second(self):
        """A header may not take for ever, even if each byte comes before an idle limit."""
        start = time.monotonic()
        with contextlib.closing(api.connect()) as sock:
            sock.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
            sock.settimeout(1)
            while time.monotonic() - start < 2 * machine.PATIENCE:
                try:
                    sock.sendall(b"a")
                    if not sock.recv(1024):
                        break
                except socket.timeout:
                    self.assert_serves()
                except ConnectionError:
                    break
            else:
                self.fail("the slow client was never closed")
        self.assert_serves()

    def test_slow_reader(self):
        """A reply that nobody takes does not stop other replies, and does not wait for ever."""
        with machine.crowd(200), contextlib.closing(api.connect()) as sock:
            for _ in range(20):
                sock.sendall(api.request_bytes("/v1/processes?limit=1000"))
            poll = select.poll()
            poll.register(sock, select.POLLHUP)
            end = time.monotonic() + 2 * machine.PATIENCE
            while not poll.poll(1000):
                self.assertLess(time.monotonic(), end, "the connection was never closed")
                self.assert_serves()

    def test_idle_connections(self):
        """Below and above the number of connections that the daemon takes at a time."""
        for count in (500, 700):
            with self.subTest(count=count):
                self.hold_open(count)

    def hold_open(self, count):
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
        with contextlib.ExitStack() as stack:
            stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
            idle = []
            for _ in range(count):
                # A full backlog is a refusal like another; more patience would fill it up.
                with contextlib.suppress(socket.timeout, BlockingIOError):
                    idle.append(stack.enter_context(contextlib.closing(api.connect(timeout=1))))
            self.assertGreater(len(idle), 16)
            machine.wait_for(machine.healthy, f"an answer beside {count} idle connections")
        machine.wait_for(machine.healthy, "an answer after them")
        self.assertEqual(machine.unit_property(machine.SERVICE, "ActiveState"), "active")


class Pipes(machine.TestCase):
    """Several requests on one connection, and connections that break."""

    def test_keep_alive(self):
        with contextlib.closing(api.connect()) as sock:
            for path in ("/healthz", "/v1/info", "/no/such/path", "/healthz"):
                sock.sendall(api.request_bytes(path))
                reply = api.read_reply(sock)
                self.assertEqual(reply.status, 404 if path.startswith("/no") else 200)

    def test_pipelined(self):
        """All the replies come, in the order of the requests, without another byte sent."""
        paths = ["/v1/info", "/no/such/path", "/metrics", "/v1/processes?limit=3", "/healthz"] * 4
        with contextlib.closing(api.connect()) as sock:
            sock.sendall(b"".join(api.request_bytes(path) for path in paths))
            stream = api.Stream(sock)
            for path in paths:
                reply = stream.reply()
                self.assertEqual(reply.status, 404 if path.startswith("/no") else 200, path)
                if path.startswith("/v1"):
                    self.assertEqual("processes" in json.loads(reply.body), "processes" in path)

    def test_head(self):
        """HEAD is GET without the body, not a byte of it; then the connection goes on, or ends
        where the reply says so."""
        for path in ("/healthz", "/v1/info", "/v1/processes?limit=2", "/v1/processes?limit=1000",
                     "/metrics", "/no/such/path"):
            with self.subTest(path=path), contextlib.closing(api.connect()) as sock:
                stream = api.Stream(sock)
                sock.sendall(api.request_bytes(path, "HEAD"))
                head, whole = stream.reply("HEAD"), api.get(path)
                self.assertEqual((head.status, head.type), (whole.status, whole.type))
                self.assertEqual(head.body, b"")
                if head.headers["Connection"] == "close":
                    self.assertEqual(stream.file.read(), b"")
                else:
                    sock.sendall(api.request_bytes(path))
                    self.assertEqual(stream.reply().status, whole.status)

    def test_broken_in_the_middle(self):
        """Clients that leave while a large reply is on its way."""
        with machine.crowd(300):
            for _ in range(30):
                with contextlib.closing(api.connect()) as sock:
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
                    sock.sendall(api.request_bytes("/v1/processes?limit=1000") * 3)
                    sock.recv(10)
            self.assert_serves()

    def test_half_closed(self):
        """A client that shuts its side down after the request still gets its reply."""
        with contextlib.closing(api.connect()) as sock:
            sock.sendall(api.request_bytes("/v1/info", headers={"Connection": "close"}))
            sock.shutdown(socket.SHUT_WR)
            self.assertEqual(api.read_reply(sock).status, 200)


class Footprint(machine.TestCase):
    """What the abuse leaves behind."""

    def resident(self):
        return int(machine.proc_status(machine.main_pid())["VmRSS"].split()[0])

    def descriptors(self):
        return len(os.listdir(f"/proc/{machine.main_pid()}/fd"))

    def round(self):
        for _ in range(25):
            with contextlib.closing(api.connect()) as sock:
                sock.sendall(b"GET /" + b"a" * 100000)
            with contextlib.closing(api.connect()) as sock:
                sock.sendall(api.request_bytes("/v1/processes?limit=1000"))
                sock.recv(1)
            api.get("/v1/processes?limit=1000")
            api.get("/metrics")

    def grown(self):
        """By how many kB three rounds made the daemon larger."""
        memory = self.resident()
        for _ in range(3):
            self.round()
        return self.resident() - memory

    def test_memory_and_descriptors(self):
        """The same abuse again and again takes no more memory or descriptors than once. What the
        daemon takes besides for its first blocks of the history, it takes once."""
        with machine.crowd(200):
            self.round()
            descriptors = self.descriptors()
            growth = [self.grown()]
            while growth[-1] >= 2048 and len(growth) < 3:
                growth.append(self.grown())
            self.assertLess(growth[-1], 2048, f"kB after three more rounds: {growth}")
            self.assertLess(self.resident(), 64 * 1024)
            machine.wait_for(lambda: self.descriptors() <= descriptors, "closed descriptors")
