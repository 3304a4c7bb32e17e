"""Marks the words of a query in titles and in excerpts of the text around them.

Texts are compared in folded form and shown as they are written. All text is escaped.
"""

import re
from collections.abc import Iterator, Sequence

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

from articles.search.search_tokens import LETTER, Run, fold_text, fold_with_positions

BEFORE = 60  # characters of an excerpt before the first marked word
LENGTH = 220  # characters of an excerpt
NEAR = 20  # characters within which an excerpt is cut at a blank
SEARCHED = 20_000  # characters of a text in which an excerpt is looked for
MAPPED = 4 * LENGTH  # folded characters: one sign, as ㌔, may be several of them

Span = tuple[int, int]


def marked(text: str, words: Sequence[Run]) -> SafeString:
    """Returns `text` as HTML, each of the words within <mark>."""
    return _as_html(text, _spans(text, words))


def excerpt(text: str, words: Sequence[Run]) -> SafeString | None:
    """Returns the part of `text` with the first of the words, marked; None if it has none."""
    searched = text[:SEARCHED]
    found = _pattern(words).search(fold_text(searched)) if words else None
    if found is None:
        return None
    spans = list(_spans(searched, words, found.end() + MAPPED))
    start = _start(text, spans[0][0])
    end = _end(text, start + LENGTH)
    inside = [(first - start, last - start) for first, last in spans if last <= end]
    html = _as_html(text[start:end], inside)
    return mark_safe(f"{'… ' if start else ''}{html}{' …' if end < len(text) else ''}")


def _spans(text: str, words: Sequence[Run], until: int | None = None) -> Iterator[Span]:
    """Where the words are in `text`; with `until`, in its first folded characters."""
    if not words:
        return
    folded = fold_with_positions(text, until)
    for found in _pattern(words).finditer(folded.text):
        yield folded.starts[found.start()], folded.ends[found.end() - 1]


def _pattern(words: Sequence[Run]) -> re.Pattern[str]:
    """The longest first: of two that begin alike, the regular expression takes the first."""
    longest_first = sorted(words, key=lambda word: -len(word.text))
    return re.compile("|".join(map(_alternative, longest_first)))


def _alternative(word: Run) -> str:
    text = re.escape(word.text)
    return text if word.is_cjk else f"(?<!{LETTER}){text}(?!{LETTER})"


def _as_html(text: str, spans: Iterator[Span] | Sequence[Span]) -> SafeString:
    parts, at = [], 0
    for start, end in spans:
        if end <= at:  # two words within one sign, as in ㍿
            continue
        parts.append(f"{escape(text[at:start])}<mark>{escape(text[start:end])}</mark>")
        at = end
    return mark_safe("".join(parts) + escape(text[at:]))


def _start(text: str, word: int) -> int:
    """Where the excerpt begins: before the word, after a blank if one is near."""
    start = max(0, word - BEFORE)
    blank = text.find(" ", start, min(start + NEAR, word)) if start else -1
    return start if blank < 0 else blank + 1


def _end(text: str, end: int) -> int:
    if end >= len(text):
        return len(text)
    blank = text.rfind(" ", end - NEAR, end)
    return end if blank < 0 else blank
