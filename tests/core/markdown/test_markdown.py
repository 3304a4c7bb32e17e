import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.markdown import SUMMARY, render, summarise

TEXT = """<b> </b> <p> </p> <div> </div> <table> <tr> <td> </td> </a> <li> <ul> <!-- --> <script>
</script> <details> </summary> <h1> </h1> <pre> javascript: # > - 1. * ** _ [ ] ( ) ![ [^1] [^1]:
| |-|-| ` ``` ~~ \\ & < é 中 : [x] http://"""
ADDED = ["https://", "www.", "a.b/", "{{<", ">}}", "{% ", " %}", "：", "“", "路径"]
PIECES = [*re.findall(r"\S+", TEXT), " ", "\n", "\n\n", "\0", "\ud800", "<a href='x'>", *ADDED]
LONG = 20_000


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
def test_any_text_gives_balanced_html(text: str) -> None:
    opened: list[str] = []
    for closing, name in re.findall(r"<(/?)([a-z0-9]+)", render(text)):
        if closing:
            assert opened.pop() == name
        elif name not in {"br", "hr", "img", "wbr", "col"}:
            opened.append(name)
    assert opened == []


@given(st.lists(st.sampled_from(PIECES)).map("".join) | st.text())
def test_summary_of_anything_is_short_and_plain(text: str) -> None:
    summary = summarise(render(text))
    assert len(summary) <= SUMMARY
    assert summary == " ".join(summary.split())


@pytest.mark.parametrize(
    "text",
    [
        *[
            unit * (LONG // len(unit))
            for unit in ("*", "[", "![", "*a_ ", "<div>", "<li>", "# a\n", "<!--", "<a x='", "</p>")
        ],
        *[unit * (LONG // len(unit)) for unit in ("[^1]", "&", "`", "|a", "<?", "~~", "[^", "a\n")],
        "<p>" + "".join(f"<b title={i}>" for i in range(1000)) + "</p>\n\n" + "x\n\n" * LONG,
    ],
    ids=lambda text: text[:6],
)
def test_text_made_to_be_slow_gives_html_in_proportion(text: str) -> None:
    assert len(render(text)) < 60 * len(text)


def test_body_begins_below_the_title_of_the_page() -> None:
    html = render("# One\n\n### Deep\n\n## Two\n\n<h1>Raw</h1>")
    assert re.findall(r"<(h\d)", html) == ["h2", "h3", "h3", "h2"]


def test_body_that_begins_deep_comes_up() -> None:
    assert re.findall(r"<(h\d)", render("### A\n\n#### B\n\n### C")) == ["h2", "h3", "h2"]


def test_headings_can_be_linked_to_in_any_script() -> None:
    html = render("# Why *Rust*?\n\n# 连接池\n\n# 连接池\n\n# !\n\n[up](#连接池)")
    assert re.findall(r' id="([^"]+)"', html) == [
        "at-why-rust",
        "at-连接池",
        "at-连接池-1",
        "at-section",
    ]
    assert 'href="#at-%E8%BF%9E%E6%8E%A5%E6%B1%A0"' in html


def test_headings_never_share_an_id() -> None:
    ids = re.findall(r' id="([^"]+)"', render("# a\n# a-1\n# a\n# a\n"))
    assert len(set(ids)) == 4


@pytest.mark.parametrize("spelling", ["whats-new-in-_x_", "what-s-new-in-x", "What's-new-in-x"])
def test_links_to_headings_hold_in_other_generators_spelling(spelling: str) -> None:
    html = render(f"# What's new in x\n\n[there](#{spelling}) [nowhere](#else)")
    assert 'href="#at-whats-new-in-x"' in html
    assert 'href="#at-else"' in html


def test_footnotes_link_there_and_back() -> None:
    html = render("Text[^1].\n\n[^1]: Note.")
    for name in ("fn1", "fnref1"):
        assert f'href="#at-{name}"' in html
        assert f'id="at-{name}"' in html


def test_table_scrolls_by_itself_and_keeps_its_alignment() -> None:
    html = render("| a | b |\n|---|--:|\n| 1 | 2 |")
    assert html.startswith('<div class="table-scroll" tabindex="0"><table>')
    assert html.rstrip().endswith("</table></div>")
    assert '<td align="right">2</td>' in html


def test_empty_corner_of_a_table_is_no_heading() -> None:
    html = render("| | a |\n|---|---|\n| 1 | 2 |")
    assert "<td></td>\n<th>a</th>" in html


def test_deleted_text_and_check_boxes() -> None:
    html = render("- [ ] ~~old~~\n- [x] done\n- [y] other")
    assert "<li>☐ <s>old</s></li>" in html
    assert "<li>☑ done</li>" in html
    assert "<li>[y] other</li>" in html


def test_open_element_ends_where_its_surroundings_end() -> None:
    html = render("- <details><summary>more</summary>\n\nafter <b>bold\n\nplain")
    assert html.index("</details>") < html.index("after")
    assert "<b>bold</b></p>\n<p>plain" in html


def test_markdown_inside_an_element_is_rendered() -> None:
    html = render("<details>\n<summary>more</summary>\n\n*text*\n\n</details>\n\nafter")
    assert re.search(r"<details>.*<em>text</em>.*</details>\s*<p>after", html, re.DOTALL)


def test_less_than_is_no_tag() -> None:
    assert render("1 < 2 and <Vec> \\<T>") == "<p>1 &lt; 2 and  &lt;T&gt;</p>\n"


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("# Title\n\nFirst *words* & `code`.", "First words & code."),
        ("```\ncode\n```\n\nWords[^1]\n\n[^1]: Note", "Words"),
        ("| a |\n|---|\n| 1 |", "a 1"),
        ("&lt;b&gt; is \\<b>", "<b> is <b>"),
        ("", ""),
    ],
)
def test_summary_is_the_first_prose(text: str, summary: str) -> None:
    assert summarise(render(text)) == summary


def test_long_summary_is_cut() -> None:
    summary = summarise(render("长" * 500))
    assert len(summary) == SUMMARY
    assert summary.endswith("长…")
