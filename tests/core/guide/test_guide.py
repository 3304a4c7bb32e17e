"""docs/*.md as pages of the site, in both languages."""

import os
import re
from pathlib import Path
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from core.guide import documents
from core.guide.links import also_known_as, on_the_site
from tests.factories import make_user

pytestmark = pytest.mark.django_db
ROOT = Path(settings.BASE_DIR)
LANGUAGES = ["en", "zh-hans"]
FOLDERS = {"en": ROOT / "docs", "zh-hans": ROOT / "docs" / "zh-hans"}
SLUGS = documents.slugs()
ADDRESSES = [reverse("guide:index"), *(reverse("guide:page", args=[slug]) for slug in SLUGS)]


def body(client: Client, address: str, language: str = "en") -> str:
    response = client.get(address, headers={"accept-language": language})
    assert response.status_code == 200, address
    return response.content.decode()


def test_index_lists_every_page():
    files = {path.stem for path in FOLDERS["en"].glob("*.md")} - {documents.INDEX}
    assert files == set(SLUGS)
    assert SLUGS[0] == "hello"


def test_chinese_index_has_the_same_order():
    index = (FOLDERS["zh-hans"] / f"{documents.INDEX}.md").read_text(encoding="utf-8")
    assert re.findall(r"^- \[.+?\]\(([a-z0-9-]+)\.md\)", index, re.MULTILINE) == SLUGS


def test_every_page_exists_in_both_languages():
    english, chinese = ({path.name for path in FOLDERS[each].glob("*.md")} for each in LANGUAGES)
    assert english == chinese


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_link_of_every_page_resolves(client: Client, language: str):
    seen: dict[str, str] = {}
    for target in dict.fromkeys(
        target for each in ADDRESSES for target in links(client, each, language)
    ):
        path, _, fragment = target.partition("#")
        if path not in seen:
            answer = client.get(path, headers={"accept-language": language})
            assert answer.status_code in {200, 302, 403}, target  # /register may be closed
            seen[path] = answer.content.decode()
        assert not fragment or f'id="{unquote(fragment)}"' in seen[path], target


def links(client: Client, address: str, language: str) -> list[str]:
    text = re.search(r'<div class="prose.*</article>', body(client, address, language), re.DOTALL)
    assert text
    return re.findall(r'(?:href|src)="(/[^"]*)"', text[0])


@pytest.mark.parametrize("slug", SLUGS)
def test_page_is_in_the_readers_language(client: Client, slug: str):
    text = body(client, f"/docs/{slug}/", "zh-hans")
    assert "尚未翻译" not in text
    assert '<div class="prose" lang="zh-hans">' in text


def test_untranslated_page_shows_a_note(client: Client, tmp_path: Path, settings):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "README.md").write_text("# All\n\n- [One](one.md)\n")
    (tmp_path / "docs" / "one.md").write_text("# One\n\nin English\n")
    settings.BASE_DIR = tmp_path
    text = body(client, "/docs/one/", "zh-hans")
    assert "尚未翻译" in text
    assert '<div class="prose" lang="en">' in text
    assert "尚未翻译" not in body(client, "/docs/one/")


def test_pages_link_to_their_neighbours(client: Client):
    first, second, third = ADDRESSES[1:4]
    text = body(client, second)
    assert f'rel="prev" class="neighbour-before" href="{first}"' in text
    assert f'rel="next" class="neighbour-after" href="{third}"' in text
    assert 'rel="prev"' not in body(client, first)
    assert 'rel="next"' not in body(client, ADDRESSES[-1])


def test_every_page_has_its_own_title_and_description(client: Client):
    heads = [re.search(r"<title>.*?content=\".+?\">", body(client, a), re.S) for a in ADDRESSES]
    titles = {
        re.sub(r"\s+", " ", re.search(r"<title>(.*?)</title>", body(client, a), re.S)[1])
        for a in ADDRESSES
    }
    assert all(heads)
    assert len(titles) == len(ADDRESSES)
    assert all(title.endswith("· Inkpool") for title in titles)


@pytest.mark.parametrize(
    "address",
    [
        "/docs/nothing/",
        "/docs/README/",
        "/docs/zh-hans/",
        "/docs/images/nothing.svg",
        "/docs/images/..%2F..%2Fmanage.py",
        "/docs/..%2FREADME/",
        "/docs/pool.md",
    ],
)
def test_unknown_page_is_404(client: Client, address: str):
    assert client.get(address).status_code == 404


def test_picture_is_served(client: Client):
    answer = client.get("/docs/images/pool.svg")
    assert answer["Content-Type"] == "image/svg+xml"
    assert b"<svg" in answer.content


def test_unchanged_picture_is_304(client: Client):
    answer = client.get("/docs/images/pool.svg")
    assert answer["Cache-Control"] == "public, max-age=3600"
    since = {"if-modified-since": answer["Last-Modified"]}
    again = client.get("/docs/images/pool.svg", headers=since)
    assert (again.status_code, again.content) == (304, b"")
    assert again["Cache-Control"] == "public, max-age=3600"


def test_header_links_to_the_guide(client: Client):
    for language, word in [("en", "Guide"), ("zh-hans", "文档")]:
        assert f'<a href="/docs/">{word}</a>' in body(client, "/", language)


def test_page_makes_no_query_and_opens_no_session(client: Client, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert not client.get("/docs/pool/").cookies


def test_signed_in_user_sees_the_guide(client: Client):
    client.force_login(make_user())
    assert "/docs/sessions/" in body(client, "/docs/")


def test_translated_heading_has_the_id_of_the_original():
    html = '<h2 id="at-一">一</h2><h3 id="at-same">same</h3>'
    assert also_known_as(html, ("at-one", "at-same")) == (
        '<h2 id="at-一"><span id="at-one"></span>一</h2><h3 id="at-same">same</h3>'
    )
    assert also_known_as(html, ("at-one",)) == html


def test_changed_file_is_read_again(tmp_path: Path, settings):
    settings.BASE_DIR = tmp_path
    file = tmp_path / "docs" / "one.md"
    file.parent.mkdir()
    (tmp_path / "docs" / "README.md").write_text("# All\n\n- [One](one.md)\n")
    file.write_text("# One\n\nbefore\n")
    assert "before" in documents.page("one", "en").html
    file.write_text("# One\n\nafter!\n")
    os.utime(file, ns=(1, 1))
    assert "after!" in documents.page("one", "en").html


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<a href="pool.md" rel="x">P</a>', '<a href="/docs/pool/">P</a>'),
        ('<a href="pool.md#checks">P</a>', '<a href="/docs/pool/#at-checks">P</a>'),
        ('<a href="../pool.md">P</a>', '<a href="/docs/pool/">P</a>'),
        ('<a href="README.md">P</a>', '<a href="/docs/">P</a>'),
        (
            '<a href="../core/g.py">P</a>',
            '<a href="https://git.example/x/blob/HEAD/core/g.py">P</a>',
        ),
        (
            '<a href="../../core/g.py">P</a>',
            '<a href="https://git.example/x/blob/HEAD/core/g.py">P</a>',
        ),
        ('<a href="../core/">P</a>', '<a href="https://git.example/x/tree/HEAD/core">P</a>'),
        (
            '<a href="../../README.md">P</a>',
            '<a href="https://git.example/x/blob/HEAD/README.md">P</a>',
        ),
        ('<a href="https://example.com/x.md">P</a>', '<a href="https://example.com/x.md">P</a>'),
        ('<a href="#at-x">P</a>', '<a href="#at-x">P</a>'),
        ('<img alt="a" src="../x/pool.svg">', '<img alt="a" src="/docs/images/pool.svg">'),
        ("<code>/login</code>", '<a href="/login"><code>/login</code></a>'),
        (
            "<code>/articles?page=2</code>",
            '<a href="/articles?page=2"><code>/articles?page=2</code></a>',
        ),
        ("<code>/no/such</code>", "<code>/no/such</code>"),
        ("<code>/docs/try/</code>", "<code>/docs/try/</code>"),
        ("<code>//example.com</code>", "<code>//example.com</code>"),
        ('<a href="#at-x"><code>/login</code></a>', '<a href="#at-x"><code>/login</code></a>'),
    ],
)
def test_links_are_rewritten_for_the_site(html: str, expected: str, settings):
    settings.INKPOOL_SOURCE_URL = "https://git.example/x/"
    assert on_the_site(html) == expected
