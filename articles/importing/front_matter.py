"""Splits a file into the fields of its front matter and the Markdown below."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from reprlib import Repr
from typing import Any

from django.utils.translation import gettext as _

from articles.importing import Refused
from articles.importing.field_names import as_written
from articles.importing.formats import with_field_names
from articles.importing.head import BLANK_LINES, INVISIBLE, find_head
from articles.importing.stray_head import check_beginning, check_second
from core.db.text import is_blank

DEEPEST, MOST = 5, 1000  # levels and items of a list: YAML's aliases multiply them
YES, NO = {"true", "yes", "y", "on", "1"}, {"false", "no", "n", "off", "0"}
_control = re.compile(r"[\x00-\x1f\x7f]+")
_shortened = Repr()  # str() of nested aliases would take gigabytes
_shortened.maxlevel, _shortened.maxlist, _shortened.maxdict = 2, 3, 3


def split(text: str) -> tuple["Fields", str]:
    """Returns the fields of the head, or none, and the Markdown below it.

    HTML comments above the head stay in the text. Raises Refused for a head that cannot be parsed
    as a whole, and for names and values in a place where no head is looked for.
    """
    head = find_head(text)
    if head is None:
        check_beginning(text)
        return Fields({}), _body(text)
    above, below = _body(text[: head.start]).rstrip(INVISIBLE), text[head.end :]
    check_second(below)
    return Fields(head.fields), f"{above}\n\n{_body(below)}" if above else _body(below)


def _body(text: str) -> str:
    """Removes empty lines around a text; its first line keeps the indentation."""
    return re.sub(rf"\A{BLANK_LINES}", "", text).rstrip()


class Fields(dict[str, Any]):
    def text(self, *names: str) -> str:
        """The first of these fields that is given, on one line, or ""."""
        for name in names:
            value = self.get(name)
            if isinstance(value, dict | list):
                raise Refused(_("has front matter with no text in “%s”") % name)
            if line := _line(value):
                return line
        return ""

    def word(self, name: str) -> str:
        """A field of one word, in lower case and without invisible characters."""
        return as_written(self.text(name)).strip().lower()

    def words(self, name: str) -> list[str]:
        """The words of a list, of nested lists or of one text; of a mapping its `name`."""
        items = [self.get(name)]
        for _level in range(DEEPEST):
            items = list(islice(_flatter(items), MOST + 1))
            if len(items) > MOST:
                raise Refused(_("has front matter with too long a list in “%s”") % name)
        if any(isinstance(item, list) for item in items):
            raise Refused(_("has front matter with too deep a list in “%s”") % name)
        return [word for item in items if (word := _word(item))]

    def shown(self, name: str) -> str:
        """A field of any type as a message shows it: one line of at most 60 characters."""
        value = self.get(name)
        return (_shortened.repr(value) if isinstance(value, dict | list) else _line(value))[:60]

    def flag(self, name: str) -> bool | None:
        """Whether a field says yes or no; None when it is missing or empty.

        Raises Refused for any other word: `draft: ture` must not publish a draft.
        """
        value = self.get(name)
        several = isinstance(value, dict | list)
        word = "" if several else self.word(name)
        if several or (word and word not in YES | NO):
            raise Refused(
                _("has “%(field)s: %(value)s”; allowed are true and false")
                % {"field": name, "value": self.shown(name)}
            )
        return word in YES if word else None

    def table(self, name: str) -> "Fields":
        """A mapping inside, as Zola's [taxonomies]; empty when there is none."""
        found = self.get(name)
        return Fields(with_field_names(found)) if isinstance(found, dict) else Fields({})


def _flatter(items: Iterable[Any]) -> Iterator[Any]:
    """Replaces each list among the items by its items."""
    return chain.from_iterable(item if isinstance(item, list) else [item] for item in items)


def _word(value: Any) -> str:
    return _line(value.get("name") if isinstance(value, dict) else value)


def _line(value: Any) -> str:
    """Returns a value as text on one line; YAML's nulls and invisible text give ""."""
    if value is None or isinstance(value, dict | list):
        return ""
    try:
        text = str(value)
    except ValueError:  # a hexadecimal number with more digits than Python writes as decimals
        raise Refused(_("has front matter with a number that is too long")) from None
    line = " ".join(_control.sub(" ", text).split())
    return "" if line in {"~", "null"} or is_blank(line) else line.encode(errors="replace").decode()
