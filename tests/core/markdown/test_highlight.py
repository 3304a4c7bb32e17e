import re
from pathlib import Path

import pytest
from django.conf import settings
from pygments.lexers import get_lexer_by_name

from core.markdown.highlight import LONGEST, LONGEST_SLOW, QUICK, SLOW, Highlighter

STYLES = Path(settings.BASE_DIR, "core/static/inkpool/highlight.css").read_text()
SITE = Path(settings.BASE_DIR, "core/static/inkpool/site.css").read_text()
PLAIN = {"w", "o", "p", "n", "nx", "pm", "x", "esc", "g"}  # shown in the colour of the text
SAMPLES = {
    "python": '@cached\nclass A(Base):\n    """Doc."""\n    x: int = 0x1F + 1.5  # why\n'
    '    def f(self): raise ValueError(f"no {self.x!r}\\n")\n',
    "rust": 'use std::io;\nfn main() -> Result<(), Error> { let s: &\'static str = "a"; }\n',
    "sql": "SELECT id, 'a' FROM t WHERE n = 1.5 AND d IS NULL; -- why\n",
    "html": '<!DOCTYPE html><a href="x">&amp;</a><!-- c -->\n',
    "bash": 'export A="$B"; for f in *.md; do echo ${f}; done # why\n',
    "diff": "--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n",
    "console": "$ ls -l\ntotal 0\n",
    "toml": '[a]\nb = 2014-12-12\nc = "d" # why\n',
    "json": '{"a": [1, true, null, "b"]}\n',
    "javascript": "const f = async (x) => `a ${x} /b/g`; /* why */\n",
}


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    dark, light = sorted([luminance(one), luminance(other)])
    return (light + 0.05) / (dark + 0.05)


def pairs(styles: str) -> dict[str, tuple[str, str]]:
    found = re.findall(r"([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", styles)
    return {name: (light, dark) for name, light, dark in found}


@pytest.mark.parametrize("language", SAMPLES)
def test_each_kind_of_token_has_a_colour(language: str) -> None:
    html = Highlighter().block(SAMPLES[language], language)
    classes = set(re.findall(r'<span class="(\w+)">', html))
    styled = set(re.findall(r"\.([a-z]\w*)\b", STYLES))
    assert classes - PLAIN
    assert classes - PLAIN <= styled


def test_colours_can_be_read_by_day_and_by_night() -> None:
    background = pairs(SITE)["--tint"]
    for name, colours in pairs(STYLES).items():
        for colour, paper in zip(colours, background, strict=True):
            assert contrast(colour, paper) >= 4.5, name


@pytest.mark.parametrize(
    "info", ["rust", "rust,ignore", "{.rust}", "{rust}", "Rust", "rust title=x", "rust{1,3-5}"]
)
def test_language_is_found_as_generators_write_it(info: str) -> None:
    assert '<span class="k">fn</span>' in Highlighter().block("fn f() {}\n", info)


@pytest.mark.parametrize("info", ["", "nonsense", "{}", ",,", "中文", "../x", "a" * 1000])
def test_code_in_an_unknown_language_stays_plain(info: str) -> None:
    html = Highlighter().block("a < b\n", info)
    assert html == '<pre class="highlight"><code>a &lt; b\n</code></pre>\n'


def test_every_language_that_is_offered_exists() -> None:
    assert all(get_lexer_by_name(name) for name in QUICK | SLOW)


@pytest.mark.parametrize(("info", "most"), [("python", LONGEST), ("console", LONGEST_SLOW)])
def test_very_long_block_stays_plain(info: str, most: int) -> None:
    assert "<span" not in Highlighter().block("1\n" * most, info)


def test_when_the_time_is_used_up_code_stays_plain() -> None:
    highlighter = Highlighter()
    highlighter.spent = 60
    assert "<span" not in highlighter.block("x = 1\n", "python")


def test_code_made_to_be_slow_is_given_up() -> None:
    highlighter = Highlighter()
    assert "<span" not in highlighter.block("\n " * (LONGEST // 2), "python")
    assert highlighter.spent > 1


def test_empty_lines_at_the_beginning_stay() -> None:
    assert Highlighter().block("\n\nx\n", "python").startswith('<pre class="highlight"><code>\n\n')
