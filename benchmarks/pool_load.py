"""The program behind `manage.py bench pool`: measures the load test and prints its table.

The command has checked the options. Exits 1, with the line to type, if MariaDB is not installed.
"""

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.chart import svg
from benchmarks.load import Load, with_and_without
from benchmarks.report import Report
from benchmarks.table import markdown


def main(arguments: Sequence[str]) -> None:
    parser = ArgumentParser()
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--work", type=float, required=True)
    parser.add_argument("--cap", type=int, required=True)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--svg", type=Path)
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args(arguments)
    load = Load(options.threads, options.work, options.cap)
    report = measured(load, quiet=options.quiet or not sys.stderr.isatty())
    if options.svg:
        options.svg.write_text(svg(report), encoding="utf-8")
    print(report.dumps() if options.json else markdown(report), end="")


def measured(load: Load, *, quiet: bool) -> Report:
    """Shows on the terminal which variant runs, and how many connections the server has."""
    with Console(stderr=True, quiet=quiet).status("") as status:
        return with_and_without(
            load,
            status.update,
            lambda label, count: status.update(f"{label}: Threads_connected {count}"),
        )


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
