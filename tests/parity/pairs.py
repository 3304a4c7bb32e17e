"""Runs the pages of docs/ that compare Flask and Django pair by pair, on one of the two sides.

A page is run from top to bottom, all samples in one namespace:

- `python flask` and `python django` are the two sides of a pair, `python both` runs on both;
- `jinja NAME` and `django NAME` are template files;
- a table behind `<!-- compared: KIND -->` holds what each side does. The code mark that begins a
  cell is run or compared, further text in the cell is not:
  - requests: `METHOD PATH [FORM | JSON | Header: value]`, then the answer. One client sends the
    requests of a table, so it keeps cookies. An answer is `STATUS`, `STATUS body`,
    `STATUS /location` of a redirect, or `STATUS Header: value`;
  - code: Flask's expression, Django's expression, then the value's repr or the exception's name;
  - templates: Jinja's source, Django's source, then the text.
  A last column counts for both sides. Where they differ, each side has a column of its own.

Only the standard library is imported, because both environments use this file.
"""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import chdir, redirect_stdout
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, Protocol

ROOT = Path(__file__).resolve().parent.parent.parent
DOCS = ROOT / "docs"
STEP = re.compile(
    r"^```(?P<kind>(?:python|jinja|django) \S+)\n(?P<code>.*?)^```$"
    r"|<!-- compared: (?P<table>\w+) -->\n(?P<rows>.*?)<!-- end -->",
    re.MULTILINE | re.DOTALL,
)
MARK = re.compile(r"(`+)(.+?)\1(?!`)")
SIDES = ("flask", "django")


class Row(NamedTuple):
    orders: tuple[str, str]  # Flask's, Django's: a request is the same for both
    answers: tuple[str, str]


class Step(NamedTuple):
    kind: str  # of a sample, or "requests", "code", "templates"
    code: str = ""
    rows: tuple[Row, ...] = ()


class Side(Protocol):
    name: str

    def sample(self, code: str) -> None: ...
    def template(self, name: str, code: str) -> None: ...
    def client(self) -> Any: ...
    def run(self, code: str) -> Any: ...
    def render(self, source: str) -> str: ...


def pages() -> list[str]:
    return sorted(path.stem for path in DOCS.glob("*.md") if "<!-- compared:" in path.read_text())


def steps(page: str) -> list[Step]:
    found = STEP.finditer((DOCS / f"{page}.md").read_text(encoding="utf-8"))
    return [
        Step(each["table"], rows=tuple(rows_of(each["table"], each["rows"])))
        if each["table"]
        else Step(each["kind"], each["code"])
        for each in found
    ]


def rows_of(kind: str, table: str) -> list[Row]:
    return [row_of(kind, line) for line in table.splitlines()[2:] if line.startswith("|")]


def row_of(kind: str, line: str) -> Row:
    marks = [MARK.match(cell) for cell in re.split(r"(?<!\\)\| ", line)[1:]]
    texts = [mark[2].strip().replace("\\|", "|") for mark in marks if mark]
    match kind, texts:
        case "requests", [request, both]:
            return Row((request, request), (both, both))
        case "requests", [request, flask, django]:
            return Row((request, request), (flask, django))
        case (("code" | "templates"), [flask, django, both]):
            return Row((flask, django), (both, both))
        case (("code" | "templates"), [flask, flask_answer, django, django_answer]):
            return Row((flask, django), (flask_answer, django_answer))
    raise ValueError(f"{len(texts)} cells of a row of {kind} begin with code: {line}")


def answers(page: str, side: Side) -> list[list[str]]:
    """The answers of one side for each table of the page."""
    told = []
    for step in steps(page):
        if step.rows:
            told.append(table_answers(step, side))
        elif step.kind in {"python both", f"python {side.name}"}:
            side.sample(step.code)
        elif step.kind.startswith({"flask": "jinja ", "django": "django "}[side.name]):
            side.template(step.kind.partition(" ")[2], step.code)
    return told


def table_answers(step: Step, side: Side) -> list[str]:
    here, client = SIDES.index(side.name), side.client()
    return [
        answer_of(step.kind, row.orders[here], row.answers[here], side, client) for row in step.rows
    ]


def answer_of(kind: str, order: str, expected: str, side: Side, client: Any) -> str:
    if kind == "requests":
        return described(send(client, order), expected)
    try:
        return side.render(order).strip() if kind == "templates" else repr(side.run(order))
    except Exception as error:
        return type(error).__name__


def send(client: Any, order: str) -> Any:
    method, path, *rest = order.split(" ", 2)
    more = rest[0] if rest else ""
    if more.startswith(("{", "[")):
        return client.open(method, path, data=more, content_type="application/json")
    if header := re.fullmatch(r"([A-Z][\w-]+): (.+)", more):
        return client.open(method, path, headers={header[1]: header[2]})
    form = "application/x-www-form-urlencoded"
    return client.open(method, path, data=more, content_type=form if more else None)


def described(response: Any, expected: str) -> str:
    """The answer in as many words as the expected one has."""
    status, _, more = expected.partition(" ")
    actual = str(response.status_code)
    if not more or actual != status:
        return actual
    if header := re.fullmatch(r"([A-Z][\w-]+): .+", more):
        return f"{actual} {header[1]}: {response.headers.get(header[1])}"
    if 300 <= response.status_code < 400:
        return f"{actual} {response.headers['Location']}"
    return f"{actual} {b''.join(response.iter_encoded()).decode().strip()}"


def evaluated(code: str, names: dict[str, Any]) -> Any:
    """The value of the last expression of `code`; None if the last statement is none."""
    *before, last = ast.parse(code).body
    if not isinstance(last, ast.Expr):
        before.append(last)
    exec(compile(ast.Module(before, []), "row", "exec"), names)
    if not isinstance(last, ast.Expr):
        return None
    return eval(compile(ast.Expression(last.value), "row", "eval"), names)


def told_by(python: Path, side: str, page: str) -> list[list[str]]:
    """The answers of one side for each table of the page, from a process of its own."""
    command = [python, "-m", f"tests.parity.{side}_pairs", page]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def main(side: Callable[[], Side]) -> None:
    """Prints the answers for the page that the command line names, as JSON."""
    with redirect_stdout(sys.stderr), TemporaryDirectory() as folder, chdir(folder):
        told = answers(sys.argv[1], side())
    print(json.dumps(told))
