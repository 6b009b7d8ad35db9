#!/usr/bin/env python3
"""test_report.py POSED SOURCE_DIR REAL_DATA: pages of posed report, looked at in a headless Chromium.

Prints one line per check that fails and a count; exit 1 if any failed, 77 when there is no browser or no page."""
import glob
import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile

import browser

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [TESTS, os.path.join(TESTS, "campaign")]
import synthetic  # noqa: E402
from checks import expect, finish  # noqa: E402

POSED, SOURCE, REAL_DATA = os.path.abspath(sys.argv[1]), sys.argv[2], sys.argv[3]
TOWN = os.path.join(SOURCE, "replay-data/town-loop.mcap")
MARK = '<script type="application/json" id="data">'
MAX_BYTES = 5_000_000

# Every plot in the page, with what its axes say, what it is zoomed to, and of how many colours it is painted.
PLOTS = """Array.from(document.querySelectorAll(".chart"), (e) => {
  const chart = echarts.getInstanceByDom(e), canvas = e.querySelector("canvas"), copy = new OffscreenCanvas(canvas ? canvas.width : 1, canvas ? canvas.height : 1);
  if (!chart || !canvas) return { name: e.dataset.chart, drawn: 0 };
  const paper = copy.getContext("2d", { willReadFrequently: true });
  paper.drawImage(canvas, 0, 0);
  const o = chart.getOption(), pixels = new Uint32Array(paper.getImageData(0, 0, canvas.width, canvas.height).data.buffer);
  let drawn = 0;
  for (const p of pixels) drawn += p !== 0;
  const zoom = (o.dataZoom || [])[0];
  return { name: e.dataset.chart, drawn, x: o.xAxis.map((a) => a.name), y: o.yAxis.map((a) => [a.type, a.name]),
    zoom: zoom ? [zoom.startValue, zoom.endValue] : null, undefined: /undefined|NaN/.test(JSON.stringify([o.series.map((s) => s.data.map((x) => x && x.name)), o.yAxis.map((a) => a.data)])), points: o.series.reduce((n, s) => n + (s.data || []).length, 0) };
})"""


def posed(*args):
    return subprocess.run([POSED, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)


def page_of(drive, *args):
    page = os.path.join(TMP, "page.html")
    r = posed("report", drive, "-o", page, "-q", *args)
    expect(f"posed report {os.path.basename(drive)}: exit 0", r.returncode == 0, r.stderr)
    return page


def data_of(page):
    text = open(page, encoding="utf-8").read()
    return json.loads(text.split(MARK)[1].split("</script>")[0])


def with_data(page, data):
    """The same page around other data."""
    head, rest = open(page, encoding="utf-8").read().split(MARK)
    path = os.path.join(TMP, "changed.html")
    with open(path, "w", encoding="utf-8") as f:
        f.write(head + MARK + json.dumps(data).replace("<", "\\u003c") + rest[rest.index("</script>"):])
    return path


def has_unit(name):
    return re.search(r"\S, (s|m|m/s|°|°/s|1|1/h)$", (name or "").replace("\n", " "))


def check_plots(what, plots, wanted):
    names = [p["name"] for p in plots]
    for name in wanted:
        expect(f"{what}: a plot of {name}", any(n.startswith(name) for n in names), names)
    for p in plots:
        where = f"{what}, {p['name']}"
        expect(f"{where}: is drawn", p["drawn"] > 2000, p)
        if not p["drawn"]:
            continue
        expect(f"{where}: has data", p["points"] > 0, p)
        expect(f"{where}: every text is there", not p["undefined"], p)
        expect(f"{where}: its x axis has a unit", has_unit(p["x"][-1]), p["x"])
        expect(f"{where}: its y axes have units", all(has_unit(n) for kind, n in p["y"] if kind != "category"), p["y"])


def check_quiet(what, b):
    expect(f"{what}: nothing in the console", not b.complaints(), b.complaints())
    expect(f"{what}: nothing loaded but the page", all(u.startswith(("file://", "data:")) for u in b.requests()) and len([u for u in b.requests() if u.startswith("file:")]) == 1, b.requests())
    expect(f"{what}: no text became markup", not b.run("window.broken") and not b.run("document.querySelector('main img, h1 b, header img')"))


def check_drive(b, drive, wanted):
    what = os.path.basename(drive)
    page = page_of(drive)
    expect(f"{what}: at most 5 MB", os.path.getsize(page) <= MAX_BYTES, os.path.getsize(page))
    b.open(page)
    first_ms, all_ms = [b.run(f"performance.getEntriesByName('{mark}')[0].startTime") for mark in ("first-plot", "all-plots")]
    print(f"{what}: {os.path.getsize(page) / 1e6:.2f} MB, first plot after {first_ms:.0f} ms, all after {all_ms:.0f} ms")
    expect(f"{what}: one can read before all is drawn", len(wanted) < 2 or first_ms < all_ms, (first_ms, all_ms))
    check_quiet(what, b)
    check_plots(what, b.run(PLOTS), wanted)
    return page


def check_numbers(page, drive):
    """The page says what posed replay says."""
    summary, data = json.loads(posed("replay", drive, "--summary", "json", "-q").stdout), data_of(page)
    text = json.dumps(summary)
    for key in ("horizontal_rmse_m", "vertical_rmse_m"):
        there = re.search(rf'"{key}": ?([0-9.e+-]+)', text)
        expect(f"{key} as in the summary", there and abs(float(there[1]) - data["evaluation"][key]) < 1e-3, (there and there[0], data["evaluation"][key]))
    usable = summary["integrity"]["available_fraction"]
    expect("usable as in the summary", abs(usable - data["evaluation"]["available_fraction"]) < 1e-4, usable)
    t = data["track"]["t"]
    expect("poses at 20 Hz", all(0.045 < b - a < 0.3 for a, b in zip(t, t[1:]) if b - a < 1), t[:5])
    expect("columns are of one length", len({len(v) for v in data["errors"].values()}) == 1)
    worst = max(v for v in data["errors"]["horizontal"] if v is not None)
    expect("the largest error is on the page", worst <= data["evaluation"]["horizontal_max_m"] + 1e-3, worst)


def check_twin(b):
    """A drive beside another one: here a simulated one and its twin."""
    twin = os.path.join(TMP, "twin.mcap")
    expect("posed simulate --like", posed("simulate", "--like", TOWN, "-o", twin, "-q").returncode == 0)
    page = page_of(TOWN, "--twin", twin)
    b.open(page)
    check_quiet("twin", b)
    check_plots("twin", [p for p in b.run(PLOTS) if p["name"].startswith("twin")], ["twin: variance"])
    rows = data_of(page)["twin"]["rows"]
    expect("a row of the table for each axis", b.run("document.querySelectorAll('#twin tbody tr').length") == len(rows) > 5, len(rows))
    expect("a page without a twin has no such part", "twin" not in data_of(page_of(TOWN)))


def check_use(b, page):
    """One time axis for all, both themes, the printer."""
    b.open(page)
    timed = "Array.from(document.querySelectorAll('.chart'), (e) => echarts.getInstanceByDom(e)).filter((c) => c.getOption().xAxis.at(-1).name.startsWith('time since the drive'))"
    b.run(f"{timed}[1].dispatchAction({{ type: 'dataZoom', dataZoomIndex: 0, startValue: 10, endValue: 20 }})")
    zooms = [p["zoom"] for p in b.run(PLOTS) if p["x"][-1].startswith("time since the drive")]
    expect("a zoom is every plot's", len(zooms) > 5 and all(z == [10, 20] for z in zooms), zooms)
    b.run("document.getElementById('whole').click()")
    zooms = [p["zoom"] for p in b.run(PLOTS) if p["x"][-1].startswith("time since the drive")]
    expect("and ends with a click", all(z[1] - z[0] > 30 for z in zooms), zooms)
    before = b.run("getComputedStyle(document.body).backgroundColor")
    b.run("document.getElementById('theme').click()")
    expect("two themes", b.run("getComputedStyle(document.body).backgroundColor") != before and b.run("document.documentElement.dataset.theme") == "dark")
    check_plots("dark", b.run(PLOTS), ["track"])
    pdf = os.path.join(TMP, "page.pdf")
    b.pdf(pdf)
    expect("prints", os.path.getsize(pdf) > 50_000 and open(pdf, "rb").read(5) == b"%PDF-", os.path.getsize(pdf))
    expect("and is dark again after", b.run("document.documentElement.dataset.theme") == "dark")
    check_quiet("in use", b)


def check_odd(b, page):
    """Without truth; with injected faults; with names that try to be more than names."""
    data = data_of(page)
    for key in ("truth", "errors", "evaluation"):
        data.pop(key, None)
    b.open(with_data(page, data))
    check_quiet("without truth", b)
    check_plots("without truth", b.run(PLOTS), ["track", "errors: position"])
    hostile = os.path.join(TMP, "<img src=x onerror=window.broken=1>&amp;<!--<script>.mcap")
    shutil.copy(TOWN, hostile)
    bad = page_of(hostile, "--inject", os.path.join(SOURCE, "sim/faults/gnss_jump_50.yaml"))
    expect("a name stays a name", data_of(bad)["name"] == os.path.basename(hostile), data_of(bad)["name"])
    data = data_of(bad)
    expect("the injected fault is there", any(f["source"].startswith("gnss") for f in data["injected"]), data["injected"])
    spans = {s["name"]: {span[2] for span in row} for s, row in zip(data["sources"], data["availability"])}
    expect("each source was used", all(1 in spans[name] for name in spans), spans)
    for s in data["sources"]:
        s["name"] = "</script><img src=x onerror=window.broken=1>{a|b}" + s["name"]
    for path in (bad, with_data(bad, data)):
        b.open(path)
        check_quiet("hostile names", b)
        check_plots("hostile names", b.run(PLOTS), ["timeline"])
        b.run("document.querySelectorAll('.chart').forEach((e) => echarts.getInstanceByDom(e).dispatchAction({ type: 'showTip', seriesIndex: 0, dataIndex: 0 }))")
        check_quiet("hostile names in tooltips", b)


CAMPAIGN = ["error and bound: fault-free", "error and bound: runs with faults", "reliability", "nis", "coverage", "nees", "accuracy",
            "detection", "times", "time to detect", "false alarms"]
SHOW_TIPS = """document.querySelectorAll('.chart').forEach((e) => { const c = echarts.getInstanceByDom(e);
  c.getOption().series.forEach((s, i) => c.dispatchAction({ type: 'showTip', seriesIndex: i, dataIndex: 0 })); })"""


# By how much the aims, and the page, are wider than the window: plots are drawn anew some frames after that has changed.
WIDE_AT_LAST = """(async () => {
  const wide = () => ['.table', 'html'].map((s) => document.querySelector(s)).map((e) => e.scrollWidth - e.clientWidth);
  for (let tries = 0; tries < 500 && wide().some((w) => w !== 0); tries++) await new Promise((r) => setTimeout(r, 20));
  return wide();
})()"""


def campaign_page(at, database=False, **arguments):
    where = os.path.join(TMP, at)
    synthetic.write(where, SOURCE, **arguments)
    page = os.path.join(TMP, at + ".html")
    r = posed("report", os.path.join(where, "campaign.sqlite") if database else where, "-o", page)
    expect(f"posed report of campaign {at}", r.returncode == 0 and not r.stderr, r.stderr)
    return page


def check_campaign(b):
    """Before there are protection levels."""
    page = campaign_page("quiet", alarms_per_h=3)
    expect("campaign: at most 5 MB", os.path.getsize(page) <= MAX_BYTES, os.path.getsize(page))
    b.open(page)
    print("campaign: %.2f MB, all after %.0f ms" % (os.path.getsize(page) / 1e6, b.run("performance.getEntriesByName('all-plots')[0].startTime")))
    check_quiet("campaign", b)
    check_plots("campaign", b.run(PLOTS), CAMPAIGN)
    expect("a sentence where no protection level is", b.run("document.getElementById('bounds').textContent.includes('no protection level')"))
    expect("the aims are there", b.run("document.querySelectorAll('#aims tbody tr, #map').length") == 9)
    check_campaign_data(data_of(page))
    b.call("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=False)
    wide = b.run(WIDE_AT_LAST)
    expect("on a telephone no aim is off the page", wide == [0, 0], wide)
    b.call("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)
    b.run("document.getElementById('theme').click()")
    check_plots("campaign, dark", b.run(PLOTS), CAMPAIGN)
    b.run(SHOW_TIPS)
    check_quiet("campaign, in use", b)


def check_campaign_data(data):
    expect("failing runs have their command", data["failing"] and all(re.fullmatch(r"posed campaign run sim/campaigns/synthetic.yaml \d+", f["command"]) for f in data["failing"]), data["failing"][:2])
    expect("each scenario with each set of sensors", len(data["groups"]) == 12, len(data["groups"]))
    expect("an interval holds its value", all(g["coverage_low"] <= g["coverage"] <= g["coverage_high"] and g["nees_low"] <= g["nees"] <= g["nees_high"] for g in data["groups"]))
    expect("what was promised", [r["promised"] for r in data["reliability"]] == [0.5, 0.95, 0.999])
    expect("an honest filter's coverage", abs(data["reliability"][1]["observed"] - 0.95) < 0.03, data["reliability"][1])
    for f in data["faults"]:
        times, shares = [t for t, _ in f["times"]], [s for _, s in f["times"]]
        expect(f"{f['fault']}: its curve rises to its share", times == sorted(times) and shares == sorted(shares) and abs(shares[-1] - f["detected"]) < 1e-4, (shares[-1:], f["detected"]))
    samples = [sum(c[2] for c in x["cells"]) for x in data["error_bound"]]
    expect("every sample stands against its bound", len(samples) == 2 and samples[0] == 36 * data["total"]["judged"], (samples, data["total"]))


def check_campaign_levels(b):
    """With protection levels the Stanford diagrams fill, one for each class of road."""
    page = campaign_page("levels", database=True, levels=True, scale=1.5, alarms_per_h=0, maps=True)
    b.open(page)
    check_quiet("campaign with levels", b)
    plots = b.run(PLOTS)
    check_plots("campaign with levels", plots, CAMPAIGN[:-1] + ["stanford: freeway", "stanford: local"])
    expect("the diagrams are filled", all(p["points"] > 20 for p in plots if p["name"].startswith("stanford")), plots)
    expect("drives on a map have a table: four scenarios, six faults", b.run("document.querySelectorAll('#map tbody tr').length") == 10)
    expect("no excuse then", not b.run("document.getElementById('bounds').textContent.includes('no protection level')"))
    expect("of no alarm an upper bound", b.run("document.getElementById('detection').textContent.includes('with 95 % confidence fewer than')"))
    b.run(SHOW_TIPS)
    check_quiet("campaign with levels, in use", b)


def check_campaign_odd(b):
    """One drive each; nothing but faults; names that try to be more than names."""
    b.open(campaign_page("one", seeds=1, faulted=False, broken=False))
    check_quiet("campaign of few", b)
    expect("no faults are said", b.run("document.getElementById('detection').textContent.includes('No faults were injected')"))
    page = campaign_page("faults", seeds=2, name="</script><img src=x onerror=window.broken=1>")
    db = sqlite3.connect(os.path.join(TMP, "faults", "campaign.sqlite"))
    db.execute("DELETE FROM run WHERE fault = ''")
    db.execute("UPDATE run SET scenario = ?, sensors = ?, fault = fault || ?", ("<img src=x onerror=window.broken=1>", "{a|b}</script>", "<b>" + "long" * 20))
    db.execute("UPDATE run SET trouble = '<img src=x onerror=window.broken=1>', false_alarm_names = '<b>x</b> JUMP' WHERE run % 7 = 0")
    db.commit()
    db.close()
    r = posed("report", os.path.join(TMP, "faults"), "-o", page)
    expect("posed report of faults alone", r.returncode == 0, r.stderr)
    b.open(page)
    check_quiet("campaign of faults alone", b)
    check_plots("campaign of faults alone", b.run(PLOTS), ["detection", "reliability", "coverage"])
    expect("what it is of is said", b.run("document.getElementById('honesty').textContent.includes('runs with faults')"))
    b.run(SHOW_TIPS)
    check_quiet("campaign of faults alone, in use", b)


def check_campaign_refused():
    where, empty, none, other, page = (os.path.join(TMP, name) for name in ("quiet", "empty", "none", "other.sqlite", "not.html"))
    database = os.path.join(where, "campaign.sqlite")
    os.makedirs(empty)
    synthetic.write(none, SOURCE, seeds=0)
    sqlite3.connect(other).execute("CREATE TABLE x (y)")
    for args, words in (([empty], "there is no campaign here"), ([none], "no run is in yet"), ([other], "not a campaign's table"),
                        ([where, "--from", "3"], "only -o and -q apply"), ([where, "--inject", database], "only -o and -q apply")):
        r = posed("report", *args, "-o", page)
        expect(f"report {args}: refused", r.returncode != 0 and words in r.stderr and not os.path.exists(page), (r.returncode, r.stderr))
    before = open(database, "rb").read()
    r = posed("report", where, "-o", database)
    expect("a campaign is not written over", r.returncode != 0 and "is to be made of" in r.stderr and open(database, "rb").read() == before, r.stderr)


def check_alarm(b, page):
    """These checks notice an exception and a request."""
    text = open(page, encoding="utf-8").read().replace("</footer>", "</footer><script>fetch('http://127.0.0.1:9/'); throw new Error('on purpose');</script>")
    path = os.path.join(TMP, "broken.html")
    open(path, "w", encoding="utf-8").write(text)
    b.open(path)
    expect("an exception is noticed", any("on purpose" in c for c in b.complaints()), b.complaints())
    expect("the policy forbids requests", any("Content Security Policy" in c for c in b.complaints()), b.complaints())


def comma():
    segment = glob.glob(os.path.join(REAL_DATA, "comma2k19", "*", "40"))
    if not segment:
        print(f"left out: comma2k19 is not in {REAL_DATA}")
        return None
    drive = os.path.join(TMP, "comma2k19.mcap")
    r = posed("import", "comma2k19", segment[0], "-o", drive)
    expect("import comma2k19", r.returncode == 0, r.stderr)
    return drive


def main():
    if not browser.find():
        print("skipped: chromium is not installed")
        sys.exit(77)
    if "without" in posed("report", TOWN, "-o", os.path.join(TMP, "try.html"), "-q").stderr:
        print("skipped: posed was built without the page")
        sys.exit(77)
    common = ["track", "timeline", "errors: position", "errors: heading and velocity", "errors: protection levels", "latency", "calibration"]
    with browser.Browser() as b:
        page = check_drive(b, TOWN, common + ["innovations: gnss/roof: position", "innovations: camera/front: landmark", "innovations: wheel/can: speed"])
        check_numbers(page, TOWN)
        check_use(b, page)
        check_twin(b)
        check_odd(b, page)
        page = page_of(TOWN)
        check_campaign(b)
        check_campaign_levels(b)
        check_campaign_odd(b)
        check_campaign_refused()
        check_alarm(b, page)
        real = comma()
        if real:
            check_drive(b, real, common + ["innovations: gnss/ublox: position", "innovations: radar/front: ego-velocity", "innovations: wheel/can: speed"])
    finish()


with tempfile.TemporaryDirectory(prefix="posed-report-") as TMP:
    main()
