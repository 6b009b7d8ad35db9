#!/usr/bin/env python3
"""check_links.py ROOT: each link of the project's pages (*.md) leads to a file, and its anchor to a heading there. Exit 1 and names
those that do not. Links to other hosts are not looked at."""
import os
import pathlib
import re
import sys

FENCE = re.compile(r"^(```|~~~)")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.*?) *#*$")


def lines_outside_code(path):
    in_code = False
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if FENCE.match(line):
            in_code = not in_code
        elif not in_code and not line.startswith("    "):
            yield number, re.sub(r"`[^`]*`", lambda m: m.group().replace("[", " "), line)


def anchors(path):
    """As GitHub makes them: lower case, no punctuation, a dash for each space; a second one of a name gets -1."""
    found = {}
    for _, line in lines_outside_code(path):
        heading = HEADING.match(line)
        if heading:
            text = re.sub(r"[^\w\- ]", "", heading.group(1).lower()).replace(" ", "-")
            count = found.get(text, 0)
            found[text] = count + 1
            yield f"{text}-{count}" if count else text


def pages(root):
    """Those of the project: what is built beside it is not entered, for a system may be mounted there."""
    for where, folders, files in os.walk(root):
        folders[:] = sorted(f for f in folders if not f.startswith(("build", ".")))
        yield from (pathlib.Path(where) / f for f in sorted(files) if f.endswith(".md"))


def main(root):
    bad = 0
    for page in pages(root):
        for number, line in lines_outside_code(page):
            for target in LINK.findall(line):
                if re.match(r"[a-z]+:", target):
                    continue
                path, _, anchor = target.partition("#")
                file = (page.parent / path).resolve() if path else page
                why = None
                if not file.exists():
                    why = "is not there"
                elif anchor and anchor not in anchors(file):
                    why = "has no such heading"
                if why:
                    print(f"{page.relative_to(root)}:{number}: {target} {why}")
                    bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
