#!/usr/bin/env python3
"""test_misled.py SOURCE_DIR: what tools/misled.py makes of a campaign that is known."""
import os
import sqlite3
import subprocess
import sys
import tempfile
import unittest

SCRIPT = os.path.join(sys.argv[1], "tools/misled.py")
COLUMNS = "fault_source, injected, misleading, epochs, duration_s, fault_from_s, fault_to_s, trouble"


def told(rows):
    """Cells of its table, by the first; and the last line."""
    with tempfile.TemporaryDirectory() as folder:
        db = sqlite3.connect(os.path.join(folder, "campaign.sqlite"))
        db.execute(f"CREATE TABLE run ({COLUMNS})")
        db.executemany("INSERT INTO run VALUES (?,?,?,?,?,?,?,?)", rows)
        db.commit()
        db.close()
        out = subprocess.run([SCRIPT, folder], check=True, capture_output=True, text=True).stdout.splitlines()
    return {cells[1].strip(): [c.strip() for c in cells[2:-1]] for cells in (line.split("|") for line in out if line.startswith("|"))}, out[-1]


class Misled(unittest.TestCase):
    def test_counts_drives_over_the_time_of_the_fault(self):
        rows = [("imu", 1, 25, 1000, 100.0, 30.0, 55.0, "")]  # a tenth of its 250 epochs
        rows += [("imu", 1, 35, 1000, 100.0, 30.0, None, "")]  # 0.05 of what it lasts
        rows += [("imu", 1, 0, 1000, 100.0, 30.0, 55.0, "")] * 98
        table, verdict = told(rows)
        self.assertEqual(table["imu"], ["100", "2", "1.5e-03 (4.1e-04-5.3e-03)", "0.001", "1.5e-06 (4.1e-07-5.3e-06)"])
        self.assertIn("kept, but not shown", verdict)

    def test_of_none_the_rule_of_three(self):
        table, _ = told([("gnss", 1, 0, 1000, 100.0, 30.0, 55.0, "")] * 300)
        self.assertEqual(table["gnss"][1:], ["0", "0.0e+00 (0.0e+00-9.9e-03)", "0.01", "0.0e+00 (0.0e+00-9.9e-05)"])

    def test_only_what_has_a_prior_and_came_to_an_end(self):
        rows = [("gnss", 1, 900, 1000, 100.0, 30.0, 55.0, "")] * 2  # all of the time, and not more
        rows += [("*", 1, 5, 1000, 100.0, 30.0, 55.0, ""), ("", 0, 5, 1000, 100.0, None, None, ""),
                 ("gnss", 1, 0, 1000, 100.0, 30.0, 55.0, "it broke")]
        table, verdict = told(rows)
        self.assertEqual(sorted(table), ["---", "all", "fault of", "gnss"])
        self.assertEqual(table["gnss"][:2], ["2", "2"])
        self.assertIn("1.0e+00", table["gnss"][2])
        self.assertIn("NOT KEPT", verdict)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
