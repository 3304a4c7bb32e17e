"""Which of the site's two languages a text is in."""

from articles.reading_time import HAN, WORD

FEWEST_HAN = 0.2  # of the words and characters: an English text may quote some Chinese


def language_of(text: str) -> str:
    """`zh-Hans` or `en`, as the lang attribute wants it."""
    han, words = len(HAN.findall(text)), len(WORD.findall(text))
    return "zh-Hans" if han > FEWEST_HAN * (han + words) else "en"
