#!/usr/bin/env python3
"""make_tree.py BUILD SOURCE: the system that test_service.py boots, made beforehand: a minute of downloading and unpacking
that needs no quiet machine. Exit 77 where it cannot be done. Needs root."""
import glob
import os
import sys

import machine

PLACE = os.path.join(os.path.abspath(sys.argv[1]), "system")


def main():
    reason = machine.why_not()
    debs = sorted(glob.glob(f"{PLACE}/packages/*.deb"))
    if not debs:
        reason = reason or "the packages have not been built"
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    print(machine.make_tree(PLACE, debs))


main()
