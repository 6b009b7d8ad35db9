#!/usr/bin/env python3
"""misled.py DIR: how the misleading epochs of a campaign with one fault in every drive compare with the risk.

A drive of such a campaign has a fault for certain; the risk (integrity.risk) is of a drive that has one with its prior. So
of each kind of source: the share of the time with its fault, and after it, in which an error was above its level, times the prior of the
fault; and the sum of these against the risk. What is independent is the drive: intervals are Wilson's of the share of drives
that were misled at all, times the share of their time for which those were. Of none: up to three in n drives (95 %), each
misled all the time, which is the most that it can be."""
import math
import os
import re
import sqlite3
import sys

SETTINGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fusion/settings_integrity.def")


def defaults():
    """What the settings of integrity are when nobody sets them, by name: the fifth of NUM's values."""
    with open(SETTINGS) as text:
        return {name: float(value) for name, value in re.findall(r'^NUM\((\w+), "[^"]*", [^,]+, [^,]+, ([^,]+),', text.read(), re.M)}


RISK = defaults()["risk"]
PRIORS = {name.removeprefix("prior_"): value for name, value in defaults().items() if name.startswith("prior_")}
# Of the level: along, across, up, heading, and the length.
PARTS, Z = 5, 1.96


def wilson(happened, count):
    """Wilson 1927, as in campaign/statistics.c; of none, Hanley and Lippman-Hand 1983."""
    if happened == 0:
        return 0.0, 1 - 0.05 ** (1 / count)
    p, n = happened / count, count
    middle, half = p + Z * Z / (2 * n), Z * math.sqrt(p * (1 - p) / n + Z * Z / (4 * n * n))
    return (middle - half) / (1 + Z * Z / n), (middle + half) / (1 + Z * Z / n)


def share_of_fault(row):
    """Of the time from the fault's begin on, as far as it lasts, the share that was misled: what comes after it counts as its own."""
    misleading, epochs, duration, begin, end = row
    lasts = min(max((duration if end is None else end) - begin, 1.0), duration)
    return min(1.0, misleading / (epochs * lasts / duration))


def judge(shares):
    """(drives, misled drives, share of the time, low, high)"""
    misled = [s for s in shares if s > 0]
    low, high = wilson(len(misled), len(shares))
    each = sum(misled) / len(misled) if misled else 1.0
    return len(shares), len(misled), sum(shares) / len(shares), low * each, high * each


def report(path):
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    kinds = {}
    for kind, *row in db.execute("SELECT fault_source, misleading, epochs, duration_s, fault_from_s, fault_to_s FROM run "
                                 "WHERE injected > 0 AND epochs > 0 AND trouble = '' AND fault_from_s IS NOT NULL"):
        if kind in PRIORS:
            kinds.setdefault(kind, []).append(share_of_fault(row))
    total = [0.0, 0.0, 0.0]
    print("| fault of | drives | misled | share of its time (95 %) | prior | times prior |\n| --- | ---: | ---: | --- | --- | --- |")
    for kind, shares in sorted(kinds.items()):
        drives, misled, *share = judge(shares)
        risk = [PRIORS[kind] * s for s in share]
        total = [a + b for a, b in zip(total, risk)]
        print(f"| {kind} | {drives} | {misled} | {share[0]:.1e} ({share[1]:.1e}-{share[2]:.1e}) | {PRIORS[kind]:g} | "
              f"{risk[0]:.1e} ({risk[1]:.1e}-{risk[2]:.1e}) |")
    print(f"| all | | | | | {total[0]:.1e} ({total[1]:.1e}-{total[2]:.1e}) |")
    verdict = "shown" if total[2] <= RISK * PARTS else "kept, but not shown" if total[0] <= RISK * PARTS else "NOT KEPT"
    print(f"\nThe risk is {RISK:g} in each of {PARTS} parts of the level, {RISK * PARTS:g} in all: {verdict}.")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    report(os.path.join(sys.argv[1], "campaign.sqlite"))
