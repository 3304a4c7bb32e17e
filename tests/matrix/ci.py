"""The row `ci` of the matrix, for `.ci/run`: the site on MySQL 9.

Promises: exit code 1 when the row failed, after its log. Where the server cannot be had, the exit
code is 0 and the last line is `MySQL row NOT RUN: `, with the reason.
"""

import sys

from deploy.processes import terminable
from tests.matrix.__main__ import result, rows, show
from tests.matrix.work import log_file

NAME = "ci"


def main() -> int:
    (row,) = (row for row in rows() if row.name == NAME)
    with terminable():
        line = _, verdict, _, words = result(row)
    if verdict == "FAILED":
        print(log_file(NAME).read_text(errors="replace"))
    show([line])
    if verdict == "cannot run here":
        print(f"MySQL row NOT RUN: {words}")
    return int(verdict == "FAILED")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
