"""Runs the samples of docs/, or checks those that cannot run here.

The words behind the three backticks of a sample, which a page does not show, name its kind:

- `python`: run in order, all samples of a page in one namespace. It has `request` (with its
  session), `client`, `alice` (also as `user` and `author`) and her published `article`. A sample
  with `>>>` is a doctest.
- `python flask` is Flask's side of a comparison, `python flask-script` Flask-Script's: compiled
  here, and run on the real packages by tests/parity/test_samples.py, with an `app`, a `cache`
  and a Redis `conn` at hand.
- `python sketch: REASON` cannot run; it is compiled.
- `sh project` and `python project: FILE` make a part of core work in a fresh project, by
  tests/test_take_a_part.py: commands, and what is added to FILE.
- no word: lines for a shell. Program, command, options and variables must exist.
- `python django` and `python both` belong to the pages that compare Flask and Django pair by pair,
  `jinja NAME` and `django NAME` are their templates: tests/parity/pairs.py runs them.
- `django` and `html` (templates), `json` and `yaml` are parsed; `text` is not checked.
- a step of docs/build-an-app.md is carried out by tests/test_build_an_app.py.
"""

import ast
import doctest
import inspect
import json
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import CodeType
from typing import Any

import pytest
import yaml
from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand, CommandError
from django.template import Template
from django.test import Client, RequestFactory

from core.jobs import job_registry
from tests.factories import make_article, make_user
from tests.test_docs import TEXTS, variables_read

ROOT = Path(settings.BASE_DIR)
SAMPLE = re.compile(r"^( *)```([^\n]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:[A-Z_]+=\S+ )*python manage\.py [^`\n]+)`")
KINDS = re.compile(
    r"python( flask(-script)?| django| both| sketch: .+| project: \S+)?|sh project"
    r"|(django|jinja) \w+\.(html|txt)|django|html|json|markdown|yaml|text|"
    r"|shell step|\w+ (file|add|row): \S+"  # of docs/build-an-app.md: tests/guide_steps.py
)
SERVERS = {"granian", "gunicorn"}


class Sample:
    def __init__(self, page: str, found: re.Match[str]) -> None:
        self.page, self.kind, self.code = page, found[2], found[3]
        self.line = found.string.count("\n", 0, found.start()) + 1

    def __repr__(self) -> str:
        return f"{self.page}:{self.line}"


SAMPLES = [Sample(page, found) for page, text in TEXTS.items() for found in SAMPLE.finditer(text)]
OF_KIND = {
    kind: [each for each in SAMPLES if each.kind == kind]
    for kind in ("django", "html", "json", "yaml", "")
}
RUN = {each.page for each in SAMPLES if each.kind == "python"}
READ = [each for each in SAMPLES if each.kind.startswith("python ")]
LINES = [(each, line) for each in OF_KIND[""] for line in each.code.splitlines() if line.strip()]
LINES += [(page, line) for page, text in TEXTS.items() for line in INLINE.findall(text)]


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_every_sample_has_a_known_kind(sample: Sample):
    assert KINDS.fullmatch(sample.kind)


@pytest.mark.django_db
@pytest.mark.parametrize("page", sorted(RUN))
def test_python_samples_of_a_page_run(page: str, names: dict[str, Any]):
    for sample in SAMPLES:
        if sample.page == page and sample.kind == "python":
            run(sample, names)


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    monkeypatch.setattr(job_registry, "_jobs", {**job_registry._jobs})  # a sample adds to them
    alice = make_user()
    request = RequestFactory().get("/")
    request.session = import_module(settings.SESSION_ENGINE).SessionStore()
    request.user = alice
    article = make_article(alice)
    return {
        "alice": alice,
        "user": alice,
        "author": alice,
        "article": article,
        "request": request,
        "client": Client(),
    }


def run(sample: Sample, names: dict[str, Any]) -> None:
    if ">>>" in sample.code:
        test = doctest.DocTestParser().get_doctest(
            sample.code, names, repr(sample), sample.page, sample.line
        )
        assert doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test).failed == 0
        return
    for statement in parsed(
        sample
    ).body:  # an `await` between them needs a loop, they must have none
        code = compiled(ast.Module([statement], []), sample.page)
        if code.co_flags & inspect.CO_COROUTINE:
            async_to_sync(awaited)(code, names)
        else:
            exec(code, names)


async def awaited(code: Any, names: dict[str, Any]) -> None:
    await eval(code, names)


def parsed(sample: Sample) -> ast.Module:
    source = "\n" * sample.line + sample.code  # so that an error names the page's own line
    return ast.parse(source, sample.page)


def compiled(tree: ast.Module, page: str) -> CodeType:
    return compile(tree, page, "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


@pytest.mark.parametrize("sample", READ, ids=str)
def test_sample_that_cannot_run_compiles(sample: Sample):
    compiled(parsed(sample), sample.page)


@pytest.mark.parametrize("sample", OF_KIND["django"] + OF_KIND["html"], ids=str)
def test_template_sample_parses(sample: Sample):
    Template(sample.code)


@pytest.mark.parametrize("sample", OF_KIND["json"], ids=str)
def test_json_sample_parses(sample: Sample):
    json.loads(sample.code)


@pytest.mark.parametrize("sample", OF_KIND["yaml"], ids=str)
def test_yaml_sample_parses(sample: Sample):
    yaml.safe_load(sample.code)


@pytest.mark.parametrize(("place", "line"), LINES, ids=str)
def test_shell_line_names_existing_commands_and_options(place: Any, line: str, capsys):
    words = shlex.split(line, comments=True)
    while words and re.match(r"[A-Z_]+=", words[0]):
        assert words.pop(0).partition("=")[0] in variables() | {"TEST_MYSQLD", "TEST_YEARS_AHEAD"}
    match words:
        case ["python", "manage.py", command, *options]:
            judge_command(command, options)
        case ["python", "-m", module, *_]:  # of .venv, which need not be on the PATH
            assert find_spec(module), module
        case ["python", "-c", code]:  # Debian has no `python` outside a virtual environment
            compile(code, str(place), "exec")
        case ["make", *targets]:
            judge_targets(targets)
        case [program, *options] if program in SERVERS:
            known = help_of(program)
            assert [o for o in options if o.startswith("--") and o not in known] == []
        case [program, *_]:
            assert shutil.which(program) or program == "curl", program


@cache
def variables() -> set[str]:
    return variables_read() | {"WEB_CONCURRENCY", "GRANIAN_BLOCKING_THREADS"}


def judge_command(name: str, options: list[str]) -> None:
    app = get_commands()[name]
    command = app if isinstance(app, BaseCommand) else load_command_class(app, name)
    parser = command.create_parser("manage.py", name)
    typed = ["1" if word == "N" else word for word in options if word not in {"…", "--help"}]
    if "--help" not in options:
        try:
            parser.parse_args(typed)
        except CommandError as refusal:
            raise AssertionError(f"{name} {options}: {refusal}") from None


def judge_targets(words: list[str]) -> None:
    targets = re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert {word for word in words if "=" not in word} <= {*targets, "install-test"}


@cache
def help_of(server: str) -> set[str]:
    program = Path(sys.executable).with_name(server)
    done = subprocess.run([program, "--help"], capture_output=True, text=True, check=True)
    return set(re.findall(r"--[a-z][a-z-]+", done.stdout))
