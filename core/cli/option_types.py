"""Types for add_argument() that check a value's range (Click: IntRange, FloatRange).

    parser.add_argument("--times", type=allowed(int, lambda n: n >= 1, _("a whole number, …")))

Any other value is wrong usage, exit code 2: one line names the option, the value and what is
allowed.
"""

from argparse import ArgumentTypeError
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from django.utils.translation import gettext as _

T = TypeVar("T")


def allowed(
    parse: Callable[[str], T], is_allowed: Callable[[T], bool], words: str
) -> Callable[[str], T]:
    """Return a type for add_argument: what `parse` makes of the text, if it `is_allowed`.

    `words` say what is allowed. A text for which `parse` raises ValueError is refused too.
    """

    def argument(text: str) -> T:
        with suppress(ValueError):
            value = parse(text)
            if is_allowed(value):
                return value
        message = _("%(value)r is not allowed; give %(words)s.")
        raise ArgumentTypeError(message % {"value": text, "words": words})

    return argument


def whole(least: int, most: int | None = None) -> Callable[[str], int]:
    """Return a type for whole numbers from `least` to `most`; None: without an end."""
    if most is None:
        words = _("a whole number, at least %d") % least
        return allowed(int, lambda number: number >= least, words)
    words = _("a whole number from %(least)d to %(most)d") % {"least": least, "most": most}
    return allowed(int, lambda number: least <= number <= most, words)
