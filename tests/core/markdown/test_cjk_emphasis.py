"""Emphasis beside Chinese, Japanese and Korean, and unchanged everywhere else."""

import re

import pytest
from markdown_it import MarkdownIt

from core.markdown import render
from core.markdown.cjk_emphasis import cjk_emphasis_plugin

PLAIN = MarkdownIt("commonmark").enable("strikethrough")
FRIENDLY = MarkdownIt("commonmark").enable("strikethrough").use(cjk_emphasis_plugin)
SHORT = {"strong": "b", "em": "i", "s": "s"}


def shown(text: str) -> str:
    """Returns the paragraph with <b>, <i> and <s> for bold, emphasis and deletion."""
    html = render(text).strip().removeprefix("<p>").removesuffix("</p>")
    return re.sub(r"(?<=[</])(strong|em|s)(?=>)", lambda tag: SHORT[tag[1]], html)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**注意：**这里应当是粗体。", "<b>注意：</b>这里应当是粗体。"),
        ("他说**“你好”**然后走了。", "他说<b>“你好”</b>然后走了。"),
        ("这是**（括号）**里的。", "这是<b>（括号）</b>里的。"),
        ("读**《红楼梦》**吧", "读<b>《红楼梦》</b>吧"),
        ("**‘单引号’**也行", "<b>‘单引号’</b>也行"),
        ("先**停一下，**再走", "先<b>停一下，</b>再走"),
        ("**句号。**下一句", "<b>句号。</b>下一句"),
        ("**真的？！**是的", "<b>真的？！</b>是的"),
        ("**等等……**然后", "<b>等等……</b>然后"),
        ("说到**——破折号——**这里", "说到<b>——破折号——</b>这里"),
        ("**【提示】**如下", "<b>【提示】</b>如下"),
        ("**100%**的人", "<b>100%</b>的人"),
        ("税**¥100**起", "税<b>¥100</b>起"),
        ("用**`code`**写", "用<b><code>code</code></b>写"),
        ("用**C++**写和**C#**写", "用<b>C++</b>写和<b>C#</b>写"),
        ("*斜体。*之后", "<i>斜体。</i>之后"),
        ("***粗斜：***之后", "<i><b>粗斜：</b></i>之后"),
        ("~~删去：~~之后", "<s>删去：</s>之后"),
        ("~~“旧”~~新", "<s>“旧”</s>新"),
        ("**外*（内）*外**完", "<b>外<i>（内）</i>外</b>完"),
        ("Go**（语言）**Rust", "Go<b>（语言）</b>Rust"),
        ("Go**“语言”**Rust", "Go<b>“语言”</b>Rust"),
        ("**等等……**Rust", "<b>等等……</b>Rust"),
        ("彼は**「はい」**と言った", "彼は<b>「はい」</b>と言った"),
        ("これは**重要。**なので", "これは<b>重要。</b>なので"),
        ("**별표(괄호)**는 강조", "<b>별표(괄호)</b>는 강조"),
        ("한국어**\u201c인용\u201d**입니다", "한국어<b>“인용”</b>입니다"),
        ("**好：**😀", "<b>好：</b>😀"),
        ("**😀**的脸", "<b>😀</b>的脸"),
    ],
)
def test_emphasis_beside_full_width_punctuation(text: str, html: str) -> None:
    assert shown(text) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("**“甲”**和**“乙”**", "<b>“甲”</b>和<b>“乙”</b>"),
        ("**甲：**一，**乙：**二", "<b>甲：</b>一，<b>乙：</b>二"),
        ("**（一）**与*（二）*与~~（三）~~与", "<b>（一）</b>与<i>（二）</i>与<s>（三）</s>与"),
        ("**《甲》**、**《乙》**。", "<b>《甲》</b>、<b>《乙》</b>。"),
    ],
)
def test_two_on_one_line_do_not_invert(text: str, html: str) -> None:
    assert shown(text) == html


@pytest.mark.parametrize(
    "text",
    [
        "**葛\U000e0100。**的",  # an ideographic variation selector
        "字**葛\U000e0100**(x)",
        "**（\ufe00**x",  # a form of a full-width mark
        "**!\u201d\ufe01**x",  # a quotation mark in its full-width form
        "**𠮷（𠮷）**x",  # beyond the first 65,536 characters
        "**ｶﾅ｡**x",  # half-width
    ],
)
def test_variants_of_a_character_count_as_the_character(text: str) -> None:
    assert "<b>" in shown(text)


@pytest.mark.parametrize("text", ["中_文_字", "_中文。_后", "__中文。__后", "中__（文）__字"])
def test_underscores_keep_the_rule_of_commonmark(text: str) -> None:
    assert FRIENDLY.render(text) == PLAIN.render(text)
    assert "<" not in shown(text)


@pytest.mark.parametrize("text", ["** 中文：**后", "**中文： **后", "中 ** 文", "a**中\u3000**b"])
def test_run_beside_a_space_keeps_the_rule_of_commonmark(text: str) -> None:
    assert FRIENDLY.render(text) == PLAIN.render(text)


@pytest.mark.parametrize(
    "text",
    [
        "a*b*c a**b**c 5*6*7",
        'say**"so"**then',
        "end.**Then** and (**this**)that",
        "*one **two* three**",
        "*(**both**)* **(*both*)**",
        "a * b * c, * d*",
        "snake_case_name and __init__ and _so_",
        "***mixed** here* and ***all***",
        "**open and *open",
        "“**quoted**” and ‘*so*’ — *dash* — …*so*",
        "*a*“*b*”c**“d”**e",
        "é**(ü)**ß д**(ж)**я",
        "**😀!**x",
        "~~gone~~ and a~~(b)~~c",
    ],
)
def test_text_without_cjk_is_as_in_commonmark(text: str) -> None:
    assert FRIENDLY.render(text) == PLAIN.render(text)


def test_another_parser_keeps_the_rule_of_commonmark() -> None:
    assert MarkdownIt("commonmark").render("**注意：**这里") == "<p>**注意：**这里</p>\n"
