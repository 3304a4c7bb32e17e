import os
import shutil
from io import StringIO
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import DataError, OperationalError
from django.utils import timezone

from accounts.models import User
from articles.importing.sources import Source
from articles.importing.writer import Importer, Result
from articles.models import Article, ImportedFile, Tag
from core.db.deadlock_retry import ATTEMPTS

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alice")]
POST = "---\ntitle: {title}\ndate: 2014-12-12\ntags: [Go]\n---\nText of {title}.\n"


def write(folder: Path, name: str, text: str = "") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text or POST.format(title=file.stem))
    return file


def run(folder: Path, *options: str) -> tuple[str, str]:
    """The result line, and what stderr says behind the name of the database."""
    out, err = StringIO(), StringIO()
    try:
        call_command(
            "import_articles",
            str(folder),
            "--author=alice_writes",
            *options,
            stdout=out,
            stderr=err,
        )
    except CommandError as error:
        err.write(f"{error}\n")
    return out.getvalue().strip(), err.getvalue()


def numbers(result: str) -> list[int]:
    """New, changed, unchanged, left alone, refused."""
    return [int(word) for word in result.partition(":")[2].split() if word.isdecimal()]


def test_posts_go_in_with_their_dates_and_tags(tmp_path: Path, alice: Any) -> None:
    write(tmp_path, "one.md")
    write(tmp_path, "deep/two.markdown")
    write(tmp_path, "picture.png", "no text")
    out, err = run(tmp_path)
    assert out == "2 files: 2 new, 0 changed, 0 unchanged, 0 left alone, 0 refused."
    assert err.startswith("Writing to ")
    one = Article.objects.get(slug="one")
    assert (one.author, one.status, one.lead) == (alice, "published", "Text of one.")
    assert {one.publish_at, one.created_at, one.updated_at} == {one.publish_at}
    assert one.publish_at is not None
    assert one.publish_at.year == 2014
    assert [tag.name for tag in one.tags.all()] == ["Go"]


def test_importing_again_changes_nothing_and_asks_little(
    tmp_path: Path, django_assert_max_num_queries: Any
) -> None:
    for number in range(20):
        write(tmp_path, f"{number}.md")
    run(tmp_path)
    before = list(Article.objects.values())
    with django_assert_max_num_queries(5):
        out, _ = run(tmp_path)
    assert numbers(out) == [0, 0, 20, 0, 0]
    assert list(Article.objects.values()) == before


def test_an_edit_on_the_site_survives_importing_the_same_file(tmp_path: Path) -> None:
    write(tmp_path, "one.md")
    run(tmp_path)
    Article.objects.update(title="Mine")
    assert numbers(run(tmp_path)[0]) == [0, 0, 1, 0, 0]
    assert Article.objects.get().title == "Mine"


def test_an_article_follows_its_file(tmp_path: Path) -> None:
    write(tmp_path, "one.md")
    run(tmp_path)
    write(tmp_path, "one.md", "---\ntitle: New\ndate: 2014-12-12\ntags: [Web]\n---\nOther.")
    assert numbers(run(tmp_path)[0]) == [0, 1, 0, 0, 0]
    article = Article.objects.get()
    assert (article.title, article.slug, article.lead) == ("New", "one", "Other.")
    assert [tag.name for tag in article.tags.all()] == ["Web"]
    assert article.updated_at.date() == timezone.now().date()


@pytest.mark.parametrize("edit", ["title", "body", "tags", "status"])
def test_an_edited_article_whose_file_changed_is_left_alone(tmp_path: Path, edit: str) -> None:
    write(tmp_path, "one.md")
    run(tmp_path)
    article = Article.objects.get()
    if edit == "tags":
        article.tags.add(*Tag.objects.named(["Mine"]))
    else:
        setattr(article, edit, "hidden")
        article.save()
    write(tmp_path, "one.md", POST.format(title="New"))
    out, err = run(tmp_path)
    assert numbers(out) == [0, 0, 0, 1, 0]
    assert "one.md: was edited on the site; --overwrite takes the file's text" in err
    assert numbers(run(tmp_path, "--overwrite")[0]) == [0, 1, 0, 0, 0]
    assert Article.objects.get().title == "New"


def test_saving_the_form_without_a_change_is_no_edit(tmp_path: Path) -> None:
    write(tmp_path, "one.md", POST.format(title="one") + "\nMore.")
    run(tmp_path)
    article = Article.objects.get()
    article.body = article.body.replace("\n", "\r\n") + "\r\n"
    article.save()
    write(tmp_path, "one.md", POST.format(title="New"))
    assert numbers(run(tmp_path)[0]) == [0, 1, 0, 0, 0]


def test_a_moved_file_keeps_its_article(tmp_path: Path) -> None:
    file = write(tmp_path, "one.md")
    run(tmp_path)
    file.rename(tmp_path / "renamed.md")
    assert numbers(run(tmp_path)[0]) == [0, 0, 1, 0, 0]
    assert ImportedFile.objects.get().path == "renamed.md"
    assert Article.objects.get().slug == "one"


def test_a_copied_file_is_another_article(tmp_path: Path) -> None:
    file = write(tmp_path, "one.md")
    run(tmp_path)
    shutil.copy(file, tmp_path / "copy.md")
    assert numbers(run(tmp_path)[0]) == [1, 0, 1, 0, 0]


def test_names_that_differ_in_case_or_accents_are_two_files(tmp_path: Path) -> None:
    for name in ("cargo.md", "Cargo.md", "résumé.md", "resume.md"):
        write(tmp_path, name)
    assert numbers(run(tmp_path)[0]) == [4, 0, 0, 0, 0]
    assert numbers(run(tmp_path)[0]) == [0, 0, 4, 0, 0]


def test_an_article_deleted_on_the_site_comes_back(tmp_path: Path) -> None:
    write(tmp_path, "one.md")
    run(tmp_path)
    Article.objects.all().delete()
    assert numbers(run(tmp_path)[0]) == [1, 0, 0, 0, 0]


def test_what_cannot_be_read_is_named_and_the_others_go_in(tmp_path: Path) -> None:
    write(tmp_path, "good.md")
    write(tmp_path, "bad.md", "---\ntitle: x\n")
    (tmp_path / "dangling.md").symlink_to("nowhere.md")
    (tmp_path / "loop.md").symlink_to("loop.md")
    (tmp_path / "latin.md").write_bytes("é".encode("latin-1"))
    os.mkfifo(tmp_path / "pipe.md")
    out, err = run(tmp_path)
    assert numbers(out) == [1, 0, 0, 0, 5]
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
    write(tmp_path, "folder.md/one.md")
    write(tmp_path, ".git/hidden.md")
    write(tmp_path, "_index.md")
    (tmp_path / "again.md").symlink_to("folder.md/one.md")
    (tmp_path / "circle").symlink_to(tmp_path)
    out, err = run(tmp_path)
    assert numbers(out) == [1, 0, 0, 0, 0]
    assert "_index.md: describes a folder and is no article" in err


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    secret = write(tmp_path, "elsewhere/secret.txt", "Secret")
    write(tmp_path, "blog/one.md")
    (tmp_path / "blog/far.md").symlink_to(secret)
    (tmp_path / "blog/nowhere.md").symlink_to("../elsewhere/nothing.md")
    (tmp_path / "blog/near.md").symlink_to("deep.txt")
    write(tmp_path, "blog/deep.txt", "Text")
    (tmp_path / "link").symlink_to("blog")
    out, err = run(tmp_path / "link")
    assert numbers(out) == [2, 0, 0, 0, 2]
    assert "far.md: is a link to a file outside the folder" in err.splitlines()
    assert "nowhere.md: is a link to a file outside the folder" in err.splitlines()
    assert {article.slug for article in Article.objects.all()} == {"one", "near"}


@pytest.mark.parametrize("error", [RecursionError("too deep"), ValueError("too odd")])
def test_a_file_that_nobody_foresaw_does_not_end_the_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def save(article: Article, *args: Any, **kwargs: Any) -> None:
        if article.title == "bad":
            raise error
        plain_save(article, *args, **kwargs)

    plain_save = Article.save
    monkeypatch.setattr(Article, "save", save)
    write(tmp_path, "bad.md")
    write(tmp_path, "good.md")
    out, err = run(tmp_path)
    assert numbers(out) == [1, 0, 0, 0, 1]
    assert f"bad.md: cannot be understood: {error}" in err


def test_numbers_that_python_does_not_write_out_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "bad.md", f"+++\ntitle = 0x{'f' * 9999}\n+++\nText")
    write(tmp_path, "good.md")
    out, err = run(tmp_path)
    assert numbers(out) == [1, 0, 0, 0, 1]
    assert "bad.md: has front matter with a number that is too long" in err


def test_a_name_that_is_not_utf8_is_refused_in_words_that_can_be_printed(tmp_path: Path) -> None:
    write(tmp_path, os.fsdecode(b"caf\xe9.md"), "Text")
    out, err = run(tmp_path)
    assert numbers(out) == [0, 0, 0, 0, 1]
    assert "caf?.md: has a name that is not UTF-8" in err


def test_a_file_that_the_database_refuses_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def create(self: Any, **fields: Any) -> None:
        raise DataError(1406, "Data too long")

    write(tmp_path, "one.md")
    monkeypatch.setattr(type(ImportedFile.objects), "create", create)
    out, err = run(tmp_path)
    assert numbers(out) == [0, 0, 0, 0, 1]
    assert "one.md: the database refused it: 1406 Data too long" in err
    monkeypatch.undo()
    assert not Article.objects.exists()
    assert not Tag.objects.exists()


def fail_first(monkeypatch: pytest.MonkeyPatch, times: int, code: int) -> list[int]:
    """Creating a row of an import fails so often; the list grows with every try."""
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
def test_the_victim_of_a_deadlock_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    write(tmp_path, "one.md")
    tries = fail_first(monkeypatch, 2, code)
    out, _ = run(tmp_path)
    assert (numbers(out), len(tries)) == ([1, 0, 0, 0, 0], 3)
    assert Article.objects.get().slug == "one"
    assert ImportedFile.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("code", "most"), [(1213, ATTEMPTS), (1366, 1)])
def test_a_database_that_keeps_refusing_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, most: int
) -> None:
    write(tmp_path, "one.md")
    tries = fail_first(monkeypatch, 99, code)
    out, err = run(tmp_path)
    assert (numbers(out), len(tries)) == ([0, 0, 0, 0, 1], most)
    assert f"one.md: the database refused it: {code} Try" in err
    assert not Article.objects.exists()


def test_two_imports_at_once_make_one_article(tmp_path: Path, alice: Any) -> None:
    file = write(tmp_path, "one.md")
    source = Source(file, str(file), PurePosixPath("one.md"))
    first, second = Importer(alice), Importer(alice)
    assert first.take(source).result is Result.NEW
    assert second.take(source).result is Result.UNCHANGED
    assert Article.objects.count() == 1


@pytest.mark.parametrize(
    ("author", "account", "byline"),
    [
        ("BÖB_READS", "bob_reads", ""),
        ("Charlie", "alice_writes", "Charlie"),
        ("[Charlie, bob_reads]", "bob_reads", "Charlie, bob_reads"),
        ("", "alice_writes", ""),
    ],
)
def test_an_author_with_an_account_gets_the_article(
    tmp_path: Path, bob: User, author: str, account: str, byline: str
) -> None:
    write(tmp_path, "one.md", f"---\nauthor: {author}\n---\nText")
    run(tmp_path)
    article = Article.objects.get()
    assert (article.author.username, article.byline) == (account, byline)


def test_a_future_date_is_kept_and_an_undated_post_is_a_draft(tmp_path: Path) -> None:
    write(tmp_path, "future.md", "---\ndate: 2999-01-01\n---\nText")
    write(tmp_path, "undated.md", "Text")
    _, err = run(tmp_path)
    future = Article.objects.get(slug="future")
    assert (future.status, future.is_public) == ("published", False)
    assert future.created_at <= timezone.now()
    assert Article.objects.get(slug="undated").status == "draft"
    assert "undated.md: has no date; it went in as a draft" in err


def test_later_publication_date_schedules_the_article_and_is_reported(
    tmp_path: Path, client: Any
) -> None:
    write(tmp_path, "later.md", "---\ndate: 2020-01-02\npublishDate: 2991-02-03\n---\nText")
    _, err = run(tmp_path)
    article = Article.objects.get()
    assert "later.md: is scheduled for 2991-02-03" in err
    assert client.get(article.get_absolute_url()).status_code == 404


def test_expired_post_is_hidden_and_reported(tmp_path: Path, client: Any) -> None:
    write(tmp_path, "gone.md", "---\ndate: 2020-01-02\nexpiryDate: 2022-03-04\n---\nText")
    _, err = run(tmp_path)
    article = Article.objects.get()
    assert (article.status, "gone.md: expired 2022-03-04" in err) == ("hidden", True)
    assert client.get(article.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    "body",
    ["<script>draw()</script>", "<!-- later -->", "&nbsp;\u200b\u3164", "<style>a{}</style>"],
)
def test_post_that_shows_nothing_is_refused_and_writes_nothing(tmp_path: Path, body: str) -> None:
    write(tmp_path, "empty.md", f"---\ndate: 2020-01-02\ntags: [Go]\n---\n<div></div>\n{body}")
    out, err = run(tmp_path)
    assert numbers(out) == [0, 0, 0, 0, 1]
    assert "empty.md: has nothing to show" in err
    assert not Article.objects.exists()
    assert not Tag.objects.exists()


@pytest.mark.parametrize("body", ['<img src="/media/a.png" alt="">', "😀", "[x](/y)"])
def test_post_of_one_picture_or_sign_shows_something(tmp_path: Path, body: str) -> None:
    write(tmp_path, "one.md", f"---\ndate: 2020-01-02\n---\n{body}")
    assert numbers(run(tmp_path)[0]) == [1, 0, 0, 0, 0]


def test_changed_file_that_shows_nothing_leaves_its_article(tmp_path: Path) -> None:
    write(tmp_path, "one.md")
    run(tmp_path)
    write(tmp_path, "one.md", "---\ntitle: New\ndate: 2014-12-12\n---\n<script>x</script>")
    assert numbers(run(tmp_path)[0]) == [0, 0, 0, 0, 1]
    assert (Article.objects.get().title, Article.objects.get().lead) == ("one", "Text of one.")


def test_importing_the_folder_of_drafts_itself_publishes_nothing(tmp_path: Path) -> None:
    write(tmp_path, "_drafts/2020-01-02-idea.md", "---\ntitle: Idea\n---\nText")
    run(tmp_path / "_drafts")
    assert Article.objects.get().status == "draft"


def test_a_dry_run_says_the_same_and_writes_nothing(tmp_path: Path) -> None:
    write(tmp_path, "one.md")
    write(tmp_path, "bad.md", "---\n")
    out, err = run(tmp_path, "--dry-run")
    assert out.startswith("Dry run, nothing was written. 2 files: 1 new")
    assert "Writing to" not in err
    assert "bad.md: " in err
    assert not Article.objects.exists()
    assert not Tag.objects.exists()


def test_interrupted_import_keeps_what_it_did_and_says_how_far_it_came(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def save(article: Article, *args: Any, **kwargs: Any) -> None:
        plain_save(article, *args, **kwargs)
        if article.title == "two":
            raise KeyboardInterrupt

    plain_save = Article.save
    for name in ("one", "two", "three"):
        write(tmp_path, f"{name}.md")
    monkeypatch.setattr(Article, "save", save)
    with pytest.raises(CommandError, match=r"^Interrupted.* 2 files: 2 new, ") as error:
        call_command("import_articles", str(tmp_path), author="alice_writes", stderr=StringIO())
    assert error.value.returncode == 130
    monkeypatch.undo()
    assert {article.title for article in Article.objects.all()} == {"one", "three"}
    assert numbers(run(tmp_path)[0]) == [1, 0, 2, 0, 0]


@pytest.mark.parametrize(
    ("folder", "author", "reason"),
    [
        ("nowhere", "alice_writes", "nowhere is not a folder."),
        ("file.md", "alice_writes", "file.md is not a folder."),
        ("empty", "alice_writes", "There is no Markdown file in"),
        (".", "nobody", "There is no account nobody; make it with: python manage.py create_user"),
    ],
)
def test_a_wrong_start_is_one_clear_line(
    tmp_path: Path, folder: str, author: str, reason: str
) -> None:
    write(tmp_path, "file.md")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CommandError, match=reason) as error:
        call_command("import_articles", tmp_path / folder, author=author, stderr=StringIO())
    assert error.value.returncode == 1


def test_a_text_over_a_limit_is_refused_by_name(tmp_path: Path) -> None:
    write(tmp_path, "good.md")
    write(tmp_path, "long.md", POST.format(title="Long") + "long " * 5_000)
    out, err = run(tmp_path)
    assert numbers(out) == [1, 0, 0, 0, 1]
    assert "long.md: The paragraph “Text of Long." in err
    assert "characters; at most 20,000 are allowed." in err
