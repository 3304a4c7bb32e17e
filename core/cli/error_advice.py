"""Says in one line what to do about a database, Redis or terminal that cannot be used."""

import sys
from codecs import lookup

from django.conf import settings
from django.db import Error as DatabaseError
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from core.failures.database_errors import error_number
from core.failures.mysql_errors import KEY_TOO_LONG, NO_DATABASE, NO_TABLE, REFUSED, UNREACHABLE
from core.failures.redis_faults import fault


def advice(error: DatabaseError | RedisError | UnicodeEncodeError) -> str:
    """Return one line that names what failed, the reason, and what to set or to type."""
    if isinstance(error, UnicodeEncodeError):
        return _unwritable(error)
    if isinstance(error, RedisError):
        return redis_advice(error)
    code = error_number(error)
    reason = str(error.args[-1]) if error.args else str(error)
    if code in UNREACHABLE:
        return _("The database cannot be reached (%s). Start it, or correct DATABASE_URL.") % reason
    if code in REFUSED:
        return _("The database refused the account (%s). Correct DATABASE_URL.") % reason
    if code in NO_DATABASE:
        return _("The database does not exist (%s). Create it, or correct DATABASE_URL.") % reason
    if code in NO_TABLE or "no such table" in reason:
        return _("The tables are not there (%s). Type: python manage.py migrate") % reason
    if code in KEY_TOO_LONG:
        return (
            _(
                "A table's row format is too old for an index (%s). In the database, type: "
                "SET GLOBAL innodb_default_row_format = DYNAMIC; Then python manage.py check "
                "--database default names the tables to alter."
            )
            % reason
        )
    if "unable to open database file" in reason:
        name = settings.DATABASES["default"]["NAME"]
        return _("The file %s cannot be opened. Check its folder and DATABASE_URL.") % name
    return _("The database failed: %s") % reason


def redis_advice(error: RedisError) -> str:
    """Return the line for an error of Redis, by its kind (core.failures.redis_faults)."""
    lines = {
        "full": _("Redis is full (%s). Raise its maxmemory, or remove keys of other programs."),
        "readonly": _(
            "Redis is a replica, which takes no writes (%s). Give the primary's address in "
            "REDIS_URL, CACHE_URL or SESSION_REDIS_URL, whichever is set."
        ),
        "disk": _("Redis cannot save its data (%s). See its log, and free space on its disk."),
        "auth": _(
            "Redis refuses the account (%s). Correct the name and password in REDIS_URL, CACHE_URL "
            "or SESSION_REDIS_URL, whichever is set, or the account's ACL."
        ),
        "loading": _("Redis is loading its data (%s). It answers when it has."),
    }
    otherwise = _(
        "Redis cannot be used (%s). Start it, or correct REDIS_URL, CACHE_URL or "
        "SESSION_REDIS_URL, whichever is set."
    )
    return lines.get(fault(error), otherwise) % error


def is_program_error(error: Exception) -> bool:
    """Whether a UnicodeEncodeError comes from another encoding than that of stdout."""
    if not isinstance(error, UnicodeEncodeError):
        return False
    return lookup(error.encoding).name != lookup(sys.stdout.encoding).name


def _unwritable(error: UnicodeEncodeError) -> str:
    text = ascii(error.object[error.start : error.end])
    if error.encoding.replace("-", "") == "utf8":
        return _("%s is not UTF-8 text.") % text
    message = _(
        "The output is %(encoding)s, which cannot show %(text)s. Set PYTHONIOENCODING=utf-8."
    )
    return message % {"encoding": error.encoding, "text": text}
