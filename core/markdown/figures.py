"""Makes a picture with a title that stands alone in its paragraph a figure with a caption.

![A pool with six connections](/media/….png "The pool")
"""

from markdown_it.rules_core import StateCore
from markdown_it.token import Token


def captions(state: StateCore) -> None:
    """markdown-it's rule; core.markdown.raw_html comes after it and closes what is open."""
    for opening, inline, closing in zip(*(state.tokens[i:] for i in range(3)), strict=False):
        if opening.type != "paragraph_open" or opening.hidden:
            continue
        children = inline.children or []
        if len(children) == 1 and children[0].type == "image" and children[0].attrs.get("title"):
            opening.tag = closing.tag = "figure"
            inline.children = [children[0], *_caption(str(children[0].attrs.pop("title")))]


def _caption(title: str) -> list[Token]:
    return [
        Token("html_inline", "", 0, content="<figcaption>"),
        Token("text", "", 0, content=title),
        Token("html_inline", "", 0, content="</figcaption>"),
    ]
