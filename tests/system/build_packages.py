#!/usr/bin/env python3
"""build_packages.py BUILD SOURCE: builds the Debian packages from a copy of SOURCE, into BUILD/system/packages.

Exit 77 where there are no tools for it. Needs only the standard library."""
import glob
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from scratch import scratch  # noqa: E402

BUILD, SOURCE = (os.path.abspath(p) for p in sys.argv[1:3])
PLACE = os.path.join(BUILD, "system")
WANTED = ["posed", "posed-camera", "libposed-client0", "libposed-client-dev"]


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def copy_source(to):
    """Without what a build leaves behind: build directories, output, history."""
    shutil.rmtree(to, ignore_errors=True)
    os.makedirs(to)
    for name in os.listdir(SOURCE):
        if re.match(r"build|out$|\.git$|node_modules$", name):
            continue
        path = os.path.join(SOURCE, name)
        if os.path.isdir(path):
            shutil.copytree(path, os.path.join(to, name), symlinks=True,
                            ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
        else:
            shutil.copy2(path, to)


def run(*command, cwd):
    """Its output goes to the log of the test, which meson shows when it fails."""
    print("+", *command, flush=True)
    return subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT).returncode


def main():
    for tool in ("dpkg-buildpackage", "dh", "fakeroot"):
        if not shutil.which(tool):
            skip(f"there is no {tool}")
    source = os.path.join(PLACE, "source", "posed")
    copy_source(source)
    os.environ["DEB_BUILD_OPTIONS"] = "noautodbgsym nocheck"
    os.environ["TMPDIR"] = scratch("posed-packages-")  # lintian leaves files there
    if run("dpkg-buildpackage", "-us", "-uc", "-b", cwd=source) != 0:
        sys.exit("dpkg-buildpackage failed")
    packages = os.path.join(PLACE, "packages")
    shutil.rmtree(packages, ignore_errors=True)
    os.makedirs(packages)
    for path in glob.glob(f"{PLACE}/source/*.deb") + glob.glob(f"{PLACE}/source/*.changes"):
        shutil.copy2(path, packages)
    built = sorted(os.path.basename(p).split("_")[0] for p in glob.glob(f"{packages}/*.deb"))
    missing = set(WANTED) - set(built)
    bad = bool(missing)
    if missing:
        print(f"FAILED: not built: {missing}; there is {built}")
    if not shutil.which("lintian"):
        print("not judged by lintian, which is not installed")
    elif run("lintian", "--allow-root", "--fail-on", "error,warning", *glob.glob(f"{packages}/*.deb"), cwd=packages):
        bad = True
    shutil.rmtree(os.path.join(PLACE, "source"))
    sys.exit(1 if bad else 0)


main()
