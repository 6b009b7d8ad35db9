#!/usr/bin/env python3
"""flood.py ENDPOINT garbage|radar RATE SECONDS FRAME_HEX: messages under the topic of radar/front as fast as asked, with
random bytes, or a valid scan whose times and sequence are right. Prints how many went out."""
import os
import struct
import sys
import time

import zmq

endpoint, kind, rate, seconds, frame = sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]), sys.argv[5]
socket = zmq.Context().socket(zmq.PUB)
socket.setsockopt(zmq.LINGER, 0)
socket.connect(endpoint)
TOPIC = b"posed/v1/sensor/radar/front"
payload = bytearray(bytes.fromhex(frame) if kind == "radar" else os.urandom(200))
# source (1), sequence (2), stamp_ns (3), received_ns (4): the last three have a fixed place behind the first
at = 2 + payload[1] if kind == "radar" else 0
time.sleep(0.5)  # a PUB socket has no other way to wait for its connection
begin, sent = time.monotonic(), 0
while (elapsed := time.monotonic() - begin) < seconds:
    if sent > elapsed * rate:
        time.sleep(0.001)
        continue
    for _ in range(100):
        if kind == "radar":
            now = time.time_ns()
            struct.pack_into("<I", payload, at + 1, sent & 0xffffffff)
            struct.pack_into("<q", payload, at + 6, now)
            struct.pack_into("<q", payload, at + 15, now)
        socket.send(TOPIC, zmq.SNDMORE)
        socket.send(bytes(payload))
        sent += 1
print(sent)
