"""import_articles --database, from SQLite files and from one MariaDB."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from articles.models import Article, ImportedFile, Redirect
from deploy.private_servers import Services, with_connection
from tests.source_databases import VARIABLE, SourceFile, run_command

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alice", "in_utc")]
MAP = ("table=post", "body=text", "date=created", "tags=tags", "author=author_id:user.username")
TABLES = """
CREATE TABLE user (id INTEGER PRIMARY KEY, username TEXT);
CREATE TABLE post (id INTEGER PRIMARY KEY, author_id INTEGER, title TEXT, text TEXT,
                   created TIMESTAMP, tags TEXT, shown INTEGER, html TEXT, url TEXT);
INSERT INTO user VALUES (1, 'bob_reads'), (2, 'Eve Elsewhere');
"""


@pytest.fixture
def blog(tmp_path: Path, monkeypatch: Any) -> SourceFile:
    source = SourceFile(tmp_path / "blog.sqlite3", monkeypatch)
    source.run(TABLES)
    return source


def add(blog: SourceFile, pk: int, text: str | bytes, **values: Any) -> None:
    row = {"id": pk, "title": f"Title {pk}", "text": text, "author_id": 1} | values
    row.setdefault("created", "2014-12-12 10:00:00.000000")
    marks = ", ".join("?" * len(row))
    blog.run(f"INSERT INTO post ({', '.join(row)}) VALUES ({marks})", tuple(row.values()))


def run(*options: str, mapped: tuple[str, ...] = MAP) -> tuple[str, str, int]:
    return run_command("import_articles", "--author=alice_writes", "--map", *mapped, *options)


def counts(out: str) -> list[int]:
    return [int(word) for word in out.partition(":")[2].split() if word.isdecimal()]


def test_table_of_the_notes_becomes_links(tmp_path: Path, monkeypatch: Any) -> None:
    notes = SourceFile(tmp_path / "notes.sqlite3", monkeypatch)
    notes.run(
        "CREATE TABLE article (id INTEGER, title TEXT, author TEXT, url TEXT);"
        "INSERT INTO article VALUES (1, 'Go', 'lqz', 'https://example.org/a?b=1'),"
        "(2, 'None', 'lqz', '')"
    )
    out, err, code = run_command("import_articles", "--author=alice_writes", "--date=2020-01-01")
    assert (counts(out), code) == ([1, 0, 0, 0, 1], 1)
    assert "Reading id, title, author, url of article" in err
    assert "article 2: has neither a text nor a url with http(s)://" in err
    article = Article.objects.get()
    assert (article.byline, article.status, article.slug) == ("lqz", "published", "go")
    assert 'href="https://example.org/a?b=1"' in article.body_html


def test_mapped_columns_become_fields(blog: SourceFile, bob: Any) -> None:
    add(blog, 1, "Some *text*.", tags="Go, Web")
    add(blog, 2, "Other text.", author_id=2, created=1418378400)
    out, _err, code = run()
    assert (counts(out), code) == ([2, 0, 0, 0, 0], 0)
    first, second = Article.objects.order_by("title")
    assert (first.author, first.byline) == (bob, "")
    assert (second.author.username, second.byline) == ("alice_writes", "Eve Elsewhere")
    assert {first.publish_at, second.publish_at} == {first.created_at}
    assert str(first.publish_at) == "2014-12-12 10:00:00+00:00"
    assert sorted(tag.name for tag in first.tags.all()) == ["Go", "Web"]


def test_importing_again_updates_changed_rows_only(blog: SourceFile) -> None:
    for pk in (1, 2, 3):
        add(blog, pk, f"Text {pk}.")
    run()
    before = list(Article.objects.values())
    assert counts(run()[0]) == [0, 0, 3, 0, 0]
    assert list(Article.objects.values()) == before
    blog.run("UPDATE post SET text = 'New.' WHERE id > 1")
    Article.objects.filter(title="Title 3").update(body="Edited here.")
    out, err, _code = run()
    assert counts(out) == [0, 1, 1, 1, 0]
    assert "post 3: was edited on the site" in err
    bodies = Article.objects.order_by("title").values_list("body", flat=True)
    assert list(bodies) == ["Text 1.", "New.", "Edited here."]
    rows = ImportedFile.objects.order_by("path").values_list("source", "path")
    assert list(rows) == [("blog", "1"), ("blog", "2"), ("blog", "3")]


def test_html_becomes_markdown_that_shows_the_same(blog: SourceFile) -> None:
    html = (
        '<h2>Head</h2><p>1 &lt;b&gt; and <b>bold</b> <a href="https://example.org">a</a></p>'
        '<pre><code class="language-python">x = 1\n</code></pre><script>alert(1)</script>'
    )
    add(blog, 1, "", html=html)
    run(mapped=("table=post", "html=html", "date=created"))
    article = Article.objects.get()
    assert article.body.startswith("## Head\n\n1 ")
    assert "```python\nx = 1\n```" in article.body
    assert "alert" not in article.body
    assert "&lt;b&gt; and <strong>bold</strong>" in article.body_html


@pytest.mark.parametrize(("shown", "status"), [(1, "published"), (0, "draft"), (None, "published")])
def test_column_of_truth_values_decides_what_is_published(
    blog: SourceFile, shown: int | None, status: str
) -> None:
    add(blog, 1, "Text.", shown=shown)
    run(mapped=(*MAP, "published=shown"))
    assert Article.objects.get().status == status


def test_row_that_cannot_be_an_article_is_named_and_the_others_go_in(blog: SourceFile) -> None:
    add(blog, 1, "draft: true\n\nThis is text, not front matter.")
    add(blog, 2, "Text.", created="yesterday")
    add(blog, 3, b"\xff\xfe")
    blog.run("UPDATE post SET text = CAST(text AS TEXT) WHERE id = 3")
    out, err, code = run()
    assert (counts(out), code) == ([1, 0, 0, 0, 2], 1)
    assert "post 2: has a date that cannot be read: “yesterday”" in err
    assert "post 3: is not UTF-8" in err
    assert Article.objects.get().body.startswith("draft: true")


def test_old_paths_lead_to_the_articles(blog: SourceFile) -> None:
    add(blog, 1, "Text.", url="/old/one")
    add(blog, 2, "Text.", url="https://elsewhere.example/x", created=None)
    options = ("--redirect=/post/<id>.html", "--redirect=/p/<id>")
    assert run(*options)[2] == 0
    article = Article.objects.get(title="Title 1")
    for path in ("/post/1.html", "/p/1", "/old/one"):
        answer = Client().get(path)
        assert (answer.status_code, answer["Location"]) == (301, article.get_absolute_url()), path
    assert Client().get("/post/2.html").status_code == 404  # a draft
    assert Client().get("/post/3.html").status_code == 404
    assert counts(run(*options)[0]) == [0, 0, 2, 0, 0]
    assert Redirect.objects.count() == 5


def test_row_with_an_id_that_is_not_utf_8_gets_no_redirect(blog: SourceFile) -> None:
    blog.run("CREATE TABLE note (id BLOB, title TEXT, body TEXT)")
    blog.run("INSERT INTO note VALUES (?, 'Title', 'Text.')", (b"\xff\xfe",), (b"ab",))
    mapped = ("table=note", "body=body")
    out, err, code = run("--redirect=/post/<id>.html", "--date=2020-01-01", mapped=mapped)
    assert (counts(out), code) == ([1, 0, 0, 0, 1], 1)
    assert ": is not UTF-8" in err
    assert Redirect.objects.get().path == "/post/ab.html"


def test_old_path_that_is_taken_is_named(blog: SourceFile) -> None:
    add(blog, 1, "Text.", url="/about/")
    Redirect.objects.create(path="/post/1.html", address="/about/")
    err = run("--redirect=/post/<id>.html")[1]
    assert "/post/1.html leads elsewhere already, and stays so" in err
    assert "/about/ is a page of this site, and stays so" in err
    assert Redirect.objects.get().address == "/about/"


def test_dry_run_writes_nothing(blog: SourceFile) -> None:
    add(blog, 1, "Text.")
    out, _err, _code = run("--dry-run", "--redirect=/post/<id>.html")
    assert out.startswith("Dry run, nothing was written. 1 file: 1 new")
    assert not Article.objects.exists()
    assert not Redirect.objects.exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("table=post", "body=content"), "The table post has no column content; it has id, auth"),
        (("table=post", "body=text", "html=html"), "--map may give body or html, not both."),
        (("table=user", "title=username"), "--map must give a column for body (Markdown) or html"),
        (("table=post", "body=text", "id=author_id"), "The column author_id of post identifies no"),
        (("table=post", "body=text", "author=author_id:people.name"), "no table people; it has"),
    ],
)
def test_wrong_map_is_named(blog: SourceFile, words: tuple[str, ...], message: str) -> None:
    add(blog, 1, "Text.")
    add(blog, 2, "Text.")
    _out, err, code = run(mapped=words)
    assert message in err
    assert code != 0
    assert not Article.objects.exists()


def test_articles_of_a_mariadb_are_read(servers: Services, monkeypatch: Any) -> None:
    url = servers.new_database()
    name = url.split("?")[0].rpartition("/")[2]
    columns = "7 id, 'Title' title, 'Text of 墨.' body, TIMESTAMP '2014-12-12 10:00:00' made"
    with_connection(servers.mariadb_socket, f"CREATE TABLE {name}.article SELECT {columns}")
    monkeypatch.setenv(VARIABLE, url)
    out, _err, _code = run(mapped=("body=body", "date=made"))
    assert counts(out) == [1, 0, 0, 0, 0]
    article = Article.objects.get()
    assert (article.body, str(article.publish_at)) == ("Text of 墨.", "2014-12-12 10:00:00+00:00")
