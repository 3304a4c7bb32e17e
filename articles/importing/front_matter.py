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
from articles.importing.head import BLANK_LINES, UNSEEN, find_head
from articles.importing.stray_head import check_beginning, check_second
from core.db.text import is_blank

DEEPEST, MOST = 5, 1000  # lists within lists, and what they hold: aliases multiply
YES, NO = {"true", "yes", "y", "on", "1"}, {"false", "no", "n", "off", "0"}
_control = re.compile(r"[\x00-\x1f\x7f]+")
_shortened = Repr()  # str() of nested aliases takes gigabytes
_shortened.maxlevel, _shortened.maxlist, _shortened.maxdict = 2, 3, 3


def split(text: str) -> tuple["Fields", str]:
    """The fields of the head, none without one, and the Markdown below it.

    HTML comments above the head stay in the text. Raises Refused for a head that cannot be read
    as a whole, and for names and values that stand where no head is looked for.
    """
    head = find_head(text)
    if head is None:
        check_beginning(text)
        return Fields({}), _body(text)
    above, below = _body(text[: head.start]).rstrip(UNSEEN), text[head.end :]
    check_second(below)
    return Fields(head.fields), f"{above}\n\n{_body(below)}" if above else _body(below)


def _body(text: str) -> str:
    """Without empty lines around; the first line keeps its indentation."""
    return re.sub(rf"\A{BLANK_LINES}", "", text).rstrip()


class Fields(dict[str, Any]):
    def text(self, *names: str) -> str:
        """The first of these fields that is given, on one line; "" for none."""
        for name in names:
            value = self.get(name)
            if isinstance(value, dict | list):
                raise Refused(_("has front matter with no text in “%s”") % name)
            if line := _line(value):
                return line
        return ""

    def word(self, name: str) -> str:
        """A field of one word, as a reader sees it: in lower case, unseen marks removed."""
        return as_written(self.text(name)).strip().lower()

    def words(self, name: str) -> list[str]:
        """A list, also of lists, or one text; mappings give their `name`."""
        items = [self.get(name)]
        for _level in range(DEEPEST):
            items = list(islice(_flatter(items), MOST + 1))
            if len(items) > MOST:
                raise Refused(_("has front matter with too long a list in “%s”") % name)
        if any(isinstance(item, list) for item in items):
            raise Refused(_("has front matter with too deep a list in “%s”") % name)
        return [word for item in items if (word := _word(item))]

    def shown(self, name: str) -> str:
        """A field as a message shows it: one short line, whatever it holds."""
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
    """Each list among the items opened once."""
    return chain.from_iterable(item if isinstance(item, list) else [item] for item in items)


def _word(value: Any) -> str:
    return _line(value.get("name") if isinstance(value, dict) else value)


def _line(value: Any) -> str:
    """A value as clean text on one line; YAML's ways to write nothing, and no ink, are nothing."""
    if value is None or isinstance(value, dict | list):
        return ""
    try:
        text = str(value)
    except ValueError:  # a hexadecimal number with more digits than Python writes as decimals
        raise Refused(_("has front matter with a number that is too long")) from None
    line = " ".join(_control.sub(" ", text).split())
    return "" if line in {"~", "null"} or is_blank(line) else line.encode(errors="replace").decode()
