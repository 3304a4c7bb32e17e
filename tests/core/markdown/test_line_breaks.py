import pytest

from core.markdown import render, summarise


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("中文\n换行", "<p>中文换行</p>\n"),
        ("一句。\n下一句", "<p>一句。下一句</p>\n"),
        ("two\nwords", "<p>two\nwords</p>\n"),
        ("用 Django\n写", "<p>用 Django\n写</p>\n"),
        ("*斜体*\n之后", "<p><em>斜体</em>\n之后</p>\n"),
    ],
)
def test_a_line_end_inside_chinese_is_no_space(text, html):
    assert render(text) == html


def test_a_summary_joins_chinese_paragraphs_without_a_space():
    assert summarise(render("做不到。\n\n签名 and more")) == "做不到。签名 and more"
