"""A stand-in for a running posed: the documented interface in another language, with other libraries.

PyZMQ's XPUB socket and Google's protobuf, from posed.proto alone; so that a test of a subscriber tests the interface,
and not our code against itself."""
import importlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time

NAN = float("nan")


def load_proto(*protos):
    """The module that protoc makes of posed.proto, given with what it imports."""
    paths = [f"-I{os.path.dirname(os.path.abspath(p))}" for p in protos]
    with tempfile.TemporaryDirectory(prefix="posed-proto-") as out:
        subprocess.run(["protoc", *paths, f"--python_out={out}", *(os.path.basename(p) for p in protos)], check=True)
        sys.path.insert(0, out)
        try:
            return importlib.import_module("posed_pb2")
        finally:
            sys.path.remove(out)


class FakePosed(threading.Thread):
    """Publishes the pose `pose_rate_hz` times a second while `pose` is set, sends what is put into it, and sends the
    last status again to whoever subscribes."""

    def __init__(self, pb, endpoint, pose_rate_hz=50, secret_key=None):
        """`endpoint` may end in a port "*": then it is the system's choice. `secret_key` (Z85): with CURVE, for any
        client."""
        import zmq
        super().__init__(daemon=True)
        self.pb, self.zmq, self.endpoint, self.secret_key = pb, zmq, endpoint, secret_key
        self.period = 1 / pose_rate_hz
        self.orders, self.subscribed = queue.Queue(), queue.Queue()
        self.pose_sequence = self.status_sequence = self.fault_sequence = 0
        self.started_ns = time.time_ns()
        self.pose, self.status = self.make_pose(), self.make_status()
        self.valid_ns = 100_000_000
        self.running = True
        self.ready = threading.Event()
        self.start()
        self.ready.wait(20)

    def make_pose(self, **more):
        p = self.pb.PoseEstimate(mode=self.pb.MODE_NOMINAL, usable=True, latitude_deg=52.27, longitude_deg=10.53,
                                 height_m=118.25, x_ecef_m=3844000.5, y_ecef_m=714500.25, z_ecef_m=5021500.75, qw=1,
                                 heading_rad=0.5, v_east_mps=3, v_north_mps=4, protection_along_m=NAN,
                                 protection_cross_m=NAN, protection_vertical_m=NAN, protection_heading_rad=NAN,
                                 confidence=0.75)
        p.pose_covariance[:] = [0.0] * 21
        for i, index in enumerate((0, 6, 11, 15, 18, 20)):
            p.pose_covariance[index] = 0.25 * (i + 1)
        p.velocity_covariance[:] = [0.01, 0, 0, 0.01, 0, 0.01]
        for name, value in more.items():
            setattr(p, name, value)
        return p

    def make_status(self, **more):
        pb = self.pb
        s = pb.Status(stamp_ns=time.time_ns(), mode=pb.MODE_NOMINAL, protocol=1, version="9.8.7",
                      started_ns=self.started_ns, dropped=11, malformed=12, unauthenticated=13, mount_pitch_rad=0.01,
                      mount_pitch_sigma_rad=0.001, mount_yaw_rad=-0.02, mount_yaw_sigma_rad=0.002, wheel_scale=1.01,
                      wheel_scale_sigma=0.001)
        s.sources.add(source="gnss/roof", state=pb.SOURCE_STATE_ALIVE, frames=1000, used=990, rejected=7, late=3,
                      rate_hz=5, latency_s=0.12, latency_sigma_s=0.01, nis_ratio=1.1, malformed=21, refused=22,
                      dropped=23, last_stamp_ns=time.time_ns(), age_s=0.2)
        s.sources.add(source="radar/front", state=pb.SOURCE_STATE_NEVER_SEEN, rate_hz=0, latency_s=NAN,
                      latency_sigma_s=NAN, nis_ratio=NAN, age_s=NAN)
        for name, value in more.items():
            setattr(s, name, value)
        return s

    def send(self, topic, message):
        payload = message if isinstance(message, bytes) else message.SerializeToString()
        self.orders.put((f"posed/v1/{topic}".encode(), payload))

    def send_status(self, **more):
        """A new status, and the one that later subscribers get."""
        self.status_sequence += 1
        status = self.make_status(sequence=self.status_sequence, **more)
        self.status = status
        self.send("status", status)
        return status

    def send_fault(self, source, code, raised=True):
        self.fault_sequence += 1
        now = time.time_ns()
        self.send("fault", self.pb.Fault(source=source, sequence=self.fault_sequence, stamp_ns=now, code=code,
                                         severity=self.pb.SEVERITY_ERROR, raised=raised, since_ns=now - 2_000_000_000,
                                         evidence=30, limit=5))

    def wait_for_subscriber(self, topic="posed/v1/status"):
        while self.subscribed.get(timeout=20) != topic:
            pass

    def stop(self):
        self.running = False
        self.join(20)

    def run(self):
        socket = self.zmq.Context.instance().socket(self.zmq.XPUB)
        socket.setsockopt(self.zmq.LINGER, 0)
        socket.setsockopt(self.zmq.XPUB_VERBOSE, 1)
        if self.secret_key:
            socket.curve_server = True
            socket.curve_secretkey = self.secret_key.encode()
        socket.bind(self.endpoint)
        self.endpoint = socket.getsockopt(self.zmq.LAST_ENDPOINT).rstrip(b"\0").decode()
        self.ready.set()
        due = time.monotonic()
        while self.running:
            if socket.poll(max(0, min(20, 1000 * (due - time.monotonic())))):
                self.take_news(socket.recv())
            while not self.orders.empty():
                socket.send_multipart(self.orders.get())
            if time.monotonic() >= due:
                due += self.period
                self.send_pose(socket)
        socket.close()

    def take_news(self, news):
        if news[:1] == b"\x01":
            self.subscribed.put(news[1:].decode())
            if self.status and b"posed/v1/status".startswith(news[1:]):
                self.send("status", self.status)

    def send_pose(self, socket):
        pose = self.pose
        if pose is None:
            return
        self.pose_sequence += 1
        pose.sequence = self.pose_sequence
        pose.stamp_ns = time.time_ns()
        pose.based_on_ns = pose.stamp_ns - 12_000_000
        pose.expires_ns = pose.stamp_ns + self.valid_ns
        socket.send_multipart((b"posed/v1/pose", pose.SerializeToString()))
