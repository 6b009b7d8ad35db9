#!/bin/sh
# leave_out.sh DRIVE.mcap [POSED]: what each kind of sensor is worth: replays a drive without it and prints the
# accuracy against the truth that the drive brings.
set -eu
drive=${1:?usage: leave_out.sh DRIVE.mcap [POSED]}
posed=${2:-posed}

row() {
    name=$1
    shift
    summary=$("$posed" replay "$drive" "$@" --quiet --summary json) || exit 1
    printf '%s\n' "$summary" | python3 -c '
import json, sys
e = json.load(sys.stdin)["eval"]
if not e:
    sys.exit("no truth in this drive")
names = ("horizontal_rmse_m", "horizontal_p95_m", "horizontal_max_m", "coverage95_horizontal")
cells = ["-" if e[name] is None else "%.2f" % e[name] for name in names]
print("%-22s %8s %8s %8s %9s" % (sys.argv[1], *cells))' "$name"
}

printf '%-22s %8s %8s %8s %9s\n' 'without' 'RMSE, m' 'p95, m' 'max, m' 'coverage'
row nothing
for kind in camera radar wheel imu imu,wheel gnss; do
    row "$kind" --without "$kind"
done
