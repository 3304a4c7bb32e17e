"""A file that moved unchanged keeps its article, and another blog in its folder is refused."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from accounts.models import User
from articles.importing.blog import Blog
from articles.importing.sources import find
from articles.importing.writer import Importer, Result
from articles.models import Article, ImportedFile
from tests.articles.import_files import (
    POST,
    copy_folder,
    counts,
    make_rows_of_earlier_release,
    run_import,
    write_post,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alice")]
NUMBERS = range(1, 7)
each_release = pytest.mark.parametrize("earlier_release", [False, True])


def make_posts(folder: Path, title: str = "A", year: int = 2014) -> Path:
    text = POST.replace("2014", str(year))
    for number in NUMBERS:
        write_post(folder, f"p{number}.md", text.format(title=f"{title}{number}"))
    return folder


def restructure(folder: Path, target: Path) -> Path:
    for number in NUMBERS:
        file = target / f"content/posts/p{number}/index.md"
        file.parent.mkdir(parents=True)
        (folder / f"p{number}.md").rename(file)
    return target


def import_first(folder: Path, earlier_release: bool) -> None:
    run_import(folder)
    if earlier_release:
        make_rows_of_earlier_release()


def titles() -> set[str]:
    return set(Article.objects.values_list("title", flat=True))


def test_renamed_file_of_an_earlier_release_keeps_its_article(tmp_path: Path) -> None:
    blog = make_posts(tmp_path / "site/source/_posts")
    run_import(blog)
    make_rows_of_earlier_release()
    (blog / "p1.md").rename(blog / "renamed.md")
    assert counts(run_import(blog)[0]) == [0, 0, 6, 0, 0]
    row = ImportedFile.objects.get(article__title="A1")
    assert (row.source, row.path) == ("_posts", "renamed.md")
    assert counts(run_import(blog)[0]) == [0, 0, 6, 0, 0]


def test_copied_file_of_an_earlier_release_is_another_article(tmp_path: Path) -> None:
    blog = make_posts(tmp_path / "blog")
    run_import(blog)
    make_rows_of_earlier_release()
    shutil.copy(blog / "p1.md", blog / "copy.md")
    assert counts(run_import(blog)[0]) == [1, 0, 6, 0, 0]


@each_release
def test_restructured_blog_in_another_folder_keeps_its_articles(
    tmp_path: Path, earlier_release: bool
) -> None:
    blog = make_posts(tmp_path / "old/source/_posts")
    import_first(blog, earlier_release)
    out, err = run_import(restructure(blog, tmp_path / "new"))
    assert counts(out) == [0, 0, 6, 0, 0]
    name = f"{blog}/" if earlier_release else "_posts"
    assert f"6 articles that were imported from {name} are continued." in err
    assert set(ImportedFile.objects.values_list("source", flat=True)) == {"new"}


def test_renamed_folder_with_a_renamed_file_keeps_its_articles(tmp_path: Path) -> None:
    blog = make_posts(tmp_path / "blog")
    run_import(blog)
    (blog / "p1.md").rename(blog / "first.md")
    out, err = run_import(blog.rename(tmp_path / "weblog"))
    assert counts(out) == [0, 0, 6, 0, 0]
    assert "6 articles that were imported from blog are continued." in err


@each_release
def test_row_whose_file_is_still_there_is_not_taken(tmp_path: Path, earlier_release: bool) -> None:
    blog = make_posts(tmp_path / "blog")
    import_first(blog, earlier_release)
    restructure(copy_folder(blog, tmp_path / "copy"), tmp_path / "new")
    assert counts(run_import(tmp_path / "new")[0]) == [6, 0, 0, 0, 0]
    assert counts(run_import(blog)[0]) == [0, 0, 6, 0, 0]


def test_one_moved_common_file_does_not_merge_two_blogs(tmp_path: Path) -> None:
    first = make_posts(tmp_path / "first")
    write_post(first, "hello-world/index.md")
    run_import(first)
    shutil.rmtree(first)
    second = write_post(tmp_path / "second", "hello.md", POST.format(title="index")).parent
    assert counts(run_import(second)[0]) == [1, 0, 0, 0, 0]


@pytest.mark.parametrize("elsewhere", [False, True])
def test_two_imports_at_once_give_a_moved_file_one_article(
    tmp_path: Path, alice: Any, elsewhere: bool
) -> None:
    blog = make_posts(tmp_path / "blog")
    run_import(blog)
    make_rows_of_earlier_release()
    first = restructure(blog, tmp_path / "first")
    second = copy_folder(first, tmp_path / "second") if elsewhere else first
    importers = [
        (Importer(alice, Blog(folder.name, folder, files)), files)
        for folder, files in ((folder, list(find(folder))) for folder in (first, second))
    ]
    results = [[one.import_file(file).result for file in files] for one, files in importers]
    assert results == [[Result.UNCHANGED] * 6] * 2
    assert (Article.objects.count(), ImportedFile.objects.filter(source="first").count()) == (6, 6)


@each_release
def test_other_blog_with_the_same_file_names_in_the_same_folder_is_refused(
    tmp_path: Path, earlier_release: bool
) -> None:
    blog = make_posts(tmp_path / "blog")
    import_first(blog, earlier_release)
    shutil.rmtree(blog)
    make_posts(blog, "B", 2020)
    out, err = run_import(blog)
    assert out == ""
    assert "of whose 6 articles 0 are in this folder" in err
    assert "--source NAME" in err
    assert titles() == {f"A{number}" for number in NUMBERS}
    assert counts(run_import(blog, "--source", "other")[0]) == [6, 0, 0, 0, 0]
    assert counts(run_import(blog, "--source", "other")[0]) == [0, 0, 6, 0, 0]
    assert counts(run_import(blog, "--source", "blog")[0])[:2] == [0, 6]


@each_release
def test_half_of_the_files_may_get_new_titles_and_dates_in_place(
    tmp_path: Path, earlier_release: bool
) -> None:
    blog = make_posts(tmp_path / "blog")
    import_first(blog, earlier_release)
    for number in (1, 2, 3):
        write_post(blog, f"p{number}.md", f"---\ntitle: B{number}\ndate: 2020-02-02\n---\nNew")
    assert counts(run_import(blog)[0]) == [0, 3, 3, 0, 0]


@each_release
def test_only_post_of_a_blog_may_be_rewritten_in_place(
    tmp_path: Path, earlier_release: bool
) -> None:
    blog = write_post(tmp_path / "blog", "only.md").parent
    import_first(blog, earlier_release)
    write_post(blog, "only.md", "---\ntitle: New\ndate: 2020-02-02\n---\nOther text")
    assert counts(run_import(blog)[0]) == [0, 1, 0, 0, 0]


def test_same_folder_by_another_account_changes_nothing(tmp_path: Path, bob: User) -> None:
    blog = make_posts(tmp_path / "blog")
    run_import(blog)
    out, err = run_import(blog, "--author=bob_reads")
    assert (counts(out), "already" in err) == ([0, 0, 6, 0, 0], False)


def test_files_that_are_articles_of_another_account_are_counted(tmp_path: Path, bob: User) -> None:
    blog = make_posts(tmp_path / "blog")
    run_import(blog)
    other = write_post(copy_folder(blog, tmp_path / "copy"), "own.md").parent
    for options in (["--dry-run"], []):
        out, err = run_import(other, "--author=bob_reads", *options)
        assert counts(out) == [7, 0, 0, 0, 0]
        assert "6 files of this folder are already articles of Alice and go in once more." in err
    assert "already" not in run_import(other, "--author=bob_reads")[1]
