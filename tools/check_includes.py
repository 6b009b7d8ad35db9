#!/usr/bin/env python3
"""check_includes.py [ROOT]: each folder includes only what it may, so that dependencies point one way.

Prints FILE:LINE of every include against the direction; exit 1 if there is one."""
import pathlib
import re
import sys

# Folder: the folders of the project that its files may include.
FOLDERS = {
    "common": {"common"},
    "fusion": {"fusion"},
    "config": {"config", "fusion", "common"},
    "wire": {"wire", "fusion", "common"},
    "bus": {"bus", "common"},
    "client": {"client", "bus", "wire", "fusion", "common"},
    "sensors": {"sensors", "bus", "wire", "fusion", "common", "config"},
    "evaluation": {"evaluation", "wire", "fusion", "common"},
    "inject": {"inject", "map", "config", "fusion", "common"},
    "map": {"map", "fusion", "common"},
    "sim": {"sim", "map", "wire", "config", "fusion", "common"},
    "campaign": {"campaign", "sim", "inject", "evaluation", "wire", "config", "fusion", "common"},
    "report": {"report", "campaign", "evaluation", "map", "wire", "config", "fusion", "common"},
    "daemon": {"daemon", "report", "campaign", "sim", "inject", "evaluation", "map", "sensors", "client", "bus", "wire",
               "config", "fusion", "common"},
    "replay-data": {"replay-data", "sim"},
}
# The core neither reads a clock nor does input or output: these, and no other system header.
PURE = re.compile(r"^(assert|float|limits|math|stdalign|stdbool|stddef|stdint|stdlib|string)\.h$|^cglm/")
# Libraries that only some folders may know.
LIBRARIES = {
    re.compile(r"^yaml\.h$"): {"config"},
    re.compile(r"^(zmq|czmq)\.h$"): {"bus"},
    re.compile(r"^(zstd|lz4frame|lz4|zlib)\.h$|^pb(_\w+)?\.h$|\.pb\.h$"): {"wire"},
    re.compile(r"^jansson\.h$"): {"daemon", "report", "campaign", "map"},
    re.compile(r"^sqlite3\.h$"): {"campaign"},
    re.compile(r"^expat\.h$"): {"map"},
}
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)')


def complaint(folder, bracket, name):
    """What is wrong with this include, or None."""
    if bracket == '"':
        target = name.split("/")[0] if "/" in name else folder
        if target not in FOLDERS[folder]:
            return f"{folder}/ may not include {target}/"
        if target == "fusion" and folder != "fusion" and not name.endswith(".def"):
            if name.count("/") > 1:  # the estimator's own; what lies above it is reached through fusion/*.h
                return f"{name} is private to fusion/"
        return None
    if folder == "fusion" and not PURE.match(name):
        return "fusion/ is pure: no input, output or clock"
    for library, users in LIBRARIES.items():
        if library.search(name) and folder not in users:
            return f"only {', '.join(sorted(users))}/ may use {name}"
    return None


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ".")
    wrong = files = 0
    for folder in FOLDERS:
        for path in sorted(p for p in (root / folder).rglob("*") if p.suffix in (".c", ".h")):
            files += 1
            for number, line in enumerate(path.read_text().split("\n"), 1):
                match = INCLUDE.match(line)
                text = match and complaint(folder, *match.groups())
                if text:
                    wrong += 1
                    print(f"{path.relative_to(root)}:{number}: {text}")
    if not files:
        sys.exit(f"{root}: no sources here")
    print(f"{files} files, {wrong} includes against the direction")
    sys.exit(1 if wrong else 0)


main()
