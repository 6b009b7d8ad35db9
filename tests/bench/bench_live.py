#!/usr/bin/env python3
"""bench_live.py POSED POSED.PROTO POSED_FAULT.PROTO DRIVE [--seconds S] [--without LIST]: what posed run costs at 100 Hz
IMU, 10 Hz GNSS and 20 Hz radar, with poses at 100 Hz and one subscriber: processor time in percent of one core, memory,
and how old a pose is when a subscriber has it. DRIVE is the comma2k19 folder or an imported segment, whose wheels and
second receiver are left out, or any other, with --without. Prints; decides nothing."""
import os
import subprocess
import sys
import time

try:
    import google.protobuf  # noqa: F401
    import zmq  # noqa: F401
except ImportError as e:
    print(f"skipped: {e}")
    sys.exit(77)
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "live"))
import rig  # noqa: E402

POSED, PROTOS, DRIVE = os.path.abspath(sys.argv[1]), sys.argv[2:4], sys.argv[4]
SECONDS = float(sys.argv[sys.argv.index("--seconds") + 1]) if "--seconds" in sys.argv else 20.0
WITHOUT = sys.argv[sys.argv.index("--without") + 1] if "--without" in sys.argv else "wheel,gnss/qcom"
if not os.path.exists(DRIVE):
    print(f"skipped: {DRIVE} is not there")
    sys.exit(77)


def processor_s(pid):
    """Of all its threads, to the nanosecond."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/schedstat") as f:
            total += int(f.read().split()[0])
    return total * 1e-9


def memory(pid):
    with open(f"/proc/{pid}/status") as f:
        rows = dict(line.split(":", 1) for line in f)
    return tuple(int(rows[key].split()[0]) / 1024 for key in ("VmRSS", "VmHWM"))


r = rig.Rig(POSED, PROTOS)
if os.path.isdir(DRIVE):
    segment = next((root for root, names, _ in os.walk(DRIVE) if "processed_log" in names), None)
    if not segment:
        print(f"skipped: there is no segment in {DRIVE}")
        sys.exit(77)
    DRIVE = os.path.join(r.dir, "segment.mcap")
    subprocess.run([POSED, "import", "comma2k19", segment, "-o", DRIVE], check=True, stdout=subprocess.DEVNULL)
try:
    run = r.run("--as-drive", DRIVE)
    listener = r.listen()
    rig.wait_for(lambda: listener.status)
    r.replay(DRIVE, "--without", WITHOUT, "--from_s", "2")
    rig.wait_for(lambda: len(listener.poses) > 500)
    before_s, begin, first = processor_s(run.pid), time.monotonic(), len(listener.poses)
    rig.wait_for(lambda: time.monotonic() - begin > SECONDS, SECONDS + 10)
    used_s, took_s = processor_s(run.pid) - before_s, time.monotonic() - begin
    ages_ms = sorted((a - p.stamp_ns) * 1e-6 for a, p in zip(listener.arrived[first:], listener.poses[first:]))
    rates = ", ".join(f"{s.source} {s.rate_hz:.0f} Hz" for s in listener.status.sources if s.rate_hz > 0)
    now, most = memory(run.pid)
    print(f"sources: {rates}; {len(ages_ms) / took_s:.1f} poses/s")
    print(f"processor: {100 * used_s / took_s:.2f} % of one core over {took_s:.0f} s")
    print(f"memory: {now:.1f} MiB resident, at most {most:.1f} MiB")
    print(f"from a pose's stamp to its subscriber (in Python): p50 {ages_ms[len(ages_ms) // 2]:.2f} ms, "
          f"p99 {ages_ms[len(ages_ms) * 99 // 100]:.2f} ms")
finally:
    r.end()
