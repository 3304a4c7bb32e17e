"""A text is a read, or a write to one known table, only where all of it shows that."""

from types import SimpleNamespace

import pytest
from django.conf import LazySettings, settings
from django.db import connection
from django.db.models import Count, F, Q, Value
from django.db.models.functions import Cast, Coalesce, Concat, Lower, Now, TruncMonth
from django.test.utils import CaptureQueriesContext

from articles.models import Article, Tag
from core import verdicts
from core.generations import generations
from core.verdicts import READ, Verdict, judge
from tests.factories import make_article, make_user

ALL = [*settings.GENERATIONS]


def everything(by_hand: bool | None = None, *, goes_on: bool = True) -> Verdict:
    return Verdict(generations().mask(ALL), by_hand, goes_on)


@pytest.fixture(params=["mysql", "sqlite"])
def vendor(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """What is judged by its text alone is judged for both, whichever is there."""
    monkeypatch.setattr(verdicts, "connection", SimpleNamespace(vendor=request.param))
    return str(request.param)


@pytest.mark.parametrize(
    ("statement", "subjects"),
    [
        ("INSERT INTO `articles_tag` (`name`) VALUES (%s), (%s)", ["articles"]),
        ('insert or ignore into "articles_tag" ("name") values (%s)', ["articles"]),
        ("REPLACE INTO articles_tag VALUES (1, 'a; CALL f()', 'a')", ["articles"]),
        ("UPDATE `accounts_user` SET `bio` = CONCAT(`bio`, %s) WHERE (`id` = %s)", ["users"]),
        ("UPDATE ARTICLES_TAG SET name = 'a' -- a comment", ["articles"]),
        ("/* by hand */ DELETE FROM articles_article;", ["articles"]),
        ("INSERT INTO articles_tag (name) SELECT title FROM articles_article", ["articles"]),
        ("INSERT INTO django_session VALUES (1)", []),
        ('DELETE FROM "accounts_loginsession" WHERE "id" IN (%s, %s)', []),
        ("UPDATE `accounts_user` SET `last_login` = %s WHERE `id` = %s", []),
        ("UPDATE `accounts_user` SET `last_login` = %s, `bio` = %s WHERE `id` = %s", ["users"]),
    ],
)
@pytest.mark.usefixtures("vendor")
def test_one_known_table(statement: str, subjects: list[str]) -> None:
    assert judge(statement) == Verdict(generations().mask(subjects))
    assert judge(statement.encode()) == judge(statement)


@pytest.mark.parametrize(
    "statement",
    [
        "CALL publish_all()",
        "EXECUTE prepared",
        "HANDLER articles_article OPEN",
        "LOAD DATA INFILE 'x' INTO TABLE articles_tag",
        "TRUNCATE articles_article",
        "ALTER TABLE `articles_article` ADD x INT",
        "DROP DATABASE site",
        "DO f()",
        "ANALYZE UPDATE articles_tag SET name = 'a'",
        "EXPLAIN ANALYZE DELETE a FROM articles_article a JOIN articles_tag",
        # functions that may be stored ones
        "SELECT f()",
        "SELECT F (1)",
        "SELECT `f`()",
        "SELECT site.lower('a')",
        "SELECT site . lower (1)",
        "SELECT f" + 99 * " " + "()",
        "SELECT /* read only */ f()",
        "SELECT f\u20ac(1)",
        "SELECT \u20aclower(1)",
        "SELECT \u0915\u093f(1)",
        "SELECT f\u00b7(1)",
        "SELECT \u017fum(1)",
        "SELECT lower\u00a0(1)",
        "SELECT site . \u20aclower (1)",
        "WITH x AS (SELECT @lower(')) DELETE FROM articles_tag WHERE name != '",
        "SELECT 5--f()\n",
        "SET @a = f()",
        "SET @a = (SELECT MAX(f(id)) FROM articles_tag)",
        "VALUES (f())",
        "INSERT INTO django_session VALUES (f())",
        "UPDATE django_session SET session_data = 'a' WHERE f(expire_date)",
        "UPDATE `accounts_user` SET `last_login` = %s WHERE f(`id`)",
        # tables that may be views, and more than one
        "UPDATE newest SET title = 'x'",
        "UPDATE articles_article_old SET x = 1",
        "INSERT INTO newest (title) VALUES ('x')",
        "UPDATE site.django_session SET session_data = 'x'",
        "UPDATE django_session, articles_tag SET name = 'x'",
        "UPDATE django_session AS a SET session_data = 'x'",
        "DELETE a, u FROM articles_article a JOIN accounts_user u",
        "DELETE FROM django_session USING django_session JOIN articles_tag",
        # what is more than it seems
        "SELECT 1; DELETE FROM articles_tag",
        "DELETE FROM django_session; DELETE FROM articles_tag",
        "EXPLAIN FORMAT=TREE ANALYZE DELETE a FROM articles_tag a",
        "SELECT 1 /* and so on",
        "SELECT 1 /*! INTO @a */",
        "/*M! DELETE FROM articles_tag */",
        "DELETE FROM django_session /*!, articles_tag */ WHERE 1",
        "WITH old AS (SELECT 1) DELETE FROM articles_tag",
        "SET STATEMENT max_statement_time=1 FOR UPDATE articles_tag SET name = 'a'",
        # what one server reads otherwise than another
        "WITH x AS (SELECT 1) --don't\nUPDATE articles_article SET title = 'x' -- '",
        "SELECT 1 --it's\n; DELETE FROM articles_tag -- '",
        "SELECT 1 --\u3000it's\n, f() -- '",
        "SELECT \"x` '\", f() -- '",
        "WITH x AS (SELECT 1) UPDATE(articles_tag) SET name = 'a'",
        "SET PASSWORD = 'a'",
        "SET DEFAULT ROLE a",
        "SET autocommit = 1",
        "SET SESSION sql_mode = '', @@autocommit = OFF",
    ],
)
@pytest.mark.usefixtures("vendor")
def test_what_may_write_everything(statement: str) -> None:
    assert judge(statement) == everything()


@pytest.mark.parametrize(
    ("statement", "by_hand"),
    [
        ("BEGIN", True),
        ("BEGIN;", True),
        ("BEGIN WORK -- by hand", True),
        ("BEGIN IMMEDIATE", True),
        ("start transaction read only", True),
        ("XA START 'x'", True),
        ("COMMIT AND CHAIN", True),
        ("ROLLBACK WORK AND  CHAIN ;", True),
        ("COMMIT", False),
        ("ROLLBACK AND NO CHAIN", False),
        ("END", False),
        ("END TRANSACTION;", False),
        ("XA COMMIT 'x'", False),
    ],
)
@pytest.mark.usefixtures("vendor")
def test_transactions_of_which_django_does_not_know(statement: str, by_hand: bool) -> None:
    """What begins one commits the one before."""
    assert judge(statement) == everything(by_hand, goes_on=False)


@pytest.mark.parametrize(
    ("statement", "by_hand"),
    [
        ("BEGIN; UPDATE articles_tag SET name = 'x'", True),
        ("COMMIT; BEGIN", True),
        ("COMMIT; START TRANSACTION; DELETE FROM articles_tag", True),
        ("ROLLBACK; XA START 'x'", True),
        ("SELECT 1; COMMIT AND CHAIN", True),
        ("/*! BEGIN */", True),
        ("/*M! START TRANSACTION */", True),
        ("/*!50003BEGIN*/", True),
        ("START /*! TRANSACTION */", True),
        ("COMMIT AND /*! CHAIN */", True),
        ("START /*\\*/ TRANSACTION", True),
        ("BEGIN /*\\*/", True),
        ("/*!50003 COMMIT */", None),
        ("COMMIT; DELETE FROM articles_tag", None),
        ("BEGIN NOT ATOMIC UPDATE articles_tag SET name = 'a'; END", None),
        ("CREATE FUNCTION f() RETURNS INT BEGIN DO 1; RETURN 1; END", None),
        ("ALTER TABLE transaction ADD chain INT", None),
    ],
)
def test_what_may_leave_a_transaction_open_is_taken_for_one(
    statement: str, by_hand: bool | None, vendor: str
) -> None:
    """SQLite takes a single statement only, and knows no comment that is executed."""
    if vendor == "mysql":
        assert judge(statement) == everything(by_hand)
    else:
        assert judge(statement) in (everything(), judge("BEGIN"))


def test_a_table_is_known_by_any_case(settings: LazySettings) -> None:
    settings.GENERATIONS = {"articles": ["Articles_Tag"], "users": []}
    assert judge("UPDATE articles_tag SET name = 'a'").mask == generations().mask(["articles"])
    assert judge("UPDATE ARTICLES_TAG SET name = 'a'").mask == generations().mask(["articles"])


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT 1",
        " (select COUNT(*) FROM articles_article) UNION (SELECT 1);",
        "SELECT * FROM articles_article FOR UPDATE",
        "SELECT id INTO @id FROM articles_tag WHERE name IN ('f(x)', \"g()\", `a b(`)",
        "/* f() */ SELECT 1 -- g()",
        "SELECT MATCH (title) AGAINST (%s IN BOOLEAN MODE), JSON_EXTRACT(a, '$.b')",
        "SELECT CAST(a AS CHAR(4)), COALESCE (a, b)",
        "SELECT ROW_NUMBER() OVER (PARTITION BY a ORDER BY b) FROM t USE INDEX (i)",
        "WITH RECURSIVE x (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM x) SELECT n FROM x",
        "SHOW TABLES",
        "EXPLAIN SELECT 1",
        'PRAGMA table_info("articles_tag")',
        "SAVEPOINT `s1`",
        "RELEASE SAVEPOINT `s1`",
        "ROLLBACK TO SAVEPOINT `s1`",
        "ROLLBACK TRANSACTION TO s1",
        "SET SESSION sql_mode = ''",
        "SET foreign_key_checks = 0",
    ],
)
@pytest.mark.usefixtures("vendor")
def test_reads(statement: str) -> None:
    assert judge(statement) == READ


@pytest.mark.django_db
def test_whatever_the_orm_reads_with_is_a_read() -> None:
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
    wrong = [each["sql"] for each in context if judge(each["sql"]) != READ]
    assert wrong == []
