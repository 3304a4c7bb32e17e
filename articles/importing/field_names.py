"""Normalizes the names of fields, so that names which look alike are one name.

A no-break space after `draft`, a character without width in it or letters of full width must
not publish a draft.
"""

import re
import unicodedata
from typing import Any

from django.utils.translation import gettext as _

from articles.importing import Refused
from core.db.text import fold

LONGEST_NAME = 200  # characters; a run of combining marks takes quadratic time to normalize
_invisible = re.compile(  # Unicode's Default_Ignorable_Code_Point, and blank letters and signs
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8\U000e0000-\U000e0fff]"
)
_separators = re.compile(r"[\s_\u2010-\u2015\u2212-]+")
_control = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f]")


def field_name(name: Any) -> str:
    """Returns `is-Draft` as `is_draft`: in lower case, without invisible characters, and with `_`
    for hyphens and spaces.

    Raises Refused for more than LONGEST_NAME characters.
    """
    text = str(name)
    if len(text) > LONGEST_NAME:
        values = {"limit": LONGEST_NAME, "name": text[:60]}
        raise Refused(
            _("has front matter with a name of more than %(limit)d characters: “%(name)s”") % values
        )
    return _separators.sub("_", fold(_control.sub("", _invisible.sub("", text))))


def as_written(line: str) -> str:
    """Returns the beginning of a line as a reader sees it: without invisible characters, and in
    plain letters instead of full-width ones."""
    if line.isascii():
        return line.rstrip()[:LONGEST_NAME]
    seen = _invisible.sub("", line)[:LONGEST_NAME]
    plain = unicodedata.normalize("NFKC", seen)
    return plain if seen[:1] in {" ", "\t"} else plain.lstrip()  # only these two indent code
