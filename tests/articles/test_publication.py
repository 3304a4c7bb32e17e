"""Words and dates in a head that keep an article from becoming public."""

import tracemalloc
from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest

from articles.importing import Refused
from articles.importing.front_matter import split
from articles.importing.post import Post, make_post

pytestmark = pytest.mark.usefixtures("in_utc")
PLACE, BLOG = PurePosixPath("post.md"), PurePosixPath("/b")


def post_of(head: str, place: PurePosixPath = PLACE, folder: PurePosixPath = BLOG) -> Post:
    return make_post(*split(f"---\ndate: 2020-01-02\n{head}\n---\nText."), place, folder)


def aliases(name: str, start: str, end: str) -> str:
    """Seven levels of nine aliases each, which are five million items when written out."""
    rows = [f"a0: &a0 [{', '.join('x' * 9)}]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 7)]
    return "\n".join([*rows, f"{name}: {start}*a6{end}"])


@pytest.mark.parametrize("word", ["true", "True", '"true"', "yes", "Y", "on", "1", "'1'"])
def test_every_spelling_of_yes_makes_a_draft(word: str) -> None:
    assert post_of(f"draft: {word}").draft


@pytest.mark.parametrize(
    "name",
    [
        *(
            "draft\u00a0",
            "draft\u3000",
            "\u200bdraft",
            "dra\u00adft",
            "draft\ufe0f",
            '"\u3164draft"',
        ),
        *(
            "\u202fdraft\u2060",
            "ｄｒａｆｔ",
            "is-draft",
            "Is_Draft",
            "is draft",
            "is‐draft",
            "un\u200bpublished",
        ),
    ],
)
def test_name_that_only_looks_like_a_field_is_that_field(name: str) -> None:
    assert post_of(f"{name}: true").draft


@pytest.mark.parametrize(
    "name", ["published\u00a0", "\ufeffpublish", "dg_publish", "ＰＵＢＬＩＳＨ"]
)
def test_name_that_looks_like_published_is_read_as_it(name: str) -> None:
    assert post_of(f"{name}: false").draft


@pytest.mark.parametrize(
    ("head", "twice"),
    [
        ("draft: true\ndraft\u00a0: false", "draft"),
        ("ｄｒａｆｔ: true\ndraft: false", "draft"),
        ("is-draft: true\nis_draft: false", "is_draft"),
    ],
)
def test_two_spellings_of_one_name_are_refused(head: str, twice: str) -> None:
    with pytest.raises(Refused, match=f"gives “{twice}” twice"):
        post_of(head)


def test_names_inside_build_are_read_in_every_spelling() -> None:
    assert post_of("build:\n  Render\u00a0: never").hidden


def test_name_is_refused_for_its_length_before_it_is_normalized() -> None:
    with pytest.raises(Refused, match="name of more than 200 characters: “aaaa"):
        post_of(f"? {'a' * 201 + chr(0x0301) * 40_000}\n: x")


@pytest.mark.parametrize("name", ["draft", "hidden", "layout", "type", "password", "hide", "title"])
def test_nested_aliases_in_place_of_a_text_are_refused_in_a_short_message(name: str) -> None:
    with pytest.raises(Refused, match=f"“{name}") as refused:
        post_of(aliases(name, "[", "]"))
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(("start", "end"), [("[", "]"), ("{render: never, x: ", "}")])
def test_nested_aliases_in_build_take_little_memory(start: str, end: str) -> None:
    tracemalloc.start()
    try:
        post = post_of(aliases("build", start, end))
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
    assert post.hidden is (start != "[")
    assert len("".join(post.notes)) < 200


def test_nested_aliases_as_a_name_are_refused() -> None:
    with pytest.raises(Refused, match="cannot be read"):
        post_of(aliases("x", "[", "]") + "\n? *a6\n: x")


def test_number_that_python_does_not_write_is_refused() -> None:
    with pytest.raises(Refused, match="number that is too long"):
        make_post(*split(f"+++\ntitle = 0x{'f' * 5000}\n+++\nText."), PLACE)


@pytest.mark.parametrize("word", ["false", '"no"', "OFF", "0", "", "~", "null"])
def test_no_and_empty_publish_the_article(word: str) -> None:
    post = post_of(f"draft: {word}\nhidden: {word}")
    assert (post.draft, post.hidden, post.notes) == (False, False, [])


@pytest.mark.parametrize(
    "field", ["draft: ture", "draft: [true]", "draft: {a: b}", "hidden: maybe", "private: 2"]
)
def test_word_that_is_neither_yes_nor_no_is_refused(field: str) -> None:
    name = field.partition(":")[0]
    with pytest.raises(Refused, match=f"“{name}: .*; allowed are true and false"):
        post_of(field)


@pytest.mark.parametrize(
    "field",
    [
        *("published: false", "publish: no", "published: draft", "wip: true", "isDraft: true"),
        *("status: draft", "Status: Pending", "layout: draft", "type: draft", "unpublished: 1"),
        *("layout: Draft", "layout: draft\u200b", "draft: ｔｒｕｅ", "published: \u200bfalse"),
    ],
)
def test_unpublished_posts_of_all_generators_are_drafts(field: str) -> None:
    post = post_of(field)
    assert (post.draft, post.notes) == (True, [])


@pytest.mark.parametrize(
    "field",
    [
        *("hidden: true", "private: yes", "unlisted: true", "status: hidden", "status: private"),
        *("visible: false", "public: false", "render: false", "publish: private", "hide: true"),
        *("visibility: members", "password: tiger", "encrypt: true", "headless: true"),
        *("build:\n  render: never", "_build:\n  list: false"),
        *("hide: yes\u200b", "hidden: true\u2060", "build:\n  render: never\u200b"),
    ],
)
def test_posts_that_were_not_for_everybody_are_hidden(field: str) -> None:
    post = post_of(field)
    assert (post.draft, post.hidden) == (False, True)
    assert "went in as hidden" in post.notes[0]


def test_draft_that_is_hidden_stays_a_draft() -> None:
    post = post_of("draft: true\nhidden: true")
    assert (post.draft, post.hidden, post.notes) == (True, False, [])


@pytest.mark.parametrize(
    "field",
    ["published: true", "publish: 2020-01-01", "status: Publish", "visibility: public", "toc: 1"],
)
def test_published_posts_are_articles(field: str) -> None:
    post = post_of(field)
    assert (post.draft, post.hidden, post.notes) == (False, False, [])


def test_status_that_is_not_known_makes_a_draft_and_is_named() -> None:
    post = post_of("status: seedling")
    assert post.draft
    assert post.notes == ["has “status: seedling”, which is not known; it went in as a draft"]


@pytest.mark.parametrize(
    ("place", "folder"),
    [
        ("_drafts/a.md", "/b"),
        ("blog/Drafts/2021/a.md", "/b"),
        ("a.md", "/blog/_drafts"),
        ("a.md", "/blog/_drafts/2021"),
        ("_wip.md", "/b"),
    ],
)
def test_file_that_generators_skip_by_its_place_is_a_draft(place: str, folder: str) -> None:
    post = post_of("title: x", PurePosixPath(place), PurePosixPath(folder))
    assert post.draft
    assert "went in as a draft" in post.notes[0]


@pytest.mark.parametrize(
    "name",
    [
        *("publishDate", "publishdate", "publish_date", "publish-date", "publishDate\u00a0"),
        *("pubDate", "published_at", "published"),
    ],
)
def test_later_publication_date_counts_and_is_noted(name: str) -> None:
    post = post_of(f"{name}: 2991-02-03")
    assert post.date == datetime(2991, 2, 3, tzinfo=UTC)
    assert post.notes == ["is scheduled for 2991-02-03; it appears then by itself"]


def test_earlier_publication_date_leaves_the_date() -> None:
    assert post_of("publishDate: 2019-01-01").date == datetime(2020, 1, 2, tzinfo=UTC)
    assert post_of("publishDate: 2021-01-01").date == datetime(2020, 1, 2, tzinfo=UTC)


def test_draft_has_no_note_of_publication() -> None:
    assert post_of("draft: true\npublishDate: 2991-02-03 04:05").notes == []


@pytest.mark.parametrize(
    "name", ["expiryDate", "expiry-date", "unpublishdate", "expires", "unpublish_date"]
)
def test_expired_post_is_hidden_with_a_note_of_the_date(name: str) -> None:
    post = post_of(f"{name}: 2022-03-04 05:06")
    assert post.hidden
    assert post.notes == ["expired 2022-03-04 05:06; it went in as hidden"]


def test_future_expiry_is_noted() -> None:
    post = post_of("expiryDate: 2992-03-04")
    assert (post.hidden, len(post.notes)) == (False, 1)
    assert post.notes[0].startswith("expires 2992-03-04; it stays public")


@pytest.mark.parametrize("name", ["date", "publishDate", "expiryDate", "updated", "published"])
def test_text_in_place_of_a_date_is_refused_with_allowed_forms(name: str) -> None:
    head = f"---\n{name}: soon\n---\nText."
    with pytest.raises(Refused, match=f"“soon” in “{name.lower()}”; allowed are 2014-12-12; "):
        make_post(*split(head), PurePosixPath("2020-01-02-dated.md"))
