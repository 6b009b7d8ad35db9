#!/usr/bin/env python3
"""test_targets.py BUILD SUITE...: prints what ninja has to build for the tests of BUILD that are in none of these suites.

One target a line. `meson test` knows them too, but ninja is not quiet under it."""
import json
import os
import subprocess
import sys


def introspect(build, what):
    return json.loads(subprocess.run(["meson", "introspect", f"--{what}", build], check=True, stdout=subprocess.PIPE).stdout)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    build, without = sys.argv[1], set(sys.argv[2:])
    # A suite is "project:name"; a test in none is in "project".
    needed = {name for test in introspect(build, "tests")
              if not without & {suite.rpartition(":")[2] for suite in test["suite"]} for name in test["depends"]}
    for target in introspect(build, "targets"):
        if target["id"] in needed:
            print("\n".join(os.path.relpath(path, os.path.abspath(build)) for path in target["filename"]))


main()
