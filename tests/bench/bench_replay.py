#!/usr/bin/env python3
"""bench_replay.py POSED BENCH_DENSE TOWN_LOOP REAL_DATA: how many times real time a replay runs.

From the file to poses in memory, verdicts not written, on one core; the best of many runs, for a busy machine only ever
adds. Beside it, in the same run, the textbook's dense filter for the same predictions and updates and nothing else."""
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile

RUNS = 25
TARGET = 5000  # on the real segment


def output(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def row(what, times_ms, ratio, target):
    cells = [statistics.median(times_ms), min(times_ms), max(times_ms)]
    print(f"{what:<46} " + " ".join(f"{c:10.2f}" for c in cells) + f" {'ms':<6} {ratio:>7}  {target}".rstrip())


def bench(posed, dense, name, drive, target):
    runs = [json.loads(output(posed, "replay", "-q", "--summary", "json", drive)) for _ in range(RUNS)]
    book = json.loads(output(dense, drive))
    wall = [1e3 * r["wall_s"] for r in runs]
    cpu = [1e3 * r["cpu_s"] for r in runs]
    slow = 1e3 * (book["predict_s"] + book["update_s"])
    duration = runs[0]["duration_s"]
    row(f"{name}: wall", wall, "", f"<= {1e3 * duration / target:.1f} ms" if target else "")
    row(f"{name}: processor", cpu, "", "")
    row(f"  textbook, {book['states']} states", [slow], f"{slow / min(cpu):.1f} x", "")
    print(f"  {book['frames']} frames, {book['predictions']} predictions, {book['updates']} updates, {runs[0]['poses']} "
          f"poses; speed factor {duration / (1e-3 * statistics.median(wall)):.0f} (median), "
          f"{duration / (1e-3 * min(wall)):.0f} (best)" + (f", target {target}" if target else ""))
    if len({r["output_sha256"] for r in runs}) != 1:
        sys.exit(f"{name}: not every run gave the same poses")


def main():
    posed, dense, town, real = sys.argv[1:5]
    print(f"{f'replay, {RUNS} runs':<46} {'median':>10} {'min':>10} {'max':>10} {'unit':<6} {'ratio':>7}  target")
    bench(posed, dense, "town loop", town, None)
    segments = sorted(pathlib.Path(real, "comma2k19").glob("*/*/processed_log"))
    if not segments:
        print(f"skipped: no comma2k19 segment under {real} (POSED_REAL_DATA)")
    for segment in segments[:1]:
        with tempfile.TemporaryDirectory() as folder:
            drive = str(pathlib.Path(folder, "segment.mcap"))
            output(posed, "import", "comma2k19", str(segment.parent), "-o", drive)
            bench(posed, dense, "comma2k19", drive, TARGET)
    return 0


if __name__ == "__main__":
    sys.exit(main())
