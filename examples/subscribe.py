#!/usr/bin/env python3
"""subscribe.py [ENDPOINT [PROTO_DIR]]: prints where the vehicle is, for as long as it is allowed to.

Needs python3-zmq, python3-protobuf and protoc; PROTO_DIR holds posed.proto and posed_fault.proto, or is
wire/ of a source tree that ./demo has built."""
import os
import subprocess
import sys
import tempfile
import time

import zmq

endpoint = sys.argv[1] if len(sys.argv) > 1 else "ipc:///run/posed/poses"
proto_dir = sys.argv[2] if len(sys.argv) > 2 else "/usr/share/posed"
with tempfile.TemporaryDirectory() as made:
    places = [f"-I{d}" for d in (proto_dir, f"{proto_dir}/../build/wire") if os.path.isdir(d)]
    subprocess.run(["protoc", *places, f"--python_out={made}", "posed.proto", "posed_fault.proto"], check=True)
    sys.path.insert(0, made)
    import posed_pb2 as posed

socket = zmq.Context().socket(zmq.SUB)
socket.connect(endpoint)
for topic in ("posed/v1/pose", "posed/v1/status"):
    socket.subscribe(topic)
known = False  # no pose is read before a status has told the version of the interface
while True:
    topic, payload = socket.recv_multipart()
    if topic == b"posed/v1/status":
        known = posed.Status.FromString(payload).protocol == 1
    if topic != b"posed/v1/pose" or not known:
        continue
    p = posed.PoseEstimate.FromString(payload)
    mode = posed.Mode.Name(p.mode).removeprefix("MODE_")
    if p.usable and time.time_ns() < p.expires_ns:
        lane = f", lane {p.lane_id} with {p.lane_probability:.0%}" if p.lane_id else ""  # on a map
        print(f"{mode} {p.latitude_deg:.7f} {p.longitude_deg:.7f} deg, heading {p.heading_rad:.3f} rad{lane}", flush=True)
    else:
        print(f"{mode}: do not use", flush=True)
