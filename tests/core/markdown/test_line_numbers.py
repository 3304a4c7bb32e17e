"""The line of each block, for the editor's preview."""

import re

from core.markdown import render

TEXT = """\
# One

- item
- two

> quoted

```python
code
```

    indented

| a |
|---|
| b |

<div data-line="7">raw</div>
"""


def test_each_block_has_the_line_that_it_begins_on():
    html = render(TEXT, lines=True)
    found = re.findall(r'<(\w+)[^>]* data-line="(\d+)"', html)
    assert {
        ("h2", "0"),
        ("ul", "2"),
        ("li", "3"),
        ("blockquote", "5"),
        ("pre", "7"),
        ("table", "13"),
    } <= set(found)


def test_html_differs_from_the_stored_one_in_nothing_else():
    numbered = render(TEXT.replace(' data-line="7"', ""), lines=True)
    assert re.sub(r' data-line="\d+"', "", numbered) == render(TEXT)


def test_stored_html_has_no_lines():
    assert "data-line" not in render(TEXT)
