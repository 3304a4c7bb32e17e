"""The notes' commands, typed: Flask-Script's and Click's way beside manage.py."""

import os
import subprocess
import sys
from functools import cache
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple
from urllib.error import URLError
from urllib.request import urlopen

import pexpect
import pytest
from django.core.management import call_command

from accounts.models import User
from deploy.ports import bound_port
from deploy.processes import ROOT, running, wait_until
from tests.parity.book import differs, same
from tests.parity.conftest import FLASK, SCRIPT

pytestmark = pytest.mark.parity
HERE = [sys.executable, "manage.py"]
LIKE_THEM = [sys.executable, "tests/parity/django_commands.py"]
OTHERS = {
    "Flask-Script": [SCRIPT, "tests/parity/flask_manager.py"],
    "Click": [FLASK.with_name("flask"), "--app", "tests/parity/flask_click.py"],
}
SERVE = {"Flask-Script": ["runserver", "-R", "-p"], "Click": ["run", "--no-reload", "-p"]}
on_both = pytest.mark.parametrize("other", OTHERS)


class Done(NamedTuple):
    code: int
    out: str
    err: str


def type_in(program: list[Any], *words: str, asked: str = "") -> Done:
    """In pipes; `asked` is what stands on stdin."""
    return typed(tuple(str(word) for word in [*program, *words]), asked)


@cache
def typed(command: tuple[str, ...], asked: str) -> Done:
    done = subprocess.run(command, cwd=ROOT, input=asked, capture_output=True, text=True)
    return Done(done.returncode, done.stdout, done.stderr)


@on_both
def test_custom(other):
    """python manage.py custom 123"""
    ours, theirs = type_in(HERE, "custom", "123"), type_in(OTHERS[other], "custom", "123")
    same(f"{other}: custom 123", ours[:2], theirs[:2])
    assert ours == (0, "123\n", "")


@on_both
def test_custom_on_a_terminal(other):
    def seen(program):
        command, *words = [str(word) for word in [*program, "custom", "123"]]
        return pexpect.run(command, args=words, cwd=ROOT, withexitstatus=True)

    same(f"{other}: custom 123 on a terminal", seen(HERE), seen(OTHERS[other]))


WRONG = {
    "an argument is missing": ["custom"],
    "an argument too many": ["custom", "a", "b"],
    "an unknown option": ["custom", "123", "--nothing"],
}


@on_both
@pytest.mark.parametrize("what", WRONG)
def test_wrong_usage(other, what):
    ours, theirs = type_in(HERE, *WRONG[what]), type_in(OTHERS[other], *WRONG[what])
    same(f"{other}: {what}", (ours.code, ours.out), (theirs.code, theirs.out))
    assert ours.code == 2


@on_both
def test_help(other):
    shown = [type_in(program, "custom", "--help") for program in (HERE, OTHERS[other])]
    same(f"{other}: --help", *[(each.code, "custom 123" in each.out) for each in shown])


@on_both
@pytest.mark.parametrize(
    ("what", "words", "why", "codes"),
    [
        (
            "an unknown command",
            ["nothing"],
            "Django's manage.py exits with 1 for an unknown command. Each command exits "
            "with 2 for wrong arguments.",
            (1, 2),
        ),
        (
            "no command",
            [],
            "Without a command manage.py prints the list of commands, which is not an error.",
            (0, 2),
        ),
        (
            "-h",
            ["custom", "-h"],
            "Django uses argparse, which has -h. Click has --help only, and the short "
            "option of Flask-Script is -?.",
            (0, 2),
        ),
    ],
)
def test_around_a_command(other, what, words, why, codes):
    seen = type_in(HERE, *words).code, type_in(OTHERS[other], *words).code
    differs(f"{other}: {what}", *seen, why, expected=codes)


@on_both
@pytest.mark.parametrize(
    "words",
    [
        ["cmd"],
        ["cmd", "-n", "ink", "-t", "2"],
        ["cmd", "--name=ink", "--times", "3"],
        ["cmd", "--times", "many"],
        ["shout", "ink"],
        ["shout", "--loud", "ink"],
    ],
    ids=" ".join,
)
def test_options(other, words):
    ours, theirs = type_in(LIKE_THEM, *words), type_in(OTHERS[other], *words)
    same(f"{other}: {' '.join(words)}", ours[:2], theirs[:2])


@on_both
def test_a_refusal(other):
    ours, theirs = type_in(LIKE_THEM, "refuses"), type_in(OTHERS[other], "refuses")
    same(f"{other}: a refusal", ours[:2], theirs[:2])
    told = ["no such article" in each.err.splitlines()[-1] for each in (ours, theirs)]
    same(f"{other}: a refusal's words", *told)


@on_both
def test_an_exception(other):
    ours, theirs = type_in(LIKE_THEM, "fails"), type_in(OTHERS[other], "fails")
    same(f"{other}: an exception", ours[:2], theirs[:2])
    same(f"{other}: its traceback", *["ValueError: fails" in each.err for each in (ours, theirs)])


@pytest.mark.parametrize(("other", "theirs"), [("Flask-Script", (3, "")), ("Click", (0, ""))])
def test_what_is_returned(other, theirs):
    seen = type_in(LIKE_THEM, "returns")[:2], type_in(OTHERS[other], "returns")[:2]
    why = (
        "Django prints the value that handle() returns. An exit code is given by "
        "CommandError(…, returncode=3)."
    )
    differs(f"{other}: what a command returns", *seen, why, expected=((0, "3\n"), theirs))


@pytest.mark.parametrize(
    ("other", "theirs"),
    [("Flask-Script", "g: True, request: True"), ("Click", "g: True, request: False")],
)
def test_the_contexts_of_a_command(other, theirs):
    """An application context, and a request that nobody sent."""
    line = "from core.g import g; print(f'g: {bool(g)}')"
    ours = type_in(HERE, "shell", "-v", "0", "-c", line).out.strip()
    seen = ours, type_in(OTHERS[other], "contexts").out.strip()
    why = "A command has no request, so it opens `with core.g.context():` where it needs g."
    differs(f"{other}: contexts around a command", *seen, why, expected=("g: False", theirs))


@on_both
def test_a_question_in_a_pipe(other):
    ours, theirs = type_in(HERE, "create_user"), type_in(OTHERS[other], "asks")
    why = (
        "In a pipe no one can answer a question, so the command names the missing argument "
        "and exits."
    )
    differs(f"{other}: a question in a pipe", ours.code, theirs.code, why, expected=(2, 1))
    assert "create_user NAME" in ours.err


@on_both
def test_shell(other):
    line = "print('at hand:', [n for n in ('app', 'Article', 'User') if n in globals()])\n"
    seen = [type_in(program, "shell", asked=line) for program in (HERE, OTHERS[other])]
    names = [each.out.partition("at hand: ")[2].splitlines()[0] for each in seen]
    why = "Django has no application object. Its shell imports the models instead."
    expected = ("['Article', 'User']", "['app']")
    differs(f"{other}: the shell's names", *names, why, expected=expected)


@on_both
def test_a_server_for_development(other, tmp_path):
    same(
        f"{other}: the server answers",
        served([*HERE, "runserver", "--noreload", "--skip-checks"], "127.0.0.1:{}", tmp_path),
        served([*OTHERS[other], *SERVE[other]], "{}", tmp_path),
    )


def served(command, place, folder):
    port, seen = bound_port(0), []

    def answer():
        with urlopen(f"http://127.0.0.1:{port}/livez") as response:
            seen.append(response.status)

    log = Path(folder, "log")
    as_developed = {"PATH": os.environ["PATH"]}
    with running([*command, place.format(port)], log, as_developed) as server:
        wait_until(answer, URLError, server, log)
    return seen


def test_the_names_of_commands():
    theirs = type_in(OTHERS["Click"], "create-user", "lqz")
    ours = type_in(HERE, "create-user", "lqz")
    why = (
        "A command of Django is named after its module, `create_user`. Click turns the "
        "underscore into a dash."
    )
    differs("create-user", ours.code, theirs.code, why, expected=(1, 0))


@pytest.mark.django_db
def test_create_user():
    said = StringIO()
    call_command("create_user", "lqz_2026", noinput=True, stdout=said, stderr=StringIO())
    theirs = type_in(OTHERS["Click"], "create-user", "lqz_2026").out
    same("create_user: says the name", "lqz_2026" in said.getvalue(), "lqz_2026" in theirs)
    assert User.objects.get(username="lqz_2026").has_usable_password()


def test_flask_script_has_come_to_its_end():
    """Why the notes call it old, and why it stands in an environment of its own."""
    packages = type_in([SCRIPT], "-c", "import flask_script; print(flask_script.__path__[0])").out
    add = f"import sys; sys.path.append({str(Path(packages.strip()).parent)!r}); "
    on_flask_3 = type_in([FLASK], "-c", f"{add}import flask_script")
    why = (
        "manage.py is part of Django and works with each of its versions. Flask-Script is "
        "no longer maintained."
    )
    gone = "ImportError: cannot import name '_request_ctx_stack' from 'flask'"
    seen = type_in(HERE, "custom", "123").code, on_flask_3.err.splitlines()[-1].partition(" (")[0]
    differs("Flask-Script on today's Flask", *seen, why, expected=(0, gone))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="inspect.getargspec is still there")
def test_flask_script_needs_what_python_has_taken_away():
    as_it_is = "from flask_script import Manager; Manager().command(lambda arg: None)"
    error = type_in([SCRIPT], "-c", as_it_is).err.splitlines()[-1]
    assert error.startswith("AttributeError: module 'inspect' has no attribute 'getargspec'")
