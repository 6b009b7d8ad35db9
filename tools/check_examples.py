#!/usr/bin/env python3
"""check_examples.py PAGE FILE...: each file stands in the page, word for word. Exit 1 and names those that do not."""
import sys

with open(sys.argv[1], encoding="utf-8") as f:
    page = f.read()
bad = 0
for path in sys.argv[2:]:
    with open(path, encoding="utf-8") as f:
        if f.read().rstrip() not in page:
            print(f"{sys.argv[1]}: does not show {path} as it is")
            bad = 1
sys.exit(bad)
