#!/usr/bin/env python3
"""test_can_vcan.py POSED CAN_CONFIG: the adapter radar on a real interface of SocketCAN (vcan), fed by can-utils.

A virtual interface is made, an ARS408's lists are played into it by canplayer, the interface goes down and up again and
goes away and comes back, and each time the adapter goes on. Exit 77 where the kernel has no vcan, or this may not make
one, or can-utils is missing."""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

POSED, CONFIG = sys.argv[1:3]
INTERFACE = f"vcan{os.getpid() % 100000}"
# 0x60A announces one object, 0x60B is it: 30 m forward, 4 m left.
OBJECTS = "(0.000000) {0} 60A#01000100\n(0.001000) {0} 60B#0752D4137B200179\n(0.002000) {0} 60C#070000000000E8\n"


def skip(why):
    print(f"skipped: {why}")
    sys.exit(77)


def ip(*args):
    return subprocess.run(["ip", "link", *args], capture_output=True, text=True)


def make():
    made = ip("add", "dev", INTERFACE, "type", "vcan")
    return made.returncode == 0 and ip("set", INTERFACE, "up").returncode == 0


def play():
    subprocess.run(["canplayer"], input=OBJECTS.format(INTERFACE), text=True, check=True)


def wait_for(stream, text):
    """Reads the adapter's log up to this line."""
    for line in stream:
        print(line, end="")
        if text in line:
            return
    sys.exit(f"FAILED: the adapter ended before it said: {text}")


def wait_for_scan(frames):
    """Plays the list until a scan comes: the adapter may not have bound yet."""
    while True:
        play()
        if frames.poll(200):
            topic, payload = frames.recv_multipart()
            if topic != b"posed/v1/sensor/radar/front":
                sys.exit(f"FAILED: topic {topic}")
            return


def main():
    if not hasattr(socket, "AF_CAN") or not shutil.which("canplayer"):
        skip("no can-utils here")
    try:
        socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW).close()
    except OSError as e:
        skip(f"no CAN in this kernel: {e}")
    if not make():
        ip("del", INTERFACE)
        skip("no vcan interface can be made here")
    try:
        with tempfile.TemporaryDirectory() as tmp:
            run(f"ipc://{tmp}/frames")
    finally:
        ip("del", INTERFACE)


def run(endpoint):
    import zmq
    signal.alarm(120) # for all of it: what the adapter says and sends is waited for
    frames = zmq.Context.instance().socket(zmq.SUB)
    frames.subscribe(b"")
    frames.bind(endpoint)
    adapter = subprocess.Popen([POSED, "adapter", "radar", "--name", "radar/front", "--interface", INTERFACE,
                                "--mapping", f"{CONFIG}/ars408.yaml", "--endpoint", endpoint],
                               stderr=subprocess.PIPE, text=True)
    try:
        wait_for_scan(frames)
        ip("set", INTERFACE, "down")
        wait_for(adapter.stderr, f"{INTERFACE}: the interface is down")
        ip("set", INTERFACE, "up")
        wait_for_scan(frames)
        ip("del", INTERFACE)
        wait_for(adapter.stderr, f"{INTERFACE}: the interface is down")
        if not make():
            sys.exit("FAILED: the interface cannot be made again")
        wait_for_scan(frames)
        adapter.send_signal(signal.SIGTERM)
        if adapter.wait() != 0:
            sys.exit(f"FAILED: exit {adapter.returncode}: {adapter.stderr.read()}")
    finally:
        adapter.kill()
    print("scans before, after the interface was down, and after it was away")


main()
