# SPDX-License-Identifier: GPL-2.0-or-later
"""/metrics in both formats, read by a strict reader."""

import contextlib
import re
import time
import unittest

import api
import exposition
import machine


OPENMETRICS = "application/openmetrics-text; version=1.0.0"
NAMES = (b'a\nb"c\\d', b"\xff\xfe\x80x", b'"} 1', b"# EOF", b"{a=\"b\"} 1")


def scrape(accept=None):
    reply = api.get("/metrics", {"Accept": accept} if accept else None)
    return reply, reply.headers["Content-Type"]


class Reader(unittest.TestCase):
    """The strict reader is strict: it refuses what the other tests rely on it to refuse."""

    GOOD = ('# HELP a_b Help with \\\\ and \\n.\n# TYPE a_b counter\n'
            'a_b_total{c="d\\"\\n",e="f"} 1.5e3\n# EOF\n')

    def test_good(self):
        family = exposition.read(self.GOOD, True)["a_b"]
        self.assertEqual(family.value(e="f"), 1500)
        self.assertEqual(list(family.samples), [("a_b_total", (("c", 'd"\n'), ("e", "f")))])

    def test_bad(self):
        for old, new in (("# EOF\n", ""), ("1.5e3\n", "1.5e3\na_b_total 1 \n"),
                         ("counter", "number"), ("# TYPE a_b counter\n", ""),
                         ("# HELP", "# Help"), ('"f"} ', '"f",} '), ('",e=', '"e='),
                         ("e=", "c="), ("\\n\"", "\\q\""), ("\\n\"", "\n\""), ("1.5e3", ""),
                         ("1.5e3", "-1"), ("a_b_total", "a_b"), ("# EOF\n", "# EOF\n\n"),
                         ("1.5e3\n", '1.5e3\na_b_total{e="f",c="d\\"\\n"} 1\n')):
            with self.subTest(old=old, new=new), self.assertRaises(ValueError):
                self.assertIn(old, self.GOOD)
                exposition.read(self.GOOD.replace(old, new), True)


class Formats(machine.TestCase):
    def test_text_format(self):
        for accept in (None, "*/*", "text/plain", "text/plain;version=0.0.4;q=0.5,*/*;q=0.1"):
            with self.subTest(accept=accept):
                reply, content = scrape(accept)
                self.assertEqual(reply.status, 200)
                self.assertTrue(content.startswith("text/plain; version=0.0.4"), content)
                self.assertGreater(len(exposition.read(reply.text, False)), 5)

    def test_openmetrics(self):
        for accept in ("application/openmetrics-text", OPENMETRICS,
                       "application/openmetrics-text;version=1.0.0,text/plain;q=0.5"):
            with self.subTest(accept=accept):
                reply, content = scrape(accept)
                self.assertEqual(reply.status, 200)
                self.assertTrue(content.startswith(OPENMETRICS), content)
                self.assertGreater(len(exposition.read(reply.text, True)), 5)

    def test_preference(self):
        """Of two formats the one that the client likes better."""
        _, content = scrape("application/openmetrics-text;q=0.1,text/plain;q=0.9")
        self.assertTrue(content.startswith("text/plain"), content)
        _, content = scrape("application/openmetrics-text;q=0,text/plain")
        self.assertTrue(content.startswith("text/plain"), content)

    def test_same_families_in_both(self):
        plain = exposition.read(scrape()[0].text, False)
        families = exposition.read(scrape(OPENMETRICS)[0].text, True)
        suffix = {"counter": "_total", "info": "_info"}
        self.assertEqual({name + suffix.get(family.type, "") for name, family in families.items()},
                         set(plain))


class Content(machine.TestCase):
    def families(self):
        return exposition.read(scrape(OPENMETRICS)[0].text, True)

    def test_hostile_names(self):
        """Any bytes as a process's name: one series each, with the name as its label."""
        for name in NAMES:
            with self.subTest(name=name), machine.sleeper(name) as pid:
                api.wait_process(pid)
                # Control characters are not for labels either.
                expected = re.sub("[\\x00-\\x1f\\x7f-\\x9f]", "\ufffd",
                                          name.decode("utf-8", "replace"))

                def labels():
                    return {value for family in self.families().values()
                            for _, labels in family.samples for _, value in labels}
                machine.wait_for(lambda: expected in labels(), f"a series of {expected!r}")

    def test_names_that_look_alike(self):
        """Different bytes that are the same text once made valid, and our own word for the rest:
        no series may stand there twice."""
        names = (b"\xffx", b"\xfex", b"\xc0x", "\N{REPLACEMENT CHARACTER}x".encode(), b"other",
                 b"Other", b"", b" ", b"/", b":")
        with contextlib.ExitStack() as stack:
            for pid in [stack.enter_context(machine.sleeper(name)) for name in names]:
                api.wait_process(pid)
            for accept, openmetrics in ((None, False), (OPENMETRICS, True)):
                exposition.read(scrape(accept)[0].text, openmetrics)

    def test_counters_never_fall(self):
        """Also not when processes of a program exit in between."""
        with machine.crowd(20):
            time.sleep(2)
            before = self.families()
        time.sleep(2)
        after = self.families()
        compared = 0
        for name, family in before.items():
            if family.type != "counter":
                continue
            for key, value in family.samples.items():
                if key in after[name].samples:
                    self.assertGreaterEqual(after[name].samples[key], value, key)
                    compared += 1
        self.assertGreater(compared, 20)

    def test_units_in_names(self):
        """Base units: seconds and bytes, said in the name."""
        for name in self.families():
            self.assertTrue(name.startswith(("taskmeter_", "process_")), name)
            for wrong in ("_ns", "_ms", "_milliseconds", "_nanoseconds", "_kilobytes", "_kb"):
                self.assertFalse(name.endswith(wrong), name)
