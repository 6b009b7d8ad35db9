#!/usr/bin/env python3
"""assemble.py OUT.c [ECHARTS]: the page, in two halves around its data, as C arrays.

Without the library the arrays are empty, and `posed report` says that it was built without the page."""
import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
SCRIPTS = ["theme.js", "dom.js", "charts.js", "panels.js", "track.js", "timeline.js", "drive.js", "campaign.js", "main.js"]


def page(library):
    """The text of the page, with @DATA@ where the data belongs."""
    text = (HERE / "page.html").read_text()
    script = "\n".join((HERE / name).read_text() for name in SCRIPTS)
    for name, part in (("LIBRARY", library), ("SCRIPT", script)):
        if "</script" in part.lower() or "<!--" in part:
            raise SystemExit(f"assemble.py: {name} would end its own element")
    for mark, part in (("@STYLE@", (HERE / "style.css").read_text()), ("@LIBRARY@", library), ("@SCRIPT@", script)):
        head, tail = text.split(mark)
        text = head + part + tail
    return text


def array(name, data):
    """A C array and its size; one byte more than it holds, for C knows no empty array."""
    rows = [",".join(map(str, data[i:i + 32])) for i in range(0, len(data), 32)]
    return f"const unsigned char {name}[] = {{\n" + "".join(row + ",\n" for row in rows) + f"0}};\nconst size_t {name}_size = {len(data)};\n"


def main():
    library = pathlib.Path(sys.argv[2]).read_text() if len(sys.argv) > 2 else ""
    head, tail = page(library).split("@DATA@") if library else ("", "")
    pathlib.Path(sys.argv[1]).write_text('/* Made by report/page/assemble.py. */\n#include "report/shell.h"\n\n' +
                                         array("report_page_head", head.encode()) + "\n" + array("report_page_tail", tail.encode()))


if __name__ == "__main__":
    main()
