"""What the tests inside the booted system share: checks, systemctl, and an ear on the bus."""
import json
import os
import pwd
import grp
import re
import stat
import subprocess
import threading
import time

failures, checks = [], 0


def expect(what, condition, detail=""):
    global checks
    checks += 1
    if not condition:
        failures.append(what)
        print(f"FAILED: {what}: {detail}"[:1500])
    return bool(condition)


def run(*command, timeout=30):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          timeout=timeout, stdin=subprocess.DEVNULL)


def must(*command, timeout=60):
    r = run(*command, timeout=timeout)
    expect(" ".join(command), r.returncode == 0, f"exit {r.returncode}: {r.stdout[-1000:]}")
    return r.stdout


def wait_for(what, condition, timeout_s):
    """Until `condition()` is true, which must be about something that tells nobody when it comes about. Returns what it
    returned; that it never was is a failed check."""
    end = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value or time.monotonic() > end:
            expect(f"{what} within {timeout_s} s", value)
            return value
        time.sleep(0.02)


def prop(unit, name):
    return run("systemctl", "show", "--property", name, "--value", unit).stdout.strip()


def main_pid(unit):
    return int(prop(unit, "MainPID") or 0)


def started_s(unit):
    """When its main process was started, CLOCK_MONOTONIC."""
    return int(prop(unit, "ExecMainStartTimestampMonotonic")) / 1e6


def owner_and_mode(path):
    s = os.stat(path)
    return f"{pwd.getpwuid(s.st_uid).pw_name}:{grp.getgrgid(s.st_gid).gr_name} {stat.S_IMODE(s.st_mode):o}"


def memory_mib(pid):
    """Resident now, and at most so far."""
    text = open(f"/proc/{pid}/status").read()
    return tuple(int(re.search(rf"^{key}:\s+(\d+) kB", text, re.M).group(1)) / 1024 for key in ("VmRSS", "VmHWM"))


class Ear:
    """All that `posed watch --json` says, with the monotonic time at which it was heard."""

    def __init__(self, *options):
        self.heard, self.news = [], threading.Condition()
        self.process = subprocess.Popen(["posed", "watch", "--json", "--topic", "pose,status,fault", *options],
                                        stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        for line in self.process.stdout:
            message = json.loads(line)
            with self.news:
                self.heard.append((time.monotonic(), message))
                self.news.notify_all()

    def now(self):
        """A mark to wait from."""
        with self.news:
            return len(self.heard)

    def since(self, mark):
        with self.news:
            return self.heard[mark:]

    def wait(self, what, mark, wanted, timeout_s):
        """The first message from `mark` on that `wanted`, with its time; (None, {}) and a failed check without."""
        end = time.monotonic() + timeout_s
        with self.news:
            while True:
                while mark < len(self.heard):
                    if wanted(self.heard[mark][1]):
                        expect(what, True)
                        return self.heard[mark]
                    mark += 1
                if not self.news.wait(end - time.monotonic()):
                    break
        expect(f"{what} within {timeout_s} s", False, self.heard[-1] if self.heard else "nothing was heard")
        return None, {}

    def close(self):
        self.process.terminate()
        self.process.wait()


def is_kind(message, kind):
    return message["topic"] == f"posed/v1/{kind}"


def pose(mode=None):
    """Whether it is a pose that may be used, of that mode."""
    return lambda m: is_kind(m, "pose") and m["usable"] and mode in (None, m["mode"])


def fault(source, code, raised):
    return lambda m: is_kind(m, "fault") and (m["source"], m["code"], m["raised"]) == (source, code, raised)
