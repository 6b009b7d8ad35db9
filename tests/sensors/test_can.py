#!/usr/bin/env python3
"""test_can.py POSED DBC_FOLDER: `posed can` from outside.

A DBC file made here, which has every feature, with what must come of it; and every file of DBC_FOLDER (left out where
it is not there) against a reading of our own that knows nothing of the program: line by line with regular expressions,
bit by bit. Where the Python module cantools is there, against that too. Prints each check that fails; exit 1 if any."""
import glob
import json
import os
import random
import re
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checks import ENV, expect, finish  # noqa: E402

POSED, FOLDER = sys.argv[1:3]

FEATURES = r'''VERSION "1.0 \"quoted\""
NS_ :
	CM_
	BA_
	VAL_
BS_:
BU_: Gateway Sensor
VAL_TABLE_ OnOff 1 "on" 0 "off" ;

BO_ 256 Plain: 8 Sensor
 SG_ Unsigned : 0|12@1+ (1,0) [0|4095] "" Gateway
 SG_ Signed : 12|12@1- (1,0) [-2048|2047] "" Gateway
 SG_ Motorola : 31|10@0- (0.25,-10) [0|0] "m/s" Gateway,Sensor
 SG_ Large : 40|24@1+ (1000000,-5) [0|0] "" Vector__XXX

BO_ 2566844926 Extended: 8 Vector__XXX
 SG_ Single : 0|32@1- (2,1) [0|0] "" Gateway
 SG_ SingleBig : 39|32@0- (1,0) [0|0] "" Gateway

BO_ 257 Double: 8 Sensor
 SG_ Value : 0|64@1- (1,0) [0|0] "" Gateway

BO_ 258 Wide: 8 Sensor
 SG_ Most : 0|64@1+ (1,0) [0|1.84467440737096E+19] "" Gateway

BO_ 259 Simple: 8 Sensor
 SG_ Which M : 0|8@1+ (1,0) [0|0] "" Gateway
 SG_ A m0 : 8|8@1+ (1,0) [0|0] "" Gateway
 SG_ B m1 : 8|16@1+ (1,0) [0|0] "" Gateway
 SG_ Always : 56|8@1+ (1,0) [0|0] "" Gateway

BO_ 260 Chain: 8 Sensor
 SG_ Top M : 0|4@1+ (1,0) [0|0] "" Gateway
 SG_ Middle m2M : 4|4@1+ (1,0) [0|0] "" Gateway
 SG_ Leaf m1 : 8|8@1+ (1,0) [0|0] "" Gateway

BO_ 261 Long: 64 Sensor
 SG_ Last : 504|8@1+ (1,0) [0|0] "" Gateway

BO_ 3221225472 VECTOR__INDEPENDENT_SIG_MSG: 0 Vector__XXX
 SG_ Alone : 0|8@1+ (1,0) [0|0] "" Vector__XXX

BO_TX_BU_ 256 : Sensor,Gateway;
CM_ BU_ Sensor "Node
over two lines";
CM_ SG_ 256 Signed "20 °C";
BA_DEF_ SG_ "SystemSignalLongSymbol" STRING ;
BA_DEF_REL_ BU_SG_REL_ "Timeout" INT 0 10;
BA_ "SystemSignalLongSymbol" SG_ 256 Unsigned "An_unsigned_signal_with_a_name_of_more_than_32";
BA_REL_ "Timeout" BU_SG_REL_ Gateway SG_ 256 Signed 5;
VAL_ 256 Signed -1 "minus one" 5 "five" ;
SIG_VALTYPE_ 2566844926 Single : 1;
SIG_VALTYPE_ 2566844926 SingleBig 1;
SIG_VALTYPE_ 257 Value : 2;
SG_MUL_VAL_ 260 Middle Top 2-2, 4-5;
SG_MUL_VAL_ 260 Leaf Middle 1-1, 7-9;
'''

# Payload in hex, what must be decoded.
LONG_NAME = "An_unsigned_signal_with_a_name_of_more_than_32"
DECODED = [
    ("100#FFFFFF0000000000", {LONG_NAME: 4095, "Signed": -1, "Motorola": -10.0, "Large": -5}),
    ("100#230180FFC0010000", {LONG_NAME: 0x123, "Signed": -2048, "Motorola": -10.25, "Large": 999995}),
    ("100#0100", {LONG_NAME: 1}),
    ("100#", {}),
    ("18FEF1FE#0000803F3F800000", {"Single": 3.0, "SingleBig": 1.0}),
    ("18FEF1FE#0000C07F3F800000", {"Single": None, "SingleBig": 1.0}),
    ("101#" + struct.pack("<d", -1e-300).hex(), {"Value": -1e-300}),
    ("102#FFFFFFFFFFFFFFFF", {"Most": 18446744073709551615}),
    ("102#0100000000002000", {"Most": 9007199254740993}),
    ("103#0005000000000007", {"Which": 0, "A": 5, "Always": 7}),
    ("103#0105010000000007", {"Which": 1, "B": 261, "Always": 7}),
    ("103#0905010000000007", {"Which": 9, "Always": 7}),
    ("104#1263000000000000", {"Top": 2, "Middle": 1, "Leaf": 0x63}),
    ("104#2263000000000000", {"Top": 2, "Middle": 2}),
    ("104#8463000000000000", {"Top": 4, "Middle": 8, "Leaf": 0x63}),
    ("104#1363000000000000", {"Top": 3}),
    ("105##0" + "00" * 63 + "2A", {"Last": 42}),
]


def posed(*args, **more):
    r = subprocess.run([POSED, "can", *args], capture_output=True, env=ENV, timeout=120, **more)
    expect(f"{args}: no crash, no sanitizer finding", r.returncode in (0, 1, 2), r.stderr)
    r.out, r.err = r.stdout.decode("utf-8"), r.stderr.decode("utf-8")
    return r


def lines_of(r):
    return [json.loads(line) for line in r.out.splitlines()]


def write(name, text):
    path = os.path.join(TMP, name)
    with open(path, "wb") as f:
        f.write(text if isinstance(text, bytes) else text.encode())
    return path


# ---------------------------------------------------------------- a file with everything

def test_print():
    for name, text in (("features.dbc", FEATURES.encode()), ("windows.dbc", FEATURES.encode("cp1252")),
                       ("crlf.dbc", FEATURES.replace("\n", "\r\n").encode()),
                       ("bom.dbc", b"\xef\xbb\xbf" + FEATURES.encode())):
        r = posed(write(name, text))
        expect(f"{name}: exit 0, no warning", r.returncode == 0 and not r.err, r.err)
        d = json.loads(r.out)
        messages = {m["name"]: m for m in d["messages"]}
        expect(f"{name}: version", d["version"] == '1.0 "quoted"', d["version"])
        expect(f"{name}: messages", list(messages) ==
               ["Plain", "Extended", "Double", "Wide", "Simple", "Chain", "Long"], list(messages))
        expect(f"{name}: extended", (messages["Extended"]["id"], messages["Extended"]["extended"]) == (0x18FEF1FE, True))
        expect(f"{name}: senders", messages["Plain"]["senders"] == ["Sensor", "Gateway"], messages["Plain"])
        signals = {s["name"]: s for m in d["messages"] for s in m["signals"]}
        expect(f"{name}: a signal", signals["Motorola"] == {
            "name": "Motorola", "start": 31, "length": 10, "byte_order": "big_endian", "signed": True, "float": False,
            "scale": 0.25, "offset": -10, "minimum": 0, "maximum": 0, "unit": "m/s", "multiplexer": False,
            "multiplexer_signal": None, "multiplexer_ids": None, "receivers": ["Gateway", "Sensor"]},
               signals["Motorola"])
        expect(f"{name}: words", signals["Signed"]["values"] == {"-1": "minus one", "5": "five"})
        expect(f"{name}: comment", signals["Signed"]["comment"] == "20 °C", signals["Signed"])
        expect(f"{name}: comment over two lines", d["nodes"][1]["comment"] == "Node\nover two lines")
        expect(f"{name}: floats", signals["Single"]["float"] and signals["SingleBig"]["float"])
        expect(f"{name}: long name", LONG_NAME in signals, list(signals))
        expect(f"{name}: multiplexing", (signals["Leaf"]["multiplexer_signal"], signals["Leaf"]["multiplexer_ids"]) ==
               ("Middle", [1, 7, 8, 9]), signals["Leaf"])
        expect(f"{name}: no message's", [s["name"] for s in d["unassigned_signals"]] == ["Alone"])
        expect(f"{name}: tables", d["value_tables"] == [{"name": "OnOff", "values": {"1": "on", "0": "off"}}])


def test_decode():
    dbc = write("features.dbc", FEATURES)
    log = write("log", "".join(f"({i}.5) can0 {frame}\n" for i, (frame, _) in enumerate(DECODED)))
    r = posed(dbc, log)
    found = lines_of(r)
    expect("decode: a line each", r.returncode == 0 and len(found) == len(DECODED), r.err)
    for i, (f, (frame, signals)) in enumerate(zip(found, DECODED)):
        expect(f"decode {frame}", f["signals"] == signals, f["signals"])
        expect(f"decode {frame}: order of the file", list(f["signals"]) == list(signals), f["signals"])
        expect(f"decode {frame}: head", (f["stamp_ns"], f["interface"]) == (i * 10**9 + 500000000, "can0"), f)
    expect("decode: integers as integers", '"Most": 18446744073709551615}' in r.out and '"Signed": -1,' in r.out)
    expect("decode: counts", f"{len(DECODED)} frames, {len(DECODED)} decoded" in r.err and "2 too short" in r.err, r.err)


def test_log():
    dbc = write("features.dbc", FEATURES)
    text = ("(1.0) can0 100#0100\ngarbage\n(1.1) can1 7FF#01\n(1.2) can0 100#R\n(1.3) can0 20000004#00\n"
            "  can0  100   [2]  02 00\n" + "x" * 40000 + "\n(1.4) can0 100#0300")
    for args, more in (((dbc, write("log", text)), {}), ((dbc, "-"), {"input": text.encode()})):
        r = posed(*args, **more)
        found = lines_of(r)
        expect("log: exit 0", r.returncode == 0, r.err)
        expect("log: known frames", [f["signals"][LONG_NAME] for f in found] == [1, 2, 3], found)
        expect("log: no time is null", found[1]["stamp_ns"] is None, found[1])
        name = "standard input" if more else args[1]
        expect("log: names the line", f"{name}:2: expected an interface and an id" in r.err, r.err)
        expect("log: counts", "6 frames, 3 decoded, 1 of unknown id, 1 remote, 1 error" in r.err and
               "2 malformed lines" in r.err, r.err)
    found = lines_of(posed(dbc, args[1], "--all", input=text.encode()))
    expect("log --all: everything", len(found) == 6 and found[1]["data"] == "01" and found[2]["remote"] and
           found[3]["error"], found)
    expect("log: an empty one is read", posed(dbc, write("empty", "")).returncode == 0)
    r = posed(write("empty.dbc", "\n"))
    expect("a database without a message is told", r.returncode == 0 and "there is no message in it" in r.err, r.err)
    r = posed(dbc, write("nothing", "a\nb\n"))
    expect("log: nothing but garbage", r.returncode == 1 and not r.out and "nothing:2: " in r.err, r.err)
    many = posed(dbc, write("many", "junk\n" * 100 + "(1.0) can0 100#00\n"))
    expect("log: many bad lines do not flood", many.returncode == 0 and len(many.err.splitlines()) == 22, many.err)
    full = subprocess.run(f"'{POSED}' can '{dbc}' > /dev/full", shell=True, capture_output=True, env=ENV)
    expect("a full disk", full.returncode == 1 and b"No space left" in full.stderr, full.stderr)


def test_j1939():
    dbc = write("j.dbc", FEATURES + 'BA_DEF_DEF_ "VFrameFormat" "J1939PG";\n')
    log = write("log", "(1.0) can0 0CFEF122#0000803F3F800000\n")
    expect("j1939: another source is another id", posed(dbc, log).out == "")
    found = lines_of(posed(dbc, log, "--j1939"))
    expect("j1939: by group", len(found) == 1 and found[0]["name"] == "Extended" and found[0]["id"] == 0x0CFEF122, found)


def test_refusals():
    good = write("features.dbc", FEATURES)
    for args, code, pattern in (
            ([], 2, "which DBC file"), ([good, "a", "b"], 2, "one log"), ([good, "--what"], 2, "no option --what"),
            (["/nowhere.dbc"], 1, r"/nowhere.dbc: No such file"), ([good, "/nowhere.log"], 1, "No such file"),
            ([TMP], 1, "Is a directory"), ([good, TMP], 1, "Is a directory"),
            ([write("bad.dbc", FEATURES.replace("12|12@1-", "12|12@7-"))], 1,
             r"bad\.dbc:12:\d+: found \"7\", expected the byte order"),
            ([write("cut.dbc", FEATURES[:-3])], 1, r"cut\.dbc:\d+:\d+: found the end of the file, expected"),
            ([write("not.dbc", "<xml>")], 1, r"not\.dbc:1:1: found \"<\"")):
        r = posed(*args)
        expect(f"{args}: exit {code}", r.returncode == code, (r.returncode, r.err))
        expect(f"{args}: says {pattern}", re.search(pattern, r.err), r.err)
        expect(f"{args}: nothing on stdout", not r.out, r.out)


# ---------------------------------------------------------------- every file that is there, read anew

SIGNAL = re.compile(r'\s*SG_\s+(\w+)\s*(?:(M|m\d+M?))?\s*:\s*(\d+)\s*\|\s*(\d+)\s*@\s*([01])\s*([+-])\s*'
                    r'\(\s*([^,\s]+)\s*,\s*([^)\s]+)\s*\)\s*\[\s*([^|\s]+)\s*\|\s*([^\]\s]+)\s*\]\s*"([^"]*)"')


def read_anew(path):
    """{file id: {"name", "length", "signals": {symbol: ...}}}, by regular expressions, without long names."""
    with open(path, "rb") as f:
        text = f.read().decode("latin-1").replace("\r\n", "\n")
    messages, message = {}, None
    for line in text.split("\n"):
        head = re.match(r"BO_ (\d+) (\w+) *: *(\d+)", line)
        if head:
            message = {"name": head[2], "length": int(head[3]), "signals": {}}
            messages[int(head[1])] = message
        s = SIGNAL.match(line)
        if s:
            message["signals"][s[1]] = {
                "mux": s[2], "start": int(s[3]), "length": int(s[4]), "big": s[5] == "0", "signed": s[6] == "-",
                "scale": float(s[7]), "offset": float(s[8]), "min": float(s[9]), "max": float(s[10]), "float": False}
    for m in re.finditer(r"^SIG_VALTYPE_ (\d+) (\w+) *:? *([12]) *;", text, re.M):
        messages[int(m[1])]["signals"][m[2]]["float"] = True
    for m in re.finditer(r"^SG_MUL_VAL_ (\d+) (\w+) (\w+) ([^;]*);", text, re.M):
        signal = messages[int(m[1])]["signals"][m[2]]
        signal["selector"] = m[3]
        signal["ids"] = [tuple(map(int, r.split("-"))) for r in m[4].split(",")]
    messages.pop(0xC0000000, None)
    return messages


def raw_of(s, data):
    """The signal's bits, one after the other; None when one is not there."""
    at, bits = s["start"], []
    for _ in range(s["length"]):
        if at // 8 >= len(data):
            return None
        bits.append(data[at // 8] >> at % 8 & 1)
        at = (at + 15 if at % 8 == 0 else at - 1) if s["big"] else at + 1
    if not s["big"]:
        bits.reverse()
    return int("".join(map(str, bits)), 2)


def value_of(s, data):
    raw, n = raw_of(s, data), s["length"]
    if raw is None:
        return None
    if s["float"]:
        raw = struct.unpack({32: "<f", 64: "<d"}[n], raw.to_bytes(n // 8, "little"))[0]
    elif s["signed"] and raw >> (n - 1):
        raw -= 1 << n
    if not s["float"] and s["scale"].is_integer() and s["offset"].is_integer():
        return raw * int(s["scale"]) + int(s["offset"])
    return raw * s["scale"] + s["offset"]


def present(m, name, data):
    s = m["signals"][name]
    if raw_of(s, data) is None:
        return False
    if not s["mux"] or s["mux"] == "M":
        return True
    selector = s.get("selector") or next(n for n, o in m["signals"].items() if o["mux"] == "M")
    ids = s.get("ids") or [(int(s["mux"].strip("mM")),) * 2]
    raw = raw_of(m["signals"][selector], data)
    return raw is not None and present(m, selector, data) and any(a <= raw <= b for a, b in ids)


def check_structure(name, ours, anew, names):
    expect(f"{name}: messages", len(ours) == len(anew), (len(ours), len(anew)))
    for m, (file_id, other) in zip(ours, anew.items()):
        expect(f"{name}: {other['name']}", (m["id"], m["extended"], m["length"]) ==
               (file_id & 0x7FFFFFFF, file_id >> 31 == 1, other["length"]), m)
        expect(f"{name}: signals of {other['name']}", len(m["signals"]) == len(other["signals"]), m)
        for s, (symbol, o) in zip(m["signals"], other["signals"].items()):
            names[file_id, symbol] = s["name"]
            expect(f"{name}: {other['name']}.{symbol}",
                   (s["start"], s["length"], s["byte_order"], s["signed"], s["float"], s["scale"], s["offset"],
                    s["minimum"], s["maximum"]) ==
                   (o["start"], o["length"], "big_endian" if o["big"] else "little_endian", o["signed"], o["float"],
                    o["scale"], o["offset"], o["min"], o["max"]), (s, o))


def close(a, b):
    if isinstance(a, int) and isinstance(b, int):
        return a == b
    return a == b or (a is None and b != b or b in (float("inf"), float("-inf")))


def payloads(rng, length):
    yield bytes(length)
    yield b"\xff" * length
    for _ in range(20):
        yield rng.randbytes(length)
    for _ in range(10): # with small numbers, so that multiplexers meet theirs
        yield bytes(rng.choice((0, 1, 2, 3, 4, 5, 0x10, 0x11, 0x21)) for _ in range(length))
    if length > 0:
        yield rng.randbytes(rng.randrange(length))


def log_of(anew, rng):
    """Frames with random payloads, and the lines of a log with them."""
    frames = []
    for file_id, m in anew.items():
        if m["length"] <= 64 and file_id & 0x7FFFFFFF <= 0x1FFFFFFF:
            frames += [(file_id, data) for data in payloads(rng, m["length"])]
    lines = []
    for i, (file_id, data) in enumerate(frames):
        wide = file_id >> 31 or file_id > 0x7FF
        text = f"{file_id & 0x7FFFFFFF:08X}" if wide else f"{file_id:03X}"
        lines.append(f"({i}.0) can0 {text}#{'#0' if len(data) > 8 else ''}{data.hex()}\n")
    return frames, "".join(lines)


def check_folder():
    rng, values = random.Random(1), 0
    files = sorted(glob.glob(os.path.join(FOLDER, "*.dbc")))
    for path in files:
        name = os.path.basename(path)
        r = posed(path)
        expect(f"{name}: exit 0", r.returncode == 0, r.err)
        anew, names = read_anew(path), {}
        check_structure(name, json.loads(r.out)["messages"], anew, names)
        frames, log = log_of(anew, rng)
        found = lines_of(posed(path, write("log", log)))
        expect(f"{name}: decodes all", len(found) == len(frames), (len(found), len(frames)))
        for f, (file_id, data) in zip(found, frames):
            m = anew[file_id]
            want = {names[file_id, n]: value_of(s, data) for n, s in m["signals"].items() if present(m, n, data)}
            values += len(want)
            expect(f"{name}: {m['name']} {data.hex()}", f["signals"].keys() == want.keys() and
                   all(close(f["signals"][n], v) for n, v in want.items()), (f["signals"], want))
    print(f"{len(files)} files, {values} values decoded the same by a reading of our own")
    return files


def check_cantools(files):
    """A peer, where it is installed; files that it does not take are none of our business."""
    try:
        import cantools
    except ImportError:
        print("skipped: no Python module cantools to compare with")
        return
    rng, values = random.Random(2), 0
    for path in files:
        name = os.path.basename(path)
        peer = cantools.database.load_file(path, strict=False)
        ours = json.loads(posed(path).out)
        expect(f"{name}: messages as cantools has them", [(m.frame_id, m.is_extended_frame, m.name, m.length)
               for m in peer.messages] == [(m["id"], m["extended"], m["name"], m["length"]) for m in ours["messages"]])
        frames, log = log_of({m.frame_id | m.is_extended_frame << 31:
                              {"length": m.length} for m in peer.messages if m.length <= 8}, rng)
        for f, (file_id, data) in zip(lines_of(posed(path, write("log", log))), frames):
            try:
                want = peer.decode_message(file_id & 0x7FFFFFFF, data, decode_choices=False, allow_truncated=True)
            except Exception: # it refuses unknown multiplexer values
                continue
            values += len(want)
            expect(f"{name}: {f['name']} {data.hex()} as cantools has it", f["signals"].keys() == want.keys() and
                   all(close(f["signals"][n], v) for n, v in want.items()), (f["signals"], want))
    print(f"{values} values decoded as cantools does")


with tempfile.TemporaryDirectory() as TMP:
    test_print()
    test_decode()
    test_log()
    test_j1939()
    test_refusals()
    if glob.glob(os.path.join(FOLDER, "*.dbc")):
        check_cantools(check_folder())
    else:
        print(f"left out: no DBC files in {FOLDER} (see POSED_REAL_DATA)")
finish()
