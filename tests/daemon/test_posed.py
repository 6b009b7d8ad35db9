#!/usr/bin/env python3
"""test_posed.py POSED MAKE_DRIVE: the built program from outside: every subcommand with good and with bad input.

Prints one line per check that fails and a count; exit 1 if any failed. Needs only the standard library."""
import json
import math
import os
import re
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checks import BAD, ENV, OK, USAGE, expect, finish, run_test  # noqa: E402

POSED, MAKE_DRIVE = (os.path.abspath(p) for p in sys.argv[1:3])
skipped = []


def posed(*args, **more):
    more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    r = subprocess.run([POSED, *args], text=True, errors="replace", env=ENV, timeout=120, **more)
    expect(f"posed {' '.join(args)}: no crash, no sanitizer finding", r.returncode in (OK, BAD, USAGE),
           f"exit {r.returncode}: {r.stderr}")
    return r


def refuses(code, pattern, *args, **more):
    """The command fails with this code and says why on stderr, in a line that begins with the program's name."""
    r = posed(*args, **more)
    name = f"posed {' '.join(args)}"
    expect(f"{name}: exit {code}", r.returncode == code, f"exit {r.returncode}: {r.stdout} {r.stderr}")
    expect(f"{name}: says /{pattern}/", re.search(pattern, r.stderr, re.M), r.stderr)
    expect(f"{name}: nothing on stdout", not r.stdout, r.stdout)
    return r


def replay(drive, *args):
    r = posed("replay", drive, *args, "--summary", "json")
    expect(f"replay {args}: exit 0", r.returncode == OK, r.stderr)
    return json.loads(r.stdout) if r.returncode == OK else {}


def path(name):
    return os.path.join(TMP, name)


def make(variant):
    drive = path(variant + ".mcap")
    if not os.path.exists(drive):
        subprocess.run([MAKE_DRIVE, variant, drive], check=True)
    return drive


def write(name, data):
    with open(path(name), "wb") as f:
        f.write(data)
    return path(name)


def read(name):
    with open(name, "rb") as f:
        return f.read()


# ---------------------------------------------------------------- posed itself

def test_top():
    refuses(USAGE, r"^Usage: posed", )
    for args in (["--help"], ["-h"], ["help"]):
        r = posed(*args)
        expect(f"posed {args}: lists the commands", r.returncode == OK and "  replay " in r.stdout, r.stdout)
    r = posed("--version")
    expect("version", r.returncode == OK and re.fullmatch(r"posed \d+\.\d+\.\d+\n", r.stdout), r.stdout)
    refuses(USAGE, r'no command "replya"; did you mean "replay"\?', "replya")
    refuses(USAGE, r'no command "zzz"\nTry', "zzz")
    refuses(USAGE, r'no option "--verison"', "--verison")
    refuses(USAGE, r'no command ""', "")
    refuses(USAGE, r'no command', "x" * 5000)
    refuses(USAGE, r'no command "repla"', "help", "repla")


def test_help_of_each():
    listed = re.findall(r"^  ([a-z-]+) {2,}\S", posed("--help").stdout, re.M)
    expect("there are commands", "replay" in listed, listed)
    for name in listed:
        r = posed(name, "--help")
        expect(f"{name} --help", r.returncode == OK and r.stdout.startswith(f"Usage: posed {name} "), r.stdout)
        expect(f"help {name} is the same", posed("help", name).stdout == r.stdout)
        expect(f"{name}: help fits a terminal", max(map(len, r.stdout.splitlines())) <= 110)
        refuses(USAGE, r"posed " + name, name, "--no-such-option")


def test_output_that_does_not_arrive():
    good = make("good")
    for args in (["--help"], ["--version"], ["replay", "--help"], ["replay", good], ["replay", good, "--summary", "json"]):
        with open("/dev/full", "w") as full:
            r = posed(*args, stdout=full)
        expect(f"posed {args} > /dev/full: exit 1", r.returncode == BAD, r.returncode)
        expect(f"posed {args} > /dev/full: says so", "No space left" in r.stderr, r.stderr)
    # A reader that is gone: no message, but no success either.
    out, away = os.pipe()
    os.close(out)
    r = posed("replay", good, stdout=away)
    os.close(away)
    expect("broken pipe: exit 1", r.returncode == BAD, r.returncode)
    # Closed standard streams must not be taken by the files that are opened next.
    csv = path("closed.csv")
    r = subprocess.run(["sh", "-c", 'exec "$0" replay "$1" --csv "$2" >&- 2>&- <&-', POSED, good, csv], env=ENV)
    expect("closed stdout: exit 1", r.returncode == BAD, r.returncode)
    if os.path.exists(csv):
        expect("closed stdout: the CSV has poses only", all(line.count(b",") == 23 for line in read(csv).splitlines()))


# ---------------------------------------------------------------- replay: what it says

def test_summary_json():
    s = replay(make("good"), "--drop", "gnss:10-20", "--drop", "wheel/main:12-13")
    for key in ("duration_s", "distance_m", "frames", "poses", "speed_factor", "output_sha256", "modes", "faults",
                "sources", "eval", "wall_s", "damaged", "resets", "version", "calibration"):
        expect(f"summary has {key}", key in s)
    expect("duration", abs(s["duration_s"] - 29.99) < 1e-3, s["duration_s"])
    expect("frames: 3000 imu, 1500 - 50 wheel, 300 - 100 gnss", s["frames"] == 3000 + 1450 + 200, s["frames"])
    expect("checksum", re.fullmatch("[0-9a-f]{64}", s["output_sha256"]), s["output_sha256"])
    expect("modes", set(s["modes"]) == {"INITIALIZING", "NOMINAL", "DEGRADED", "DEAD_RECKONING", "LOST"}, s["modes"])
    expect("modes cover the drive", abs(sum(s["modes"].values()) - s["duration_s"]) < 0.2, s["modes"])
    expect("sources", set(s["sources"]) == {"imu/main", "wheel/main", "gnss/roof"}, s["sources"])
    for name, source in s["sources"].items():
        expect(f"source {name}", {"frames", "used", "rejected", "late", "latency_s", "latency_sigma_s"} <= set(source))
    expect("gnss frames", s["sources"]["gnss/roof"]["frames"] == 200, s["sources"])
    expect("undamaged", s["damaged"] is False)
    for fault in s["faults"]:
        expect("fault", set(fault) == {"source", "code", "severity", "from_s", "to_s"}, fault)
    e = s["eval"]
    for key in ("samples", "horizontal_rmse_m", "horizontal_p50_m", "horizontal_p95_m", "horizontal_max_m",
                "vertical_rmse_m", "velocity_east_rmse_mps", "velocity_north_rmse_mps", "heading_rmse_deg", "along_p95_m",
                "cross_p95_m", "coverage95_horizontal", "nees_horizontal_mean", "drops", "heading_offset_deg"):
        expect(f"eval has {key}", key in e)
    expect("order of the quantiles", e["horizontal_p50_m"] <= e["horizontal_p95_m"] <= e["horizontal_max_m"], e)
    d = e["drops"]
    expect("two drops in order", [x["name"] for x in d] == ["gnss", "wheel/main"], d)
    expect("drop", set(d[0]) >= {"name", "from_s", "to_s", "distance_m", "end_error_m", "max_error_m",
                                 "growth_percent", "coverage95"}, d[0])
    expect("distance in the drop: 10 s at 10 m/s", abs(d[0]["distance_m"] - 100) < 0.1, d[0])


def test_accuracy():
    """The vehicle drives at 10 m/s where its GNSS says: anything far off is not the noise of a filter."""
    s = replay(make("good"))
    e = s["eval"]
    expect("samples", e["samples"] > 500, e)
    expect("horizontal", e["horizontal_rmse_m"] < 1.5, e)
    expect("velocity", max(e["velocity_east_rmse_mps"], e["velocity_north_rmse_mps"]) < 0.2, e)
    expect("heading", e["heading_rmse_deg"] < 1.0 and abs(e["heading_offset_deg"]) < 2.0, e)
    expect("distance", abs(s["distance_m"] - 300) < 6, s["distance_m"])


def test_nothing_to_judge_by():
    expect("no truth, no evaluation", replay(make("no-truth"))["eval"] is None)
    s = replay(make("good"), "--without", "gnss,imu,wheel")
    expect("nothing played", s["frames"] == 0 and s["poses"] == 0 and s["eval"]["samples"] == 0, s)
    expect("null where there is no number", s["eval"]["horizontal_rmse_m"] is None, s["eval"])
    s = replay(make("good"), "--drop", "gnss:1000-1001")
    expect("a drop after the end", s["eval"]["drops"][0]["growth_percent"] is None, s["eval"]["drops"])


def test_truth_is_not_seen():
    expect("truth changes nothing",
           replay(make("good"))["output_sha256"] == replay(make("no-truth"))["output_sha256"])


def test_summary_formats():
    good = make("good")
    text = posed("replay", good, "--drop", "gnss:10-20").stdout
    for word in ("gnss/roof", "NOMINAL", "horizontal", "growth", "times real time", "sha256"):
        expect(f"text says {word}", word in text, text)
    expect("text is the default", re.sub(r"speed .*", "", text) ==
           re.sub(r"speed .*", "", posed("replay", good, "--drop", "gnss:10-20", "--summary", "text").stdout))
    expect("no nan for people", "nan" not in text, text)
    r = posed("replay", good, "--summary", "none")
    expect("none is none", r.returncode == OK and not r.stdout and not r.stderr, r.stdout)
    expect("no colours into a pipe", "\033" not in text)


# ---------------------------------------------------------------- replay: options

def test_same_result_every_way():
    good = make("good")
    sha = replay(good)["output_sha256"]
    for args in (["--shuffle", "1"], ["--shuffle", "2"], ["--shuffle", "18446744073709551615"], ["--speed", "200"],
                 ["-o", path("same.mcap")], ["--csv", path("same.csv")], ["--from", "0", "--to", "1e3"], ["-q"]):
        expect(f"{args}: same poses", replay(good, *args)["output_sha256"] == sha)
    expect("another input gives other poses", replay(good, "--without", "imu")["output_sha256"] != sha)


def test_speed():
    s = replay(make("good"), "--from", "0", "--to", "2", "--speed", "4")
    expect("half a second for two", 0.4 < s["wall_s"] < 2, s["wall_s"])


def test_selection():
    good = make("good")
    frames = lambda *args: {k: v["frames"] for k, v in replay(good, *args)["sources"].items()}
    expect("without a kind", frames("--without", "imu")["imu/main"] == 0)
    expect("without kinds", frames("--without", "imu,gnss") == {"imu/main": 0, "gnss/roof": 0, "wheel/main": 1500})
    expect("without a name", frames("--without", "wheel/main")["wheel/main"] == 0)
    expect("without a short name", frames("--without", "roof")["gnss/roof"] == 0)
    expect("a kind that is not there", frames("--without", "camera,lanes")["imu/main"] == 3000)
    expect("twice", frames("--without", "imu", "--without", "roof") == {"imu/main": 0, "gnss/roof": 0, "wheel/main": 1500})
    expect("drop is half open", frames("--drop", "imu:10-20")["imu/main"] == 2000)
    expect("drops add up", frames("--drop", "imu:10-20", "--drop", "imu/main:15-25")["imu/main"] == 1500)
    expect("from and to", frames("--from", "10", "--to", "20")["imu/main"] == 1000)
    s = replay(good, "--from", "10", "--to", "20")
    expect("times still count from the drive's start", s["eval"]["samples"] <= 200, s["eval"])
    expect("a source that is left out is no fault",
           not [f for f in replay(good, "--without", "wheel")["faults"] if f["source"] == "wheel/main"])


def test_usage():
    good = make("good")
    rows = [
        (r"which drive\?",),
        (r"one drive at a time", good, good),
        (r"-o needs a value", good, "-o"),
        (r"--csv needs a value", good, "--csv"),
        (r"there is no option -x", good, "-x"),
        (r'there is no option "--witout"; did you mean --without\?', good, "--witout=imu"),
        (r'there is no option "--zzzzzz"$', good, "--zzzzzz"),
        (r"--with-input takes no value", good, "--with-input=1"),
        (r"--summary: \"xml\" is none of", good, "--summary", "xml"),
        (r"--with-input needs -o", good, "--with-input"),
        (r"--from must be less than --to", good, "--from", "5", "--to", "5"),
        (r"-o and --csv name the same file", good, "-o", path("x"), "--csv", path("x")),
        (r"a file name is empty", good, "-o", ""),
        (r"is the drive itself", good, "-o", good),
        (r"is the drive itself", good, "--csv", good),
        (r"is the drive itself", good, "--csv", os.path.join(TMP, ".", "good.mcap")),
        (r'no source or kind "lidar" here; there are: .*gnss/roof', good, "--without", "lidar"),
        (r'no source or kind "gnss/ublox"', good, "--drop", "gnss/ublox:1-2"),
        (r'"main" may be any of: imu/main, wheel/main', good, "--without", "main"),
        (r"a source or kind is missing", good, "--without", ""),
        (r"a source or kind is missing", good, "--without", "imu,"),
        (r"a source or kind is missing", good, "--drop", ":1-2"),
        (r"longer than any source's name", good, "--without", "x" * 100),
        (r"more than 64 sources", good, "--without", ",".join(["imu"] * 65)),
        (r"given more than 64 times", good, *["--drop=imu:1-2"] * 65),
    ]
    rows += [(r"is not NAME:FROM-TO", good, "--drop", d) for d in
             ("gnss", "gnss:", "gnss:5", "gnss:5-", "gnss:-5", "gnss:a-b", "gnss:1-2x", "gnss:nan-2", "gnss:1-inf",
              "gnss:0x1-2", "gnss: 1-2", "gnss:1--2", "")]
    rows += [(r"FROM must be less than TO", good, "--drop", d) for d in ("gnss:2-1", "gnss:2-2", "gnss:1-1e30")]
    rows += [(r"is not a time in seconds", good, o, t) for o in ("--from", "--to")
             for t in ("", "-1", "x", "1s", "nan", "inf", "1e300", "0x10", " 1")]
    rows += [(r"--speed: ", good, "--speed", x) for x in ("0", "-1", "fast", "", "nan", "inf", "1e9", "1x")]
    rows += [(r"--shuffle: ", good, "--shuffle", x) for x in ("", "-1", "1.5", "x", "18446744073709551616", "1 ")]
    for pattern, *args in rows:
        refuses(USAGE, pattern, "replay", *args)
    expect("the drive is as it was", b"MCAP" in read(good)[:8] and replay(good)["frames"] == 4800)


def test_config():
    good = make("good")
    sha = replay(good)["output_sha256"]
    config = write("rate.yaml", b"output: {pose_rate_hz: 50}\n")
    s = replay(good, "-c", config)
    expect("a config is heard", abs(s["poses"] - 1500) < 30, s["poses"])
    expect("an empty config changes nothing", replay(good, "-c", write("empty.yaml", b""))["output_sha256"] == sha)
    expect("a source that is not in the drive is no error",
           "radar/front" in replay(good, "-c", write("more.yaml", b"sources:\n  radar/front: {}\n"))["sources"])
    refuses(BAD, r"wrong\.yaml:2:3: .*windows_s", "replay", good, "-c", write("wrong.yaml", b"filter:\n  windows_s: 1\n"))
    refuses(BAD, r"No such file", "replay", good, "-c", path("nowhere.yaml"))
    refuses(BAD, r"bad-config\.mcap:config\.yaml:2:3: ", "replay", make("bad-config"))
    refuses(USAGE, r"is the configuration itself", "replay", good, "-c", config, "--csv", config)


# ---------------------------------------------------------------- replay: outputs

def test_csv():
    csv = path("poses.csv")
    s = replay(make("good"), "--csv", csv)
    lines = read(csv).decode().splitlines()
    head = lines[0].split(",")
    expect("columns", head == ["stamp_s", "latitude_deg", "longitude_deg", "height_m", "v_east_mps", "v_north_mps",
           "v_up_mps", "roll_deg", "pitch_deg", "heading_deg", "sigma_east_m", "sigma_north_m", "sigma_up_m",
           "sigma_heading_deg", "mode", "usable", "confidence", "protection_along_m", "protection_cross_m",
           "protection_vertical_m", "protection_horizontal_m", "protection_heading_deg", "lane_id",
           "lane_probability"], head)
    expect("a line per pose", len(lines) == 1 + s["poses"], len(lines))
    last = dict(zip(head, lines[-1].split(",")))
    expect("nine digits", re.fullmatch(r"17000000\d\d\.\d{9}", last["stamp_s"]), last)
    angle = 10 / 200 * (float(last["stamp_s"]) - 1700000000)
    expect("heading", abs((float(last["heading_deg"]) - math.degrees(angle) + 180) % 360 - 180) < 3, last)
    expect("mode", last["mode"] == "NOMINAL", last)
    expect("a bound wider than the alert limit: not usable",
           float(last["protection_cross_m"]) > 0.29 and last["usable"] == "0", last)
    expect("nothing left behind", not os.path.exists(csv + ".tmp"))


def test_output_drive():
    out, with_input = path("out.mcap"), path("with-input.mcap")
    good = make("good")
    s = replay(good, "-o", out)
    expect("written", read(out)[:5] == b"\x89MCAP" and read(out)[-8:] == read(out)[:8])
    expect("results alone cannot be replayed",
           "nothing to replay" in refuses(BAD, "", "replay", out).stderr)
    replay(good, "-o", with_input, "--with-input")
    again = replay(with_input)
    expect("the input is in it, to the last bit", again["output_sha256"] == s["output_sha256"], again["frames"])
    expect("and the truth", again["eval"]["samples"] == s["eval"]["samples"])
    quarter = path("quarter.mcap")
    replay(good, "-o", quarter, "--with-input", "--without", "wheel", "--from", "10", "--to", "15")
    expect("what was left out is not in it", set(replay(quarter)["sources"]) >= {"imu/main", "gnss/roof"}
           and replay(quarter)["frames"] == 550, replay(quarter)["frames"])
    # The settings in force travel along.
    slow = path("slow.mcap")
    replay(good, "-c", write("slow.yaml", b"output: {pose_rate_hz: 20}\n"), "-o", slow, "--with-input")
    expect("the settings come with it", abs(replay(slow)["poses"] - 600) < 15)
    r = posed("info", out, "--json")
    if r.returncode == OK:
        channels = {c["topic"]: c["count"] for c in json.loads(r.stdout)["channels"]}
        expect("poses", channels.get("posed/v1/pose") == s["poses"], channels)
        expect("verdicts and status", {"posed/v1/verdict", "posed/v1/status"} <= set(channels), channels)


def test_outputs_that_fail():
    good = make("good")
    refuses(BAD, r"/dev/full: .*No space left", "replay", good, "--csv", "/dev/full")
    refuses(BAD, r"/dev/full: .*not a regular file", "replay", good, "-o", "/dev/full")
    expect("the device is still a device", stat.S_ISCHR(os.stat("/dev/full").st_mode))
    for option in ("-o", "--csv"):
        refuses(BAD, r"nowhere", "replay", good, option, path("nowhere/x"))
        refuses(BAD, r"irectory", "replay", good, option, TMP)
    # A disk that fills up: a tmpfs would need root; a limit on the file's size does the same. SIGXFSZ is ignored.
    for option, name in (("-o", "limited.mcap"), ("--csv", "limited.csv")):
        r = subprocess.run(["sh", "-c", 'trap "" XFSZ; ulimit -f 8; exec "$0" "$@"', POSED, "replay", good, option,
                            path(name), "--summary", "none"], capture_output=True, text=True, env=ENV)
        expect(f"{option} on a full disk: exit 1", r.returncode == BAD, r.returncode)
        expect(f"{option} on a full disk: names the file", name in r.stderr, r.stderr)
        expect(f"{option} on a full disk: nothing left", not os.path.exists(path(name))
               and not os.path.exists(path(name + ".tmp")), os.listdir(TMP))
    # A failed replay leaves what was there.
    kept = write("kept.csv", b"precious\n")
    refuses(BAD, r"nothing to replay", "replay", make("no-sensors"), "--csv", kept)
    expect("an older output survives a failure", read(kept) == b"precious\n")


# ---------------------------------------------------------------- replay: bad drives

def test_report():
    good, page = make("good"), path("page.html")
    for pattern, *args in (
            (r"where to\? -o PAGE", good), (r"which drive", "-o", page), (r"one drive at a time", good, good, "-o", page),
            (r"is what the page is to be made of", good, "-o", good), (r"are for posed replay", good, "-o", page, "--csv", "x"),
            (r"are for posed replay", good, "-o", page, "--summary", "json"), (r"file name is empty", good, "-o", "")):
        refuses(USAGE, pattern, "report", *args)
    expect("refused: no page", not os.path.exists(page))
    if "built without the page" in posed("report", "--help").stdout:
        refuses(BAD, r"built without", "report", good, "-o", page)
        skipped.append("posed report: built without its page")
        return
    refuses(BAD, r"no-such", "report", "no-such.mcap", "-o", page)
    refuses(BAD, r"cannot|No such", "report", good, "-o", path("no/such/page.html"))
    expect("failed: no page", not os.path.exists(page))
    r = posed("report", good, "-q", "-o", page)
    expect("page: exit 0, silent", r.returncode == OK and not r.stdout and not r.stderr, r.stderr)
    text = read(page).decode()
    expect("page: whole", text.startswith("<!doctype html>") and text.rstrip().endswith("</html>"))
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S).group(1))
    s = replay(good)
    expect("page: the evaluation is that of the replay",
           abs(data["evaluation"]["horizontal_rmse_m"] - s["eval"]["horizontal_rmse_m"]) < 1e-4, data["evaluation"])
    expect("page: its sources", {x["name"] for x in data["sources"]} == set(s["sources"]), data["sources"])
    again = path("again.html")
    posed("report", good, "-q", "-o", again)
    expect("page: the same bytes again", read(page) == read(again))
    if os.path.exists("/dev/full"):
        refuses(BAD, r"/dev/full: cannot write", "report", good, "-q", "-o", "/dev/full")


def test_bad_drives():
    good = read(make("good"))
    for args in (["no-such-file.mcap"], [TMP], [write("empty.mcap", b"")], [write("text.mcap", b"not a drive\n" * 99)],
                 [write("magic.mcap", good[:8])], ["/dev/null"]):
        refuses(BAD, r"posed replay: \S", "replay", *args)
    refuses(BAD, r"nothing to replay", "replay", make("no-frames"))
    refuses(BAD, r"nothing to replay", "replay", make("no-sensors"))
    refuses(BAD, r"room for 32 sources", "replay", make("crowded"))
    sparse = path("huge.mcap")
    with open(sparse, "wb") as f:
        f.truncate(1 << 34)
    refuses(BAD, r"huge\.mcap", "replay", sparse)
    os.unlink(sparse)
    if os.geteuid() == 0:
        skipped.append("unreadable file: root reads everything")
    else:
        locked = write("locked.mcap", good)
        os.chmod(locked, 0)
        refuses(BAD, r"Permission denied", "replay", locked)


def test_truncated():
    """A cut drive gives what is there and says so, or says that there is nothing."""
    good = read(make("good"))
    whole = replay(make("good"))["frames"]
    for share in (0.999, 0.9, 0.7, 0.5, 0.3, 0.1, 0.01):
        cut = write("cut.mcap", good[:int(len(good) * share)])
        r = posed("replay", cut, "--summary", "json")
        if r.returncode == OK:
            s = json.loads(r.stdout)
            expect(f"cut to {share}: marked", s["damaged"] is True and "damaged" in r.stderr, r.stderr)
            expect(f"cut to {share}: no more than there was", 0 < s["frames"] <= whole, s["frames"])
            expect(f"cut to {share}: text warns", "DAMAGED" in posed("replay", cut).stdout)
            expect(f"cut to {share}: quiet", not posed("replay", cut, "-q", "--summary", "none").stderr)
        else:
            expect(f"cut to {share}: exit 1 and a reason", r.returncode == BAD and "cut.mcap" in r.stderr, r.stderr)
    big = write("cut.mcap", good[:-100])
    expect("without its end, all frames", replay(big)["frames"] == whole, replay(big)["frames"])


def test_flipped_bits():
    """Damage anywhere is survived: an answer, or a refusal; never a crash, and never the undamaged answer in silence."""
    good = bytearray(read(make("good")))
    sha = replay(make("good"))["output_sha256"]
    for i in range(40):
        at = (i * 2654435761) % len(good)
        good[at] ^= 0x40
        r = posed("replay", write("flipped.mcap", bytes(good)), "--summary", "json")
        good[at] ^= 0x40
        if r.returncode == OK:
            s = json.loads(r.stdout)
            expect(f"bit at {at}: same poses or marked", s["damaged"] or s["output_sha256"] == sha, r.stderr)


def test_one_processor():
    """There the drive is not read ahead by a thread of its own: same results, same words, same end of a broken file."""
    broken = write("broken.mcap", read(make("good"))[:-20000])
    one = {"preexec_fn": lambda: os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})}
    for drive in (make("good"), make("malformed"), broken):
        a, b = (posed("replay", drive, "--summary", "json", **how) for how in ({}, one))
        x, y = (json.loads(r.stdout) if r.returncode == OK else {} for r in (a, b))
        for s in (x, y):
            for key in ("wall_s", "cpu_s", "speed_factor"):
                s.pop(key, None)
        expect(f"{drive} on one processor: the same", x and x == y and a.stderr == b.stderr, f"{a.stderr} {b.stderr}")


def test_malformed_messages():
    r = posed("replay", make("malformed"), "--summary", "json")
    s = json.loads(r.stdout)
    expect("the good ones are played", s["frames"] == 90, s["frames"])
    expect("the bad ones are counted", s["sources"]["gnss/roof"]["malformed"] == 10, s["sources"])
    faults = [f for f in s["faults"] if f["code"] == "MALFORMED"]
    expect("and flagged", faults and faults[0]["source"] == "gnss/roof" and faults[0]["severity"] == "error", s["faults"])
    expect("with the first reason", re.search(r"GnssFix: \w+", r.stderr) and "10 malformed" in r.stderr, r.stderr)
    expect("quiet", not posed("replay", make("malformed"), "-q", "--summary", "none").stderr)


# ---------------------------------------------------------------- the other commands, from outside

def test_info():
    good = make("good")
    r = posed("info", good, "--json")
    expect("info --json", r.returncode == OK and json.loads(r.stdout)["messages"] == 4800 + 600, r.stdout[:300])
    expect("info", "gnss/roof" in posed("info", good).stdout)
    refuses(USAGE, r"posed info", "info")
    refuses(BAD, r"nowhere", "info", path("nowhere.mcap"))
    refuses(BAD, r"\S", "info", TMP)
    refuses(BAD, r"empty\.mcap", "info", write("empty.mcap", b""))
    with open("/dev/full", "w") as full:
        expect("info > /dev/full", posed("info", good, stdout=full).returncode == BAD)


def test_check_config():
    r = posed("check-config", write("fine.yaml", b"filter: {window_s: 0.4}\n"))
    expect("check-config prints", r.returncode == OK and re.search(r"window_s: 0\.4\b", r.stdout), r.stderr)
    again = posed("check-config", write("again.yaml", r.stdout.encode()))
    expect("what it prints loads back", again.stdout == r.stdout, again.stderr)
    r = posed("check-config", write("wrong.yaml", b"filter: {window_s: 99}\n"))
    expect("check-config refuses", r.returncode == BAD and re.search(r"wrong\.yaml:1:\d+: ", r.stderr), r.stderr)
    expect("unknown file", posed("check-config", path("nowhere.yaml")).returncode == BAD)
    expect("a directory", posed("check-config", TMP).returncode == BAD)
    with open("/dev/full", "w") as full:
        expect("check-config > /dev/full", posed("check-config", path("fine.yaml"), stdout=full).returncode == BAD)


def test_gnss():
    log = path("receiver.log")

    def fixes(text):
        with open(log, "w") as f:
            f.write(text)
        r = posed("gnss", log)
        return r.returncode, [json.loads(line) for line in r.stdout.splitlines()], r.stderr

    code, found, said = fixes("NMEA,$GPGLL,4807.000,S,01130.000,W,120000.00,A,A*6D,1714731630000\n")
    expect("a logger's line", code == OK and len(found) == 1 and said == "", said)
    expect("south and west", found[0]["latitude_deg"] < -48 and found[0]["longitude_deg"] == -11.5, found)
    code, found, said = fixes("$GPGSV,1,1,00*79\r\n")
    expect("nothing of a fix is told", code == OK and not found and "none of its 1 messages is of a fix" in said, said)
    code, found, said = fixes("Hello\n")
    expect("neither protocol", code == BAD and not found and "neither NMEA 0183 nor UBX" in said, said)


def test_adapter_without_a_frame():
    drive = path("silent.mcap")
    refuses(BAD, "silent.mcap: not written: no frame came", "adapter", "gnss", "--name", "gnss/a", "--from", "file",
            "--device", write("silent.log", b""), "-o", drive)
    expect("no drive without a frame", not os.path.exists(drive) and not os.path.exists(drive + ".tmp"))


def test_import():
    layout = path("layout")
    os.makedirs(layout)
    with open(os.path.join(layout, "gnss.csv"), "w") as f:
        f.write("stamp_s,latitude_deg,longitude_deg,height_m\n")
        f.writelines(f"{i / 10},{48 + i * 1e-5:.7f},11,100\n" for i in range(50))
    out = path("imported.mcap")
    expect("import csv", posed("import", "csv", layout, "-o", out).returncode == OK)
    expect("and replay", replay(out)["frames"] == 50)
    with open(os.path.join(layout, "gnss.csv"), "a") as f:
        f.write("5.0,\x1b[31mnorth,11,100\n")
    os.unlink(out)
    r = posed("import", "csv", layout, "-o", out)
    expect("a bad cell", r.returncode == BAD and re.search(r"gnss\.csv:52:", r.stderr), r.stderr)
    expect("does not reach the terminal", "\x1b" not in r.stderr and "?[31mnorth" in r.stderr, r.stderr)
    expect("nothing written", not os.path.exists(out) and not os.path.exists(out + ".tmp"))
    refuses(USAGE, r"posed import", "import")
    refuses(USAGE, r"\S", "import", "rosbag", layout, "-o", out)
    refuses(BAD, r"\S", "import", "csv", path("nowhere"), "-o", out)


def main():
    global TMP
    commands = re.findall(r"^  ([a-z-]+) {2,}\S", posed("--help").stdout, re.M)
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    with tempfile.TemporaryDirectory() as TMP:
        for name, test in tests:
            needs = {"test_info": "info", "test_check_config": "check-config", "test_import": "import",
                     "test_gnss": "gnss"}.get(name)
            if needs and needs not in commands:
                skipped.append(f"{name}: this build has no posed {needs}")
                continue
            run_test(name, test)
    for reason in skipped:
        print(f"skipped: {reason}")
    finish()


main()
