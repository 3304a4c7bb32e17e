"""The author of an imported article, and whether it is public."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from articles.models import Article
from tests.articles.import_files import run_import, write_post

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("alice")]


@pytest.mark.parametrize(
    ("author", "account", "byline"),
    [
        ("BÖB_READS", "bob_reads", ""),
        ("Charlie", "alice_writes", "Charlie"),
        ("[Charlie, bob_reads]", "bob_reads", "Charlie, bob_reads"),
        ("", "alice_writes", ""),
    ],
)
def test_author_with_an_account_gets_the_article(
    tmp_path: Path, bob: User, author: str, account: str, byline: str
) -> None:
    write_post(tmp_path, "one.md", f"---\nauthor: {author}\n---\nText")
    run_import(tmp_path)
    article = Article.objects.get()
    assert (article.author.username, article.byline) == (account, byline)


def test_future_date_is_kept_and_an_undated_post_is_a_draft(tmp_path: Path) -> None:
    write_post(tmp_path, "future.md", "---\ndate: 2999-01-01\n---\nText")
    write_post(tmp_path, "undated.md", "Text")
    _, err = run_import(tmp_path)
    future = Article.objects.get(slug="future")
    assert (future.status, future.is_public) == ("published", False)
    assert future.created_at <= timezone.now()
    assert Article.objects.get(slug="undated").status == "draft"
    assert "undated.md: has no date; it went in as a draft" in err


def test_later_publication_date_schedules_the_article_and_is_reported(
    tmp_path: Path, client: Any
) -> None:
    write_post(tmp_path, "later.md", "---\ndate: 2020-01-02\npublishDate: 2991-02-03\n---\nText")
    _, err = run_import(tmp_path)
    article = Article.objects.get()
    assert "later.md: is scheduled for 2991-02-03" in err
    assert client.get(article.get_absolute_url()).status_code == 404


def test_expired_post_is_hidden_and_reported(tmp_path: Path, client: Any) -> None:
    write_post(tmp_path, "gone.md", "---\ndate: 2020-01-02\nexpiryDate: 2022-03-04\n---\nText")
    _, err = run_import(tmp_path)
    article = Article.objects.get()
    assert (article.status, "gone.md: expired 2022-03-04" in err) == ("hidden", True)
    assert client.get(article.get_absolute_url()).status_code == 404


def test_importing_the_folder_of_drafts_itself_publishes_nothing(tmp_path: Path) -> None:
    write_post(tmp_path, "_drafts/2020-01-02-idea.md", "---\ntitle: Idea\n---\nText")
    run_import(tmp_path / "_drafts")
    assert Article.objects.get().status == "draft"
