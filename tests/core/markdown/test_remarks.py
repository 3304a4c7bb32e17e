import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.markdown import render
from core.markdown.remarks import LONGEST, MOST, remarks

SHORTCODES = "Shortcodes are shown as they were written: "
INSECURE = "Pictures are loaded over https instead of http: "
INSIDE = "Pictures inside the text (data:) are left out: "


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ('{{<music id="1">}}', '{{<music id="1">}}'),
        ("{{% note %}}Inner{{% /note %}}", "{{% note %}}"),
        ("{{< a >}} {{< b >}} {{< a 2 >}}", "{{< a >}}, {{< b >}}"),
        ("{% post_link x %}", "{% post_link x %}"),
        ("{{ site.url }}", "{{ site.url }}"),
        ("# {{< a >}}\n\n- {{< b >}}", "{{< a >}}, {{< b >}}"),
        ('[x]({{< ref "y.md" >}})', '{{< ref "y.md" >}}'),
        ("[x]({{site.url}}/y)", "{{site.url}}"),
        ("<div>\n{{<x>}}\n</div>", "{{<x>}}"),
        ('<a href="{{<x>}}">y</a>', "{{<x>}}"),
    ],
)
def test_shortcodes_are_named_once_for_each_kind(text: str, named: str) -> None:
    assert remarks(text) == [SHORTCODES + named]


@pytest.mark.parametrize(
    "text",
    [
        "![x](http://a.example/b.png)",
        "![x][r]\n\n[r]: http://a.example/b.png",
        "[![x](http://a.example/b.png)](y)",
        "<img src='http://a.example/b.png'>",
        "text <IMG alt=x SRC=http://a.example/b.png> text",
        '<img alt="a>b" src="http://a.example/b.png">',
        "<img alt='a > \"b' src='http://a.example/b.png'>",
        '<figure>\n<img alt="x" src="http://a.example/b.png">\n</figure>',
    ],
)
def test_picture_at_an_http_address_is_loaded_over_https_and_named(text: str) -> None:
    assert 'src="https://a.example/b.png"' in render(text)
    assert remarks(text) == [INSECURE + "http://a.example/b.png"]


@pytest.mark.parametrize(
    ("written", "loaded"),
    [
        ("HTTP://a.example/b.png", "https://a.example/b.png"),
        ("http://a.example:80/b.png", "https://a.example/b.png"),
        ("http://a.example:8080/b.png", "https://a.example:8080/b.png"),
        ("http://a.example?b=http://c", "https://a.example?b=http://c"),
        ("https://a.example/b.png", "https://a.example/b.png"),
        ("//a.example/b.png", "//a.example/b.png"),
        ("/media/b.png", "/media/b.png"),
        ("b.png?http://c", "b.png?http://c"),
    ],
)
def test_only_the_scheme_of_a_picture_changes(written: str, loaded: str) -> None:
    assert f'src="{loaded}"' in render(f"![x]({written})")
    assert f'src="{loaded}"' in render(f"<img src='{written}'>")


def test_space_before_the_scheme_of_a_picture_hides_nothing() -> None:
    text = "<img src=' http://a.example/b.png'>"
    assert 'src="https://a.example/b.png"' in render(text)
    assert remarks(text) == [INSECURE + "http://a.example/b.png"]


def test_links_keep_their_scheme() -> None:
    assert 'href="http://a.example/"' in render("[x](http://a.example/)")


def test_picture_inside_the_text_is_left_out_and_named() -> None:
    text = "![x](data:image/png;base64,AAAA)"
    assert "src" not in render(text)
    assert remarks(text) == [INSIDE + "data:image/png;base64,AAAA"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Plain *text* with {braces} and http://a.example.",
        "`{{< x >}}` and `![x](http://a.example/b.png)`",
        "```\n{{< x >}}\n![x](http://a.example/b.png)\n```",
        "    {% x %}",
        "![x](https://a.example/b.png)",
        "<font color=red>x</font>",
        "$\\frac{{a}}{{b}}$",
    ],
)
def test_text_that_is_shown_as_meant_gets_no_remark(text: str) -> None:
    assert remarks(text) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[to it](#prelim)\n\n## Preliminaries {#prelim}", "#prelim"),
        ("[a](#缓存) [b](#no) [a](#缓存)\n\n## Yes", "#缓存, #no"),
        ('<a href="#content">x</a>', "#content"),
    ],
)
def test_link_to_an_id_that_the_text_does_not_have_is_named(text: str, named: str) -> None:
    assert remarks(text) == [f"Links lead to no heading of the text: {named}"]


@pytest.mark.parametrize(
    "text",
    [
        "[a](#what-is-new)\n\n## What is new",
        "[a](#whats-new)\n\n## What's new",
        "[a](#缓存)\n\n## 缓存",
        '[a](#here) <p id="here">x</p>',
        "word[^1]\n\n[^1]: note",
        "[a](#) [b](/x#y)",
    ],
)
def test_link_that_leads_to_its_target_is_not_named(text: str) -> None:
    assert remarks(text) == []


def test_picture_with_a_relative_address_is_named() -> None:
    text = "![a](./rel.png) <img src='../up/缓.png'> ![b](/media/x.png) ![c](//a.example/x.png)"
    wanted = "Pictures are not shown, as their addresses are relative: ./rel.png, ../up/缓.png"
    assert remarks(text) == [wanted]


@pytest.mark.parametrize(
    "text",
    [
        '<iframe src="https://a.example"></iframe>',
        'a <video src="v.mp4" controls> b',
        "<script>x</script>",
        "<div>\n<object></object>\n</div>",
    ],
)
def test_embedded_content_is_named(text: str) -> None:
    (remark,) = remarks(text)
    assert remark.startswith("Articles cannot contain this, so it is left out: <")
    assert remark.endswith(">")


def test_embedded_content_in_code_is_shown_and_not_named() -> None:
    assert remarks("`<iframe>` and\n\n    <script>\n\n```\n<video>\n```") == []


def test_many_examples_are_counted_and_long_ones_cut() -> None:
    text = " ".join(f"{{{{< {'x' * 100}{number} >}}}}" for number in range(MOST + 2))
    (remark,) = remarks(text)
    assert remark.count("{{<") == MOST
    assert remark.endswith(f"… ({MOST + 2})")
    assert len(remark) < len(SHORTCODES) + (MOST + 1) * (LONGEST + 2)


PIECES = ["{{<", ">}}", "{% ", " %}", "{{ ", " }}", "![", "](", "http:", "data:", "<img src=", ">"]


@given(st.lists(st.sampled_from([*PIECES, "\n", "a", "`", "<div>", "%s", "\ud800"])).map("".join))
def test_any_text_gives_short_remarks(text: str) -> None:
    assert all(len(remark) < 600 and "\n" not in remark for remark in remarks(text))
