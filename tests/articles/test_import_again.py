"""A file keeps its article when its folder moves, and no article of another blog is changed."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from articles.importing.blog import Blog
from articles.importing.sources import find
from articles.importing.writer import Importer, Result
from articles.models import Article, ImportedFile
from tests.articles.import_files import (
    NAMES,
    POST,
    copy_folder,
    counts,
    make_blog,
    make_rows_of_earlier_release,
    run_import,
    write_post,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alice")]


def test_clone_elsewhere_is_the_same_blog(tmp_path: Path) -> None:
    blog = make_blog(tmp_path / "a/blog")
    run_import(blog)
    clone = copy_folder(blog, tmp_path / "b/blog")
    write_post(clone, "rain.md", POST.format(title="rain") + "More.")
    for folder, expected in ((clone, [0, 1, 3, 0, 0]), (blog, [0, 1, 3, 0, 0])):
        assert counts(run_import(folder)[0]) == expected
    assert Article.objects.count() == 4


def test_single_changed_post_of_a_clone_is_recognised(tmp_path: Path) -> None:
    blog = make_blog(tmp_path / "a/blog", "rain.md")
    run_import(blog)
    clone = write_post(tmp_path / "b/blog", "rain.md", POST.format(title="rain") + "More.").parent
    assert counts(run_import(clone)[0]) == [0, 1, 0, 0, 0]


def test_changed_title_in_the_same_folder_needs_no_recognition(tmp_path: Path) -> None:
    blog = make_blog(tmp_path / "blog", "rain.md")
    run_import(blog)
    write_post(blog, "rain.md", "---\ntitle: Drizzle\ndate: 2015-05-05\n---\nText")
    assert counts(run_import(blog)[0]) == [0, 1, 0, 0, 0]


def test_renamed_folder_continues_its_articles(tmp_path: Path) -> None:
    blog = make_blog(tmp_path / "blog")
    run_import(blog)
    renamed = blog.rename(tmp_path / "weblog")
    write_post(renamed, "2021/fog.md", POST.format(title="fog") + "More.")
    out, err = run_import(renamed)
    assert counts(out) == [0, 1, 3, 0, 0]
    assert "4 articles that were imported from blog are continued." in err
    assert counts(run_import(renamed, "--source", "weather")[0]) == [0, 0, 4, 0, 0]
    assert set(ImportedFile.objects.values_list("source", flat=True)) == {"weather"}


def test_importing_a_parent_or_child_folder_doubles_no_article(tmp_path: Path) -> None:
    posts = make_blog(tmp_path / "blog/source/_posts")
    for folder in (posts, tmp_path / "blog", tmp_path / "blog/source", posts):
        run_import(folder)
        assert Article.objects.count() == 4
    paths = set(ImportedFile.objects.values_list("source", "path"))
    assert paths == {("_posts", name) for name in NAMES}


def test_importing_from_higher_up_follows_changes(tmp_path: Path) -> None:
    posts = make_blog(tmp_path / "blog/source/_posts")
    run_import(posts)
    write_post(posts, "rain.md", POST.format(title="rain") + "More.")
    write_post(posts.parent, "about/me.md")
    assert counts(run_import(tmp_path / "blog")[0]) == [1, 1, 3, 0, 0]


def test_other_blog_in_a_folder_of_the_same_name_is_refused(tmp_path: Path) -> None:
    run_import(make_blog(tmp_path / "a/_posts"))
    other = make_blog(tmp_path / "b/_posts", "2020/sun.md", "moon.md")
    write_post(other, "rain.md", "---\ntitle: About rain\ndate: 2020-02-02\n---\nOther text")
    out, err = run_import(other)
    assert out == ""
    assert "“_posts” is that of an imported blog, of whose 4 articles 0 are in this folder" in err
    assert "--source NAME" in err
    assert Article.objects.get(slug="rain").lead == "Text of rain."
    assert counts(run_import(other, "--source", "other")[0]) == [3, 0, 0, 0, 0]
    assert counts(run_import(other, "--source", "other")[0]) == [0, 0, 3, 0, 0]
    assert counts(run_import(tmp_path / "a/_posts")[0]) == [0, 0, 4, 0, 0]


def test_other_blog_checked_out_in_the_same_folder_is_refused(tmp_path: Path) -> None:
    folder = make_blog(tmp_path / "content")
    run_import(folder)
    shutil.rmtree(folder)
    make_blog(folder, "sun.md", "moon.md")
    assert run_import(folder)[0] == ""
    write_post(folder, "rain.md", "---\ntitle: About rain\ndate: 2020-02-02\n---\nOther text")
    out, err = run_import(folder)
    assert (out, "of whose 4 articles 0 are in this folder" in err) == ("", True)
    assert Article.objects.get(slug="rain").lead == "Text of rain."


def test_deleted_files_of_the_same_folder_need_no_name(tmp_path: Path) -> None:
    folder = make_blog(tmp_path / "blog")
    run_import(folder)
    shutil.rmtree(folder / "2021")
    (folder / "snow.md").unlink()
    write_post(folder, "sun.md")
    assert counts(run_import(folder)[0]) == [1, 0, 1, 0, 0]


def test_only_file_of_a_folder_may_be_replaced(tmp_path: Path) -> None:
    folder = make_blog(tmp_path / "blog", "rain.md")
    run_import(folder)
    (folder / "rain.md").unlink()
    write_post(folder, "sun.md")
    assert counts(run_import(folder)[0]) == [1, 0, 0, 0, 0]


def test_one_common_file_does_not_merge_two_blogs(tmp_path: Path) -> None:
    first = make_blog(tmp_path / "first", "hello-world.md", "rain.md")
    second = make_blog(tmp_path / "second", "hello-world.md", "sun.md", "moon.md")
    assert counts(run_import(first)[0]) == [2, 0, 0, 0, 0]
    assert counts(run_import(second)[0]) == [3, 0, 0, 0, 0]
    assert counts(run_import(first)[0]) == [0, 0, 2, 0, 0]


def test_articles_of_another_account_are_not_continued(tmp_path: Path, alice: Any) -> None:
    from tests.factories import make_user

    blog = make_blog(tmp_path / "blog", "rain.md")
    run_import(blog)
    Article.objects.update(author=make_user("bob_reads"))
    assert counts(run_import(copy_folder(blog, tmp_path / "copy"))[0]) == [1, 0, 0, 0, 0]


def test_rows_of_earlier_releases_are_taken_over_in_place(tmp_path: Path) -> None:
    blog = make_blog(tmp_path / "blog")
    run_import(blog)
    make_rows_of_earlier_release()
    write_post(blog, "rain.md", "---\ntitle: Other\ndate: 2020-02-02\n---\nText")
    (blog / "snow.md").rename(blog / "sleet.md")
    assert counts(run_import(blog, "--dry-run")[0]) == [0, 1, 3, 0, 0]
    assert counts(run_import(blog)[0]) == [0, 1, 3, 0, 0]
    assert set(ImportedFile.objects.values_list("source")) == {("blog",)}


@pytest.mark.parametrize("keep_old", [False, True])
def test_rows_of_earlier_releases_are_taken_over_by_a_clone(tmp_path: Path, keep_old: bool) -> None:
    blog = make_blog(tmp_path / "old/blog")
    run_import(blog)
    make_rows_of_earlier_release()
    clone = copy_folder(blog, tmp_path / "new/checkout")
    if not keep_old:
        shutil.rmtree(blog)
    write_post(clone, "rain.md", POST.format(title="rain") + "More.")
    out, err = run_import(clone)
    assert counts(out) == [0, 1, 3, 0, 0]
    assert f"4 articles that were imported from {blog}/ are continued." in err
    assert ImportedFile.objects.filter(source="checkout", path__in=NAMES).count() == 4


def test_rows_of_earlier_releases_of_two_blogs_stay_apart(tmp_path: Path) -> None:
    first = make_blog(tmp_path / "first/_posts", "rain.md", "snow.md")
    second = make_blog(tmp_path / "second/_posts", "rain.md", "sun.md")
    write_post(second, "rain.md", POST.format(title="Rain of the second"))
    run_import(first, "--source", "first")
    run_import(second, "--source", "second")
    make_rows_of_earlier_release()
    clone = copy_folder(second, tmp_path / "clone/_posts")
    assert counts(run_import(clone)[0]) == [0, 0, 2, 0, 0]
    assert set(ImportedFile.objects.filter(source="").values_list("path", flat=True)) == {
        f"{first}/rain.md",
        f"{first}/snow.md",
    }


def test_dry_run_continues_in_words_only(tmp_path: Path) -> None:
    blog = make_blog(tmp_path / "blog")
    run_import(blog)
    before = list(ImportedFile.objects.values())
    out, err = run_import(copy_folder(blog, tmp_path / "clone"), "--dry-run")
    assert counts(out) == [0, 0, 4, 0, 0]
    assert "are continued" in err
    assert list(ImportedFile.objects.values()) == before


@pytest.mark.parametrize("changed", [False, True])
def test_two_imports_at_once_continue_an_article_once(
    tmp_path: Path, alice: Any, changed: bool
) -> None:
    blog = make_blog(tmp_path / "blog", "rain.md")
    run_import(blog)
    make_rows_of_earlier_release()
    clone = copy_folder(blog, tmp_path / "clone")
    if changed:
        write_post(clone, "rain.md", POST.format(title="rain") + "More.")
    files = list(find(clone))
    importers = [Importer(alice, Blog("clone", clone, files)) for _ in range(2)]
    results = [importer.import_file(files[0]).result for importer in importers]
    assert results == [Result.CHANGED if changed else Result.UNCHANGED, Result.UNCHANGED]
    assert (Article.objects.count(), ImportedFile.objects.get().source) == (1, "clone")


def test_copies_that_moved_keep_one_article_each(tmp_path: Path) -> None:
    blog = make_blog(tmp_path / "blog", "one.md")
    shutil.copy(blog / "one.md", blog / "two.md")
    run_import(blog)
    (blog / "old").mkdir()
    for name in ("one.md", "two.md"):
        (blog / name).rename(blog / "old" / name)
    assert counts(run_import(blog)[0]) == [0, 0, 2, 0, 0]


def test_accents_may_be_spelled_in_two_ways(tmp_path: Path) -> None:
    blog = make_blog(tmp_path / "blog", "re\u0301sume\u0301.md")
    run_import(blog)
    (blog / "re\u0301sume\u0301.md").rename(blog / "r\u00e9sum\u00e9.md")
    write_post(blog, "r\u00e9sum\u00e9.md", POST.format(title="R\u00e9sum\u00e9"))
    assert counts(run_import(blog)[0]) == [0, 1, 0, 0, 0]
    write_post(blog, "re\u0301sume\u0301.md")
    write_post(blog, "r\u00e9sum\u00e9.md", POST.format(title="R\u00e9sum\u00e9") + "More.")
    out, err = run_import(blog)
    assert counts(out)[3:] == [0, 1]
    assert "has the name of another file" in err
