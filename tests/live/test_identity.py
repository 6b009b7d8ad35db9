#!/usr/bin/env python3
"""test_identity.py POSED DUMP_DRIVE POSED.PROTO POSED_FAULT.PROTO DRIVE...: what runs live and what is replayed is the
same, byte for byte: a drive over the bus through posed run, recorded, against posed replay, and the recording against
itself. In the time of the drive, on a map too, and in the system's time, at speed 1, with a busy machine.

Prints one line per check that fails and a count; exit 1 if any failed, 77 without PyZMQ or protobuf."""
import collections
import concurrent.futures
import json
import os
import subprocess
import sys
import tempfile

try:
    import google.protobuf  # noqa: F401
    import zmq  # noqa: F401
except ImportError as e:
    print(f"skipped: {e}")
    sys.exit(77)
import rig
import checks

POSED, DUMP = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
PROTOS, DRIVES = sys.argv[3:5], sys.argv[5:]
SCENARIO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "sim", "scenarios", "town.yaml")
later = []  # what is replayed and compared when nothing runs live any more
pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
Row = collections.namedtuple("Row", "sequence log_ns publish_ns payload")


def dump(path):
    """Rows by topic."""
    rows = collections.defaultdict(list)
    out = subprocess.run([DUMP, path], capture_output=True, text=True).stdout
    for line in out.splitlines():
        topic, sequence, log_ns, publish_ns, *payload = line.split(" ")
        rows[topic].append(Row(int(sequence), int(log_ns), int(publish_ns), payload[0] if payload else ""))
    return rows


def replay(drive, out, *args):
    subprocess.run([POSED, "replay", drive, "-o", out, "-q", "--summary", "none", *args], check=True)
    return dump(out)


def live(drive, run_args, replay_args, load=0, poses=0):
    """A recorded live run over the drive, until so many poses have come: the rows of its recording, and its path."""
    r = rig.Rig(POSED, PROTOS)
    path = os.path.join(r.dir, "live.mcap")
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(load)]
    try:
        r.run("--as-drive", drive, *run_args)
        listener = r.listen()
        rig.wait_for(lambda: listener.status)
        recorder = r.start("record", "--endpoint", r.poses, "-o", path, "-q")
        rig.wait_for(lambda: os.path.exists(path))
        adapter = r.replay(drive, "--start_delay_s", "0.5", *replay_args)
        checks.expect("the adapter ends well", adapter.wait(rig.PATIENCE_S * 3) == 0, r.said("adapter.log"))
        rig.wait_for(lambda: len(listener.poses) >= poses)
        r.stop(recorder)
    finally:
        for b in busy:
            b.kill()
            b.wait()
        r.end()
    return dump(path), path, r


def compare(what, ours, theirs, least):
    """Same sequence: the same bytes. The live run may end some poses earlier or later."""
    by_sequence = {row.sequence: row for row in theirs}
    different = [row.sequence for row in ours
                 if row.sequence in by_sequence and row.payload != by_sequence[row.sequence].payload]
    common = sum(row.sequence in by_sequence for row in ours)
    checks.expect(f"{what}: enough to compare", common >= least, f"{common} of {len(ours)} and {len(theirs)}")
    checks.expect(f"{what}: same bytes", not different,
                  f"{len(different)} of {common} differ, the first is {different[:1]}")


def compare_later(what, drive, path, r, theirs, least, *on_map):
    """What a replay of the recording gives, against its rows."""
    config, out = config_of(drive, r), os.path.join(r.dir, "again.mcap")
    later.append((what, lambda: replay(path, out, "--live", "-c", config, *on_map)["posed/v1/pose"], theirs, least))


def compare_now():
    for (what, _, theirs, least), again in zip(later, pool.map(lambda job: job[1](), later)):
        compare(what, again, theirs, least)


def in_drive_time(drive, speed, *on_map):
    """At so many times real time: what a busy machine does not take in time, its adapter drops when it ends. Returns the path of the recording, and the rig."""
    name = " ".join(map(os.path.basename, (drive, *on_map)))
    with tempfile.TemporaryDirectory(prefix="posed-live-reference-") as directory:
        reference, final = pool.map(lambda how: replay(drive, os.path.join(directory, how + ".mcap"), *how.split(), *on_map),
                                    ("--live", ""))
    count = len(final["posed/v1/pose"])
    rows, path, r = live(drive, ["--drive-time", *on_map], ["--stamps", "original", "--speed", speed], poses=count - 2)
    compare(f"{name}, pose against replay --live", rows["posed/v1/pose"], reference["posed/v1/pose"], count - 5)
    compare(f"{name}, track against replay", rows["posed/v1/track"], final["posed/v1/pose"], count - 200)
    compare_later(f"{name}, pose of the recording replayed", drive, path, r, rows["posed/v1/pose"], count - 5, *on_map)
    return path, r


def posed(*args):
    return subprocess.run([POSED, *args], capture_output=True, text=True)


def simulated(directory, seed, duration_s):
    """A drive through a town, and its map, compiled."""
    drive, osm, pmap = (os.path.join(directory, f"town-{seed}{end}") for end in (".mcap", ".osm", ".pmap"))
    for args in (("simulate", SCENARIO, "-o", drive, "--map", osm, "--seed", str(seed), "--duration", str(duration_s)),
                 ("map", "build", osm, "-o", pmap)):
        done = posed(*args)
        checks.expect(f"posed {args[0]}", done.returncode == 0, done.stderr)
    return drive, pmap


def names_its_map(path, drive, pmap, other, r):
    """The recording says which map it rests on, and a replay on none, or on another one, says so."""
    info = json.loads(posed("info", "--json", path).stdout)
    maps = [m["values"] for m in info["metadata_list"] if m["name"] == "map"]
    about = json.loads(posed("map", "info", "--json", pmap).stdout)
    checks.expect("the recording names its map", len(maps) == 1 and maps[0]["file"] == os.path.basename(pmap)
                  and maps[0]["checksum"] == about["checksum"], info["metadata_list"])
    config = config_of(drive, r)
    for what, args, warned in (("on its map", ("--map", pmap), ()),
                               ("on no map", (), (os.path.basename(pmap), "rest on no map", "--map")),
                               ("on another map", ("--map", other), (os.path.basename(pmap), os.path.basename(other)))):
        done = posed("replay", path, "-c", config, "--summary", "json", *args)
        says = "was recorded on" in done.stderr
        checks.expect(f"replayed {what}: {'a' if warned else 'no'} warning",
                      done.returncode == 0 and says == bool(warned) and all(w in done.stderr for w in warned), done.stderr)
        summary = json.loads(done.stdout)
        checks.expect(f"replayed {what}: the summary has both maps",
                      summary["recorded_maps"][0]["checksum"] == about["checksum"]
                      and (summary["map"] or {}).get("file") == (os.path.basename(args[1]) if args else None), summary["map"])


def on_a_map():
    directory = rig.scratch("posed-live-map-")
    drive, pmap = simulated(directory, 1, 30)
    _, other = simulated(directory, 2, 5)
    path, r = in_drive_time(drive, "3", "--map", pmap)
    names_its_map(path, drive, pmap, other, r)
    poses = [r.pb.PoseEstimate.FromString(bytes.fromhex(row.payload)) for row in dump(path)["posed/v1/pose"]]
    checks.expect("live poses know their lane", any(p.lane_id and p.lane_probability > 0.9 for p in poses))


def config_of(drive, r):
    """The configuration that the drive carries, as a file."""
    out = os.path.join(r.dir, "config.yaml")
    with open(out, "w") as f:
        subprocess.run([POSED, "check-config", "--as-drive", drive], stdout=f, check=True)
    return out


def shifted(payload, message, shift_ns):
    p = message.FromString(bytes.fromhex(payload))
    p.stamp_ns -= shift_ns
    p.based_on_ns -= shift_ns
    p.expires_ns -= shift_ns if p.expires_ns else 0
    return p.SerializeToString(deterministic=True)


def in_system_time(drive, seconds, load):
    name = f"{os.path.basename(drive)}, in system time, load {load}"
    rows, path, r = live(drive, [], ["--to_s", str(seconds)], load)
    compare_later(f"{name}, pose of the recording replayed", drive, path, r, rows["posed/v1/pose"], 90 * (seconds - 1))
    if load:
        return
    # By the track: it does not depend on when exactly a frame came.
    final = {row.sequence: row for row in replay(drive, os.path.join(r.dir, "final.mcap"), "--to", str(seconds))["posed/v1/pose"]}
    pose = r.pb.PoseEstimate
    track = [(shifted(row.payload, pose, 0), final[row.sequence].payload) for row in rows["posed/v1/track"]
             if row.sequence in final]
    shifts_ns = {pose.FromString(mine).stamp_ns - pose.FromString(bytes.fromhex(theirs)).stamp_ns for mine, theirs in track}
    checks.expect(f"{name}: shifted by whole seconds, once", len(shifts_ns) == 1 and min(shifts_ns) % 1000000000 == 0, shifts_ns)
    same = [shifted(mine.hex(), pose, min(shifts_ns)) == shifted(theirs, pose, 0) for mine, theirs in track]
    checks.expect(f"{name}: same poses but for the shift", len(same) > 80 * (seconds - 1) and all(same),
                  f"{same.count(False)} of {len(same)}")


for d in DRIVES:
    if not os.path.exists(d):
        print(f"skipped: {d} is not there")
        continue
    in_drive_time(d, "25")
on_a_map()
in_system_time(DRIVES[0], 8, 0)
in_system_time(DRIVES[0], 8, 4)
compare_now()
checks.finish()
