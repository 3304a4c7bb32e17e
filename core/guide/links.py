"""Links of the guide's Markdown as the site needs them.

The files link to each other as GitHub wants it: pool.md#checks, ../benchmarks/results/pool.svg.
Promises: such a link leads to the page, or shows the picture, here; the name of a source file
stays as plain text; an address of the site in `code` becomes a link that can be tried.
"""

import re
from pathlib import PurePosixPath

from django.urls import Resolver404, resolve, reverse

from core.markdown.sanitise import ID_PREFIX

TOUR = "guide:tour"
_link = re.compile(r'<a href="(?!#|/|[a-z]+:)([^"#]+)(?:#([^"]+))?"[^>]*>(.*?)</a>', re.DOTALL)
_picture = re.compile(r'(<img\b[^>]*? src=")(?!/|[a-z]+:)([^"]+)"')
_heading = re.compile(r'<h[2-6][^>]*? id="([^"]+)"[^>]*>')
_address = re.compile(r"(?<!\">)<code>(/[^<\s]*)</code>")


def on_the_site(html: str) -> str:
    """A rendered page whose links and pictures are those of this site."""
    return _address.sub(_tried, _picture.sub(_shown, _link.sub(_led, html)))


def anchors_of(html: str) -> tuple[str, ...]:
    """The ids of the headings, in their order."""
    return tuple(_heading.findall(html))


def also_known_as(html: str, names: tuple[str, ...]) -> str:
    """A translation whose headings are found by the original's ids too: a link to one of them
    may stand on a page in the other language. Nothing is done when they are not as many.
    """
    own = anchors_of(html)
    if len(own) != len(names):
        return html
    further = iter(f'<span id="{name}"></span>' if name not in own else "" for name in names)
    return _heading.sub(lambda heading: heading[0] + next(further), html)


def _led(link: re.Match[str]) -> str:
    path = PurePosixPath(link[1])
    if path.suffix != ".md" or ".." in path.parts[1:]:
        return link[3]  # source code, which the site does not show
    address = reverse("guide:index")
    if path.stem != "README":
        address = reverse("guide:page", args=[path.stem])
    fragment = f"#{ID_PREFIX}{link[2]}" if link[2] else ""
    return f'<a href="{address}{fragment}">{link[3]}</a>'


def _shown(picture: re.Match[str]) -> str:
    return f'{picture[1]}{reverse("guide:picture", args=[PurePosixPath(picture[2]).name])}"'


def _tried(code: re.Match[str]) -> str:
    try:
        match = resolve(code[1].partition("?")[0])
    except Resolver404:
        return code[0]  # an example
    if match.view_name == TOUR or match.namespace == "monitoring":
        return code[0]  # which most readers may not take, or which is for machines
    return f'<a href="{code[1]}">{code[0]}</a>'
