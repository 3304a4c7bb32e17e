"""Compares user names as a reader sees them: `admin00l`, or with a Cyrillic а, is `admin001`.

The table is made from confusables.txt of Unicode Technical Standard 39 ("Unicode Security
Mechanisms", by way of confusable-homoglyphs 3.3.1): letters of names that look like ASCII letters
or digits, in scripts that are in use. skeleton() is the algorithm of its section 4; case is
ignored but for I, which looks like l.
"""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from core.db.text import LONGEST, fold

LOOKS_LIKE = {
    "2": "\u01a7\u03e8\ua644\ua75a",
    "3": "\u01b7\u021c\u0417\u04e0\u2ccc\ua76a\ua7ab",
    "4": "\u13ce",
    "5": "\u01bc",
    "6": "\u0431\u13ee\u2cd2",
    "8": "\u0222\u0223\u09ea\u0a6a",
    "9": "\u09ed\u0a67\u0b68\u0d6d\u2cca\ua76e",
    "A": "\u0391\u0410\u13aa",
    "AA": "\ua732",
    "AE": "\u00c6\u04d4",
    "AO": "\ua734",
    "AU": "\ua736",
    "AV": "\ua738\ua73a",
    "AY": "\ua73c",
    "B": "\u0392\u0412\u13f4\ua7b4",
    "C": "\u0421\u13df\u2ca4",
    "D": "\u13a0",
    "E": "\u0395\u0415\u13ac\u2d39",
    "F": "\u03dc\ua798",
    "G": "\u050c\u13c0\u13f3",
    "H": "\u0397\u041d\u13bb\u2c8e",
    "J": "\u037f\u0408\u13ab\ua7b2",
    "K": "\u039a\u041a\u13e6\u2c94",
    "L": "\u13de\u2cd0",
    "M": "\u039c\u03fa\u041c\u13b7\u2c98",
    "N": "\u039d\u2c9a",
    "O": "\u039f\u041e\u0555\u09e6\u0b20\u0b66\u12d0\u2c9e\u2d54\u3007",
    "OE": "\u0152",
    "OO": "\ua698\ua74e",
    "P": "\u03a1\u0420\u13e2\u2ca2",
    "Q": "\u2d55",
    "R": "\u01a6\u13a1\u13d2",
    "S": "\u0405\u054f\u13d5\u13da",
    "T": "\u03a4\u0422\u13a2\u2ca6",
    "T3": "\ua728",
    "U": "\u054d\u1200",
    "V": "\u0474\u06f7\u13d9\u2d38",
    "W": "\u051c\u13b3\u13d4",
    "X": "\u03a7\u0425\u2cac\u2d5d\ua7b3",
    "Y": "\u03a5\u0423\u04ae\u13a9\u13bd\u2ca8",
    "Z": "\u0396\u13c3\U000102f5",
    "a": "\u0251\u03b1\u0430",
    "aa": "\ua733",
    "ae": "\u00e6\u04d5",
    "ao": "\ua735",
    "au": "\ua737",
    "av": "\ua739\ua73b",
    "ay": "\ua73d",
    "b": "\u0184\u042c\u13cf",
    "bl": "\u042b",
    "c": "\u0441\u1d04\u2ca5\uabaf",
    "d": "\u0501\u13e7",
    "dz": "\u02a3",
    "e": "\u0435\u04bd\uab32",
    "f": "\u0584\u1e9d\ua799\uab35",
    "g": "\u018d\u0261\u0581\u1d83",
    "h": "\u04bb\u0570\u13c2",
    "i": "\u0131\u0269\u026a\u03b9\u0456\u04cf\u13a5\ua647\uab75",
    "j": "\u03f3\u0458",
    "l": "\u0196\u01c0\u0399\u0406\u04c0\u06f1\u2c92\u2d4f",
    "lO": "\u042e",
    "ll": "\u01c1",
    "ls": "\u02aa",
    "lz": "\u02ab",
    "n": "\u0578\u057c",
    "o": (
        "\u03bf\u03c3\u043e\u0585\u06f5\u0966\u0a66\u0ae6\u0be6\u0c66\u0ce6\u0d20\u0d66"
        "\u0e50\u0ed0\u101d\u1040\u10ff\u1d0f\u1d11\u2c9f\uab3d"
    ),
    "oe": "\u0153",
    "oo": "\ua699\ua74f",
    "p": "\u03c1\u0440\u2ca3",
    "q": "\u051b\u0563\u0566",
    "r": "\u0433\u1d26\u2c85\uab47\uab48\uab81",
    "s": "\u01bd\u0455\ua731\uabaa",
    "tf": "\ua777",
    "ts": "\u02a6",
    "u": "\u028b\u03c5\u057d\u1d1c\ua79f\uab4e\uab52",
    "ue": "\u1d6b",
    "uo": "\uab63",
    "v": "\u03bd\u0475\u1d20\uaba9",
    "w": "\u026f\u0461\u051d\u0561\u1d21\uab83",
    "x": "\u0445",
    "y": "\u0263\u028f\u03b3\u0443\u04af\u10e7\u1d8c\u1eff\uab5a",
    "z": "\u1d22\uab93",
}
ASCII = {"0": "O", "1": "l", "I": "l", "m": "rn"}  # each looks like the other in many fonts
TABLE = str.maketrans(
    {each: ASCII.get(like, like) for like, letters in LOOKS_LIKE.items() for each in letters}
    | ASCII
)
# Scripts that are written together: Chinese, Japanese and Korean, each with Latin.
TOGETHER = {"LATIN", "CJK", "IDEOGRAPHIC", "HIRAGANA", "KATAKANA", "BOPOMOFO", "HANGUL"}
COMMON = {"KATAKANA-HIRAGANA", "MODIFIER"}  # of several scripts
MIXED = _("The user name mixes %(first)s and %(second)s letters, some of which look alike.")


def skeleton(username: str) -> str:
    """The same text for all names that look alike."""
    if username.isascii():  # most names; no accents, no invisible characters
        return username.translate(TABLE).lower().translate(TABLE)
    seen = unicodedata.normalize("NFKC", username).translate(TABLE)
    return fold(seen[:LONGEST]).translate(TABLE)


def check_scripts(username: str) -> None:
    """Raises ValidationError for a name that mixes scripts, as Latin and Cyrillic."""
    first, *others = sorted(scripts_of(username)) or [""]
    if others and not {first, *others} <= TOGETHER:
        names = {"first": first.title(), "second": others[0].title()}
        raise ValidationError(MIXED, "mixed_scripts", names)


def scripts_of(username: str) -> set[str]:
    """The scripts of the letters: the first words of their names in Unicode."""
    letters = (each for each in username if each.isalpha())
    return {unicodedata.name(each, "UNKNOWN").split()[0] for each in letters} - COMMON
