"""A proxy that is not trusted is named once, where its visitors would be redirected in a circle."""

from threading import Lock

import pytest
from django.test import Client

from core.http import trusted_proxies

HTTPS = {"HTTP_X_FORWARDED_PROTO": "https"}


@pytest.fixture
def visit(settings, monkeypatch, caplog):
    """`visit(peer, **headers)` is what a new process logs of three such requests."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

    def logged(peer: str, **headers: str) -> list[str]:
        monkeypatch.setattr(trusted_proxies, "_first", Lock())
        client = Client(REMOTE_ADDR=peer, **headers)
        for _ in range(3):
            client.get("/login?next=/")
        return [
            each.getMessage() for each in caplog.records if each.name.endswith("trusted_proxies")
        ]

    return logged


@pytest.mark.parametrize("headers", [HTTPS, {"HTTP_FORWARDED": "for=7.7.7.7;proto=https"}])
def test_a_proxy_that_is_not_trusted_is_named_once_with_what_to_set(visit, settings, headers):
    settings.INKPOOL_TRUSTED_PROXIES = ["10.0.0.1"]
    (line,) = visit("10.0.0.9", **headers)
    assert "DJANGO_TRUSTED_PROXIES=10.0.0.9" in line
    assert "/login?next=/" in line


def test_a_peer_on_a_socket_file_is_called_unix(visit, settings):
    settings.INKPOOL_TRUSTED_PROXIES = []
    (line,) = visit("", **HTTPS)
    assert "DJANGO_TRUSTED_PROXIES=unix" in line


def test_a_trusted_proxy_whose_headers_do_not_count_is_told_which_do(visit, settings):
    settings.INKPOOL_TRUSTED_PROXIES, settings.INKPOOL_PROXY_HEADERS = ["10.0.0.1"], "forwarded"
    (line,) = visit("10.0.0.1", **HTTPS)
    assert "DJANGO_PROXY_HEADERS counts forwarded" in line


@pytest.mark.parametrize(
    ("peer", "headers"),
    [("10.0.0.1", HTTPS), ("10.0.0.9", {}), ("10.0.0.9", {"HTTP_X_FORWARDED_PROTO": "http"})],
)
def test_other_redirects_are_not_worth_a_line(visit, settings, peer, headers):
    settings.INKPOOL_TRUSTED_PROXIES = ["10.0.0.1"]
    assert visit(peer, **headers) == []


def test_without_redirects_there_is_nothing_to_say(visit, settings):
    settings.SECURE_SSL_REDIRECT, settings.INKPOOL_TRUSTED_PROXIES = False, []
    assert visit("10.0.0.9", **HTTPS) == []
