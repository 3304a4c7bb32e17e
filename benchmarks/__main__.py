"""`make bench`: measure the parts; write results/PART.json, .md, .svg and docs/**/benchmarks.md."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from rich.console import Console
from rich.status import Status

from benchmarks import caches, pages, pool, sessions
from benchmarks import markdown as rendering
from benchmarks.chart import svg
from benchmarks.report import Report
from benchmarks.table import embedded, markdown
from benchmarks.team import FLASK, Tell
from deploy.processes import ROOT

PARTS: dict[str, Callable[[int, Tell], Report]] = {
    "pool": pool.measure,
    "sessions": sessions.measure,
    "pages": pages.measure,
    "caches": caches.measure,
    "markdown": rendering.measure,
}
RESULTS = ROOT / "benchmarks" / "results"
PAGES = [ROOT / "docs" / language / "benchmarks.md" for language in ("", "zh-hans")]


def main(words: list[str]) -> None:
    options = arguments(words)
    if not FLASK.exists():
        raise SystemExit("The Flask side has no environment; type: make bench")
    for part in options.only:
        with Console(stderr=True).status(part) as status:
            report = PARTS[part](options.rounds, partial(tell, status, part))
        write(report, options.into)
        print(f"# {report.title}\n\n{markdown(report)}")


def tell(status: Status, part: str, words: str) -> None:
    status.update(f"{part}: {words}")


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", type=parts, default=list(PARTS), metavar="PART,…")
    parser.add_argument("--rounds", type=whole, default=15, metavar="N")
    parser.add_argument("--into", type=Path, default=RESULTS, metavar="DIR",
                        help="another folder leaves the pages of docs/ alone")  # fmt: skip
    return parser.parse_args(words)


def parts(value: str) -> list[str]:
    names = value.split(",")
    if unknown := [name for name in names if name not in PARTS]:
        raise argparse.ArgumentTypeError(f"{unknown[0]!r} is no part; there are {', '.join(PARTS)}")
    return names


def whole(value: str) -> int:
    if not value.isdecimal() or int(value) < 1:
        raise argparse.ArgumentTypeError(f"{value!r} is not allowed; give a whole number from 1")
    return int(value)


def write(report: Report, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = markdown(report)
    (folder / f"{report.part}.json").write_text(report.dumps(), encoding="utf-8")
    (folder / f"{report.part}.md").write_text(f"# {report.title}\n\n{text}", encoding="utf-8")
    (folder / f"{report.part}.svg").write_text(svg(report), encoding="utf-8")
    for page in PAGES if folder == RESULTS else []:
        told = page.read_text(encoding="utf-8")
        page.write_text(embedded(told, report.part, text), encoding="utf-8")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit(130)
