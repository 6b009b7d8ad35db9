#!/usr/bin/env python3
"""test_words.py PROGRAM SOURCE: posed campaign table and diff over made-up campaigns whose truth is known."""
import json
import os
import re
import sqlite3
import subprocess
import sys
import tempfile

import synthetic

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checks import BAD, OK, USAGE, expect, finish  # noqa: E402

PROGRAM, SOURCE = os.path.abspath(sys.argv[1]), sys.argv[2]


def run(*args, stdout=subprocess.PIPE):
    return subprocess.run([PROGRAM, *args], stdout=stdout, stderr=subprocess.PIPE, text=True, timeout=60)


def make(where, **arguments):
    return synthetic.write(os.path.join(TMP, where), SOURCE, **arguments)


def at(name):
    return os.path.join(TMP, name)


def group(data, by, runs_are="fault-free", **keys):
    found = [g for g in data["groups"] if g["by"] == by and g["runs_are"] == runs_are and all(g[k] == v for k, v in keys.items())]
    expect(f"one group of {by} {keys}", len(found) == 1, len(found))
    return found[0]


def test_figures(rows):
    """The JSON against the rows themselves."""
    data = json.loads(run("table", at("a"), "--json").stdout)
    judged = [r for r in rows if not r["trouble"]]
    clean, faulted = [r for r in judged if not r["fault"]], [r for r in judged if r["fault"]]
    total = group(data, "total")
    expect("runs", data["runs"] == len(rows) and total["judged"] == len(clean), (data["runs"], total["judged"]))
    mean = sum(r["coverage95"] for r in clean) / len(clean)
    expect("coverage is the mean", abs(total["coverage95"]["value"] - mean) < 1e-5, total["coverage95"])
    expect("its interval holds the truth", total["coverage95"]["low"] <= 0.95 <= total["coverage95"]["high"], total["coverage95"])
    band, nees = total["nees_band"], total["nees"]["value"]
    expect("NEES of an honest filter is in its band", band["low"] <= nees <= band["high"], (nees, band))
    expect("a drive is worth its stretches", 4 < total["nees_worth"] < 9, total["nees_worth"])
    alarms = sum(r["false_alarms"] for r in clean)
    expect("false alarms", total["false_alarms"] == alarms and abs(total["false_alarms_per_h"]["value"] - alarms / (len(clean) * 90 / 3600)) < 1e-4)
    for fault in synthetic.FAULTS:
        mine, g = [r for r in faulted if r["fault"] == fault], group(data, "fault", "with faults", fault=fault)
        detected = [r for r in mine if r["detected"]]
        expect(f"{fault}: detected", g["injected"] == len(mine) and abs(g["detected"]["value"] - len(detected) / len(mine)) < 1e-5, g["detected"])
        expect(f"{fault}: named", g["named_runs"] == sum(r["named"] for r in detected), g["named_runs"])
        times = sorted(r["detect_s"] for r in detected)
        expect(f"{fault}: interval of detected", g["detected"]["low"] < len(detected) / len(mine) < g["detected"]["high"], g["detected"])
        expect(f"{fault}: time", abs(g["detect_s"]["p50"]["value"] - times[-(-len(times) // 2) - 1]) < 1e-5, g["detect_s"])
    local = group(data, "road", road="local")
    exact = sorted(r["cross_p95_m"] for r in clean if r["road"] == "local")
    expect("a pooled quantile is among those of the drives", exact[0] < local["cross_m"]["p95"]["value"] < exact[-1], local["cross_m"])
    expect("no protection levels are null, not 0", total["hazardous"] is None and total["hazardous_runs"]["value"] is None, total["hazardous"])
    expect("scenario by sensors", len([g for g in data["groups"] if g["by"] == "scenario and sensors" and g["runs_are"] == "fault-free"]) == 12)


def test_honesty():
    """One that is too sure is seen, and so is one that is too careful."""
    for name, honest, word in (("bold", 1.3, "NO"), ("careful", 0.6, "NO"), ("a", 1.0, "yes")):
        if name != "a":
            make(name, honest=honest, faulted=False)
        text = run("table", at(name)).stdout
        for what in ("coverage of the 95 %", "mean horizontal NEES"):
            expect(f"{name}: {what}", re.search(rf"^  {re.escape(what)}.*{word}$", text, re.M), text[:1500])


def test_text():
    for name in ("a", "levels"):
        for by in ([], ["--by", "scenario"], ["--by", "sensors"], ["--by", "fault"], ["--by", "road"]):
            r = run("table", at(name), *by)
            expect(f"table {name} {by}", r.returncode == OK and not r.stderr, r.stderr)
            expect(f"table {name} {by}: fits a terminal", max(map(len, r.stdout.splitlines())) <= 110, max(r.stdout.splitlines(), key=len))
            expect(f"table {name} {by}: is there", "Aims" in r.stdout and not re.search(r"\bnan\b|\binf\b|-1\b(?!\d)(?= in)", r.stdout), r.stdout)
    text = run("table", at("a")).stdout
    expect("no levels are said", "no protection levels in these runs yet" in text and "none yet" in text)
    expect("levels are shown", "none yet" not in run("table", at("levels")).stdout)
    commands = re.findall(r"^  (posed campaign run \S+ \d+)  # ", text, re.M)
    expect("each failing run has its command", len(commands) == int(re.search(r"^Failing runs: (\d+)$", text, re.M)[1]) > 5, commands)
    expect("of the plan", commands[0].startswith("posed campaign run sim/campaigns/synthetic.yaml "), commands)
    db = run("table", os.path.join(at("a"), "campaign.sqlite"))
    expect("the database itself", db.stdout == text)


def test_maps():
    """Drives on a map have figures, tables and aims of their own; those of the others are as they were."""
    rows = [r for r in make("maps", maps=True) if not r["trouble"]]
    text, plain = run("table", at("maps")).stdout, run("table", at("a")).stdout
    expect("no map, no word of it", "On a map" not in plain and "map:" not in plain, plain)
    expect("without those of the map it is the same", plain.splitlines()[4:13] == text.splitlines()[4:13], text[:2000])
    for what in ("across at 95 %", "wrong lane", "drives past elements"):
        expect(f"an aim: {what}", what in text.split("Errors by class")[0], text[:3000])
    for by in ([], ["--by", "scenario"], ["--by", "fault"]):
        expect(f"fits a terminal {by}", max(map(len, run("table", at("maps"), *by).stdout.splitlines())) <= 110)
    data = json.loads(run("table", at("maps"), "--json").stdout)
    mine = [r for r in rows if r["sensors"] == "all" and not r["fault"]]
    total, g = group(data, "total")["map"], group(data, "fault", "with faults", fault="map_shifted")["map"]
    expect("only drives on a map", total["runs"] == len(mine) and total["lane_sure_poses"] == 8100 * len(mine), total)
    expect("no map is null", group(data, "sensors", sensors="no imu")["map"] is None)
    expect("named, of those that met one", g["met_runs"] == g["runs"] and abs(g["named_of_met"]["value"] - g["elements_missed_right"] / g["runs"]) < 1e-5, g)
    expect("in fault-free drives none is met", total["met_runs"] == 0 and total["named_of_met"]["value"] is None and total["elements_missed"] > 0, total)
    expect("the aims", len(data["aims"]) == 19 and len(json.loads(run("table", at("a"), "--json").stdout)["aims"]) == 9)
    r = run("diff", at("maps"), at("maps"), "--all")
    expect("the same in diff", r.returncode == OK and "map: cross error p95" in r.stdout, r.stdout[-2000:])


def test_markdown():
    text = run("table", at("levels"), "--markdown").stdout
    blocks = [b for b in text.split("\n\n") if b.startswith("|")]
    expect("tables", len(blocks) > 10, len(blocks))
    for block in blocks:
        lines = block.strip().split("\n")
        bars = {len(re.findall(r"(?<!\\)\|", line)) for line in lines}
        expect("as many cells in each row", len(bars) == 1, block)
        expect("a rule under the head", re.fullmatch(r"\|( ---:? \|)+", lines[1]), lines[1])


def test_names_that_are_more():
    """Names come from files: they break no table, no terminal and no JSON."""
    make("odd", seeds=2, name="a\x1b[2Jb|c<d>\"e", plan="it's;rm.yaml")
    db = sqlite3.connect(os.path.join(at("odd"), "campaign.sqlite"))
    db.execute("UPDATE run SET scenario = ?, fault = ? WHERE fault LIKE 'gnss%'", ("x\n|y" * 9, "z\x1b[1m`*_" + "w" * 90))
    db.execute("UPDATE run SET trouble = ? WHERE run % 5 = 0", ("e\x07rror | in <b>",))
    db.commit()
    db.close()
    r = run("table", at("odd"))
    expect("odd names: text", r.returncode == OK and "\x1b" not in r.stdout and "\x07" not in r.stdout and max(map(len, r.stdout.splitlines())) <= 110, r.stdout)
    r = run("table", at("odd"), "--markdown")
    expect("odd names: Markdown", r.returncode == OK and "\x1b" not in r.stdout and "<b>" not in r.stdout.replace("\\<b\\>", ""), r.stdout)
    data = json.loads(run("table", at("odd"), "--json").stdout)
    expect("odd names: JSON", data["name"] == "a\x1b[2Jb|c<d>\"e", data["name"])
    expect("a command for a shell", any("'it'\\''s;rm.yaml'" in f["command"] for f in data["failing"]), data["failing"][:1])
    expect("diff of odd names", run("diff", at("odd"), at("odd")).returncode == OK)


def test_diff():
    make("worse", scale=1.05)
    make("better", better=0.25)
    make("others", first_seed=1000)
    make("larger", first_seed=1000, scale=2)
    same, other, worse = run("diff", at("a"), at("a")), run("diff", at("a"), at("others")), run("diff", at("a"), at("worse"))
    expect("the same: exit 0", same.returncode == OK and " 0 worse, 0 better" in same.stdout, same.stdout)
    expect("other drives: exit 0", other.returncode == OK and other.stdout.startswith("0 runs are in both"), other.stdout)
    expect("5 % more error: exit 1", worse.returncode == BAD and re.search(r"WORSE +all, fault-free +horizontal error p95, m +\d+ pairs", worse.stdout), worse.stdout)
    expect("and nothing on standard error", not worse.stderr, worse.stderr)
    back = run("diff", at("worse"), at("a"))
    expect("the other way round it is better", back.returncode == OK and "WORSE" not in back.stdout and "better" in back.stdout, back.stdout)
    larger = run("diff", at("a"), at("larger"))
    expect("twice the error in other drives", larger.returncode == BAD and re.search(r"WORSE +all, fault-free +horizontal error p95, m +\d+, \d+", larger.stdout), larger.stdout)
    data = json.loads(run("diff", at("a"), at("better"), "--json").stdout)
    found = {(c["group"], c["metric"]): c for c in data["changes"] if c["change"] != "same"}
    expect("more faults detected", found.get(("gnss_drift_01", "detected"), {}).get("change") == "better", found)
    expect("and nothing is worse", data["worse"] == 0 and data["better"] == len(found), found)
    expect("what is corrected is larger", all(c["p"] is None or c["p_holm"] >= c["p"] - 1e-9 for c in data["changes"]))
    expect("fits a terminal", max(map(len, run("diff", at("a"), at("larger"), "--all").stdout.splitlines())) <= 110)
    only = json.loads(run("diff", at("a"), at("better"), "--by", "fault", "--json").stdout)
    expect("by fault alone", {c["by"] for c in only["changes"]} == {"fault"} and only["tests"] < data["tests"])


def test_wrong():
    empty = at("empty")
    os.makedirs(empty)
    text = at("text.sqlite")
    open(text, "w").write("no database, but long enough to be looked at")
    cut = at("cut.sqlite")
    whole = open(os.path.join(at("a"), "campaign.sqlite"), "rb").read()
    open(cut, "wb").write(whole[:len(whole) // 2])
    make("none", seeds=0)
    r = run("table", at("none"))
    expect("a campaign without runs", r.returncode == OK and "0 runs" in r.stdout, r.stdout + r.stderr)
    for args, code, words in (
            (["table"], USAGE, "which campaign"), (["table", at("a"), at("a")], USAGE, "one too many"), (["table", "--by"], USAGE, "needs a value"),
            (["table", at("a"), "--by", "day"], USAGE, "is none of scenario"), (["table", at("a"), "--nope"], USAGE, "no option"),
            (["table", at("a"), "--json", "--markdown"], USAGE, "--json has everything"), (["table", empty], BAD, "there is no campaign here"),
            (["table", at("nowhere")], BAD, "there is no campaign here"), (["table", text], BAD, "text.sqlite"), (["table", cut], BAD, "cut.sqlite"),
            (["diff", at("a")], USAGE, "which two"), (["diff", at("a"), at("a"), at("a")], USAGE, "which two"), (["diff", at("a"), empty], BAD, "there is no campaign"),
            (["diff", at("a"), at("a"), "--by", "road"], USAGE, "has scenario, sensors and fault")):
        r = run(*args)
        expect(f"{args}: exit {code}", r.returncode == code, (r.returncode, r.stderr))
        expect(f"{args}: says why", words in r.stderr and r.stderr.startswith(f"posed campaign {args[0]}: "), r.stderr)
        expect(f"{args}: prints nothing", not r.stdout, r.stdout)
    for args in (["table", at("a")], ["table", at("a"), "--json"], ["table", "--help"], ["diff", "--help"], ["diff", at("a"), at("a"), "--json"]):
        with open("/dev/full", "w") as full:
            r = run(*args, stdout=full)
        expect(f"{args} > /dev/full", r.returncode == BAD and "cannot write" in r.stderr, (r.returncode, r.stderr))
    for word in ("table", "diff"):
        r = run(word, "--help")
        expect(f"{word} --help", r.returncode == OK and r.stdout.startswith(f"Usage: posed campaign {word} "), r.stdout)
        expect(f"{word} --help fits a terminal", max(map(len, r.stdout.splitlines())) <= 110)


def main():
    rows = make("a")
    make("levels", levels=True, scale=1.5)
    test_figures(rows)
    test_honesty()
    test_text()
    test_maps()
    test_markdown()
    test_names_that_are_more()
    test_diff()
    test_wrong()
    finish()


with tempfile.TemporaryDirectory(prefix="posed-words-") as TMP:
    main()
