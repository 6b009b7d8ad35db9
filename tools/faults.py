#!/usr/bin/env python3
"""faults.py proto|docs FAULTS.def OUTPUT: the wire enum and the docs page of the fault table.

OUTPUT "-" is standard output. With `docs --check` nothing is written; exit 1 if OUTPUT differs.
faults.py raised FAULTS.def FOLDER...: exit 1 if a fault that no C file of the folders raises is not marked so in the
table, or one that is marked is raised."""
import pathlib
import re
import sys

ROW = re.compile(r'^FAULT\((\d+), (\w+), (\w+), (\w+), ([\d.]+), ([\d.]+), (\w+), "([^"]+)", "([^"]*)", "([^"]*)", "([^"]*)"\)$')
NOT_RAISED = "not raised"
UNITS = {"": "", "1": "", "s": " (s)", "sigma": " (sigmas)"}


def check(path, number, row):
    evidence, unit, limit = row[8:]
    if unit not in UNITS or bool(evidence) != bool(unit) or (evidence and limit in ("", NOT_RAISED)):
        sys.exit(f"{path}:{number}: evidence, unit and limit do not go together")


def rows(path):
    found = []
    for number, line in enumerate(open(path), 1):
        if not line.startswith("FAULT("):
            continue
        match = ROW.match(line.strip())
        if not match:
            sys.exit(f"{path}:{number}: not a FAULT(...) row")
        check(path, number, match.groups())
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
    for row in table:
        out += [f"  // {row[7]}", f"  FAULT_CODE_{row[1]} = {row[0]};"]
    return "\n".join(out + ["}", ""])


def docs(table):
    out = ["# Faults", "", "Made from `fusion/faults.def` by `tools/faults.py`; do not edit.", "",
           "A fault is raised by one source (or by the system or the map). It rises after its condition has held for",
           "the raise time and clears after the condition has been away for the clear time, both in stamps. The evidence comes",
           "with the flag (`Fault.evidence` and `limit` in [posed.proto](../wire/posed.proto)): what was found, and the limit",
           "that it is held against; a name is a setting ([CONFIG.md](CONFIG.md)). Where there is none, the condition holds or",
           "does not. A fault that is *not raised* has its number, and no code that raises it yet.",
           "`posed explain DRIVE --fault N` tells the story of one ([EXPLAIN.md](EXPLAIN.md)).",
           "", "| id | fault | of | severity | raise, s | clear, s | effect on the source | cause | evidence | limit |",
           "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |"]
    for number, name, kind, severity, up, down, effect, text, evidence, unit, limit in table:
        limit = f"*{limit}*" if limit == NOT_RAISED else limit
        out.append(f"| {number} | {name} | {kind} | {severity} | {up} | {down} | {effect.replace('_', '-')} | {text} | "
                   f"{evidence}{UNITS[unit]} | {limit} |")
    return "\n".join(out + [""])


# A fault is raised where its name stands among the arguments of a call: core_fault(..., FAULT_X, ...).
def raised(table, folders):
    code = "\n".join(path.read_text() for folder in folders for path in sorted(pathlib.Path(folder).rglob("*.c")))
    named = set(re.findall(r"[(,]\s*FAULT_(\w+),", code))
    wrong = 0
    for row in table:
        if (row[1] in named) == (row[10] == NOT_RAISED):
            print(f"{row[1]} is " + ("raised, and marked as not raised" if row[1] in named else "not raised, and not marked so"))
            wrong += 1
    sys.exit(1 if wrong else 0)


def main():
    args = [a for a in sys.argv[1:] if a != "--check"]
    if len(args) >= 3 and args[0] == "raised":
        raised(rows(args[1]), args[2:])
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
