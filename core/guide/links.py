"""Rewrites the links of the guide's Markdown into links of the site.

The files link to each other in the form of GitHub: pool.md#checks, ../benchmarks/results/pool.svg.
Here such a link leads to the page, or shows the picture. A link to a source file leads to the file
in the repository (core.guide.source_links), or is plain text if its address is not known. An
address of the site in `code` becomes a link.
"""

import re
from pathlib import PurePosixPath

from django.urls import Resolver404, resolve, reverse

from core.guide.source_links import source_link
from core.markdown.sanitise import ID_PREFIX

TOUR = "guide:tour"
LINK = re.compile(r'<a href="(?!#|/|[a-z]+:)([^"#]+)(?:#([^"]+))?"[^>]*>(.*?)</a>', re.DOTALL)
PICTURE = re.compile(r'(<img\b[^>]*? src=")(?!/|[a-z]+:)([^"]+)"')
HEADING = re.compile(r'<h[2-6][^>]*? id="([^"]+)"[^>]*>')
ADDRESS = re.compile(r"(?<!\">)<code>(/[^<\s]*)</code>")


def on_the_site(html: str) -> str:
    """The rendered page with the links and pictures of this site."""
    return ADDRESS.sub(_address_link, PICTURE.sub(_site_picture, LINK.sub(_site_link, html)))


def anchors_of(html: str) -> tuple[str, ...]:
    """The ids of the headings, in their order."""
    return tuple(HEADING.findall(html))


def also_known_as(html: str, names: tuple[str, ...]) -> str:
    """Adds the ids of the original's headings, `names`, to those of a translation.

    A link in the other language then leads to the translated heading. Without effect if the numbers
    of headings differ.
    """
    own = anchors_of(html)
    if len(own) != len(names):
        return html
    further = iter(f'<span id="{name}"></span>' if name not in own else "" for name in names)
    return HEADING.sub(lambda heading: heading[0] + next(further), html)


def _site_link(link: re.Match[str]) -> str:
    path = PurePosixPath(link[1])
    if path.suffix != ".md" or ".." in path.parts[1:]:
        address = source_link("/".join(part for part in path.parts if part != ".."))
        return f'<a href="{address}">{link[3]}</a>' if address else link[3]
    address = reverse("guide:index")
    if path.stem != "README":
        address = reverse("guide:page", args=[path.stem])
    fragment = f"#{ID_PREFIX}{link[2]}" if link[2] else ""
    return f'<a href="{address}{fragment}">{link[3]}</a>'


def _site_picture(picture: re.Match[str]) -> str:
    return f'{picture[1]}{reverse("guide:picture", args=[PurePosixPath(picture[2]).name])}"'


def _address_link(code: re.Match[str]) -> str:
    try:
        match = resolve(code[1].partition("?")[0])
    except Resolver404:
        return code[0]  # an example
    if match.view_name == TOUR or match.namespace == "monitoring":
        return code[0]  # a 404 for most readers, or an address for programs
    return f'<a href="{code[1]}">{code[0]}</a>'
