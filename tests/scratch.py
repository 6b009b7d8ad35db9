"""A directory for a test that goes with it: when it has passed, when it has failed, and when meson ends it."""
import atexit
import shutil
import signal
import sys
import tempfile


def scratch(prefix):
    """The path of a new directory, which is removed when this program ends. A signal to end is an end like any other."""
    path = tempfile.mkdtemp(prefix=prefix)
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    return path
