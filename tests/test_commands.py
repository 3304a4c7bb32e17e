"""Every command of this project: help, success, refusal, wrong usage; in a pipe and on a terminal.

Each line of LINES is typed as a person types it, one after the other on a fresh site, once with
stdout and stderr in pipes and once on a terminal.
"""

import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pexpect
import pytest

from tests.factories import PASSWORD
from tests.own_apps import OWN_APPS, own_commands

pytestmark = pytest.mark.doors  # on a database of its own
ROOT = Path(__file__).resolve().parent.parent
OWN = own_commands()

SERVED = Path("tests/test_commands_served.py")
# Name: arguments that succeed, are refused (1), are wrong usage (2). A file is the test where
# that is typed, in a pipe and on a terminal too: what needs a server or another environment, or
# runs until it is ended.
LINES: dict[str, tuple[str | Path, str | Path, str]] = {
    "bench": (SERVED, "pool --svg=/", "pool --cap x"),
    "cache_status": (SERVED, SERVED, "--watch x"),
    "clearsessions": ("", SERVED, "extra"),
    "create_user": ("alice_writes --noinput", "alice_writes --noinput", "--noinput"),
    "custom": ("123", "\udcff", ""),
    "end_sessions": ("alice_writes", "unknown", ""),
    "import_articles": ("{posts} --author alice_writes", "{posts} --author unknown", "{posts}"),
    "import_users": (
        "--database FLASK_DATABASE_URL",
        "--database FLASK_DATABASE_URL --map table=x",
        "--database mysql://",
    ),
    "list_sessions": ("alice_writes", "unknown", ""),
    "pool_status": (Path("tests/http/test_commands.py"), "", "--watch 0"),
    "purge_trash": ("--days 30", SERVED, "--days x"),
    "rebuild_search": ("", SERVED, "extra"),
    "rerender_articles": ("", SERVED, "extra"),
    "run_jobs": ("--once", Path("tests/core/jobs/test_running.py"), "extra"),
    "runserver": (SERVED, SERVED, "--threads=x"),
    "seed_demo": ("", SERVED, "extra"),
    "signals": ("user_logged_in", "nothing", "--watch"),
    "startapp": (Path("tests/test_build_an_app.py"), "json", "a-b"),
    "warm_cache": (SERVED, "--url http://127.0.0.1:1", "--newest x"),
}
for app in OWN_APPS:  # an app that is added has its lines beside its tests
    if find_spec(f"tests.{app}") and find_spec(lines := f"tests.{app}.command_lines"):
        LINES |= import_module(lines).LINES

# A value that no site could take is wrong usage too, whichever option it is given to.
VALUES_NEVER_ALLOWED = [
    "bench pool --cap=0",
    "bench pool --cap=1001",
    "bench pool --threads=0",
    "bench pool --threads=x",
    "bench pool --work=-1",
    "bench pool --work=nan",
    "bench pool --work=inf",
    "cache_status --watch=-1",
    "import_articles . --author alice_writes --source=",
    "import_articles . --author alice_writes --source=a/b",
    "cache_status --watch=nan",
    "purge_trash --days=-1",
    "pool_status --watch=0",
    "pool_status --watch=86401",
    "warm_cache --host=",
    "warm_cache --newest=-1",
    "warm_cache --times=-1",
    "warm_cache --times=0",
    "warm_cache --url=ftp://a",
]

DRIVER = """
import json, sys
from django.core.management import execute_from_command_line
for line in json.loads(sys.argv[1]):
    code = 0
    try:
        execute_from_command_line(["manage.py", *line])
    except SystemExit as end:
        code = end.code or 0
    for stream in (sys.stdout, sys.stderr):
        print("~~", code, line[0], file=stream, flush=True)
"""


class Done(NamedTuple):
    code: int
    name: str
    text: str


def outcomes(text: str) -> list[Done]:
    """What stands before each mark of the driver's; a cleared bar may stand on its line."""
    parts = re.split(r"~~ (\d+) (\w+)\s*\n", text)
    rows = zip(parts[0::3], parts[1::3], parts[2::3], strict=False)
    return [Done(int(code), name, said) for said, code, name in rows]


def arguments(kind: int, posts: Path) -> list[list[str]]:
    # In the order of LINES: an account is made before a command of an added app asks for it.
    lines = {name: shown[kind] for name, shown in LINES.items()}
    typed = {name: line for name, line in lines.items() if isinstance(line, str)}
    return [[name, *line.format(posts=posts).split()] for name, line in typed.items()]


class Site:
    def __init__(self, folder: Path) -> None:
        self.environment = {
            "PATH": os.environ["PATH"],
            "TERM": "xterm",
            "PYTHONIOENCODING": "utf-8:strict",
            "PYTHONWARNINGS": "error",
            "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
            "FLASK_DATABASE_URL": f"sqlite:///{folder / 'flask.sqlite3'}",
            "RUN_DIR": str(folder / "run"),
            "DJANGO_USER_PASSWORD": PASSWORD,
            "DJANGO_SECRET_KEY": "tests",
            "DJANGO_SETTINGS_MODULE": "core.settings",
            "DJANGO_ALLOWED_HOSTS": "127.0.0.1",
            "DJANGO_HTTPS": "off",
        }
        with closing(sqlite3.connect(folder / "flask.sqlite3")) as flask, flask:
            flask.execute("CREATE TABLE user (username, password)")
            flask.execute("INSERT INTO user VALUES ('bob_reads', '')")
        self.posts = folder / "posts"
        self.posts.mkdir()
        (self.posts / "one.md").write_text("---\ntitle: One\n---\nText.\n")

    def driven(self, lines: list[list[str]]) -> list[str]:
        return ["-c", DRIVER, json.dumps(lines)]

    def in_a_pipe(self, lines: list[list[str]]) -> tuple[list[Done], list[Done]]:
        done = subprocess.run(
            [sys.executable, *self.driven(lines)],
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
        )
        return outcomes(done.stdout), outcomes(done.stderr)

    def on_a_terminal(self, lines: list[list[str]]) -> list[Done]:
        child = pexpect.spawn(
            sys.executable,
            self.driven(lines),
            cwd=ROOT,
            env=self.environment,
            encoding="utf-8",
            dimensions=(60, 200),
            timeout=120,
        )
        child.expect(pexpect.EOF)
        child.close()
        return outcomes(child.before.replace("\r", ""))[::2]  # said once for each stream


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Site:
    site = Site(tmp_path_factory.mktemp("commands"))
    (out, _) = site.in_a_pipe([["migrate", "-v0"]])
    assert out[0].code == 0
    return site


@pytest.fixture(scope="module")
def in_a_pipe(site) -> tuple[list[Done], list[Done]]:
    return site.in_a_pipe(all_lines(site))


def all_lines(site: Site) -> list[list[str]]:
    helps = [[name, "--help"] for name in OWN]
    unknown = [[name, "--no-such-option"] for name in OWN]
    kinds = [line for kind in range(3) for line in arguments(kind, site.posts)]
    return helps + unknown + kinds


def codes(site: Site) -> list[tuple[str, int]]:
    expected = [(name, 0) for name in OWN] + [(name, 2) for name in OWN]
    for kind, code in enumerate((0, 1, 2)):
        expected += [(line[0], code) for line in arguments(kind, site.posts)]
    return expected


def test_each_command_has_its_line():
    assert sorted(LINES) == OWN


def test_what_is_shown_elsewhere_is_shown_there():
    for name, (*shown, _) in LINES.items():
        for path in shown:
            assert isinstance(path, str) or name in (ROOT / path).read_text(encoding="utf-8")


def test_each_line_ends_with_its_code_in_a_pipe(in_a_pipe, site):
    out, err = in_a_pipe
    assert [(done.name, done.code) for done in out] == codes(site)
    assert [(done.name, done.code) for done in err] == codes(site)


def test_each_line_ends_with_its_code_on_a_terminal(tmp_path):
    site = Site(tmp_path)
    lines = [["migrate", "-v0"], *all_lines(site)]
    done = site.on_a_terminal(lines)[1:]
    assert [(each.name, each.code) for each in done] == codes(site)
    assert "Traceback" not in "".join(each.text for each in done)


def test_a_value_that_is_never_allowed_is_wrong_usage_by_name(site):
    lines = [line.split() for line in VALUES_NEVER_ALLOWED]
    out, err = site.in_a_pipe(lines)
    for line, told, silent in zip(lines, err, out, strict=True):
        option = re.escape(line[-1].partition("=")[0])
        assert (told.code, silent.text) == (2, ""), line
        assert re.search(rf"^.*{option}.* is not allowed; give .+$", told.text, re.MULTILINE), told


def test_help_is_a_small_specification_on_stdout(in_a_pipe):
    out, err = in_a_pipe
    for told, silent in zip(out[: len(OWN)], err[: len(OWN)], strict=True):
        assert told.text.startswith(f"usage: manage.py {told.name} [-h]"), told.name
        assert len(told.text.split("\n\n")[1]) > 30, told.name  # what it does, in words
        assert silent.text == "", told.name


def test_wrong_usage_is_said_on_stderr(in_a_pipe):
    out, err = in_a_pipe
    wrong = [(one, two) for one, two in zip(out, err, strict=True) if two.code == 2]
    assert len(wrong) >= 2 * len(OWN)
    for one, two in wrong:
        assert one.text == "", one.name
        assert "error" in two.text.lower() or "NAME" in two.text, one.name


def test_a_refusal_is_one_clear_line_on_stderr(in_a_pipe):
    out, err = in_a_pipe
    refused = [(one, two) for one, two in zip(out, err, strict=True) if two.code == 1]
    assert len(refused) >= 6
    for one, two in refused:
        lines = [line for line in two.text.splitlines() if not line.startswith("Writing to")]
        assert len(lines) == 1, two
        assert lines[0].startswith("CommandError: "), two
        assert one.text == "", one


def test_a_pipe_gets_no_control_characters(in_a_pipe):
    for stream in in_a_pipe:
        assert [done.name for done in stream if "\x1b" in done.text] == []


def test_the_example_prints_its_argument(in_a_pipe):
    out, _ = in_a_pipe
    assert "123\n" in [done.text for done in out if done.name == "custom"]


@pytest.mark.parametrize("line", [["custom", "中文"], ["create_user", "--help"]])
def test_an_output_that_cannot_show_a_character_is_named_with_its_cure(site, line):
    language = {"DJANGO_LANGUAGE": "zh-hans", "LC_ALL": "C"}

    def typed(encoding: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "manage.py", *line],
            cwd=ROOT,
            env=site.environment | language | {"PYTHONIOENCODING": encoding},
            capture_output=True,
            encoding="utf-8",
        )

    told = typed("ascii")
    assert (told.returncode, told.stdout) == (1, "")
    assert "PYTHONIOENCODING=utf-8" in told.stderr
    assert len(told.stderr.splitlines()) == 1
    assert typed("utf-8").returncode == 0
