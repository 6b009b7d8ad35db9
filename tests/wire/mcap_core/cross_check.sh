#!/bin/sh
# Cross-checks posed's MCAP writer and reader with the official ones, in a directory of the build's own.
#   cross_check.sh PEER SOURCE_DIR WORK_DIR
set -eu
peer=$(realpath "$1")
source=$2
work=$3

"$source/install.sh" "$source" "$work"
cp "$source/cross_check.mjs" "$work/"
cd "$work"
for compression in none zstd lz4; do
    rm -f ours.mcap theirs.mcap bad.mcap
    "$peer" write ours.mcap "$compression"
    node cross_check.mjs read ours.mcap
    # The check itself must be able to fail: one byte in the middle of the first chunk is turned over.
    "$peer" spoil ours.mcap bad.mcap
    node cross_check.mjs reject bad.mcap
    node cross_check.mjs write theirs.mcap "$compression"
    "$peer" read theirs.mcap
done
echo "posed and the official library read each other's files: none, zstd, lz4"
