#!/usr/bin/env python3
"""test_faults.py POSED CLOCK_SHIM POSED.PROTO POSED_FAULT.PROTO TOWN_LOOP [--seconds S]: what goes wrong while posed
runs, on real processes: an adapter that dies, hangs, restarts, floods, sends garbage, stamps of the future and of the
past, the same payload for ever; subscribers that never read or come and go; the system clock stepped by an hour. Each
time the pose goes on, the flag rises and clears in the documented time (docs/LIVE.md), and nothing else moves.

Prints one line per check that fails and a count; exit 1 if any failed, 77 without PyZMQ or protobuf."""
import math
import os
import signal
import struct
import subprocess
import sys
import time

try:
    import google.protobuf  # noqa: F401
    import zmq
except ImportError as e:
    print(f"skipped: {e}")
    sys.exit(77)
import rig
from checks import expect, finish

POSED, SHIM, PROTOS, DRIVE = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2]), sys.argv[3:5], sys.argv[5]
FLOOD_S = float(sys.argv[sys.argv.index("--seconds") + 1]) if "--seconds" in sys.argv else 4.0
HERE = os.path.dirname(os.path.abspath(__file__))
RADAR = "radar/front"


def jumps(poses):
    """How far each pose lies from where the one before was heading, over what both allow: 0.1 m and three sigmas."""
    result = []
    for a, b in zip(poses, poses[1:]):
        moved_m = math.dist((a.x_ecef_m, a.y_ecef_m, a.z_ecef_m), (b.x_ecef_m, b.y_ecef_m, b.z_ecef_m))
        c = a.pose_covariance
        sigma_m = math.sqrt(c[0] + c[6] + c[11])
        result.append((moved_m - 0.01 * math.hypot(b.v_east_mps, b.v_north_mps)) / (0.1 + 3 * sigma_m))
    return result


def radar_adapter(r, from_s):
    return r.replay(DRIVE, "--from_s", str(from_s), "--without", "gnss,imu,wheel,camera", env=r.env)


class Drive:
    """posed run with every source played by one adapter and the radar by another."""

    def __init__(self, from_s, *args, env=None):
        self.r = rig.Rig(POSED, PROTOS)
        self.r.env = env
        self.from_s, self.begin = from_s, None
        self.run = self.r.run("--as-drive", DRIVE, *args, env=env)
        self.listener = self.r.listen()
        rig.wait_for(lambda: self.listener.status)
        self.begin = time.monotonic()
        self.others = self.r.replay(DRIVE, "--from_s", str(from_s), "--without", "radar", env=env)
        self.radar = radar_adapter(self.r, from_s)
        expect("it becomes NOMINAL", rig.wait_for(self.is_nominal, 20), self.r.said())
        self.mark()

    def is_nominal(self):
        return self.listener.mode() == self.r.pb.MODE_NOMINAL

    def now_s(self):
        return self.from_s + time.monotonic() - self.begin

    def mark(self):
        self.first_pose, self.first_fault = len(self.listener.poses), len(self.listener.faults)

    def undisturbed(self, what, allowed):
        """Since the mark: every pose came, none far from the last one, and no fault but `allowed` (source, code)."""
        poses = self.listener.poses[self.first_pose:]
        arrived = self.listener.arrived[self.first_pose:]
        steps = [b.sequence - a.sequence for a, b in zip(poses, poses[1:])]
        expect(f"{what}: the pose keeps its rate", steps and set(steps) == {1}, sorted(set(steps)))
        late = sorted(a - p.stamp_ns for a, p in zip(arrived, poses))  # the machine may hold up a few, and this test
        expect(f"{what}: poses come before they have expired", late and late[len(late) * 95 // 100] < 100e6,
               f"{max(late, default=0) / 1e6} ms")
        expect(f"{what}: the pose does not jump", poses and max(jumps(poses)) < 1, max(jumps(poses)))
        expect(f"{what}: no reset", len({p.resets for p in poses}) == 1)
        others = {(s, c) for s, c, _ in self.listener.fault_names(self.first_fault)} - set(allowed)
        expect(f"{what}: no other fault", not others, others)
        self.mark()

    def rises(self, what, source, code, within_s):
        seen = rig.wait_for(lambda: self.listener.has_fault(source, code), within_s + 3)
        expect(f"{what}: {code} of {source} rises", seen, self.listener.fault_names(self.first_fault))

    def clears(self, what, source, code, within_s):
        gone = rig.wait_for(lambda: not self.listener.has_fault(source, code), within_s + 3)
        expect(f"{what}: {code} of {source} clears", gone, self.listener.fault_names(self.first_fault))

    def quiet(self, what):
        """All flags of the radar and of the system have gone, in the track too (window_s later)."""
        clear = rig.wait_for(lambda: not self.listener.system_faults()
                             and not list(self.listener.source(RADAR).faults), 20)
        expect(f"{what}: all clears", clear, f"{self.listener.status}"[-1500:])
        seen = len(self.listener.poses)
        rig.wait_for(lambda: len(self.listener.poses) > seen + 80)

    def end(self):
        self.r.end()


def a_scan(r):
    """A radar scan as it was sent, and how to send another one."""
    s = r.context.socket(zmq.SUB)
    s.setsockopt(zmq.RCVTIMEO, 20000)
    s.setsockopt(zmq.SUBSCRIBE, b"posed/v1/sensor/radar/")
    s.connect(r.poses)
    topic, payload = s.recv_multipart()
    s.close()
    return topic, r.pb.RadarScan.FromString(payload)


def test_adapter_dies(d):
    d.radar.kill()
    d.radar.wait()
    d.rises("killed", RADAR, "STALE", 1.5)
    expect("killed: DEGRADED", rig.wait_for(lambda: d.listener.mode() == d.r.pb.MODE_DEGRADED, 5))
    d.radar = radar_adapter(d.r, d.now_s())
    d.clears("restarted", RADAR, "STALE", 2)
    d.quiet("restarted")
    d.undisturbed("killed and restarted", [(RADAR, "STALE"), (RADAR, "SEQUENCE_GAP")])


def test_adapter_hangs(d):
    d.radar.send_signal(signal.SIGSTOP)
    d.rises("hung", RADAR, "STALE", 1.5)
    d.radar.send_signal(signal.SIGCONT)
    d.clears("goes on", RADAR, "STALE", 2)
    d.quiet("goes on")
    # What had gathered comes at once: frames that are too late or too old, and more than the source may send.
    d.undisturbed("hung", [(RADAR, "STALE"), (RADAR, "SEQUENCE_GAP"), (RADAR, "LATE"), (RADAR, "TIME_JUMP"),
                           ("system", "OVERLOAD")])


def flood(d, kind):
    _, scan = a_scan(d.r)
    process = subprocess.Popen([sys.executable, os.path.join(HERE, "flood.py"), d.r.frames, kind, "100000",
                                str(FLOOD_S), scan.SerializeToString().hex()], stdout=subprocess.PIPE, text=True)
    d.r.processes.append(process)
    return process


def resident_kib(process):
    with open(f"/proc/{process.pid}/status") as f:
        return next(int(line.split()[1]) for line in f if line.startswith("VmRSS"))


def test_garbage(d):
    process = flood(d, "garbage")
    d.rises("garbage", RADAR, "MALFORMED", 3)
    before = resident_kib(d.run)
    sent = int(process.communicate()[0])
    grown = resident_kib(d.run) - before
    print(f"garbage: {sent / FLOOD_S:.0f} messages/s sent, {d.listener.status.malformed} malformed, "
          f"{d.listener.status.dropped} dropped, memory {grown:+d} KiB")
    expect("garbage: memory is flat", grown < 4096, grown)
    expect("garbage: it is counted", d.listener.source(RADAR).malformed > 100)
    d.clears("garbage ends", RADAR, "MALFORMED", 3)
    d.quiet("garbage ends")
    d.undisturbed("garbage", [(RADAR, "MALFORMED"), ("system", "OVERLOAD"), (RADAR, "STALE"),
                              (RADAR, "SEQUENCE_GAP")])


def test_valid_flood(d):
    used = {s.source: s.used for s in d.listener.status.sources}
    process = flood(d, "radar")
    d.rises("flood", "system", "OVERLOAD", 3)
    before = resident_kib(d.run)
    sent = int(process.communicate()[0])
    grown = resident_kib(d.run) - before
    print(f"flood: {sent / FLOOD_S:.0f} frames/s sent, {d.listener.status.dropped} dropped, memory {grown:+d} KiB")
    expect("flood: memory is flat", grown < 4096, grown)
    expect("flood: it is counted", d.listener.source(RADAR).dropped > 1000)
    for source, rate in (("imu/body", 100), ("gnss/roof", 5)):
        gained = d.listener.source(source).used - used[source]
        expect(f"flood: {source} is used as before", gained > 0.8 * rate * FLOOD_S, gained)
    d.clears("flood ends", "system", "OVERLOAD", 3)
    d.quiet("flood ends")
    # A scan that is a lie is a lie: what it does to the radar's own flags is the radar's.
    radars = [(RADAR, code) for code in ("SEQUENCE_GAP", "FROZEN", "STALE", "TIME_JUMP", "REJECTED", "NOISY", "LATE")]
    d.undisturbed("flood", [("system", "OVERLOAD"), *radars])


def scans(d, change, count=30, period_s=1 / 15):
    """Takes the radar's adapter away and speaks for it: scans with right times, but for what `change` does."""
    topic, scan = a_scan(d.r)
    d.r.stop(d.radar)
    s = d.r.sender()
    time.sleep(0.3)  # a PUB socket has no other way to wait for its connection
    for i in range(count):
        now = time.time_ns()
        scan.sequence += 1
        scan.stamp_ns = scan.received_ns = now
        for detection in scan.detections:
            detection.range_m += 1e-3
        change(scan, i)
        s.send_multipart([topic, scan.SerializeToString()])
        time.sleep(period_s)
    s.close()
    d.radar = radar_adapter(d.r, d.now_s())


def test_future(d):
    def change(scan, i):
        scan.stamp_ns += 3600 * 10**9
        scan.received_ns += 3600 * 10**9 if i % 2 else 0
    scans(d, change)
    d.rises("future", RADAR, "TIME_JUMP", 1)
    d.quiet("future ends")
    d.undisturbed("future", [(RADAR, "TIME_JUMP"), (RADAR, "STALE"), (RADAR, "SEQUENCE_GAP")])


def test_past(d):
    def change(scan, i):
        scan.stamp_ns -= 3600 * 10**9
        scan.received_ns -= 3600 * 10**9 if i % 2 else 0
    scans(d, change)
    d.rises("past", RADAR, "TIME_JUMP", 1)
    d.quiet("past ends")
    d.undisturbed("past", [(RADAR, "TIME_JUMP"), (RADAR, "STALE"), (RADAR, "SEQUENCE_GAP")])


def test_frozen(d):
    keep = {}

    def change(scan, i):
        if not keep:
            keep["scan"] = [(x.range_m, x.azimuth_rad, x.doppler_mps) for x in scan.detections]
        for x, (range_m, azimuth_rad, doppler_mps) in zip(scan.detections, keep["scan"]):
            x.range_m, x.azimuth_rad, x.doppler_mps = range_m, azimuth_rad, doppler_mps
    scans(d, change, count=45)
    d.rises("frozen", RADAR, "FROZEN", 1)
    d.quiet("frozen ends")
    d.undisturbed("frozen", [(RADAR, code) for code in ("FROZEN", "STALE", "SEQUENCE_GAP", "REJECTED", "NOISY")])


def test_subscribers(d):
    lazy = d.r.context.socket(zmq.SUB)
    lazy.setsockopt(zmq.RCVHWM, 1)
    lazy.setsockopt(zmq.SUBSCRIBE, b"")
    lazy.connect(d.r.poses)
    stopped = d.r.start("watch", "--endpoint", d.r.poses, "--json")
    rig.wait_for(lambda: len(d.listener.poses) > d.first_pose + 50)
    stopped.send_signal(signal.SIGSTOP)
    before = resident_kib(d.run)
    for _ in range(300):
        s = d.r.context.socket(zmq.SUB)
        s.setsockopt(zmq.SUBSCRIBE, b"posed/v1/status")
        s.connect(d.r.poses)
        s.close(linger=0)
    rig.wait_for(lambda: len(d.listener.poses) > d.first_pose + 500)
    grown = resident_kib(d.run) - before
    print(f"subscribers: memory {grown:+d} KiB")
    expect("subscribers: memory is bounded", grown < 16384, grown)
    d.undisturbed("subscribers", [])
    d.r.stop(stopped, signal.SIGKILL)
    lazy.close(linger=0)


def step_clock(path, seconds):
    with open(path, "r+b") as f:
        f.write(struct.pack("<q", int(seconds * 1e9)))


def test_clock_step():
    path = os.path.join(rig.scratch("posed-clock-"), "offset")
    with open(path, "wb") as f:
        f.write(bytes(8))
    d = Drive(12, env={"LD_PRELOAD": SHIM, "CLOCK_SHIM": path})
    for step_s in (3600, -3600):
        poses = d.listener.poses
        seen = len(poses)
        offset_s = step_s if step_s > 0 else 0
        step_clock(path, offset_s)
        # The replay's frames keep the time of its start: only the daemon's clock has moved. Frames of before the step
        # are brought over for five seconds; then an adapter must use the new time.
        d.rises(f"clock {step_s:+d} s", "system", "CLOCK_STEP", 1)
        stepped = rig.wait_for(lambda: any(abs(b.stamp_ns - a.stamp_ns - step_s * 10**9) < 50e6
                                           for a, b in zip(poses[seen - 1:], poses[seen:])), 5)
        expect(f"clock {step_s:+d} s: the pose goes on in the new time", stepped)
        count = len(poses)
        rig.wait_for(lambda: len(poses) > count + 200)
        run = poses[seen:]
        expect(f"clock {step_s:+d} s: no reset", len({p.resets for p in run}) == 1)
        expect(f"clock {step_s:+d} s: numbers go on", all(b.sequence - a.sequence == 1 for a, b in zip(run, run[1:])))
        expect(f"clock {step_s:+d} s: the pose does not jump", max(jumps(run)) < 1, max(jumps(run)))
        others = {x[:2] for x in d.listener.fault_names(d.first_fault)} - {("system", "CLOCK_STEP")}
        expect(f"clock {step_s:+d} s: no other fault", not others, others)
    d.end()


def main():
    d = Drive(8)
    for test in (test_subscribers, test_adapter_dies, test_adapter_hangs, test_future, test_past, test_frozen):
        test(d)
    d.end()
    d = Drive(157)
    for test in (test_garbage, test_valid_flood):
        test(d)
    expect("SIGTERM: a clean end", d.r.stop(d.run) == 0, d.r.said())
    d.end()
    test_clock_step()


main()
finish()
