#!/usr/bin/env python3
"""test_drive.py POSED SCENARIO whole|SECONDS: a simulated drive replayed on the map of its road, without IMU and wheels.

Of the whole drive, how good its poses are; of its first SECONDS, how a replay is given its map, and what it writes.
Prints one line per check that fails and a count; exit 1 if any failed. Needs only the standard library."""
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checks import BAD, ENV, OK, USAGE, expect, finish  # noqa: E402

POSED, SCENARIO, LENGTH = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3]
WHOLE = LENGTH == "whole"
FAULT = os.path.join(os.path.dirname(SCENARIO), "..", "faults", "map_shifted.yaml")
DRIFT = os.path.join(os.path.dirname(FAULT), "gnss_drift_1.yaml")


def posed(*args):
    return subprocess.run([POSED, *args], capture_output=True, text=True, env=ENV)


def simulated():
    """The drive, the map that was surveyed, and the same compiled."""
    drive, osm, compiled = (os.path.join(TMP, name) for name in ("town.mcap", "town.osm", "town.pmap"))
    r = posed("simulate", SCENARIO, "-o", drive, "--map", osm, "--seed", "5", "--without", "imu,wheel", "-q",
              *([] if WHOLE else ["--duration", LENGTH]))
    expect("simulate", r.returncode == OK, r.stderr)
    expect("build", posed("map", "build", osm, "-o", compiled).returncode == OK)
    return drive, osm, compiled


def replayed(drive, compiled):
    """Summaries of a replay without the map, on it, and on it in another order of arrival."""
    said = []
    for more in ([], ["--map", compiled], ["--map", compiled, "--shuffle", "3"]):
        r = posed("replay", drive, "--summary", "json", "-q", *more)
        expect(f"replay {more}", r.returncode == OK, r.stderr)
        said.append(json.loads(r.stdout))
    plain, on_map, shuffled = said
    expect("any order", on_map["output_sha256"] == shuffled["output_sha256"] != plain["output_sha256"])
    return plain, on_map


def how_good(drive, compiled):
    """The map makes the pose better, and its bounds hold: also where the map lies, or the receiver."""
    plain, on_map = replayed(drive, compiled)
    expect("nearer to the truth", on_map["eval"]["horizontal_p50_m"] < 0.2 < plain["eval"]["horizontal_p50_m"],
           [s["eval"]["horizontal_p50_m"] for s in (plain, on_map)])
    expect("honest", 0.85 <= on_map["eval"]["coverage95_horizontal"] <= 1, on_map["eval"])
    bound = on_map["integrity"]
    expect("bounded", bound["misleading"] == bound["hazardous"] == 0 and not bound["excluded"], bound)
    expect("bounded by the map across", bound["pl_cross_p50_m"] < 1.5 < plain["integrity"]["pl_cross_p50_m"], bound)
    r = posed("replay", drive, "--summary", "json", "-q", "--map", compiled, "--inject", FAULT)
    wrong = json.loads(r.stdout)
    expect("on a map that lies 1.8 m off", 1.2 < wrong["eval"]["horizontal_p50_m"] < 2.4, wrong["eval"])
    r = posed("replay", drive, "--summary", "json", "-q", "--map", compiled, "--inject", DRIFT)
    led = json.loads(r.stdout)["integrity"]
    expect("bounded beside a receiver that is led away", led["misleading"] == led["hazardous"] == 0, led)


def how_it_is_used(drive, osm, compiled):
    plain, on_map = replayed(drive, compiled)
    expect("the summary names it", on_map["map"]["file"] == "town.pmap" and on_map["map"]["lanes"] > 10
           and plain["map"] is None and plain["recorded_maps"] == [], on_map["map"])
    r = posed("replay", drive, "-q", "--inject", FAULT)
    expect("a fault of no map", r.returncode == BAD and "there is no map here" in r.stderr, r.stderr)
    r = posed("replay", drive, "--map", osm)
    expect("a map that is not compiled", r.returncode == BAD and "posed map build" in r.stderr, r.stderr)
    lanes_in_csv(drive, compiled)
    named_by_the_configuration(drive, compiled, on_map["output_sha256"])
    written_over(drive, compiled)


def lanes_in_csv(drive, compiled):
    """Ids of the map's lanes, and probabilities, where the lane is known; without a map nothing."""
    csv = os.path.join(TMP, "poses.csv")
    for args, known in (([], False), (["--map", compiled], True)):
        r = posed("replay", drive, "-q", "--summary", "none", "--csv", csv, *args)
        with open(csv) as f:
            head, *rows = [line.rstrip("\n").split(",") for line in f]
        lanes = [(int(row[-2]), float(row[-1])) for row in rows if row[-2] != ""]
        expect(f"lanes in CSV {args}", r.returncode == OK and head[-2:] == ["lane_id", "lane_probability"]
               and (len(lanes) > 0.9 * len(rows) if known else not lanes), (r.stderr, len(lanes), len(rows)))
        expect("probabilities in CSV", all(0 < p <= 1 for _, p in lanes) and all(len(row) == len(head) for row in rows))


def named_by_the_configuration(drive, compiled, sha256):
    """map: {file: ...}, relative to its file, is the map of a replay; --map goes before it; a map that cannot be used is
    refused by its place."""
    config = os.path.join(TMP, "vehicle.yaml")

    def write(text):
        with open(config, "w") as f:
            f.write(text)
    write("# a vehicle\nmap:\n  file: town.pmap\n")
    for more in ([], ["--live"]):
        for given in (["-c", config], ["--map", compiled]):
            r = posed("replay", drive, "--summary", "json", "-q", *given, *more)
            expect(f"replay {given} {more}", r.returncode == OK and json.loads(r.stdout)["map"]["file"] == "town.pmap", r.stderr)
            said = json.loads(r.stdout)["output_sha256"]
            sha256 = said if more and given[0] == "-c" else sha256
            expect(f"replay {given} {more}: the same poses", said == sha256)
    for more, same in (("bus: {hold_s: 0.005}", True), ("bus: {hold_s: 0.03}", False)):
        write(f"map: {{file: town.pmap}}\n{more}\n")
        r = posed("replay", drive, "--summary", "json", "-q", "--live", "-c", config)
        expect(f"--live with {more}", r.returncode == OK and (json.loads(r.stdout)["output_sha256"] == sha256) == same, r.stderr)
    r = posed("check-config", config)
    expect("check-config", r.returncode == OK and f"\n  file: {compiled}\n" in r.stdout, r.stderr)
    for text, why in (("gone.pmap", "No such file"), ("town.osm", "posed map build"), (".", "posed map build")):
        write(f"# a vehicle\nmap:\n  file: {text}\n")
        for args in (("check-config", config), ("replay", drive, "-c", config), ("run", "-c", config)):
            r = posed(*args)
            expect(f"{args[0]} with {text}", r.returncode == BAD and f"vehicle.yaml:3:9: map: " in r.stderr
                   and why in r.stderr and text in r.stderr, r.stderr)
    r = posed("replay", drive, "-c", config, "--map", compiled, "-q", "--summary", "none")
    expect("--map goes before the configuration's", r.returncode == OK, r.stderr)
    r = posed("replay", drive, "--map", "")
    expect("an empty name", r.returncode == USAGE, r.stderr)


def written_over(drive, compiled):
    """Neither the map nor the drive is taken for an output; a body that does not fit its checksum is refused."""
    r = posed("replay", drive, "--map", compiled, "-o", compiled)
    expect("the map is no output", r.returncode == USAGE and "the map itself" in r.stderr, r.stderr)
    bent = os.path.join(TMP, "bent.pmap")
    data = bytearray(open(compiled, "rb").read())
    data[384] ^= 1  # of the first position, at the first multiple of 64 behind the header
    with open(bent, "wb") as f:
        f.write(data)
    r = posed("replay", drive, "--map", bent)
    expect("a bent body", r.returncode == BAD and "checksum" in r.stderr, r.stderr)


with tempfile.TemporaryDirectory() as TMP:
    if WHOLE:
        drive, _, compiled = simulated()
        how_good(drive, compiled)
        lanes_in_csv(drive, compiled)
    else:
        how_it_is_used(*simulated())
finish()
