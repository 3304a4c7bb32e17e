"""Compares each Chinese page with the English one, block by block.

A block is a heading, a paragraph, a list, a table or a sample. Both must have the same names in
code marks, the same links, rows, items and numbers, and the same program. Both must be of similar
length, which finds most sentences that exist in one language only.
"""

import io
import re
import tokenize
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings

DOCS = Path(settings.BASE_DIR) / "docs"
PAGES = sorted(path.name for path in (DOCS / "zh-hans").glob("*.md"))
SHARED = re.compile(r"<!-- results: .*?<!-- end -->", re.DOTALL)  # what a command has written
BLOCK = re.compile(r"^( *)```([^\n]*)\n(.*?)^\1```$|\n\n+", re.MULTILINE | re.DOTALL)
SAID = {tokenize.STRING, tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE}
SHORT = 15  # words; the length of a shorter block is not compared
LEAST, MOST = 1.0, 2.25  # characters of Chinese for a word of English


class Block(NamedTuple):
    level: str = ""  # of a heading
    names: frozenset[str] = frozenset()
    links: tuple[str, ...] = ()
    rows: int = 0
    items: int = 0
    numbers: tuple[str, ...] = ()  # in digits, outside code marks and addresses
    kind: str = ""  # of a sample
    code: tuple[str, ...] = ()


def texts(markdown: str) -> list[str]:
    """The source of each block."""
    marked = BLOCK.sub(lambda found: f"\0{found[0].strip()}\0", SHARED.sub("", markdown))
    return [text for each in marked.split("\0") if (text := each.strip("\n"))]


def block(text: str) -> Block:
    if sample := BLOCK.fullmatch(text):
        return Block(kind=sample[2], code=program(sample[3]))
    lines = text.splitlines()
    return Block(
        level="#" * (len(text) - len(text.lstrip("#"))),
        names=frozenset(re.findall(r"`([^`]+)`", text)),
        links=tuple(sorted(re.findall(r"\]\((?:\.\./)*([^)#]+)", text))),
        rows=sum(line.startswith("|") for line in lines),
        items=sum(bool(re.match(r" *(?:[-*]|\d+\.) ", line)) for line in lines),
        numbers=numbers(text),
    )


def numbers(text: str) -> tuple[str, ...]:
    """`1,204` counts as 1204; a range such as 3–4 is two numbers."""
    found = re.findall(r"\d[\d,]*(?:\.\d+)*", prose(text))
    return tuple(sorted(number.replace(",", "").rstrip(".") for number in found))


def prose(text: str) -> str:
    """The text without code marks and addresses."""
    return re.sub(r"`[^`]*`|\]\([^)]*\)", "", text)


def program(code: str) -> tuple[str, ...]:
    """The tokens of a Python sample without strings and comments."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(code).readline))
    except (tokenize.TokenError, IndentationError):
        return ()
    return tuple(token.string for token in tokens if token.type not in SAID)


def length(text: str) -> int:
    """Words, and Chinese characters, outside of code marks and addresses."""
    return len(re.findall(r"[A-Za-z]+|[\u4e00-\u9fff]", prose(text)))


def out_of_step(english: str, chinese: str) -> list[tuple[object, object]]:
    """The pairs of blocks that differ."""
    ours, theirs = texts(english), texts(chinese)
    pairs = [(block(one), block(two)) for one, two in zip(ours, theirs, strict=False)]
    found: list[tuple[object, object]] = [pair for pair in pairs if pair[0] != pair[1]]
    found += [(one, two) for one, two in zip(ours, theirs, strict=False) if unequal(one, two)]
    return found or ([] if len(ours) == len(theirs) else [(len(ours), len(theirs))])


def unequal(english: str, chinese: str) -> bool:
    words = 0 if BLOCK.fullmatch(english) else length(english)
    return words >= SHORT and not LEAST <= length(chinese) / words <= MOST


def page(name: str) -> tuple[str, str]:
    english, chinese = ((DOCS / folder / name).read_text("utf-8") for folder in ("", "zh-hans"))
    return english, chinese


@pytest.mark.parametrize("name", PAGES)
def test_chinese_page_matches_the_english_one(name: str):
    assert out_of_step(*page(name)) == []


ENGLISH = """# One

The names are `a` and `b`. What is said here is said in some fifteen words or more,
and [linked](x.md). It has a second sentence, which is as long as the first one
and could be lost in the translation of it.

- one `c`
- two

| a | b |
|---|---|
| 1 | 2 |

```python
print("one")  # said
```
"""
CHINESE = """# 一

名字是 `a` 和 `b`。这里说的话在英文里大约有十五个词，或者还要多一些，也有[链接](../x.md)。
还有第二句，和第一句差不多一样长，翻译的人有可能会把它漏掉。

- 一 `c`
- 二

| 甲 | 乙 |
|---|---|
| 1 | 2 |

```python
print("一")  # 说
```
"""


def test_matching_pages_pass():
    assert out_of_step(ENGLISH, CHINESE) == []


@pytest.mark.parametrize(
    "lost",
    [
        "还有第二句，和第一句差不多一样长，翻译的人有可能会把它漏掉。\n",
        " 和 `b`",
        "[链接](../x.md)",
        "- 二\n",
        "| 1 | 2 |\n",
        "2 |",
        '```python\nprint("一")  # 说\n```\n',
        'print("一")',
        "# 一\n",
        " `c`",
    ],
)
def test_missing_part_is_found(lost: str):
    assert lost in CHINESE
    assert out_of_step(ENGLISH, CHINESE.replace(lost, ""))
