"""`python -m tests.services COMMAND...`: runs COMMAND with a private MariaDB and a private Redis.

COMMAND finds them in DATABASE_URL and REDIS_URL, and no other servers. Its exit code is returned;
whatever ends it, both servers are stopped.
"""

import os
import sys
from collections.abc import Sequence

from deploy.private_servers import services
from deploy.processes import begin, stop


def run(command: Sequence[str]) -> int:
    """The command's exit code; it runs, and is interrupted, in front of fresh servers."""
    with services() as servers:
        environment = servers.in_place_of_others(os.environ)
        process = begin(command, env=environment)
        try:
            code = process.wait()
        finally:
            stop(process)
    return code if code >= 0 else 128 - code


if __name__ == "__main__":
    if not sys.argv[1:]:
        sys.exit("usage: python -m tests.services COMMAND...")
    try:
        sys.exit(run(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
