"""A text over a limit is refused with the name and value of the limit and the number found."""

from unittest.mock import patch

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it.parser_inline import ParserInline

from core.markdown import TextRefused, budgets, render
from tests.core.markdown.test_markdown import PIECES

ROW = "|" + "a|" * 150 + "\n"
NOTE = "[^1]: x\n\n"
LONG_ADDRESS = f"[a]: {'b' * 100_000}\n\n"
REFUSED = [
    ("x" * 500_001, "The text has 500,001 characters; at most 500,000 are allowed."),
    ("word " * 5_000, "The paragraph “word word word word word word…” has 24,999 characters; "
                      "at most 20,000 are allowed."),
    ("a\n" * 10_001, "a a…” has 20,001 characters; at most 20,000"),
    ("[a\n" * 10_000, "has 29,999 characters; at most 20,000"),
    ("![](a)\n" * 10_000, "has 69,999 characters; at most 20,000"),
    ("# a" + "\u0301\u0323" * 60_000, "has 120,001 characters; at most 20,000"),
    (NOTE + "[^" * 20_000, "has 40,000 characters; at most 20,000"),
    (NOTE + ("[^1]" * 1_000 + "\n\n") * 3, "refers to footnotes 3,000 times; at most 2,000"),
    ("".join(f"[^{n}]: x\n\n" for n in range(1_001)), "has 1,001 footnotes; at most 1,000"),
    ("|" + "a|" * 201 + "\n|" + "-|" * 201, "The table “a…” has 201 columns; at most 200"),
    (f"|{'a' * 15_000}|{'b' * 15_000}|\n|-|-|", "has 30,000 characters; at most 20,000"),
    (ROW + ROW.replace("a", "-") + ROW * 140, "have 21,150 cells; at most 20,000"),
    (">" * 20 + "a", "nested at least 19 levels deep (a list counts as two levels); at most 18"),
    ("- " * 10 + "a", "nested at least 19 levels deep"),
    (f"<b {'a=b ' * 3_000}>\n", "An HTML tag of the text has 12,000 characters; at most 10,000"),
    (("[a](b) " * 1_001 + "\n\n") * 10, "has 10,010 links and pictures; at most 10,000"),
    ("a\n\n" * 50_001, "has at least 150,003 pieces of markup; at most 150,000"),
    ("- - - - a\n" * 49_900, "has at least 150,0"),  # and is not parsed to its end: 848,302
    (LONG_ADDRESS + "[a] " * 51, "bytes of HTML; at most 5,000,000 are allowed"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[words[-50:] for _, words in REFUSED])
def test_text_over_a_limit_is_refused_with_the_limit_and_what_was_found(text, message):
    with pytest.raises(TextRefused) as refused:
        render(text)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "x" * 20_000,
        ("a " * 9_999 + "a\n\n") * 24,
        NOTE + ("[^1]" * 1_000 + "\n\n") * 2,
        "|" + "a|" * 200 + "\n|" + "-|" * 200,
        ">" * 18 + "a",
        "- " * 9 + "a",
        "> " * 18 + "*a* [b](c)",
    ],
    ids=lambda text: text[:10],
)
def test_text_at_a_limit_is_rendered(text):
    assert "a" in render(text) or "x" in render(text)


def test_markup_nested_at_the_limit_is_kept():
    assert "<li>deep" in render("- " * 9 + "deep")


def test_refusal_speaks_the_readers_language():
    with translation.override("zh-hans"), pytest.raises(TextRefused, match="最多 500,000 个"):
        render("x" * 500_001)


def test_blocks_are_checked_before_a_paragraph_is_parsed(monkeypatch):
    def parse(*args):
        raise AssertionError("a paragraph was parsed")

    monkeypatch.setattr(ParserInline, "parse", parse)
    with pytest.raises(TextRefused, match="characters"):
        render("short\n\n" + "x" * 20_001)


def test_text_is_refused_as_soon_as_its_budget_is_spent(monkeypatch):
    parsed, parse = [], ParserInline.parse
    monkeypatch.setattr(ParserInline, "parse", lambda *args: parsed.append(1) or parse(*args))
    with pytest.raises(TextRefused, match="links"):
        render(("[a](b) " * 1_001 + "\n\n") * 20)
    assert len(parsed) == 10


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(PIECES), min_size=1).map("".join) | st.text(min_size=1),
    st.integers(1, 500),
)
def test_every_text_up_to_the_limit_gives_html_or_a_refusal(text: str, times: int) -> None:
    small = {"PARAGRAPH": 500, "TOKENS": 500, "LINKS": 50, "REFERENCES": 20, "BYTES": 20_000}
    with patch.multiple(budgets, **small):
        try:
            assert isinstance(render((text * times)[:2_000]), str)
        except TextRefused as refused:
            assert "at most" in str(refused)
