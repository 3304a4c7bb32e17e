"""Names of blogs: given with --source, or taken from the folder."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from articles.importing.blog import is_name
from tests.articles.import_files import counts, make_blog, run_import, write_post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alice")]


def test_given_name_says_that_it_is_the_same_blog(tmp_path: Path) -> None:
    run_import(make_blog(tmp_path / "a/blog", "rain.md"))
    new = write_post(tmp_path / "b/blog", "rain.md", "---\ntitle: New\ndate: 2020-02-02\n---\nText")
    assert run_import(new.parent)[0] == ""
    assert counts(run_import(new.parent, "--source", "blog")[0]) == [0, 1, 0, 0, 0]


@pytest.mark.parametrize("name", ["blog", "My blog (2020)", "博客", "a" * 100, "_posts", "v1.0"])
def test_names_of_blogs_may_be_words_of_any_language(name: str) -> None:
    assert is_name(name)


@pytest.mark.parametrize(
    "name", ["", " ", " a", "a ", ".", "..", "a/b", "a\\b", "a\nb", "a\0b", "\u200b", "a" * 101]
)
def test_other_names_of_blogs_are_wrong_usage(tmp_path: Path, name: str) -> None:
    assert not is_name(name)
    write_post(tmp_path, "one.md")
    with pytest.raises(CommandError, match="1 to 100 printable characters without slashes"):
        call_command("import_articles", str(tmp_path), "--author=alice_writes", f"--source={name}")


def test_folder_that_cannot_name_a_blog_asks_for_a_name(tmp_path: Path) -> None:
    folder = make_blog(tmp_path / ("x" * 101), "one.md")
    out, err = run_import(folder)
    assert (out, "give --source NAME: 1 to 100 printable" in err) == ("", True)
    assert counts(run_import(folder, "--source", "x")[0]) == [1, 0, 0, 0, 0]
