"""The live tour: what it shows is so, and who may see it."""

import html
import re
from typing import Any

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from core.guide.trials import NAME, TRIALS
from tests.factories import make_user

pytestmark = pytest.mark.django_db
TOUR = reverse("guide:tour")


@pytest.fixture
def dana(client: Client) -> Client:
    client.force_login(make_user("dana12", is_staff=True))
    return client


def tried(client: Client, name: str) -> dict[str, str]:
    answer = client.post(reverse("guide:trial", args=[name]))
    assert answer.status_code == 200
    rows = re.findall(r'<th scope="row">(.*?)</th>\s*<td>(.*?)</td>', answer.content.decode(), re.S)
    return {html.unescape(label): html.unescape(value) for label, value in rows}


@pytest.mark.parametrize("who", ["charlie", "bob"])
def test_it_is_for_the_staff(client: Client, who: str):
    if who == "bob":
        client.force_login(make_user("bob_reads"))
    assert client.get(TOUR).status_code == 404
    for name in TRIALS:
        assert client.post(reverse("guide:trial", args=[name])).status_code == 404


def test_and_for_everybody_in_development(client: Client, settings: Any):
    settings.DEBUG = True
    assert client.get(TOUR).status_code == 200
    assert tried(client, "session")
    assert tried(client, "session")["visits, counted in it"] == "2"


def test_looking_tries_nothing(dana: Client):
    assert "<th" not in dana.get(TOUR).content.decode()
    assert dana.get(reverse("guide:trial", args=["g"])).status_code == 405
    assert dana.post(reverse("guide:trial", args=["nothing"])).status_code == 404


def test_a_trial_asks_for_the_token(dana: Client):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = dana.cookies
    assert strict.post(reverse("guide:trial", args=["set"])).status_code == 403
    assert cache.get(NAME) is None


def test_the_session_is_named_by_its_hash_and_never_by_its_id(dana: Client):
    rows = tried(dana, "session")
    session = dana.session
    assert session.id_hash[:40] in rows["kept under"]
    assert 0 < int(rows["time to live"].removesuffix(" s")) <= settings.SESSION_COOKIE_AGE
    assert "_auth_user_id" in rows["names in it"]
    secret = dana.cookies[settings.SESSION_COOKIE_NAME].value
    answer = dana.post(reverse("guide:trial", args=["session"])).content.decode()
    assert secret not in answer
    assert secret.partition(".")[0] not in answer


def test_g_is_empty_in_each_request(dana: Client):
    for _time in range(2):
        assert tried(dana, "g")["g.tour when the request began"] == "not set"


def test_what_one_address_caches_the_other_reads(dana: Client):
    read = f'cache.get("{NAME}")'
    assert tried(dana, "get") == {read: "None"}
    tried(dana, "set")
    rows = tried(dana, "get")
    assert rows[read] == "xxx"
    assert 55 <= int(rows["time to live"].removesuffix(" s")) <= 60


def test_both_receivers_of_the_signal_answer(dana: Client):
    assert tried(dana, "signal") == {
        "polite": "heard “ink” from /docs/try/",
        "clumsy": "I always fail",
    }


def test_the_pool_is_watched_under_load(dana: Client):
    rows = tried(dana, "pool")
    if connection.vendor != "mysql":
        assert rows == {"pool": "none: this is not MySQL. `make stack` has one"}
        return
    assert any("6 of 6 in use" in state for state in rows.values())
    assert any(re.search("[3-5] waiting", state) for state in rows.values())
    assert rows["queries that gave up"] == "0"
