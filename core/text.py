"""How names are compared: one fold for every database."""

import unicodedata


def fold(name: str) -> str:
    """`name` without case, accents and compatibility forms: two names that a reader would
    take for one fold alike. Idempotent.
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", name).casefold())
    return unicodedata.normalize("NFC", "".join(c for c in plain if not unicodedata.combining(c)))
