"""What scripts that start programs share: ports for them, and patience with them."""
import socket
import time

PATIENCE_S = 60


def free_ports(count):
    """Ports that nobody holds on the loopback device now."""
    sockets = [socket.socket() for _ in range(count)]
    for s in sockets:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def wait_for(condition, patience_s=PATIENCE_S):
    """What `condition` returns once that is true; None when it does not become so."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.005)
    return None
