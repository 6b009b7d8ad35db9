"""checks.py: what the scripts of this folder share: expectations, which are counted, and the environment in which a
sanitizer's report is no exit code of posed."""
import os
import sys

OK, BAD, USAGE = 0, 1, 2
ENV = dict(os.environ, ASAN_OPTIONS="exitcode=99:" + os.environ.get("ASAN_OPTIONS", ""),
           UBSAN_OPTIONS="exitcode=99:halt_on_error=1:" + os.environ.get("UBSAN_OPTIONS", ""))
failures, checks = [], 0


def expect(what, condition, detail=""):
    global checks
    checks += 1
    if not condition:
        failures.append(what)
        print(f"FAILED: {what}: {detail}"[:600])


def finish():
    """Says how many there were; exit 1 if any failed."""
    print(f"{checks} checks, {len(failures)} failed")
    sys.exit(1 if failures else 0)
