#!/usr/bin/env python3
"""test_campaign.py POSED SOURCE_ROOT: whatever happens on the way, the table is that of an undisturbed campaign."""
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from scratch import scratch  # noqa: E402

RUNS = 48
SHORT = """scenarios: [{root}/sim/scenarios/town.yaml]
faults: [none, {root}/sim/faults/gnss_off.yaml]
seeds: 3
duration_s: 32
"""


def rows_of(path):
    """The table without what a run cost, by number; {} while there is none."""
    if not os.path.exists(path):
        return {}
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        names = [row[1] for row in db.execute("PRAGMA table_info(run)")]
        if not names:
            return {}
        wanted = ", ".join(name for name in names if name != "cpu_s")
        return {row[0]: row for row in db.execute(f"SELECT {wanted} FROM run ORDER BY run")}
    finally:
        db.close()


class Campaign(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = scratch("posed-campaign-")
        cls.smoke = os.path.join(ROOT, "sim", "campaigns", "smoke.yaml")
        result = cls.posed("campaign", cls.smoke, "-o", os.path.join(cls.top, "whole"), "--jobs", "2")
        assert result.returncode == 0, result.stderr
        assert f"campaign.sqlite: {RUNS} of {RUNS} runs, {RUNS} new" in result.stdout, result.stdout
        cls.whole = rows_of(os.path.join(cls.top, "whole", "campaign.sqlite"))
        assert len(cls.whole) == RUNS

    @staticmethod
    def posed(*arguments):
        return subprocess.run([POSED, *arguments], capture_output=True, text=True)

    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="it's $HOME [x] ", dir=self.top)
        self.table = os.path.join(self.dir, "campaign.sqlite")

    def expect(self, code, *arguments):
        result = self.posed(*arguments)
        self.assertEqual(result.returncode, code, result.stdout + result.stderr)
        return result

    def start(self, *arguments):
        return subprocess.Popen([POSED, "campaign", self.smoke, "-o", self.dir, *arguments],
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)

    def wait_for_rows(self, process, path, count):
        """Until the table has so many; False when the process has ended before."""
        while len(rows_of(path)) < count:
            if process.poll() is not None:
                return False
            time.sleep(0.002)
        return True

    def kill_group(self, process):
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()

    def assert_group_is_gone(self, process):
        """No worker outlives its parent. They are killed with it, which takes the system a moment."""
        for _ in range(5000):
            try:
                os.killpg(process.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.002)
        self.fail("a worker is still there")

    def write_plan(self, text, name="my.yaml"):
        path = os.path.join(self.dir, name)
        with open(path, "w") as f:
            f.write(text.format(root=ROOT))
        return path

    def test_one_job(self):
        self.expect(0, "campaign", self.smoke, "-o", self.dir, "--jobs", "1", "--quiet")
        self.assertEqual(rows_of(self.table), self.whole)

    def test_killed_five_times(self):
        """Each time after some more rows. What was there stays, and is not run again."""
        kills = 0
        for part in range(1, 6):
            process = self.start("--jobs", "2")
            kills += self.wait_for_rows(process, self.table, part * 8)
            self.kill_group(process)
            there = rows_of(self.table)
            self.assertGreaterEqual(len(there), part * 8)
            self.assertEqual(there, {run: self.whole[run] for run in there})
        self.assertEqual(kills, 5)
        result = self.expect(0, "campaign", self.smoke, "-o", self.dir)
        self.assertIn(f"{RUNS} of {RUNS} runs, {RUNS - len(there)} new", result.stdout)
        self.assertEqual(rows_of(self.table), self.whole)
        self.assertIn(f"{RUNS} of {RUNS} runs, 0 new", self.expect(0, "campaign", self.smoke, "-o", self.dir).stdout)
        self.assertEqual(sorted(os.listdir(self.dir)), ["campaign.lock", "campaign.sqlite"])

    def test_parent_killed(self):
        """SIGKILL for the parent alone: its workers go with it."""
        process = self.start("--jobs", "3")
        self.assertTrue(self.wait_for_rows(process, self.table, 5))
        process.kill()
        process.communicate()
        self.assert_group_is_gone(process)
        self.expect(0, "campaign", self.smoke, "-o", self.dir)
        self.assertEqual(rows_of(self.table), self.whole)

    def test_worker_killed(self):
        """SIGKILL for workers: their runs are done by others, and the campaign does not notice."""
        process = self.start("--jobs", "2", "--quiet")
        self.assertTrue(self.wait_for_rows(process, self.table, 4))
        with open(f"/proc/{process.pid}/task/{process.pid}/children") as f:
            os.kill(int(f.read().split()[0]), signal.SIGKILL)
        self.assertEqual(process.communicate()[1], "")
        self.assertEqual(process.returncode, 0)
        self.assertEqual(rows_of(self.table), self.whole)

    def test_stopped(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            before = len(rows_of(self.table))
            process = self.start("--jobs", "2")
            self.assertTrue(self.wait_for_rows(process, self.table, before + 6))
            os.killpg(process.pid, number)  # as a terminal does: workers get it too
            out, err = process.communicate()
            self.assertEqual(process.returncode, 1, err)
            self.assertIn("The same command again goes on.", out)
            self.assertTrue(err.endswith("posed campaign: stopped\n"), err)
        self.expect(0, "campaign", self.smoke, "-o", self.dir)
        self.assertEqual(rows_of(self.table), self.whole)

    def test_shards(self):
        """Three shards, one of them killed on the way and collected as it is, then all."""
        self.expect(0, "campaign", self.smoke, "-o", self.dir, "--shard", "2/3", "--quiet")
        process = self.start("--shard", "3/3", "--jobs", "1")
        self.assertTrue(self.wait_for_rows(process, os.path.join(self.dir, "shards", "3-of-3.part"), 3))
        self.kill_group(process)
        result = self.expect(0, "campaign", self.smoke, "-o", self.dir, "--collect")
        self.assertRegex(result.stdout, r"campaign.sqlite: (19|2\d|3[01]) of 48 runs")
        self.assertIn("The same command again goes on.", result.stdout)
        for part in ("1/3", "2/3", "3/3"):
            self.expect(0, "campaign", self.smoke, "-o", self.dir, "--shard", part, "--quiet", "--jobs", "2")
        self.expect(0, "campaign", self.smoke, "-o", self.dir, "--collect")
        self.assertEqual(rows_of(self.table), self.whole)
        self.assertEqual(os.listdir(os.path.join(self.dir, "shards")), [])

    def test_shard_then_here(self):
        """What a shard has done is not run again here, nor the other way round."""
        self.expect(0, "campaign", self.smoke, "-o", self.dir, "--runs", "10", "--quiet")
        self.expect(0, "campaign", self.smoke, "-o", self.dir, "--shard", "1/2", "--quiet")
        self.assertEqual(len(rows_of(os.path.join(self.dir, "shards", "1-of-2.sqlite"))), 24 - 5)
        self.assertIn("48 of 48 runs, 19 new", self.expect(0, "campaign", self.smoke, "-o", self.dir).stdout)
        self.assertEqual(rows_of(self.table), self.whole)

    def test_only_one_at_a_time(self):
        process = self.start("--jobs", "1")
        self.assertTrue(self.wait_for_rows(process, self.table, 1))
        result = self.expect(1, "campaign", self.smoke, "-o", self.dir)
        self.assertIn("another process works in this directory", result.stderr)
        self.kill_group(process)

    def test_longer(self):
        """More runs of the same plan: the first ones stay."""
        result = self.expect(0, "campaign", self.smoke, "-o", self.dir, "--runs", "7")
        self.assertIn("7 of 7 runs, 7 new", result.stdout)
        self.assertEqual(rows_of(self.table), {run: self.whole[run] for run in range(7)})
        self.expect(0, "campaign", self.smoke, "-o", self.dir, "--quiet")
        self.assertEqual(rows_of(self.table), self.whole)

    def test_another_plan(self):
        plan = self.write_plan(SHORT)
        self.expect(0, "campaign", plan, "-o", self.dir, "--quiet")
        before = rows_of(self.table)
        self.write_plan(SHORT.replace("seeds: 3", "seeds: 4"))
        for more in ((), ("--collect",), ("--shard", "1/2")):
            result = self.expect(1, "campaign", plan, "-o", self.dir, *more)
            self.assertIn("is of another plan", result.stderr)
        self.assertEqual(rows_of(self.table), before)
        # Words are no part of it.
        self.write_plan("# a comment\nabout: longer\nruns: 6\n" + SHORT)
        self.expect(0, "campaign", plan, "-o", self.dir)

    def test_run_again(self):
        """The printed row is the table's; a replay of the drive gives the same poses to the judge."""
        run = next(run for run, row in self.whole.items() if row[1] == "town" and row[3] == "gnss_jump_10")
        drive = os.path.join(self.dir, "d.mcap")
        result = self.expect(0, "campaign", "run", self.smoke, str(run), "-o", drive)
        printed = dict(line.split(": ", 1) for line in result.stdout.splitlines())
        db = sqlite3.connect(os.path.join(self.top, "whole", "campaign.sqlite"))
        db.row_factory = sqlite3.Row
        row = db.execute("SELECT * FROM run WHERE run = ?", (run,)).fetchone()
        self.assertEqual(list(printed), row.keys())
        for name in row.keys():
            value, text = row[name], printed[name]
            if name == "cpu_s":
                continue
            if text == "-":
                self.assertIn(value, (None, -1, ""), name)
            elif isinstance(value, float):
                self.assertAlmostEqual(float(text.split()[0]), value, delta=1e-9 * max(1, abs(value)), msg=name)
            else:
                self.assertEqual(text, str(value), name)
        db.close()
        summary = self.expect(0, "replay", drive).stdout
        self.assertIn("gnss/roof              JUMP", summary)
        horizontal = re.search(r"horizontal +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+)  m", summary)
        self.assertAlmostEqual(float(horizontal.group(1)), row["horizontal_rmse_m"], delta=0.02)
        self.assertAlmostEqual(float(horizontal.group(3)), row["horizontal_p95_m"], delta=0.02)

    def test_run_on_a_map_again(self):
        """Its drive and the map that the vehicle had, a wrong one, replayed: the same poses."""
        plan = self.write_plan("scenarios: [{root}/sim/scenarios/town.yaml]\nsensors: {{m: {{without: [imu, wheel], map: true}}}}\n"
                               "faults: [{root}/sim/faults/map_shifted.yaml]\nseeds: 1\nduration_s: 40\n")
        drive, compiled = (os.path.join(self.dir, name) for name in ("d.mcap", "d.pmap"))
        result = self.expect(0, "campaign", "run", plan, "0", "-o", drive, "--map", compiled)
        printed = dict(line.split(": ", 1) for line in result.stdout.splitlines())
        said = json.loads(self.expect(0, "replay", drive, "--map", compiled, "--summary", "json").stdout)["eval"]
        self.assertAlmostEqual(float(printed["horizontal_p50_m"].split()[0]), said["horizontal_p50_m"], delta=0.02)
        self.assertGreater(said["horizontal_p50_m"], 1.2)
        plain = json.loads(self.expect(0, "replay", drive, "--summary", "json").stdout)["eval"]
        self.assertNotAlmostEqual(plain["horizontal_p50_m"], said["horizontal_p50_m"], delta=0.02)

    def test_nis_of_every_kind(self):
        """What each kind of source measures is held against its noise, odometry too."""
        plan = self.write_plan("scenarios: [{root}/sim/scenarios/town_odometry.yaml]\nseeds: 1\nduration_s: 40\n")
        result = self.expect(0, "campaign", "run", plan, "0")
        printed = dict(line.split(": ", 1) for line in result.stdout.splitlines())
        for kind in ("gnss", "radar", "wheel", "odometry"):
            self.assertGreater(float(printed["nis_" + kind]), 0.02, kind)
            self.assertLess(float(printed["nis_" + kind]), 30, kind)  # wild increments of odometry count too
        self.assertEqual(printed["nis_roadside"], "-")

    def test_run_again_refused(self):
        for arguments, code, words in (
                ((self.smoke, "660"), 1, "has runs 0 to 659, not 660"),
                ((self.smoke, "x"), 2, '"x" is not a whole number'),
                ((self.smoke,), 2, "expected a campaign and the number of a run"),
                ((self.smoke, "3", "-o", "/none/d.mcap"), 1, "/none/d.mcap"),
                ((self.smoke, "3", "--map", "/none/d.pmap"), 1, "is driven without a map"),
                (("/none.yaml", "3"), 1, "/none.yaml: No such file")):
            self.assertIn(words, self.expect(code, "campaign", "run", *arguments).stderr)

    def test_hanging_run(self):
        """Two hours of driving do not fit into a second: such runs are rows that say so, and are named."""
        plan = self.write_plan("scenarios: [{root}/sim/scenarios/town.yaml]\nseeds: 2\nduration_s: 7200\n"
                               "timeout_s: 1\n")
        result = self.expect(0, "campaign", plan, "-o", self.dir, "--jobs", "2")
        for run in (0, 1):
            self.assertIn(f"run {run}: took longer than 1 s; again: posed campaign run {plan} {run}\n", result.stderr)
        self.assertIn("Runs that could not be judged: 2.", result.stdout)
        db = sqlite3.connect(self.table)
        self.assertEqual(db.execute("SELECT trouble, nees FROM run").fetchall(), [("took longer than 1 s", None)] * 2)
        db.close()

    def test_refused(self):
        for arguments, words in (
                ((), "which campaign?"),
                ((self.smoke,), "-o DIR is missing"),
                ((self.smoke, "-o"), "-o needs a value"),
                ((self.smoke, "x", "-o", self.dir), "one too many"),
                ((self.smoke, "-o", self.dir, "--jobs", "0"), "--jobs"),
                ((self.smoke, "-o", self.dir, "--runs", "many"), "--runs"),
                ((self.smoke, "-o", self.dir, "--shard", "4/3"), '"4/3" is not a shard'),
                ((self.smoke, "-o", self.dir, "--shard", "1/3", "--collect"), "one or the other"),
                ((self.smoke, "-o", self.dir, "--slurm"), "--array N is missing"),
                ((self.smoke, "-o", self.dir, "--array", "3"), "go with --slurm"),
                ((self.smoke, "-o", self.dir, "--slurm", "--array", "3", "--sbatch-option=x"), "x"),
                ((self.smoke, "-o", self.dir, "--what"), 'no option "--what"')):
            result = self.expect(2, "campaign", *arguments)
            self.assertIn(words, result.stderr)
            self.assertIn("Try: posed campaign --help", result.stderr)
        self.assertEqual(os.listdir(self.dir), [])

    def test_bad_plan(self):
        plan = self.write_plan("scenarios: [none.yaml]\nseeds: 0\n")
        result = self.expect(1, "campaign", plan, "-o", self.dir)
        self.assertIn("my.yaml:2:8: seeds", result.stderr)
        self.assertIn("none.yaml: No such file", result.stderr)
        self.assertIn("my.yaml cannot be used", result.stderr)
        self.assertFalse(os.path.exists(self.table))
        result = self.expect(1, "campaign", self.smoke, "-o", self.dir, "--runs", "661")
        self.assertIn("the plan has only 660 drives", result.stderr)
        self.assertFalse(os.path.exists(self.table))

    def test_no_place(self):
        result = self.expect(1, "campaign", self.smoke, "-o", os.path.join(self.dir, "a", "b"))
        self.assertIn("cannot make the directory", result.stderr)


POSED, ROOT = (os.path.abspath(argument) for argument in sys.argv[1:3])
del sys.argv[1:3]
unittest.main(verbosity=2)
