import shutil
from io import StringIO
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from articles.importing.sources import Source
from articles.importing.writer import Importer, Result
from articles.models import Article, ImportedFile, Tag
from tests.articles.import_files import POST, counts, run_import, write_post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alice")]


def test_posts_go_in_with_their_dates_and_tags(tmp_path: Path, alice: Any) -> None:
    write_post(tmp_path, "one.md")
    write_post(tmp_path, "deep/two.markdown")
    write_post(tmp_path, "picture.png", "no text")
    out, err = run_import(tmp_path)
    assert out == "2 files: 2 new, 0 changed, 0 unchanged, 0 left alone, 0 refused."
    assert err.startswith("Writing to ")
    one = Article.objects.get(slug="one")
    assert (one.author, one.status, one.lead) == (alice, "published", "Text of one.")
    assert {one.publish_at, one.created_at, one.updated_at} == {one.publish_at}
    assert one.publish_at is not None
    assert one.publish_at.year == 2014
    assert [tag.name for tag in one.tags.all()] == ["Go"]


def test_importing_again_changes_nothing_and_takes_few_queries(
    tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        write_post(tmp_path, f"{number}.md")
    run_import(tmp_path)
    before = list(Article.objects.values())
    with django_assert_max_num_queries(5):
        out, _ = run_import(tmp_path)
    assert counts(out) == [0, 0, 20, 0, 0]
    assert list(Article.objects.values()) == before


def test_edit_on_the_site_survives_importing_the_same_file(tmp_path: Path) -> None:
    write_post(tmp_path, "one.md")
    run_import(tmp_path)
    Article.objects.update(title="Mine")
    assert counts(run_import(tmp_path)[0]) == [0, 0, 1, 0, 0]
    assert Article.objects.get().title == "Mine"


def test_article_follows_its_file(tmp_path: Path) -> None:
    write_post(tmp_path, "one.md")
    run_import(tmp_path)
    write_post(tmp_path, "one.md", "---\ntitle: New\ndate: 2014-12-12\ntags: [Web]\n---\nOther.")
    assert counts(run_import(tmp_path)[0]) == [0, 1, 0, 0, 0]
    article = Article.objects.get()
    assert (article.title, article.slug, article.lead) == ("New", "one", "Other.")
    assert [tag.name for tag in article.tags.all()] == ["Web"]
    assert article.updated_at.date() == timezone.now().date()


@pytest.mark.parametrize("edit", ["title", "body", "tags", "status"])
def test_edited_article_whose_file_changed_is_left_alone(tmp_path: Path, edit: str) -> None:
    write_post(tmp_path, "one.md")
    run_import(tmp_path)
    article = Article.objects.get()
    if edit == "tags":
        article.tags.add(*Tag.objects.named(["Mine"]))
    else:
        setattr(article, edit, "hidden")
        article.save()
    write_post(tmp_path, "one.md", POST.format(title="New"))
    out, err = run_import(tmp_path)
    assert counts(out) == [0, 0, 0, 1, 0]
    assert "one.md: was edited on the site; --overwrite takes the file's text" in err
    assert counts(run_import(tmp_path, "--overwrite")[0]) == [0, 1, 0, 0, 0]
    assert Article.objects.get().title == "New"


def test_saving_the_form_without_a_change_is_no_edit(tmp_path: Path) -> None:
    write_post(tmp_path, "one.md", POST.format(title="one") + "\nMore.")
    run_import(tmp_path)
    article = Article.objects.get()
    article.body = article.body.replace("\n", "\r\n") + "\r\n"
    article.save()
    write_post(tmp_path, "one.md", POST.format(title="New"))
    assert counts(run_import(tmp_path)[0]) == [0, 1, 0, 0, 0]


def test_moved_file_keeps_its_article(tmp_path: Path) -> None:
    file = write_post(tmp_path, "one.md")
    run_import(tmp_path)
    file.rename(tmp_path / "renamed.md")
    assert counts(run_import(tmp_path)[0]) == [0, 0, 1, 0, 0]
    assert ImportedFile.objects.get().path == "renamed.md"
    assert Article.objects.get().slug == "one"


def test_copied_file_is_another_article(tmp_path: Path) -> None:
    file = write_post(tmp_path, "one.md")
    run_import(tmp_path)
    shutil.copy(file, tmp_path / "copy.md")
    assert counts(run_import(tmp_path)[0]) == [1, 0, 1, 0, 0]


def test_names_that_differ_in_case_or_accents_are_two_files(tmp_path: Path) -> None:
    for name in ("cargo.md", "Cargo.md", "résumé.md", "resume.md"):
        write_post(tmp_path, name)
    assert counts(run_import(tmp_path)[0]) == [4, 0, 0, 0, 0]
    assert counts(run_import(tmp_path)[0]) == [0, 0, 4, 0, 0]


def test_article_deleted_on_the_site_comes_back(tmp_path: Path) -> None:
    write_post(tmp_path, "one.md")
    run_import(tmp_path)
    Article.objects.all().delete()
    assert counts(run_import(tmp_path)[0]) == [1, 0, 0, 0, 0]


def test_two_imports_at_once_make_one_article(tmp_path: Path, alice: Any) -> None:
    file = write_post(tmp_path, "one.md")
    source = Source(file, str(file), PurePosixPath("one.md"))
    first, second = Importer(alice), Importer(alice)
    assert first.import_file(source).result is Result.NEW
    assert second.import_file(source).result is Result.UNCHANGED
    assert Article.objects.count() == 1


def test_dry_run_reports_the_same_and_writes_nothing(tmp_path: Path) -> None:
    write_post(tmp_path, "one.md")
    write_post(tmp_path, "bad.md", "---\n")
    out, err = run_import(tmp_path, "--dry-run")
    assert out.startswith("Dry run, nothing was written. 2 files: 1 new")
    assert "Writing to" not in err
    assert "bad.md: " in err
    assert not Article.objects.exists()
    assert not Tag.objects.exists()


def test_interrupted_import_keeps_finished_files_and_reports_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(article: Article, *args: Any, **kwargs: Any) -> None:
        plain_save(article, *args, **kwargs)
        if article.title == "two":
            raise KeyboardInterrupt

    plain_save = Article.save
    for name in ("one", "two", "three"):
        write_post(tmp_path, f"{name}.md")
    monkeypatch.setattr(Article, "save", save)
    with pytest.raises(CommandError, match=r"^Interrupted.* 2 files: 2 new, ") as error:
        call_command("import_articles", str(tmp_path), author="alice_writes", stderr=StringIO())
    assert error.value.returncode == 130
    monkeypatch.undo()
    assert {article.title for article in Article.objects.all()} == {"one", "three"}
    assert counts(run_import(tmp_path)[0]) == [1, 0, 2, 0, 0]


@pytest.mark.parametrize(
    ("folder", "author", "reason"),
    [
        ("nowhere", "alice_writes", "nowhere is not a folder."),
        ("file.md", "alice_writes", "file.md is not a folder."),
        ("empty", "alice_writes", "There is no Markdown file in"),
        (".", "unknown", "There is no account unknown; make it with: python manage.py create_user"),
    ],
)
def test_wrong_arguments_give_one_line(
    tmp_path: Path, folder: str, author: str, reason: str
) -> None:
    write_post(tmp_path, "file.md")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match=reason) as error:
        call_command("import_articles", tmp_path / folder, author=author, stderr=StringIO())
    assert error.value.returncode == 1
