"""Judges the rows of another application's users: which account each becomes, and why not.

A row is refused for its name alone; whatever its password is, the account can be made. The
password decides whether it is kept (a hash of werkzeug), hashed and to be changed (plain text), or
to be reset (unknown, unusable here, or refused by the sign-in form).
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.forms import NameField, PasswordField
from accounts.imported_values import check_readable, give_id, id_of, lacks_id, refused_ids, text_of
from accounts.lookalike_names import check_scripts
from accounts.models import LOOKS_LIKE_ANOTHER, PasswordState, User, look_key, name_key
from accounts.validators import check_address
from accounts.werkzeug_hasher import PREFIX, HashRefused, is_werkzeug, parse
from core.cli.source_database import named as shortened

# Forms of hashes that this site cannot verify: bcrypt, crypt, LDAP's, MySQL's, bare digests.
_hash_like = re.compile(
    r"\$[\w-]+\$.+|[\w:.+-]+\$.+\$.+|\{\w+\}.+|\*[0-9A-F]{40}"
    r"|[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{56}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96,128}"
)


@dataclass
class Password:
    encoded: str = ""  # a hash of werkzeug
    plain: str = field(default="", repr=False)
    reason: str = ""  # why it needs a reset; "" if it does not

    @property
    def state(self) -> str:
        return PasswordState.RESET if self.reason else PasswordState.CHANGE if self.plain else ""


@dataclass
class Row:
    name: str  # as the source has it
    id: str | None = None  # the same; None if it is not read
    username: str = ""
    password: Password = field(default_factory=Password)
    email: str = ""
    display_name: str = ""
    refusal: str = ""
    account: User | None = None  # that an earlier import made


def judged(rows: Iterable[dict[str, Any]], source: str) -> list[Row]:
    """Returns the rows with their refusals, and with the accounts that earlier imports made."""
    found = [judged_row(row) for row in rows]
    readable = [row for row in found if row.username]
    refuse_same(readable, name_key, _("is one name with others: %s"))
    accounts = accounts_with("name_key", [name_key(row.username) for row in readable])
    for row in readable:
        row.account = accounts.get(name_key(row.username))
        if row.account and row.account.imported_from != source:
            row.refusal = row.refusal or _("another account here has this name")
    refuse_lookalikes([row for row in readable if row.account is None])
    for row, refusal in zip(found, refused_ids(found, source), strict=True):
        row.refusal = row.refusal or refusal
    return found


def refuse_lookalikes(new: list[Row]) -> None:
    refuse_same(new, look_key, _("looks like the names of others: %s"))
    taken = accounts_with("look_key", [look_key(row.username) for row in new])
    for row in new:
        if look_key(row.username) in taken:
            row.refusal = row.refusal or str(LOOKS_LIKE_ANOTHER)


def refuse_same(rows: list[Row], key: Callable[[str], str], reason: str) -> None:
    """Refuse the rows whose names have the same key."""
    by_key: dict[str, list[Row]] = {}
    for row in rows:
        by_key.setdefault(key(row.username), []).append(row)
    for same in by_key.values():
        if len(same) > 1:
            names = shortened([row.username for row in same])
            for row in same:
                row.refusal = row.refusal or reason % names


def accounts_with(field: str, keys: list[str]) -> dict[str, User]:
    """The accounts by this field's values."""
    found: dict[str, User] = {}
    for start in range(0, len(keys), 500):  # SQLite's older limit of parameters is 999
        part = User.objects.filter(**{f"{field}__in": keys[start : start + 500]})
        found |= {getattr(user, field): user for user in part}
    return found


def judged_row(values: dict[str, Any]) -> Row:
    row = Row(name=text_of(values.get("username")))
    try:
        row.id = id_of(values["id"]) if "id" in values else None
        row.username = named(row.name)
        row.email = email_of(values.get("email"))
        row.display_name = display_name_of(values.get("display_name"))
    except ValidationError as error:
        row.refusal = " ".join(error.messages)
    row.password = judged_password(values.get("password"))
    return row


def named(name: str) -> str:
    """The user name here; raises ValidationError for one that the sign-in form refuses."""
    check_readable(name)
    username = NameField().clean(name)
    for validator in User._meta.get_field("username").validators:
        validator(username)
    check_scripts(username)
    return username


def email_of(value: Any) -> str:
    email = text_of(value).strip()
    if email:
        check_readable(email)
        validate_email(email)
        User._meta.get_field("email").run_validators(email)
        check_address(email)
    return User.objects.normalize_email(email)


def display_name_of(value: Any) -> str:
    name = " ".join(text_of(value).split())
    check_readable(name)
    User._meta.get_field("display_name").run_validators(name)
    return name


def judged_password(value: Any) -> Password:
    text = text_of(value)
    if not text:
        return Password(reason=_("has no password"))
    if is_werkzeug(text):
        try:
            parse(text)
        except HashRefused as refusal:
            return Password(reason=str(refusal))
        return Password(encoded=f"{PREFIX}${text}")
    if _hash_like.fullmatch(text):
        return Password(reason=_("its hash is of an unknown form"))
    try:
        check_readable(text)
        return Password(plain=PasswordField().clean(text))
    except ValidationError:
        return Password(reason=_("the sign-in form refuses its password"))


def store(row: Row, source: str) -> str:
    """Makes the account, or lets one that was never used follow its row; in one transaction.

    Returns new, changed, unchanged or refused.
    """
    if row.account is None:
        return create(row, source)
    if would_store(row) == "unchanged":
        return "unchanged"
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=row.account.pk)
        changed = give_id(user, row.id)
        if follows(user, row.password):
            set_password(user, row.password)
            user.save(update_fields=["password", "password_state"])
            return "changed"
    return "changed" if changed else "unchanged"


def follows(user: User, password: Password) -> bool:
    """Whether the account was never used, and gets the password that its row has now."""
    return user.last_login is None and not is_as_imported(user, password)


def create(row: Row, source: str) -> str:
    user = User(
        username=row.username,
        email=row.email,
        display_name=row.display_name,
        imported_from=source,
        imported_id=row.id,
    )
    set_password(user, row.password)
    try:
        user.save()
    except IntegrityError:  # the name was taken since
        row.refusal = _("another account here has this name")
        return "refused"
    return "new"


def set_password(user: User, password: Password) -> None:
    user.password = password.encoded or make_password(password.plain or None)
    user.password_state = password.state


def is_as_imported(user: User, password: Password) -> bool:
    """Whether a never used account still has what its row says. A password that was set here since
    has ended the state, and stays."""
    if user.password_state == PasswordState.CHANGE and password.plain:
        return check_password(password.plain, user.password)
    if user.password_state == PasswordState.RESET:
        return bool(password.reason)
    if user.password_state == "" and user.password.startswith(f"{PREFIX}$"):
        return user.password == password.encoded
    return user.password_state == ""


def would_store(row: Row) -> str:
    """Returns the result that store() would return, and writes nothing."""
    if row.account is None:
        return "new"
    changed = lacks_id(row.account, row.id) or follows(row.account, row.password)
    return "changed" if changed else "unchanged"
