"""Parses what a reader types into the search box.

    mysql "connection pool" -flask     both, the words side by side; without flask

Words of different scripts are looked for one by one, also where no blank separates them. Quotation
marks and the minus may be full-width. Nothing else has a meaning, so no query is an error.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from articles.search.search_tokens import Run, fold_text, runs, tokens

LONGEST_QUERY = 200  # characters
MOST_TERMS = 20
_quotes = str.maketrans(dict.fromkeys("“”„«»「」『』＂", '"') | {"－": "-", "−": "-"})
_separators = str.maketrans(dict.fromkeys("，。、；：！？,;!?（）()《》", " "))
_term = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"?|(?P<words>[^\s"]+))')


@dataclass(frozen=True)
class Atom:
    """Tokens that follow each other in a text; or, with `is_prefix`, the beginning of a token."""

    tokens: tuple[str, ...]
    is_prefix: bool = False

    def __str__(self) -> str:
        """As MySQL's boolean mode and SQLite's FTS5 both write it."""
        if self.is_prefix:
            return f"{self.tokens[0]}*"
        return self.tokens[0] if len(self.tokens) == 1 else f'"{" ".join(self.tokens)}"'


class Spelled(NamedTuple):
    """The runs of a term, whether a minus precedes it, and whether they stand side by side."""

    minus: bool
    runs: list[Run]
    is_phrase: bool


Term = tuple[Atom, ...]  # a text has the term if it has all its atoms


@dataclass(frozen=True)
class SearchQuery:
    """Terms that a text must have and must not have; `words` are the runs to mark in excerpts."""

    wanted: tuple[Term, ...]
    excluded: tuple[Term, ...]
    words: tuple[Run, ...]

    def for_mysql(self) -> str:
        """The query in MySQL's boolean mode."""
        wanted = [f"+{atom}" for term in self.wanted for atom in term]
        return " ".join([*wanted, *map(_without, self.excluded)])

    def for_fts5(self, column: str) -> str:
        """The query in the language of SQLite's FTS5."""
        text = " AND ".join(str(atom) for term in self.wanted for atom in term)
        for term in self.excluded:
            text = f"({text}) NOT ({' AND '.join(map(str, term))})"
        return f"{column} : ({text})"


def parse_query(text: str) -> SearchQuery:
    """Returns the query that `text`, of at most LONGEST_QUERY characters, spells.

    Raises ValueError for a longer text. Only the first MOST_TERMS terms count.
    """
    if len(text) > LONGEST_QUERY:
        raise ValueError(f"A query of {len(text)} characters; at most {LONGEST_QUERY} are allowed.")
    wanted: list[Term] = []
    excluded: list[Term] = []
    words: list[Run] = []
    for spelled in list(_spelled(text.translate(_quotes)))[:MOST_TERMS]:
        (excluded if spelled.minus else wanted).append(tuple(_atoms(spelled)))
        words += [] if spelled.minus else spelled.runs
    return SearchQuery(tuple(wanted), tuple(excluded), tuple(dict.fromkeys(words)))


def _spelled(text: str) -> Iterator[Spelled]:
    for found in _term.finditer(_outside_quotes(text)):
        minus = bool(found["minus"])
        if found["phrase"] is not None:
            phrase = list(runs(fold_text(found["phrase"])))
            if phrase:
                yield Spelled(minus, phrase, is_phrase=True)
        else:
            for group in _scripts(found["words"]):
                yield Spelled(minus, group, is_phrase=not group[0].is_cjk)


def _outside_quotes(text: str) -> str:
    """Blanks for punctuation, but within quotation marks, where it changes nothing."""
    parts = text.split('"')
    return '"'.join(
        part if at % 2 else part.translate(_separators) for at, part in enumerate(parts)
    )


def _scripts(words: str) -> Iterator[list[Run]]:
    """Each CJK run is a term; words that punctuation connects, as in node.js, are one."""
    for is_cjk, group in groupby(runs(fold_text(words)), lambda run: run.is_cjk):
        if is_cjk:
            yield from ([run] for run in group)
        else:
            yield list(group)


def _atoms(spelled: Spelled) -> Iterator[Atom]:
    """The token of the last CJK character is left out: in a text another one may follow it.

    InnoDB reads each text that has the tokens of a phrase. So a CJK run without quotation marks or
    minus is no phrase: a text has to have all its pairs, which hardly occur otherwise.
    """
    parts = [token for run in spelled.runs for token in tokens(run)]
    last = spelled.runs[-1]
    if last.is_cjk:
        end = parts.pop()
        if len(last.text) == 1:
            yield Atom((end,), is_prefix=True)
    if parts and (spelled.is_phrase or spelled.minus):
        yield Atom(tuple(parts))
    else:
        yield from (Atom((part,)) for part in dict.fromkeys(parts))


def _without(term: Term) -> str:
    if len(term) == 1:
        return f"-{term[0]}"
    return "-(" + " ".join(f"+{atom}" for atom in term) + ")"
