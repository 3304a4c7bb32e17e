"""Recognizes a database server that takes no writes, as a former primary after a switch-over.

Both servers have two switches, `read_only` and `innodb_read_only`; MySQL has `super_read_only` too.
"""

import re
from typing import Any

OPTION = re.compile(r"--(super[-_])?read[-_]only\b")
# 1290 names an option, of which there are others (--secure-file-priv, --skip-grant-tables).
READ_ONLY_NUMBERS = {1036: "innodb_read_only", 1290: "", 1836: "innodb_read_only"}


def read_only_variable(error: BaseException) -> str:
    """The variable for which the server refused a write, or "" if it failed for another reason."""
    number, text = (error.args[0], str(error.args[-1])) if error.args else (None, "")
    if number not in READ_ONLY_NUMBERS:
        return ""
    if number != 1290:
        return READ_ONLY_NUMBERS[number]
    found = OPTION.search(text)
    return ("super_read_only" if found[1] else "read_only") if found else ""


def is_on(value: Any) -> bool:
    """Whether a variable's value, as the server sends it, means on: 0 or 1, later a word."""
    word = value.decode() if isinstance(value, bytes) else str(value)
    return word.upper() not in ("0", "OFF")
