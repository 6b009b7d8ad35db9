#!/usr/bin/env python3
"""test_like.py POSED SOURCE_ROOT REAL_DATA MAKE_DRIVE: posed simulate --like and posed twin, from outside.

A drive is simulated with known errors; the fit finds them again. Then the real segment, where it is there."""
import filecmp
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

POSED, ROOT, REAL, MAKE_DRIVE = (os.path.abspath(p) for p in sys.argv[1:5])
CAR = os.path.join(ROOT, "sim", "scenarios", "car.yaml")

KNOWN = f"""
base: {CAR}
duration_s: 400
road: {{kind: ring, speed_mps: 16, trees: 0, stops_per_km: 2, traffic_per_km: 40}}
vehicle: {{lane_changes_per_km: 0}}
sensors:
  gnss/roof: {{rate_hz: 5, latency_s: 0.12, latency_jitter_s: 0.03, stamped: 0, white_m: 0.6, open_least_m: 3,
    open_most_m: 3, velocity_mps: 0.3, vertical_factor: 2.5, loss: 0.02, vector: 0, claims: 0}}
  imu/box: {{gyro_noise_dps_rthz: 0.05, accel_noise_ug_rthz: 2000, shake: 4, gyro_bias_dps: 3, turned_pitch_deg: 3}}
  wheel/abs: {{noise_mps: 0.12, quantum_mps: 0.1, scale: 0.03, yaw_rate: 0, stamped: 0, latency_s: 0.15}}
  radar/front: {{doppler_mps: 0.3, returns: 30, field_deg: 40, max_range_m: 80, moving_share: 0.5}}
  camera/front: {{latency_s: 0.1, latency_jitter_s: 0.05, loss: 0.1}}
"""

# What the fit should say, and how far off it may be: 400 s, a drive of stops and bends. The slow error of a
# receiver lasts 30 to 100 s, so there are few of it in the drive.
FOUND = {
    "gnss/roof": {"rate_hz": (5, 0), "loss": (0.02, 0.012), "stamped": (0, 0), "latency_jitter_s": (0.03, 0.006),
                  "latency_s": (0.12, 0.06), "white_m": (0.6, 0.08), "open_least_m": (3, 1.3), "velocity_mps": (0.3, 0.06),
                  "vertical_factor": (2.5, 1), "vector": (0, 0), "claims": (0, 0)},
    "imu/box": {"rate_hz": (100, 0), "gyro_noise_dps_rthz": (0.05, 0.008), "accel_noise_ug_rthz": (2000, 250),
                "shake": (4, 0.5), "turned_pitch_deg": (3, 1)},
    "wheel/abs": {"rate_hz": (50, 0), "latency_s": (0.15, 0.015), "quantum_mps": (0.1, 0.001),
                  "noise_mps": (0.12, 0.025), "yaw_rate": (0, 0)},
    "radar/front": {"rate_hz": (20, 0), "doppler_mps": (0.3, 0.03), "returns": (30, 2), "field_deg": (40, 1),
                    "max_range_m": (80, 3), "latency_s": (0.04, 0.002), "moving_share": (0.45, 0.1)},
    "camera/front": {"rate_hz": (10, 0), "loss": (0.1, 0.02), "latency_s": (0.1, 0.005),
                     "latency_jitter_s": (0.05, 0.006)},
}


def posed(*args):
    return subprocess.run([POSED, *args], text=True, capture_output=True, timeout=600)


def figures(text):
    """{sensor or section: {key: (number, remark)}} of a printed scenario, up to its configuration."""
    found, section = {}, None
    for line in text.split("\nconfig:\n")[0].splitlines():
        head = re.match(r"^(?:  )?([\w/.-]+):$", line)
        figure = re.match(r"^ +(\w+): (\S+) # (.*)$", line)
        if head:
            section = found.setdefault(head[1], {})
        elif figure:
            section[figure[1]] = (float(figure[2]), figure[3])
    return found


class Like(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.room = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.room.cleanup)
        scenario = cls.path("known.yaml")
        with open(scenario, "w") as f:
            f.write(KNOWN)
        cls.drive = cls.path("known.mcap")
        r = posed("simulate", scenario, "-o", cls.drive, "--seed", "3", "-q")
        assert r.returncode == 0, r.stderr

    @classmethod
    def path(cls, name):
        return os.path.join(cls.room.name, name)

    def run_well(self, *args):
        r = posed(*args)
        self.assertEqual(r.returncode, 0, r.stderr)
        return r.stdout

    def test_finds_known_errors(self):
        found = figures(self.run_well("simulate", "--like", self.drive, "--print"))
        for sensor, keys in FOUND.items():
            for key, (value, off) in keys.items():
                with self.subTest(f"{sensor} {key}"):
                    self.assertAlmostEqual(found[sensor][key][0], value, delta=off + 1e-6 + 1e-6 * value)

    def test_never_better_than_real_parts(self):
        """A drive with the least errors: what is measured below the least is raised, and the fit says so."""
        drive, scenario = self.path("best.mcap"), self.path("best.yaml")
        with open(scenario, "w") as f:
            f.write(f"base: {CAR}\nduration_s: 60\nroad: {{kind: ring, trees: 0}}\n"
                    "sensors: {gnss/roof: {grade: rtk, wrong_fix_per_hour: 0.5}}\n")
        self.run_well("simulate", scenario, "-o", drive, "-q")
        found = figures(self.run_well("simulate", "--like", drive, "--print"))
        self.assertEqual(found["gnss/roof"]["open_least_m"][0], 0.7)
        self.assertRegex(found["gnss/roof"]["open_least_m"][1], r"^measured 0\.\d+, raised to the least; ")

    def test_same_bytes_and_the_printed_scenario(self):
        a, b, c = (self.path(n) for n in ("a.mcap", "b.mcap", "c.mcap"))
        said = self.run_well("simulate", "--like", self.drive, "-o", a, "--seed", "5")
        self.assertIn("raised to the least", said)
        self.run_well("simulate", "--like", self.drive, "-o", b, "--seed", "5")
        printed = self.path("printed.yaml")
        with open(printed, "w") as f:
            f.write(self.run_well("simulate", "--like", self.drive, "--print"))
        self.run_well("simulate", printed, "-o", c, "--seed", "5")
        self.assertTrue(filecmp.cmp(a, b, shallow=False))
        self.assertTrue(filecmp.cmp(a, c, shallow=False))

    def test_has_the_same_sources(self):
        twin = self.path("same.mcap")
        self.run_well("simulate", "--like", self.drive, "-o", twin, "-q")
        both = [json.loads(self.run_well("replay", d, "--summary", "json", "-q")) for d in (self.drive, twin)]
        self.assertEqual(set(both[0]["sources"]), set(both[1]["sources"]))

    def test_twin_of_itself(self):
        rows = json.loads(self.run_well("twin", self.drive, self.drive, "--json", "-q"))["innovations"]
        self.assertGreater(len(rows), 8)
        for row in rows:
            self.assertEqual(row["real"], row["twin"])
        text = self.run_well("twin", self.drive, self.drive, "-q")
        self.assertLessEqual(max(map(len, text.splitlines())), 110)
        self.assertIn("wheel/abs speed", text)

    def test_a_simulated_drive_and_its_twin_are_alike(self):
        """The simulator judged by itself: variances within a factor of two."""
        twin = self.path("alike.mcap")
        self.run_well("simulate", "--like", self.drive, "-o", twin, "-q")
        rows = json.loads(self.run_well("twin", self.drive, twin, "--json", "-q"))["innovations"]
        checked = 0
        for row in rows:
            if row["quantity"] in ("position", "velocity", "speed", "ego-velocity") and row["axis"] != "up":
                with self.subTest(row["source"] + " " + row["quantity"] + " " + row["axis"]):
                    ratio = (row["twin"]["sigma"] / row["real"]["sigma"]) ** 2
                    self.assertTrue(0.5 < ratio < 2, ratio)
                    checked += 1
        self.assertGreaterEqual(checked, 6)

    def test_without_truth(self):
        """A drive that brings none: along posed's own poses; the twin then brings the way."""
        bare = self.path("bare.mcap")
        subprocess.run([MAKE_DRIVE, "no-truth", bare], check=True)
        twin = self.path("bare-twin.mcap")
        self.run_well("simulate", "--like", bare, "-o", twin)
        text = self.run_well("simulate", "--like", bare, "-o", twin, "--print")
        self.assertIn("brings no truth", text)
        self.assertIn("posed's own estimate follows what lasts", text)
        printed, again = self.path("bare.yaml"), self.path("again.mcap")
        with open(printed, "w") as f:
            f.write(text)
        self.run_well("simulate", printed, "-o", again, "-q")

    def test_refusals(self):
        empty = self.path("empty.mcap")
        with open(empty, "w") as f:
            f.write("nothing")
        out = self.path("x.mcap")
        for code, says, *args in (
                (2, "one too many", "simulate", CAR, "--like", self.drive, "-o", out),
                (2, "goes with --like", "simulate", CAR, "-c", CAR, "-o", out),
                (2, "where to", "simulate", "--like", self.drive),
                (1, "empty.mcap", "simulate", "--like", empty, "-o", out),
                (1, "No such file", "simulate", "--like", self.path("none.mcap"), "-o", out),
                (2, "which two drives", "twin", self.drive),
                (2, "no option", "twin", self.drive, self.drive, "--frob"),
                (1, "No such file", "twin", self.drive, self.path("none.mcap"))):
            with self.subTest(args):
                r = posed(*args)
                self.assertEqual(r.returncode, code, r.stderr)
                self.assertIn(says, r.stderr)
                self.assertFalse(os.path.exists(out))


SEGMENTS = sorted(glob.glob(os.path.join(REAL, "comma2k19", "*", "*", "processed_log")))


@unittest.skipUnless(SEGMENTS, f"no comma2k19 segment under {REAL} (POSED_REAL_DATA)")
class Real(unittest.TestCase):
    # Of the twin's variance over the drive's; a few bumps make up most of the wheels'. Outside 1/2..2, docs/SIMULATOR.md says why.
    FACTORS = {("gnss/ublox", "position", "east"): (1, 30), ("gnss/ublox", "position", "north"): (0.5, 2),
               ("gnss/ublox", "velocity", "east"): (0.5, 2), ("gnss/ublox", "velocity", "north"): (0.5, 2),
               ("wheel/can", "speed", "forward"): (0.2, 5), ("radar/front", "ego-velocity", "forward"): (0.2, 2),
               ("radar/front", "ego-velocity", "left"): (0.2, 2)}

    def test_segment_and_twin(self):
        with tempfile.TemporaryDirectory() as room:
            drive, twin = (os.path.join(room, n) for n in ("drive.mcap", "twin.mcap"))
            for args in (("import", "comma2k19", os.path.dirname(SEGMENTS[0]), "-o", drive),
                         ("simulate", "--like", drive, "-o", twin, "-q")):
                r = posed(*args)
                self.assertEqual(r.returncode, 0, r.stderr)
            r = posed("twin", drive, twin, "--json", "-q")
            self.assertEqual(r.returncode, 0, r.stderr)
        rows = {(w["source"], w["quantity"], w["axis"]): w for w in json.loads(r.stdout)["innovations"]}
        for key, (least, most) in self.FACTORS.items():
            with self.subTest(key):
                ratio = (rows[key]["twin"]["sigma"] / rows[key]["real"]["sigma"]) ** 2
                self.assertTrue(least < ratio < most, ratio)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
