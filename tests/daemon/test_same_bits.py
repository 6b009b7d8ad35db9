#!/usr/bin/env python3
"""test_same_bits.py POSED OTHER SOURCE_ROOT REAL_DATA: two builds of posed, whose fusion is compiled with other options, give the
same poses to the last bit: over the shipped drive, over a simulated town with its map, and over a real segment where there is one.

Prints one line per check that fails and a count; exit 1 if any failed. Needs only the standard library."""
import glob
import json
import os
import subprocess
import sys
import tempfile

POSED, OTHER, ROOT, REAL = (os.path.abspath(p) for p in sys.argv[1:5])
failures, checks = [], 0


def run(*command):
    r = subprocess.run(command, text=True, errors="replace", timeout=300, capture_output=True)
    if r.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit {r.returncode}: {r.stderr}"[:900])
    return r.stdout


def same(what, drive, *options):
    global checks
    checks += 1
    one, two = (json.loads(run(p, "replay", drive, "-q", *options, "--summary", "json")) for p in (POSED, OTHER))
    if one["poses"] < 1000 or one["output_sha256"] != two["output_sha256"]:
        failures.append(what)
        print(f"FAILED: {what}: {one['poses']} poses, {one['output_sha256'][:16]} and {two['output_sha256'][:16]}")


with tempfile.TemporaryDirectory() as tmp:
    same("the shipped drive", os.path.join(ROOT, "replay-data", "town-loop.mcap"))
    town, road = os.path.join(tmp, "town.mcap"), os.path.join(tmp, "town.osm")
    run(POSED, "simulate", os.path.join(ROOT, "sim", "scenarios", "town.yaml"), "--seed", "3", "--duration", "40", "-q",
        "-o", town, "--map", road)
    run(POSED, "map", "build", road, "-o", road + ".pmap")
    same("a town with its map", town, "--map", road + ".pmap")
    segments = sorted(glob.glob(os.path.join(REAL, "comma2k19", "*|*", "*")))
    if segments:
        segment = os.path.join(tmp, "segment.mcap")
        run(POSED, "import", "comma2k19", segments[0], "-o", segment)
        same("a real segment", segment)
    else:
        print(f"skipped: no real segment, {REAL}/comma2k19 is not there")
print(f"{checks} checks, {len(failures)} failed")
sys.exit(1 if failures else 0)
