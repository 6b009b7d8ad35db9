#!/usr/bin/env python3
"""test_security.py POSED BUS_HOST: peers of another make (pyzmq, and bytes by hand) at the doors of the bus.

Prints one line per check that fails and a count; exit 1 if any failed."""
import os
import queue
import shlex
import signal
import socket
import stat
import struct
import subprocess
import sys
import tempfile
import threading
import time

import zmq

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checks import expect, finish  # noqa: E402
from programs import free_ports  # noqa: E402

POSED, HOST = (os.path.abspath(p) for p in sys.argv[1:3])
WRAP = shlex.split(os.environ.get("POSED_WRAP", ""))
WAIT_S = 60 if WRAP else 20
context = zmq.Context()


def posed(*args):
    return subprocess.run([*WRAP, POSED, *args], text=True, capture_output=True, timeout=120)


class Host:
    """The listening side, its messages in a queue and its answers in another."""

    def __init__(self, key_file, frames, poses):
        self.p = subprocess.Popen([*WRAP, HOST, key_file, frames, poses], text=True, stdin=subprocess.PIPE,
                                  stdout=subprocess.PIPE)
        self.answers, self.messages = queue.Queue(), queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()
        expect("the host listens", self.answers.get(timeout=WAIT_S) == ["ok"])

    def read(self):
        for line in self.p.stdout:
            words = line.split()
            (self.messages if words[0] == "message" else self.answers).put(words)

    def ask(self, line):
        self.p.stdin.write(line + "\n")
        self.p.stdin.flush()
        return self.answers.get(timeout=WAIT_S)

    def counts(self):
        return [int(n) for n in self.ask("counts")[1:]]

    def wait_for(self, what, condition):
        """Until the counts (wrong key, wrong mechanism, malformed, subscribed) fulfil the condition."""
        until = time.monotonic() + WAIT_S
        while not condition(self.counts()) and time.monotonic() < until:
            select_for(0.02)
        expect(what, condition(self.counts()), self.counts())

    def close(self):
        self.p.stdin.close()
        expect("the host ends well", self.p.wait(timeout=WAIT_S) == 0, self.p.returncode)


def select_for(seconds):
    """Gives the other side its turn, between two looks at it."""
    threading.Event().wait(seconds)


def peer(kind, endpoint, own=None, server=None):
    s = context.socket(kind)
    s.linger = 0
    s.reconnect_ivl = -1  # one connection each, so that they can be counted
    if own:
        s.curve_publickey, s.curve_secretkey = own
    if server:
        s.curve_serverkey = server
    if kind == zmq.SUB:
        s.subscribe(b"")
    s.connect(endpoint)
    return s


def subscribed(s):
    """Whether the other side subscribes, and so has let this XPUB socket in."""
    return s.poll(WAIT_S * 1000) and s.recv()[:1] == b"\x01"


def no_message(host, what):
    expect(what + ": no message got in", host.messages.empty(), list(host.messages.queue))


# ---- the tests


def keygen(tmp):
    base = os.path.join(tmp, "vehicle")
    r = posed("keygen", base)
    expect("keygen: exit 0", r.returncode == 0, r.stderr)
    with open(base + ".key") as f:
        secret = f.read().strip()
    with open(base + ".pub") as f:
        public = f.read().strip()
    expect("keygen: the secret key has mode 0600", stat.S_IMODE(os.stat(base + ".key").st_mode) == 0o600)
    expect("keygen: prints the public key and nothing else", r.stdout == public + "\n", r.stdout)
    expect("keygen: the secret key is nowhere in its output", secret not in r.stdout + r.stderr)
    expect("keygen: another library derives the same public key",
           zmq.curve_public(secret.encode()) == public.encode())
    again = posed("keygen", base)
    expect("keygen: never writes over a key", again.returncode == 1 and base + ".key" in again.stderr, again.stderr)
    with open(base + ".key") as f:
        expect("keygen: and leaves it as it was", f.read().strip() == secret)
    for args in ([], [base + "x", base + "y"], ["--frob", base], [""]):
        r = posed("keygen", *args)
        expect(f"keygen {args}: exit 2", r.returncode == 2 and "Try: posed keygen --help" in r.stderr, r.stderr)
    r = posed("keygen", os.path.join(tmp, "none", "vehicle"))
    expect("keygen: a directory that is not there", r.returncode == 1 and "No such file" in r.stderr, r.stderr)
    expect("keygen: --help", "never" in posed("keygen", "--help").stdout)
    return base + ".key", secret.encode(), public.encode()


def right_keys(host, frames, poses, server):
    radar, viewer = zmq.curve_keypair(), zmq.curve_keypair()
    host.ask(f"peers radar {radar[0].decode()} p viewer {viewer[0].decode()} s")
    p = peer(zmq.XPUB, frames, radar, server)
    expect("a right key gets in", subscribed(p))
    p.send_multipart([b"posed/v1/sensor/radar/front", b"payload"])
    expect("its message has its name",
           host.messages.get(timeout=WAIT_S) == ["message", "posed/v1/sensor/radar/front", "7", "radar"])
    s = peer(zmq.SUB, poses, viewer, server)
    host.wait_for("its subscription is seen", lambda c: c[3] == 1)
    host.ask("publish pose here")
    expect("poses come", s.poll(WAIT_S * 1000) and s.recv_multipart() == [b"pose", b"here"])
    return p, s, radar, viewer


def wrong_keys(host, frames, poses, server, radar, viewer, count):
    """Each way of not having the right key, `count` times at once."""
    strange = [zmq.curve_keypair() for _ in range(count)]
    cases = [
        ("keys of nobody", 0, lambda i: peer(zmq.PUB, frames, strange[i], server)),
        ("no keys", 1, lambda i: peer(zmq.PUB, frames)),
        ("a wrong server key", 1, lambda i: peer(zmq.PUB, frames, radar, strange[i][0])),
        ("keys that may only subscribe", 0, lambda i: peer(zmq.PUB, frames, viewer, server)),
        ("keys of nobody, for poses", 0, lambda i: peer(zmq.SUB, poses, strange[i], server)),
        ("no keys, for poses", 1, lambda i: peer(zmq.SUB, poses)),
        ("keys that may only publish, for poses", 0, lambda i: peer(zmq.SUB, poses, radar, server)),
    ]
    for name, which, make in cases:
        before = host.counts()
        sockets = [make(i) for i in range(count)]
        wanted = before[which] + count
        for s in sockets:
            if s.type == zmq.PUB:
                s.send_multipart([b"posed/v1/sensor/radar/front", b"forged"])
        host.wait_for(f"{name}: {count} connections are counted", lambda c: c[which] >= wanted)
        host.ask("publish pose secret")
        expect(f"{name}: nothing came out", not any(s.poll(0) for s in sockets if s.type == zmq.SUB))
        for s in sockets:
            s.close()
        after = host.counts()
        expect(f"{name}: counted once each", after[which] == wanted and after[1 - which] == before[1 - which],
               f"{before} {after}")
        no_message(host, name)


GREETING = b"\xff" + b"\0" * 7 + b"\x01\x7f"


def greeting(mechanism):
    return GREETING + b"\x03\x01" + mechanism.ljust(20, b"\0") + b"\0" * 32


def command(name, body):
    body = bytes([len(name)]) + name + body
    return b"\x04" + bytes([len(body)]) + body


def prop(name, value):
    return bytes([len(name)]) + name + struct.pack(">I", len(value)) + value


READY = command(b"READY", prop(b"Socket-Type", b"PUB") + prop(b"User-Id", b"radar"))
MESSAGE = b"\x01\x1bposed/v1/sensor/radar/front\0\x06forged"

# Every way in that is not a CURVE handshake.
STRANGERS = {
    "hangs up": b"",
    "HTTP": b"GET / HTTP/1.1\r\nHost: vehicle\r\n\r\n" + b"x" * 100,
    "ZMTP 1.0": b"\x01\x00" + b"\x1c\x01posed/v1/sensor/radar/front" + b"\x07\x00forged",
    "ZMTP 2.0": GREETING + b"\x01\x01" + b"\0\0" + MESSAGE,
    "NULL mechanism": greeting(b"NULL") + READY + MESSAGE,
    "PLAIN mechanism": greeting(b"PLAIN") + command(b"HELLO", b"\x05admin\x05admin") + MESSAGE,
    "CURVE, then a message at once": greeting(b"CURVE") + MESSAGE,
    "CURVE, then READY": greeting(b"CURVE") + READY + MESSAGE,
    "CURVE, HELLO of zeros": greeting(b"CURVE") + b"\x04\xc8\x05HELLO" + b"\0" * 194 + MESSAGE,
    "CURVE, HELLO too short": greeting(b"CURVE") + command(b"HELLO", b"\x01\x00") + MESSAGE,
    "CURVE, INITIATE first": greeting(b"CURVE") + command(b"INITIATE", b"\0" * 200) + MESSAGE,
    "a frame of 2^63 bytes": greeting(b"CURVE") + b"\x06" + b"\x7f" + b"\xff" * 7,
}


def strangers(host, port):
    for name, data in STRANGERS.items():
        before = host.counts()
        s = socket.create_connection(("127.0.0.1", port))
        s.sendall(data)
        if data:
            s.settimeout(WAIT_S)
            try:
                while s.recv(4096):
                    pass
            except ConnectionResetError:
                pass
        s.close()
        host.wait_for(f"{name}: counted", lambda c: c[1] == before[1] + 1 and c[0] == before[0])
        no_message(host, name)


def silent(host, port):
    """Who connects and says nothing is cut off, and counted."""
    before = host.counts()
    s = socket.create_connection(("127.0.0.1", port))
    s.settimeout(WAIT_S)
    while s.recv(4096):
        pass
    s.close()
    host.wait_for("silence: counted", lambda c: c[1] == before[1] + 1)


def forged_name(host, path):
    """Over a Unix socket without keys a peer may send the property that ZeroMQ keeps a peer's name in."""
    before = host.counts()
    s = socket.socket(socket.AF_UNIX)
    s.connect(path)
    s.settimeout(WAIT_S)
    s.sendall(greeting(b"NULL") + READY)
    heard = b""
    while b"READY" not in heard:
        heard += s.recv(4096)
    s.sendall(MESSAGE)
    got = host.messages.get(timeout=WAIT_S)
    expect("a name of its own choice is none", got == ["message", "posed/v1/sensor/radar/front", "6", "-"], got)
    s.close()
    expect("and is nothing to count", host.counts()[:2] == before[:2])


def garbled(host, frames, radar, server):
    """A peer with a right key that sends what is no message."""
    p = peer(zmq.XPUB, frames, radar, server)
    expect("a right key gets in again", subscribed(p))
    before = host.counts()
    p.send_multipart([b"posed/v1/sensor/radar/front"])
    p.send_multipart([b"posed/v1/sensor/radar/front", b"a", b"b"])
    p.send_multipart([b"t" * 80, b"a"])
    p.send_multipart([b"posed/v1/sensor/radar/front", b"x" * 4096])
    expect("the one that is whole arrives",
           host.messages.get(timeout=WAIT_S) == ["message", "posed/v1/sensor/radar/front", "4096", "radar"])
    expect("the others are counted", host.counts()[2] == before[2] + 3, host.counts())
    p.send_multipart([b"posed/v1/sensor/radar/front", b"x" * 4097])
    news = p.poll(WAIT_S * 1000) and p.recv()  # it was cut off: the subscription has gone
    expect("one that is too large ends the connection", news == b"\0", news)
    p.close()


def frozen_machine(host, server_poses, viewer, server):
    """A subscriber whose machine stops answering goes; here a process that is stopped."""
    code = ("import zmq,sys\ns=zmq.Context().socket(zmq.SUB)\ns.subscribe(b'pose')\n"
            "s.curve_publickey,s.curve_secretkey,s.curve_serverkey=[a.encode() for a in sys.argv[2:5]]\n"
            "s.connect(sys.argv[1])\nprint(s.recv_multipart()[1].decode(),flush=True)\n"
            "print(s.recv_multipart()[1].decode(),flush=True)\n")
    before = host.counts()
    child = subprocess.Popen([sys.executable, "-c", code, server_poses, *(k.decode() for k in viewer),
                              server.decode()], stdout=subprocess.PIPE, text=True)
    host.wait_for("the subscriber is there", lambda c: c[3] == before[3] + 1)
    host.ask("publish pose first")
    expect("it gets a pose", child.stdout.readline() == "first\n")
    child.send_signal(signal.SIGSTOP)
    port = int(server_poses.rsplit(":", 1)[1])
    until = time.monotonic() + WAIT_S
    while connections(port) > 1 and time.monotonic() < until:
        select_for(0.1)
    expect("a peer that does not answer is cut off", connections(port) == 1, connections(port))
    child.send_signal(signal.SIGCONT)
    host.wait_for("and comes back", lambda c: c[3] == before[3] + 2)
    host.ask("publish pose second")
    expect("and gets poses again", child.stdout.readline() == "second\n")
    child.wait(timeout=WAIT_S)


def connections(port):
    """Connections that this machine holds open with that local port."""
    with open("/proc/net/tcp") as f:
        rows = [line.split() for line in f][1:]
    return sum(r[3] == "01" and int(r[1].split(":")[1], 16) == port for r in rows)


def main():
    with tempfile.TemporaryDirectory() as tmp:
        key_file, _, server = keygen(tmp)
        ports = free_ports(2)
        frames, poses = (f"tcp://127.0.0.1:{p}" for p in ports)
        path = os.path.join(tmp, "frames")
        host = Host(key_file, f"{frames},ipc://{path}", poses)
        expect("the Unix socket has mode 0660", stat.S_IMODE(os.stat(path).st_mode) == 0o660)
        p, s, radar, viewer = right_keys(host, frames, poses, server)
        strangers(host, ports[0])
        silent(host, ports[0])
        forged_name(host, path)
        garbled(host, frames, radar, server)
        wrong_keys(host, frames, poses, server, radar, viewer, 20 if WRAP else 200)
        frozen_machine(host, poses, viewer, server)
        p.send_multipart([b"posed/v1/sensor/radar/front", b"still"])
        expect("after all that the right peer is still served",
               host.messages.get(timeout=WAIT_S) == ["message", "posed/v1/sensor/radar/front", "5", "radar"])
        p.close()
        s.close()
        host.close()
        expect("the Unix socket has gone", not os.path.exists(path))
    context.destroy(linger=0)
    finish()


main()
