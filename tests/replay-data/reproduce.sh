#!/bin/sh
# reproduce.sh GENERATOR POSED SAME_DRIVE TOWN_LOOP.mcap: the committed drive is what its generator and the importer
# make today, and small enough for a repository.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" "$work/town-loop"
"$2" import csv "$work/town-loop" -o "$work/town-loop.mcap"
"$3" "$work/town-loop.mcap" "$4" || {
    echo "$4 is not what its generator makes: see replay-data/README.md"
    exit 1
}
[ "$(stat -c %s "$4")" -le 3000000 ]
