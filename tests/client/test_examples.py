#!/usr/bin/env python3
"""test_examples.py BUILD SOURCE POSED.PROTO POSED_FAULT.PROTO: examples/subscribe.c, .py and .mjs, each with its real
compiler or interpreter, against a stand-in for posed; and what is installed of the client library.

The C example is built with nothing but what `meson install` and pkg-config give. The one for Node needs npm's packages,
installed once into the build directory; without a network it is left out, and the test says so."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

try:
    import google.protobuf  # noqa: F401
    import zmq  # noqa: F401
except ImportError as e:
    print(f"skipped: {e}")
    sys.exit(77)
import fake_posed

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from checks import expect, finish  # noqa: E402

BUILD, SOURCE = (os.path.abspath(p) for p in sys.argv[1:3])
PROTOS = [os.path.abspath(p) for p in sys.argv[3:5]]
PB = fake_posed.load_proto(*PROTOS)
FAULT = sys.modules["posed_fault_pb2"]
TMP = tempfile.mkdtemp(prefix="posed-examples-")
ENDPOINT = f"ipc://{TMP}/poses"
PATIENCE_S = 120


def run(*args, **more):
    return subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=PATIENCE_S, **more)


def lines_until(program, pattern):
    for line in program.stdout:
        if re.search(pattern, line):
            return line
    return ""


def check_example(name, command, **more):
    """It prints poses while they may be used, says when not, and takes no pose of an interface that it does not
    know."""
    fake = fake_posed.FakePosed(PB, ENDPOINT)
    fake.valid_ns = 60_000_000_000  # however long the program is kept waiting
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
    try:
        line = lines_until(program, "NOMINAL")
        expect(f"{name}: prints the pose", line.startswith("NOMINAL 52.2700000 10.5300000 deg, heading 0.500 rad"), line)
        fake.pose = fake.make_pose(mode=PB.MODE_LOST, usable=False)
        expect(f"{name}: a pose that is not usable", lines_until(program, "LOST") == "LOST: do not use\n")
        fake.valid_ns, fake.pose = -1_000_000_000, fake.make_pose(mode=PB.MODE_DEGRADED)
        expect(f"{name}: a pose that has expired", lines_until(program, "DEGRADED") == "DEGRADED: do not use\n")
    finally:
        program.kill()
        errors = program.communicate()[1]
        fake.stop()
    expect(f"{name}: nothing on stderr", errors == "", errors)


def check_c(prefix, env):
    example = os.path.join(TMP, "subscribe")
    flags = run("pkg-config", "--cflags", "--libs", "posed-client", env=env)
    expect("pkg-config knows posed-client", flags.returncode == 0, flags.stderr)
    source = os.path.join(SOURCE, "examples", "subscribe.c")
    for compiler, language in (("cc", "-std=c11"), ("c++", "-xc++")):
        r = run(compiler, language, "-Wall", "-Wextra", "-Werror", source, *flags.stdout.split(), "-lm", "-o", example)
        expect(f"{compiler} builds subscribe.c", r.returncode == 0, r.stderr)
    check_example("subscribe.c", [example, ENDPOINT], env=env)
    r = run(example, f"ipc://{TMP}/nobody", env=env)
    expect("subscribe.c: nobody there", r.returncode == 1 and "no such socket" in r.stderr, r)
    linked = run("readelf", "-d", example).stdout
    expect("the program needs the library by its soname", "[libposed-client.so.0]" in linked, linked)
    expect("the protos are installed", all(os.path.exists(os.path.join(prefix, "share/posed", os.path.basename(p)))
                                           for p in PROTOS))


def check_exports(library):
    """The library exports what its header declares, each under its version, and nothing else."""
    with open(os.path.join(SOURCE, "client", "posed_client.h")) as header:
        declared = set(re.findall(r"POSED_API [^(;]*?\b(posed_\w+)\(", header.read()))
    exported = {}
    for line in run("nm", "-D", "--defined-only", library).stdout.splitlines():
        name, _, version = line.split()[-1].partition("@@")
        if line.split()[-2] != "A":
            exported[name] = version
    expect("every function of the header is exported", declared == set(exported), declared ^ set(exported))
    expect("under a version", set(exported.values()) == {"POSED_CLIENT_0"}, exported)
    needed = set(re.findall(r"NEEDED.*\[(.*)\]", run("readelf", "-d", library).stdout))
    allowed = {"libzmq.so.5", "libsodium.so.23", "libm.so.6", "libc.so.6"}
    expect("it needs ZeroMQ and libsodium alone", needed <= allowed, needed)


def install():
    """What a packager would install, into a root of our own; and an environment in which it is found there."""
    root = os.path.join(TMP, "root")
    r = run("meson", "install", "-C", BUILD, "--no-rebuild", "--destdir", root, "--tags", "runtime,devel")
    expect("meson install", r.returncode == 0, r.stdout + r.stderr)
    pc = run("find", root, "-name", "posed-client.pc").stdout.strip()
    library = run("find", root, "-name", "libposed-client.so.0").stdout.strip()
    with open(pc) as f:
        prefix = root + re.search(r"^prefix=(.*)$", f.read(), re.M).group(1)
    env = dict(os.environ, PKG_CONFIG_PATH=os.path.dirname(pc), PKG_CONFIG_SYSROOT_DIR=root,
               LD_LIBRARY_PATH=os.path.dirname(library))
    return library, prefix, env


def node_packages():
    """A directory with the example and what it needs; None when it cannot be had."""
    if not (shutil.which("node") and shutil.which("npm")):
        return None
    there, work = os.path.join(SOURCE, "tests/client/node/package.json"), os.path.join(BUILD, "tests/client/node")
    with open(there) as f:
        wanted = f.read()
    stamp = os.path.join(work, "installed.json")
    if not os.path.exists(stamp) or open(stamp).read() != wanted:
        os.makedirs(work, exist_ok=True)
        shutil.copy(there, work)
        r = run("npm", "install", "--no-package-lock", "--no-fund", "--no-audit", "--ignore-scripts", "--silent", cwd=work)
        if r.returncode != 0:
            return None
        shutil.copy(there, stamp)
    shutil.copy(os.path.join(SOURCE, "examples/subscribe.mjs"), work)
    return work


def main():
    proto_dir = os.path.join(TMP, "proto")  # as installed
    tree = os.path.join(TMP, "tree", "wire"), os.path.join(TMP, "tree", "build", "wire")  # as ./demo leaves it
    for d in (proto_dir, *tree):
        os.makedirs(d)
    for p, place in zip(PROTOS, tree):
        shutil.copy(p, proto_dir)
        shutil.copy(p, place)
    try:
        library, prefix, env = install()
        if "asan" in run("readelf", "--dynamic", "--dyn-syms", library).stdout:
            print("left out: the library, which a sanitizer has changed")
        else:
            check_exports(library)
            check_c(prefix, env)
        for where in (proto_dir, tree[0]):
            check_example("subscribe.py", [sys.executable, f"{SOURCE}/examples/subscribe.py", ENDPOINT, where])
        node = node_packages()
        if node:
            for where in (proto_dir, tree[0]):
                check_example("subscribe.mjs", ["node", "subscribe.mjs", ENDPOINT, where], cwd=node)
        else:
            print("left out: subscribe.mjs (node, npm or npm's packages are not there)")
    finally:
        shutil.rmtree(TMP, ignore_errors=True)
    finish()


main()
