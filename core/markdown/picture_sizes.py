"""Gives pictures of this site their size and the smaller files that a narrow screen loads.

The address of an uploaded picture holds its size (/media/<name>-1600x900.jpg), so the HTML of a
text is made without a query, and the page does not move while its pictures are loaded.
"""

import re

WIDTHS = (480, 960, 1600)  # pixels; a picture also exists in each of these that is below its own
NAME = (
    r"(?P<stem>[0-9a-f]{40}-(?P<width>[1-9][0-9]{0,4})x(?P<height>[1-9][0-9]{0,4})"
    r"(?P<animated>-animated)?)(?P<ending>\.(?:jpg|png|webp))"
)
FOLDER = "/media/"
LAZY = ' loading="lazy"'
ABOVE_THE_FOLD = 1_000  # characters of HTML
SIZES = "(max-width: 46rem) 100vw, 44rem"  # the width of a text in site.css
_img = re.compile(r"<img\b[^>]*>")
_own = re.compile(rf'\ssrc="{FOLDER}{NAME}"')


def smaller_widths(width: int) -> list[int]:
    """The widths of the smaller files of a picture that is `width` pixels wide."""
    return [each for each in WIDTHS if each < width]


def file_of_width(stem: str, ending: str, width: int) -> str:
    return f"{stem}-{width}w{ending}"


def add_sizes(html: str) -> str:
    """Adds width, height, srcset and sizes to the pictures of sanitized HTML that are uploads."""
    return _img.sub(_with_size, html)


def load_first_at_once(html: str) -> str:
    """Lets the browser load the first picture at once if a reader sees it without scrolling.

    Browsers load lazy pictures only after the layout, so a picture at the top would come late.
    """
    first = _img.search(html)
    if first is None or first.start() > ABOVE_THE_FOLD:
        return html
    return html[: first.start()] + first[0].replace(LAZY, "") + html[first.end() :]


def _with_size(tag: re.Match[str]) -> str:
    found = _own.search(tag[0])
    if not found:
        return tag[0]
    added = ""
    if not re.search(r'\s(?:width|height)="', tag[0]):
        added = f' width="{found["width"]}" height="{found["height"]}"'
    smaller = [] if found["animated"] else smaller_widths(int(found["width"]))
    if smaller:
        added += f' srcset="{_candidates(found, smaller)}" sizes="{SIZES}"'
    return f"<img{added}{tag[0][4:]}"


def _candidates(found: re.Match[str], smaller: list[int]) -> str:
    stem, ending = FOLDER + found["stem"], found["ending"]
    files = [f"{file_of_width(stem, ending, each)} {each}w" for each in smaller]
    return ", ".join([*files, f"{stem}{ending} {found['width']}w"])
