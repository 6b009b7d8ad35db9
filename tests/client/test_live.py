#!/usr/bin/env python3
"""test_live.py POSED TOWN_LOOP.mcap: posed watch and posed status beside a real posed run, which fuses the shipped drive
as the adapter replay gives it, many times faster than it was driven.

Prints one line per check that fails and a count; exit 1 if any failed."""
import collections
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checks import expect, finish  # noqa: E402

POSED, DRIVE = (os.path.abspath(p) for p in sys.argv[1:3])
SPEED = 20
TMP = tempfile.mkdtemp(prefix="posed-live-")
FRAMES, POSES = f"ipc://{TMP}/frames", f"ipc://{TMP}/poses"
running = []


def start(*args, **more):
    running.append(subprocess.Popen([POSED, *args], text=True, **more))
    return running[-1]


def start_daemon():
    yaml = os.path.join(TMP, "ungated.yaml")
    with open(yaml, "w") as f:  # what is tested is who hears what, not how tight the bounds are
        f.write("integrity: {gate_usable: false}\n")
    daemon = start("run", "-c", yaml, "--drive-time", "--as-drive", DRIVE, "--frames", FRAMES, "--poses", POSES,
                   stderr=subprocess.PIPE)
    for line in daemon.stderr:
        if "poses at" in line:
            return daemon
    sys.exit("posed run did not start")


def status(*args):
    return subprocess.run([POSED, "status", "--endpoint", POSES, "--json", *args], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True, timeout=60)


def watch_the_drive():
    """All that is said of the drive, by topic; and what posed status said at its first NOMINAL pose."""
    watch = start("watch", "--endpoint", POSES, "--json", "--topic", "pose,status,fault,track", stdout=subprocess.PIPE)
    first = json.loads(watch.stdout.readline())  # it listens: now the frames may come
    messages, nominal = collections.defaultdict(list), None
    messages[first["topic"]].append(first)
    replay = start("adapter", "replay", "--path", DRIVE, "--endpoint", FRAMES, "--stamps", "original", "--speed", str(SPEED),
                   stderr=subprocess.DEVNULL)
    for line in watch.stdout:
        message = json.loads(line)
        messages[message["topic"]].append(message)
        if not nominal and message["mode" if "mode" in message else "topic"] == "NOMINAL" and message.get("usable"):
            nominal = status()
        if message["topic"] == "posed/v1/status" and replay.poll() is not None:
            watch.send_signal(signal.SIGINT)
    expect("watch: SIGINT ends it well", watch.wait(60) == 0)
    return messages, nominal


def check_drive(messages, nominal):
    poses, tracks = messages["posed/v1/pose"], messages["posed/v1/track"]
    expect("the stamps are the drive's, and the status says so", all(s["drive_time"] for s in messages["posed/v1/status"]))
    for name, list_of in (("poses", poses), ("tracks", tracks)):
        steps = collections.Counter(b["sequence"] - a["sequence"] for a, b in zip(list_of, list_of[1:]))
        published = list_of[-1]["sequence"] - list_of[0]["sequence"]
        expect(f"{name}: of the whole drive, 100 Hz", published > 24000, published)
        expect(f"{name}: few are missed, if any, at 4000 a second", len(list_of) > published / 2, len(list_of))
        expect(f"{name}: in order", min(steps) > 0, steps)
    expect("poses expire, tracks do not", all(p["expires_ns"] - p["stamp_ns"] == 100_000_000 for p in poses) and
           all(p["expires_ns"] is None for p in tracks))
    modes = {p["mode"] for p in tracks}
    expect("modes of the tunnel", {"NOMINAL", "DEAD_RECKONING"} <= modes, modes)
    faults = collections.Counter((f["source"], f["code"], f["raised"]) for f in messages["posed/v1/fault"])
    expect("no fix in the tunnel, and one behind it", faults["gnss/roof", "NO_FIX", True] ==
           faults["gnss/roof", "NO_FIX", False] == 1, faults)
    expect("status at the first NOMINAL pose: exit 0", nominal and nominal.returncode == 0, nominal)
    sources = {s["source"]: s for s in json.loads(nominal.stdout)["status"]["sources"]} if nominal else {}
    expect("status: every source is alive", {s["state"] for s in sources.values()} == {"ALIVE"} and len(sources) == 5, sources)


def main():
    daemon = start_daemon()
    try:
        r = status()
        expect("status before any frame: exit 5", r.returncode == 5, r)
        check_drive(*watch_the_drive())
        daemon.kill()
        daemon.wait(60)
        r = status("--timeout", "0.5")
        expect("status when posed has died: exit 1", r.returncode == 1 and "is posed running?" in r.stderr, r)
    finally:
        for program in running:
            program.kill()
            program.wait(60)
        shutil.rmtree(TMP, ignore_errors=True)
    finish()


main()
