"""A part of a web page that is pasted becomes Markdown."""

import time
from contextlib import suppress

import pytest
from django.test import Client

from articles.pasted_html import LONGEST_HTML, MOST_TAGS, markdown_of_paste
from articles.views import pasting
from core.http.attempts import Limit
from core.markdown import TextRefused, render

JSON = {"Accept": "application/json"}


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h2>Why</h2><p>Because <b>so</b>, <em>and</em></p>", "## Why\n\nBecause **so**, *and*"),
        ('<a href="https://a.example/x">见此</a>', "[见此](https://a.example/x)"),
        ("<ul><li>one</li><li>two<ul><li>in</li></ul></li></ul>", "- one\n- two\n  - in"),
        ("<ol start=3><li>three</li></ol>", "3. three"),
        ("<blockquote>said</blockquote>", "> said"),
        (
            '<pre><code class="language-python">a = 1\nb = 2\n</code></pre>',
            "```python\na = 1\nb = 2\n```",
        ),
        ('<img src="https://a.example/x.png" alt="A pool">', "![A pool](https://a.example/x.png)"),
        ("<p>1 * 2 & a_b [c] `d` &lt;e></p>", r"1 \* 2 & a\_b [c] \`d\` \<e>"),
        ('<b style="font-weight:normal"><p>Not bold</p></b>', "Not bold"),
        ("<p>Word<o:p></o:p></p>", "Word"),
        ("<!--StartFragment--><p>x</p><!--EndFragment-->", "x"),
    ],
)
def test_html_becomes_markdown(html: str, markdown: str):
    assert markdown_of_paste(html) == markdown


def test_table_becomes_a_table():
    html = "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
    assert "<table>" in render(markdown_of_paste(html))


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>x<style>p {}</style>",
        '<a href="javascript:alert(1)">x</a>',
        '<p onclick="alert(1)">x</p>',
        '<iframe src="https://a.example/"></iframe>x',
        f'x<img alt="" src="data:image/png;base64,{"A" * 50_000}">',
        "<template>alert</template>x<form><input value=alert></form>",
    ],
)
def test_what_an_article_cannot_contain_is_dropped(html: str):
    markdown = markdown_of_paste(html)
    assert markdown.replace("alert", "").strip() == "x"
    assert "script" not in markdown


HOSTILE = [
    "<div>",
    "<div><table></div></table>",
    "<b><p></b>",
    "<a href=x><b>",
    "<ul><li>",
    "<table><tr><td>",
    "<blockquote>x<p>",
    "<",
    "<!--",
    "<p a ",
    "&",
    "<pre>`",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_of_hostile_html_is_bounded(piece: str):
    assert seconds_for(piece, LONGEST_HTML // 20) < 3


@pytest.mark.soak
@pytest.mark.parametrize("piece", HOSTILE)
def test_time_of_the_longest_hostile_html_is_bounded(piece: str):
    assert seconds_for(piece, LONGEST_HTML) < 20


def test_time_of_a_long_bold_tag_is_bounded():
    assert seconds_for("font-weight:normal ", LONGEST_HTML // 5, "<b ") < 3


def seconds_for(piece: str, length: int, beginning: str = "") -> float:
    """Processor time, also if the HTML is refused."""
    html = (beginning + piece * length)[:length]
    start = time.process_time()
    with suppress(TextRefused):
        markdown_of_paste(html)
    return time.process_time() - start


@pytest.mark.parametrize(
    ("html", "limit"),
    [
        ("x" * (LONGEST_HTML + 1), "1,000,001 characters of HTML; 1,000,000"),
        ("<b>x</b> " * (MOST_TAGS // 2 + 1), "20,002 HTML tags; 20,000"),
        ("<p>" + "x" * 500_001, "500,001 characters; at most 500,000"),
    ],
)
def test_html_over_a_limit_is_refused_by_its_name(html: str, limit: str):
    with pytest.raises(TextRefused, match=limit):
        markdown_of_paste(html)


@pytest.mark.django_db
def test_view_answers_markdown_and_counts(alice_client: Client, monkeypatch):
    monkeypatch.setattr(pasting, "PASTES", Limit("paste", 2, 600))

    def pasted(html: str):
        return alice_client.post("/articles/paste/", {"html": html}, headers=JSON)

    assert pasted("<b>x</b>").json() == {"markdown": "**x**"}
    assert pasted("x" * (LONGEST_HTML + 1)).status_code == 400
    assert pasted("<b>x</b>").status_code == 429
