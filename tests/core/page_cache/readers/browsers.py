"""The browsers of readers, and their answers without what differs from one to the next."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as site_settings
from django.middleware.csrf import _unmask_cipher_token
from django.test import Client

from accounts.models import User
from core.page_cache import common_pages, reader_pages
from tests.core.page_cache.cached_client import CachedClient

TOKEN = re.compile(r'(name="csrfmiddlewaretoken" value=")(\w{64})')
OF_ONE_ANSWER = {"X-Request-ID", "Server-Timing"}
LANGUAGES = [{}, {"HTTP_ACCEPT_LANGUAGE": "zh-CN,zh;q=0.9"}, {"HTTP_ACCEPT": "application/json"}]
ACCOUNTS = {"Alice": "alice_writes", "Bob": "bob_reads", "Dana": "dana_staff", "Erin": "erin_edits"}


def browser(name: str, settled: bool = True) -> Client:
    """The browser of one of PEOPLE; settled: it has its CSRF cookie, and its use was noted.

    Charlie's is answered by Django: what anonymous visitors get is tested in test_serving.py."""
    client = CachedClient() if name in ACCOUNTS else Client()
    if name in ACCOUNTS:
        client.force_login(User.objects.get(username=ACCOUNTS[name]))
        if settled:
            client.get("/about/")
    return client


def alike(response: Any, path: str = "") -> tuple[Any, ...]:
    """All of an answer but what differs from one to the next."""
    secret = response.client.cookies.get(site_settings.CSRF_COOKIE_NAME)

    def unmasked(found: re.Match[str]) -> str:
        assert secret is not None and _unmask_cipher_token(found[2]) == secret.value
        return f"{found[1]}TOKEN"

    left_out = OF_ONE_ANSWER
    if path.startswith(("/feeds/", "/sitemap")):  # core.caching adds them to what it shares
        left_out = left_out | {"Vary", "Cache-Status"}
    if response.status_code == 301:  # made by a view whose pages ask for `signed_in`
        left_out = left_out | {"Vary"}
    headers = {name: value for name, value in response.items() if name not in left_out}
    body = TOKEN.sub(unmasked, response.content.decode()).replace(response["X-Request-ID"], "ID")
    return response.status_code, headers, sorted(response.cookies), body


def ordinary(monkeypatch: pytest.MonkeyPatch, client: Client, path: str, **asked: str) -> Any:
    """The answer of the whole stack, with a page that is rendered for this reader alone."""
    with monkeypatch.context() as patch:
        patch.setattr(common_pages, "common_key", lambda *args: None)
        patch.setattr(reader_pages, "page_of", lambda lookup: None)
        return client.get(path, **asked)


def store(values: dict[str, Any]) -> Callable[[Client], None]:
    def change(client: Client) -> None:
        session: Any = client.session
        session.update(values)
        session.save()

    return change


def change_bob(**values: Any) -> Callable[[Client], None]:
    return lambda client: User.objects.filter(username="bob_reads").update(**values) and None
