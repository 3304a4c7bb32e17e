import html
import re
from typing import Any

import pytest

from core.markdown import render, shortcodes
from core.markdown.remarks import remarks

SHORTCODES = [
    "{{<music>}}",
    '{{<music id="123" src="song.mp3">}}',
    '{{< music id="123" >}}',
    "{{% note %}}",
    "{{%/*note*/%}}",
    "{{< a *b* c_d_e `f` [g](h) >}}",
    "{% post_link other *x* %}",
    '{% asset_img a.png "a <b> c" %}',
    "{{ site.url }}",
    '{{ page.title | default: "<b>" }}',
    '{{ youtube(id="a_b_c") }}',
    '{{youtube(id="<b>")}}',
    '{{< figure\n  src="a.png" >}}',
]


@pytest.mark.parametrize("shortcode", SHORTCODES)
def test_shortcode_is_shown_as_written(shortcode: str) -> None:
    shown = render(f"a {shortcode} b")
    assert html.unescape(shown) == f"<p>a {shortcode} b</p>\n"


@pytest.mark.parametrize("shortcode", SHORTCODES)
def test_shortcode_is_shown_as_written_in_raw_html(shortcode: str) -> None:
    shown = render(f"<div>\n{shortcode}\n</div>")
    assert shortcode in html.unescape(shown)
    assert re.findall("<[^>]*>", shown) == ["<div>", "</div>"]


@pytest.mark.parametrize("shortcode", SHORTCODES)
def test_shortcode_in_code_is_unchanged(shortcode: str) -> None:
    assert html.unescape(render(f"```\n{shortcode}\n```")) == (
        f'<pre class="highlight" tabindex="0"><code>{shortcode}\n</code></pre>\n'
    )


FIGURE = '{{< figure\n  src="x.png"\n  title="y"\n>}}'
NOTE = "{{% note\n\n- *a*\n# b\n%}}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (FIGURE, FIGURE),
        (NOTE, NOTE),
        ("a {{< figure\n>}} b", "a {{< figure\n>}} b"),
        ("a\n{{< figure\n\n>}}", "a\n{{< figure\n\n>}}"),
        ("- {{< figure\n  a\n  >}}", "{{< figure\na\n>}}"),
        ("> {{< figure\n> a\n> >}}", "{{< figure\na\n>}}"),
    ],
)
def test_shortcode_over_several_lines_is_shown_as_written_and_named(text: str, shown: str) -> None:
    written = render(text)
    assert written.count("<blockquote>") == text.startswith(">")
    words = re.sub("<[^>]*>", "", written.replace("</p>\n<p>", "\n"))
    assert html.unescape(words).strip() == shown
    (remark,) = remarks(text)
    assert re.search(r": \{\{[<%] (figure|note).*[>%]\}\}$", remark)


def test_text_behind_a_shortcode_over_several_lines_is_markdown() -> None:
    assert render("{{< a\n>}}\n\n> *b*\n>>}} c").endswith(
        "<blockquote>\n<p><em>b</em>\n&gt;}} c</p>\n</blockquote>\n"
    )


@pytest.mark.parametrize("text", ["{{<\na\n\n> b", "- {{<\n\nc >}}\n\n> b", "{{< {{<\n\n> b\n>}}"])
def test_shortcode_that_does_not_end_takes_no_line(text: str) -> None:
    assert "<blockquote>\n<p>b" in render(text)


class Searched:
    """A pattern that counts the searches."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern, self.times = pattern, 0

    def search(self, *args: Any) -> re.Match[str] | None:
        self.times += 1
        return self.pattern.search(*args)


@pytest.mark.parametrize("unit", ["{{<\n", "{{<\n\n", "> {{<\n", "- {{<\n", "{{< a\n\nb\n\n"])
def test_end_of_a_shortcode_is_found_in_linear_time(
    unit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched = Searched(shortcodes._ends["{{<"])
    monkeypatch.setitem(shortcodes._ends, "{{<", searched)
    text = unit * 300
    render(text)
    assert 0 < searched.times < 6 * text.count("\n")


def test_backslash_before_a_shortcode_is_dropped_alone() -> None:
    assert html.unescape(render("\\{{<x>}} \\\\{{<y>}}")) == "<p>{{<x>}} \\{{<y>}}</p>\n"


def test_markdown_between_two_shortcodes_is_rendered() -> None:
    assert render("{{% note %}}*Inner*{{% /note %}}") == (
        "<p>{{% note %}}<em>Inner</em>{{% /note %}}</p>\n"
    )


@pytest.mark.parametrize("text", ["{{*a*", "{ *a* }", "{{ *a*", "{% *a*", "{{{*a*}}}"])
def test_braces_without_a_shortcode_stay(text: str) -> None:
    assert "<em>a</em>" in render(text)


def test_shortcode_does_not_keep_a_comment_open() -> None:
    assert "after" in render("<!-- {{< -->\nx >}}\n\nafter")
