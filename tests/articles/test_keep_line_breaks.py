"""The switch “Keep line breaks” of an article."""

from pathlib import Path

import pytest
from django.test import Client

from articles.importing.digest import text_digest
from articles.importing.hexo import keeps_line_breaks
from articles.models import Article, ImportedFile
from tests.articles.import_files import POST, run_import, write_post
from tests.factories import make_article

pytestmark = pytest.mark.django_db
LINES = "one\ntwo"
HEXO = "title: Alice's\nsource_dir: source\npublic_dir: public\n"
OCTOPRESS = "title: Alice's\nsource: source\ndestination: public\nmarkdown: rdiscount\n"


def save(client: Client, path: str, **fields: str) -> str:
    data = {"title": "One", "body": LINES, "tags": "", "summary": ""} | fields
    return client.post(path, data, follow=True).content.decode()


def test_editor_explains_the_line_break_switch(alice_client):
    page = alice_client.get("/articles/new/").content.decode()
    assert '<input type="checkbox" name="breaks"' in page
    assert "Keep line breaks" in page
    assert "Each line end is a line break" in page


def test_author_switches_line_breaks_on_and_off(alice_client):
    assert "one<br>" in save(alice_client, "/articles/new/", breaks="on", publish="")
    article = Article.objects.get()
    assert article.breaks
    edit = f"/articles/{article.pk}/edit/"
    assert "checked" in alice_client.get(edit).content.decode().partition('name="breaks"')[2][:100]
    seen = article.updated_at.isoformat()
    assert "one<br>" not in save(alice_client, edit, seen=seen, save="")


def test_preview_shows_line_breaks(alice_client):
    page = save(alice_client, "/articles/new/", breaks="on", preview="")
    assert "one<br>" in page
    assert "one<br>" not in save(alice_client, "/articles/new/", preview="")


def test_admin_shows_line_breaks(dana_client):
    assert 'name="breaks"' in dana_client.get("/admin/articles/article/add/").content.decode()


def test_only_line_breaks_switched_on_change_the_import_digest(alice):
    article = make_article(
        alice, title="One", body="x", publish_at="2026-01-01T00:00:00Z", status="draft"
    )
    article.refresh_from_db()
    article.author_id = 7
    before = "c1b73273c286fe3b1d6e792fd9743a49130a84eed13bc3a27db2c35876c66738"
    assert text_digest(article) == before  # as stored by the earlier release
    article.breaks = True
    assert text_digest(article) != before


def blog(folder: Path, settings: str | None) -> Path:
    """A post in a folder as Hexo keeps it."""
    if settings is not None:
        (folder / "_config.yml").write_text(settings)
    return write_post(folder, "source/_posts/one.md")


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (HEXO, True),
        (None, True),
        (OCTOPRESS, False),
        ("", False),
        ("a: [", False),
        ("- a list", False),
        (f"{HEXO}marked:\n  breaks: false\n", False),
        (f"{HEXO}marked:\n  breaks: true\n", True),
        (f"{HEXO}markdown:\n  render:\n    breaks: false\n", False),
        (f"{HEXO}markdown: commonmark\n", True),
    ],
)
def test_hexo_blog_is_recognised_by_folders_and_settings(tmp_path, settings, expected):
    post = blog(tmp_path, settings)
    assert keeps_line_breaks(post) is expected
    assert keeps_line_breaks(write_post(tmp_path, "source/about/index.md")) is expected
    assert not keeps_line_breaks(write_post(tmp_path, "_posts/one.md"))
    assert not keeps_line_breaks(write_post(tmp_path, "other/source/one.md"))


def test_import_from_hexo_switches_line_breaks_on(tmp_path, alice):
    file = blog(tmp_path, HEXO)
    file.write_text(POST.format(title="One") + "second line\n")
    write_post(tmp_path, "other.md")
    run_import(tmp_path)
    breaks = dict(Article.objects.values_list("slug", "breaks"))
    assert breaks == {"one": True, "other": False}
    assert "<br>" in Article.objects.get(slug="one").body_html


@pytest.mark.parametrize("folder", [".", "source", "source/_posts"])
def test_any_folder_of_the_blog_may_be_imported(tmp_path, alice, folder, monkeypatch):
    blog(tmp_path, HEXO)
    run_import(tmp_path / folder)
    assert Article.objects.get().breaks


def test_article_of_an_earlier_import_does_not_look_edited(tmp_path, alice):
    """It has no line breaks until its file changes."""
    file = blog(tmp_path, HEXO)
    run_import(tmp_path)
    article = Article.objects.get()
    article.breaks = False
    article.save()
    ImportedFile.objects.update(text_digest=text_digest(article))
    file.write_text(POST.format(title="One") + "more\n")
    out, _ = run_import(tmp_path)
    assert "1 changed" in out
    assert Article.objects.get().breaks


def test_switching_line_breaks_on_the_site_is_an_edit(tmp_path, alice):
    file = blog(tmp_path, HEXO)
    run_import(tmp_path)
    article = Article.objects.get()
    article.breaks = False
    article.save()
    file.write_text(POST.format(title="One") + "more\n")
    out, _ = run_import(tmp_path)
    assert "1 left alone" in out
    assert not Article.objects.get().breaks
