"""The preview beside the text, which the editor's script asks for."""

from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from articles.views import live_preview
from core.http.attempts import Limit
from core.markdown.budgets import CHARACTERS
from tests.factories import make_user

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}


def asked(client: Client, body: str, **fields: str) -> HttpResponse:
    return client.post("/articles/preview/", {"body": body, **fields}, headers=JSON)


def found(client: Client, body: str, **fields: str) -> dict[str, Any]:
    answer = asked(client, body, **fields)
    assert answer.status_code == 200
    assert "no-store" in answer["Cache-Control"]
    return answer.json()  # type: ignore[attr-defined,no-any-return]


def test_text_comes_back_as_html_with_its_language_and_lines(alice_client: Client):
    preview = found(alice_client, "Some **bold**\r\nwords and many more.\r\n\r\n今天。")
    assert '<p data-line="0">Some <strong>bold</strong>' in preview["html"]
    assert '<p data-line="3">今天。</p>' in preview["html"]
    assert preview["language"] == "zh-Hans"
    assert preview["remarks"] == []


def test_line_breaks_are_kept_as_the_form_asks(alice_client: Client):
    assert "<br" not in found(alice_client, "a\nb")["html"]
    assert "<br" in found(alice_client, "a\nb", breaks="on")["html"]


def test_html_is_sanitized(alice_client: Client):
    html = found(
        alice_client, "<script>x</script><img src=/x onerror=y><a href=javascript:z>a</a>"
    )["html"]
    assert not {"script", "onerror"} & set(html.replace("=", " ").replace("<", " ").split())
    assert "javascript" not in html


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "", "0 words"),
        ("en", "One word's", "3 words · 1 minute to read"),
        ("en", "汉字 and words", "2 Chinese characters · 2 words · 1 minute to read"),
        ("en", "word " * 1_100, "1,100 words · 5 minutes to read"),
        ("zh-hans", "汉" * 1_050, "1,050 个汉字 · 阅读约 3 分钟"),
    ],
)
def test_length_is_counted_in_chinese_and_english(
    alice_client: Client, language: str, text: str, expected: str
):
    alice_client.defaults["HTTP_ACCEPT_LANGUAGE"] = language
    assert found(alice_client, text)["length"] == expected


def test_text_over_a_limit_is_named_and_counted(alice_client: Client):
    preview = found(alice_client, "x " * (CHARACTERS // 2 + 1))
    assert "html" not in preview
    assert preview["remarks"] == ["The text has 500,002 characters; at most 500,000 are allowed."]
    assert preview["length"].startswith("250,001 words")


def test_previews_are_counted_for_each_account_by_length(alice_client: Client, monkeypatch):
    limits = {1_000: Limit("a", 300, 600), CHARACTERS: Limit("b", 1, 600)}
    monkeypatch.setattr(live_preview, "LIMITS", limits)
    assert found(alice_client, "x")["pause"] == 2
    assert found(alice_client, "x\n" * 1_000)["pause"] == 600
    assert asked(alice_client, "x").status_code == 200
    answer = asked(alice_client, "x\n" * 1_000)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 600
    assert answer.json()["detail"]  # type: ignore[attr-defined]
    bob = Client()
    bob.force_login(make_user("bob_reads"))
    assert asked(bob, "x\n" * 1_000).status_code == 200


@pytest.mark.parametrize("path", ["/articles/preview/", "/articles/paste/"])
def test_only_authors_are_answered(client: Client, path: str):
    answer = client.post(path, {"body": "x"}, headers=JSON)
    assert answer.status_code == 401
    assert answer.json()["detail"].startswith("You are signed out.")  # type: ignore[attr-defined]
    reader = make_user("reader_only")
    reader.groups.clear()
    client.force_login(reader)
    assert client.post(path, {"body": "x"}, headers=JSON).status_code == 403
    assert client.get(path).status_code == 405
