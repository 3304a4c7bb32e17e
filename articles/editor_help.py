"""The buttons, shortcuts and keys of the editor.

The toolbar and the help panel are made from these lists, and the tables of docs/writing.md are
compared with them. What a button writes is in core/static/inkpool/editor/tools.js.
"""

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Tool(NamedTuple):
    """A button of the toolbar. `icon` is the path of an SVG picture, 16 units wide and high."""

    name: str
    label: Promise
    keys: str  # the shortcut, if there is one
    syntax: str
    icon: str


class Key(NamedTuple):
    keys: Promise | str
    effect: Promise


TOOLS = [
    Tool("heading", _("Heading"), "Ctrl+Shift+6", "## Heading", "M4 3v10M12 3v10M4 8h8"),
    Tool(
        "bold",
        _("Bold"),
        "Ctrl+B",
        "**bold**",
        "M5 3h4a2.5 2.5 0 0 1 0 5H5zM5 8h5a2.5 2.5 0 0 1 0 5H5z",
    ),
    Tool("italic", _("Italic"), "Ctrl+I", "*italic*", "M7 3h5M4 13h5M9.5 3l-3 10"),
    Tool(
        "link",
        _("Link"),
        "Ctrl+K",
        "[text](https://example.com)",
        "M6.5 9.5l3-3M7.5 4.5L9 3a2.8 2.8 0 0 1 4 4l-1.5 1.5M8.5 11.5L7 13a2.8 2.8 0 0 1-4-4"
        "l1.5-1.5",
    ),
    Tool(
        "bullets",
        _("List"),
        "Ctrl+Shift+8",
        "- item",
        "M6 4h8M6 8h8M6 12h8M2.5 4h.01M2.5 8h.01M2.5 12h.01",
    ),
    Tool(
        "numbers",
        _("Numbered list"),
        "Ctrl+Shift+7",
        "1. item",
        "M7 4h7M7 8h7M7 12h7M2 3l1.2-.7V6M2 10.5c0-1.3 2-1.3 2 0 0 .8-2 1.5-2 2.7h2.2",
    ),
    Tool("quote", _("Quotation"), "Ctrl+Shift+9", "> quoted", "M3 3v10M6 5h8M6 8h8M6 11h5"),
    Tool("code", _("Code"), "Ctrl+E", "`code`", "M5.5 4.5L2 8l3.5 3.5M10.5 4.5L14 8l-3.5 3.5"),
    Tool("table", _("Table"), "", "| a | b |", "M2 3h12v10H2zM2 6.5h12M2 10h12M8 3v10"),
    Tool(
        "image",
        _("Picture"),
        "",
        "![text](https://example.com/a.png)",
        "M2 3h12v10H2zM2 11l3.5-3.5L9 11l2-2 3 3M10.5 6h.01",
    ),
    Tool("footnote", _("Footnote"), "", "[^1]", "M2 13L5 4l3 9M3 10h4M11 3.5l1.5-1V8"),
    Tool("formula", _("Formula"), "", "$`x^2`$", "M12 5V3H4l4.5 5L4 13h8v-2"),
]
KEYS = [
    Key("Ctrl+S", _("save")),
    Key("Enter", _("continue a list or a quotation; on an empty line of it, end it")),
    Key("Tab", _("leave the text for the next field")),
    Key(_("Enter in the title"), _("go to the text")),
    Key("Ctrl+Z", _("undo, also what a button has written")),
    Key("Ctrl+Shift+V", _("paste a web page as plain text, not as Markdown")),
    Key("Ctrl+Shift+Enter", _("full screen; Esc ends it")),
    Key("Ctrl+/", _("open the help")),
]
