#!/bin/sh
# leave_out.sh DRIVE.mcap [POSED]: what each kind of sensor is worth: replays a drive without it and prints the
# accuracy against the truth that the drive brings.
set -eu
drive=${1:?usage: leave_out.sh DRIVE.mcap [POSED]}
posed=${2:-posed}

row() {
    name=$1
    shift
    "$posed" replay "$drive" "$@" --quiet --summary json | python3 -c '
import json, sys
e = json.load(sys.stdin)["eval"]
if not e:
    sys.exit("no truth in this drive")
print("%-22s %8.2f %8.2f %8.2f %9.3f" % (sys.argv[1], e["horizontal_rmse_m"], e["horizontal_p95_m"],
                                        e["horizontal_max_m"], e["coverage95_horizontal"]))' "$name"
}

printf '%-22s %8s %8s %8s %9s\n' 'without' 'RMSE, m' 'p95, m' 'max, m' 'coverage'
row nothing
for kind in camera radar wheel imu imu,wheel gnss; do
    row "$kind" --without "$kind"
done
