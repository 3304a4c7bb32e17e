"""Texts of a given length, of one shape each: made to be slow, and as people write."""

from collections.abc import Callable

Shape = Callable[[int], str]  # of about so many characters


def repeated(unit: str, head: str = "") -> Shape:
    return lambda length: head + unit * ((length - len(head)) // len(unit))


def paragraphs(unit: str, head: str = "") -> Shape:
    """As long as a paragraph may be: what grows within one shows, and none is refused for it."""
    longest = unit * (19_000 // len(unit)) + "\n\n"
    return lambda length: (head + longest * (length // len(longest) + 1))[:length]


def wide_table(length: int) -> str:
    columns = (length - 4) // 4
    return "|a" * columns + "|\n" + "|-" * columns + "|\n"


def narrow_table(length: int) -> str:
    return "|a|b|\n|-|-|\n" + "|1|2|\n" * (length // 6)


def footnotes(length: int) -> str:
    return "".join(f"[^{number}]\n\n[^{number}]: note\n\n" for number in range(length // 24))


def attributes(length: int) -> str:
    return "<b " + "".join(f"a{number}=b " for number in range(length // 9)) + ">"


NOTE = "[^1]: x\n\n"
HOSTILE = {
    "footnote marks left open": paragraphs("[^", NOTE),
    "references to one footnote": repeated("[^1]", NOTE),
    "lines of a letter": paragraphs("a\n"),
    "lines with an open bracket": paragraphs("[a\n"),
    "lines with a picture": paragraphs("![](a)\n"),
    "a table with a wide header": wide_table,
    "a table of many rows": narrow_table,
    "a heading of combining marks": repeated("\u0301\u0323", "# a"),
    "open brackets": paragraphs("["),
    "open links": paragraphs("[a]("),
    "emphasis of two kinds, left open": paragraphs("*a_ "),
    "backticks in runs of growing length": lambda length: "".join(
        "`" * run + "a" for run in range(1, int((2 * length) ** 0.5))
    ),
    "bare addresses that are none": paragraphs("www._"),
    "a reference to a long address, repeated": paragraphs("[a] ", f"[a]: {'b' * 1000}\n\n"),
    "footnotes": footnotes,
    "quotations of 17 levels": repeated("> " * 17 + "a\n\n"),
    "list items": repeated("- a\n"),
    "empty headings": repeated("#\n"),
    "an HTML tag with many attributes": attributes,
    "HTML elements left open": repeated("<p><b>\n\n"),
}
PROSE = (
    "A *short* text about `pools`, with a [link](https://a.example/x) and **bold** words. It goes "
    "on for a while, as people write, and ends with a full stop.\n\n"
)
CHINESE = "这是一段关于**连接池**的文字，里面有`代码`和[链接](https://a.example/x)。\n它会再写一会儿。\n\n"
ORDINARY = {
    "prose": repeated(PROSE),
    "Chinese prose": repeated(CHINESE),
    "prose with headings": repeated(f"## Pools\n\n{PROSE}"),
    "lists": repeated("".join(f"- {PROSE.strip()}\n" for _ in range(5)) + "\n"),
    "prose with plain code": repeated(PROSE + "```\nx = connect()\nx.close()\n```\n\n"),
}
