"""Expectations of a test that is a script: each is counted, each that fails says so in one line; and the environment in
which a sanitizer's report is no exit code of posed."""
import os
import sys

OK, BAD, USAGE = 0, 1, 2
ENV = dict(os.environ, ASAN_OPTIONS="exitcode=99:" + os.environ.get("ASAN_OPTIONS", ""),
           UBSAN_OPTIONS="exitcode=99:halt_on_error=1:" + os.environ.get("UBSAN_OPTIONS", ""))
failures, checks = [], 0


def expect(what, condition, detail=""):
    """Counts it, and returns the condition."""
    global checks
    checks += 1
    if not condition:
        failures.append(what)
        print(f"FAILED: {what}: {detail}"[:2000], flush=True)
    return condition


def run_test(name, test):
    """Runs one test, and says whether something in it failed."""
    before = len(failures)
    try:
        test()
    except Exception as e:  # one broken test must not hide the others
        expect(name, False, f"{type(e).__name__}: {e}")
    print(f"{'ok    ' if len(failures) == before else 'FAILED'} {name}")


def finish():
    """Says how many there were; exit 1 if any failed."""
    print(f"{checks} checks, {len(failures)} failed")
    sys.exit(1 if failures else 0)
