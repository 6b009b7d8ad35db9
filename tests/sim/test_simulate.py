#!/usr/bin/env python3
"""test_simulate.py POSED SOURCE_ROOT: posed simulate from outside."""
import filecmp
import json
import os
import subprocess
import sys
import tempfile
import unittest

POSED, ROOT = (os.path.abspath(p) for p in sys.argv[1:3])
SCENARIOS = os.path.join(ROOT, "sim", "scenarios")


def posed(*args):
    return subprocess.run([POSED, *args], text=True, capture_output=True, timeout=300)


class Simulate(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)

    def path(self, name):
        return os.path.join(self.dir.name, name)

    def simulate(self, name, scenario="town.yaml", *args):
        out = self.path(name)
        r = posed("simulate", os.path.join(SCENARIOS, scenario), "-o", out, "--duration", "20", *args)
        self.assertEqual(r.returncode, 0, r.stderr)
        return out, r.stdout

    def test_same_bytes(self):
        a, _ = self.simulate("a.mcap", "town.yaml", "--seed", "5")
        b, _ = self.simulate("b.mcap", "town.yaml", "--seed", "5")
        c, _ = self.simulate("c.mcap", "town.yaml", "--seed", "6")
        self.assertTrue(filecmp.cmp(a, b, shallow=False))
        self.assertFalse(filecmp.cmp(a, c, shallow=False))

    def test_every_scenario_replays(self):
        for scenario in sorted(os.listdir(SCENARIOS)):
            with self.subTest(scenario):
                text = open(os.path.join(SCENARIOS, scenario)).read()
                if "$POSED_REAL_DATA" in text and not os.path.isdir(os.environ.get("POSED_REAL_DATA", "")):
                    print(f"skipped: {scenario}: there is no real data (POSED_REAL_DATA)")
                    continue
                out, said = self.simulate("drive.mcap", scenario)
                self.assertIn("x real time", said)
                r = posed("replay", out, "--summary", "json", "-q")
                self.assertEqual(r.returncode, 0, r.stderr)
                summary = json.loads(r.stdout)
                self.assertGreater(summary["poses"], 1500)
                self.assertTrue(all(s["frames"] > 0 for s in summary["sources"].values()), summary["sources"])
                self.assertGreater(summary["eval"]["samples"], 1000)

    def test_without(self):
        out, _ = self.simulate("d.mcap", "town.yaml", "--without", "imu,camera")
        r = posed("info", out)
        self.assertNotIn("imu/", r.stdout)
        self.assertIn("radar/front", r.stdout)

    def test_refusals(self):
        town = os.path.join(SCENARIOS, "town.yaml")
        bad = self.path("bad.yaml")
        with open(bad, "w") as f:
            f.write("sensors: {gnss/a: {white_m: 0}}\nroad: {kind: sea}\n")
        for code, says, *args in (
                (2, "which scenario", "simulate"),
                (2, "where to", "simulate", town),
                (2, "no option", "simulate", town, "--frobnicate"),
                (2, "--seed", "simulate", town, "-o", self.path("x"), "--seed", "-1"),
                (2, "--duration", "simulate", town, "-o", self.path("x"), "--duration", "1"),
                (1, "no such sensor", "simulate", town, "-o", self.path("x"), "--without", "sonar"),
                (1, "No such file", "simulate", self.path("none.yaml"), "-o", self.path("x")),
                (1, "bad.yaml:1:", "simulate", bad, "-o", self.path("x")),
                (1, "bad.yaml:2:", "simulate", bad, "-o", self.path("x")),
                (1, "directory", "simulate", town, "-o", self.path("no/where.mcap"))):
            with self.subTest(args):
                r = posed(*args)
                self.assertEqual(r.returncode, code, r.stderr)
                self.assertIn(says, r.stderr)
                self.assertFalse(os.path.exists(self.path("x")))

    def test_print_loads_back(self):
        r = posed("simulate", os.path.join(SCENARIOS, "tunnel.yaml"), "--print")
        self.assertEqual(r.returncode, 0, r.stderr)
        whole = self.path("whole.yaml")
        with open(whole, "w") as f:
            f.write(r.stdout)
        self.assertEqual(posed("simulate", whole, "--print").stdout, r.stdout)

    def test_reference_page(self):
        r = posed("simulate", "--reference")
        with open(os.path.join(ROOT, "docs", "SCENARIO.md")) as f:
            self.assertEqual(r.stdout, f.read(), "posed simulate --reference > docs/SCENARIO.md")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
