#!/bin/sh
# Installs the official MCAP library into WORK_DIR, once per package.json, which names every package with its
# exact version. Exit 77 with a line that says why when it cannot.
#   install.sh SOURCE_DIR WORK_DIR
set -eu
source=$1
work=$2

skip()
{
    echo "skipped: $1"
    exit 77
}

command -v node >/dev/null || skip "node is not installed"
command -v npm >/dev/null || skip "npm is not installed"

mkdir -p "$work"
exec 9>"$work/lock"
flock 9 # tests run side by side
if ! cmp -s "$source/package.json" "$work/installed.json"; then
    cp "$source/package.json" "$work/package.json"
    (cd "$work" && npm install --no-package-lock --no-fund --no-audit --ignore-scripts --silent 9>&-) ||
        skip "npm cannot install the packages (is there a network?)"
    cp "$source/package.json" "$work/installed.json"
fi
