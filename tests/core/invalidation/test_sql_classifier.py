"""A statement's leading words say what it may write: nothing, one subject, or everything."""

from collections.abc import Callable
from time import thread_time

import pytest
from django.db import connection
from django.db.models import Count, F, Q, Value
from django.db.models.functions import Cast, Coalesce, Concat, Lower, Now, TruncMonth
from django.test.utils import CaptureQueriesContext

from articles.models import Article, Tag
from core.invalidation import sql_classifier
from core.invalidation.generations import EVERYTHING, generations
from core.invalidation.sql_classifier import READ, Verdict, classify
from tests.factories import make_article, make_user


def everything(opens: bool | None = None) -> Verdict:
    return Verdict(EVERYTHING, opens, late=True)


@pytest.mark.parametrize(
    ("statement", "subjects"),
    [
        ("INSERT INTO `articles_tag` (`name`) VALUES (%s), (%s)", ["articles"]),
        ('insert or ignore into "articles_tag" ("name") values (%s)', ["articles"]),
        ("INSERT OR REPLACE INTO articles_tag VALUES (1, 'a', 'a')", ["articles"]),
        ("REPLACE INTO articles_tag VALUES (1, 'a', 'a')", ["articles"]),
        ("UPDATE `accounts_user` SET `bio` = CONCAT(`bio`, %s) WHERE (`id` = %s)", ["users"]),
        ("UPDATE ARTICLES_TAG SET name = 'a' -- a comment", ["articles"]),
        ("DELETE FROM articles_article;", ["articles"]),
        ("INSERT INTO articles_tag (name) SELECT title FROM articles_article", ["articles"]),
        ("INSERT INTO `articles_article_tags` (`article_id`) VALUES (%s)", ["articles"]),
        ("INSERT INTO auth_group_permissions VALUES (1, 1, 1)", ["users"]),
        ("INSERT INTO django_session VALUES (1)", []),
        ("INSERT INTO django_migrations (app) VALUES (%s)", []),
        ('DELETE FROM "accounts_loginsession" WHERE "id" IN (%s, %s)', []),
        ("UPDATE django_session SET session_data = 'a' WHERE f(expire_date)", []),
        ("UPDATE `accounts_user` SET `last_login` = %s WHERE `id` = %s", []),
        ("UPDATE `accounts_user` SET `last_login` = %s, `bio` = %s WHERE `id` = %s", ["users"]),
    ],
)
def test_one_known_table_counts_for_its_subject(statement: str, subjects: list[str]) -> None:
    assert classify(statement) == Verdict(generations().mask(subjects))
    assert classify(statement.encode()) == classify(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "CALL publish_all()",
        "EXECUTE prepared",
        "HANDLER articles_article OPEN",
        "LOAD DATA INFILE 'x' INTO TABLE articles_tag",
        "TRUNCATE articles_article",
        "ALTER TABLE `articles_article` ADD x INT",
        "ALTER TABLE transactions ADD chained INT",
        "DROP DATABASE site",
        "DO f()",
        "ANALYZE UPDATE articles_tag SET name = 'a'",
        "EXPLAIN ANALYZE DELETE a FROM articles_article a JOIN articles_tag",
        "EXPLAIN FORMAT=TREE ANALYZE DELETE a FROM articles_tag a",
        # tables that may be views, and more than one
        "UPDATE newest SET title = 'x'",
        "UPDATE articles_article_old SET x = 1",
        "INSERT INTO newest (title) VALUES ('x')",
        "UPDATE site.django_session SET session_data = 'x'",
        "UPDATE django_session, articles_tag SET name = 'x'",
        "UPDATE django_session AS a SET session_data = 'x'",
        "DELETE a, u FROM articles_article a JOIN accounts_user u",
        "DELETE FROM django_session USING django_session JOIN articles_tag",
        "DELETE FROM django_session /*, */ USING articles_tag",
        # several statements, or what the server reads as such
        "SELECT 1; DELETE FROM articles_tag",
        "DELETE FROM django_session; DELETE FROM articles_tag",
        "SELECT 'a;b'",
        "SELECT 1 /*! INTO @a */",
        "/*M! DELETE FROM articles_tag */",
        "DELETE FROM django_session /*!, articles_tag */ WHERE 1",
        "/* a comment first */ DELETE FROM articles_article",
        "WITH old AS (SELECT 1) DELETE FROM articles_tag",
        "WITH x AS (SELECT 1) UPDATE(articles_tag) SET name = 'a'",
        "WITH x AS (SELECT 1) --don't\nUPDATE articles_article SET title = 'x' -- '",
        "SET STATEMENT max_statement_time=1 FOR UPDATE articles_tag SET name = 'a'",
        "SET/**/STATEMENT max_statement_time=5 FOR UPDATE articles_tag SET name = 'a'",
        "SET -- a comment\nSTATEMENT max_statement_time=5 FOR UPDATE articles_tag SET name = 'a'",
        "SET # a comment\nSTATEMENT max_statement_time=5 FOR UPDATE articles_tag SET name = 'a'",
        "SET PASSWORD = 'a'",
        "SET DEFAULT ROLE a",
        "\u00a0SELECT 1",
        "UPDATE \u017fession SET a = 1",
    ],
)
def test_every_other_statement_may_write_everything(statement: str) -> None:
    assert classify(statement) == everything()


@pytest.mark.parametrize(
    ("statement", "opens"),
    [
        ("BEGIN", True),
        ("BEGIN;", True),
        ("BEGIN WORK -- a comment", True),
        ("BEGIN IMMEDIATE", True),
        ("start transaction read only", True),
        ("COMMIT AND CHAIN", True),
        ("ROLLBACK WORK AND  CHAIN ;", True),
        ("COMMIT", False),
        ("ROLLBACK AND NO CHAIN", False),
        ("END", False),
        ("END;", False),
    ],
)
def test_raw_transactions_write_nothing_themselves(statement: str, opens: bool) -> None:
    assert classify(statement) == Verdict(0, opens)


@pytest.mark.parametrize(
    "statement", ["SET autocommit = 1", "SET SESSION sql_mode = '', @@autocommit = OFF"]
)
def test_switching_autocommit_may_commit_what_was_before(statement: str) -> None:
    assert classify(statement) == Verdict(0, late=True)


@pytest.mark.parametrize(
    "statement",
    [
        "BEGIN; UPDATE articles_tag SET name = 'x'",
        "COMMIT; BEGIN",
        "COMMIT; START TRANSACTION; DELETE FROM articles_tag",
        "ROLLBACK; XA START 'x'",
        "SELECT 1; COMMIT AND CHAIN",
        "/*! BEGIN */",
        "/*M! START TRANSACTION */",
        "/*!50003BEGIN*/",
        "START /*! TRANSACTION */",
        "COMMIT AND /*! CHAIN */",
        "/* first */ BEGIN",
        "XA START 'x'",
    ],
)
def test_text_that_may_leave_a_transaction_open_counts_as_doing_so(statement: str) -> None:
    assert classify(statement) == everything(opens=True)


@pytest.mark.parametrize(
    "statement",
    [
        "BEGIN NOT ATOMIC UPDATE articles_tag SET name = 'a'; END",
        "CREATE FUNCTION f() RETURNS INT BEGIN DO 1; RETURN 1; END",
        "COMMIT; DELETE FROM articles_tag",
        "/*!50003 COMMIT */",
    ],
)
def test_a_body_or_an_end_opens_no_transaction(statement: str) -> None:
    assert classify(statement) == everything()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1",
        " (select COUNT(*) FROM articles_article) UNION (SELECT 1);",
        "SELECT * FROM articles_article FOR UPDATE",
        "SELECT id INTO @id FROM articles_tag WHERE name IN ('f(x)', \"g()\", `a b(`)",
        "SELECT 1 -- a comment",
        "SELECT MATCH (title) AGAINST (%s IN BOOLEAN MODE), JSON_EXTRACT(a, '$.b')",
        "WITH RECURSIVE x (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT n FROM x",
        "VALUES (1)",
        "SHOW TABLES",
        "EXPLAIN SELECT 1",
        'PRAGMA table_info("articles_tag")',
        "SAVEPOINT `s1`",
        "RELEASE SAVEPOINT `s1`",
        "ROLLBACK TO SAVEPOINT `s1`",
        "ROLLBACK TRANSACTION TO s1",
        "SET SESSION sql_mode = ''",
        "SET foreign_key_checks = 0",
        "SELECT total(1), retitle(%s)",
        "SET @a = retitle(%s)",
        "SET\n`foreign_key_checks` = 0",
    ],
)
def test_reading_forms_write_nothing_whatever_they_call(statement: str) -> None:
    assert classify(statement) == READ


@pytest.mark.django_db
def test_the_orm_reads_with_reading_forms_only() -> None:
    article = make_article(make_user("alice_writes"), title="One")
    article.tags.add(Tag.objects.create(name="MySQL"))
    dates = Article.objects.annotate(month=TruncMonth("publish_at")).values("month")
    tagged = Article.objects.filter(Q(title__icontains="o%") | ~Q(tags__name="x") | Q(pk__in=[1]))
    with CaptureQueriesContext(connection) as context:
        list(dates.annotate(n=Count("pk", distinct=True)).order_by("-month"))
        list(Article.objects.dates("publish_at", "month"))
        list(tagged.select_related("author").prefetch_related("tags").distinct())
        list(Article.objects.filter(title__regex="^O", publish_at__year=2026, slug__iexact="a"))
        list(Article.objects.select_for_update().filter(publish_at__lt=Now()))
        list(
            Tag.objects.annotate(
                shown=Coalesce(Lower(Concat("name", Value("x"))), Value("")),
                text=Cast("pk", output_field=Tag._meta.get_field("name")),
            ).filter(pk__gt=F("pk") - 1)
        )
        assert Article.objects.exists()
        assert Article.objects.union(Article.objects.all()).count() == 1
        Article.objects.aggregate(Count("tags"))
        connection.introspection.get_constraints(connection.cursor(), "articles_article")
    assert len(context) >= 10
    wrong = [each["sql"] for each in context if classify(each["sql"]) != READ]
    assert wrong == []


def taken(run: Callable[[str], object], text: str) -> float:
    times = []
    for _ in range(5):
        began = thread_time()
        run(text)
        times.append(thread_time() - began)
    return min(times)  # other work on the machine only adds


@pytest.mark.parametrize(
    ("run", "head", "part", "tail"),
    [
        (sql_classifier.READING.match, "SELECT", " ", "; x"),
        (sql_classifier.READING.match, "", "( ", "x"),
        (sql_classifier.READING.match, "ROLLBACK", " ", "x"),
        (sql_classifier.READING.match, "SET", " ", "/"),
        (sql_classifier.READING.match, "WITH ", "update", ""),
        (sql_classifier.AUTOCOMMIT.search, "SET ", " autocommi", ""),
        (sql_classifier.ONE_TABLE.match, "UPDATE articles_tag", " ", "x"),
        (sql_classifier.ONE_TABLE.match, "INSERT", " ", "x"),
        (sql_classifier.ONE_TABLE.match, "INSERT ", "OR ", "x"),
        (sql_classifier.LONE_COLUMN.match, " SET", " ", "x"),
        (sql_classifier.OPENING.match, "START", " ", "x"),
        (sql_classifier.MAY_OPEN.search, "", "BEGIN ", ""),
        (sql_classifier.SEVERAL.search, "SELECT 1;", " ", "x"),
        (classify, "SELECT 1", "/*", ""),
        (classify, "UPDATE articles_tag SET name = '\\' ", " ", "; DELETE FROM x"),
    ],
)
def test_a_text_four_times_as_long_takes_no_longer_than_that(
    run: Callable[..., object], head: str, part: str, tail: str
) -> None:
    """A quadratic expression takes sixteen times as long."""
    short, long = (taken(run, head + part * count + tail) for count in (4_000, 16_000))
    assert long < 8 * short + 0.0001
