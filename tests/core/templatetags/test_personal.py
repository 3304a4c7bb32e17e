"""{% personal %}: a part of a page that is rendered for each reader."""

from collections.abc import Callable
from functools import cache
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.template import Context, RequestContext, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils.translation import gettext_lazy

from core.page_cache.common_pages import public

pytestmark = pytest.mark.django_db
LIBRARIES = "{% load personal i18n tz l10n cache %}"
PART = "{% personal %}{{ user }}{% endpersonal %}"
compiled = cache(lambda source: Template(LIBRARIES + source))


def asked_by(user: object, path: str = "/") -> HttpRequest:
    request = RequestFactory().get(path, HTTP_HOST="testserver")
    request.user = user  # type: ignore[assignment]
    request._messages = []  # type: ignore[attr-defined]
    return request


def shown(template: str, user: object = "Alice", **values: Any) -> str:
    """The template as a public page, rendered once for all and filled for this user."""

    @public(until=lambda: None)
    def view(request: HttpRequest) -> HttpResponse:
        return HttpResponse(compiled(template).render(RequestContext(request, values)))

    return view(asked_by(user)).content.decode()


def test_part_is_rendered_for_each_reader_and_escaped() -> None:
    assert shown(f"<b>a</b>{PART}") == "<b>a</b>Alice"
    assert shown(f"<b>a</b>{PART}", "<Bob>") == "<b>a</b>&lt;Bob&gt;"


def test_part_sees_the_values_it_names_and_nothing_else_of_the_page() -> None:
    template = "{% personal seen=seen %}{{ user }} {{ seen }}{{ unseen }}{% endpersonal %}"
    assert shown(template, seen="1", unseen="2") == "Alice 1"
    request = asked_by("Alice")
    inline = compiled(template).render(RequestContext(request, {"seen": "1", "unseen": "2"}))
    assert inline == "Alice 1"


def test_part_may_stand_in_loops_conditions_includes_and_blocks() -> None:
    values = {
        "part": compiled(PART),
        "child": Template(
            "{% extends base %}" + LIBRARIES + "{% block b %}" + PART + "{% endblock %}"
        ),
        "base": compiled("[{% block b %}{% endblock %}]"),
    }
    template = (
        "{% if 1 %}{% for x in '12' %}{% with y=x %}{{ y }}{% include part %}{% endwith %}"
        "{% endfor %}{% include child %}{% endif %}"
    )
    for user in ("Alice", "Bob"):
        assert shown(template, user, **values) == f"1{user}2{user}[{user}]"


def test_part_of_a_page_without_a_request_knows_no_user() -> None:
    template = compiled("a{% personal x=x %}{{ user }}{{ x }}{{ y }}{% endpersonal %}")
    assert template.render(Context({"x": 1, "y": 2})) == "a1"


ALTERING = [
    "{% autoescape off %}|{% endautoescape %}",
    "{% filter force_escape %}|{% endfilter %}",
    "{% filter upper %}|{% endfilter %}",
    "{% filter lower %}|{% endfilter %}",
    "{% filter truncatechars:5 %}|{% endfilter %}",
    "{% filter striptags %}|{% endfilter %}",
    "{% language 'zh-hans' %}|{% endlanguage %}",
    "{% timezone 'Asia/Tokyo' %}|{% endtimezone %}",
    "{% localtime off %}|{% endlocaltime %}",
    "{% localize off %}|{% endlocalize %}",
    "{% spaceless %}|{% endspaceless %}",
]


@pytest.mark.parametrize("part", [PART, "{% include part %}"])
@pytest.mark.parametrize("around", ALTERING)
def test_tag_that_would_not_reach_a_part_is_refused_around_it(around: str, part: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="nothing around it may change it"):
        shown(around.replace("|", part), part=compiled(PART))


def test_fragment_cache_around_a_part_keeps_nothing_of_a_reader() -> None:
    with pytest.raises(TemplateSyntaxError, match="would be kept for others"):
        Template(LIBRARIES + "{% cache 60 'fragment' %}" + PART + "{% endcache %}")


def test_fragment_cache_around_an_included_part_keeps_nothing_of_a_reader() -> None:
    template = "{% cache 60 'fragment' %}{% include part %}{% endcache %}"
    assert shown(template, part=compiled(PART)) == "Alice"
    with pytest.raises(TemplateSyntaxError, match="nothing around it may change it"):
        shown(template, "Bob", part=compiled(PART))


@pytest.mark.parametrize(
    "template",
    [
        "{{ user }}",
        "{{ request.path }}",
        "{% if user.is_authenticated and 1 %}yes{% endif %}",
        "{% if user == 'Alice' %}yes{% endif %}",
        "{{ user|add:'x' }}",
        "{% if request.path == '/' %}yes{% endif %}",
        "{% for each in messages %}{{ each }}{% endfor %}",
        "{% csrf_token %}",
        "{% if perms.articles %}yes{% endif %}",
        "{% with x=user %}{{ x }}{% endwith %}",
        "{% blocktranslate %}hi {{ user }}{% endblocktranslate %}",
        "{% include part %}",
    ],
)
def test_reader_cannot_be_asked_for_outside_of_a_part(template: str) -> None:
    with pytest.raises(TemplateSyntaxError, match=r"put it into \{% personal %\}"):
        shown(template, part=compiled("{% if user == 'Alice' %}{% endif %}"))


@pytest.mark.parametrize(
    "value", [AnonymousUser(), gettext_lazy("Sign in"), ["a"], {"a": object()}, b"bytes"]
)
def test_value_that_is_not_plain_is_refused(value: object) -> None:
    with pytest.raises(TemplateSyntaxError, match="personal value"):
        shown("{% personal value=value %}{% endpersonal %}", value=value)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("{% personal user %}{% endpersonal %}", "takes NAME=VALUE, not 'user'"),
        ("{% personal %}{% block x %}{% endblock %}{% endpersonal %}", "never be replaced"),
    ],
)
def test_wrong_use_is_refused_when_the_template_is_read(source: str, message: str) -> None:
    with pytest.raises(TemplateSyntaxError, match=message):
        Template(LIBRARIES + source)


def test_page_without_parts_asks_nothing_of_the_reader() -> None:
    def user() -> None:
        raise AssertionError

    lazy: Callable[[], None] = user
    assert shown("<p>the same</p>", lazy) == "<p>the same</p>"
