"""Where the head of a file is found, and which files are refused because of it."""

from pathlib import PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles.importing import Refused
from articles.importing.front_matter import split
from articles.importing.head import find_head
from articles.importing.post import Post, make_post
from articles.importing.sources import decode

DATED = PurePosixPath("2019-05-06-dated-by-its-name.md")  # would be published without its head
YAML = "title: Rain\ndate: 2020-01-02\ndraft: true"
TOML = 'title = "Rain"\ndate = 2020-01-02\ndraft = true'
JSON = '"title": "Rain",\n"date": "2020-01-02",\n"draft": true'


def post_of(text: str) -> Post:
    return make_post(*split(decode(text.encode())), DATED)


@pytest.mark.parametrize(
    "text",
    [
        f"\n---\n{YAML}\n---\nText.",
        f" \t\n\u00a0\n\u3000\n---\n{YAML}\n---\nText.",
        f"\ufeff---\n{YAML}\n---\nText.",
        f"\ufeff\n\ufeff\ufeff---\n{YAML}\n---\nText.",
        f"\u200b---\n{YAML}\n---\nText.",
        f"\r\n---\r\n{YAML}\r\n---\r\nText.".replace("\n", "\r\n").replace("\r\r", "\r"),
        f"---  \t\n{YAML}\n---\t \nText.",
        f"----\n{YAML}\n----\nText.",
        f"------\n{YAML}\n---\n\nText.",
        f"---\n{YAML}\n...\nText.",
        f"--- yaml\n{YAML}\n---\nText.",
        f"---YML\n{YAML}\n---\nText.",
        f"--- # head\n{YAML}\n---\nText.",
        f"---toml\n{TOML}\n---\nText.",
        f"---json\n{{{JSON}}}\n---\nText.",
        f"\n\n+++\n{TOML}\n+++\nText.",
        f"++++\n{TOML}\n++++\nText.",
        f"\n{{{JSON}}}\n\nText.",
        f"{YAML}\n---\nText.",
        f"\n{YAML}\n\ntags:\n- a\n- b\n-----\nText.",
        f"{TOML}\n+++\nText.",
        f"{JSON}\n;;;\nText.",
        f"\n;;;\n{JSON}\n;;;\nText.",
        f";;;;\n{JSON}\n;;;;\nText.",
    ],
)
def test_head_is_read_wherever_generators_and_editors_put_it(text: str) -> None:
    post = post_of(text)
    assert (post.title, post.draft, post.body) == ("Rain", True, "Text.")
    assert post.date is not None
    assert post.date.year == 2020


@pytest.mark.usefixtures("in_utc")
def test_hexo_head_without_opening_fence_makes_an_article() -> None:
    post = post_of("title: Snow in June\ndate: 2016-07-08 09:10:00\ntags: weather\n---\nWhite.")
    assert (post.title, post.tags, post.body) == ("Snow in June", ["weather"], "White.")
    assert (str(post.date), post.draft) == ("2016-07-08 09:10:00+00:00", False)


def test_head_of_one_title_needs_no_opening_fence() -> None:
    assert post_of("title: Rain\n---\nText.").title == "Rain"
    assert post_of("Title: Rain\n---\nText.").title == "Rain"


def test_comments_above_a_head_stay_in_the_text() -> None:
    text = f"<!-- lint: off -->\n\n<!-- two\n\nlines --> \n---\n{YAML}\n---\n# Rain\n\nText."
    post = post_of(text)
    assert (post.title, post.draft) == ("Rain", True)
    assert post.body == "<!-- lint: off -->\n\n<!-- two\n\nlines -->\n\n# Rain\n\nText."


@pytest.mark.parametrize(
    "text",
    [
        "---\n\nA line stands above this text.",
        "---\n\nA line stands above.\n\n---\n\nAnd one below.",
        "---\nRight below the line.\n\nMore: or less.\n\n---\nEnd.",
        "---\n\n# A heading\n\n---\n\nText.",
        "---\n\nNote: this is old.\n\nText.",
        "---\n- a\n\n- b\n\n---\nText.",
        "<!-- c -->\n\n---\n\nText.",
        "----\n\nText below a longer line.",
        "Note: this is a heading\n---\nText.",
        "Summary: this is one, too\n-----\nText.",
        "Today we learned: tags: are fun\nand more\n\n---\n\ntitle of this part",
        "Tags: what they are for\nand why\n\n---\n\nText.",
        "https://example.org/\n---\nText.",
        "redis: fast\nmysql: safe\n---\nText.",
        "摘要：一段文字\n---\n正文。",
        '{"a": 1} is JSON.\n\nText.',
        "+++ is no list.\n\nText.",
        "---Alice\n\nText.",
        "Text.\n\n```\n---\ntitle: an example\ndraft: true\n---\n```",
        "Text.\n\n    draft: true\n\nis an example.",
        "Text.\n\ndraft: true is what keeps an article back.",
        "# Soup\n\nServes: 4\nTime: 20 min\n\nBoil.",
        "From: Alice\nTo: Bob\nDate: today\n\nA letter.",
    ],
)
def test_text_that_only_resembles_a_head_stays_an_article(text: str) -> None:
    fields, body = split(text)
    assert (fields, body) == ({}, text)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (f"---\n{YAML}\n\nText.", "not closed: --- is missing"),
        (f"\n----\n{YAML}\n\nText.", "not closed: --- is missing"),
        (f"<!-- c -->\n+++\n{TOML}\n\nText.", r"not closed: \+\+\+ is missing"),
        (f";;;\n{JSON}\n\nText.", "not closed: ;;; is missing"),
        (f"{YAML}\n\nText.", "begins with “title: Rain”.*two lines “---”"),
        (f"{JSON}\n\nText.", 'begins with “"title'),
        ("Title: Rain\nDate: 2020-01-02\nStatus: draft\n\nText.", "begins with “Title: Rain”"),
        ("---\n\nNote: old\n\n---\nText.", "begins with “Note: old”"),
        (f";;;\n{JSON.replace(',', '')}\n;;;\nText.", "cannot be read"),
        (f"{TOML}\n---\nText.", "cannot be read|not a list"),
        (f"---coffee\n{YAML}\n---\nText.", "in “coffee”; allowed are yaml, yml, toml, json"),
        ("---\n# title: Rain\n---\nText.", "not a list of"),
        ("---\ntitle：Rain\ndraft：true\n---\nText.", "not a list of|cannot be read"),
        ("---\ntitle:Rain\ndraft:true\n---\nText.", "not a list of|cannot be read"),
        ("---\ntitle: {{ title }}\n---\nText.", "cannot be read"),
        ("---\ndraft: true\ndraft: false\n---\nText.", "gives “draft” twice"),
        ('{"draft": true, "draft": false}\nText.', "gives “draft” twice"),
        ("---\nDraft: true\ndraft: false\n---\nText.", "gives “draft” twice"),
        (f'{{"title": "Rain", {JSON.partition(",")[2]}}} Text.', "text on the line where"),
        (f"<!--\n{YAML}\n-->\nText.", "in an HTML comment"),
        ("<!--\n.. title: Rain\n.. status: draft\n-->\nText.", "in an HTML comment"),
        (f"A stray line\n---\n{YAML}\n---\nText.", "line 2"),
        (f"# Rain\n\n{YAML}\n\nText.", "line 3 .“title: Rain”"),
        ("***\ntitle: Rain\n***\nText.", "line 1"),
        (f"—-\n{YAML}\n—-\nText.", "line 1"),
        (f"> ---\n> {YAML}\n> ---\nText.", "line 1"),
        (f"```yaml\n{YAML}\n```\nText.", "line 2"),
        (" ---\n title: Rain\n draft: true\n ---\nText.", "begins with “---”"),
        ("--\ntitle: Rain\n--\nText.", "line 1"),
        (f"---\n{YAML}\n---\nText.".replace("\n", "\u2028"), "line 2|line 1"),
        (":title: Rain\n:date: 2020-01-02\n\nText.", "begins with “:title: Rain”"),
        ("#+TITLE: Rain\n#+DRAFT: true\n\nText.", "begins with “#"),
        ("- title: Rain\n- draft: true\n\nText.", "line 2"),
        ("Rain\n\n    code\n\n:status: draft\n\nText.", "line 5"),
        ("---\nb: &b {draft: true}\n<<: *b\ntitle: Rain\n---\nText.", "merge key “<<”"),
        ("Text.\n\ndraft: true\n", "line 3 .“draft: true”"),
        (f"---\nlayout: post\n---\n---\n{YAML}\n---\nText.", "second head"),
        (f"---\n---\n{YAML}\n---\nText.", "second head"),
        ("---\ntitle: Rain\n---\ndraft: true\n---\nText.", "second head"),
        (f"+++\n{TOML}\n+++\n---\n{YAML}\n\nText.", "second head"),
        ("---\n" + "a: b\n" * 20_000 + "---\nText.", "more than 50000 characters"),
    ],
)
def test_unparsable_head_is_refused(text: str, reason: str) -> None:
    with pytest.raises(Refused, match=f"(?s){reason}"):
        post_of(text)


def test_empty_head_tells_that_a_text_has_none() -> None:
    text = "Title: The Hobbit\nAuthor: Tolkien\n\nA review."
    with pytest.raises(Refused):
        split(text)
    assert split(f"---\n---\n{text}") == ({}, text)


LINES = st.sampled_from(
    [
        *("---", "----", "+++", ";;;", "...", "--- yaml", "---toml", "", " ", "\ufeff", "***"),
        *("title: x", "draft: true", 'title = "x"', '"title": "x",', "Note: x", "tags:", "- a"),
        *("Text.", "# Heading", "    code", "```", "<!-- c -->", "<!--", "-->", "{", '{"a": 1}'),
        *("date: 2020-01-02", "> quote", "\tx: y", "a: [", "title: x"),
    ]
)


WORDS = st.text("-+;:=#>~.`\ufeff\u200b \tab\u00e9\u4e2d", max_size=8)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(LINES, WORDS), max_size=12).map("\n".join))
def test_head_and_body_cover_the_whole_file(text: str) -> None:
    try:
        head = find_head(text)
        _fields, body = split(text)
    except Refused:
        return
    outside = text if head is None else text[: head.start] + text[head.end :]
    unseen = dict.fromkeys(map(ord, "\ufeff\u200b\u200c\u200d\u2060"))
    kept, expected = body.translate(unseen), outside.translate(unseen)
    assert "".join(kept.split()) == "".join(expected.split())
