#!/usr/bin/env python3
"""test_explain.py POSED SOURCE_ROOT MAKE_DRIVE: posed explain from outside, over the shipped drive with and without injected
faults, and over small drives.

Prints one line per check that fails and a count; exit 1 if any failed. Needs only the standard library."""
import json
import os
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checks import BAD, ENV, OK, USAGE, expect, finish, run_test  # noqa: E402

POSED, ROOT, MAKE_DRIVE = (os.path.abspath(p) for p in sys.argv[1:4])
DRIVE = os.path.join(ROOT, "replay-data", "town-loop.mcap")


def posed(*args, stdout=subprocess.PIPE):
    r = subprocess.run([POSED, *args], text=True, errors="replace", env=ENV, timeout=300, stdout=stdout, stderr=subprocess.PIPE)
    expect(f"posed {' '.join(args)}: no crash, no sanitizer finding", r.returncode in (OK, BAD, USAGE),
           f"exit {r.returncode}: {r.stderr}")
    return r


def explain(*args, drive=DRIVE):
    r = posed("explain", drive, "-q", *args)
    expect(f"explain {args}: exit 0", r.returncode == OK, r.stderr)
    return r.stdout


def explained(*args, drive=DRIVE):
    return json.loads(explain(*args, "--json", drive=drive))


def fault(name):
    return os.path.join(ROOT, "sim", "faults", name + ".yaml")


def refuses(code, pattern, *args):
    r = posed("explain", *args)
    expect(f"explain {args}: exit {code}", r.returncode == code, f"exit {r.returncode}: {r.stdout} {r.stderr}")
    expect(f"explain {args}: says /{pattern}/", re.search(pattern, r.stderr, re.M), r.stderr)
    expect(f"explain {args}: nothing on stdout", not r.stdout, r.stdout[:200])


def near(value, expected, tolerance):
    return value is not None and abs(value - expected) <= tolerance


def path(name):
    return os.path.join(TMP, name)


def test_the_list_is_that_of_a_replay():
    replayed = json.loads(posed("replay", DRIVE, "-q", "--summary", "json").stdout)["faults"]
    listed = explained()
    expect("no moment", listed["moment"] is None)
    expect("numbered from 1", [f["fault"] for f in listed["faults"]] == list(range(1, len(replayed) + 1)))
    for a, b in zip(listed["faults"], replayed):
        for key in ("source", "code", "severity"):
            expect(f"fault {a['fault']}: {key}", a[key] == b[key], (a[key], b[key]))
        expect(f"fault {a['fault']}: from", near(a["from_s"], b["from_s"], 1e-6), (a["from_s"], b["from_s"]))
    text = explain()
    for a in listed["faults"]:
        expect(f"fault {a['fault']} is in the text",
               re.search(rf"^ +{a['fault']}  {a['source']} +{a['code']} ", text, re.M), text)


def number_of(listed, source, code):
    return next(f["fault"] for f in listed["faults"] if f["source"] == source and f["code"] == code)


def test_the_jump():
    """218.5 s to 226.5 s: fixes 25 m to the left of the road (replay-data/README.md)."""
    number = number_of(explained(), "gnss/roof", "JUMP")
    m = explained("--fault", str(number))["moment"]
    flag = m["flags"][0]
    expect("one flag", len(m["flags"]) == 1, m["flags"])
    expect("rose with the reflection", near(m["at_s"], 218.5, 0.3), m["at_s"])
    expect("its condition went with it", near(flag["gone_s"], 226.5, 0.5), flag["gone_s"])
    expect("it cleared 3 s later", near(flag["to_s"] - flag["gone_s"], 3, 0.3), flag)
    expect("on evidence", flag["evidence"] > flag["limit"] == 8, flag)
    curve = m["evidence"][0]["t_holds_evidence_limit"]
    expect("evidence over time", len(curve) > 150 and all(len(row) == 4 for row in curve), len(curve))
    for t, holds, evidence, limit in curve:
        expect(f"{t}: it holds when it is over", holds == (218.5 < t < 226.51) and (not holds or evidence > limit),
               (holds, evidence, limit))
    expect("some 40 fixes were refused", 38 <= flag["refused"] <= 42 < flag["fused"], flag)
    position = m["sources"]["gnss/roof"]["verdicts"]["position"]
    expect("25 m off", position["decision"] == "rejected" and near(position["off"], 25, 2) and
           position["nis"] > position["limit"], position)
    was, without = m["runs"]
    expect("what else was played", was["played"] == "as it was" and "without gnss/roof" in without["played"], m["runs"])
    expect("errors inside their level", all(r["error_over_level_max"] < 1 and r["above_level_s"] == 0 for r in m["runs"]))
    expect("the tracks were compared", 0 < without["apart_max_m"] < 1, without)


def test_the_tunnel():
    """115.5 s to 150 s: no fixes, no marks."""
    m = explained("--at", "140")["moment"]
    expect("flags", {f["code"] for f in m["flags"]} == {"ALERT", "NO_FIX", "DEAD_RECKONING"}, m["flags"])
    expect("mode", m["pose"]["mode"] == "DEAD_RECKONING" and not m["pose"]["usable"], m["pose"])
    expect("why not", "along" in m["pose"]["why_not"], m["pose"]["why_not"])
    expect("the receiver says no fix", "no fix" in {v["reason"] for v in m["sources"]["gnss/roof"]["verdicts"].values()},
           m["sources"]["gnss/roof"])
    for name, b in m["pose"]["bounds"].items():
        expect(f"{name}: sigma below level", b["sigma"] < b["level"], b)
        expect(f"{name}: somebody decides", b["decided"]["by"] in ("fault_free", "hypothesis", "held", "since"), b)


def test_levels_are_explained():
    """At many moments: who is said to decide a level is the largest of all, and as large as it."""
    deciders = []
    for at in range(20, 250, 46):
        m = explained("--at", str(at))["moment"]
        for name in ("along_m", "cross_m", "vertical_m", "heading_deg"):
            b = m["pose"]["bounds"][name]
            by = b["decided"]["by"]
            deciders.append(by)
            levels = {tuple(h["without"]): h["level"][name] for h in m["hypotheses"]}
            levels["nothing"] = m["pose"]["fault_free_sigmas"] * b["sigma"]
            who = tuple(b["decided"]["without"]) if by == "hypothesis" else "nothing"
            if by in ("hypothesis", "fault_free"):
                expect(f"{at} s, {name}: the largest", levels[who] == max(levels.values()), (levels, b))
                expect(f"{at} s, {name}: as large", b["decided"]["widened"] and name in ("along_m", "cross_m") or
                       near(levels[who] / b["level"], 1, 0.25), (levels, b))
    expect("it is known whose they are", deciders.count("hypothesis") > len(deciders) / 2 and
           deciders.count("since") < len(deciders) / 10, deciders)


def test_an_exclusion():
    inject = ("--inject", fault("gnss_drift_1"))
    m = explained("--at", "40", *inject)["moment"]
    expect("one exclusion", len(m["excluded"]) == 1, m["excluded"])
    e = m["excluded"][0]
    expect("the receiver", e["sources"] == ["gnss/roof"] and 30 < e["from_s"] < 40 and e["to_s"] > 60, e)
    expect("a reset", e["resets"] >= 1 and e["jump_m"] < 5, e)
    expect("the others agree without it", e["doubt_without"] < 6 < 20 < e["doubt_with"], e)
    heard = e["heard"]["gnss/roof"]
    expect("it was led on while it was out", heard["quantity"] == "position" and near(heard["furthest"]["off"], 30, 3), heard)
    expect("what would have happened", [r["played"] for r in m["runs"]][:2] == ["as it was", "with nothing excluded"], m["runs"])
    expect("another track", m["runs"][1]["apart_max_m"] > 0.1, m["runs"][1])
    replayed = json.loads(posed("replay", DRIVE, "-q", *inject, "--summary", "json").stdout)
    expect("as the replay says", [(x["source"], round(x["from_s"], 3)) for x in replayed["integrity"]["excluded"]] ==
           [("gnss/roof", round(e["from_s"], 3))], replayed["integrity"]["excluded"])
    text = explain("--at", "40", *inject)
    for pattern in (r"^INJECTED: gnss_drift_1", r"gnss/roof was left out from \d+\.\d s to \d+\.\d s\.$",
                    r"The position of gnss/roof at .* m from what the others make of it; at most 3\d\.\d+ m",
                    r"The pose jumped by \d+\.\d+ m", r"It came back at",
                    r"Played with nothing excluded, the pose was off by up to"):
        expect(f"text: /{pattern}/", re.search(pattern, text, re.M), text)


def test_a_sensor_that_speaks_for_itself():
    """A frozen IMU is kept out by its own flag, not by the monitor."""
    inject = ("--inject", fault("imu_stuck"))
    m = explained("--at", "40", *inject)["moment"]
    by_faults = [f for f in explained(*inject)["faults"] if f["fault"] in m["excluded_by_faults"]]
    expect("nothing by the monitor", m["excluded"] == [], m["excluded"])
    expect("by its flag", [(f["source"], f["code"]) for f in by_faults] == [("imu/body", "FROZEN")], by_faults)
    expect("played without it", m["runs"][1]["played"] == "without imu/body from the start", m["runs"])
    text = explain("--at", "40", *inject)
    expect("in words", re.search(r"^  imu/body was not fused from 30\.5 s to 50\.\d s, while FROZEN was up\.$", text, re.M), text)
    rows = dict(re.findall(r"^  (\S+(?: [A-Z_]+)?) +([█▒·x ]{80})$", text, re.M))
    expect("a row each", {"imu/body FROZEN", "gnss/roof", "imu/body", "wheel/can"} <= set(rows), rows.keys())
    expect("used, refused, used again", re.match(r"█{20,22}x{38,42}▒{0,3}█{16,}$", rows["imu/body"]), rows["imu/body"])
    expect("the flag from 30.5 s to 50.5 s", re.match(r"·{21}█{40,41}·{18,19}$", rows["imu/body FROZEN"]),
           rows["imu/body FROZEN"])


def test_a_quiet_moment():
    text = explain("--at", "5")
    expect("none was up", "None was up. The next, " in text, text)
    expect("nothing to play otherwise", "nothing to play otherwise" in text, text)
    m = explained("--at", "0")["moment"]
    expect("initializing", m["pose"] is None or m["pose"]["mode"] == "INITIALIZING", m["pose"])
    expect("nothing said", m["flags"] == [] and m["excluded"] == [], m)


def test_options_carry_over():
    m = explained("--at", "100", "--without", "camera,radar", "--drop", "gnss:90-110", "--to", "120")["moment"]
    expect("left out", set(m["sources"]) == {"gnss/roof", "imu/body", "wheel/can"}, m["sources"])
    expect("dropped", {"STALE", "DEAD_RECKONING"} <= {f["code"] for f in m["flags"]}, m["flags"])
    refuses(USAGE, r"goes from 0\.0 s to 120\.", DRIVE, "-q", "--to", "120", "--at", "121")
    track, live = (explained("--at", "40", "--to", "45", "--inject", fault("gnss_drift_1"), *how)["moment"] for how in ([], ["--live"]))
    expect("live", {"EXCLUDED", "SPOOFED"} <= {f["code"] for f in live["flags"]}, live["flags"])
    expect("live poses are others", live["runs"][0]["error_max_m"] != track["runs"][0]["error_max_m"], live["runs"][0])
    off = os.path.join(TMP, "off.yaml")
    with open(off, "w") as f:
        f.write("integrity:\n  enabled: false\n")
    text = explain("--at", "220", "-c", off)
    expect("without the monitor", "the integrity monitor is off" in text, text)


def test_without_truth():
    drive = path("no-truth.mcap")
    subprocess.run([MAKE_DRIVE, "no-truth", drive], check=True)
    jump = path("jump.yaml")
    with open(jump, "w") as f:
        f.write("name: leap\nfaults:\n  - {fault: offset, source: gnss, from_s: 15, for_s: 5, east_m: 40}\n")
    m = explained("--at", "16", "--inject", jump, drive=drive)["moment"]
    expect("no errors", all(r["error_max_m"] is None for r in m["runs"]), m["runs"])
    expect("distances instead", len(m["runs"]) > 1 and m["runs"][1]["apart_max_m"] is not None, m["runs"])
    text = explain("--at", "16", "--inject", jump, drive=drive)
    expect("in words", "From the track as it was" in text and "m from where it was" in text, text)
    plot = path("no-truth.svg")
    explain("--at", "16", "--inject", jump, "-o", plot, drive=drive)
    expect("drawn", "From the track as it was" in open(plot).read())


def test_the_drawing():
    plot = path("plot.svg")
    explain("--at", "40", "--inject", fault("gnss_drift_1"), "-o", plot)
    tree = xml.etree.ElementTree.parse(plot)
    text = open(plot).read()
    expect("no number is missing", not re.search(r"\b(nan|inf)\b", text))
    labels = [t.text for t in tree.iter("{http://www.w3.org/2000/svg}text")]
    for label in ("Separation, sigmas", "without gnss/roof", "Doubt", "Horizontal error", "protection level", "with nothing excluded", "Flags",
                  "Sources", "system ALERT", "wheel/can", "40 s"):
        expect(f"it says {label}", label in labels, labels)
    height = float(tree.getroot().get("viewBox").split()[3])
    for t in tree.iter("{http://www.w3.org/2000/svg}text"):
        expect(f"{t.text} is on the paper", 0 <= float(t.get("y")) <= height and 0 <= float(t.get("x")) <= 1000)
    for line in tree.iter("{http://www.w3.org/2000/svg}polyline"):
        points = [tuple(map(float, p.split(","))) for p in line.get("points").split()]
        expect("curves lie in their panels", all(190 <= px <= 980 and 50 < py < height for px, py in points), points[:5])
    expect("the same twice", explain("--at", "40", "--inject", fault("gnss_drift_1"), "-o", plot) is not None and
           open(plot).read() == text)


def test_wrong_usage():
    refuses(BAD, r"nowhere\.mcap", path("nowhere.mcap"), "--at", "3")
    refuses(USAGE, r"which drive", "--at", "3")
    refuses(USAGE, r"--at 400: what was played goes from 0\.0 s to 25\d\.\d s", DRIVE, "-q", "--at", "400")
    for bad in ("-1", "x", "", "3s", "nan", "1e400"):
        refuses(USAGE, r"is not a time in seconds", DRIVE, "--at", bad)
    for bad in ("0", "-1", "x", "", "2x", "1.5", "99999999999999999999999"):
        refuses(USAGE, r"is not the number of a fault", DRIVE, f"--fault={bad}")
    refuses(USAGE, r"--fault 99: there are \d+", DRIVE, "-q", "--fault", "99")
    refuses(USAGE, r"--at needs a value", DRIVE, "--at")
    refuses(USAGE, r"--fault needs a value", DRIVE, "--fault")
    refuses(USAGE, r"not both", DRIVE, "--at", "3", "--fault", "1")
    refuses(USAGE, r"which\? --at T or --fault N", DRIVE, "-o", path("x.svg"))
    for option in (("--csv", "x.csv"), ("--speed", "2"), ("--summary", "json"), ("--shuffle", "1")):
        refuses(USAGE, r"are for posed replay", DRIVE, "--at", "3", *option)
    refuses(USAGE, r"there is no option", DRIVE, "--att", "3")
    refuses(USAGE, r"is what is to be explained", DRIVE, "--at", "3", "-o", DRIVE)
    refuses(USAGE, r"is a file of faults", DRIVE, "--at", "3", "--inject", fault("gnss_off"), "-o", fault("gnss_off"))
    refuses(USAGE, r"no source", DRIVE, "-q", "--at", "3", "--without", "nobody")
    refuses(BAD, r"no frame was played", DRIVE, "-q", "--at", "3", "--without", "gnss,imu,wheel,radar,camera")
    refuses(BAD, r"No such file", DRIVE, "-q", "--at", "3", "-o", path("no/such/folder/x.svg"))


def test_output_that_does_not_arrive():
    with open("/dev/full", "w") as full:
        for more in ((), ("--json",)):
            r = posed("explain", DRIVE, "-q", "--at", "3", *more, stdout=full)
            expect(f"/dev/full {more}: exit 1", r.returncode == BAD, r.returncode)


def main():
    global TMP
    with tempfile.TemporaryDirectory() as TMP:
        for name, test in [(n, t) for n, t in globals().items() if n.startswith("test_")]:
            run_test(name, test)
    finish()


main()
