#!/usr/bin/env python3
"""slurm_rig.py COMMAND...: runs COMMAND inside a Slurm of its own, on this machine, and takes it down afterwards.

A real munged, slurmctld and slurmd as plain processes: own key, own socket, own ports on the loopback device, all
files in one temporary directory; no systemd, no control groups, no accounting. Needs no root. As a module:
`with Cluster() as c: c.run("sbatch", ...)`."""
import atexit
import ctypes
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from programs import PATIENCE_S, free_ports, wait_for  # noqa: E402

DAEMONS = ("munged", "slurmctld", "slurmd")
TOOLS = ("sbatch", "squeue", "scancel", "scontrol", "sinfo")
SBIN = "/usr/sbin:/usr/local/sbin:/sbin"
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
prctl = ctypes.CDLL(None).prctl

# cred_expire: a requeued job waits that long, 120 s by default. The other intervals are short for the same reason.
CONF = """
ClusterName=rig
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
SlurmdPort={node_port}
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
AuthType=auth/munge
AuthInfo=socket={dir}/munge.socket,cred_expire=5
CredType=cred/munge
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={dir}/state
SlurmdSpoolDir={dir}/spool
SlurmctldPidFile={dir}/slurmctld.pid
SlurmdPidFile={dir}/slurmd.pid
SlurmctldLogFile={dir}/slurmctld.log
SlurmdLogFile={dir}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
KillWait=2
JobRequeue=1
ReturnToService=2
EnforcePartLimits=ALL
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=drives Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


def find(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":" + SBIN)


def missing():
    """The first program of Slurm or munge that is not here, or None."""
    return next((name for name in DAEMONS + TOOLS if not find(name)), None)


def descendants(pid):
    """Every process below `pid`, from /proc."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat") as f:
                parents[int(name)] = int(f.read().rpartition(")")[2].split()[1])
        except OSError:
            continue
    found = {pid}
    while True:
        more = {p for p, parent in parents.items() if parent in found} - found
        if not more:
            return found - {pid}
        found |= more


class Cluster:
    """One controller, one node. Everything that it started ends with it, also when the test is terminated."""

    def __init__(self, cpus=2):
        self.cpus = cpus
        self.dir = tempfile.mkdtemp(prefix="posed-slurm-")
        self.user = pwd.getpwuid(os.getuid()).pw_name
        self.host = socket.gethostname().split(".")[0]
        self.conf = os.path.join(self.dir, "slurm.conf")
        self.env = {**os.environ, "SLURM_CONF": self.conf, "PATH": os.environ.get("PATH", "") + ":" + SBIN}
        self.processes = {}
        # Steps of jobs leave their daemon's process tree; as its reaper we still know them.
        prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        atexit.register(self.stop)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def _daemon(self, name, *args):
        log = open(os.path.join(self.dir, name + ".out"), "ab")
        self.processes[name] = subprocess.Popen(
            [find(name), *args], stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=self.env, cwd=self.dir,
            preexec_fn=lambda: prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0))
        log.close()

    def start(self):
        for name in ("state", "spool"):
            os.mkdir(os.path.join(self.dir, name), 0o700)
        key = os.path.join(self.dir, "munge.key")
        with open(os.open(key, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as f:
            f.write(os.urandom(128))
        with open(self.conf, "w") as f:
            controller_port, node_port = free_ports(2)
            f.write(CONF.format(dir=self.dir, host=self.host, user=self.user, cpus=self.cpus,
                                controller_port=controller_port, node_port=node_port))
        os.chmod(self.dir, 0o755)  # munge refuses a socket in a directory that not all may enter
        at = self.dir + "/munged."
        self._daemon("munged", "--foreground", f"--key-file={key}", f"--socket={self.dir}/munge.socket",
                     f"--pid-file={at}pid", f"--log-file={at}log", f"--seed-file={at}seed")
        self._until(lambda: os.path.exists(f"{self.dir}/munge.socket"), "munged")
        self._daemon("slurmctld", "-D", "-f", self.conf)
        self._daemon("slurmd", "-D", "-f", self.conf)
        self._until(self.is_idle, "slurmctld and slurmd")

    def _until(self, condition, who):
        if not wait_for(lambda: condition() or any(p.poll() is not None for p in self.processes.values())) \
                or not condition():
            raise RuntimeError(f"{who} did not start:\n{self.logs()}")

    def is_idle(self):
        return self.run("sinfo", "--noheader", "--format=%T").stdout.strip() == "idle"

    def run(self, *command, timeout_s=PATIENCE_S, **more):
        """A command inside the cluster: its output, error text and exit code."""
        return subprocess.run(command, env=self.env, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=timeout_s, **more)

    def jobs(self):
        """Rows of squeue, an array's tasks one by one: (job id, state)."""
        rows = self.run("squeue", "--noheader", "--array", "--states=all", "--format=%i %T").stdout
        return [tuple(row.split()) for row in rows.splitlines()]

    def logs(self):
        text = []
        for name in sorted(os.listdir(self.dir)):
            if name.endswith((".out", ".log")):
                with open(os.path.join(self.dir, name), errors="replace") as f:
                    text.append(f"--- {name}\n" + "".join(f.readlines()[-30:]))
        return "\n".join(text)

    def _queue_is_empty(self):
        return not self.run("squeue", "--noheader").stdout.strip()

    def _cancel_jobs(self):
        """Jobs first: what a node has started would outlive it."""
        running = self.processes.get("slurmctld")
        if not running or running.poll() is not None:
            return
        try:
            self.run("scancel", "--full", f"--user={self.user}", timeout_s=10)
            wait_for(self._queue_is_empty, 10)
        except subprocess.TimeoutExpired:
            pass  # the processes are killed below

    def stop(self):
        if not os.path.isdir(self.dir):
            return
        atexit.unregister(self.stop)
        self._cancel_jobs()
        for name in reversed(list(self.processes)):
            process = self.processes[name]
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        # The daemons are gone, so what is left below us are orphaned steps.
        for pid in descendants(os.getpid()) if self.processes else ():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        wait_for(self._reaped, 10)
        shutil.rmtree(self.dir, ignore_errors=True)

    @staticmethod
    def _reaped():
        """Whether no child is left, zombies collected."""
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return True
        return False


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__.split("\n")[0])
    if missing():
        print(f"skipped: there is no {missing()} (packages slurmctld, slurmd, slurm-client, munge)")
        sys.exit(77)
    with Cluster() as cluster:
        code = subprocess.run(sys.argv[1:], env=cluster.env).returncode
    sys.exit(code)


if __name__ == "__main__":
    main()
