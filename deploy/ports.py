"""`python -m deploy.ports 8000`: prints that port of the loopback, or a free one if it is taken."""

import socket
import sys

LOOPBACK = "127.0.0.1"


def free_port(wanted: int) -> int:
    try:
        return bound_port(wanted)
    except OSError:
        print(f"Port {wanted} is taken; taking a free one.", file=sys.stderr)
        return bound_port(0)


def bound_port(port: int) -> int:
    """Return the port, which a bind has shown to be free; 0 finds one. Raises OSError if taken."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the servers do
        probe.bind((LOOPBACK, port))
        return probe.getsockname()[1]


if __name__ == "__main__":
    print(free_port(int(sys.argv[1])))
