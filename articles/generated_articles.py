"""Generates articles to try the site at scale: `seed_demo --articles N`.

Their words and Chinese clauses are those of the guide under /docs/, drawn as often as they occur
there. Lengths are log-normal, dates spread over ten years, more of them recent. Article number n
has the same text in each run, and is known by its creation token.
"""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from itertools import accumulate
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.utils import timezone

from articles.models import Article, Tag
from articles.slugs import article_slug
from core.guide.documents import file_of, slugs
from core.markdown import VERSION, summarise

BATCH = 200  # articles of one transaction
AUTHORS = 20
TAGS = 60
SIGMA = 0.7  # of the logarithm of a text's length
PERIOD = timedelta(days=3650)
DRAFTS = 0.02  # their share
_code = re.compile(r"```.*?```|`[^`]*`|\]\([^)]*\)|<[^>]*>", re.DOTALL)


class Language(NamedTuple):
    """How texts of a language are made of pieces: English words, or Chinese clauses."""

    code: str
    piece: re.Pattern[str]
    median: int  # pieces of a text
    glue: str  # between the pieces of a sentence
    end: str  # of a sentence


LANGUAGES = [
    Language("en", re.compile(r"[A-Za-z][a-z]+"), 350, " ", ". "),
    Language("zh-hans", re.compile(r"[\u4e00-\u9fff]{2,12}"), 130, "，", "。"),
]


class Pieces(NamedTuple):
    """The pieces of a language, the most frequent first, with their cumulated numbers."""

    words: list[str]
    weights: list[int]

    def draw(self, random: Random, number: int) -> list[str]:
        return random.choices(self.words, cum_weights=self.weights, k=number)


def missing_numbers(count: int) -> list[int]:
    """Returns the numbers up to `count` of the articles that do not exist yet."""
    made = Article.with_trashed.filter(author__username__in=author_names())
    tokens = set(made.values_list("creation_token", flat=True).iterator())
    return [number for number in range(1, count + 1) if UUID(int=number) not in tokens]


def write_articles(numbers: Sequence[int], authors: Sequence[int], tags: Sequence[int]) -> int:
    """Writes the articles with these numbers, their tags and their rows of the search index.

    Returns how many; 0 if another seed_demo has just written them.
    """
    articles = [generated(number, authors[number % AUTHORS]) for number in numbers]
    try:
        with transaction.atomic():
            Article.objects.bulk_create(articles)
            add_tags(articles, tags)
    except IntegrityError:
        return 0
    return len(articles)


def generated(number: int, author: int) -> Article:
    """Returns article `number`, unsaved."""
    random = Random(number)
    language = LANGUAGES[number % 2]
    paragraphs = text_of(language, random)
    html = "".join(f"<p>{paragraph}</p>\n" for paragraph in paragraphs)
    title = language.glue.join(pieces_of(language).draw(random, 6 if number % 2 == 0 else 2))
    return Article(
        author_id=author,
        title=title[0].upper() + title[1:],
        slug=article_slug(title),
        body="\n\n".join(paragraphs),
        body_html=html,
        excerpt=summarise(html),
        rendered_by=VERSION,
        status="draft" if random.random() < DRAFTS else "published",
        publish_at=timezone.now() - PERIOD * random.random() ** 1.5,
        creation_token=UUID(int=number),
    )


def text_of(language: Language, random: Random) -> list[str]:
    """Returns the paragraphs of a text."""
    left = round(language.median * random.lognormvariate(0, SIGMA))
    paragraphs = []
    while left > 0:
        sentences = [sentence(language, random) for _ in range(random.randint(2, 6))]
        paragraphs.append("".join(sentences).strip())
        left -= sum(each.count(language.glue) + 1 for each in sentences)
    return paragraphs


def sentence(language: Language, random: Random) -> str:
    words = pieces_of(language).draw(random, random.randint(3, 16 if language.glue == " " else 5))
    text = language.glue.join(words)
    return text[0].upper() + text[1:] + language.end


@cache
def pieces_of(language: Language) -> Pieces:
    files = [file_of(slug, language.code) for slug in slugs()]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files if file)
    counted = Counter(language.piece.findall(_code.sub(" ", text))).most_common()
    return Pieces([word for word, _ in counted], list(accumulate(n for _, n in counted)))


def author_names() -> list[str]:
    return [f"demo_writer_{number}" for number in range(1, AUTHORS + 1)]


def made_authors() -> list[int]:
    """Returns the keys of the authors, who cannot sign in; missing ones are created."""
    people: Any = get_user_model().objects
    closed = {"password": make_password(None)}
    return [people.get_or_create(username=each, defaults=closed)[0].pk for each in author_names()]


def made_tags() -> list[int]:
    """Returns the keys of the tags: frequent pieces that are long enough to be a subject."""
    names = [
        word
        for language, least in zip(LANGUAGES, (7, 4), strict=True)
        for word in [each for each in pieces_of(language).words if len(each) >= least][: TAGS // 2]
    ]
    return [tag.pk for tag in Tag.objects.named(names)]


def add_tags(articles: Sequence[Article], tags: Sequence[int]) -> None:
    """Gives each article up to four tags. MySQL returns no keys of the rows that it inserts."""
    tokens = [article.creation_token for article in articles]
    made = Article.objects.filter(creation_token__in=tokens, author__username__in=author_names())
    rows = [
        Article.tags.through(article_id=key, tag_id=tag)
        for key, token in made.values_list("pk", "creation_token").iterator()
        for tag in chosen_tags(Random(token.int), tags)
    ]
    Article.tags.through.objects.bulk_create(rows)


def chosen_tags(random: Random, tags: Sequence[int]) -> set[int]:
    """The first tags are drawn more often than the last (Zipf's law)."""
    weights = [1 / rank for rank in range(1, len(tags) + 1)]
    return set(random.choices(tags, weights, k=random.randint(1, 4)))
