from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connections, models, transaction
from django.db.models.lookups import Lookup
from django.utils.translation import gettext_lazy as _

from articles.models.article import Article
from articles.search.search_tokens import VERSION, index_text
from core.markdown import visible_text
from core.subjects import NEVER_CACHED

BATCH = 50  # articles whose texts are in memory at a time
READ = ("title", "summary", "excerpt", "body_html")


class TokensField(models.TextField):
    """The tokens of a text, with a full-text index (made by the migration)."""


@TokensField.register_lookup
class Matches(Lookup):
    """`search_text__tokens__matches=SearchQuery`: whether the indexed text has what it wants."""

    lookup_name = "matches"
    prepare_rhs = False

    def as_mysql(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        column, params = self.process_lhs(compiler, connection)
        sql = f"MATCH ({column}) AGAINST (%s IN BOOLEAN MODE)"
        return sql, [*params, self.rhs.for_mysql()]

    def as_sqlite(self, compiler: Any, connection: Any) -> tuple[str, list[Any]]:
        """The virtual table has the same keys."""
        table = connection.ops.quote_name(self.lhs.alias)
        found = "SELECT rowid FROM articles_searchindex WHERE articles_searchindex MATCH %s"
        return f"{table}.article_id IN ({found})", [self.rhs.for_fts5(self.lhs.target.column)]


class SearchTexts(models.Manager["SearchText"]):
    def index(self, keys: Iterable[int]) -> int:
        """Writes the rows of these articles anew, and returns their number.

        The only place that writes them. The articles are locked, so of two writers the second one
        indexes what the first one has stored. Each batch is a transaction of its own, unless a
        transaction is open.
        """
        wanted = sorted(keys)
        return sum(
            self._index_batch(wanted[at : at + BATCH]) for at in range(0, len(wanted), BATCH)
        )

    def _index_batch(self, keys: Sequence[int]) -> int:
        alias = self.db
        with transaction.atomic(using=alias, savepoint=False):
            locked = Article.with_trashed.using(alias).select_for_update().filter(pk__in=keys)
            articles = locked.order_by("pk").only(*READ).iterator()
            rows = [SearchText.of(article) for article in articles]
            can_name = connections[alias].features.supports_update_conflicts_with_target
            self.bulk_create(
                rows,
                update_conflicts=True,
                unique_fields=["article"] if can_name else None,
                update_fields=["title", "tokens", "language", "version"],
            )
        return len(rows)

    def best_matches(self, query: Any, most: int) -> list[int]:
        """Returns keys of articles whose texts match the SearchQuery, at most `most`.

        MySQL's index yields the texts that have the words most often first. SQLite's is in the
        order of keys, and is read from its end.
        """
        found = self.filter(tokens__matches=query).values_list("pk", flat=True)
        ordered = found.order_by("-pk") if connections[self.db].vendor == "sqlite" else found
        return list(ordered[:most].iterator())

    def outdated(self) -> models.QuerySet[Article]:
        """Articles without a row, or with one that an older version has made."""
        current = self.filter(version__gte=VERSION).values("article_id")
        return Article.with_trashed.using(self.db).exclude(pk__in=current)


class SearchText(models.Model):
    """The tokens of an article: in a table of its own, so that reading articles stays cheap."""

    cache_subject = NEVER_CACHED

    article = models.OneToOneField(
        Article, models.CASCADE, primary_key=True, related_name="search_text"
    )
    title = TokensField()
    tokens = TokensField()  # of title, summary and text
    language = models.CharField(max_length=10)
    version = models.SmallIntegerField()

    objects = SearchTexts()

    class Meta:
        verbose_name = _("search text")
        verbose_name_plural = _("search texts")

    def __str__(self) -> str:
        return str(self.article_id)

    @classmethod
    def of(cls, article: Article) -> "SearchText":
        """Returns the row, unsaved, for the HTML that readers see."""
        text = "\n".join([article.title, article.summary, visible_text(article.body_html)])
        return cls(
            article_id=article.pk,
            title=index_text(article.title),
            tokens=index_text(text),
            language=article.language,
            version=VERSION,
        )
