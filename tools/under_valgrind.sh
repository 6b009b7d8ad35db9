#!/bin/sh
# under_valgrind.sh PROGRAM [ARGUMENT...]: runs a compiled program under valgrind; a script runs as it is, with
# POSED_WRAP set for the programs that it starts.
set -eu
# What was inlined where is not read: a seventh of the time of most tests is valgrind's start, and lines say as much.
valgrind="valgrind --quiet --error-exitcode=99 --leak-check=full --show-leak-kinds=definite,indirect --num-callers=20
    --read-inline-info=no"
if [ "$(head -c 4 "$1" | tail -c 3)" = ELF ]; then
    exec $valgrind "$@"
fi
export POSED_WRAP="$valgrind"
exec "$@"
