"""Pages that cached() keeps: which visitors share them, and which are never kept."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as site
from django.http import HttpResponse
from django.test import AsyncClient, Client
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from accounts.models import User
from core.caching.view_policy import is_shareable, sorted_query
from tests.factories import make_user

pytestmark = pytest.mark.urls("tests.core.caching.caching_views")
PNG = "image/png"


@pytest.fixture
def hosts(settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["testserver", "other.test"]


def test_second_anonymous_visitor_is_given_the_page(calls: list[str]) -> None:
    first, second = Client().get("/shared"), Client().get("/shared")
    assert (first.content, first.status_code) == (second.content, second.status_code)
    assert (first["X-Described"], first["Content-Type"]) == (
        second["X-Described"],
        second["Content-Type"],
    )
    assert (first["Cache-Status"], second["Cache-Status"]) == (
        "Inkpool; fwd=miss; stored; detail=cached",
        "Inkpool; hit; detail=cached",
    )
    assert calls == ["/shared"]
    assert first["Vary"] == second["Vary"] == "Accept, Accept-Language, Cookie"


@pytest.mark.parametrize(
    "address", ["/rendered", "/later", "/parity/1", "/constant/1", "/class", "/method"]
)
def test_each_kind_of_view_is_kept(address: str, calls: list[str]) -> None:
    pages = [Client().get(address).content for _ in range(3)]
    assert len(set(pages)) == 1 == len(calls)


async def ask_twice(address: str) -> list[bytes]:
    return [(await AsyncClient().get(address)).content for _ in range(2)]


def test_async_views_are_kept_under_asgi(calls: list[str]) -> None:
    assert asyncio.run(ask_twice("/later")) == [b"anonymous"] * 2
    assert calls == ["/later"]


KINDS = [
    "csrf", "cookie", "message", "error", "elsewhere", "stream", "file", "short",
    "packed", "Cache-Control:private", "Cache-Control:no-store, max-age=60", "Vary:Cookie",
    "Vary:X-Theme", "Vary:*", "Vary:Accept, *", "Cache-Control:no-cache", "Cache-Control:max-age=0",
    'Cache-Control:private="X-A"', "Cache-Control:NO-CACHE , max-age=9",
    "Cache-Control:s-maxage=0, max-age=60", "Cache-Control:max-age=soon",
    "Cache-Control:max-age=-1", "Set-Cookie:a=b", "Expires:0",
    "Expires:Thu, 01 Jan 1970 00:00:01 GMT",
]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_page_made_for_one_visitor_is_not_kept(kind: str, calls: list[str]) -> None:
    asks_twice(kind, calls)


def test_page_with_a_csrf_token_is_not_kept_for_a_visitor_with_the_cookie(calls: list[str]) -> None:
    client = Client()
    client.get("/odd/csrf")
    assert site.CSRF_COOKIE_NAME in client.cookies
    assert "Cache-Status" not in client.get("/odd/csrf")
    assert "Cache-Status" not in Client().get("/odd/csrf")
    assert len(calls) == 3


def test_each_time_zone_has_its_own_page(calls: list[str]) -> None:
    pages = []
    for zone in ("Asia/Shanghai", "Europe/Berlin", "Asia/Shanghai"):
        with timezone.override(zone):
            pages.append(Client().get("/zone").content)
    assert pages == [b"Asia/Shanghai", b"Europe/Berlin", b"Asia/Shanghai"]
    assert len(calls) == 2


@pytest.mark.django_db(transaction=True)
def test_page_that_changes_a_session_is_not_kept(calls: list[str]) -> None:
    asks_twice("session", calls)


def asks_twice(kind: str, calls: list[str]) -> None:
    for _ in range(2):
        response = Client().get(f"/odd/{kind}")
        assert "Cache-Status" not in response
        b"".join(response) if response.streaming else response.content
    assert len(calls) == 2


def test_page_that_shows_a_session_is_not_kept(rf: Any) -> None:
    request, page = rf.get("/"), HttpResponse("hello alice")
    request.session = SimpleNamespace(accessed=True, modified=False, is_empty=lambda: True)
    assert is_shareable(request, page)
    request.session.is_empty = lambda: False
    assert not is_shareable(request, page)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "Bearer x"},
        {"Cookie": f"{site.SESSION_COOKIE_NAME}=x"},
        {"Cookie": "messages=x"},
        {"Content-Type": "text/plain; charset=utf-16"},  # in which ?page=2 says nothing
    ],
    ids=str,
)
@pytest.mark.django_db(transaction=True)
def test_visitor_who_is_not_anonymous_neither_gets_nor_fills_a_page(
    headers: dict[str, str], calls: list[str]
) -> None:
    Client().get("/shared/1")
    pages = [Client(headers=headers).get(f"/shared/{number}") for number in (1, 2)]
    pages.append(Client().get("/shared/2"))
    assert [page.headers.get("Cache-Status", "")[:12] for page in pages] == ["", "", "Inkpool; fwd"]
    assert calls == ["/shared/1", "/shared/1", "/shared/2", "/shared/2"]


def test_post_is_not_answered_from_the_cache(calls: list[str]) -> None:
    for _ in range(2):
        Client().post("/odd/X-A:b")
    assert len(calls) == 2


NAMES = ["", "alice_writes", "bob_reads"]
asked = st.fixed_dictionaries(
    {
        "name": st.sampled_from(NAMES),
        "address": st.sampled_from(["/shared", "/shared/1", "/shared/2"]),
        "method": st.sampled_from(["get", "head"]),
        "language": st.sampled_from(["en", "zh-hans", "zh-CN,en;q=0.1", "fr"]),
        "cookie": st.sampled_from(["", "en", "zh-hans"]),
        "accept": st.sampled_from(["text/html", "application/json", "*/*", PNG, ""]),
        "host": st.sampled_from(["testserver", "other.test"]),
        "secure": st.booleans(),
    }
)


@pytest.mark.django_db(transaction=True)
@settings(
    max_examples=8,
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(requests=st.lists(asked, min_size=10, max_size=30))
def test_no_visitor_is_given_a_page_made_for_another(
    requests: list[dict[str, Any]], hosts: None
) -> None:
    """Whatever was asked before, each is answered as if nothing were cached."""
    clients = {name: Client() for name in NAMES}
    for name in NAMES[1:]:
        user = User.objects.filter(username=name).first() or make_user(name)
        clients[name].force_login(user)
    for each in requests:
        assert ask(clients, each) == ask(clients, each, "?anew")


def ask(clients: dict[str, Client], each: dict[str, Any], query: str = "") -> tuple[str, bytes]:
    client = clients[each["name"]]
    client.cookies.pop(site.LANGUAGE_COOKIE_NAME, None)
    if each["cookie"]:
        client.cookies[site.LANGUAGE_COOKIE_NAME] = each["cookie"]
    headers = {"Accept-Language": each["language"], "Host": each["host"]}
    headers |= {"Accept": each["accept"]} if each["accept"] else {}
    send = getattr(client, each["method"])
    response = send(each["address"] + query, headers=headers, secure=each["secure"])
    return response["X-Described"], response.content


def test_query_is_in_the_key_only_with_query_string(calls: list[str]) -> None:
    assert Client().get("/shared?a=1").content == Client().get("/shared?a=2").content
    addresses = ["a=1&b=2", "b=2&a=1", "a=1&b=", "a=1", "b=1&a=1&a=2", "a=1&a=2&b=1", "b=1&a=2&a=1"]
    pages = [Client().get(f"/searched?{query}").content for query in addresses]
    assert pages[0] == pages[1]
    assert pages[4] == pages[5] != pages[6]  # request.GET["a"] is the last of them
    assert len(set(pages)) == 5
    assert len(calls) == 1 + 5


def test_query_is_the_same_as_text_mapping_and_pairs() -> None:
    as_text = sorted_query("?b=2&a=1&a=3")
    assert (
        as_text
        == sorted_query({"a": [1, 3], "b": 2})
        == sorted_query([("a", 1), ("b", 2), ("a", 3)])
        != sorted_query([("a", 3), ("b", 2), ("a", 1)])
    )


def test_make_cache_key_decides_which_addresses_share_a_page(calls: list[str]) -> None:
    pages = [Client().get(f"/parity/{number}").content for number in (1, 3, 2)]
    assert pages[0] == pages[1] != pages[2]
    pages = [Client().get(f"/constant/{number}").content for number in (1, 2)]
    assert pages[0] == pages[1]


def test_max_age_of_a_page_is_its_timeout(calls: list[str], monkeypatch: Any) -> None:
    now = time.time()
    Client().get("/odd/Cache-Control:max-age=5")
    monkeypatch.setattr(time, "time", lambda: now + 4)
    Client().get("/odd/Cache-Control:max-age=5")
    assert len(calls) == 1
    monkeypatch.setattr(time, "time", lambda: now + 6)
    Client().get("/odd/Cache-Control:max-age=5")
    assert len(calls) == 2
