#!/bin/sh
# check_format.sh CLANG_FORMAT ROOT: lists the C files that .clang-format would change; exit 1 if there is one.
# Exit 77 (skipped) with another version than the one that the style was written for: they disagree in details.
set -eu
formatter=$1
cd "$2"
case $("$formatter" --version) in
*"version 14."*) ;;
*) echo "not clang-format 14: skipped"; exit 77 ;;
esac
bad=0
for file in $(find bus campaign client common config daemon evaluation fusion inject map replay-data report sensors sim \
    tests wire -name '*.[ch]'); do
    if ! "$formatter" --style=file "$file" | cmp -s - "$file"; then
        echo "$file: not as .clang-format has it"
        bad=1
    fi
done
exit $bad
