#!/usr/bin/env python3
"""test_slurm.py ARRAY_CAMPAIGN POSED CAMPAIGN.yaml: job arrays with a real munged, slurmctld and slurmd.

Whatever happens to the tasks, the table that is collected is that of a run without Slurm, and no run is done twice.
Exit 77 where Slurm is not installed."""
import collections
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import unittest

import slurm_rig
from programs import wait_for

COMPLETE, INCOMPLETE, QUEUED = 0, 3, 4
TASKS = 4
RUNS = 40


def read(path):
    """The text of a file, empty when it is not there."""
    if not os.path.exists(path):
        return ""
    with open(path) as f:
        return f.read()


def dump(path):
    """The table as SQL text, rows in the order of their key."""
    with sqlite3.connect(path) as db:
        return "\n".join(db.iterdump())


class Array(unittest.TestCase):
    """Each test has a directory whose name a shell, or Slurm's patterns, would take apart."""

    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="posed-array-")
        self.dir = os.path.join(self.top, "it's 100%a $HOME;x")
        os.mkdir(self.dir)

    def tearDown(self):
        if self.job_numbers():
            cluster.run("scancel", "--full", "--signal=KILL", *self.job_numbers())
        shutil.rmtree(self.top)

    def job_numbers(self):
        return read(self.path("slurm.job")).split()[:1]

    def path(self, name):
        return os.path.join(self.dir, "shards", name)

    def log(self, task):
        return read(self.path(f"{task}-of-{TASKS}.log"))

    def campaign(self, *more, cost_ms=1, directory=None):
        return cluster.run(PROGRAM, "campaign", f"{RUNS}:{cost_ms}", "--output", directory or self.dir, *more)

    def array(self, *more, cost_ms=1):
        return self.campaign("--slurm", str(TASKS), *more, cost_ms=cost_ms)

    def expect(self, result, code):
        self.assertEqual(result.returncode, code, result.stdout + result.stderr + cluster.logs())
        return result.stderr

    def assert_same_as_local(self):
        local = os.path.join(self.top, "local")
        os.mkdir(local)
        self.expect(self.campaign(directory=local), COMPLETE)
        self.assertEqual(dump(os.path.join(self.dir, "table.sqlite")), dump(os.path.join(local, "table.sqlite")))

    def runs_done(self):
        """How often each run was begun and counted, by the logs of all tasks."""
        lines = "".join(self.log(task) for task in range(1, TASKS + 1)).splitlines()
        return collections.Counter(line for line in lines if line.startswith("ran "))

    def assert_nothing_twice(self, at_most=0):
        """Only a run that was under way when its worker died may have been begun twice."""
        done = self.runs_done()
        self.assertEqual(len(done), RUNS)
        self.assertLessEqual(sum(done.values()), RUNS + at_most, done)

    def worker(self, task):
        """The process that works on a shard of this campaign; None while there is none."""
        for pid in slurm_rig.descendants(os.getpid()):
            try:
                with open(f"/proc/{pid}/cmdline") as f:
                    words = f.read().split("\0")
            except OSError:
                continue
            if f"{task}/{TASKS}" in words and self.dir in words and words[0] == PROGRAM:
                return pid
        return None

    def wait_for_rows(self, task):
        """Until a task has done some of its runs but not all."""
        return wait_for(lambda: self.log(task).count("ran ") >= 2)

    def make_due(self, task):
        """A requeued task may begin at once, instead of after Slurm's pause."""
        number = self.job_numbers()[0]
        return wait_for(lambda: dict(cluster.jobs()).get(f"{number}_{task}") == "PENDING") and \
            cluster.run("scontrol", "update", f"JobId={number}_{task}", "StartTime=now")

    def test_undisturbed(self):
        text = self.expect(self.array(), COMPLETE)
        self.assertRegex(text, r"job \d+: tasks submitted: 4; to stop it: scancel \d+")
        self.assert_same_as_local()
        self.assert_nothing_twice()
        self.assertEqual(sorted(os.listdir(self.path(""))),
                         [f"{task}-of-4.log" for task in range(1, 5)] + ["slurm.sh"])
        # Again: there is nothing to do, and Slurm is not asked to do it.
        self.assertEqual(self.expect(self.array(), COMPLETE), "")

    def test_come_back_later(self):
        """--no-wait; the same command finds the array in the queue, and collects it at its end."""
        self.assertIn("The same command again", self.expect(self.array("--no-wait", cost_ms=200), QUEUED))
        self.assertRegex(self.expect(self.array("--no-wait", cost_ms=200), QUEUED), r"job \d+: . of 4 tasks done")
        self.expect(self.array(cost_ms=200), COMPLETE)
        self.assert_same_as_local()
        self.assert_nothing_twice()

    def test_killed_worker(self):
        """SIGKILL in the middle: the task is named with its log, and only its shard is submitted again."""
        self.expect(self.array("--no-wait", cost_ms=200), QUEUED)
        self.assertTrue(self.wait_for_rows(1))
        os.kill(self.worker(1), signal.SIGKILL)
        text = self.expect(self.array(cost_ms=200), INCOMPLETE)
        self.assertRegex(text, r"job \d+ has ended; runs missing: \d, in tasks: 1\n")
        self.assertRegex(text, r"task 1, missing \d, FAILED: .*/1-of-4\.log")
        text = self.expect(self.array(cost_ms=200), COMPLETE)
        self.assertRegex(text, r"job \d+: tasks submitted: 1;")
        self.assert_same_as_local()
        self.assert_nothing_twice(at_most=1)

    def test_requeued_and_cancelled(self):
        """One task starts anew by Slurm's order, another is cancelled for good."""
        self.expect(self.array("--no-wait", cost_ms=200), QUEUED)
        number = self.job_numbers()[0]
        self.assertTrue(self.wait_for_rows(1))
        cluster.run("scancel", "--full", f"{number}_2")
        self.assertEqual(cluster.run("scontrol", "requeue", f"{number}_1").returncode, 0)
        worker = self.worker(1)
        if worker:  # a node that is gone, not one that tidies up; Slurm may have been faster
            os.kill(worker, signal.SIGKILL)
        self.assertTrue(self.make_due(1))
        self.assertRegex(self.expect(self.array(cost_ms=200), INCOMPLETE), r"task 2, missing \d+, CANCELLED")
        self.expect(self.array(cost_ms=200), COMPLETE)
        self.assert_same_as_local()
        self.assert_nothing_twice(at_most=2)

    def test_two_workers_of_one_shard(self):
        """A task started anew while the old one still runs waits for it, and finds everything done."""
        self.expect(self.array("--no-wait", cost_ms=100), QUEUED)
        self.assertTrue(self.wait_for_rows(1))
        second = self.campaign("--shard", f"1/{TASKS}", cost_ms=100)
        self.assertEqual(second.stdout, "")
        self.expect(second, COMPLETE)
        self.expect(self.array(cost_ms=100), COMPLETE)
        self.assert_same_as_local()
        self.assert_nothing_twice()

    def test_other_shards_than_before(self):
        """An array that was cancelled, then another number of tasks: what the first one did counts."""
        self.expect(self.array("--no-wait", cost_ms=200), QUEUED)
        self.assertTrue(self.wait_for_rows(1))
        cluster.run("scancel", "--full", self.job_numbers()[0])
        self.assertTrue(wait_for(lambda: not self.worker(1) and not self.worker(2)))
        done = sum(self.runs_done().values())
        self.assertGreater(done, 1)
        self.assertTrue(wait_for(lambda: not cluster.run("squeue", "--noheader").stdout))
        self.expect(self.campaign("--slurm", "3"), COMPLETE)
        self.assert_same_as_local()
        again = sum(read(self.path(f"{i}-of-3.log")).count("ran ") for i in (1, 2, 3))
        self.assertLessEqual(done + again, RUNS + 2)

    def test_refused(self):
        """What sbatch says is passed on, and nothing is left in the queue."""
        for option, words in (("--partition=none", "invalid partition specified: none"),
                              ("--nodes=7", "sbatch refused the job"),
                              ("--no-such-option", "unrecognized option")):
            result = self.array(option)
            self.assertEqual(result.returncode, 1)
            self.assertIn(words, result.stderr)
        self.assertFalse(os.path.exists(self.path("slurm.job")))


class Posed(unittest.TestCase):
    """The real program: the table of an array is that of one machine. Its runs take no time worth killing them in;
    the tests above are of a program whose runs do."""

    def setUp(self):
        self.top = tempfile.mkdtemp(prefix="posed-array-")
        self.dir = os.path.join(self.top, "it's 100%a $HOME;x")

    def tearDown(self):
        shutil.rmtree(self.top)

    def campaign(self, *more, directory=None):
        result = cluster.run(POSED, "campaign", CAMPAIGN, "-o", directory or self.dir, *more)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr + cluster.logs())
        return result

    def rows(self, directory):
        with sqlite3.connect(os.path.join(directory, "campaign.sqlite")) as db:
            names = [row[1] for row in db.execute("PRAGMA table_info(run)")]
            wanted = ", ".join(name for name in names if name != "cpu_s")
            return db.execute(f"SELECT {wanted} FROM run ORDER BY run").fetchall()

    def test_table(self):
        local = os.path.join(self.top, "local")
        self.campaign("--runs", "20", directory=local)
        text = self.campaign("--runs", "20", "--slurm", "--array", "3", "--sbatch-option=--time=5").stdout
        self.assertIn("20 of 20 runs", text)
        self.assertEqual(self.rows(self.dir), self.rows(local))
        # More of the same plan; then there is nothing left to submit.
        self.campaign("--runs", "24", "--slurm", "--array", "2", "--no-wait")
        self.assertTrue(wait_for(lambda: not cluster.run("squeue", "--noheader").stdout))
        self.assertIn("24 of 24 runs", self.campaign("--runs", "24", "--slurm", "--array", "2").stdout)
        self.campaign("--runs", "24", directory=local)
        self.assertEqual(self.rows(self.dir), self.rows(local))
        self.assertNotIn("submitted", self.campaign("--runs", "24", "--slurm", "--array", "2").stderr)


PROGRAM, POSED, CAMPAIGN = (os.path.abspath(argument) for argument in sys.argv[1:4])
del sys.argv[1:4]
if slurm_rig.missing():
    print(f"skipped: there is no {slurm_rig.missing()} (packages munge, slurmctld, slurmd, slurm-client)")
    sys.exit(77)
with slurm_rig.Cluster() as cluster:
    ok = unittest.main(exit=False, verbosity=2).result.wasSuccessful()
sys.exit(0 if ok else 1)
