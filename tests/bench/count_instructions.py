#!/usr/bin/env python3
"""count_instructions.py BENCH_FILTER: instructions per step, counted by callgrind.

They do not depend on what else the machine does. A vector operation counts as one. Exit 77 (skipped) without valgrind."""
import re
import shutil
import subprocess
import sys
import tempfile

CALLS = 640
# Step, function that is counted, what it is, target.
STEPS = [
    ("predict", "fast_predict", "prediction: state and covariance", 2500),
    ("book-predict", "book_predict", "  textbook, dense, double", None),
    ("update", "fast_update", "3-D fix: Jacobian, gate, update", 2500),
    ("fuse", "fast_fuse", "  gate and update of it alone", None),
    ("book-update", "book_update", "  textbook, dense, double", None),
]


def count(bench, step, function):
    with tempfile.NamedTemporaryFile() as out:
        done = subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out.name}", f"--toggle-collect={function}",
             bench, "--count", step, str(CALLS)], capture_output=True, text=True)
        found = re.search(r"Collected : (\d+)", done.stderr)
        if done.returncode != 0 or not found:
            sys.exit(f"callgrind: {done.stderr.strip()}")
        return int(found.group(1)) / CALLS


def main():
    if not shutil.which("valgrind"):
        print("skipped: there is no valgrind to count instructions with")
        return 77
    print(f"{'instructions per step':<46} {'counted':>10} {'ratio':>8}  target")
    first = None
    for step, function, what, target in STEPS:
        counted = count(sys.argv[1], step, function)
        if target:
            first = counted
        ratio = "" if target else f"{counted / first:.1f} x"
        print(f"{what:<46} {counted:>10.0f} {ratio:>8}  {f'<= {target}' if target else ''}".rstrip())
    return 0


if __name__ == "__main__":
    sys.exit(main())
