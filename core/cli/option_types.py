"""What the options of a command may be, as argparse wants it (Click: IntRange, FloatRange).

    parser.add_argument("--times", type=allowed(int, lambda n: n >= 1, _("a whole number, …")))

Promises: another value is wrong usage, exit code 2, in a line that names the option, the value
and what is allowed.
"""

from argparse import ArgumentTypeError
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from django.utils.translation import gettext as _

T = TypeVar("T")


def allowed(read: Callable[[str], T], judge: Callable[[T], bool], words: str) -> Callable[[str], T]:
    """A type for add_argument: what `read` makes of the text, if `judge` agrees; `words` say
    what would be allowed. A ValueError of `read` is a refusal too.
    """

    def argument(text: str) -> T:
        with suppress(ValueError):
            value = read(text)
            if judge(value):
                return value
        message = _("%(value)r is not allowed; give %(words)s.")
        raise ArgumentTypeError(message % {"value": text, "words": words})

    return argument


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """A whole number from `least` to `most`, or without an end."""
    if most is None:
        words = _("a whole number, at least %d") % least
        return allowed(int, lambda number: number >= least, words)
    words = _("a whole number from %(least)d to %(most)d") % {"least": least, "most": most}
    return allowed(int, lambda number: least <= number <= most, words)
