#!/usr/bin/env python3
"""test_map.py POSED POSED.PROTO POSED_FAULT.PROTO: posed run on a map: what its status says of it, a map that is written
over, replaced, broken, taken away, and one of another place, all while it drives; a warm start; its memory.

Prints one line per check that fails and a count; exit 1 if any failed, 77 without PyZMQ or protobuf."""
import json
import os
import re
import signal
import subprocess
import sys

try:
    import google.protobuf  # noqa: F401
    import zmq  # noqa: F401
except ImportError as e:
    print(f"skipped: {e}")
    sys.exit(77)
import rig
from checks import expect, finish

POSED, PROTOS = os.path.abspath(sys.argv[1]), sys.argv[2:4]
SCENARIO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "sim", "scenarios", "town.yaml")
MEMORY_KIB = 32 * 1024

# A lane on the equator: no road of any scenario.
FAR = """<osm version='0.6'>
<node id='1' lat='0.0' lon='0.0'/><node id='2' lat='0.0' lon='0.00004'/>
<node id='3' lat='0.001' lon='0.0'/><node id='4' lat='0.001' lon='0.00004'/>
<way id='11'><nd ref='1'/><nd ref='3'/><tag k='type' v='line_thin'/></way>
<way id='21'><nd ref='2'/><nd ref='4'/><tag k='type' v='line_thin'/></way>
<relation id='101'><member type='way' ref='11' role='left'/><member type='way' ref='21' role='right'/>
<tag k='type' v='lanelet'/><tag k='subtype' v='road'/></relation></osm>
"""


def posed(*args):
    done = subprocess.run([POSED, *args], capture_output=True, text=True)
    expect(f"posed {args[0]}", done.returncode == 0, done.stderr)
    return done.stdout


class OnMap:
    """posed run on town.pmap, named by its configuration, with the town's drive played to it."""

    def __init__(self):
        self.r = rig.Rig(POSED, PROTOS)
        self.drive, self.osm, self.pmap = (os.path.join(self.r.dir, name) for name in ("town.mcap", "town.osm", "town.pmap"))
        posed("simulate", SCENARIO, "-o", self.drive, "--map", self.osm, "-q")
        posed("map", "build", self.osm, "-o", self.pmap)
        self.config = os.path.join(self.r.dir, "vehicle.yaml")
        self.settings = posed("check-config", "--as-drive", self.drive).split("\nmap:")[0]
        self.state = os.path.join(self.r.dir, "state")
        self.configure("map: {file: town.pmap}")
        self.run = self.r.run("-c", self.config)
        self.listener = self.r.listen()
        rig.wait_for(lambda: self.listener.status)
        self.recording = os.path.join(self.r.dir, "run.mcap")
        self.recorder = self.r.start("record", "--endpoint", self.r.poses, "-o", self.recording, "-q")
        self.r.replay(self.drive, "--from_s", "10")

    def configure(self, more):
        with open(self.config, "w") as f:
            f.write(f"{self.settings}\n{more}\nservice: {{state_file: {self.state}, state_interval_s: 1}}\n")

    def build(self, source, *more):
        """Takes the place of the map, as posed map build does it: renamed over."""
        posed("map", "build", source, "-o", self.pmap, *more)
        return int(json.loads(posed("map", "info", "--json", self.pmap))["checksum"], 16)

    def reload(self, until):
        """Sends SIGHUP and waits for those words in the log. Returns what was said since."""
        said = len(self.r.said())
        self.run.send_signal(signal.SIGHUP)
        expect(f"reload: {until}", rig.wait_for(lambda: until in self.r.said()[said:], 10), self.r.said()[said:])
        return self.r.said()[said:]

    def knows_its_lane(self):
        p = self.listener.poses[-1] if self.listener.poses else None
        return p and p.lane_id and p.lane_probability > 0.9

    def goes_on(self, what, since, resets, faults=()):
        """Since a pose's index: every pose came, so many resets, and the position did not leap."""
        seen = len(self.listener.poses)
        rig.wait_for(lambda: len(self.listener.poses) > seen + 20)
        poses = self.listener.poses[since:]
        steps = {b.sequence - a.sequence for a, b in zip(poses, poses[1:])}
        expect(f"{what}: every pose comes", steps == {1}, steps)
        expect(f"{what}: {resets} resets", poses[-1].resets - poses[0].resets == resets,
               (poses[0].resets, poses[-1].resets))
        moves = [max(abs(b.x_ecef_m - a.x_ecef_m), abs(b.y_ecef_m - a.y_ecef_m), abs(b.z_ecef_m - a.z_ecef_m))
                 for a, b in zip(poses, poses[1:])]
        expect(f"{what}: it does not leap", max(moves) < 1.5, max(moves))
        expect(f"{what}: it runs", self.run.poll() is None)
        raised = {name for name in self.listener.fault_names() if name[2]}
        expect(f"{what}: no other fault", raised <= set(faults), raised)


def metadata(path):
    """Of a recording, what it says of its maps."""
    return [m["values"] for m in json.loads(posed("info", "--json", path))["metadata_list"] if m["name"] == "map"]


def resident_kib(process):
    with open(f"/proc/{process.pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def test_status(m):
    expect("it says which map", "on the map town.pmap (checksum" in m.r.said(), m.r.said())
    info = json.loads(posed("map", "info", "--json", m.pmap))
    about = m.listener.status.map
    expect("the status names it", about.file == "town.pmap" and about.checksum == int(info["checksum"], 16)
           and about.marks > 50 and about.lanes > 10 and about.lines > 10, about)
    expect("nothing is missed", not m.listener.status.missed_elements)
    expect("poses know their lane", rig.wait_for(m.knows_its_lane, 30), m.listener.poses[-1:])
    text = subprocess.run([POSED, "status", "--endpoint", m.r.poses], capture_output=True, text=True).stdout
    expect("posed status shows map and lane", "  map        town.pmap (" in text and "  lane       " in text, text)


def test_other_maps(m):
    before, since = m.listener.status.map.checksum, len(m.listener.poses)
    m.reload("loaded anew")
    m.goes_on("the same map again", since, 0)

    with open(m.pmap, "r+b") as f:
        f.write(b"x" * 2000)
        f.truncate(2000)
    m.goes_on("a map that is written over", since, 0)
    said = m.reload("everything stays as it is")
    expect("a map that is none is refused by its place", f"{m.config}:" in said and "no compiled map" in said, said)
    m.goes_on("a map that is none", since, 0)
    os.remove(m.pmap)
    m.reload("everything stays as it is")
    m.goes_on("a map that is gone", since, 0)
    expect("the map in force is the old one", m.listener.status.map.checksum == before)

    since = len(m.listener.poses)
    careful = os.path.join(m.r.dir, "careful.osm")
    with open(m.osm) as old, open(careful, "w") as new:
        new.write(re.sub(r"(posed:sigma_m' v=)'[0-9.]+'", r"\1'0.07'", old.read()))
    other = m.build(careful)
    expect("it is another map", other != before, other)
    said = m.reload("loaded anew")
    expect("the log says that it is another one", "the map has changed: the filter goes on" in said
           and "on the map town.pmap" in said, said)
    expect("the status too", rig.wait_for(lambda: m.listener.status.map.checksum == other, 5), m.listener.status.map)
    m.goes_on("another map", since, 0)
    m.maps = [before, other]
    expect("poses know their lane again", rig.wait_for(m.knows_its_lane, 30), m.listener.poses[-1:])
    m.goes_on("another map", since, 0)


def test_missing(m):
    """A map of another place: MAP_MISSING. None any more: it goes, and the status names no map."""
    since = len(m.listener.poses)
    m.recorder.send_signal(signal.SIGHUP)
    second = m.recording.replace(".mcap", "-2.mcap")
    expect("a second recording begins", rig.wait_for(lambda: os.path.exists(second), 10))
    far = os.path.join(m.r.dir, "far.osm")
    with open(far, "w") as f:
        f.write(FAR)
    m.maps.append(m.build(far, "--height", "0"))
    m.reload("loaded anew")
    missing = m.r.codes.Value("FAULT_CODE_MAP_MISSING")
    expect("MAP_MISSING rises", rig.wait_for(lambda: missing in m.listener.poses[-1].faults, 10), m.listener.status)
    expect("and is in the status", rig.wait_for(lambda: m.listener.has_fault("system", "MAP_MISSING"), 5))
    expect("and is told", rig.wait_for(lambda: ("map", "MAP_MISSING", True) in m.listener.fault_names(), 5),
           m.listener.fault_names())
    m.configure("")
    said = m.reload("loaded anew")
    expect("without a map: another filter", "the filter starts anew, from its state" in said, said)
    expect("without a map: none in the status", rig.wait_for(lambda: not m.listener.status.HasField("map"), 5))
    expect("without a map: not missing", rig.wait_for(lambda: missing not in m.listener.poses[-1].faults, 5))
    m.goes_on("without a map", since, 1, [("map", "MAP_MISSING", True)])
    m.r.stop(m.recorder)
    before, other, there = m.maps
    for path, maps in ((m.recording, [before, other]), (second, [other, there, 0])):
        named = [(v["file"], int(v["checksum"], 16)) for v in metadata(path)]
        expect(f"{os.path.basename(path)} names each map", named == [("town.pmap" if c else "", c) for c in maps], named)
    done = subprocess.run([POSED, "replay", m.recording, "-c", m.config, "--summary", "none"], capture_output=True, text=True)
    expect("its replay says that there were more", done.returncode == 0 and "more than one map" in done.stderr, done.stderr)


def build_large(m):
    """The town, and a hundred thousand poles from two kilometres east of it on, one each 40 m."""
    poles = os.path.join(m.r.dir, "poles.geojson")
    features = [{"type": "Feature", "properties": {"id": 1000000 + i, "class": "pole"}, "geometry": {
        "type": "Point", "coordinates": [10.56 + i % 316 * 5.9e-4, 52.25 + i // 316 * 3.6e-4, 120.0]}}
        for i in range(100000)]
    with open(poles, "w") as f:
        json.dump({"type": "FeatureCollection", "posed": {"datum": "WGS84"}, "features": features}, f)
    posed("map", "build", m.osm, poles, "-o", m.pmap)


def test_warm_start(m):
    build_large(m)
    m.configure("")
    rig.wait_for(lambda: os.path.exists(m.state))
    expect("SIGTERM: a clean end", m.r.stop(m.run) == 0)
    seen, said = len(m.listener.poses), len(m.r.said())
    m.run = m.r.run("-c", m.config, "--map", m.pmap)
    usable = (m.r.pb.MODE_NOMINAL, m.r.pb.MODE_DEGRADED)
    expect("warm: a pose soon", rig.wait_for(lambda: any(p.mode in usable for p in m.listener.poses[seen:]), 10))
    expect("warm: it says so", "warm start" in m.r.said()[said:], m.r.said()[said:])
    expect("--map goes before the configuration", rig.wait_for(lambda: m.listener.status.HasField("map"), 5))
    expect("warm: it finds its lane", rig.wait_for(m.knows_its_lane, 30), m.listener.poses[-1:])
    used = resident_kib(m.run)
    info = json.loads(posed("map", "info", "--json", m.pmap))
    print(f"memory on a map of {m.listener.status.map.marks} marks, {info['bytes']} bytes: {used} KiB")
    expect("memory", m.listener.status.map.marks > 100000 and used < MEMORY_KIB, used)


on_map = OnMap()
try:
    test_status(on_map)
    test_other_maps(on_map)
    test_missing(on_map)
    test_warm_start(on_map)
finally:
    on_map.r.end()
finish()
