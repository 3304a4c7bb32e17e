"""{% shared %}: a part of a page, rendered once for all readers, with nothing of one."""

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.messages import constants
from django.db import transaction
from django.template import (
    Context,
    Engine,
    RequestContext,
    Template,
    TemplateDoesNotExist,
    TemplateSyntaxError,
)
from django.test import RequestFactory, override_settings
from django.utils import timezone
from django.utils.translation import override
from pytest_django import DjangoAssertNumQueries

from core.invalidation.generations import generations
from core.templatetags import shared
from core.templatetags.shared import blocks, next_change

pytestmark = pytest.mark.django_db(transaction=True)
BLOCK = '{% load shared %}{% shared "test" number using value %}<b>{{ value }}</b>{% endshared %}'


@pytest.fixture(autouse=True)
def empty() -> Iterator[None]:
    next_change()()  # what the test before has undone is known by now
    blocks.clear()
    yield
    blocks.clear()


@pytest.fixture
def numbers() -> Callable[[str], int]:
    """How often something was counted since the test began."""
    slots = shared.numbers.slots()
    before = {name: slots.get(name) for name in slots.at}
    return lambda name: slots.get(name) - before[name]


compiled = cache(Template)  # what is compiled anew from a string is another template


def rendered(template: str, **values: Any) -> str:
    request = RequestFactory().get("/")
    request.user = values.pop("user", AnonymousUser())
    request._messages = []  # type: ignore[attr-defined]
    return compiled(template).render(RequestContext(request, values))


def show(value: object, number: int | None = 1, template: str = BLOCK) -> str:
    return rendered(template, value=lambda: value, number=number)


def test_it_is_rendered_once_for_each_key_until_something_is_written() -> None:
    assert [show("a"), show("b"), show("c", number=2)] == ["<b>a</b>", "<b>a</b>", "<b>c</b>"]
    generations().bump(1)
    assert show("d") == "<b>d</b>"


def test_each_language_has_its_own() -> None:
    show("hello")
    with override("zh-hans"):
        assert show("你好") == "<b>你好</b>"
    assert show("never") == "<b>hello</b>"


def test_what_is_written_while_it_is_made_makes_it_anew() -> None:
    def old() -> str:
        generations().bump(1)
        return "old"

    assert rendered(BLOCK, number=1, value=old) == "<b>old</b>"
    assert show("new") == "<b>new</b>"


def test_it_ends_when_the_next_article_is_due() -> None:
    next_change.cache_clear()
    with override_settings(INKPOOL_NEXT_CHANGE="tests.core.templatetags.test_shared.just_now"):
        show("before")
        assert show("after") == "<b>after</b>"
    next_change.cache_clear()


def just_now() -> Any:
    return timezone.now() - timedelta(milliseconds=1)


def test_nothing_is_kept_or_taken_within_a_transaction() -> None:
    show("outside")
    with transaction.atomic():
        assert show("within") == "<b>within</b>"
    assert show("never") == "<b>outside</b>"


@pytest.mark.parametrize("number", [None, "missing"])
def test_a_key_of_which_a_part_is_missing_keeps_nothing(number: str | None) -> None:
    values = {} if number == "missing" else {"number": None}
    assert rendered(BLOCK, value=lambda: "a", **values) == "<b>a</b>"
    assert rendered(BLOCK, value=lambda: "b", **values) == "<b>b</b>" and not len(blocks)


@pytest.mark.parametrize(
    "inner",
    [
        "{{ user }}",
        "{{ request.path }}",
        "{% if user.is_authenticated and 1 %}yes{% endif %}",
        "{% if request.path == '/' %}yes{% endif %}",
        "{% for each in messages %}{{ each }}{% endfor %}",
        "{% csrf_token %}",
        "{% if perms.articles %}yes{% endif %}",
        "{{ DEFAULT_MESSAGE_LEVELS }}",
        "{{ other }}",
        "{% with x=user %}{{ x }}{% endwith %}",
        "{% for each in value %}{{ user }}{% endfor %}",
        "{% load i18n %}{% blocktranslate %}hi {{ user }}{% endblocktranslate %}",
        "{% include part only %}",
        "{% shared 'inner' %}{% if user == 'Alice' %}yes{% endif %}{% endshared %}",
    ],
)
def test_nothing_of_the_visitor_or_the_page_can_be_asked(inner: str) -> None:
    template = BLOCK.replace("using value", "using value part").replace("<b>{{ value }}</b>", inner)
    values = {"value": lambda: "a", "part": lambda: Template("{% if user == 'Alice' %}{% endif %}")}
    with pytest.raises(TemplateSyntaxError, match="put it into"):
        rendered(template, number=1, other=constants.INFO, **values)
    assert not len(blocks)


def test_a_loop_may_stand_in_a_block_that_stands_in_a_loop() -> None:
    template = BLOCK.replace("{{ value }}", "{% for each in value %}{{ each }}{% endfor %}")
    looped = template.replace("{% shared", "{% for number in '12' %}{% shared") + "{% endfor %}"
    assert show("ab", template=looped) == "<b>ab</b>" * 2


def test_blocks_of_one_line_and_key_are_two() -> None:
    template = "{% load shared %}{% shared 1 %}a{% endshared %}{% shared 1 %}b{% endshared %}"
    assert [rendered(template), rendered(template)] == ["ab", "ab"]


def test_two_templates_made_of_strings_are_two() -> None:
    assert [show("a"), show("b", template="…" + BLOCK)] == ["<b>a</b>", "…<b>b</b>"]


def test_a_file_read_again_is_the_same_template_until_it_changes() -> None:
    files = {"page.html": BLOCK}
    engine = Engine(
        loaders=[("django.template.loaders.locmem.Loader", files)],
        libraries={"shared": "core.templatetags.shared"},
    )

    def page(value: str) -> str:
        context = Context({"number": 1, "value": lambda: value})
        return engine.get_template("page.html").render(context)

    assert [page("a"), page("b")] == ["<b>a</b>"] * 2 and len(blocks) == 1
    files["page.html"] = BLOCK.replace("b>", "i>")
    assert page("c") == "<i>c</i>"


def test_a_part_of_the_key_may_have_a_name() -> None:
    template = BLOCK.replace("number using", "n=user.is_anonymous using").replace(
        "value }}", "n }}"
    )
    assert show(1, template=template) == "<b>True</b>"


def test_what_was_kept_and_no_longer_holds_is_counted(numbers: Callable[[str], int]) -> None:
    show("a"), show("b")
    generations().bump(1)
    show("c")
    assert [numbers(name) for name in ("hits", "misses", "outdated")] == [1, 2, 1]


def test_in_development_an_error_within_is_shown_as_what_it_is() -> None:
    engine = Engine(debug=True, libraries={"shared": "core.templatetags.shared"})
    for inner in ("{{ user }}", "{% include nothing %}"):
        template = engine.from_string(BLOCK.replace("{{ value }}", inner))
        values = {"number": 1, "value": lambda: "a", "user": "Alice"}
        with pytest.raises((TemplateSyntaxError, TemplateDoesNotExist)) as caught:
            template.render(Context(values))
        assert inner in caught.value.template_debug["during"]


def test_what_is_read_beforehand_is_refused() -> None:
    with pytest.raises(TemplateSyntaxError, match="'value' must be a function"):
        rendered(BLOCK, number=1, value="read too early")


def test_a_block_needs_a_key() -> None:
    with pytest.raises(TemplateSyntaxError, match="needs a key"):
        rendered("{% load shared %}{% shared using value %}{% endshared %}")


def test_a_block_that_a_child_could_not_replace_is_refused() -> None:
    with pytest.raises(TemplateSyntaxError, match="never be replaced"):
        Template("{% load shared %}{% shared 1 %}{% block x %}{% endblock %}{% endshared %}")


def test_a_cache_within_a_block_is_refused() -> None:
    with pytest.raises(TemplateSyntaxError, match="out of date"):
        Template(
            "{% load shared cache %}{% shared 1 %}{% cache 9 x %}{% endcache %}{% endshared %}"
        )


def test_what_it_shows_is_escaped() -> None:
    assert [show("<i>"), show("again")] == ["<b>&lt;i&gt;</b>"] * 2


def test_memory_is_bounded_also_for_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blocks, "limit", 100_000)

    def fill(start: int) -> None:
        for number in range(start, start + 100):
            show("x" * 1000, number)

    threads = [threading.Thread(target=fill, args=(1000 * each,)) for each in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert 0 < blocks.size <= 100_000 and len(blocks) < 40


def test_a_key_may_be_shown_and_a_block_without_a_function_asks_no_database(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    template = BLOCK.replace("using value", "").replace("value", "number")
    with django_assert_num_queries(0):
        assert [rendered(template, number=n) for n in (1, 2, 1)] == [
            "<b>1</b>",
            "<b>2</b>",
            "<b>1</b>",
        ]
