"""Parameters of raw SQL, alike on every database (Flask: what pymysql does with args).

Guarantees: a value never becomes part of the SQL, it only decides which placeholder stands for it.
A value means the same as in the ORM. One that cannot be a parameter raises ProgrammingError.
"""

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from typing import Any
from uuid import UUID

from django.db import ProgrammingError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.duration import duration_microseconds
from django.utils.functional import Promise

PLACEHOLDER = re.compile(r"%(?:(?P<itself>%)|(?P<next>s)|\((?P<name>\w+)\)s|)")
NO_ROWS = "(SELECT NULL WHERE 1 = 0)"  # an empty list: no value is IN it, each is NOT IN it


def bind(connection: BaseDatabaseWrapper, sql: str, args: Any) -> tuple[str, list[Any] | None]:
    """The SQL with one `%s` for each value, and the values, or None without parameters.

    Raises ProgrammingError if placeholders and parameters do not match or a value cannot be a
    parameter, and TypeError if `args` is neither a sequence of values nor a mapping.
    """
    if args is None:
        return sql, None
    if isinstance(args, str | bytes) or not isinstance(args, Sequence | Mapping):
        raise TypeError(f"args must be a sequence of values, not {type(args)}; write [value]")
    if not args:
        return sql, None
    return _Binder(connection, args).bind(sql)


class _Binder:
    def __init__(self, connection: BaseDatabaseWrapper, args: Any) -> None:
        self.connection, self.args = connection, args
        self.values: list[Any] = []
        self.used = 0

    def bind(self, sql: str) -> tuple[str, list[Any]]:
        sql = PLACEHOLDER.sub(self._fill, sql)
        if not isinstance(self.args, Mapping) and self.used < len(self.args):
            raise ProgrammingError(f"{len(self.args)} parameters for {self.used} placeholders.")
        return sql, self.values

    def _fill(self, found: re.Match[str]) -> str:
        if found["itself"]:
            return "%%"
        if not found["next"] and not found["name"]:
            raise ProgrammingError("With parameters, a % that stands for itself is written %%.")
        return self._place(self._next_value(found["name"]))

    def _next_value(self, name: str | None) -> Any:
        if isinstance(self.args, Mapping) is (name is None):
            raise ProgrammingError("%s takes a sequence of parameters, %(name)s a mapping.")
        self.used += 1
        try:
            return self.args[self.used - 1 if name is None else name]
        except (IndexError, KeyError):
            raise ProgrammingError(f"There is no parameter {name or self.used}.") from None

    def _place(self, value: Any) -> str:
        if isinstance(value, Enum):
            value = value.value
        if isinstance(value, list | tuple | set | frozenset):
            return f"({', '.join(map(self._place, value))})" if value else NO_ROWS
        placeholder = "%s"
        if isinstance(value, bytes | bytearray | memoryview):
            value = bytes(value)
            placeholder = "_binary %s" if self.connection.vendor == "mysql" else "%s"
        self.values.append(self._adapted(value))
        return placeholder

    def _adapted(self, value: Any) -> Any:
        match value:
            case datetime():
                return self.connection.ops.adapt_datetimefield_value(value)
            case time():
                return self.connection.ops.adapt_timefield_value(value)
            case timedelta():
                return duration_microseconds(value)
            case UUID():
                native = self.connection.features.has_native_uuid_field
                return str(value) if native else value.hex
            case str():
                return str.__str__(value)  # without the class: an enum, a safe string
            case Promise():
                return str(value)
            case float() | Decimal() if not math.isfinite(value):
                raise ValueError(f"{value} is no number of SQL")
            case bool() | None | bytes() | float() | Decimal() | date():
                return value
            case int():
                return int(value)
        raise ProgrammingError(f"A value of {type(value)} is no parameter of SQL.")
