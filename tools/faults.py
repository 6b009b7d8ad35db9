#!/usr/bin/env python3
"""faults.py proto|docs FAULTS.def OUTPUT: the wire enum and the docs page of the fault table.

OUTPUT "-" is standard output. With `docs --check` nothing is written; exit 1 if OUTPUT differs."""
import re
import sys

ROW = re.compile(r'^FAULT\((\d+), (\w+), (\w+), (\w+), ([\d.]+), ([\d.]+), (\w+), "([^"]+)"\)$')


def rows(path):
    found = []
    for number, line in enumerate(open(path), 1):
        if not line.startswith("FAULT("):
            continue
        match = ROW.match(line.strip())
        if not match:
            sys.exit(f"{path}:{number}: not a FAULT(...) row")
        found.append(match.groups())
    for column, what in ((0, "id"), (1, "name")):
        values = [row[column] for row in found]
        twice = {v for v in values if values.count(v) > 1}
        if twice:
            sys.exit(f"{path}: {what} used twice: {', '.join(sorted(twice))}")
    return found


def proto(table):
    out = ['// Made from fusion/faults.def by tools/faults.py.', 'syntax = "proto3";', "package posed.v1;", "",
           "// Which fault: the rows of the fault table, with its stable numbers.", "enum FaultCode {",
           "  // No fault.", "  FAULT_CODE_NONE = 0;"]
    for number, name, _, _, _, _, _, text in table:
        out += [f"  // {text}", f"  FAULT_CODE_{name} = {number};"]
    return "\n".join(out + ["}", ""])


def docs(table):
    out = ["# Faults", "", "Made from `fusion/faults.def` by `tools/faults.py`; do not edit.", "",
           "A fault is raised by one source (or by the system or the map). It rises after its condition has held for",
           "the raise time and clears after the condition has been away for the clear time, both in stamps.",
           "", "| id | fault | of | severity | raise, s | clear, s | effect on the source | cause |",
           "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for number, name, kind, severity, up, down, effect, text in table:
        out.append(f"| {number} | {name} | {kind} | {severity} | {up} | {down} | {effect.replace('_', '-')} | {text} |")
    return "\n".join(out + [""])


def main():
    args = [a for a in sys.argv[1:] if a != "--check"]
    if len(args) != 3 or args[0] not in ("proto", "docs"):
        sys.exit(__doc__)
    text = {"proto": proto, "docs": docs}[args[0]](rows(args[1]))
    if args[2] == "-":
        sys.stdout.write(text)
    elif "--check" in sys.argv:
        if open(args[2]).read() != text:
            sys.exit(f"{args[2]} is not what {args[1]} says: run tools/faults.py docs {args[1]} {args[2]}")
    else:
        open(args[2], "w").write(text)


main()
