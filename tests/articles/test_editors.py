"""What the roles may do; an editor hides an article with a reason that its author sees."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.utils import timezone

from accounts.models import User
from articles.models import Article
from deploy.processes import ROOT
from tests.conftest import signed_in
from tests.factories import make_article, make_user

pytestmark = pytest.mark.django_db
REASON = {"reason": "It names a customer."}


@pytest.fixture
def editor_client(db: None) -> Client:
    return signed_in(member("editor"))


def member(role: str) -> User:
    user = make_user(f"{role}_dora", is_staff=True)
    user.groups.set(Group.objects.filter(name=role))
    return user


def test_each_new_account_is_an_author(bob: User) -> None:
    assert [group.name for group in bob.groups.all()] == ["author"]


def test_account_without_the_role_of_an_author_reads_but_does_not_write(
    bob: User, bob_client: Client
) -> None:
    article = make_article(bob, status="draft")
    bob.groups.clear()
    for path in ("/articles/new/", f"/articles/{article.pk}/edit/"):
        assert bob_client.get(path).status_code == 403
    assert bob_client.post(f"/articles/{article.pk}/publish/").status_code == 403
    assert bob_client.get(article.get_absolute_url()).status_code == 200
    assert bob_client.post(f"/articles/{article.pk}/delete/").status_code == 302
    assert bob_client.post(f"/articles/{article.pk}/recover/").status_code == 403


PERMISSIONS = [
    "articles.add_article",
    "articles.view_article",
    "articles.change_article",
    "articles.hide_article",
    "articles.view_revision",
    "articles.change_tag",
    "articles.add_redirect",
    "articles.delete_article",
    "accounts.change_user",
]


@pytest.mark.parametrize("page", ["docs/writing.md", "docs/zh-hans/writing.md"])
@pytest.mark.parametrize("column", [1, 2, 3], ids=["author", "editor", "administrator"])
def test_table_of_the_roles_is_what_they_may_do(page: str, column: int) -> None:
    role = ["author", "editor", "administrator"][column - 1]
    text = (ROOT / page).read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)`[^|]*\|([^|]*)\|([^|]*)\|([^|]*)\|$", text, re.MULTILINE)
    assert [row[0] for row in rows] == [name.partition(".")[2] for name in PERMISSIONS]
    told = {row[0] for row in rows if row[column].strip()}
    user = member(role)
    assert told == {name.partition(".")[2] for name in PERMISSIONS if user.has_perm(name)}


def test_editor_hides_with_a_reason_that_the_author_sees(
    editor_client: Client, alice_client: Client, charlie: Client, article: Article
) -> None:
    assert editor_client.get(f"/articles/{article.pk}/hide/").status_code == 200
    editor_client.post(f"/articles/{article.pk}/hide/", REASON)
    assert charlie.get(article.get_absolute_url()).status_code == 404
    for path in (article.get_absolute_url(), "/articles/mine/", f"/articles/{article.pk}/edit/",
                 f"/articles/{article.pk}/history/"):  # fmt: skip
        assert REASON["reason"] in alice_client.get(path).content.decode()
    assert "editor_dora" in alice_client.get(f"/articles/{article.pk}/history/").content.decode()


def test_hiding_without_a_reason_is_refused(editor_client: Client, article: Article) -> None:
    answer = editor_client.post(f"/articles/{article.pk}/hide/", {"reason": " "})
    assert (answer.status_code, "reason" in answer.context["form"].errors) == (200, True)
    assert Article.objects.get().status == "published"


def test_editor_shows_a_hidden_article_again(
    editor_client: Client, charlie: Client, article: Article
) -> None:
    editor_client.post(f"/articles/{article.pk}/hide/", REASON)
    editor_client.post(f"/articles/{article.pk}/show/")
    assert charlie.get(article.get_absolute_url()).status_code == 200
    assert Article.objects.get().hidden_reason == ""
    changes = article.status_changes.order_by("pk").values_list("action", "reason")
    assert list(changes) == [("hidden", REASON["reason"]), ("shown", "")]


@pytest.mark.parametrize("page", ["hide", "show"])
def test_others_cannot_hide_or_show(
    alice_client: Client, charlie: Client, article: Article, page: str
) -> None:
    path = f"/articles/{article.pk}/{page}/"
    assert alice_client.post(path, REASON).status_code == 403
    assert charlie.post(path, REASON).status_code in (302, 403)
    assert Article.objects.get().status == "published"


@pytest.mark.parametrize("status", ["hidden", "published"])
def test_staff_without_the_right_to_hide_cannot_do_so_in_the_admin(
    article: Article, status: str
) -> None:
    Article.objects.update(status=status, hidden_reason="Its reason." if status == "hidden" else "")
    staff = make_user("sam_corrects", is_staff=True)
    rights = Permission.objects.filter(codename__in=["change_article", "view_article"])
    staff.user_permissions.set(rights)
    form = {"title": "T", "body": "New.", "author": article.author_id, "hidden_reason": "Mine."}
    form["status"] = "published" if status == "hidden" else "hidden"
    client, path = signed_in(staff), f"/admin/articles/article/{article.pk}/change/"
    client.post(path, form)
    client.post(path, form | {"status": status})
    article.refresh_from_db()
    assert (article.status, article.body) == (status, "New.")
    assert article.hidden_reason == ("Its reason." if status == "hidden" else "")
    assert not article.status_changes.exists()


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"status": "hidden"}, "Only its author and the team can see this article."),
        ({"publish_at": timezone.now() + timedelta(days=3)}, "Only its author and the team can"),
        ({"status": "draft"}, "Only its author and the team can see this draft."),
    ],
)
def test_article_that_is_not_public_says_so_to_an_editor_with_a_link_to_edit(
    editor_client: Client, alice: User, fields: dict[str, object], says: str
) -> None:
    article = make_article(alice, **fields)
    page = editor_client.get(article.get_absolute_url()).content.decode()
    assert says in page
    assert f'href="/articles/{article.pk}/edit/"' in page


def test_editor_may_edit_and_the_history_says_who_did(
    editor_client: Client, alice: User, article: Article
) -> None:
    form = {"title": "T", "body": "Corrected.", "tags": "", "summary": ""}
    assert editor_client.post(f"/articles/{article.pk}/edit/", form).status_code == 302
    article.refresh_from_db()
    assert (article.author, article.body) == (alice, "Corrected.")
    assert str(article.revisions.latest("pk").by) == "editor_dora"


def test_author_saves_while_an_editor_hides(alice: User, editor_client: Client) -> None:
    from articles.forms import ArticleForm

    article = make_article(alice)
    opened = Article.objects.get()
    form = ArticleForm(
        {"title": "T", "body": "x", "seen": opened.updated_at.isoformat()}, instance=opened
    )
    assert form.is_valid()
    editor_client.post(f"/articles/{article.pk}/hide/", REASON)
    form.save()
    assert Article.objects.get().status == "hidden"
