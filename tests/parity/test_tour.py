"""Flask's programs of the live tour, run on the real packages, beside the trials here."""

import re

import pytest
from django.conf import settings

from tests.core.guide.test_tour import tried
from tests.parity.book import same
from tests.parity.conftest import mariadb

pytestmark = [pytest.mark.parity, pytest.mark.django_db(transaction=True)]
SUBJECT = "samples"
PROGRAMS = settings.BASE_DIR / "templates" / "guide" / "flask"


@pytest.fixture
def run(flask):
    """Runs a program of the tour and returns what it leaves: see flask_samples.FINDS."""

    def found(name):
        code = (PROGRAMS / f"{name}.py").read_text(encoding="utf-8")
        code = re.sub(r"^SERVER = .+$", f"SERVER = {mariadb()!r}", code, flags=re.MULTILINE)
        return flask("shown", samples=[code], name=f"tour-{name}")["found"]

    return found


def test_session(run, dana_client):
    tried(dana_client, "session")
    ours = [tried(dana_client, "session")["visits, counted in it"] for _ in range(2)]
    theirs = run("session")
    same("tour: the counter goes up by", int(ours[1]) - int(ours[0]), 1)
    same("tour: visits in the session", [1, 2], [each["visits"] for each in theirs])


def test_g(run, dana_client):
    ours = [tried(dana_client, "g")["g.tour when the request began"] for _ in range(2)]
    same("tour: g at the beginning of two requests", ours, [each["before"] for each in run("g")])


def test_cache(run, dana_client):
    tried(dana_client, "set")
    ours = next(iter(tried(dana_client, "get").values()))
    same("tour: cache.get after cache.set", ours, run("get"))
    assert run("set") == ["index", "xxx"]


def test_pool(run, dana_client):
    rows = tried(dana_client, "pool")
    cap = max(int(found) for found in re.findall(r"(\d+) of 6 in use", " ".join(rows.values())))
    same("tour: ten slow queries: answered, and connections", [10, cap], run("pool"))
    assert rows["timed out"] == "0"


def test_signal(run, dana_client):
    rows = tried(dana_client, "signal")
    failed = rows["clumsy"].removeprefix("ValueError: ")
    same("tour: the error of a receiver reaches the sender", ["clumsy", failed], run("signal")[-1])


def test_login(run, dana_client):
    from accounts.forms import NameField, PasswordField
    from accounts.login_form_trial import broken_rule

    pairs = [("", ""), ("lqz", "1234567"), ("alice_writes", "12345678"), ("lqz_blog", "Blue$ink7")]
    ours = [
        [
            field
            for field, judge, value in (("name", NameField(), name), ("pwd", PasswordField(), pwd))
            if broken_rule(judge, value)[0]
        ]
        for name, pwd in pairs
    ]
    same("tour: the fields that are refused", ours, run("login"))


def test_every_trial_has_its_program(dana_client):
    from core.guide.trials import TRIALS

    assert {path.stem for path in PROGRAMS.glob("*.py")} == TRIALS.keys()
