"""Reads texts and ids of another application's users, and refuses ids of other accounts."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Protocol

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import User


class IdRow(Protocol):
    id: str | None  # in the source; None if it is not read
    account: User | None  # that an earlier import made


def check_readable(text: str) -> None:
    """Raises ValidationError for a text that was not UTF-8 in the source."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValidationError(_("is not UTF-8")) from None
    if "\0" in text:
        raise ValidationError(_("has a NUL character"))


def text_of(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return "" if value is None else str(value)


def id_of(value: Any) -> str:
    """The id as text, as Flask-Login has it in a session."""
    text = text_of(value)
    check_readable(text)
    if not text or not text.isprintable():
        raise ValidationError(_("has no id"))
    User._meta.get_field("imported_id").run_validators(text)
    return text


def refused_ids(rows: Sequence[IdRow], source: str) -> list[str]:
    """Why the id of each row is refused, or "".

    A row must not get the account of another id: its name may have been given to another person
    since the last import.
    """
    counts = Counter(row.id for row in rows if row.id is not None)
    imported = User.objects.filter(imported_from=source, imported_id__isnull=False)
    names = dict(imported.values_list("imported_id", "username"))
    return [refused_id(row, counts, names) for row in rows]


def refused_id(row: IdRow, counts: Counter[str], names: dict[Any, str]) -> str:
    if row.id is None:
        return ""
    if counts[row.id] > 1:
        return _("has the id of another row: %s") % row.id
    if row.account and row.account.imported_id not in (None, row.id):
        return _("the account here has another id: %s") % row.account.imported_id
    owner = names.get(row.id)
    if owner is not None and (row.account is None or row.account.username != owner):
        return _("its id is that of another account here: %s") % owner
    return ""


def give_id(user: User, source_id: str | None) -> bool:
    """Give the account its id in the source if it has none; whether it did."""
    if not lacks_id(user, source_id):
        return False
    user.imported_id = source_id
    user.save(update_fields=["imported_id"])
    return True


def lacks_id(user: User, source_id: str | None) -> bool:
    return source_id is not None and user.imported_id is None
