#!/usr/bin/env python3
"""posed info from outside: good, damaged, strange and impossible files.

usage: test_cmd_info.py POSED MCAP_PEER
"""
import json
import os
import struct
import subprocess
import sys
import tempfile
import unittest

POSED, PEER = map(os.path.abspath, sys.argv[1:3])
MAGIC = b"\x89MCAP0\r\n"


def info(*arguments, **options):
    return subprocess.run([POSED, "info", *arguments], capture_output=True, timeout=60, **options)


def text(data):
    return struct.pack("<I", len(data)) + data


def record(opcode, content):
    return struct.pack("<BQ", opcode, len(content)) + content


def by_hand(*records):
    """Header, the records given, DataEnd, Footer."""
    return (MAGIC + record(1, text(b"p") + text(b"l")) + b"".join(records) + record(15, bytes(4)) +
            record(2, bytes(20)) + MAGIC)


def channel(ident, topic, schema=0):
    return record(4, struct.pack("<HH", ident, schema) + text(topic) + text(b"json") + text(b""))


def message(ident, time):
    return record(5, struct.pack("<HIQQ", ident, 0, time, time) + b"{}")


class Info(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.addCleanup(self.directory.cleanup)

    def path(self, name, data=None):
        path = os.path.join(self.directory.name, name)
        if data is not None:
            with open(path, "wb") as out:
                out.write(data)
        return path

    def peer(self, compression):
        path = self.path(compression + ".mcap")
        subprocess.run([PEER, "write", path, compression], check=True)
        return path

    def json_of(self, path, code):
        result = info(path, "--json")
        self.assertEqual(result.returncode, code, result.stderr)
        return json.loads(result.stdout)

    def refused(self, path, why):
        result = info(path)
        self.assertEqual(result.returncode, 1)
        self.assertEqual(result.stdout, b"")
        self.assertIn(path, result.stderr.decode())
        self.assertIn(why, result.stderr.decode())

    def test_json_of_an_intact_file(self):
        for compression in ("none", "zstd", "lz4"):
            o = self.json_of(self.peer(compression), 0)
            self.assertEqual([o[k] for k in ("messages", "attachments", "metadata", "schemas")], [3000, 1, 1, 1])
            self.assertEqual((o["start_ns"], o["end_ns"]), (1700000000000000000, 1700000002999000000))
            self.assertIs(o["damaged"], False)
            self.assertEqual(o["damage"], [])
            found = [(c["topic"], c["message_encoding"], c["schema"], c["count"]) for c in o["channels"]]
            self.assertEqual(found, [("with/schema", "protobuf", "Thing", 1500),
                                     ("without/schema", "json", None, 1500)])
            self.assertEqual(o["chunks"]["compression"], {compression: o["chunks"]["count"]})
            self.assertEqual(o["attachment_list"][0]["media_type"], "application/yaml")
            self.assertEqual(o["metadata_list"], [{"name": "origin", "values": {"from": "test", "more": ""}}])

    def test_text_of_an_intact_file(self):
        result = info(self.peer("zstd"))
        self.assertEqual((result.returncode, result.stderr), (0, b""))
        out = result.stdout.decode()
        for part in ("intact", "3000", "with/schema", "Thing", "config.yaml", "origin", "zstd", "2.999 s",
                     "2023-11-14 22:13:20.000 UTC"):
            self.assertIn(part, out)

    def test_a_cut_file_is_described_and_fails(self):
        with open(self.peer("zstd"), "rb") as whole:
            data = whole.read()
        path = self.path("cut.mcap", data[:len(data) // 2])
        o = self.json_of(path, 1)
        self.assertIs(o["damaged"], True)
        self.assertIn("the file is cut off", o["damage"][0])
        self.assertTrue(0 < o["messages"] < 3000)
        result = info(path)
        self.assertEqual(result.returncode, 1)
        self.assertIn(b"DAMAGED", result.stdout)
        self.assertIn(b"cut off", result.stderr)

    def test_nothing_in_it(self):
        o = self.json_of(self.path("nothing.mcap", by_hand()), 0)
        self.assertEqual((o["messages"], o["start_ns"], o["end_ns"], o["channels"]), (0, None, None, []))

    def test_names_cannot_reach_the_terminal_or_break_json(self):
        nasty = b"\x1b]0;title\x07\xff\xc0\x80\xed\xa0\x80 \xc3\xa4"
        metadata = record(12, text(nasty) + text(text(nasty) + text(nasty)))
        path = self.path("nasty.mcap", by_hand(channel(1, nasty), message(1, 5), metadata))
        o = self.json_of(path, 0)
        self.assertTrue(o["channels"][0]["topic"].endswith(" \u00e4"))
        out = info(path).stdout
        self.assertNotIn(b"\x1b", out)
        self.assertNotIn(b"\xff", out)
        out.decode()

    def test_times_of_any_clock(self):
        path = self.path("late.mcap", by_hand(channel(1, b"t"), message(1, 0), message(1, 2**64 - 1)))
        o = self.json_of(path, 0)
        self.assertEqual(o["start_ns"], 0)
        self.assertAlmostEqual(o["end_ns"] / 2.0**64, 1)
        self.assertEqual(info(path).returncode, 0)

    def test_many_findings_are_counted(self):
        path = self.path("many.mcap", by_hand(*[message(9, i) for i in range(100)]))
        o = self.json_of(path, 1)
        self.assertEqual(o["messages"], 0)
        self.assertEqual(len(o["damage"]), 16)
        self.assertIn(b"and 84 more", info(path).stdout)

    def test_what_is_no_mcap_file(self):
        self.refused(self.path("missing"), "No such file")
        self.refused(self.directory.name, "is a directory")
        self.refused(self.path("empty", b""), "is empty")
        self.refused(self.path("text", b"time,value\n1,2\n"), "not an MCAP file")
        self.refused(self.path("magic", MAGIC), "no whole Header")
        self.refused("/dev/null", "not a regular file")
        if os.geteuid() != 0:
            path = self.path("secret", by_hand())
            os.chmod(path, 0)
            self.refused(path, "Permission denied")

    def test_a_full_disk_for_the_output(self):
        for arguments in ([], ["--json"]):
            with open("/dev/full", "w") as full:
                result = subprocess.run([POSED, "info", self.peer("none"), *arguments], stdout=full,
                                        stderr=subprocess.PIPE)
            self.assertEqual(result.returncode, 1)
            self.assertIn(b"No space left", result.stderr)

    def test_the_command_line(self):
        for arguments in ([], ["--nonsense", "f"], ["a", "b"]):
            result = info(*arguments)
            self.assertEqual(result.returncode, 2, arguments)
            self.assertIn(b"posed info --help", result.stderr)
        self.assertEqual(info("--help").returncode, 0)
        path = self.path("-f.mcap", by_hand())
        self.assertEqual(info("--", "-f.mcap", cwd=self.directory.name).returncode, 0, path)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
