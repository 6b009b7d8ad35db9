#!/usr/bin/env python3
"""publish_lanes.py POSED.PROTO ENDPOINT SOURCE [COUNT]: speaks as a camera that sees the lines of its lane, 3.7 m wide, ten
times a second. Put what your perception sees where this one makes it up. SOURCE is "camera/NAME", as in posed's
configuration; POSED.PROTO lies beside posed_fault.proto, or is wire/posed.proto of a source tree that ./demo has built.

Needs PyZMQ, protobuf and protoc. What is sent: docs/ADAPTERS.md, "Without C"."""
import math
import os
import subprocess
import sys
import tempfile
import time

import zmq

if len(sys.argv) not in (4, 5):
    sys.exit(__doc__)
proto, endpoint, source = sys.argv[1:4]
count = int(sys.argv[4]) if len(sys.argv) > 4 else 0
with tempfile.TemporaryDirectory() as made:
    here = os.path.dirname(os.path.abspath(proto))
    subprocess.run(["protoc", *(f"-I{d}" for d in (here, f"{here}/../build/wire") if os.path.isdir(d)), f"--python_out={made}",
                    "posed.proto", "posed_fault.proto"], check=True)
    sys.path.insert(0, made)
    import posed_pb2 as pb  # noqa: E402

socket = zmq.Context().socket(zmq.PUB)
socket.connect(endpoint)
topic = f"posed/v1/sensor/lanes/{source.split('/')[1]}".encode()
sequence = 0
while count == 0 or sequence < count:
    seen_ns = time.time_ns()  # when the picture was taken, as well as the camera knows
    time.sleep(0.1)  # here the lines are found
    frame = pb.CameraLanes(source=source, sequence=sequence, stamp_ns=seen_ns, received_ns=time.time_ns())
    drift_m = 0.2 * math.sin(0.1 * sequence)
    for side, offset_m in ((pb.LANE_SIDE_LEFT, 1.85), (pb.LANE_SIDE_RIGHT, -1.85)):
        # Every float is set, with NaN where it is not known: one that is left out reads as zero.
        frame.lanes.add(side=side, offset_m=offset_m - drift_m, heading_rad=0.0, curvature_1pm=math.nan,
                        type="dashed", sigma_m=0.05, score=0.95)
    socket.send_multipart([topic, frame.SerializeToString()])
    sequence += 1
