#!/usr/bin/env python3
"""posed gnss against gpsd's reading of the same logs: test_gnss_logs.py POSED LOGS.

LOGS is a folder of NAME.log with NAME.log.chk, gpsd's output for it. Every TPV with a position must have its
fix, and every fix of ours must be one of gpsd's, but for the epoch at the very end that gpsd keeps to itself.

gpsd is not always right, and then ours need not agree with it:
- 1024 weeks: gpsd moves dates before 2017 by so much when it does not know better (gpsd_utc_resolve).
- Before the receiver has told the leap seconds, gpsd takes today's number; what is off is below 18 s.
- Of receivers that tell position and velocity in ECEF only, gpsd 3.22 turns the first ones into latitude,
  longitude, height, speed and track, and keeps these; ecefx, ecefvx and so on of the same TPV go on.
"""
import calendar
import glob
import json
import math
import os
import subprocess
import sys
import time

KEYS = ["stamp_ns", "fix", "latitude_deg", "longitude_deg", "height_m", "speed_mps", "course_deg", "h_acc_m",
        "v_acc_m", "satellites"]
ROUND_NS = 1024 * 7 * 86400 * 10**9


def tpv_ns(text):
    """ "2019-04-12T00:39:56.000Z" as nanoseconds since 1970."""
    whole, fraction = text.rstrip("Z").split(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) * 10**9 + int(fraction.ljust(9, "0"))


def geodetic(x, y, z):
    """ECEF in metres to latitude and longitude in degrees and height: Bowring's method, iterated."""
    a, e2 = 6378137.0, 6.69437999014e-3
    p = math.hypot(x, y)
    latitude = math.atan2(z, p * (1.0 - e2))
    for _ in range(5):
        n = a / math.sqrt(1.0 - e2 * math.sin(latitude) ** 2)
        latitude = math.atan2(z + e2 * n * math.sin(latitude), p)
    n = a / math.sqrt(1.0 - e2 * math.sin(latitude) ** 2)
    height = p * math.cos(latitude) + z * math.sin(latitude) - n * (1.0 - e2 * math.sin(latitude) ** 2)
    return math.degrees(latitude), math.degrees(math.atan2(y, x)), height


def over_ground(latitude_deg, longitude_deg, vx, vy, vz):
    """Speed and track of a velocity in ECEF."""
    latitude, longitude = math.radians(latitude_deg), math.radians(longitude_deg)
    outward = math.cos(longitude) * vx + math.sin(longitude) * vy
    east = -math.sin(longitude) * vx + math.cos(longitude) * vy
    north = -math.sin(latitude) * outward + math.cos(latitude) * vz
    return math.hypot(east, north), math.degrees(math.atan2(east, north)) % 360.0


def read_tpvs(path):
    """The TPV objects that have a position, as gpsd prints them among the receiver's own sentences."""
    found = []
    with open(path, "rb") as lines:
        for line in lines:
            if line.startswith(b'{"class":"TPV"'):
                tpv = json.loads(line)
                if tpv["mode"] >= 2 and "lat" in tpv:
                    if "ecefx" in tpv:
                        place = geodetic(tpv["ecefx"], tpv["ecefy"], tpv["ecefz"])
                        tpv["lat"], tpv["lon"], tpv["altHAE"] = place
                    if "ecefvx" in tpv:
                        velocity = [tpv[key] for key in ("ecefvx", "ecefvy", "ecefvz")]
                        tpv["speed"], tpv["track"] = over_ground(tpv["lat"], tpv["lon"], *velocity)
                    found.append(tpv)
    return found


def read_fixes(posed, log):
    done = subprocess.run([posed, "gnss", log], capture_output=True, check=True, timeout=60)
    fixes = [json.loads(line) for line in done.stdout.splitlines()]
    for fix in fixes:
        assert list(fix) == KEYS, fix
        if fix["latitude_deg"] is not None:
            assert fix["fix"] != "none", fix
    return fixes


def is_near(a, b, most):
    return a is not None and abs(a - b) <= most


def is_same_place(fix, tpv):
    return is_near(fix["latitude_deg"], tpv["lat"], 1e-7) and is_near(fix["longitude_deg"], tpv["lon"], 1e-7)


def is_same_time(fix, tpv, slack_ns=1_000_000):
    if "time" not in tpv or fix["stamp_ns"] is None:
        return True
    off = (fix["stamp_ns"] - tpv_ns(tpv["time"]) + ROUND_NS // 2) % ROUND_NS - ROUND_NS // 2
    return abs(off) <= slack_ns


def motion_differs(fix, tpv):
    """What is different beside time and place, as a text; gpsd keeps three decimals of speed."""
    if "altHAE" in tpv and not is_near(fix["height_m"], tpv["altHAE"], 0.01):
        return f"height {fix['height_m']} for {tpv['altHAE']}"
    if "speed" in tpv and not is_near(fix["speed_mps"], tpv["speed"], 0.001):
        return f"speed {fix['speed_mps']} for {tpv['speed']}"
    if "track" in tpv and tpv.get("speed", 1.0) > 0.02:
        off = ((fix["course_deg"] or 0.0) - tpv["track"] + 180.0) % 360.0 - 180.0
        if fix["course_deg"] is None or abs(off) > 0.01:
            return f"course {fix['course_deg']} for {tpv['track']}"
    return ""


def judge(fixes, tpvs):
    """A list of what is wrong, and of how gpsd's clock was off."""
    wrong, notes = [], []
    for i, tpv in enumerate(tpvs):
        there = [f for f in fixes if is_same_place(f, tpv) and is_same_time(f, tpv)]
        if not there and "leapseconds" not in tpv:
            there = [f for f in fixes if is_same_place(f, tpv) and is_same_time(f, tpv, 18 * 10**9)]
            if there:
                notes.append(f"TPV {i}: leap seconds not yet known to gpsd")
        if not there:
            near = [f for f in fixes if is_same_time(f, tpv)][:1]
            wrong.append(f"TPV {i} has no fix: {tpv}; at its time: {near}")
            continue
        differs = [motion_differs(f, tpv) for f in there]
        if all(differs):
            wrong.append(f"TPV {i}: {differs[0]}: {tpv}")
        stamp_ns = there[0]["stamp_ns"]
        if "time" in tpv and stamp_ns is not None and tpv_ns(tpv["time"]) - stamp_ns > ROUND_NS // 2:
            notes.append(f"TPV {i}: gpsd is 1024 weeks ahead")
    for i, fix in enumerate(fixes[:-1]):
        if fix["latitude_deg"] is None:
            continue
        if not any(is_same_place(fix, t) and is_same_time(fix, t, 18 * 10**9) for t in tpvs):
            wrong.append(f"fix {i} is gpsd's in no TPV: {fix}")
    stamps = [f["stamp_ns"] for f in fixes if f["stamp_ns"] is not None]
    if len(stamps) != len(set(stamps)):
        wrong.append("more than one fix of one moment")
    return wrong, notes


def main():
    posed, folder = sys.argv[1:3]
    logs = sorted(glob.glob(os.path.join(folder, "*.log")))
    logs = [log for log in logs if os.path.exists(log + ".chk")]
    if not logs:
        print(f"{folder}: no logs with gpsd's reading beside them; skipped")
        return 77
    bad = 0
    for log in logs:
        fixes, tpvs = read_fixes(posed, log), read_tpvs(log + ".chk")
        wrong, notes = judge(fixes, tpvs)
        print(f"{os.path.basename(log)}: {len(tpvs)} TPV, {len(fixes)} fixes, {len(wrong)} differ"
              f"{', ' + str(len(notes)) + ' clock notes' if notes else ''}")
        for text in wrong[:3]:
            print("   ", text)
        bad += len(wrong)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
