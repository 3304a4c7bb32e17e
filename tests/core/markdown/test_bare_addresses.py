import re
import time

import pytest

from core.markdown import render


def links(text: str) -> list[tuple[str, str]]:
    return re.findall(r'<a href="([^"]*)"[^>]*>(.*?)</a>', render(text))


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("see https://a.example/x", "https://a.example/x"),
        ("http://a.example", "http://a.example"),
        ("https://a.example/x?y=1#z-2 and", "https://a.example/x?y=1#z-2"),
        ("https://a.example/x_y_z/~b", "https://a.example/x_y_z/~b"),
        ("https://a.example:8080/x", "https://a.example:8080/x"),
        ("http://localhost:8000/x", "http://localhost:8000/x"),
        ("http://127.0.0.1/x", "http://127.0.0.1/x"),
        ("(https://a.example/x)", "https://a.example/x"),
        ("https://a.example/x_(y)!", "https://a.example/x_(y)"),
        ("https://a.example/x.", "https://a.example/x"),
        ("https://a.example/x?!", "https://a.example/x"),
        ("“https://a.example/x”", "https://a.example/x"),
        ('"https://a.example/x"', "https://a.example/x"),
        ("**https://a.example/x**", "https://a.example/x"),
        ("**https://a.example/x**后", "https://a.example/x"),
        ("~~https://a.example/x~~", "https://a.example/x"),
        ("[https://a.example/x]", "https://a.example/x"),
        ("| a |\n|---|\n| https://a.example/x |", "https://a.example/x"),
        ("https://a.example/x\\_y", "https://a.example/x_y"),
        ("https://a.example/x&lt;", "https://a.example/x"),
        ("见https://a.example/x。", "https://a.example/x"),
        ("（https://a.example/x）后", "https://a.example/x"),
        ("https://a.example/x，然后", "https://a.example/x"),
        ("https://a.example/x、y", "https://a.example/x"),
        ("《https://a.example/x》", "https://a.example/x"),
        ("https://a.example/x即可", "https://a.example/x"),
        ("https://a.example即可", "https://a.example"),
        ("https://a.example：8", "https://a.example"),
        ("https://a.example/x（见下）", "https://a.example/x"),
        ("https://a.example/x(见下", "https://a.example/x"),
        ("(见 https://a.example/x)后", "https://a.example/x"),
    ],
)
def test_bare_address_is_a_link_and_ends_where_the_sentence_goes_on(
    text: str, address: str
) -> None:
    assert links(text) == [(address, address)]


@pytest.mark.parametrize(
    ("text", "href", "shown"),
    [
        ("www.a.example/x，", "http://www.a.example/x", "www.a.example/x"),
        ("_www.a.example_", "http://www.a.example", "www.a.example"),
        (
            "https://a.example/路径，",
            "https://a.example/%E8%B7%AF%E5%BE%84",
            "https://a.example/路径",
        ),
        (
            "https://a.example/?q=缓存v2&amp;n=1",
            "https://a.example/?q=%E7%BC%93%E5%AD%98v2&amp;n=1",
            "https://a.example/?q=缓存v2&amp;n=1",
        ),
        (
            "https://a.example/A_(路B径)，",
            "https://a.example/A_(%E8%B7%AFB%E5%BE%84)",
            "https://a.example/A_(路B径)",
        ),
        (
            "见https://a.example/路径_(路径)。",
            "https://a.example/%E8%B7%AF%E5%BE%84_(%E8%B7%AF%E5%BE%84)",
            "https://a.example/路径_(路径)",
        ),
        ("https://例子.中国/", "https://xn--fsqu00a.xn--fiqs8s/", "https://例子.中国/"),
    ],
)
def test_text_of_a_link_is_the_address_as_written(text: str, href: str, shown: str) -> None:
    assert links(text) == [(href, shown)]


@pytest.mark.parametrize(
    "text",
    [
        "config.py core.md example.com a.example/x",
        "alice@a.example git@a.example:x/y.git pkg@1.2.3",
        "ftp://a.example javascript://a.example",
        "git+https://a.example/x xhttps://a.example xwww.a.example",
        "https:// http://? https://。 www. www.x www.即可",
        "https://user:secret@a.example https://a.example@b.example",
        "`https://a.example`",
        "```\nhttps://a.example\n```",
        "<code>https://a.example</code>",
        "![https://a.example](x.png)",
        "{{< x https://a.example >}}",
    ],
)
def test_text_without_scheme_and_code_are_not_linked(text: str) -> None:
    assert links(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "[see https://a.example](https://b.example)",
        "[https://a.example][r]\n\n[r]: https://b.example",
        '<a href="https://b.example">https://a.example</a>',
    ],
)
def test_text_of_a_link_holds_no_other_link(text: str) -> None:
    assert [href for href, _text in links(text)] == ["https://b.example"]


def test_links_go_on_behind_raw_code() -> None:
    assert len(links("<kbd>https://a.example</kbd> https://b.example")) == 1


@pytest.mark.parametrize("text", ["*https://a.example/x*，后", "*见 https://a.example/x*"])
def test_address_leaves_the_emphasis_around_it(text: str) -> None:
    assert "</a></em>" in render(text)


def test_names_without_an_address_take_linear_time():
    """A search to the end of the paragraph from each start would cost four times as much."""

    def cost(length: int) -> float:
        text = "www._" * (length // 5)
        times = []
        for _ in range(5):
            start = time.thread_time()
            render(text)
            times.append(time.thread_time() - start)
        return min(times) / length

    assert cost(16_000) < 2 * cost(4_000)


def test_parenthesis_that_is_not_closed_takes_no_exponential_time() -> None:
    text = "https://a.example/(" + "/中a" * 5_000
    assert links(text) == [("https://a.example/", "https://a.example/")]
