"""Personal parts are kept for a session if page, user and CSRF token are all they depend on."""

from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.auth.models import AnonymousUser
from django.middleware import csrf
from django.template import Template
from django.test import RequestFactory

from accounts.models import User
from core.http import csrf_token
from core.page_cache import reader_parts
from core.page_cache.gaps import Part, secret
from core.page_cache.reader_parts import NotKept, rendered_to_keep

pytestmark = pytest.mark.django_db


class Page:
    def __init__(self, source: str) -> None:
        template = Template("{% load i18n personal %}" + source)
        self.parts = [Part(template.nodelist, {"named": "1"}, template)]


def rendered(source: str) -> str:
    request: Any = RequestFactory().get("/?q=1", HTTP_COOKIE="theme=dark")
    request.user, request.session = AnonymousUser(), {}
    return rendered_to_keep(Page(source), request)[0]  # type: ignore[arg-type]


KEPT = {
    "{{ user.is_authenticated }}": "False",
    "{% if perms.articles.add %}1{% endif %}": "",
    "{% for m in messages %}{{ m }}{% endfor %}": "",
    "{{ named }} {{ full_path }} {{ signed_in }}": "1 /?q=1 False",
    "{% url 'about' %}": "/about/",
    "{{ csrf_token }}{% if csrf_token %}1{% endif %}": f"{secret()}1",
    "{% csrf_token %}": f'<input type="hidden" name="csrfmiddlewaretoken" value="{secret()}">',
}


@pytest.mark.parametrize("source", KEPT)
def test_part_that_depends_on_page_and_user_is_kept(source: str) -> None:
    assert rendered(source) == KEPT[source]


@pytest.mark.parametrize(
    "source",
    [
        "{{ request.COOKIES.theme }}",
        "{% if request.session.polls_seen %}1{% endif %}",
        "{{ request.META.HTTP_USER_AGENT|default:'' }}",
        "{{ request }}",
        "{{ csrf_token|upper }}",
        "{{ csrf_token|lower }}",
        "{{ csrf_token|add:'x' }}",
        "{{ csrf_token|slice:':9' }}",
        "{{ csrf_token|length }}",
        "{% if csrf_token == 'x' or csrf_token|first == 'x' %}{% endif %}",
        "{% with t=csrf_token %}{% filter upper %}{{ t }}{% endfilter %}{% endwith %}",
        "{% personal %}{{ user }}{% endpersonal %}",
    ],
)
def test_part_that_depends_on_more_is_not_kept(source: str) -> None:
    with pytest.raises(NotKept):
        rendered(source)


def test_part_that_reads_the_database_is_not_kept() -> None:
    request = RequestFactory().get("/")
    request.user, request.session = AnonymousUser(), {}  # type: ignore[assignment]
    page: Any = Page("{% for each in named %}{{ each }}{% endfor %}")
    page.parts[0].values["named"] = User.objects.filter(username="bob_reads")
    with pytest.raises(NotKept):
        rendered_to_keep(page, request)


def test_unknown_context_processor_keeps_no_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader_parts, "allowed_processors", set())
    with pytest.raises(NotKept):
        rendered("{{ user }}")


def test_each_page_has_its_own_mask_of_the_token() -> None:
    tokens = {csrf_token.masked("a" * 32) for _ in range(50)}
    assert len(tokens) == 50
    for token in tokens:
        csrf._check_token_format(token)
        assert csrf._does_token_match(token, "a" * 32)


@pytest.mark.parametrize("shift", range(62))
def test_token_is_that_which_django_makes_of_the_same_mask(shift: int) -> None:
    characters = csrf.CSRF_ALLOWED_CHARS
    mask, whole = (characters[shift:] + characters[:shift])[:32], characters * 2
    for start in (0, 31):
        secret = whole[start : start + 32]
        with (
            patch.object(csrf_token, "new_mask", lambda: mask),
            patch.object(csrf, "_get_new_csrf_string", lambda: mask),
        ):
            assert csrf_token.masked(secret) == csrf._mask_cipher_secret(secret)


def test_each_byte_of_a_mask_is_dropped_or_one_of_62_characters_four_times() -> None:
    kept = bytes(range(256)).translate(csrf_token.MASK_OF, csrf_token.DROPPED).decode()
    assert sorted(kept) == sorted(csrf.CSRF_ALLOWED_CHARS * 4)


def test_mask_is_drawn_again_if_too_many_bytes_were_dropped() -> None:
    draws = iter([b"\xff" * 48, bytes(48)])
    with patch.object(csrf_token.os, "urandom", lambda count: next(draws)):
        assert csrf_token.new_mask() == "a" * 32
