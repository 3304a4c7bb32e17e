"""Makes Markdown of HTML bodies, as other applications store them."""

from typing import Any

from django.utils.translation import gettext as _
from markdownify import ATX, MarkdownConverter

from articles.forms import LONGEST_BODY
from articles.importing import Refused

LONGEST_HTML = 4 * LONGEST_BODY  # characters; most of them are tags


class Converter(MarkdownConverter):
    class Options:
        heading_style = ATX
        bullets = "-"
        # Without it, text such as <b> or 1. that HTML shows as it is would become markup.
        escape_misc = True

        @staticmethod
        def code_language_callback(element: Any) -> str:
            """The language of <pre><code class="language-python">."""
            inner = element.find("code")
            names = [*element.get("class", []), *(inner.get("class", []) if inner else [])]
            found = [name for name in names if name.startswith(("language-", "lang-"))]
            return found[0].partition("-")[2] if found else ""

    def convert_script(self, el: Any, text: str, parent_tags: Any) -> str:
        return ""

    convert_style = convert_template = convert_noscript = convert_script


def markdown_of(html: str) -> str:
    """Raises Refused for a text that is too long, or nested too deep to be parsed."""
    if len(html) > LONGEST_HTML:
        raise Refused(_("is longer than an article may be"))
    try:
        return Converter().convert(html).strip()
    except RecursionError:
        raise Refused(_("has HTML that is nested too deep")) from None
