#!/usr/bin/env python3
"""test_record.py POSED DUMP_DRIVE MAKE_DRIVE MCAP_CORE_SOURCE MCAP_CORE_WORK: the recorder from outside, with a
publisher of this program's own: what it writes, what a kill and a full disk leave, when it begins new files.

Prints one line per check that fails and a count; exit 1 if any failed."""
import glob
import json
import os
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time

try:
    import zmq
except ImportError:
    print("skipped: the Python module zmq is not installed")
    sys.exit(77)

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checks import ENV, expect, finish  # noqa: E402

POSED, DUMP, MAKE_DRIVE, CORE_SOURCE, CORE_WORK = (os.path.abspath(p) for p in sys.argv[1:6])
WAIT_S = 60
ENV.pop("JOURNAL_STREAM", None)


# ---------------------------------------------------------------- messages

def fixed64(number, value):
    return bytes([number << 3 | 1]) + struct.pack("<q", value)


def fixed32(number, value):
    return bytes([number << 3 | 5]) + struct.pack("<I", value)


def imu(name, sequence, stamp_ns, received_ns):
    source = f"imu/{name}".encode()
    floats = b"".join(bytes([n << 3 | 5]) + struct.pack("<f", n) for n in range(5, 11))
    return (b"posed/v1/sensor/imu/" + name.encode(),
            bytes([10, len(source)]) + source + fixed32(2, sequence) + fixed64(3, stamp_ns) +
            fixed64(4, received_ns) + floats)


def pose(sequence, stamp_ns, topic=b"posed/v1/pose", fill=b""):
    """Sequence and stamp; `fill` becomes a field that nobody knows (number 1000)."""
    extra = b"\xc2\x3e" + bytes([len(fill)]) + fill if fill else b""
    return topic, fixed32(1, sequence) + fixed64(2, stamp_ns) + extra


def of_whole(topic, sequence, stamp_ns):
    return topic, fixed32(1, sequence) + fixed64(2, stamp_ns)


class Publisher:
    """Bound, as posed run is."""

    def __init__(self, name):
        self.endpoint = f"ipc://{TMP}/{name}"
        self.socket = CONTEXT.socket(zmq.XPUB)
        self.socket.setsockopt(zmq.SNDHWM, 0)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.XPUB_VERBOSE, 1)
        self.socket.bind(self.endpoint)

    def wait_for_subscriber(self):
        if not self.socket.poll(WAIT_S * 1000):
            raise SystemExit("nobody subscribes")
        return self.socket.recv()

    def send(self, message):
        self.socket.send_multipart(message)

    def close(self):
        self.socket.close()


class Recorder:
    def __init__(self, *args, **more):
        self.log = tempfile.TemporaryFile("w+", dir=TMP)
        self.process = subprocess.Popen([POSED, "record", *args], stdout=subprocess.PIPE, stderr=self.log, text=True,
                                        env=ENV, cwd=TMP, **more)

    def end(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        return self.wait()

    def wait(self):
        self.out = self.process.communicate(timeout=WAIT_S)[0]
        self.err = self.said()
        self.log.close()
        return self.process.returncode

    def said(self):
        return os.pread(self.log.fileno(), 1 << 20, 0).decode()


def dump(path):
    """[(topic, sequence, log time, publish time, payload)], and whether the file is intact."""
    r = subprocess.run([DUMP, path], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=WAIT_S)
    rows = [line.split(" ") for line in r.stdout.splitlines()]
    return [(t.encode(), int(s), int(log), int(pub), bytes.fromhex(data)) for t, s, log, pub, data in rows], r


def payloads(rows):
    return [(r[0], r[4]) for r in rows]


def wait_for(what, condition):
    """Looks until it is so: for files, which tell nobody when they change."""
    end = time.monotonic() + WAIT_S
    while not condition():
        if time.monotonic() > end:
            expect(what, False, "time is up")
            return False
        time.sleep(0.01)
    return True


def on_disk(pattern):
    return sum(len(dump(p)[0]) for p in glob.glob(pattern))


# ---------------------------------------------------------------- what is written

def test_bytes_and_order():
    p = Publisher("order")
    r = Recorder("--endpoint", p.endpoint, "-o", "order.mcap")
    p.wait_for_subscriber()
    base = 1_700_000_000_000_000_000
    sent = [imu("a", 0, base, base + 5), pose(7, base + 10, fill=b"kept"), imu("a", 1, base + 1, base + 6),
            pose(8, base + 20), of_whole(b"posed/v1/status", 3, base + 21), of_whole(b"posed/v1/status", 3, base + 21),
            of_whole(b"posed/v1/status", 4, base + 22), imu("b", 0, base - 50, base + 2), pose(11, base + 50),
            pose(500, base - 100, b"posed/v1/track"), pose(501, base - 90, b"posed/v1/track"), pose(0, base + 60),
            (b"posed/v1/sensor/imu/a", b"\xff\xff garbage"), (b"posed/v1/sensor/imu/a", b""),
            (b"posed/v1/sensor/imu/z", imu("a", 9, base, base)[1])]
    before_ns = time.time_ns()
    for m in sent[:3]:
        p.send(m)
    p.send((b"posed/v1/something/new", b"x"))
    p.send((b"posed/v1/sensor/sonar/a", b"x"))
    p.socket.send_multipart([b"posed/v1/pose", b"one", b"part too many"])
    for m in sent[3:]:
        p.send(m)
    wait_for("all is on the disk while it runs", lambda: len(dump(os.path.join(TMP, "order.mcap"))[0]) == len(sent))
    code = r.end()
    rows, d = dump(os.path.join(TMP, "order.mcap"))
    expect("exit 0", code == 0, f"{code} {r.err}")
    expect("intact", d.returncode == 0, d.stderr)
    expect("bytes and order are as published", payloads(rows) == sent, payloads(rows))
    expect("log time of a frame is when it was received", rows[0][2:4] == (base + 5, base), rows[0])
    expect("and of a pose its stamp", rows[1][1:4] == (7, base + 10, base + 10), rows[1])
    expect("a malformed one is filed at the time it came", all(before_ns <= x[2] <= time.time_ns() for x in rows[-3:]),
           rows[-3:])
    expect("missing poses are told, a repeated status and a restart are not",
           re.search(r"posed/v1/pose +4, 2 missing", r.out) and r.out.count("missing") == 1, r.out)
    expect("malformed ones are told", "3 are malformed" in r.out, r.out)
    expect("others are told", "2 messages under other topics" in r.out, r.out)
    p.close()


def test_topics():
    p = Publisher("topics")
    r = Recorder("--endpoint", p.endpoint, "--topic", "posed/v1/pose", "--topic", "posed/v1/status", "-o", "topics.mcap",
                 "-q")
    subscriptions = {p.wait_for_subscriber(), p.wait_for_subscriber()}
    expect("what it subscribes to", subscriptions == {b"\x01posed/v1/pose", b"\x01posed/v1/status"}, subscriptions)
    p.send(imu("a", 0, 1, 1))
    p.send(pose(0, 1))
    wait_for("the pose is on the disk", lambda: on_disk(os.path.join(TMP, "topics.mcap")) == 1)
    expect("exit 0", r.end(signal.SIGINT) == 0, r.err)
    expect("only those", [x[0] for x in dump(os.path.join(TMP, "topics.mcap"))[0]] == [b"posed/v1/pose"])
    expect("quiet", r.out == "" and r.err == "", r.out + r.err)
    p.close()


def test_listen():
    """Publishers that connect, as adapters do."""
    endpoint = f"ipc://{TMP}/listen"
    r = Recorder("--endpoint", endpoint, "--listen", "-o", "listen.mcap")
    socket = CONTEXT.socket(zmq.XPUB)
    socket.connect(endpoint)
    expect("it subscribes", socket.poll(WAIT_S * 1000) and socket.recv() == b"\x01posed/v1/")
    message = imu("a", 0, 5, 6)
    socket.send_multipart(message)
    wait_for("the frame is on the disk", lambda: on_disk(os.path.join(TMP, "listen.mcap")) == 1)
    socket.close(0)
    expect("exit 0", r.end() == 0, r.err)
    expect("the frame", payloads(dump(os.path.join(TMP, "listen.mcap"))[0]) == [message])


# ---------------------------------------------------------------- a drive through it

def replay(path, *args):
    r = subprocess.run([POSED, "replay", path, "--summary", "json", *args], stdout=subprocess.PIPE,
                       stderr=subprocess.PIPE, text=True, env=ENV, timeout=WAIT_S)
    expect(f"replay {path}: exit 0", r.returncode == 0, r.stderr)
    return json.loads(r.stdout) if r.returncode == 0 else {}


def test_recorded_drive_replays_to_the_same_poses():
    drive, config = os.path.join(TMP, "drive.mcap"), os.path.join(TMP, "posed.yaml")
    subprocess.run([MAKE_DRIVE, "good", drive], check=True)
    frames = [(x[0], x[4]) for x in dump(drive)[0] if x[0].startswith(b"posed/v1/sensor/")]
    p = Publisher("drive")
    with open(config, "w", encoding="utf-8") as f:
        f.write("filter: {window_s: 0.3}\n")
    r = Recorder("-c", config, "--endpoint", p.endpoint, "-o", "again.mcap")
    p.wait_for_subscriber()
    for m in frames:
        p.send(m)
    again = os.path.join(TMP, "again.mcap")
    wait_for("the drive is on the disk", lambda: len(dump(again)[0]) == len(frames))
    expect("exit 0", r.end() == 0, r.err)
    expect("the same frames", payloads(dump(again)[0]) == frames)
    first, second = replay(drive, "-c", config), replay(again)
    expect("the same poses, with the settings from the recording itself",
           first and first["output_sha256"] == second["output_sha256"] and first["poses"] > 100, (first, second))
    text = subprocess.run(["strings", again], stdout=subprocess.PIPE, text=True).stdout if shutil.which("strings") else ""
    expect("no endpoint in the settings that it carries", "poses:" not in text, text[:300])
    p.close()


# ---------------------------------------------------------------- a kill

def count_by_official_readers(path):
    """{topic: count}; None when they cannot be had here."""
    r = subprocess.run([os.path.join(CORE_SOURCE, "install.sh"), CORE_SOURCE, CORE_WORK], stdout=subprocess.PIPE,
                       text=True)
    if r.returncode == 77:
        print(f"without @mcap/core: {r.stdout.strip()}")
        return None
    shutil.copy(os.path.join(CORE_SOURCE, "count.mjs"), CORE_WORK)
    r = subprocess.run(["node", "count.mjs", path], cwd=CORE_WORK, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       text=True)
    expect(f"@mcap/core reads {path}", r.returncode == 0, r.stderr)
    return {line.split(" ")[0].encode(): int(line.split(" ")[1]) for line in r.stdout.splitlines()}


def test_kill():
    p = Publisher("kill")
    r = Recorder("--endpoint", p.endpoint, "-o", "kill.mcap")
    p.wait_for_subscriber()
    sent, end = [], time.monotonic() + 3.3
    while time.monotonic() < end:  # 200 a second, and now and then something large
        sent.append(pose(len(sent), time.time_ns(), fill=os.urandom(100)))
        p.send(sent[-1])
        time.sleep(0.005)
    r.process.kill()
    killed_ns = time.time_ns()
    r.wait()
    path = os.path.join(TMP, "kill.mcap")
    rows, d = dump(path)
    expect("the file is whole", d.returncode == 0, d.stderr)
    expect("all up to the end is there", payloads(rows) == sent[:len(rows)], len(rows))
    expect("at most a second is lost", rows and killed_ns - rows[-1][2] < 1_000_000_000,
           (killed_ns - rows[-1][2]) * 1e-9 if rows else "nothing is there")
    counts = count_by_official_readers(path)
    expect("the official readers find as many", counts in (None, {b"posed/v1/pose": len(rows)}), counts)
    info = subprocess.run([POSED, "info", path, "--json"], stdout=subprocess.PIPE, text=True, env=ENV)
    expect("posed info reads it", info.returncode == 0, info.stdout)
    p.close()


# ---------------------------------------------------------------- new files

def parts(prefix):
    return sorted(glob.glob(os.path.join(TMP, prefix + "-*.mcap")),
                  key=lambda p: [int(x) for x in re.findall(r"\d+", os.path.basename(p))] + [1])


def check_parts(prefix, sent, at_least):
    files, rows = parts(prefix), []
    for f in files:
        found, d = dump(f)
        expect(f"{f} is intact", d.returncode == 0, d.stderr)
        expect(f"{f} has its name", re.search(r"-\d{8}T\d{6}Z(-\d+)?\.mcap$", f))
        rows += found
    expect(f"{prefix}: {at_least} files or more", len(files) >= at_least, files)
    expect(f"{prefix}: nothing is lost between them", payloads(rows) == sent, f"{len(rows)} of {len(sent)}")


def test_new_files_by_time():
    p = Publisher("time")
    r = Recorder("--endpoint", p.endpoint, "--prefix", "time", "--max-s", "0.3")
    p.wait_for_subscriber()
    sent = []
    while len(parts("time")) < 4 and len(sent) < 20000:
        sent.append(pose(len(sent), time.time_ns()))
        p.send(sent[-1])
        time.sleep(0.002)
    wait_for("all is on the disk", lambda: on_disk(os.path.join(TMP, "time-*.mcap")) == len(sent))
    expect("exit 0", r.end() == 0, r.err)
    check_parts("time", sent, 4)
    expect("the summary counts them", re.search(r"and others: \d+ messages.* \d+ files", r.out), r.out)
    p.close()


def test_new_files_by_size():
    p = Publisher("size")
    r = Recorder("--endpoint", p.endpoint, "--prefix", "size", "--max-mib", "1", "--max-s", "0")
    p.wait_for_subscriber()
    sent = [pose(i, 1000 + i, fill=os.urandom(120)) for i in range(20000)]  # does not compress: 2.8 MiB
    for m in sent:
        p.send(m)
    wait_for("all is on the disk", lambda: on_disk(os.path.join(TMP, "size-*.mcap")) == len(sent))
    expect("exit 0", r.end() == 0, r.err)
    check_parts("size", sent, 3)
    sizes = [os.path.getsize(f) for f in parts("size")]
    expect("sizes are near the limit", all(s < 3 << 20 for s in sizes), sizes)
    p.close()


def test_hangup_begins_a_new_file():
    p = Publisher("hup")
    r = Recorder("--endpoint", p.endpoint, "-o", "hup.mcap")
    p.wait_for_subscriber()
    first, second = os.path.join(TMP, "hup.mcap"), os.path.join(TMP, "hup-2.mcap")
    p.send(pose(0, 1))
    wait_for("the first is on the disk", lambda: on_disk(first) == 1)
    r.process.send_signal(signal.SIGHUP)
    wait_for("the second file is there", lambda: os.path.exists(second))
    r.process.send_signal(signal.SIGHUP)  # nothing in it: no third
    p.send(pose(1, 2))
    wait_for("the second is on the disk", lambda: on_disk(second) == 1)
    expect("exit 0", r.end() == 0, r.err)
    expect("one in each", on_disk(first) == 1 and not os.path.exists(os.path.join(TMP, "hup-3.mcap")))
    p.close()


# ---------------------------------------------------------------- a full disk

def test_limited_file_size():
    """A limit on the size of a file: every file fills up, stays whole, and the next one begins."""
    limit = 400_000
    p = Publisher("limit")
    r = Recorder("--endpoint", p.endpoint, "--prefix", "limit", "--max-s", "0",
                 preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))
    p.wait_for_subscriber()
    sent = []
    while len(parts("limit")) < 3 and len(sent) < 500_000:
        for _ in range(20):
            sent.append(pose(len(sent), 1 + len(sent), fill=os.urandom(120)))
            p.send(sent[-1])
        time.sleep(0.01)
    code = r.end()
    rows = []
    for f in parts("limit"):
        found, d = dump(f)
        expect(f"{f} is whole", d.returncode == 0 and os.path.getsize(f) <= limit, d.stderr)
        rows += found
    expect("exit 1: something is missing", code == 1, f"{code} {r.out}")
    expect("it says what and why", "File too large" in r.err and "recording again" in r.err, r.err)
    lost = re.search(r"(\d+) messages were lost to the disk", r.out)
    expect("every message is written or counted as lost", lost and len(rows) + int(lost.group(1)) == len(sent),
           f"{len(rows)} of {len(sent)}: {r.out}")
    expect("what is written is in order", all(a[1] < b[1] for a, b in zip(rows, rows[1:])))
    expect("more than one file has something", sum(1 for f in parts("limit") if dump(f)[0]) >= 2)
    p.close()


def test_full_file_system():
    """A small file system of its own that fills up and is cleared again; needs the right to mount."""
    small = os.path.join(TMP, "small")
    os.mkdir(small)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", small], stderr=subprocess.DEVNULL).returncode:
        print("without a full file system: mounting is not permitted here")
        return
    try:
        fill_and_clear(small)
    finally:
        subprocess.run(["umount", "-l", small], check=True)


def fill_and_clear(small):
    p = Publisher("full")
    r = Recorder("--endpoint", p.endpoint, "--prefix", os.path.join(small, "full"), "--max-s", "0")
    p.wait_for_subscriber()
    filler, sent = os.path.join(small, "filler"), []

    def publish_until(condition):
        while not condition() and len(sent) < 500_000:
            for _ in range(50):
                sent.append(pose(len(sent), 1 + len(sent), fill=os.urandom(120)))
                p.send(sent[-1])
            time.sleep(0.01)
    files = os.path.join(small, "full-*.mcap")
    publish_until(lambda: on_disk(files) > 100)
    with open(filler, "wb", buffering=0) as f:
        try:
            while f.write(bytes(65536)):
                pass
        except OSError:
            pass
    before = on_disk(files)
    publish_until(lambda: "No space left" in r.said())
    expect("the file is whole when the disk is full", all(dump(f)[1].returncode == 0 for f in glob.glob(files)))
    expect("and has what it had", on_disk(files) >= before)
    os.unlink(filler)
    publish_until(lambda: "recording again" in r.said())
    here = len(sent)
    publish_until(lambda: len(sent) > here + 1000)
    code = r.end()
    rows = [x for f in sorted(glob.glob(files)) for x in dump(f)[0]]
    lost = re.search(r"(\d+) messages were lost to the disk", r.out)
    expect("exit 1, and all is accounted for", code == 1 and lost and len(rows) + int(lost.group(1)) == len(sent),
           f"{code}: {len(rows)} of {len(sent)}: {r.out}")
    expect("it went on to the end", rows and rows[-1][4] == sent[-1][1])
    expect("two files", len(glob.glob(files)) == 2, glob.glob(files))
    p.close()


# ---------------------------------------------------------------- the command line

def test_refusals():
    full = os.path.join(TMP, "there.mcap")
    with open(full, "w", encoding="utf-8") as f:
        f.write("something")
    bad_config = os.path.join(TMP, "bad.yaml")
    with open(bad_config, "w", encoding="utf-8") as f:
        f.write("filter:\n  window: 1\n")
    for code, pattern, *args in [
            (2, "a file is missing"),
            (2, "not both", "-o", "a", "--prefix", "b"),
            (2, "need --prefix", "-o", "a", "--max-s", "3"),
            (2, "not a number", "--prefix", "a", "--max-mib", "-3"),
            (2, "did you mean --prefix", "--prefx", "a"),
            (2, "what is", "a.mcap"),
            (2, "--listen needs", "-o", "a", "--listen"),
            (2, "needs a value", "-o"),
            (1, "there.mcap: is there already", "-o", full),
            (1, "No such file or directory", "-o", os.path.join(TMP, "no/such/file.mcap")),
            (1, "No space left", "-o", "/dev/full"),
            (1, "endpoint", "--endpoint", "nonsense", "-o", "a.mcap"),
            (1, "a.key", "--key", os.path.join(TMP, "a.key"), "-o", "a.mcap"),
            (1, "bad.yaml:2:", "-c", bad_config, "-o", "a.mcap")]:
        r = Recorder(*args)
        got = r.wait()
        expect(f"record {' '.join(args)}: exit {code}, says {pattern}", got == code and re.search(pattern, r.err),
               f"{got}: {r.err}")
        expect(f"record {' '.join(args)}: nothing on stdout", r.out == "", r.out)
    expect("nothing is left behind", not os.path.exists(os.path.join(TMP, "a.mcap")))
    with open(full, encoding="utf-8") as f:
        expect("what was there still is", f.read() == "something")


def test_for():
    r = Recorder("--endpoint", f"ipc://{TMP}/nobody", "-o", "nothing.mcap", "--for", "0.1")
    expect("exit 0 after a while", r.wait() == 0, r.err)
    expect("an empty recording is a file", dump(os.path.join(TMP, "nothing.mcap"))[1].returncode == 0)


CONTEXT = zmq.Context()
with tempfile.TemporaryDirectory(prefix="posed-record-") as TMP:
    for name, test in list(globals().items()):
        if name.startswith("test_"):
            start = time.monotonic()
            test()
            if "-v" in sys.argv:
                print(f"{name}: {time.monotonic() - start:.2f} s")
    CONTEXT.destroy(linger=0)
finish()
