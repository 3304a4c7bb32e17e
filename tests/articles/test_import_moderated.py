"""An import leaves what the team has hidden or deleted as it is."""

from pathlib import Path

import pytest

from articles.models import Article
from articles.status_changes import Action, change_status
from tests.articles.import_files import POST, counts, run_import, write_post
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alice")]
NEWER = POST.format(title="New")


@pytest.fixture
def imported(tmp_path: Path) -> Article:
    write_post(tmp_path, "one.md")
    run_import(tmp_path)
    return Article.objects.get()


@pytest.mark.parametrize("head", ["", "draft: true\n"])
def test_hidden_article_takes_the_text_of_its_file_and_stays_hidden(
    tmp_path: Path, imported: Article, head: str
) -> None:
    change_status(imported.pk, Action.HIDDEN, make_user("dora_edits"), "It names a customer.")
    for title in ("New", "Newer"):  # also once the import has stored its digest
        write_post(tmp_path, "one.md", POST.format(title=title).replace("---\n", f"---\n{head}", 1))
        out, err = run_import(tmp_path, "--overwrite")
        assert counts(out) == [0, 1, 0, 0, 0]
        assert "one.md: its article is hidden here and stays so" in err
        article = Article.objects.get()
        assert (article.title, article.status) == (title, "hidden")
        assert article.hidden_reason == "It names a customer."


@pytest.mark.parametrize("text", [NEWER, None])
def test_article_that_the_team_deleted_stays_in_the_trash(
    tmp_path: Path, imported: Article, text: str | None
) -> None:
    change_status(imported.pk, Action.TRASHED, make_user("dora_edits"))
    if text:
        write_post(tmp_path, "one.md", text)
    out, err = run_import(tmp_path, "--overwrite")
    assert counts(out) == [0, 0, 0, 1, 0]
    assert "one.md: the team deleted its article" in err
    assert Article.with_trashed.get().status == "trashed"
