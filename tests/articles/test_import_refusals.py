"""Files that an import refuses; a refused file leaves nothing behind."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.db import DataError, OperationalError

from articles.models import Article, ImportedFile, Tag
from core.db.deadlock_retry import ATTEMPTS
from tests.articles.import_files import POST, counts, run_import, write_post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alice")]


def test_unreadable_file_is_named_and_the_others_are_imported(tmp_path: Path) -> None:
    write_post(tmp_path, "good.md")
    write_post(tmp_path, "bad.md", "---\ntitle: x\n")
    (tmp_path / "dangling.md").symlink_to("nowhere.md")
    (tmp_path / "loop.md").symlink_to("loop.md")
    (tmp_path / "latin.md").write_bytes("é".encode("latin-1"))
    os.mkfifo(tmp_path / "pipe.md")
    out, err = run_import(tmp_path)
    assert counts(out) == [1, 0, 0, 0, 5]
    for line in (
        "bad.md: has front matter that is not closed: --- is missing",
        "dangling.md: cannot be read: No such file or directory",
        "loop.md: cannot be read: Too many levels of symbolic links",
        "latin.md: is not UTF-8: byte 1 cannot be read",
        "pipe.md: is not a regular file",
        "5 files were refused.",
    ):
        assert line in err.splitlines()


def test_links_and_odd_folders_lead_nowhere_twice(tmp_path: Path) -> None:
    write_post(tmp_path, "folder.md/one.md")
    write_post(tmp_path, ".git/hidden.md")
    write_post(tmp_path, "_index.md")
    (tmp_path / "again.md").symlink_to("folder.md/one.md")
    (tmp_path / "circle").symlink_to(tmp_path)
    out, err = run_import(tmp_path)
    assert counts(out) == [1, 0, 0, 0, 0]
    assert "_index.md: describes a folder and is no article" in err


def test_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    secret = write_post(tmp_path, "elsewhere/secret.txt", "Secret")
    write_post(tmp_path, "blog/one.md")
    (tmp_path / "blog/far.md").symlink_to(secret)
    (tmp_path / "blog/nowhere.md").symlink_to("../elsewhere/nothing.md")
    (tmp_path / "blog/near.md").symlink_to("deep.txt")
    write_post(tmp_path, "blog/deep.txt", "Text")
    (tmp_path / "link").symlink_to("blog")
    out, err = run_import(tmp_path / "link")
    assert counts(out) == [2, 0, 0, 0, 2]
    assert "far.md: is a link to a file outside the folder" in err.splitlines()
    assert "nowhere.md: is a link to a file outside the folder" in err.splitlines()
    assert {article.slug for article in Article.objects.all()} == {"one", "near"}


@pytest.mark.parametrize("error", [RecursionError("too deep"), ValueError("too odd")])
def test_unexpected_error_in_a_file_does_not_end_the_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def save(article: Article, *args: Any, **kwargs: Any) -> None:
        if article.title == "bad":
            raise error
        plain_save(article, *args, **kwargs)

    plain_save = Article.save
    monkeypatch.setattr(Article, "save", save)
    write_post(tmp_path, "bad.md")
    write_post(tmp_path, "good.md")
    out, err = run_import(tmp_path)
    assert counts(out) == [1, 0, 0, 0, 1]
    assert f"bad.md: cannot be understood: {error}" in err


def test_numbers_that_python_does_not_write_out_are_refused(tmp_path: Path) -> None:
    write_post(tmp_path, "bad.md", f"+++\ntitle = 0x{'f' * 9999}\n+++\nText")
    write_post(tmp_path, "good.md")
    out, err = run_import(tmp_path)
    assert counts(out) == [1, 0, 0, 0, 1]
    assert "bad.md: has front matter with a number that is too long" in err


def test_name_that_is_not_utf8_is_refused_in_words_that_can_be_printed(tmp_path: Path) -> None:
    write_post(tmp_path, os.fsdecode(b"caf\xe9.md"), "Text")
    out, err = run_import(tmp_path)
    assert counts(out) == [0, 0, 0, 0, 1]
    assert "caf?.md: has a name that is not UTF-8" in err


def test_file_that_the_database_refuses_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def create(self: Any, **fields: Any) -> None:
        raise DataError(1406, "Data too long")

    write_post(tmp_path, "one.md")
    monkeypatch.setattr(type(ImportedFile.objects), "create", create)
    out, err = run_import(tmp_path)
    assert counts(out) == [0, 0, 0, 0, 1]
    assert "one.md: the database refused it: 1406 Data too long" in err
    monkeypatch.undo()
    assert not Article.objects.exists()
    assert not Tag.objects.exists()


def fail_first(monkeypatch: pytest.MonkeyPatch, times: int, code: int) -> list[int]:
    """Makes the first `times` inserts of an imported file fail; the list counts all attempts."""
    tries: list[int] = []
    manager = type(ImportedFile.objects)
    plain_create = manager.create

    def create(self: Any, **fields: Any) -> Any:
        if self.model is ImportedFile:
            tries.append(code)
            if len(tries) <= times:
                raise OperationalError(code, "Try restarting transaction")
        return plain_create(self, **fields)

    monkeypatch.setattr(manager, "create", create)
    return tries


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("code", [1213, 1205])
def test_victim_of_a_deadlock_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    write_post(tmp_path, "one.md")
    tries = fail_first(monkeypatch, 2, code)
    out, _ = run_import(tmp_path)
    assert (counts(out), len(tries)) == ([1, 0, 0, 0, 0], 3)
    assert Article.objects.get().slug == "one"
    assert ImportedFile.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("code", "most"), [(1213, ATTEMPTS), (1366, 1)])
def test_database_that_keeps_refusing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, most: int
) -> None:
    write_post(tmp_path, "one.md")
    tries = fail_first(monkeypatch, 99, code)
    out, err = run_import(tmp_path)
    assert (counts(out), len(tries)) == ([0, 0, 0, 0, 1], most)
    assert f"one.md: the database refused it: {code} Try" in err
    assert not Article.objects.exists()


@pytest.mark.parametrize(
    "body",
    ["<script>draw()</script>", "<!-- later -->", "&nbsp;\u200b\u3164", "<style>a{}</style>"],
)
def test_post_that_shows_nothing_is_refused_and_writes_nothing(tmp_path: Path, body: str) -> None:
    write_post(tmp_path, "empty.md", f"---\ndate: 2020-01-02\ntags: [Go]\n---\n<div></div>\n{body}")
    out, err = run_import(tmp_path)
    assert counts(out) == [0, 0, 0, 0, 1]
    assert "empty.md: has nothing to show" in err
    assert not Article.objects.exists()
    assert not Tag.objects.exists()


@pytest.mark.parametrize("body", ['<img src="/media/a.png" alt="">', "😀", "[x](/y)"])
def test_post_of_one_picture_or_sign_shows_something(tmp_path: Path, body: str) -> None:
    write_post(tmp_path, "one.md", f"---\ndate: 2020-01-02\n---\n{body}")
    assert counts(run_import(tmp_path)[0]) == [1, 0, 0, 0, 0]


def test_changed_file_that_shows_nothing_leaves_its_article(tmp_path: Path) -> None:
    write_post(tmp_path, "one.md")
    run_import(tmp_path)
    write_post(tmp_path, "one.md", "---\ntitle: New\ndate: 2014-12-12\n---\n<script>x</script>")
    assert counts(run_import(tmp_path)[0]) == [0, 0, 0, 0, 1]
    assert (Article.objects.get().title, Article.objects.get().lead) == ("one", "Text of one.")


def test_text_over_a_limit_is_refused_by_name(tmp_path: Path) -> None:
    write_post(tmp_path, "good.md")
    write_post(tmp_path, "long.md", POST.format(title="Long") + "long " * 5_000)
    out, err = run_import(tmp_path)
    assert counts(out) == [1, 0, 0, 0, 1]
    assert "long.md: The paragraph “Text of Long." in err
    assert "characters; at most 20,000 are allowed." in err
