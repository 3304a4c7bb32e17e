"""Recognizes a storage engine that has no room: 1030, which carries a second number.

    Got error 28 "No space left on device" from storage engine InnoDB

The second number is the operating system's below 120, and the storage engine's from there on.
"""

import errno
import re

ENGINE_ERROR = 1030
SECOND_NUMBER = re.compile(r"\berror:? (\d+)\b")
# 122 is not EDQUOT here: a storage engine's own error of that number means "internal error".
FULL = {
    errno.ENOMEM,
    errno.ENFILE,
    errno.EMFILE,
    errno.ENOSPC,
    128,  # out of memory
    135,  # the file of the rows is full
    136,  # the file of the index is full
}


def is_full(error: BaseException) -> bool:
    """Whether a 1030 says that disk, memory or file handles are used up."""
    found = SECOND_NUMBER.search(str(error.args[-1]))
    return found is not None and int(found[1]) in FULL
