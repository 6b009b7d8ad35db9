#!/usr/bin/env python3
"""test_service.py BUILD SOURCE: the packages under a real systemd: boots a Debian system and runs inside.py in it.

Prints what inside.py printed; exit 1 if a check failed, 77 where it cannot be done. Needs root."""
import glob
import os
import shutil
import subprocess
import sys

import machine

BUILD, SOURCE = (os.path.abspath(p) for p in sys.argv[1:3])
PLACE = os.path.join(BUILD, "system")
TIMEOUT_S = 180
UNIT = """[Unit]
Description=tests of posed
After=multi-user.target
SuccessAction=exit
FailureAction=exit
[Service]
Type=oneshot
Environment=PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
ExecStart=/usr/bin/python3 /test/inside.py
StandardOutput=append:/test/result
StandardError=append:/test/result
TimeoutStartSec=infinity
"""


def furnish(root, debs):
    """What inside.py finds in /test, and nothing of this machine's name and network."""
    for name in ("hostname", "resolv.conf"):
        if os.path.lexists(f"{root}/etc/{name}"):
            os.unlink(f"{root}/etc/{name}")
    test = os.path.join(root, "test")
    os.makedirs(f"{test}/packages")
    for deb in debs:
        shutil.copy(deb, f"{test}/packages")
    for name in ("inside.py", "service.py"):
        shutil.copy(os.path.join(os.path.dirname(os.path.abspath(__file__)), name), test)
    shutil.copy(f"{SOURCE}/replay-data/town-loop.mcap", test)
    wants = f"{root}/etc/systemd/system/multi-user.target.wants"
    os.makedirs(wants, exist_ok=True)
    with open(f"{wants}/../posed-test.service", "w") as f:
        f.write(UNIT)
    os.symlink("../posed-test.service", f"{wants}/posed-test.service")


def run_in_namespace(tree, debs):
    groups = machine.enter_cgroup(f"posed-test-{os.path.basename(tree)}")
    print("\n".join(groups), flush=True)
    place = os.path.join(PLACE, "run")
    root = machine.mount_copy(tree, place)
    furnish(root, debs)
    in_time = machine.boot(root, TIMEOUT_S)
    result = f"{root}/test/result"
    text = open(result, errors="replace").read() if os.path.exists(result) else "nothing ran"
    print(text)
    if not in_time:
        print(f"FAILED: not done after {TIMEOUT_S} s")
    done = text.rstrip().endswith(" 0 failed")
    sys.exit(0 if done and in_time else 1)


def main():
    if len(sys.argv) > 3:
        run_in_namespace(sys.argv[3], sys.argv[4:])
    reason = machine.why_not()
    debs = sorted(glob.glob(f"{PLACE}/packages/*.deb"))
    if not debs:
        reason = reason or "the packages have not been built"
    if reason:
        print(f"skipped: {reason}")
        sys.exit(77)
    os.makedirs(f"{PLACE}/run", exist_ok=True)
    tree = machine.make_tree(PLACE, debs)
    r = subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable,
                        *sys.argv[:3], tree, *debs], stdout=subprocess.PIPE, text=True)
    lines = r.stdout.splitlines()
    machine.remove_cgroups([line for line in lines if line.startswith("/sys/fs/cgroup")])
    print("\n".join(line for line in lines if not line.startswith("/sys/fs/cgroup")))
    sys.exit(r.returncode)


main()
