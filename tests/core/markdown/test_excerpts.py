import pytest

from core.markdown import render, summarise


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ("做不到。\n\n签名", "做不到。 签名"),
        ("第一段\n\n第二段", "第一段 第二段"),
        ("- 甲\n- 乙\n- 丙", "甲 乙 丙"),
        ("1. 甲\n\n   乙\n2. 丙", "甲 乙 丙"),
        ("> 引文\n\n正文", "引文 正文"),
        ("上一行  \n下一行", "上一行 下一行"),
        ("一段\n\n---\n\n另一段", "一段 另一段"),
        ("前文\n\n## 标题\n\n后文", "前文 后文"),
        ("前文\n\n```\n代码\n```\n\n后文", "前文 后文"),
        ("one\n\ntwo", "one two"),
        ("- one\n- two", "one two"),
        ("<div>甲</div><div>乙</div>", "甲 乙"),
        ("| 甲 | 乙 |\n|---|---|\n| 丙 | 丁 |", "甲 乙 丙 丁"),
    ],
)
def test_excerpt_keeps_a_gap_between_blocks(text: str, excerpt: str) -> None:
    assert summarise(render(text)) == excerpt


@pytest.mark.parametrize(
    ("text", "excerpt"),
    [
        ("一句话\n分两行", "一句话分两行"),
        ("中文**粗体：**和*斜体*的", "中文粗体：和斜体的"),
        ("a **b** c\nd", "a b c d"),
        ("见https://a.example/x。", "见https://a.example/x。"),
        ("{{<music>}}之后", "{{<music>}}之后"),
        ("话[^1]。再说[^1]\n\n[^1]: 注", "话。再说"),
        ("看![图](a.png)这里", "看这里"),
        ("2<sup>10</sup> bytes", "210 bytes"),
    ],
)
def test_excerpt_adds_no_gap_inside_a_block(text: str, excerpt: str) -> None:
    assert summarise(render(text)) == excerpt
