#!/usr/bin/env python3
"""test_publish.py POSED POSED.PROTO GENERATED PUBLISH_LANES: the example publisher of lanes, against posed's own strict
reader (the adapter bus). Prints one line per check that fails; exit 1 if any failed, 77 without PyZMQ or protobuf."""
import json
import os
import shutil
import signal
import subprocess
import sys

try:
    import google.protobuf  # noqa: F401
    import zmq  # noqa: F401
except ImportError as e:
    print(f"skipped: {e}")
    sys.exit(77)
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from scratch import scratch  # noqa: E402

POSED, PROTO, GENERATED, EXAMPLE = sys.argv[1:5]
TMP = scratch("posed-publish-")
ENDPOINT, DRIVE = f"ipc://{TMP}/frames", f"{TMP}/lanes.mcap"
TREE = f"{TMP}/tree"  # as ./demo leaves it: half of the interface in wire/, half in build/wire/
for place, source in ((f"{TREE}/wire", PROTO), (f"{TREE}/build/wire", f"{GENERATED}/posed_fault.proto")):
    os.makedirs(place)
    shutil.copy(source, place)
relay = subprocess.Popen([POSED, "adapter", "bus", "--listen", ENDPOINT, "-o", DRIVE], stderr=subprocess.PIPE, text=True)
while not os.path.exists(f"{TMP}/frames") and relay.poll() is None:
    pass
example = subprocess.run([sys.executable, EXAMPLE, f"{TREE}/wire/posed.proto", ENDPOINT, "camera/front", "15"], timeout=60)
relay.send_signal(signal.SIGTERM)
said = relay.communicate(timeout=60)[1]
info = json.loads(subprocess.run([POSED, "info", "--json", DRIVE], capture_output=True, text=True).stdout or "{}")
counts = {c["topic"]: c["count"] for c in info.get("channels", [])}
good = example.returncode == 0 and relay.returncode == 0 and " 0 malformed" in said
good = good and set(counts) == {"posed/v1/sensor/lanes/front"} and counts["posed/v1/sensor/lanes/front"] >= 10
if not good:
    print(f"FAILED: {example.returncode}, {relay.returncode}, {said}, {counts}")
sys.exit(0 if good else 1)
