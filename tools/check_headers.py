#!/usr/bin/env python3
"""check_headers.py ROOT COMPILER LANGUAGE [FLAG...]: every header compiles alone.

LANGUAGE is c or c++. Prints what the compiler says about each header that does not; exit 1 if there is one."""
import concurrent.futures
import os
import pathlib
import subprocess
import sys

FOLDERS = ["common", "fusion", "config", "wire", "bus", "client", "sensors", "daemon", "replay-data", "tests"]
STANDARD = {"c": "-std=c11", "c++": "-std=c++17"}


def compile_alone(job):
    header, compiler, language, flags = job
    # Included twice: the guard is part of the contract.
    text = f'#include "{header}"\n#include "{header}"\n'
    command = [compiler, STANDARD[language], "-D_GNU_SOURCE", "-fsyntax-only", "-Wall", "-Werror", "-x", language,
               *flags, "-"]
    run = subprocess.run(command, input=text, capture_output=True, text=True)
    return header, run.returncode, run.stderr


def main():
    if len(sys.argv) < 4 or sys.argv[3] not in STANDARD:
        sys.exit(__doc__)
    root, compiler, language, flags = pathlib.Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
    headers = sorted(str(p.relative_to(root)) for d in FOLDERS for p in (root / d).rglob("*.h"))
    jobs = [(h, compiler, language, ["-I", str(root), *flags]) for h in headers]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        bad = [(h, text) for h, code, text in pool.map(compile_alone, jobs) if code]
    for header, text in bad:
        print(f"{header} does not compile alone as {language}:\n{text}")
    print(f"{len(headers)} headers, {len(bad)} bad")
    sys.exit(1 if bad or not headers else 0)


main()
