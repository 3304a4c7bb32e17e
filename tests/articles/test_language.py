import pytest

from articles.language import language_of


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("", "en"),
        ("Connection pools, measured", "en"),
        ("The word 缓存 in an English text means cache and nothing else at all", "en"),
        ("连接池", "zh-Hans"),
        ("用 Django 写 MySQL 连接池", "zh-Hans"),
    ],
)
def test_language_of_a_text(text, language):
    assert language_of(text) == language
