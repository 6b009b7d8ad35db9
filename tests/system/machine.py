"""A Debian system of its own to test in: made by debootstrap, kept in the build directory, booted by systemd-nspawn.

Everything that a run changes is in a tmpfs inside a mount namespace of its own, and every process in a PID namespace
of its own: nothing stays behind, however the run ends. Needs root and only the standard library."""
import glob
import hashlib
import os
import re
import shutil
import subprocess
import sys

# What the tests inside need, beyond what the packages name themselves.
BASE = ["systemd", "systemd-sysv", "dbus", "python3"]


def why_not():
    """Why this machine cannot do it; None when it can."""
    if os.geteuid() != 0:
        return "needs root"
    for tool in ("debootstrap", "systemd-nspawn", "unshare"):
        if not shutil.which(tool):
            return f"there is no {tool}"
    if subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], stderr=subprocess.DEVNULL).returncode != 0:
        return "this machine lets nobody make namespaces"
    return None


def output(*command):
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def depends(debs):
    """Names of the packages that these need, without those that are among them."""
    own = {output("dpkg-deb", "-f", deb, "Package").strip() for deb in debs}
    names = set()
    for deb in debs:
        for field in re.split(r"[,\n]", output("dpkg-deb", "-f", deb, "Depends")):
            name = re.match(r"\s*(?:Depends:)?\s*([a-z0-9.+-]+)", field)
            if name:
                names.add(name.group(1))
    return sorted(names - own)


def mirror():
    """Where this machine gets its own Debian packages from, and under which code name."""
    codename = re.search(r"^VERSION_CODENAME=(\S+)", open("/etc/os-release").read(), re.M).group(1)
    targets = output("apt-get", "indextargets", "--format", "$(ORIGIN) $(CODENAME) $(COMPONENT) $(REPO_URI)",
                     "Created-By: Packages")
    for line in targets.splitlines():
        origin, name, component, uri = line.split(" ", 3)
        if (origin, name, component) == ("Debian", codename, "main"):
            return codename, uri
    raise RuntimeError(f"this machine's apt sources have no Debian {codename} main; has apt-get update been run?")


def make_tree(place, debs):
    """The tree with all that the packages need, made once for each set of needs. Returns its path."""
    include = sorted({*BASE, *depends(debs)})
    codename, uri = mirror()
    key = hashlib.sha256(" ".join([codename, *include]).encode()).hexdigest()[:12]
    tree = os.path.join(place, f"tree-{key}")
    if os.path.isdir(tree):
        return tree
    for old in glob.glob(f"{place}/tree-*"):
        shutil.rmtree(old)
    cache = os.path.join(place, "downloaded")
    os.makedirs(cache, exist_ok=True)
    print(f"making {tree} with {' '.join(include)}", flush=True)
    log = os.path.join(place, "debootstrap.log")
    with open(log, "w") as f:
        made = subprocess.run(["debootstrap", "--variant=minbase", f"--include={','.join(include)}",
                               f"--cache-dir={cache}", codename, tree + ".new", uri],
                              stdin=subprocess.DEVNULL, stdout=f, stderr=f).returncode == 0
    if not made:
        shutil.rmtree(tree + ".new", ignore_errors=True)
        sys.exit("debootstrap failed:\n" + "".join(open(log).readlines()[-20:]))
    os.rename(tree + ".new", tree)
    return tree


def enter_cgroup(name):
    """systemd-nspawn hands the group that it is in to the system that it boots: give it one of its own."""
    made = []
    for line in open("/proc/self/cgroup"):
        number, controllers, path = line.rstrip("\n").split(":", 2)
        if controllers not in ("", "name=systemd"):
            continue
        kind = "cgroup2" if controllers == "" else "name=systemd"
        for mount in open("/proc/self/mounts"):
            _, where, fstype, options, *_ = mount.split()
            if fstype == kind or fstype == "cgroup" and kind in options.split(","):
                group = os.path.normpath(f"{where}/{path}/{name}")
                os.makedirs(group, exist_ok=True)
                open(f"{group}/cgroup.procs", "w").write("0")
                made.append(group)
                break
    return made


def remove_cgroups(groups):
    """After all processes in them have gone."""
    for group in groups:
        for folder, _, _ in os.walk(group, topdown=False):
            try:
                os.rmdir(folder)
            except OSError:
                pass  # not ours to empty


def mount_copy(tree, place):
    """A copy of the tree that costs nothing and goes with the namespace."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755,size=1g", "tmpfs", place], check=True)
    upper, work, root = (os.path.join(place, name) for name in ("upper", "work", "root"))
    for path in (upper, work, root):
        os.mkdir(path)
    subprocess.run(["mount", "-t", "overlay", "-o", f"lowerdir={tree},upperdir={upper},workdir={work}", "overlay",
                    root], check=True)
    os.makedirs("/run/systemd/nspawn", exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run/systemd/nspawn"], check=True)
    return root


def boot(root, timeout_s):
    """Boots the tree and waits until it shuts itself down. Returns whether it did in time."""
    command = ["systemd-nspawn", "--quiet", "--register=no", "--keep-unit", "--boot", "--directory", root,
               "--private-network", "--console=pipe", "--resolv-conf=off", "--timezone=off", "--link-journal=no",
               "--hostname=posed-test"]
    try:
        subprocess.run(command, timeout=timeout_s, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                       env={**os.environ, "SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"})
        return True
    except subprocess.TimeoutExpired:
        return False
