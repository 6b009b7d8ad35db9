#!/usr/bin/env python3
"""test_map.py POSED REAL_DATA: posed map from outside, and the real Karlsruhe map against a reading of its own.

Prints one line per check that fails and a count; exit 1 if any failed. Needs only the standard library."""
import collections
import json
import math
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checks import BAD, ENV, OK, USAGE, expect, finish  # noqa: E402

POSED, REAL = os.path.abspath(sys.argv[1]), sys.argv[2]
KARLSRUHE = os.path.join(REAL, "lanelet2", "mapping_example.osm")

# Two lanes going north, 20 m each, a sign and a pole; 1 m is 8.993e-6 deg of latitude, 1.3669e-5 of longitude.
MAP = """<osm version='0.6'>
<relation id='9'><tag k='type' v='posed:map'/><tag k='posed:datum' v='WGS84'/><tag k='posed:height_m' v='150'/>
<tag k='posed:sigma_m' v='0.03'/><tag k='posed:section_sigma_m' v='0.04'/><tag k='survey:date' v='2025-05-01'/></relation>
<node id='1' lat='49.0' lon='8.0'/><node id='2' lat='49.0' lon='8.00004784'/>
<node id='3' lat='49.00017986' lon='8.0'/><node id='4' lat='49.00017986' lon='8.00004784'/>
<node id='5' lat='49.00035972' lon='8.0'/><node id='6' lat='49.00035972' lon='8.00004784'/>
<node id='7' lat='49.0001' lon='8.0001'><tag k='type' v='pole'/></node>
<way id='11'><nd ref='1'/><nd ref='3'/><tag k='type' v='line_thin'/><tag k='subtype' v='dashed'/></way>
<way id='21'><nd ref='2'/><nd ref='4'/><tag k='type' v='curbstone'/></way>
<way id='12'><nd ref='3'/><nd ref='5'/><tag k='type' v='line_thin'/><tag k='subtype' v='solid'/></way>
<way id='22'><nd ref='4'/><nd ref='6'/><tag k='type' v='curbstone'/></way>
<relation id='101'><member type='way' ref='11' role='left'/><member type='way' ref='21' role='right'/>
<tag k='type' v='lanelet'/><tag k='subtype' v='road'/></relation>
<relation id='102'><member type='way' ref='12' role='left'/><member type='way' ref='22' role='right'/>
<tag k='type' v='lanelet'/><tag k='subtype' v='road'/></relation></osm>
"""
LANDMARKS = """{"type": "FeatureCollection", "posed": {"datum": "WGS84", "height_m": 150}, "features": [
 {"type": "Feature", "geometry": {"type": "Point", "coordinates": [8.0002, 49.0002]},
  "properties": {"id": 5, "class": "tag", "sigma_m": 0.02, "survey_date": "2025-06-01"}}]}
"""


def posed(*args):
    r = subprocess.run([POSED, "map", *args], capture_output=True, text=True, errors="replace", env=ENV, timeout=120)
    expect(f"map {' '.join(args)}: no crash", r.returncode in (OK, BAD, USAGE), f"exit {r.returncode}: {r.stderr}")
    return r


def reads(*args):
    r = posed(*args, "--json")
    expect(f"map {' '.join(args)}: JSON", r.stdout.startswith("{"), r.stdout + r.stderr)
    return json.loads(r.stdout) if r.stdout.startswith("{") else {}


def refuses(code, pattern, *args):
    r = posed(*args)
    name = f"map {' '.join(args)}"
    expect(f"{name}: exit {code}", r.returncode == code, f"exit {r.returncode}: {r.stdout} {r.stderr}")
    expect(f"{name}: says /{pattern}/", re.search(pattern, r.stderr), r.stderr)


def write(name, text):
    path = os.path.join(TMP, name)
    with open(path, "w") as out:
        out.write(text)
    return path


def command_line():
    refuses(USAGE, "expected check, build, info or near, found \"\"")
    refuses(USAGE, "found \"chekc\"", "chekc")
    refuses(USAGE, "check: which map", "check")
    refuses(USAGE, "no option \"--radius\" of posed map check", "check", "--radius", "5", "x.osm")
    refuses(USAGE, "-o FILE.pmap is missing", "build", "x.osm")
    refuses(USAGE, "--radius: expected a number from 1 to 500", "near", "1", "2", "x.osm", "--radius", "900")
    refuses(USAGE, "LAT: expected a number", "near", "north", "2", "x.osm")
    refuses(USAGE, "near: which map", "near", "-33.5", "-70.2")
    refuses(BAD, "no-such.osm: No such file", "check", "no-such.osm")
    refuses(BAD, "not the name of a map", "info", write("map.txt", MAP))
    refuses(BAD, "bad.pmap: no compiled map", "info", write("bad.pmap", "x" * 1000))
    refuses(BAD, "none.pmap: no compiled map", "check", write("none.pmap", ""))


def small_map():
    osm, marks, out = write("two.osm", MAP), write("marks.geojson", LANDMARKS), os.path.join(TMP, "two.pmap")
    r = posed("check", osm, marks)
    expect("a good map has no error", r.returncode == OK and "0 errors, 0 warnings" in r.stdout, r.stdout)
    r = posed("build", osm, marks, "-o", out)
    expect("build: exit 0", r.returncode == OK, r.stderr)
    expect("build says what is in it", re.search(r"bytes, 2 lanes, 4 lines, 2 marks$", r.stdout.strip()), r.stdout)
    first = open(out, "rb").read()
    posed("build", osm, marks, "-o", out)
    expect("the same bytes", first == open(out, "rb").read())
    info = reads("info", out)
    about = info.get("about", {})
    expect("lanes", info.get("lanes") == 2, info)
    expect("marks", about.get("marks", {}).get("pole") == 1 and about["marks"]["tag"] == 1, about)
    expect("lines", about.get("lines", {}).get("curb") == 2 and about["lines"]["dashed"] == 1, about)
    expect("height", about.get("lowest_m") == 150 and about["height_defaults"] == 8, about)
    expect("datum", about.get("datum_stated") is True, about)
    expect("dates", about.get("first_survey") == "2025-05-01" and about["last_survey"] == "2025-06-01", about)
    expect("accuracy", abs(about.get("least_sigma_m", 0) - 0.05) < 1e-6 and about["sigma_defaults"] == 1, about)
    expect("sources and compiled agree", reads("info", osm, marks).get("checksum") == info.get("checksum"))
    near_small(out)
    near_small(osm, marks)
    text = posed("info", out).stdout
    expect("text of info", re.search(r"surveyed +2025-05-01 to 2025-06-01 \(6 elements", text), text)
    empty = posed("info", write("empty.osm", "<osm/>"))
    expect("an empty map", empty.returncode == OK and "nothing in it has a place" in empty.stdout, empty.stdout)
    expect("intact", posed("check", out).returncode == OK)
    bent = bytearray(first)
    bent[400] ^= 1  # a position in the body
    with open(out, "wb") as f:
        f.write(bent)
    refuses(BAD, "damaged", "check", out)
    with open(out, "wb") as f:
        f.write(first[:-1])
    refuses(BAD, "damaged: .* bytes, should be", "near", "49", "8", out)


def near_small(*files):
    near = reads("near", "49.00009", "8.00002", *files, "--radius", "30")
    inside = [l for l in near.get("lanes", []) if l["inside"]]
    expect("inside one lane", [l["id"] for l in inside] == [101], near)
    if inside:
        expect("offset", abs(inside[0]["offset_m"] - (3.497 / 2 - 1.4625)) < 0.01, inside)
        expect("width", abs(inside[0]["width_m"] - 3.5) < 0.01, inside)
        expect("heading north", min(inside[0]["heading_deg"], 360 - inside[0]["heading_deg"]) < 0.01, inside)
    marks = near.get("marks", [])
    expect("nearest first", [m["class"] for m in marks] == ["pole", "tag"], marks)
    if marks:
        east, north = 8e-5 * 73166, 1e-5 * 111206
        expect("distance", abs(marks[0]["distance_m"] - math.hypot(east, north)) < 0.01, marks)
        expect("bearing", abs(marks[0]["bearing_deg"] - math.degrees(math.atan2(east, north))) < 0.1, marks)
    expect("another hemisphere", reads("near", "-33.5", "-70.2", *files).get("marks") == [])


def broken_maps():
    broken = write("broken.osm", MAP.replace("<nd ref='3'/><nd ref='5'/>", "<nd ref='3'/><nd ref='77'/>"))
    r = posed("check", broken)
    expect("a missing node, by line and element", re.search(
        r"broken.osm:10: error: way 12: node 77 is not in the file \[missing_node\]", r.stdout), r.stdout)
    expect("exit 1", r.returncode == BAD)
    out = os.path.join(TMP, "broken.pmap")
    refuses(BAD, "errors: nothing is written", "build", broken, "-o", out)
    expect("nothing written", not os.path.exists(out))
    r = posed("build", broken, "-o", out, "--force")
    expect("--force builds the rest", r.returncode == OK and reads("info", out).get("lanes") == 1, r.stderr)
    far = write("far.osm", MAP.replace("<way id='12'>", "<node id='70' lat='50' lon='8'/><way id='12'><nd ref='70'/>"))
    refuses(BAD, "1 of 2 lanes have bounds that are no lines: nothing is written", "build", far, "-o", out + "2")
    expect("no file without a lane, unasked", not os.path.exists(out + "2"))
    r = posed("build", far, "-o", out, "--force")
    expect("--force leaves it out, and says where", r.returncode == OK and " 1 lanes" in r.stdout and re.search(
        r"far.osm:\d+: error: way 12: .*\[long_segment\]", r.stderr), r.stdout + r.stderr)
    r = posed("build", write("twice.osm", MAP.replace("<nd ref='2'/><nd ref='4'/>", "<nd ref='2'/><nd ref='2'/><nd ref='4'/>")),
              "-o", out)
    expect("a shape that is odd is built and told", r.returncode == OK and "1 errors, 0 warnings about the map's shape" in r.stderr, r.stderr)
    flat = write("flat.osm", MAP.replace("<tag k='posed:height_m' v='150'/>", ""))
    refuses(BAD, "has no height, and no default is stated", "build", flat, "-o", out)
    bomb = "<!DOCTYPE osm [<!ENTITY a 'aaaaaaaaaa'>" + "".join(
        f"<!ENTITY {chr(98 + i)} '{('&' + chr(97 + i) + ';') * 10}'>" for i in range(8)) + "]><osm>&i;</osm>"
    refuses(BAD, "bomb.osm:1: a document type is refused", "check", write("bomb.osm", bomb))
    refuses(BAD, "deep.osm:1: nested deeper", "check", write("deep.osm", "<osm>" + "<a>" * 100000))
    r = posed("check", write("bad.geojson", LANDMARKS.replace("\"tag\"", "\"tree\"")))
    expect("a feature by its number", "bad.geojson: feature 1: error: landmark 5: class" in r.stdout, r.stdout)
    problems = reads("check", broken, "--notes").get("problems", [])
    expect("problems in JSON", any(p["code"] == "missing_node" and p["place"] == 10 for p in problems), problems)


def karlsruhe():
    root = tree.parse(KARLSRUHE).getroot()
    alive = [e for e in root if e.get("action") != "delete" and e.get("visible") != "false"]
    tags = {(e.tag, e.get("id")): {t.get("k"): t.get("v") for t in e.iter("tag")} for e in alive}
    count = collections.Counter((e.tag, tags[e.tag, e.get("id")].get("type")) for e in alive)
    of = collections.Counter(e.tag for e in alive)
    info = reads("info", KARLSRUHE)
    sources, about = info.get("sources", {}), info.get("about", {})
    expect("nodes", sources.get("nodes") == of["node"], (sources, of["node"]))
    expect("ways", sources.get("ways") == of["way"], (sources, of["way"]))
    expect("lanelets", sources.get("lanelets") == count["relation", "lanelet"], sources)
    expect("rules", sources.get("regulatory_elements") == count["relation", "regulatory_element"], sources)
    expect("signs", about["marks"]["sign"] == count["way", "traffic_sign"], about)
    expect("lights", about["marks"]["light"] == count["way", "traffic_light"], about)
    bounds, lanes = set(), 0
    for e in alive:
        t = tags[e.tag, e.get("id")]
        if t.get("type") != "lanelet":
            continue
        who = [k for k in t if k.startswith("participant:")]
        if any(k.startswith("participant:vehicle") for k in who) or (
                not who and t.get("subtype") in ("road", "highway", "play_street", "bus_lane", "exit")):
            lanes += 1
            bounds |= {m.get("ref") for m in e.iter("member") if m.get("role") in ("left", "right")}
    lines = bounds | {i for (kind, i), t in tags.items()
                      if kind == "way" and t.get("type") in ("line_thin", "line_thick", "curbstone", "guard_rail", "fence", "wall")}
    expect("lanes", info.get("lanes") == lanes, (info.get("lanes"), lanes))
    expect("lines", sum(about["lines"].values()) == len(lines), (about["lines"], len(lines)))
    curbs = [i for i in lines if tags["way", i].get("type") == "curbstone"]
    expect("curbs", about["lines"]["curb"] == len(curbs), (about["lines"], len(curbs)))
    dashed = [i for i in lines if tags["way", i].get("type") in ("line_thin", "line_thick")
              and tags["way", i].get("subtype") == "dashed"]
    expect("dashed", about["lines"]["dashed"] == len(dashed), (about["lines"], len(dashed)))
    place = {e.get("id"): (float(e.get("lat")), float(e.get("lon"))) for e in alive if e.tag == "node"}
    refs = {e.get("id"): [n.get("ref") for n in e.iter("nd")] for e in alive if e.tag == "way"}
    signs = [i for (kind, i), t in tags.items() if kind == "way" and t.get("type") in ("traffic_sign", "traffic_light")]
    for i in signs[:3]:
        lat, lon = (sum(place[n][k] for n in refs[i]) / len(refs[i]) for k in (0, 1))
        marks = reads("near", repr(lat), repr(lon), KARLSRUHE, "--radius", "5").get("marks", [])
        expect(f"mark {i} is where its nodes are", any(m["id"] == int(i) and m["distance_m"] < 1e-3 for m in marks), marks)
    r = posed("check", KARLSRUHE)
    r2 = posed("build", KARLSRUHE, "--height", "115", "-o", os.path.join(TMP, "karlsruhe.pmap"))
    expect("it is built, and what is odd told, its few own heights too", r2.returncode == OK and "of 2258 nodes have no height"
           in r2.stderr and "lanelet 9037740909199276460: is 101.76 m wide" in r2.stderr, r2.stderr)
    expect("what is wrong with it", "lanelet 9037740909199276460: is 101.76 m wide" in r.stdout, r.stdout)


with tempfile.TemporaryDirectory() as TMP:
    command_line()
    small_map()
    broken_maps()
    if os.path.exists(KARLSRUHE):
        karlsruhe()
    else:
        print(f"SKIPPED: the real map, {KARLSRUHE} is not there")
finish()
