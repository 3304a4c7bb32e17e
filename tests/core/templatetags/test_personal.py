"""{% personal %}: what within a {% shared %} block is rendered for each reader."""

from typing import Any

import pytest
from django.template import TemplateSyntaxError
from django.template.base import TextNode

from core.templatetags.shared import blocks
from tests.core.templatetags.test_shared import BLOCK, compiled, rendered

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def empty() -> None:
    blocks.clear()


PERSONAL = BLOCK.replace("</b>", "</b>{% personal %}<i>{{ user }}</i>{% endpersonal %}")


def show_to(user: object, value: str = "a", template: str = PERSONAL, **more: Any) -> str:
    return rendered(template, value=lambda: value, user=user, **{"number": 1, **more})


def test_a_personal_part_is_rendered_for_each_reader() -> None:
    assert show_to("Alice") == "<b>a</b><i>Alice</i>"
    assert show_to("<Bob>", "b") == "<b>a</b><i>&lt;Bob&gt;</i>"
    assert show_to("Bob", number=None) == "<b>a</b><i>Bob</i>"


def test_nothing_personal_is_kept() -> None:
    show_to("Alice")
    (block,) = blocks._pages.values()
    assert [each.s for each in block.parts if isinstance(each, TextNode)] == ["<b>a</b>", ""]


def test_a_personal_part_sees_the_page_and_not_the_block() -> None:
    template = PERSONAL.replace("{{ user }}", "{{ user }} {{ other }}")
    template = template.replace("<b>", "{% with user='nobody' other='x' %}<b>")
    template = template.replace("{% endshared %}", "{% endwith %}{% endshared %}")
    assert show_to("Bob", template=template, other="y") == "<b>a</b><i>Bob y</i>"


def test_personal_parts_may_repeat_and_blocks_may_nest() -> None:
    inner = '{% for each in "12" %}' + PERSONAL + "{% endfor %}"
    template = '{% load shared %}{% shared "outer" number using value %}' + inner.replace(
        "using value", ""
    ).replace("{{ value }}", "{{ number }}")
    template += "{% endshared %}"
    assert show_to("Bob", template=template) == "<b>1</b><i>Bob</i>" * 2
    assert show_to("Dana", template=template) == "<b>1</b><i>Dana</i>" * 2


LOST = [
    "{% autoescape off %}|{% endautoescape %}",
    "{% filter force_escape %}|{% endfilter %}",
    "{% filter upper %}|{% endfilter %}",
    "{% filter truncatechars:5 %}|{% endfilter %}",
    "{% language 'zh-hans' %}|{% endlanguage %}",
    "{% timezone 'Asia/Tokyo' %}|{% endtimezone %}",
    "{% localtime off %}|{% endlocaltime %}",
    "{% localize off %}|{% endlocalize %}",
    "{% spaceless %}|{% endspaceless %}",
    "{% ifchanged %}|{% endifchanged %}",
    "{% if 1 %}{% filter upper %}{% for x in '1' %}|{% endfor %}{% endfilter %}{% endif %}",
]
LIBRARIES = "{% load shared i18n tz l10n cache %}"
PART = LIBRARIES + "{% personal %}{{ user }}{% endpersonal %}"


NESTED = "{% shared 'nested' %}" + PART + "{% endshared %}"


@pytest.mark.parametrize("around", LOST)
def test_what_would_not_reach_a_personal_part_may_not_be_around_it(around: str) -> None:
    for part in (PART, "{% include part %}", NESTED):
        inner = around.replace("|", part)
        template = LIBRARIES + "{% shared 'lost' using part %}" + inner + "{% endshared %}"
        with pytest.raises(TemplateSyntaxError, match="only if, for, with, include and block may"):
            rendered(template, user="<Alice>", part=lambda: compiled(PART))


def test_a_cache_around_a_personal_part_keeps_nothing_of_it() -> None:
    part = LIBRARIES + "{% cache 60 'fragment' %}" + PART + "{% endcache %}"
    template = LIBRARIES + "{% shared 'lost' using part %}{% include part %}{% endshared %}"
    for _ in range(2):
        with pytest.raises(TemplateSyntaxError, match='within "cache 60'):
            rendered(template, user="Alice", part=lambda: compiled(part))


def test_what_only_chooses_or_repeats_may_be_around_a_personal_part() -> None:
    template = LIBRARIES + (
        "{% shared 'kept' using part child base %}{% if 1 %}{% for x in '12' %}{% with y=x %}"
        "{% include part %}{% endwith %}{% endfor %}{% include child %}{% endif %}{% endshared %}"
    )
    child = "{% extends base %}{% block b %}" + PART + "{% endblock %}"
    values = {
        "part": lambda: compiled(PART),
        "child": lambda: compiled(child),
        "base": lambda: compiled("[{% block b %}{% endblock %}]"),
    }
    for user in ("Alice", "Bob"):
        assert rendered(template, user=user, **values) == f"{user}{user}[{user}]"


def test_a_filter_around_the_whole_block_reaches_also_its_personal_part() -> None:
    template = "{% load shared %}{% filter upper %}" + PERSONAL + "{% endfilter %}"
    assert [show_to(user, template=template) for user in ("Alice", "Bob")] == [
        "<B>A</B><I>ALICE</I>",
        "<B>A</B><I>BOB</I>",
    ]
