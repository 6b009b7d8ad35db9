#!/usr/bin/env python3
"""test_can_real.py POSED DATA TOYOTA_YAML: the raw CAN log of the real comma2k19 segment through the built program.

`posed can` decodes it with the DBC files of that car; every row of the processed logs (radar, speed, wheels, steering)
must come out, and no other. `posed adapter` makes drives of it with the shipped mapping, which have as many scans and
wheel frames as the one that `posed import` makes of the processed logs, over the same time; what is in them
test_adapter_can_real.c compares. Prints what was compared; exit 77 where the data is not there."""
import array
import ast
import glob
import json
import os
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checks import expect, finish  # noqa: E402

POSED, DATA, MAPPING = sys.argv[1:4]


def load(path):
    """Rows of a NumPy file of float64, int64 or fixed bytes, without NumPy."""
    with open(path, "rb") as f:
        assert f.read(6) == b"\x93NUMPY"
        major = f.read(2)[0]
        size = struct.unpack("<H", f.read(2))[0] if major == 1 else struct.unpack("<I", f.read(4))[0]
        head = ast.literal_eval(f.read(size).decode())
        data = f.read()
    kind, shape = head["descr"], head["shape"]
    columns = shape[1] if len(shape) > 1 else 1
    if kind[1] == "S":
        width = int(kind[2:])
        return [data[i:i + width] for i in range(0, len(data), width)]
    flat = array.array({"<f8": "d", "<i8": "q"}[kind], data).tolist()
    assert not head["fortran_order"] or columns == 1
    return [flat[i:i + columns] for i in range(0, len(flat), columns)] if len(shape) > 1 else flat


def ns(seconds):
    return round(seconds * 1e9)


def write_log(can, path):
    raw = {name: load(f"{can}/raw_can/{name}") for name in ("address", "data", "src", "t")}
    with open(path, "w") as f:
        for address, data, bus, t in zip(raw["address"], raw["data"], raw["src"], raw["t"]):
            f.write(f"({ns(t) // 10**9}.{ns(t) % 10**9:09d}) can{bus} {address:03X}#{data.hex().upper()}\n")
    return len(raw["t"])


def decode(dbc, log, bus):
    """{message id: [frame]} of one bus."""
    r = subprocess.run([POSED, "can", f"{DATA}/dbc/{dbc}", log], capture_output=True, text=True, timeout=120)
    expect(f"{dbc}: exit 0", r.returncode == 0, r.stderr)
    expect(f"{dbc}: nothing malformed", "; 0 malformed lines" in r.stderr, r.stderr)
    frames = {}
    for line in r.stdout.splitlines():
        f = json.loads(line)
        if f["interface"] == bus:
            frames.setdefault(f["id"], []).append(f)
    return frames


def near(a, b):
    """The same number up to the rounding of the last digit: the logs were scaled in another order."""
    return abs(a - b) <= 4e-15 * max(1.0, abs(a), abs(b)) * 8


def check_radar(frames, can):
    times, rows = load(f"{can}/radar/t"), load(f"{can}/radar/value")
    logged = {(ns(t), int(row[5])): row for t, row in zip(times, rows)}
    expect("radar: one row per stamp and address", len(logged) == len(rows) == 10100, len(rows))
    tracks = {(f["stamp_ns"], f["id"]): f["signals"] for i in range(0x210, 0x220) for f in frames.get(i, [])}
    valid = {key for key, s in tracks.items() if s["VALID"] == 1}
    expect("radar: all messages", len(tracks) == 16 * 1200, len(tracks))
    expect("radar: the valid tracks are the rows", valid == set(logged), len(valid ^ set(logged)))
    exact = 0
    for key in valid & set(logged):
        s, row = tracks[key], logged[key]
        # The log was made with 0.04 m per step, two bits fewer than this DBC file has, and 2.7 m from the radar to the
        # windscreen added.
        steps = round(s["LONG_DIST"] / 0.01)
        expect(f"radar {key}: forward", near(row[0], (steps >> 2) * 0.04 + 2.7), (s, row))
        expect(f"radar {key}: left", near(row[1], -s["LAT_DIST"]), (s, row))
        expect(f"radar {key}: speed", near(row[2], s["REL_SPEED"]), (s, row))
        expect(f"radar {key}: new", row[6] == s["NEW_TRACK"], (s, row))
        exact += 1
    print(f"radar: {exact} of {len(rows)} rows compared, {len(tracks)} track messages")


def check_series(frames, can, name, message, values):
    times, rows = load(f"{can}/{name}/t"), load(f"{can}/{name}/value")
    rows = [row if isinstance(row, list) else [row] for row in rows]
    found = frames.get(message, [])
    expect(f"{name}: as many rows", len(found) == len(rows), (len(found), len(rows)))
    for t, row, f in zip(times, rows, found):
        expect(f"{name}: stamp", f["stamp_ns"] == ns(t), (t, f))
        for have, want in zip(values(f["signals"]), row):
            expect(f"{name} at {t}", near(have, want), (have, want))
    print(f"{name}: {len(rows)} rows compared")


def wheels(s):
    return [s[name] / 3.6 for name in ("VXFL", "VXFR", "VXRL", "VXRR")]


def counts(drive):
    r = subprocess.run([POSED, "info", drive, "--json"], capture_output=True, text=True, timeout=120)
    expect(f"info {drive}", r.returncode == 0, r.stderr)
    return {c["topic"]: c["count"] for c in json.loads(r.stdout)["channels"]}


def check_adapters(can, log, tmp):
    imported = os.path.join(tmp, "imported.mcap")
    subprocess.run([POSED, "import", "comma2k19", os.path.dirname(os.path.dirname(can)), "-o", imported], check=True,
                   capture_output=True)
    want = counts(imported)
    for kind, name, dbc, bus in (("radar", "radar/front", "toyota_adas.dbc", "can1"),
                                 ("vehicle", "wheel/can", "toyota_2017_ref_pt.dbc", "can0")):
        drive = os.path.join(tmp, f"{kind}.mcap")
        r = subprocess.run([POSED, "adapter", kind, "--name", name, "-o", drive, "--log", log, "--mapping", MAPPING,
                            "--dbc", f"{DATA}/dbc/{dbc}", "--speed", "0", "--interface", bus],
                           capture_output=True, text=True, timeout=120)
        expect(f"adapter {kind}: exit 0", r.returncode == 0, r.stderr)
        have = counts(drive)
        expect(f"adapter {kind}: as many frames", len(have) == 1 and all(want.get(t) == n for t, n in have.items()),
               (have, want))
        print(f"adapter {kind}: {have}")


def main():
    found = glob.glob(f"{DATA}/comma2k19/*/*/processed_log/CAN")
    if not found or not os.path.exists(f"{DATA}/dbc/toyota_adas.dbc"):
        print(f"skipped: no raw CAN log or no DBC files under {DATA} (see POSED_REAL_DATA)")
        sys.exit(77)
    can = found[0]
    with tempfile.TemporaryDirectory() as tmp:
        log = os.path.join(tmp, "log")
        print(f"{write_log(can, log)} frames")
        check_radar(decode("toyota_adas.dbc", log, "can1"), can)
        car = decode("toyota_2017_ref_pt.dbc", log, "can0")
        check_series(car, can, "wheel_speed", 0xAA, wheels)
        # what the log calls speed is the mean of the wheels, not SP1 of VSC1S03, which has half the rate
        check_series(car, can, "speed", 0xAA, lambda s: [sum(wheels(s)) / 4])
        check_series(car, can, "steering_angle", 0x25, lambda s: [s["SSA"] + s["SSAS"]])
        check_adapters(can, log, tmp)
    finish()


main()
