"""Finds the articles that match a query, in the order in which they are shown."""

from articles.querysets import ArticleQuerySet
from articles.search.search_query import SearchQuery, parse_query

MOST_MATCHES = 1000  # that are ranked and can be reached by pages


def matching(articles: ArticleQuerySet, query: SearchQuery) -> ArticleQuerySet:
    """Those of `articles` that match; none if the query wants nothing."""
    if not query.wanted:
        return articles.none()
    return articles.filter(search_text__tokens__matches=query)


def ranked_keys(articles: ArticleQuerySet, query: SearchQuery) -> list[int]:
    """Returns keys of matches, at most MOST_MATCHES + 1: if there is one more, there are others.

    First those that have all words in the title; within each group the newer ones first. Two
    queries: with both conditions in one, MariaDB reads all articles instead of the index.
    """
    found = articles.filter(search_text__tokens__matches=query)
    in_title = articles.filter(  # both: an excluded word may be in the text
        search_text__tokens__matches=query, search_text__title__matches=query
    )
    return list(dict.fromkeys(newest(in_title) + newest(found)))[: MOST_MATCHES + 1]


def newest(articles: ArticleQuerySet) -> list[int]:
    """iterator() keeps the result out of the query cache."""
    ordered = articles.order_by("-publish_at", "-id").values_list("pk", flat=True)
    return list(ordered[: MOST_MATCHES + 1].iterator())


def some_keys(articles: ArticleQuerySet, words: str) -> list[int]:
    """Returns keys of matches, at most MOST_MATCHES, for a list that has an order of its own."""
    found = matching(articles, parse_query(words)).order_by("-pk")
    return list(found.values_list("pk", flat=True)[:MOST_MATCHES].iterator())
