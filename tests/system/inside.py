#!/usr/bin/env python3
"""inside.py: the packages in a Debian system of their own that systemd booted. One story, told in order: each part
begins where the one before it ended. The last line says how many checks failed."""
import glob
import os
import time
import traceback

from service import expect, failures, main_pid, must, owner_and_mode, prop, run, wait_for
import service

PACKAGES = [p for p in sorted(glob.glob("/test/packages/*.deb"))]


def installs():
    must("dpkg", "--install", *PACKAGES, timeout=120)
    for unit in ("posed.target", "posed.service"):
        expect(f"{unit} is enabled", prop(unit, "UnitFileState") == "enabled", prop(unit, "UnitFileState"))
        expect(f"{unit} runs", prop(unit, "ActiveState") == "active", run("systemctl", "status", unit).stdout)
    expect("the recorder is not enabled", prop("posed-record.service", "UnitFileState") == "disabled")
    for path, wanted in {"/etc/posed/posed.yaml": "root:root 644", "/var/lib/posed": "posed:posed 750",
                         "/run/posed": "posed:posed 750", "/run/posed/frames": "posed:posed 660",
                         "/run/posed/poses": "posed:posed 660"}.items():
        expect(path, owner_and_mode(path) == wanted, f"{owner_and_mode(path)}, not {wanted}")
    must("man", "--version") if os.path.exists("/usr/bin/man") else None


STORY = [installs]


def main():
    for part in STORY:
        start, before = time.monotonic(), len(failures)
        try:
            part()
        except Exception:
            expect(part.__name__, False, traceback.format_exc())
        print(f"{'ok    ' if len(failures) == before else 'FAILED'} {part.__name__} ({time.monotonic() - start:.1f} s)")
        if len(failures) > before:
            break
    if failures:
        print(run("journalctl", "--boot", "--no-pager", "--lines=80", "--output=short-monotonic").stdout)
    print(f"{service.checks} checks, {len(failures)} failed")


main()
