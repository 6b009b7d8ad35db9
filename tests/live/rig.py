"""What the tests of the live program share: processes of posed on endpoints of their own, a listener that decodes all
that is published, and a sender that speaks as any adapter."""
import atexit
import os
import signal
import subprocess
import sys
import threading
import time

import zmq

TESTS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path[:0] = [os.path.join(TESTS, "client"), TESTS]
import fake_posed  # noqa: E402
from programs import PATIENCE_S, wait_for  # noqa: E402
from scratch import scratch  # noqa: E402


class Rig:
    """One posed run and what is around it. Everything ends with it, at the latest with the test; its directory then."""

    def __init__(self, posed, protos):
        self.posed = os.path.abspath(posed)
        self.pb = fake_posed.load_proto(*protos)
        self.codes = sys.modules["posed_fault_pb2"].FaultCode
        self.dir = scratch("posed-live-")
        self.frames, self.poses = f"ipc://{self.dir}/frames", f"ipc://{self.dir}/poses"
        self.context = zmq.Context()
        self.processes = []
        self.listener = None
        atexit.register(self.end)

    def start(self, *args, env=None, log=None):
        out = open(os.path.join(self.dir, log), "ab") if log else subprocess.DEVNULL
        process = subprocess.Popen([self.posed, *args], stdout=out, stderr=out, env={**os.environ, **(env or {})})
        self.processes.append(process)
        return process

    def run(self, *args, env=None):
        return self.start("run", "--frames", self.frames, "--poses", self.poses, *args, env=env, log="run.log")

    def replay(self, path, *args, env=None):
        return self.start("adapter", "replay", "--path", path, "--endpoint", self.frames, *args, env=env,
                          log="adapter.log")

    def listen(self):
        self.listener = Listener(self)
        return self.listener

    def sender(self):
        s = self.context.socket(zmq.PUB)
        s.setsockopt(zmq.LINGER, 0)
        s.setsockopt(zmq.SNDHWM, 2000)
        s.connect(self.frames)
        return s

    def said(self, log="run.log"):
        path = os.path.join(self.dir, log)
        return open(path, errors="replace").read() if os.path.exists(path) else ""

    def stop(self, process, how=signal.SIGTERM):
        if process.poll() is None:
            process.send_signal(how)
            process.send_signal(signal.SIGCONT)
        return process.wait(PATIENCE_S)

    def end(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        if self.listener:
            self.listener.running = False
            self.listener.join()
        self.context.destroy(linger=0)


class Listener(threading.Thread):
    """Keeps the poses (with when each came), the last status, and the faults."""

    def __init__(self, rig):
        super().__init__(daemon=True)
        self.rig, self.running = rig, True
        self.poses, self.faults, self.arrived = [], [], []
        self.status = None
        self.statuses = 0
        self.start()

    def run(self):
        s = self.rig.context.socket(zmq.SUB)
        s.setsockopt(zmq.RCVHWM, 100000)
        s.setsockopt(zmq.RCVTIMEO, 100)
        for topic in (b"posed/v1/pose", b"posed/v1/status", b"posed/v1/fault"):
            s.setsockopt(zmq.SUBSCRIBE, topic)
        s.connect(self.rig.poses)
        pb = self.rig.pb
        while self.running:
            try:
                topic, payload = s.recv_multipart()
            except zmq.Again:
                continue
            if topic == b"posed/v1/pose":
                self.arrived.append(time.time_ns())
                self.poses.append(pb.PoseEstimate.FromString(payload))
            elif topic == b"posed/v1/status":
                self.status = pb.Status.FromString(payload)
                self.statuses += 1
            else:
                self.faults.append(pb.Fault.FromString(payload))
        s.close()

    def mode(self):
        return self.poses[-1].mode if self.poses else 0

    def source(self, name):
        return next((s for s in self.status.sources if s.source == name), None) if self.status else None

    def has_fault(self, name, code):
        """Whether the status shows it: name of a source, or "system"."""
        if not self.status:
            return False
        number = self.rig.codes.Value("FAULT_CODE_" + code) if "FAULT_CODE_" + code in self.rig.codes.keys() else \
            self.rig.codes.Value("FAULT_" + code)
        faults = self.status.system_faults if name == "system" else self.source(name).faults
        return number in faults

    def fault_names(self, since=0):
        """(source, code, raised) of all events from the index on. But for ALERT: it says that the bound is above the
        alert limits, which the sensors of these drives cannot hold, whatever goes wrong."""
        names = [(f.source, self.rig.codes.Name(f.code).replace("FAULT_CODE_", "").replace("FAULT_", ""), f.raised)
                 for f in self.faults[since:]]
        return [name for name in names if name[1] != "ALERT"]

    def system_faults(self):
        """Numbers of those that the status shows, but for ALERT, as above."""
        return [code for code in self.status.system_faults
                if not self.rig.codes.Name(code).endswith("ALERT")]
