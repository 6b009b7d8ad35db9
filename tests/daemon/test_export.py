#!/usr/bin/env python3
"""test_export.py POSED SOURCE_ROOT MAKE_DRIVE: posed export from outside: the shipped drive and its poses in every format,
there and back.

Prints one line per check that fails and a count; exit 1 if any failed. Needs only the standard library."""
import csv
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checks import BAD, ENV, OK, USAGE, expect, finish  # noqa: E402

POSED, ROOT, MAKE_DRIVE = (os.path.abspath(p) for p in sys.argv[1:4])
DRIVE = os.path.join(ROOT, "replay-data", "town-loop.mcap")
EARTH_M = 6378137.0


def posed(*args, **more):
    r = subprocess.run([POSED, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                       env=ENV, timeout=300, **more)
    expect(f"posed {' '.join(args)}: no crash", r.returncode in (OK, BAD, USAGE), f"exit {r.returncode}: {r.stderr}")
    return r


def export(*args):
    r = posed("export", *args)
    expect(f"export {args}: exit 0", r.returncode == OK, r.stderr)
    return r.stdout


def refuses(code, pattern, *args):
    r = posed("export", *args)
    expect(f"export {args}: exit {code}, says /{pattern}/", r.returncode == code and re.search(pattern, r.stderr),
           f"{r.returncode}: {r.stderr}")
    expect(f"export {args}: nothing on stdout", not r.stdout, r.stdout[:200])


def rows(path):
    with open(path, newline="", encoding="utf-8") as f:
        return list(csv.DictReader(f))


def replayed(drive, *args):
    r = posed("replay", drive, "-q", "--summary", "json", *args)
    expect(f"replay {drive}: exit 0", r.returncode == OK, r.stderr)
    return json.loads(r.stdout) if r.returncode == OK else {}


def seconds(poses):
    """For how long there is a place."""
    stamps = [float(p["stamp_s"]) for p in poses if p["latitude_deg"]]
    return stamps[-1] - stamps[0]


# ---------------------------------------------------------------- tables

def test_tables_there_and_back():
    out = export("csv", DRIVE, "-o", "first")
    expect("it says what it wrote", re.search(r"first: \d+ files; \d+ frames, 0 poses, \d+ truth points", out), out)
    again = posed("import", "csv", "first", "-o", "again.mcap")
    expect("it is imported again", again.returncode == OK, again.stderr)
    export("csv", "again.mcap", "-o", "second")
    names = sorted(os.listdir("first"))
    expect("the same files", names == sorted(os.listdir("second")), names)
    for n in names:
        with open(os.path.join("first", n), "rb") as a, open(os.path.join("second", n), "rb") as b:
            expect(f"{n} is the same", a.read() == b.read())
    first, second = replayed(DRIVE), replayed("again.mcap")
    expect("and so is what a replay makes of it", first and first["frames"] == second["frames"] and
           abs(first["eval"]["horizontal_rmse_m"] - second["eval"]["horizontal_rmse_m"]) < 1e-3,
           (first.get("eval"), second.get("eval")))


def test_poses_as_a_table():
    replay = posed("replay", DRIVE, "-q", "--summary", "none", "-o", "poses.mcap", "--csv", "poses.csv")
    expect("replay", replay.returncode == OK, replay.stderr)
    export("csv", "poses.mcap", "-o", "table")
    expect("poses and settings", sorted(os.listdir("table")) == ["drive.yaml", "poses.csv"], os.listdir("table"))
    ours, theirs = rows("table/poses.csv"), rows("poses.csv")
    expect("as many as posed replay --csv writes", len(ours) == len(theirs) and len(ours) > 1000, len(ours))
    expect("the same", ours[1000] == theirs[1000], (ours[1000], theirs[1000]))


# ---------------------------------------------------------------- tracks

def read_tum(text):
    lines = text.splitlines()
    origin = re.match(r"# origin: latitude (\S+) deg, longitude (\S+) deg, height (\S+) m", lines[1])
    expect("tum says its origin", origin, lines[:2])
    return [float(x) for x in origin.groups()], [[float(x) for x in line.split()] for line in lines[2:]]


def test_tum():
    origin, points = read_tum(export("tum", DRIVE, "--of", "truth"))
    truth = rows("first/truth.csv")
    expect("tum has all points", len(points) == len(truth), (len(points), len(truth)))
    expect("tum begins at its origin", points[0][1:4] == [0, 0, 0] and
           abs(origin[0] - float(truth[0]["latitude_deg"])) < 1e-9, (points[0], origin))
    for i in (len(truth) // 3, len(truth) - 1):
        t, p = truth[i], points[i]
        north = math.radians(float(t["latitude_deg"]) - origin[0]) * 6.37e6
        east = math.radians(float(t["longitude_deg"]) - origin[1]) * EARTH_M * math.cos(math.radians(origin[0]))
        expect("tum: metres east and north", abs(p[1] - east) < 0.01 * abs(east) + 0.1 and
               abs(p[2] - north) < 0.01 * abs(north) + 0.1, (p, east, north))
        expect("tum: its time", abs(p[0] - float(t["stamp_s"])) < 1e-6, (p[0], t["stamp_s"]))
        x, y, z, w = p[4:]
        forward_east, forward_north = 1 - 2 * (y * y + z * z), 2 * (x * y + z * w)
        heading = math.degrees(math.atan2(forward_east, forward_north)) % 360
        off = (heading - float(t["heading_deg"]) + 180) % 360 - 180
        expect("tum: forward looks along the heading", abs(off) < 1e-3, (heading, t["heading_deg"]))
        pitch = math.degrees(math.asin(2 * (x * z - w * y)))
        expect("tum: a nose that is up points up", abs(pitch - float(t["pitch_deg"])) < 1e-3, (pitch, t["pitch_deg"]))


def test_gpx():
    export("gpx", "poses.mcap", "-o", "way.gpx")
    ns = "{http://www.topografix.com/GPX/1/1}"
    root = xml.etree.ElementTree.parse("way.gpx").getroot()
    points = root.findall(f".//{ns}trkpt")
    poses = [p for p in rows("poses.csv") if p["latitude_deg"] and p["mode"] != "LOST"]
    expect("gpx has all poses", root.tag == ns + "gpx" and len(points) == len(poses), (root.tag, len(points), len(poses)))
    last = points[-1]
    expect("gpx: the last one", abs(float(last.get("lat")) - float(poses[-1]["latitude_deg"])) < 1e-8 and
           abs(float(last.get("lon")) - float(poses[-1]["longitude_deg"])) < 1e-8, (last.attrib, poses[-1]))
    expect("gpx: times are UTC", re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", last.find(ns + "time").text),
           last.find(ns + "time").text)
    few = export("gpx", "poses.mcap", "--every", "1")
    expect("gpx: one a second", abs(few.count("<trkpt") - seconds(poses)) < 4, few.count("<trkpt"))
    expect("gpx: one segment", few.count("<trkseg>") == few.count("</trkseg>") == 1, few.count("<trkseg>"))


def test_gaps():
    replay = posed("replay", DRIVE, "-q", "--summary", "none", "-o", "gap.mcap", "--with-input", "--drop", "gnss:20-40")
    expect("replay", replay.returncode == OK, replay.stderr)
    fixes = [r for r in rows("first/gnss.csv")]
    gpx = export("gpx", "gap.mcap", "--of", fixes[0]["source"])
    expect("a gap parts a track", gpx.count("<trkseg>") >= 2, gpx.count("<trkseg>"))


def test_geojson():
    replay = posed("replay", DRIVE, "-q", "--summary", "none", "-o", "modes.mcap", "--csv", "modes.csv",
                   "--without", "imu,wheel,radar,camera", "--drop", "gnss:20-60")
    expect("replay", replay.returncode == OK, replay.stderr)
    data = json.loads(export("geojson", "modes.mcap"))
    modes = [p["mode"] for p in rows("modes.csv") if p["latitude_deg"]]
    wanted = [m for i, m in enumerate(modes) if i == 0 or m != modes[i - 1]]
    features = data["features"]
    expect("geojson: a line for each stretch of a mode", [f["properties"]["mode"] for f in features] == wanted,
           ([f["properties"]["mode"] for f in features], wanted))
    expect("geojson: LOST is told", "LOST" in wanted, wanted)
    lines = [f["geometry"]["coordinates"] for f in features]
    expect("geojson: lines of two points and more", all(f["geometry"]["type"] == "LineString" for f in features) and
           all(len(x) >= 2 for x in lines), [len(x) for x in lines])
    expect("geojson: all points", sum(len(x) for x in lines) >= len(modes), (sum(len(x) for x in lines), len(modes)))
    expect("geojson: longitude, latitude, height", len(lines[0][0]) == 3, lines[0][0])
    one = json.loads(export("geojson", "again.mcap", "--of", "truth", "--every", "80000"))
    expect("geojson: a single point is a line as well", len(one["features"][0]["geometry"]["coordinates"]) == 2, one)
    left_out = export("tum", "modes.mcap")
    expect("what cannot say LOST leaves it out", len(left_out.splitlines()) - 2 == sum(m != "LOST" for m in modes),
           (len(left_out.splitlines()), len(modes)))


def test_nmea():
    export("nmea", "poses.mcap", "--every", "1", "-o", "way.nmea")
    poses = rows("poses.csv")
    read = posed("gnss", "way.nmea")
    fixes = [json.loads(line) for line in read.stdout.splitlines()]
    expect("nmea: read as a receiver's log", read.returncode == 0 and abs(len(fixes) - seconds(poses)) < 4, len(fixes))
    at = {round(float(p["stamp_s"]) * 100): p for p in poses}
    f = fixes[len(fixes) // 2]
    p = at[round(f["stamp_ns"] / 1e7)]
    expect("nmea: place, height, speed", abs(f["latitude_deg"] - float(p["latitude_deg"])) < 1e-7 and
           abs(f["height_m"] - float(p["height_m"])) < 2e-3 and
           abs(f["speed_mps"] - math.hypot(float(p["v_east_mps"]), float(p["v_north_mps"]))) < 0.01, (f, p))
    sigma_m = math.hypot(float(p["sigma_east_m"]), float(p["sigma_north_m"]))
    expect("nmea: one sigma as the pose has it", abs(f["h_acc_m"] - sigma_m) < 2e-3, (f, p))
    lost = export("nmea", "modes.mcap", "--every", "1")
    expect("nmea: LOST is no fix", re.search(r"INGGA,[0-9.]+,,,,,0,", lost), lost[:200])
    truth = export("nmea", DRIVE, "--of", "truth", "--every", "5")
    expect("nmea: truth has no sigma", "nan" not in truth and re.search(r"INGST,[0-9.]+,,,,,,,", truth), truth[:300])


# ---------------------------------------------------------------- what is refused, and what is damaged

def test_refusals():
    refuses(USAGE, "format is missing")
    refuses(USAGE, "drive is missing", "gpx")
    refuses(USAGE, "no format \"gpxx\", did you mean gpx", "gpxx", DRIVE)
    refuses(USAGE, "one drive at a time", "gpx", DRIVE, DRIVE)
    refuses(USAGE, "csv needs a directory", "csv", DRIVE)
    refuses(USAGE, "--of and --every are for tracks", "csv", DRIVE, "-o", "x", "--of", "truth")
    refuses(USAGE, "not a number of seconds", "gpx", DRIVE, "--every", "-1")
    refuses(USAGE, "did you mean --every", "gpx", DRIVE, "--evry", "1")
    refuses(USAGE, "is the drive itself", "gpx", "again.mcap", "-o", "again.mcap")
    refuses(BAD, "holds no poses; posed replay", "gpx", DRIVE, "-o", "no.gpx")
    refuses(BAD, "no point of gnss/nobody", "tum", DRIVE, "--of", "gnss/nobody")
    refuses(BAD, "No such file", "gpx", "nowhere.mcap")
    refuses(BAD, "is not empty", "csv", DRIVE, "-o", "first")
    refuses(BAD, "No space left", "gpx", "poses.mcap", "-o", "/dev/full")
    expect("nothing is left behind", not os.path.exists("no.gpx") and not os.path.exists("no.gpx.tmp"))
    shutil.copy(os.path.join(ROOT, "README.md"), "text.mcap")
    refuses(BAD, "text.mcap", "csv", "text.mcap", "-o", "none")
    expect("no directory is left behind", not os.path.exists("none"))


def test_damage():
    with open(DRIVE, "rb") as f:
        data = f.read()
    with open("cut.mcap", "wb") as f:
        f.write(data[:len(data) // 2])
    r = posed("export", "csv", "cut.mcap", "-o", "half")
    expect("half a drive: what is there, and that it is damaged", r.returncode == OK and "is damaged" in r.stderr, r.stderr)
    whole, half = len(rows("first/gnss.csv")), len(rows("half/gnss.csv"))
    expect("half of the fixes", 0.3 * whole < half < 0.7 * whole, (half, whole))
    subprocess.run([MAKE_DRIVE, "good", "small.mcap"], check=True)
    export("csv", "small.mcap", "-o", "small")


with tempfile.TemporaryDirectory(prefix="posed-export-") as TMP:
    os.chdir(TMP)
    for name, test in list(globals().items()):
        if name.startswith("test_") and callable(test):
            test()
    os.chdir("/")
finish()
