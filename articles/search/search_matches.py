"""Finds the articles that match a query, in the order in which they are shown.

MySQL's full-text index is fast at finding matches and slow at reading their rows. So the rows of at
most MOST_READ matches are read, unless too few of these are among the articles that are asked for.
"""

from datetime import UTC, datetime

from articles.models import SearchText
from articles.querysets import ArticleQuerySet
from articles.search.search_query import SearchQuery, parse_query

MOST_MATCHES = 1000  # that are ranked and can be reached by pages
MOST_READ = 2 * MOST_MATCHES
NO_DATE = datetime.min.replace(tzinfo=UTC)  # of a draft


def matching(articles: ArticleQuerySet, query: SearchQuery) -> ArticleQuerySet:
    """Those of `articles` that match; none if the query wants nothing."""
    if not query.wanted:
        return articles.none()
    return articles.filter(search_text__tokens__matches=query)


def ranked_keys(articles: ArticleQuerySet, query: SearchQuery) -> list[int]:
    """Returns keys of matches, at most MOST_MATCHES + 1: if there is one more, there are others.

    First those that have all words in the title; within each group the newer ones first.
    """
    in_title = newest(matching_titles(articles, query))
    if len(in_title) > MOST_MATCHES:
        return in_title
    return list(dict.fromkeys(in_title + keys_by_text(articles, query)))[: MOST_MATCHES + 1]


def matching_titles(articles: ArticleQuerySet, query: SearchQuery) -> ArticleQuerySet:
    """An excluded word may be in the text; a wanted one of the title is in `tokens` too."""
    found = articles.filter(search_text__title__matches=query)
    return matching(found, query) if query.excluded else found


def keys_by_text(articles: ArticleQuerySet, query: SearchQuery) -> list[int]:
    """Returns keys of matches, at most MOST_MATCHES + 1, the newer ones first.

    If more than MOST_READ texts match, these are of the MOST_READ that have the words most often.
    """
    read = SearchText.objects.best_matches(query, MOST_READ + 1)
    found = newest_of(articles, read)
    if len(read) <= MOST_READ or len(found) > MOST_MATCHES:
        return found
    return newest(matching(articles, query))


def newest(articles: ArticleQuerySet) -> list[int]:
    """iterator() keeps the result out of the query cache."""
    ordered = articles.order_by("-publish_at", "-id").values_list("pk", flat=True)
    return list(ordered[: MOST_MATCHES + 1].iterator())


def newest_of(articles: ArticleQuerySet, keys: list[int]) -> list[int]:
    """Sorts here: to be spared a sort, MariaDB would read all articles in their order."""
    dated = articles.filter(pk__in=keys).order_by().values_list("publish_at", "pk").iterator()
    ordered = sorted(dated, key=lambda row: (row[0] or NO_DATE, row[1]), reverse=True)
    return [pk for _, pk in ordered[: MOST_MATCHES + 1]]


def some_keys(articles: ArticleQuerySet, words: str) -> list[int]:
    """Returns keys of matches, at most MOST_MATCHES, for a list that has an order of its own."""
    query = parse_query(words)
    return keys_by_text(articles, query)[:MOST_MATCHES] if query.wanted else []
