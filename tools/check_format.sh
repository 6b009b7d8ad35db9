#!/bin/sh
# check_format.sh CLANG_FORMAT ROOT: names the lines in C files that .clang-format would change; exit 1 if there is one.
# Exit 77 (skipped) with another version than the one that the style was written for: they disagree in details.
set -eu
formatter=$1
cd "$2"
case $("$formatter" --version) in
*"version 14."*) ;;
*) echo "not clang-format 14: skipped"; exit 77 ;;
esac
find bus campaign client common config daemon evaluation fusion inject map replay-data report sensors sim tests wire \
    -name '*.[ch]' -print0 | xargs -0 -P 4 -n 40 "$formatter" --style=file --dry-run -Werror || exit 1
