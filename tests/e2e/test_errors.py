# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests that the API refuses: the status, and what the problem+json names."""

import api
import machine

PATHS = ("/v1/info", "/v1/processes", "/v1/processes/1", "/metrics", "/healthz")


class Methods(machine.TestCase):
    def test_wrong_method(self):
        for path in PATHS:
            for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"):
                with self.subTest(path=path, method=method):
                    reply = api.request(path, method)
                    self.assert_problem(reply, 405, "GET")
                    allowed = {word.strip() for word in reply.headers["Allow"].split(",")}
                    self.assertLessEqual({"GET", "HEAD"}, allowed)
                    self.assertNotIn(method, allowed)

    def test_body_with_a_wrong_method(self):
        reply = api.request("/v1/info", "POST", {"Content-Length": "0"})
        self.assert_problem(reply, 405, "GET")


class Paths(machine.TestCase):
    def test_unknown(self):
        for path in ("/", "/v1", "/v1/", "/v1/process", "/v1/infos", "/v1/info/", "/v1//info",
                     "/v2/info", "/V1/info", "/v1/processes/1/nothing", "/metrics/", "/healthz/x",
                     "/v1/../v1/info", "/%2e%2e/etc/passwd", "/v1%2finfo", "/" + "x/" * 100):
            with self.subTest(path=path):
                self.assert_problem(api.get(path), 404)

    def test_what_is_no_path(self):
        for path in ("/v1/info%00", "/v1/info%", "/v1/info%4", "/v1/%zz", "v1/info", "*"):
            with self.subTest(path=path):
                self.assert_problem(api.get(path), 400)

    def test_process_that_is_not_there(self):
        for pid in ("4194303", "2147483647"):
            with self.subTest(pid=pid):
                self.assert_problem(api.get(f"/v1/processes/{pid}"), 404, pid)

    def test_what_is_no_pid(self):
        for pid in ("0", "-1", "1x", "x", "+1", "1.0", "%31x", "4294967297",
                    "18446744073709551617"):
            with self.subTest(pid=pid):
                self.assert_problem(api.get(f"/v1/processes/{pid}"), 400, "pid")


class Parameters(machine.TestCase):
    def assert_bad(self, query, *words, path="/v1/processes"):
        with self.subTest(query=query):
            self.assert_problem(api.get(f"{path}?{query}"), 400, *words)

    def test_unknown(self):
        """The answer names the parameter and those that there are."""
        self.assert_bad("colour=red", "colour", "uid", "comm", "sort", "order", "limit",
                        "cursor", "fields")
        self.assert_bad("UID=0", "UID", "uid")
        self.assert_bad("verbose=1", "verbose", path="/v1/info")
        self.assert_bad("verbose=1", "verbose", path="/healthz")
        self.assert_bad("verbose=1", "verbose", path="/metrics")

    def test_twice(self):
        self.assert_bad("uid=0&uid=1", "uid")
        self.assert_bad("limit=1&sort=pid&limit=1", "limit")

    def test_bad_numbers(self):
        for value in ("", "-1", "x", "1x", "%20", "1%20", "0x10", "1.5", "1e3", "4294967296",
                      "99999999999999999999999"):
            self.assert_bad(f"uid={value}", "uid")
            self.assert_bad(f"limit={value}", "limit")

    def test_limit_out_of_range(self):
        self.assert_bad("limit=0", "limit")
        self.assert_bad("limit=1000000000", "limit")

    def test_bad_choices(self):
        """The answer names what can be chosen."""
        self.assert_bad("sort=colour", "colour", "run_ns", "rss_anon_bytes", "pid")
        self.assert_bad("order=up", "order", "asc", "desc")
        self.assert_bad("fields=pid,colour", "colour", "run_ns")
        self.assert_bad("fields=", "fields")
        self.assert_bad("fields=pid,,comm", "fields")

    def test_bad_cursors(self):
        for cursor in ("x", "-1", "", "%00", "zzzzzzzzzzzzzzzz", "A" * 1000):
            self.assert_bad(f"cursor={cursor}", "cursor")

    def test_hostile_values(self):
        """What was asked for comes back in the answer, but stays valid JSON."""
        for value in ("%22%7d", "%00", "%ff%fe", "%0d%0aSet-Cookie:%20a=b", "%f0%9f%92%a9",
                      "%u0041", "%", "%4", "%zz", "a" * 2000):
            with self.subTest(value=value[:20]):
                reply = api.get(f"/v1/processes?sort={value}")
                self.assert_problem(reply, 400, "sort")
                self.assertIsNone(reply.headers["Set-Cookie"])
