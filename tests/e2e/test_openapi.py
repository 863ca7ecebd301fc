# SPDX-License-Identifier: GPL-2.0-or-later
"""/v1/openapi.json against the API as it is: real replies fit their schemas, parameters are taken
and refused as described. And what it tells of all paths: HEAD, ETag, gzip."""

import contextlib
import gzip
import importlib.util
import json
import os
import sys
import time

import jsonschema

import api
import machine
from test_exits import EventStream

# Of bullseye's version the newest draft is 7; the schemas use what both have in common.
Validator = getattr(jsonschema, "Draft202012Validator", jsonschema.Draft7Validator)
CODED = {"Accept-Encoding": "gzip"}
# How much a reply is looked at: Python's validator is slow.
LIMIT = 12


def document():
    return api.get("/v1/openapi.json").json()


class Description:
    """The document, with what is needed of it."""

    def __init__(self):
        self.document = document()
        self.validators = {}

    def resolve(self, thing):
        while "$ref" in thing:
            found = self.document
            for part in thing["$ref"].split("/")[1:]:
                found = found[part]
            thing = found
        return thing

    def operations(self):
        return {path: item["get"] for path, item in self.document["paths"].items()}

    def parameters(self, operation):
        """Those of the query, by name."""
        found = [self.resolve(parameter) for parameter in operation.get("parameters", [])]
        return {parameter["name"]: parameter for parameter in found if parameter["in"] == "query"}

    def check(self, schema, value):
        key = json.dumps(schema)
        if key not in self.validators:
            self.validators[key] = Validator({**schema,
                                              "components": self.document["components"]})
        errors = [f"{list(error.absolute_path)}: {error.message[:300]}"
                  for error in self.validators[key].iter_errors(value)]
        if errors:
            raise AssertionError("\n".join(errors[:5]))

    def check_reply(self, operation, reply):
        """Status, media type and body as described."""
        responses = operation["responses"]
        response = self.resolve(responses.get(str(reply.status), responses["default"]))
        content = response.get("content", {})
        if not content:
            assert not reply.body, reply.body
            return
        types = {name.replace(" ", "") for name in content}
        assert reply.headers["Content-Type"].replace(" ", "") in types, reply.headers
        if reply.type in ("application/json", "application/problem+json"):
            self.check(content[reply.type]["schema"], reply.json())
        for name, header in response.get("headers", {}).items():
            if reply.headers[name] is not None:
                self.check(self.resolve(header)["schema"], reply.headers[name])


def targets(path):
    """Requests for a path of the document that are to succeed."""
    mine, page = os.getpid(), f"limit={LIMIT}"
    known = {
        "/healthz": [""],
        "/metrics": [""],
        "/v1/openapi.json": [""],
        "/v1/info": [""],
        "/v1/processes": [f"?{page}", f"?{page}&sort=run_ns&order=desc", "?limit=1&fields=pid",
                          "?limit=5&uid=0&fields=comm,rss_growth_10s_bytes_per_s,thread"],
        "/v1/processes/{pid}/threads": [f"?{page}", "?fields=pid,comm&sort=run_ns"],
        "/v1/exits": [f"?{page}&histograms=1", f"?{page}&failed=1", "?limit=2&oom=1",
                      "?fields=number,command_line"],
        "/v1/events": [],
    }
    if path == "/v1/groups/{kind}":
        return [f"/v1/groups/{kind}?{query}" for kind in
                ("unit", "slice", "container", "user", "program", "cgroup")
                for query in (page, "limit=2&fields=name,run_ns&sort=run_ns&order=desc")]
    if path == "/v1/groups/{kind}/{name}/history":
        return [f"/v1/groups/unit/init.scope/history{query}" for query in ("", "?step=60")]
    if path == "/v1/processes/{pid}/history":
        return []
    if path == "/v1/processes/{pid}":
        return [f"/v1/processes/{mine}{query}" for query in ("", "?histograms=1", "?fields=pid")] \
            + ["/v1/processes/2?histograms=1", f"/v1/processes/{machine.main_pid()}?pss=1"]
    # A path that is not here is a new one: say what to ask for.
    return [path.format(pid=mine) + query for query in known[path]]


class TestCase(machine.TestCase):
    def setUp(self):
        super().setUp()
        api.wait_process(os.getpid())
        self.description = Description()


class Document(TestCase):
    def test_valid(self):
        """By a validator of OpenAPI 3.1 where the suite has one, else its schemas alone."""
        if importlib.util.find_spec("openapi_spec_validator"):
            from openapi_spec_validator import OpenAPIV31SpecValidator
            errors = OpenAPIV31SpecValidator(self.description.document).iter_errors()
            self.assertEqual([error.message for error in errors], [])
            return
        for name, schema in self.description.document["components"]["schemas"].items():
            with self.subTest(name=name):
                Validator.check_schema(schema)

    def test_strict(self):
        """The tests below would see a key that is missing here, or one too many."""
        info = api.get("/v1/info").json()
        schema = {"$ref": "#/components/schemas/Info"}
        self.description.check(schema, info)
        del info["module"]["gaps"]
        with self.assertRaises(AssertionError):
            self.description.check(schema, info)
        info["module"]["gaps"] = "1"
        with self.assertRaises(AssertionError):
            self.description.check(schema, info)
        info["module"].update(gaps=1, more=1)
        with self.assertRaises(AssertionError):
            self.description.check(schema, info)


class Replies(TestCase):
    def test_every_path(self):
        machine.run("sh", "-c", "kill -9 $$", check=False)
        for path, operation in self.description.operations().items():
            for target in targets(path):
                with self.subTest(target=target):
                    reply = api.get(target)
                    self.assertEqual(reply.status, 200, reply.body[:1000])
                    self.description.check_reply(operation, reply)

    def test_all_keys_are_there(self):
        """Without "fields" an object has every key that is described."""
        schemas = self.description.document["components"]["schemas"]

        def keys(name, *without):
            return sorted(set(schemas[name]["properties"]) - set(without))
        page = api.get("/v1/processes?limit=1").json()
        self.assertEqual(sorted(page["processes"][0]),
                         keys("Process", *schemas["PastField"]["enum"]))
        page = self.past("limit=1").json()
        self.assertEqual(sorted(page["processes"][0]), keys("Process"))
        one = api.get(f"/v1/processes/{machine.main_pid()}?histograms=1&pss=1").json()
        self.assertEqual(sorted(one), keys("ProcessDetail"))
        self.assertIsInstance(one["cgroup"], dict)
        self.assertIsInstance(one["histograms"]["cpu_wait"]["buckets"], list)
        page = api.get("/v1/groups/unit?limit=1").json()
        self.assertEqual(sorted(page["groups"][0]), keys("Group"))
        page = machine.wait_for(
            lambda: api.get("/v1/groups/unit/init.scope/history").json()["points"], "a point")
        self.assertEqual(sorted(page[0]), keys("GroupPoint"))
        machine.run("true")
        page = machine.wait_for(lambda: api.get("/v1/exits?limit=1").json()["exits"], "an exit")
        self.assertEqual(sorted(page[0]), keys("Exit", "histograms"))
        page = api.get("/v1/exits?limit=1&histograms=1").json()
        self.assertEqual(sorted(page["exits"][0]), keys("Exit"))

    @staticmethod
    def past(query):
        """A reply about the past: the first tick may be yet to come."""
        def ask():
            reply = api.get(f"/v1/processes?at=@{int(time.time())}&{query}")
            return reply if reply.status != 404 else None
        return machine.wait_for(ask, "a tick of the history")

    def test_past(self):
        operation = self.description.operations()["/v1/processes"]
        for query in (f"limit={LIMIT}", "fields=pid,run_ns_per_s&sort=run_ns_per_s&order=desc"):
            with self.subTest(query=query):
                reply = self.past(query)
                self.assertEqual(reply.status, 200, reply.body[:1000])
                self.description.check_reply(operation, reply)
        self.assertIn("elapsed_ns", reply.json()["sample"])
        operation = self.description.operations()["/v1/processes/{pid}/history"]
        reply = api.get("/v1/processes/1/history")
        self.assertEqual(reply.status, 200, reply.body[:1000])
        self.description.check_reply(operation, reply)
        self.assertEqual(sorted(reply.json()["points"][0]["process"]),
                         sorted(self.description.document["components"]["schemas"]["Process"]
                                ["properties"]))
        self.description.check_reply(operation, api.get("/v1/processes?at=@1"))

    def test_out_of_memory(self):
        machine.run("systemd-run", "--wait", "--collect", "-p", "MemoryMax=24M", "-p",
                    "MemorySwapMax=0", sys.executable, "-S", "-c", "x = bytearray(100 << 20)",
                    check=False)
        page = machine.wait_for(lambda: api.get("/v1/exits?oom=1&limit=1").json()["exits"],
                                "an exit")
        self.assertIsInstance(page[0]["oom"], dict)
        self.description.check({"$ref": "#/components/schemas/Exit"}, page[0])

    def test_refusals(self):
        operations = self.description.operations()
        for path, target, status in (
                ("/v1/processes/{pid}", "/v1/processes/2147483647", 404),
                ("/v1/processes/{pid}", "/v1/processes/0", 400),
                ("/v1/groups/{kind}", "/v1/groups/colour", 404),
                ("/v1/groups/{kind}/{name}/history", "/v1/groups/unit/x/history?to=noon", 400),
                ("/v1/exits", "/v1/exits?since=yesterday", 400)):
            with self.subTest(target=target):
                reply = api.get(target)
                self.assertEqual(reply.status, status)
                self.description.check_reply(operations[path], reply)
                self.assertIn(str(status), operations[path]["responses"])

    def test_events(self):
        path = "/v1/events?types=fork,exec,exit,oom&histograms=1"
        events = self.description.operations()["/v1/events"]["responses"]["200"]["content"][
            "text/event-stream"]["x-events"]
        with contextlib.closing(EventStream(path)) as stream:
            seen = set()
            while not {"fork", "exec", "exit"} <= seen:
                machine.run("true")
                for _ in range(3):
                    event = stream.next()
                    self.description.check(events[event["event"]], event["data"])
                    seen.add(event["event"])


class Parameters(TestCase):
    def ask(self, path, query):
        """Of process 1 and its unit there is a past; that of an hour has too many short steps."""
        pid = 1 if path.endswith("/history") else os.getpid()
        path = path.format(pid=pid, kind="unit", name="init.scope")
        if query == "step=1":
            query += f"&from=@{int(time.time()) - 600}"
        return api.get(f"{path}?{query}")

    def refused(self, path, operation, name, value):
        reply = self.ask(path, f"{name}={value}")
        self.description.check_reply(operation, reply)
        self.assertEqual((reply.status, reply.json().get("parameter")), (400, name), reply.body)

    def values(self, parameter):
        """Some that are allowed, some that are not. In the middle of a long list all are alike."""
        schema = self.description.resolve(parameter["schema"])
        if "anyOf" in schema:
            schema = self.description.resolve(schema["anyOf"][0])
        if schema.get("type") == "array":
            good, bad = self.values({"schema": schema["items"]})
            return good + [",".join(good)], bad + [f"{good[0]},nonsense", f",{good[0]}", ""]
        if "enum" in schema:
            good = [str(value) for value in schema["enum"]]
            return good[:2] + good[2:-1:15] + good[-1:], ["nonsense", "2", ""]
        if "maximum" in schema:
            low, high = schema["minimum"], schema["maximum"]
            return [str(low), str(high)], [str(high + 1), "-1", "x", "", "1.0"]
        return [], []

    def test_as_described(self):
        for path, operation in self.description.operations().items():
            for name, parameter in self.description.parameters(operation).items():
                good, bad = self.values(parameter)
                for value in bad:
                    with self.subTest(path=path, name=name, bad=value):
                        self.refused(path, operation, name, value)
                for value in [] if path == "/v1/events" or name == "pss" else good:
                    with self.subTest(path=path, name=name, good=value):
                        reply = self.ask(path, f"{name}={value}")
                        self.assertEqual(reply.status, 200, reply.body[:1000])

    def test_unknown(self):
        for path, operation in self.description.operations().items():
            with self.subTest(path=path):
                self.refused(path, operation, "colour", "red")


class Head(TestCase):
    NAMES = ("Content-Type", "Content-Encoding", "Vary", "Cache-Control", "ETag")

    def test_every_path(self):
        """The header of GET, and no body: the next reply on the connection is one."""
        paths = [target for path in self.description.operations()
                 for target in targets(path)[:1]] + ["/v1/processes/0", "/nothing"]
        for target in paths:
            for coded in ({}, CODED):
                with self.subTest(target=target, coded=coded):
                    head = api.request(target, "HEAD", headers=coded)
                    reply = api.get(target, headers=coded)
                    self.assertEqual(head.body, b"")
                    self.assertEqual(head.status, reply.status)
                    for name in self.NAMES:
                        if name != "ETag" or not reply.headers[name]:
                            self.assertEqual(head.headers[name], reply.headers[name], name)
                        else:
                            self.assertTrue(head.headers[name])

    def test_events(self):
        """That would never end."""
        head = api.request("/v1/events", "HEAD")
        self.assertEqual((head.status, head.type, head.body), (200, "text/event-stream", b""))
        self.assert_serves()


class Tags(TestCase):
    def test_until_the_next_sample(self):
        for target in ("/v1/info", "/v1/processes?limit=3", "/v1/groups/unit?limit=3",
                       f"/v1/processes/{os.getpid()}?fields=pid"):
            with self.subTest(target=target):
                self.unchanged(target)

    def unchanged(self, target):
        """Asked for at once, it is the same; a tick in between is possible, many are not."""
        for _ in range(10):
            first = api.get(target)
            tag = first.headers["ETag"]
            again = api.get(target, headers={"If-None-Match": f'"x", {tag}'})
            if again.status == 304:
                break
        self.assertEqual((again.status, again.body, again.headers["ETag"]), (304, b"", tag))
        self.assertEqual(again.headers["Cache-Control"], "private, no-cache")
        self.assertEqual(again.headers["Vary"], "Accept-Encoding")
        later = machine.wait_for(lambda: self.changed(target, tag), "a new sample")
        self.assertNotEqual(later.headers["ETag"], tag)

    def changed(self, target, tag):
        reply = api.get(target, headers={"If-None-Match": tag})
        return reply if reply.status == 200 else None

    def test_nothing_follows(self):
        """Behind a 304 comes the next reply, or the end where the library cannot but close."""
        tag = api.get("/v1/openapi.json").headers["ETag"]
        with contextlib.closing(api.connect()) as sock:
            sock.sendall(api.request_bytes("/v1/openapi.json", headers={"If-None-Match": tag}) +
                         api.request_bytes("/healthz"))
            stream = api.Stream(sock)
            reply = stream.reply()
            self.assertEqual(reply.status, 304)
            # It would have to be that of the body that is not sent.
            self.assertIsNone(reply.headers["Content-Length"])
            if reply.headers["Connection"] == "close":
                self.assertEqual(stream.file.read(), b"")
            else:
                self.assertEqual(stream.reply().json()["status"], "ok")

    def test_observers_differ(self):
        tag = api.get("/v1/processes?limit=1").headers["ETag"]
        outcome = machine.run("curl", "-s", "--unix-socket", api.SOCKET, "-o", "/dev/null", "-w",
                              "%{http_code}", "-H", f"If-None-Match: {tag}",
                              "http://localhost/v1/processes?limit=1", **machine.other())
        self.assertEqual(outcome.stdout, "200")


class Gzip(TestCase):
    def test_every_path(self):
        for path, operation in self.description.operations().items():
            for target in targets(path)[:1]:
                with self.subTest(target=target):
                    reply = api.get(target, headers={"Accept-Encoding": "gzip, identity;q=0"})
                    self.assertEqual(reply.headers["Content-Encoding"], "gzip")
                    self.assertIn("Accept-Encoding", reply.headers["Vary"])
                    reply.body = gzip.decompress(reply.body)
                    self.description.check_reply(operation, reply)

    def test_same_body(self):
        """Of the same sample, as the tag tells; a long list is packed while it is sent."""
        with machine.crowd(200):
            target = "/v1/processes?limit=10000"

            def both():
                plain, packed = api.get(target), api.get(target, headers=CODED)
                return plain.headers["ETag"] == packed.headers["ETag"] and (plain, packed)
            plain, packed = machine.wait_for(both, "two replies of one sample")
            self.assertEqual(gzip.decompress(packed.body), plain.body)
            self.assertLess(5 * len(packed.body), len(plain.body))
            self.assertGreater(len(plain.body), 300000)

    def test_not_wanted(self):
        for value in ("", "identity", "gzip;q=0", "br", "gzip;q=0.5, identity"):
            with self.subTest(value=value):
                reply = api.get("/metrics", headers={"Accept-Encoding": value})
                self.assertIsNone(reply.headers["Content-Encoding"])
                self.assertIn("# TYPE", reply.text)
        self.assert_problem(api.get("/metrics", headers={"Accept-Encoding": "*;q=0"}), 406,
                            "gzip and identity")

    def test_short_replies(self):
        self.assertIsNone(api.get("/healthz", headers=CODED).headers["Content-Encoding"])

    def test_events_are_not_packed(self):
        with contextlib.closing(api.connect()) as sock:
            sock.sendall(api.request_bytes("/v1/events", headers=CODED))
            header = sock.recv(65536).decode()
        self.assertNotIn("Content-Encoding", header)

    def test_clients_that_leave(self):
        """Half a reply, often: nothing stays behind."""
        self.ask_and_leave(10)
        before = self.resident()
        self.ask_and_leave(80)
        self.assert_serves()
        self.assertLess(self.resident() - before, 2 << 20)

    @staticmethod
    def ask_and_leave(count):
        for _ in range(count):
            with contextlib.closing(api.connect()) as sock:
                sock.sendall(api.request_bytes("/v1/processes?limit=10000", headers=CODED))
                sock.recv(100)

    @staticmethod
    def resident():
        return int(machine.proc_status(machine.main_pid())["VmRSS"].split()[0]) << 10
