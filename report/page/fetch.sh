#!/bin/sh
# Brings the plotting library, at the version that package-lock.json names, into WORK_DIR.
#   fetch.sh SOURCE_DIR WORK_DIR
# Prints the library's path; exit 1 with a line that says why when it cannot.
set -eu
source=$1
work=$2
library=$work/node_modules/echarts/dist/echarts.min.js

fail()
{
    echo "$1" >&2
    exit 1
}

command -v npm >/dev/null || fail "npm is not installed"
mkdir -p "$work"
if ! [ -f "$library" ] || ! cmp -s "$source/package-lock.json" "$work/installed.json"; then
    cp "$source/package.json" "$source/package-lock.json" "$work/"
    (cd "$work" && npm ci --no-fund --no-audit --ignore-scripts --silent --fetch-retries=1 --fetch-retry-mintimeout=1000 \
        --fetch-timeout=30000 >/dev/null 2>&1) ||
        fail "npm cannot install the plotting library (is there a network?)"
    cp "$source/package-lock.json" "$work/installed.json"
fi
echo "$library"
