"""Compares names in the same way on every database, and removes what XML cannot hold."""

import re
import unicodedata

LONGEST = 1000  # characters; a run of combining marks takes quadratic time to normalize
_not_xml = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_invisible = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")  # letters and a symbol without ink
_accented = ("LATIN", "GREEK")  # elsewhere a mark makes another letter: й, ガ


def fold(name: str) -> str:
    """`name` without case, accents, compatibility forms and invisible characters.

    Two names that look alike have the same result. Idempotent. Raises ValueError for more than
    LONGEST characters: check a name's length before.
    """
    if len(name) > LONGEST:
        raise ValueError(f"A name of {len(name)} characters is not folded; at most {LONGEST} are.")
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    kept, base = [], " "
    for character in text:
        if unicodedata.category(character) == "Cf":
            continue
        if not unicodedata.combining(character):
            base = character
        elif unicodedata.name(base, "").startswith(_accented):
            continue
        kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept)).strip()


def is_blank(text: str) -> bool:
    """Whether `text` has only invisible characters: blanks, controls, lone marks, fillers."""
    return all(unicodedata.category(each)[0] in "CMZ" for each in _invisible.sub("", text))


def printable(text: str) -> str:
    """`text` without the characters that XML 1.0 forbids, which would break a feed."""
    return _not_xml.sub("", text)
