"""Texts that are refused, each with the reason."""

from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from articles.importing import Refused
from articles.importing import post as post_module
from articles.importing.front_matter import Fields
from articles.importing.post import make_post
from articles.importing.sources import decode
from tests.articles.import_files import nested, post_of

pytestmark = pytest.mark.usefixtures("in_utc")


def multiplied(times: int, inner: str = "x") -> str:
    """A head whose YAML aliases make 10^times items in a few lines."""
    rows = [f"&a0 [{', '.join([inner] * 10)}]"]
    rows += [f"&a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, times)]
    return f"---\ntags: [{', '.join(rows)}]\n---\nText"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("\ufeff \n", "is empty"),
        ("---\ntitle: x\n---\n", "has no text"),
        ("---\ntitle: x\n\nText", "not closed: --- is missing"),
        ("+++\ntitle = 'x'\n\nText", r"not closed: \+\+\+ is missing"),
        ("---\n- a\n- b\n---\nText", "not a list of"),
        ("---\njust words\n---\nText", "not a list of"),
        ("---\ntitle: [\n---\nText", "cannot be read"),
        ("---\n? [a]: b\n---\nText", "cannot be read"),
        ("---\na: &x [*x]\n---\nText", "cannot be read"),
        ("---\na: " + "[" * 5000 + "\n---\nText", "cannot be read"),
        ("+++\ntitle = x\n+++\nText", "cannot be read"),
        ('{"title": x}\n\nText', "cannot be read"),
        ("---\ntitle: [a]\n---\nText", "no text in “title”"),
        ("---\ndate: soon\n---\nText", "date that cannot be read: “soon”"),
        ("---\ndate: 2014-13-45\n---\nText", "date that cannot be read"),
        ("+++\ndate = 0001-01-01\n+++\nText", "date out of range: “0001-01-01”"),
        ("---\ndate: 2014-12-12 10:00 +9999\n---\nText", "date that cannot be read"),
        (f"---\ntitle: {'x' * 201}\n---\nText", "title of more than 200"),
        (f"---\ntags: [{'x' * 51}]\n---\nText", "tag that is too long"),
        (multiplied(8), "too long a list in “tags”"),
        (multiplied(8, "[]"), "too long a list in “tags”"),
        (f"---\nauthors: [{'x, ' * 1001}]\n---\nText", "too long a list in “authors”"),
        (nested(6), "too deep a list in “tags”"),
        ('{"tags": ' + "[" * 985 + "]" * 985 + "}\nText", "too deep a list|cannot be read"),
        ("x" * 500_001, "longer than an article"),
        ("a\0b", "NUL"),
    ],
)
def test_file_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        post_of(text)


@pytest.mark.parametrize("content", ["é".encode("latin-1"), "中".encode("gbk"), b"\xff\xfeT\0"])
def test_another_encoding_is_refused(content: bytes) -> None:
    with pytest.raises(Refused, match="not UTF-8"):
        decode(content)


@given(
    st.text(), st.sampled_from(["---\n{}\n---\nText", "+++\n{}\n+++\nText", '{{"{}\nText', "{}"])
)
def test_any_text_gives_a_post_or_a_reason(text: str, shape: str) -> None:
    try:
        post = post_of(shape.format(text).encode(errors="replace").decode())
    except Refused:
        return
    assert 0 < len(post.title) <= 200


def test_body_over_the_limit_is_refused_before_it_is_parsed(monkeypatch):
    monkeypatch.setattr(post_module, "_blocks", None)
    with pytest.raises(Refused, match="longer than an article may be"):
        make_post(Fields({}), "x" * 500_001, PurePosixPath("a.md"))
