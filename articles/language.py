"""Detects which of the site's two languages a text is in."""

from articles.reading_time import HAN, WORD

LEAST_SHARE_OF_HAN = 0.2  # an English text may quote some Chinese


def language_of(text: str) -> str:
    """Returns `zh-Hans` or `en`, as in the lang attribute."""
    han, words = len(HAN.findall(text)), len(WORD.findall(text))
    return "zh-Hans" if han > LEAST_SHARE_OF_HAN * (han + words) else "en"
