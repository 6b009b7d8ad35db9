#!/usr/bin/env python3
"""count_tests.py TESTLOG.json: prints "PASSED FAILED SKIPPED" of one `meson test` run.

After it comes, for each test that did not pass, a line with its name and the last lines that it printed.
"""
import json
import sys

PASSED, SKIPPED = {"OK", "EXPECTEDFAIL"}, {"SKIP", "IGNORED"}
TAIL_LINES = 30


def report(test):
    """The test's name, how it ended, and the end of what it printed, indented."""
    said = test.get("stdout", "").splitlines() + test.get("stderr", "").splitlines()
    return "\n".join([f"{test['name']} ({test['result']})"] + ["    " + line for line in said[-TAIL_LINES:]])


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    tests = [json.loads(line) for line in open(sys.argv[1]) if line.strip()]
    if not tests:
        sys.exit(f"{sys.argv[1]}: empty")
    results = [test["result"] for test in tests]
    passed = sum(r in PASSED for r in results)
    skipped = sum(r in SKIPPED for r in results)
    print(passed, len(results) - passed - skipped, skipped)
    for test in tests:
        if test["result"] not in PASSED | SKIPPED:
            print(report(test))


main()
