#!/usr/bin/env python3
"""test_install.py BUILD SOURCE: what `meson install` puts in place, and how far its units are exposed.

Prints one line per check that fails; exit 1 if any failed, 77 without systemd. Needs only the standard library."""
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checks import expect, failures, finish  # noqa: E402

BUILD, SOURCE = (os.path.abspath(p) for p in sys.argv[1:3])
# What systemd-analyze may find at most, in tenths. For scale: systemd-timesyncd 2.3, chrony 3.7, gpsd 9.6.
EXPOSURE = {"posed.service": 15, "posed-adapter@gnss-roof.service": 5, "posed-record.service": 5}
# Which unit each example is a drop-in for.
EXAMPLES = {"local-only.conf": "posed.service", "remote.conf": "posed-record.service"}


def run(*command, **env):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
                          env={**os.environ, **env}, stdin=subprocess.DEVNULL)


def install(dest):
    r = run("meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", dest)
    expect("meson install", r.returncode == 0, r.stdout)


def find(dest, pattern):
    found = glob.glob(f"{dest}/**/{pattern}", recursive=True)
    expect(f"{pattern} is installed once", len(found) == 1, found)
    return found[0] if found else os.devnull


def test_files(dest):
    for pattern in ("bin/posed", "man1/posed.1", "lib/sysusers.d/posed.conf", "lib/tmpfiles.d/posed.conf",
                    "systemd/system/posed.target", "systemd/system/posed.service", "doc/posed/SERVICE.md",
                    "systemd/system/posed-adapter@.service", "systemd/system/posed-record.service",
                    "bash-completion/completions/posed", "share/posed/posed.proto"):
        find(dest, pattern)
    for unit in glob.glob(f"{dest}/**/*.service", recursive=True):
        text = open(unit).read()
        expect(f"{unit}: no placeholder is left", not re.search(r"@[a-z]+@", text), text)
        program = re.search(r"^ExecStart=(\S+)", text, re.M).group(1)
        expect(f"{unit}: starts what is installed", os.access(dest + program, os.X_OK), program)


def test_configuration_stays(dest):
    config = find(dest, "etc/posed/posed.yaml")
    with open(config) as f:
        expect("the configuration is the shipped one", f.read() == open(f"{SOURCE}/config/posed.yaml").read())
    with open(config, "w") as f:
        f.write("mine: true\n")
    install(dest)
    expect("a configuration that is there stays", open(config).read() == "mine: true\n", open(config).read())


def test_units_are_understood(dest):
    """systemd-analyze says nothing of them, but that this machine does not have the program."""
    units = [find(dest, "system/posed.service"), find(dest, "system/posed-record.service")]
    adapter = f"{dest}/posed-adapter@gnss-roof.service"
    shutil.copy(find(dest, "system/posed-adapter@.service"), adapter)
    for unit in [*units, adapter]:
        r = run("systemd-analyze", "verify", "--man=no", unit,
                SYSTEMD_UNIT_PATH=os.path.dirname(units[0]) + ":")
        said = [s for s in r.stdout.splitlines() if "posed" in s and not re.search(r"/posed is not executable", s)]
        expect(f"{os.path.basename(unit)}: every line is understood", not said, "\n".join(said))


def exposure(dest, unit):
    r = run("systemd-analyze", f"--root={dest}", "security", "--offline=yes", "--no-pager", unit)
    m = re.search(r"Overall exposure level for \S+: ([\d.]+)", r.stdout)
    expect(f"{unit}: systemd-analyze judges it", m, r.stdout)
    return round(10 * float(m.group(1))) if m else 100


def test_exposure(dest):
    for unit, limit in EXPOSURE.items():
        tenths = exposure(dest, unit)
        print(f"exposure of {unit}: {tenths / 10}")
        expect(f"{unit}: exposure at most {limit / 10}", tenths <= limit, tenths / 10)


def test_examples(dest):
    """Each drop-in is understood and leaves the adapter, the recorder or the daemon below the daemon's limit."""
    for example in sorted(glob.glob(f"{dest}/**/examples/*.conf", recursive=True)):
        name = os.path.basename(example)
        unit = EXAMPLES.get(name, "posed-adapter@gnss-roof.service")
        folder = f"{dest}/etc/systemd/system/{unit}.d"
        os.makedirs(folder)
        shutil.copy(example, folder)
        tenths = exposure(dest, unit)
        print(f"exposure of {unit} with {name}: {tenths / 10}")
        expect(f"{name}: exposure at most 1.5", tenths <= 15, tenths / 10)
        shutil.rmtree(folder)


def main():
    if not shutil.which("systemd-analyze"):
        print("skipped: there is no systemd-analyze")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as dest:
        install(dest)
        for name, test in list(globals().items()):
            if name.startswith("test_") and not failures:
                test(dest)
    finish()


main()
