#!/usr/bin/env python3
"""test_camera_lanes.py POSED DATA: `posed camera` and the adapter's lanes on real pictures and a real video.

calibrate on the chessboard pictures, pose on the straight roads and on the video (whose camera has no calibration), lanes
on every picture and every frame: both lines in each frame, the lane 3.7 m +- 0.2 m wide. Nothing here is tuned to these
files: all that is known of them is the lane width. Command lines that are wrong are refused. Prints what was measured;
exit 77 where the data is not there."""
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from checks import expect, failures, finish  # noqa: E402
from scratch import scratch  # noqa: E402

POSED, DATA = sys.argv[1], pathlib.Path(sys.argv[2]) / "lanes"
made = pathlib.Path(scratch("posed-lanes-"))


def run(*args):
    return subprocess.run([POSED, *map(str, args)], capture_output=True, text=True, timeout=300)


def camera(*args):
    r = run("camera", *args)
    expect(f"posed camera {args[0]} succeeds", r.returncode == 0, r.stderr)
    return r


def setting(path, key):
    """The number of a key in YAML of one level a line, or in braces."""
    for part in path.read_text().replace("{", "\n").replace("}", "\n").replace(",", "\n").split("\n"):
        name, _, value = part.strip().partition(":")
        if name == key:
            return float(value)
    return None


def lanes(config, *files, options=()):
    r = camera("lanes", *files, "-c", config, "--time", *options)
    print(r.stderr.strip().splitlines()[-1])
    return [json.loads(line) for line in r.stdout.splitlines()]


def refusals():
    png = made / "grey.png"
    for args, code, text in ((["camera"], 2, "calibrate, pose or lanes"), (["camera", "draw", "x"], 2, "found draw"),
                             (["camera", "lanes", "x.png"], 2, "-c camera.yaml"), (["camera", "calibrate"], 2, "which picture"),
                             (["camera", "calibrate", "--board", "9by6", "x"], 2, "9by6"),
                             (["camera", "pose", "--lane-width", "-1", "x"], 2, "-1"),
                             (["camera", "lanes", "--wide", "x"], 2, "--wide"),
                             (["camera", "pose", "--from", "5", "--to", "2", "x"], 2, "--from must be less"),
                             (["camera", "calibrate", png], 1, "grey.png"),
                             (["camera", "pose", png], 1, "grey.png")):
        r = run(*args)
        expect(f"{args[1:]} is refused", r.returncode == code and text in r.stderr, f"{r.returncode} {r.stderr}")
    expect("no figures where nothing was used", "fx" not in run("camera", "calibrate", png).stderr)
    r = run("camera", "--help")
    expect("help", r.returncode == 0 and "calibrate" in r.stdout and "--board" in r.stdout)


def calibrated():
    """The 1280 x 720 camera: chessboard, then mount, then its pictures."""
    cal, car = made / "cal.yaml", made / "car.yaml"
    r = camera("calibrate", *sorted((DATA / "calibration").glob("*.jpg")), "-o", cal)
    print(r.stderr.strip())
    expect("all nine boards are used", "9 of 9 pictures used" in r.stderr, r.stderr)
    fx = setting(cal, "fx")
    expect("a focal length like that of a dashcam", 1100 < fx < 1220, fx)
    expect("posed accepts the file", run("check-config", cal).returncode == 0)
    r = camera("pose", DATA / "straight_lines1.jpg", DATA / "straight_lines2.jpg", "-c", cal, "-o", car)
    print(r.stderr.strip())
    expect("a height that a car has", 1.0 < setting(car, "z_m") < 1.7, setting(car, "z_m"))
    expect("posed accepts the mount", run("check-config", car).returncode == 0)
    expect("the calibration stays", setting(car, "k1") == setting(cal, "k1"))
    for name in ("straight_lines1", "straight_lines2", "test2", "test4"):
        view = lanes(car, DATA / f"{name}.jpg", options=["-o", made / f"{name}.png"])[0]
        print(name, view)
        expect(f"{name}: a picture to look at", (made / f"{name}.png").read_bytes()[:4] == b"\x89PNG")
        for side, sign in (("left", 1), ("right", -1)):
            if view[side]["score"] >= 0.5:
                expect(f"{name}: {side}", 1.2 < sign * view[side]["offset_m"] < 2.5, view)
        if name.startswith("straight"):
            expect(f"{name}: both", min(view[s]["score"] for s in ("left", "right")) > 0.8, view)
            expect(f"{name}: 3.7 m wide", abs(view["width_m"] - 3.7) < 0.2, view)
    cut = made / "cut.jpg"
    cut.write_bytes((DATA / "test2.jpg").read_bytes()[:120000])
    r = run("camera", "lanes", cut, "-c", car)
    expect("a picture that breaks off is none", r.returncode == 1 and "cut.jpg" in r.stderr and not r.stdout, (r.returncode, r.stderr, r.stdout))
    return car


def video():
    """The 960 x 540 camera, of which nothing is known."""
    car = made / "video.yaml"
    r = camera("pose", DATA / "solidWhiteRight.mp4", "-o", car)
    print(r.stderr.strip())
    views = lanes(car, DATA / "solidWhiteRight.mp4", options=["-o", made / "lanes.mp4"])
    expect("every frame", len(views) == 221, len(views))
    widths = [v["width_m"] for v in views]
    scores = [min(v["left"]["score"], v["right"]["score"]) for v in views]
    print(f"{len(views)} frames, width {min(widths):.2f} to {max(widths):.2f} m, least score {min(scores):.2f}")
    expect("width 3.7 +- 0.2 m in every frame", all(abs(w - 3.7) < 0.2 for w in widths), widths)
    expect("both lines in every frame", min(scores) > 0.5, scores)
    expect("types", all(v["left"]["type"] == "dashed" and v["right"]["type"] == "solid" for v in views))
    expect("no jump", max(abs(a["left"]["offset_m"] - b["left"]["offset_m"]) for a, b in zip(views, views[1:])) < 0.1)
    expect("a video to look at", (made / "lanes.mp4").stat().st_size > 100000)
    for name in ("solidWhiteCurve", "solidWhiteRight", "solidYellowCurve2", "whiteCarLaneSwitch"):
        view = lanes(car, DATA / f"{name}.jpg")[0]
        print(name, view)
        expect(f"{name}: 3.7 m wide", abs(view["width_m"] - 3.7) < 0.2, view)
        expect(f"{name}: both", min(view[s]["score"] for s in ("left", "right")) > 0.5, view)
    return car


def adapter(car):
    """The same through the adapter, as a drive."""
    drive = made / "lanes.mcap"
    r = run("adapter", "camera", "--name", "camera/front", "-c", car, "--detect", "lanes", "--speed", "0", "--start", "1700000000",
            "--input", DATA / "solidWhiteRight.mp4", "-o", drive)
    expect("the adapter runs", r.returncode == 0, r.stderr)
    info = json.loads(run("info", drive, "--json").stdout)
    counts = {c["topic"]: c["count"] for c in info["channels"]}
    expect("a frame of lanes a picture", counts.get("posed/v1/sensor/lanes/front") == 221, counts)
    expect("no landmarks", "posed/v1/sensor/landmarks/front" not in counts, counts)
    r = run("adapter", "camera", "--name", "camera/front", "--fx", "800", "--detect", "lanes", "--input", DATA / "solidWhiteRight.mp4",
            "-o", made / "none.mcap")
    expect("without a height it is refused", r.returncode != 0 and "z_m" in r.stderr, r.stderr)
    r = run("adapter", "camera", "--name", "camera/front", "--detect", "cars", "--input", "x", "-o", made / "none.mcap")
    expect("what cannot be detected is refused", r.returncode != 0 and "tags,lanes" in r.stderr, r.stderr)


refusals()
if not (DATA / "solidWhiteRight.mp4").exists():
    print(f"{DATA}: not here: skipped")
    sys.exit(1 if failures else 77)
calibrated()
adapter(video())
finish()
