import html
import re

import pytest

from core.markdown import render

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
def test_a_shortcode_is_shown_as_written(shortcode: str) -> None:
    shown = render(f"a {shortcode} b")
    assert html.unescape(shown) == f"<p>a {shortcode} b</p>\n"


@pytest.mark.parametrize("shortcode", SHORTCODES)
def test_a_shortcode_is_shown_as_written_in_raw_html(shortcode: str) -> None:
    shown = render(f"<div>\n{shortcode}\n</div>")
    assert shortcode in html.unescape(shown)
    assert re.findall("<[^>]*>", shown) == ["<div>", "</div>"]


@pytest.mark.parametrize("shortcode", SHORTCODES)
def test_a_shortcode_in_code_is_unchanged(shortcode: str) -> None:
    assert html.unescape(render(f"```\n{shortcode}\n```")) == (
        f'<pre class="highlight" tabindex="0"><code>{shortcode}\n</code></pre>\n'
    )


def test_markdown_between_two_shortcodes_is_rendered() -> None:
    assert render("{{% note %}}*Inner*{{% /note %}}") == (
        "<p>{{% note %}}<em>Inner</em>{{% /note %}}</p>\n"
    )


@pytest.mark.parametrize("text", ["{{*a*", "{ *a* }", "{{ *a*", "{% *a*", "{{{*a*}}}"])
def test_braces_that_are_no_shortcode_change_nothing(text: str) -> None:
    assert "<em>a</em>" in render(text)


def test_a_shortcode_does_not_keep_a_comment_open() -> None:
    assert "after" in render("<!-- {{< -->\nx >}}\n\nafter")
