# SPDX-License-Identifier: GPL-2.0-or-later
"""A process gives itself any 15 bytes as its name: no output may break over them."""

import contextlib
import json

import api
import machine

NAMES = (b'a\nb"c\\d', b"\xff\xfe\x80x", "smörgås 💩".encode()[:15], b"\x1b[31mred\x07",
         b"{evil=\"1\"} 1", b"# EOF", b"<script>&amp;", b"\xed\xa0\x80surr", b"\x7f\x01\x02\x1f",
         b"\xe2\x80\xa8ls", b"15-bytes-long-x", b" ", b"\xf0\x9f\x92")


class Names(machine.TestCase):
    def sleepers(self, names):
        """A process of each name, for the length of the test, with its pid."""
        stack = contextlib.ExitStack()
        self.addCleanup(stack.close)
        return [(name, stack.enter_context(machine.sleeper(name))) for name in names]

    def test_in_json(self):
        """Exactly the name where it is UTF-8, replaced characters where it is not."""
        for name, pid in self.sleepers(NAMES):
            with self.subTest(name=name):
                # Python decodes a surrogate or a cut character as Unicode recommends; so must we.
                expected = name.decode("utf-8", "replace")
                process = api.wait_process(pid)
                self.assertEqual(process["comm"], expected)
                by_cli = machine.cli("show", str(pid), "--json").stdout
                self.assertEqual(json.loads(by_cli)["comm"], expected)

    def test_as_a_filter(self):
        """A name with characters that a URL needs escaped can be asked for."""
        for name, pid in self.sleepers((b'a\nb"c\\d', b"x&y=z#?%", "smörgås".encode(), b"a+b c")):
            with self.subTest(name=name):
                api.wait_process(pid)
                quoted = "".join(f"%{byte:02x}" for byte in name)
                found = api.processes(f"comm={quoted}")
                self.assertEqual([process["pid"] for process in found], [pid])
