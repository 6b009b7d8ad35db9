"""Eight drives in street canyons, with a speed and a yaw rate alone: no error above its level, and no pose lost for long.

usage: test_canyon.py POSED PLAN
"""
import sqlite3
import subprocess
import sys
import tempfile

RUNS = 8


def main(posed, plan):
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([posed, "campaign", plan, "-o", directory, "--runs", str(RUNS), "--jobs", "1", "-q"], check=True)
        with sqlite3.connect(directory + "/campaign.sqlite") as database:
            rows = database.execute("select run, epochs, misleading, error_over_pl_max, horizontal_rmse_m, "
                                    "pl_horizontal_p50_m, dead_reckoning from run").fetchall()
    failed = len(rows) != RUNS
    for run, epochs, misleading, ratio, rmse_m, level_m, reckoned in rows:
        bad = epochs == 0 or misleading > 0 or level_m > 1000 or reckoned > 0.5
        failed |= bad
        print(f"{'not ok' if bad else 'ok'}: run {run}: {misleading} of {epochs} misleading, at most {ratio:.2f} of the level, "
              f"RMSE {rmse_m:.1f} m, level {level_m:.0f} m, dead reckoning {reckoned:.2f}")
    return failed


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
