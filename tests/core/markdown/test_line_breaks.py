from types import SimpleNamespace

import pytest
from markdown_it import MarkdownIt

from core.markdown import render
from core.markdown.line_breaks import join_lines, softbreak


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("中文\n换行", "<p>中文换行</p>\n"),
        ("一句。\n下一句", "<p>一句。下一句</p>\n"),
        ("two\nwords", "<p>two\nwords</p>\n"),
        ("用 Django\n写", "<p>用 Django\n写</p>\n"),
        ("*斜体*\n之后", "<p><em>斜体</em>之后</p>\n"),
        ("**差异：**\nFlask", "<p><strong>差异：</strong>Flask</p>\n"),
        ("推入。\n*逐词*", "<p>推入。<em>逐词</em></p>\n"),
        ("推入\n`push`", "<p>推入\n<code>push</code></p>\n"),
        ("推入，\n`push`", "<p>推入，<code>push</code></p>\n"),
        ("`push`\n（推入）", "<p><code>push</code>（推入）</p>\n"),
        ("他说\n“好”\n的", "<p>他说“好”的</p>\n"),
        ("he says\n“well”\nand", "<p>he says\n“well”\nand</p>\n"),
        ("**bold**\n*words*", "<p><strong>bold</strong>\n<em>words</em></p>\n"),
    ],
)
def test_line_end_inside_chinese_is_no_space(text, html):
    assert render(text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("两行\n诗句", "<p>两行<br>\n诗句</p>\n"),
        ("two\nlines", "<p>two<br>\nlines</p>\n"),
        ("hard  \nbreak", "<p>hard<br>\nbreak</p>\n"),
        ("> quoted\n> lines", "<blockquote>\n<p>quoted<br>\nlines</p>\n</blockquote>\n"),
    ],
)
def test_each_line_end_is_a_break_when_asked_for(text, html):
    assert render(text, breaks=True) == html


def test_line_ends_in_code_are_never_breaks():
    assert "<br>" not in render("```\na\nb\n```\n\n`a\nb`", breaks=True)


class Visited(list):
    """Counts the items that are read from it, by index, slice or iteration."""

    count = 0

    def __getitem__(self, place):
        self.count += len(range(*place.indices(len(self)))) if isinstance(place, slice) else 1
        return super().__getitem__(place)

    def __iter__(self):
        self.count += len(self)
        return super().__iter__()

    def __reversed__(self):
        self.count += len(self)
        return super().__reversed__()


def visits(text: str) -> int:
    """The number of tokens read to join the lines of a paragraph."""
    parser = MarkdownIt("commonmark")
    (_opening, inline, _closing) = parser.parse(text)
    tokens = inline.children = Visited(inline.children)
    join_lines(SimpleNamespace(tokens=[inline]))
    for index in range(len(tokens)):
        softbreak(parser.renderer, tokens, index, parser.options, {})
    return tokens.count


@pytest.mark.parametrize("line", ["a\n", "![](a)\n", "a<b>\n", "中\n"])
def test_joining_lines_visits_tokens_in_proportion_to_their_number(line):
    assert visits(line * 200) <= 2.1 * visits(line * 100)
