"""The part markdown: what a save and a view of a text cost, in proportion to its length.

No shape may take more than 1.5 times as long for each character from one length to the next, or
its text is refused. Needs no server and no Flask.
"""

import os
import re
import time

import django

from benchmarks.machine import machine, number
from benchmarks.markdown_shapes import HOSTILE, ORDINARY, Shape
from benchmarks.report import Report, Row, Section
from benchmarks.team import Tell

LENGTHS = (10_000, 100_000, 500_000)  # characters
LONG_ROUNDS = 3  # one alone has been 1.3 times as slow as the next beside other work
LIBRARIES = ("markdown-it-py", "mdit-py-plugins", "nh3", "Pygments")
METHOD = (
    "Processor time for rendering, excerpt, contents list, language and reading time, of "
    "{} rounds at 10 kB and 3 at the other lengths (growth: from fastest to fastest), divided by "
    "the number of characters. A refused text counts too: the time until it is refused."
)
NOTE = (
    "Growth is the largest ratio of two neighbouring lengths that are not refused; beyond a "
    "refusal it says why. The spread is that of the rounds at 10 kB."
)


def measure(rounds: int, tell: Tell) -> Report:
    prepare_django()
    sections = []
    for title, shapes in (("Texts made to be slow", HOSTILE), ("Ordinary texts", ORDINARY)):
        rows = []
        for label, shape in shapes.items():
            tell(label)
            rows.append(row(label, shape, rounds))
        sections.append(Section(title, "at 10 kB", "µs a character", NOTE, rows))
    where = machine(**{name: number(name) for name in LIBRARIES})
    return Report("markdown", "Rendering a text", where, METHOD.format(rounds), sections)


def prepare_django() -> None:
    """The texts are rendered in this process, which asks neither the database nor a secret."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
    os.environ.setdefault("DJANGO_SECRET_KEY", "no secret is kept by a benchmark of rendering")
    django.setup()


def row(label: str, shape: Shape, rounds: int) -> Row:
    figures, refusals = zip(
        *(timed(shape(length)[:length], rounds) for length in LENGTHS), strict=True
    )
    best = [min(each) for each in figures]
    pairs = zip(best, best[1:], refusals[1:], strict=False)
    growth = [after / before for before, after, refusal in pairs if not refusal]
    extra = {
        "at 100 kB": round(best[1], 2),
        "at 500 kB": round(best[2], 2),
        "growth": f"{max(growth):.2f} ×" if growth else "–",
        "refused": next((refusal for refusal in refusals if refusal), "no"),
    }
    return Row(label, figures[0], extra)


def timed(text: str, rounds: int) -> tuple[list[float], str]:
    """Microseconds a character in each round, and why the text was refused."""
    figures, refusal = [], ""
    for _ in range(rounds if len(text) < LENGTHS[1] else min(rounds, LONG_ROUNDS)):
        start = time.process_time()
        refusal = visited(text)
        figures.append((time.process_time() - start) / len(text) * 1e6)
    return figures, refusal


def visited(text: str) -> str:
    """Do what saving a text and showing its page do; return why it was refused, or nothing."""
    from articles.language import language_of
    from articles.reading_time import reading_minutes
    from core.markdown import TextRefused, render, summarise
    from core.markdown.outline import outline

    try:
        html = render(text)
    except TextRefused as refusal:
        return re.sub(" “.*…”", "", str(refusal), flags=re.DOTALL).split(";")[0]
    outline(html)
    language_of(summarise(html))
    reading_minutes(text)
    return ""
