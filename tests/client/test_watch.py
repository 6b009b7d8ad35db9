#!/usr/bin/env python3
"""test_watch.py POSED POSED.PROTO POSED_FAULT.PROTO: posed status and posed watch, against a stand-in that speaks the
documented interface (fake_posed.py): as text, as JSON, on a terminal.

Prints one line per check that fails and a count; exit 1 if any failed, 77 without PyZMQ or protobuf."""
import fcntl
import json
import math
import os
import pty
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

try:
    import google.protobuf  # noqa: F401
    import zmq  # noqa: F401
except ImportError as e:
    print(f"skipped: {e}")
    sys.exit(77)
import fake_posed

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checks import expect, finish  # noqa: E402

POSED = os.path.abspath(sys.argv[1])
PB = fake_posed.load_proto(*sys.argv[2:4])
FAULT = sys.modules["posed_fault_pb2"]
TMP = tempfile.mkdtemp(prefix="posed-watch-")
ENDPOINT = f"ipc://{TMP}/poses"
PATIENCE_S = 30


def posed(*args, **more):
    more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
    return subprocess.run([POSED, *args], text=True, timeout=PATIENCE_S, **more)


def status(*args):
    return posed("status", "--endpoint", ENDPOINT, *args)


def watch_json(*args):
    r = posed("watch", "--endpoint", ENDPOINT, "--json", *args)
    expect(f"watch {args}: exit 0", r.returncode == 0, r.stderr)
    return [json.loads(line) for line in r.stdout.splitlines()]


def test_nobody_there():
    r = status("--timeout", "0.2")
    expect("status without posed: exit 1", r.returncode == 1, r)
    expect("status without posed: says where and why", ENDPOINT in r.stderr and "no such socket" in r.stderr, r.stderr)
    expect("status without posed: nothing on stdout", r.stdout == "", r.stdout)
    r = posed("watch", "--endpoint", ENDPOINT, "--json", "--for", "1.3")
    expect("watch without posed: exit 1", r.returncode == 1, r)
    expect("watch without posed: says what it waits for", f"waiting for posed on {ENDPOINT}" in r.stderr, r.stderr)


def test_command_line():
    for args, pattern in ((["--topic", "poses"], "none of pose, track"), (["--count", "0"], "above 0"),
                          (["--nmea", "--json"], "without --json and --topic"), (["--every", "1"], "goes with --nmea"),
                          (["--for", "x"], "number of seconds"), (["extra"], "--endpoint"),
                          (["--jsn"], "did you mean --json"), (["--count"], "needs a value"),
                          (["--json=1"], "takes no value"), (["-x"], "no option -x"), (["--timeout", "1"], "no option")):
        r = posed("watch", *args)
        expect(f"watch {args}: exit 2", r.returncode == 2, r)
        expect(f"watch {args}: says why", pattern in r.stderr, r.stderr)
    expect("status --timeout 0: exit 2", posed("status", "--timeout", "0").returncode == 2)
    expect("status --count: exit 2", posed("status", "--count", "1").returncode == 2)
    r = posed("status", "--endpoint", "tcp://192.0.2.1:5601", "--timeout", "1")
    expect("another machine needs a key", r.returncode == 1 and "no key" in r.stderr, r.stderr)
    r = posed("status", "--endpoint", ENDPOINT, "--key", f"{TMP}/none.key")
    expect("a key that is not there", r.returncode == 1 and "none.key" in r.stderr, r.stderr)
    # With a space: 40 characters without one would be a key themselves, and TMP is as long as it is.
    r = posed("status", "--endpoint", ENDPOINT, "--server-key", f"{TMP}/not there.pub")
    expect("a server key that is not there", r.returncode == 1 and "not there.pub" in r.stderr, r.stderr)
    bad = os.path.join(TMP, "bad.yaml")
    with open(bad, "w") as f:
        f.write("bus: {poses: 7x}\n")
    r = posed("status", "-c", bad)
    expect("a bad configuration is named", r.returncode == 1 and f"{bad}:1:" in r.stderr, r.stderr)


def test_status(fake):
    for mode, code in ((PB.MODE_NOMINAL, 0), (PB.MODE_DEGRADED, 3), (PB.MODE_DEAD_RECKONING, 4), (PB.MODE_LOST, 5),
                       (PB.MODE_INITIALIZING, 5)):
        fake.pose = fake.make_pose(mode=mode, usable=mode not in (PB.MODE_LOST, PB.MODE_INITIALIZING))
        r = status()
        name = PB.Mode.Name(mode).removeprefix("MODE_")
        expect(f"status {name}: exit {code}", r.returncode == code, r)
        expect(f"status {name}: says so", name in r.stdout and ("NOT USABLE" in r.stdout) == (code == 5), r.stdout)
    fake.pose = fake.make_pose(mode=PB.MODE_INITIALIZING, usable=False, latitude_deg=NAN)
    expect("a place that is not known: exit 5", status().returncode == 5)
    fake.pose = None
    r = status()
    expect("no pose: exit 5", r.returncode == 5 and "no pose yet" in r.stdout, r)
    fake.pose, fake.valid_ns = fake.make_pose(), -1_000_000_000
    expect("a pose that has expired: exit 5", status().returncode == 5)
    fake.valid_ns = 100_000_000
    expect("usable again: exit 0", status().returncode == 0)


def test_status_json(fake):
    r = status("--json")
    expect("status --json: exit 0", r.returncode == 0, r)
    d = json.loads(r.stdout)
    expect("status --json: the whole", d["endpoint"] == ENDPOINT and d["exit_status"] == 0 and d["usable"], d)
    s = d["status"]
    expect("status --json: status", s["version"] == "9.8.7" and s["mode"] == "NOMINAL" and s["unauthenticated"] == 13, s)
    gnss, radar = s["sources"]
    expect("status --json: source", gnss["source"] == "gnss/roof" and gnss["state"] == "ALIVE" and gnss["refused"] == 22
           and gnss["malformed"] == 21 and gnss["dropped"] == 23 and gnss["rate_hz"] == 5, gnss)
    expect("status --json: not known is null", radar["latency_s"] is None and radar["last_stamp_ns"] is None, radar)
    expect("status --json: pose", d["pose"]["latitude_deg"] == 52.27, d["pose"])


def test_map(fake):
    """The map and what is missed of it; a name of any language; ids as they stand in the map, where they may be negative."""
    plain = json.loads(status("--json").stdout)
    expect("no map: null", plain["status"]["map"] is None and plain["status"]["missed_elements"] == [], plain["status"])
    expect("no map: no line", "map" not in status().stdout)
    s = fake.make_status(sequence=2)
    s.map.file, s.map.checksum, s.map.marks, s.map.lines, s.map.lanes = "Große Stadt.pmap", 0xabcdef, 1234, 567, 89
    s.map.first_survey_day, s.map.last_survey_day = 20240, 20240
    s.missed_elements.extend([7, 2**64 - 5])
    fake.status, fake.pose = s, fake.make_pose(lane_id=2**64 - 3, lane_probability=0.875)
    text = status().stdout
    for line in ("map        Große Stadt.pmap (00abcdef), 1234 marks, 89 lanes, surveyed 2025-06-01 to 2025-06-01",
                 "missed     7, -5", "lane       -3 with 87.5 %"):
        expect(f"status: {line}", f"  {line}\n" in text, text)
    d = json.loads(status("--json").stdout)
    names = {field.name for field in PB.MapInfo.DESCRIPTOR.fields}
    expect("JSON map: every field", set(d["status"]["map"]) == names, d["status"]["map"])
    expect("JSON map", d["status"]["map"]["checksum"] == "00abcdef" and d["status"]["map"]["first_survey_day"] == 20240
           and d["status"]["missed_elements"] == [7, -5] and d["pose"]["lane_id"] == -3, d)
    s.map.ClearField("last_survey_day")
    expect("not surveyed", json.loads(status("--json").stdout)["status"]["map"]["first_survey_day"] is None)
    expect("not surveyed: no line", "surveyed" not in status().stdout)
    fake.status, fake.pose = fake.make_status(), fake.make_pose()


def check_pose_json(fake, p):
    """Every field of the message is there under its own name, to the last bit."""
    now = time.time_ns()
    expect("JSON pose: live", now - 20e9 < p["stamp_ns"] <= p["received_ns"] <= now, p)
    for field in PB.PoseEstimate.DESCRIPTOR.fields:
        expect(f"JSON pose: {field.name} is there", field.name in p, p)
        want, got = getattr(fake.pose, field.name), p.get(field.name)
        if field.name in ("sequence", "stamp_ns", "based_on_ns", "expires_ns"):
            continue
        if field.name == "mode":
            want = PB.Mode.Name(want).removeprefix("MODE_")
        elif field.name == "faults":
            want = [FAULT.FaultCode.Name(code).removeprefix("FAULT_CODE_") for code in want]
        elif field.label == field.LABEL_REPEATED:
            want = list(want)
        elif isinstance(want, float) and math.isnan(want):
            want = None
        if field.type == field.TYPE_FLOAT and field.label != field.LABEL_REPEATED and got is not None:
            got = struct.unpack("f", struct.pack("f", got))[0]
        if field.name.endswith("covariance"):
            got = [struct.unpack("f", struct.pack("f", v))[0] for v in got]
        expect(f"JSON pose: {field.name}", got == want, f"{got} is not {want}")
    expect("JSON pose: times", p["expires_ns"] - p["stamp_ns"] == fake.valid_ns and
           p["stamp_ns"] - p["based_on_ns"] == 12_000_000, p)


def test_watch_json(fake):
    fake.pose = fake.make_pose()
    fake.pose.faults.extend([FAULT.FAULT_CODE_JUMP, FAULT.FAULT_CODE_OVERLOAD])
    poses = watch_json("--topic", "pose", "--count", "5")
    expect("watch --topic pose: only poses", [p["topic"] for p in poses] == ["posed/v1/pose"] * 5, poses)
    steps = [b["sequence"] - a["sequence"] for a, b in zip(poses, poses[1:])]
    expect("watch: no pose is left out", steps == [1] * 4, steps)
    check_pose_json(fake, poses[0])
    names = {field.name for field in PB.SourceStatus.DESCRIPTOR.fields}
    s = watch_json("--topic", "status", "--count", "1")[0]
    expect("JSON status: every field", {f.name for f in PB.Status.DESCRIPTOR.fields} <= set(s), s)
    expect("JSON source: every field", names == set(s["sources"][0]), s["sources"][0])
    everything = watch_json("--count", "3")
    expect("watch: the status comes first", everything[0]["topic"] == "posed/v1/status", everything)
    expect("watch --for ends", watch_json("--for", "0.5"))


def test_watch_other_topics(fake):
    with subprocess.Popen([POSED, "watch", "--endpoint", ENDPOINT, "--json", "--topic", "fault,verdict,track", "--count",
                           "5"], stdout=subprocess.PIPE, text=True) as watch:
        fake.wait_for_subscriber("posed/v1/verdict")
        fake.send_fault("gnss/roof", FAULT.FAULT_CODE_JUMP)
        fake.send("fault", PB.Fault(source="map", sequence=9, stamp_ns=1, code=999, evidence=NAN, limit=NAN))
        fake.send("fault", b"\xff")
        v = PB.Verdict(source="gnss/roof", sequence=5, stamp_ns=7, quantity=PB.QUANTITY_POSITION, nis=30, limit=16,
                       decision=PB.DECISION_REJECTED, reason=PB.REASON_INNOVATION, innovation=[1, 2, 3],
                       variance=[4, 5, 6])
        fake.send("verdict", v)
        track = fake.make_pose(stamp_ns=17, expires_ns=0)
        fake.send("track", track)
        track.sequence = 1
        fake.send("track", track)
        out = [json.loads(line) for line in watch.communicate(timeout=PATIENCE_S)[0].splitlines()]
    expect("watch: five of five", len(out) == 5, out)
    jump, unknown, verdict, track = out[:4]
    expect("JSON fault", (jump["source"], jump["code"], jump["severity"], jump["raised"]) ==
           ("gnss/roof", "JUMP", "ERROR", True) and jump["evidence"] == 30 and jump["limit"] == 5, jump)
    expect("JSON fault of a newer posed", unknown["code"] == "FAULT_999" and unknown["evidence"] is None, unknown)
    expect("JSON verdict", verdict["quantity"] == "position" and verdict["decision"] == "rejected" and
           verdict["reason"] == "innovation" and verdict["innovation"] == [1, 2, 3] and verdict["variance"] == [4, 5, 6],
           verdict)
    expect("JSON track: does not expire", track["topic"] == "posed/v1/track" and track["expires_ns"] is None, track)


def sentences(*args):
    r = posed("watch", "--endpoint", ENDPOINT, "--nmea", *args)
    expect(f"watch --nmea {args}: exit 0", r.returncode == 0, r.stderr)
    return r.stdout.split("\n")[:-1]


def test_watch_nmea(fake):
    fake.pose = fake.make_pose()
    fake.valid_ns = 20_000_000_000  # however busy the machine is
    lines = sentences("--count", "2", "--every", "0.05")
    expect("NMEA: four sentences for a pose", [line[:6] for line in lines] == ["$INGGA", "$INRMC", "$INGST", "$INHDT"] * 2, lines)
    rmc = lines[1].split("*")[0].split(",")
    expect("NMEA: usable, and by this clock", rmc[13] == "S" and rmc[9] == time.strftime("%d%m%y", time.gmtime()), rmc)
    expect("NMEA: speed and course", rmc[7] == "9.72" and rmc[8] == "36.9", rmc)
    of_day = [float(line.split(",")[1][4:]) for line in lines if line.startswith("$INGGA")]
    expect("NMEA: not more often than asked", (of_day[1] - of_day[0]) % 60 >= 0.03, of_day)
    fake.valid_ns = -1_000_000_000
    rmc = sentences("--count", "1")[1].split("*")[0].split(",")
    expect("NMEA: a pose that has expired is not safe", rmc[2] == "A" and rmc[13] == "U", rmc)
    fake.valid_ns, fake.pose = 100_000_000, fake.make_pose(mode=PB.MODE_LOST, usable=False)
    lines = sentences("--count", "1")
    expect("NMEA: a LOST pose is no fix", lines[0].split(",")[6] == "0" and lines[1].split(",")[2] == "V", lines)
    fake.pose = fake.make_pose()


def test_watch_lines(fake):
    """Into a pipe: a line for each status and fault."""
    fake.valid_ns = 20_000_000_000  # however busy the machine is
    with subprocess.Popen([POSED, "watch", "--endpoint", ENDPOINT, "--topic", "status,fault", "--count", "4"],
                          stdout=subprocess.PIPE, text=True) as watch:
        first = watch.stdout.readline()
        expect("line of a status", re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z NOMINAL", first), first)
        fake.send_fault("gnss/roof", FAULT.FAULT_CODE_JUMP)
        line = watch.stdout.readline()
        expect("line of a fault", re.search(r"Z ERROR gnss/roof JUMP raised  30 \(limit 5\)  The fix moved", line), line)
        fake.send_fault("gnss/roof", FAULT.FAULT_CODE_JUMP, raised=False)
        expect("line of its end", "JUMP cleared" in watch.stdout.readline())
        now = time.time_ns()  # a pose before the status, however fast the lines came
        fake.send("pose", fake.make_pose(stamp_ns=now, expires_ns=now + fake.valid_ns))
        fake.send_status()
        line = watch.stdout.readline()
        expect("line of a status with its pose", "52.2700000 10.5300000 deg, 118.25 m" in line and
               "1 of 2 sources alive" in line, line)
        expect("watch ends by its count", watch.wait(PATIENCE_S) == 0)
    fake.valid_ns = 100_000_000


def test_interface_version(fake):
    fake.status = None
    fake.send_status(protocol=2)
    r = status("--timeout", "5")
    expect("a later interface is refused", r.returncode == 1 and "version 2" in r.stderr, r)
    r = posed("watch", "--endpoint", ENDPOINT, "--json", "--count", "1")
    expect("watch refuses it too", r.returncode == 1 and "version 2" in r.stderr, r)
    fake.send_status()


def test_curve():
    """With keys, over TCP, against ZeroMQ's own CURVE of another language."""
    keys = {}
    for name in ("daemon", "viewer", "stranger"):
        keys[name] = os.path.join(TMP, name)
        r = posed("keygen", keys[name])
        expect(f"keygen {name}", r.returncode == 0, r)
    with open(keys["daemon"] + ".key") as f:
        fake = fake_posed.FakePosed(PB, "tcp://127.0.0.1:*", secret_key=f.read().strip())
    try:
        args = ("status", "--endpoint", fake.endpoint, "--key", keys["viewer"] + ".key")
        r = posed(*args, "--server-key", keys["daemon"] + ".pub")
        expect("CURVE: status with the right keys", r.returncode == 0, r)
        with open(keys["daemon"] + ".pub") as f:
            r = posed(*args, "--server-key", f.read().strip(), "--json")
        expect("CURVE: the server's key as text", r.returncode == 0, r)
        config = os.path.join(TMP, "curve.yaml")
        with open(config, "w") as f:
            f.write(f"bus: {{poses: ['{fake.endpoint}'], secret_key: viewer.key, server_key: daemon.pub}}\n")
        if re.search("^bus:", posed("check-config", "--template").stdout, re.M):
            r = posed("status", "-c", config)
            expect("CURVE: keys from a configuration, beside it", r.returncode == 0, r)
        else:
            print("left out: keys from a configuration, which has no section bus yet")
        r = posed(*args, "--server-key", keys["stranger"] + ".pub", "--timeout", "0.5")
        expect("CURVE: another server's key: exit 1", r.returncode == 1 and "nothing came within 0.5 s" in r.stderr, r)
        os.chmod(keys["viewer"] + ".key", 0o644)
        r = posed(*args, "--server-key", keys["daemon"] + ".pub")
        expect("CURVE: a secret key that others may read", r.returncode == 1 and "viewer.key" in r.stderr, r)
    finally:
        fake.stop()


class Screen:
    """posed watch on a terminal of our own."""

    def __init__(self, *args):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["TERM"] = "xterm"
            os.execv(POSED, [POSED, "watch", "--endpoint", ENDPOINT, *args])
        self.resize(40, 160)
        self.text = ""

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self):
        if not select.select([self.fd], [], [], PATIENCE_S)[0]:
            raise TimeoutError(self.text)
        try:
            self.text += os.read(self.fd, 65536).decode(errors="replace")
        except OSError:  # it is gone
            return False
        return True

    def wait_for(self, what, pattern):
        """Until a whole frame has the pattern; frames begin at the top left corner."""
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and self.read():
            for frame in self.text.split("\033[H")[1:-1]:
                plain = re.sub(r"\033\[[0-9;?]*[A-Za-z]", "", frame)
                if re.search(pattern, plain, re.S):
                    self.text = self.text[self.text.rindex("\033[H"):]
                    expect(what, True)
                    return plain
        expect(what, False, self.text[-1500:])
        return ""

    def settings(self):
        return termios.tcgetattr(self.fd)[3] & (termios.ICANON | termios.ECHO)

    def end(self, what, code=0):
        while self.read():
            pass
        left = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        expect(f"{what}: exit {code}", left == code, left)
        tail = self.text[self.text.rfind("\033[?25h"):]
        expect(f"{what}: the cursor and the shell's screen are back", "\033[?25h\033[?1049l" in tail, repr(tail))
        os.close(self.fd)


def test_screen(fake):
    fake.send_status()
    screen = Screen()
    plain = screen.wait_for("screen: the whole view", r"posed 9\.8\.7.*NOMINAL  usable.*gnss/roof.*no faults")
    for words in ("52.2700000, 10.5300000 deg, 118.25 m", "heading 28.6 deg, 5.00 m/s", "1.73 m x 1.22 m",
                  "expires in", "inside the alert limits with 75.0 %", "unauthenticated 13", "radar/front", "NEVER_SEEN",
                  "pitch 0.57 ± 0.06 deg", "measure 1.0100"):
        expect(f"screen: {words}", words in plain, plain)
    expect("screen: no bounds when there are none", "bound" not in plain, plain)
    expect("screen: keys come singly", screen.settings() == 0)
    fake.pose = fake.make_pose(protection_along_m=2.5, protection_cross_m=1.5, protection_vertical_m=4,
                               protection_heading_rad=0.1, mode=PB.MODE_DEGRADED)
    screen.wait_for("screen: bounds when there are any", r"DEGRADED.*bound      2\.50 m along, 1\.50 m across")
    fake.send_fault("gnss/roof", FAULT.FAULT_CODE_JUMP)
    s = fake.make_status(mode=PB.MODE_DEGRADED, sequence=77)
    s.sources[0].faults.append(FAULT.FAULT_CODE_JUMP)
    fake.send("status", s)
    screen.wait_for("screen: a fault with since and evidence", r"faults.*gnss/roof +JUMP +for \d\.\d s  30 \(limit 5\)")
    fake.pose = None
    screen.wait_for("screen: a pose that expired", r"NOT USABLE.*expired")
    screen.resize(10, 30)
    small = screen.wait_for("screen: a smaller one", r"\(\d+ more lines\)")
    lines = small.split("\r\n")
    expect("screen: fits", len(lines) <= 10 and all(len(line) <= 30 for line in lines), lines)
    os.write(screen.fd, b"q")
    screen.end("screen: q")
    fake.pose = fake.make_pose()
    for name in ("SIGINT", "SIGTERM"):
        screen = Screen()
        screen.wait_for(f"screen: before {name}", "NOMINAL")
        os.kill(screen.pid, getattr(signal, name))
        while screen.read():
            pass
        expect(f"screen: {name}: restored", "\033[?25h\033[?1049l" in screen.text, screen.text[-200:])
        expect(f"screen: {name}: exit 0", os.waitstatus_to_exitcode(os.waitpid(screen.pid, 0)[1]) == 0)
        os.close(screen.fd)


def test_waiting_screen():
    screen = Screen("--for", "2.5")
    screen.wait_for("screen: says what it waits for", r"waiting for its status: there is no such socket")
    screen.end("screen: nobody came", 1)


def main():
    fake = None
    try:
        test_nobody_there()
        test_command_line()
        test_waiting_screen()
        test_curve()
        fake = fake_posed.FakePosed(PB, ENDPOINT)
        test_status(fake)
        test_status_json(fake)
        test_map(fake)
        test_watch_json(fake)
        test_watch_other_topics(fake)
        test_watch_nmea(fake)
        test_watch_lines(fake)
        test_interface_version(fake)
        test_screen(fake)
    finally:
        if fake:
            fake.stop()
        shutil.rmtree(TMP, ignore_errors=True)
    finish()


NAN = fake_posed.NAN
main()
