#!/usr/bin/env python3
"""count_tests.py TESTLOG.json: prints "PASSED FAILED SKIPPED" of one `meson test` run."""
import json
import sys

PASSED, SKIPPED = {"OK", "EXPECTEDFAIL"}, {"SKIP", "IGNORED"}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    results = [json.loads(line)["result"] for line in open(sys.argv[1]) if line.strip()]
    if not results:
        sys.exit(f"{sys.argv[1]}: empty")
    passed = sum(r in PASSED for r in results)
    skipped = sum(r in SKIPPED for r in results)
    print(passed, len(results) - passed - skipped, skipped)


main()
