"""One opened form makes one article: sent twice, sent after Back, sent twice at once."""

from uuid import uuid4

import pytest

from articles.models import Article
from tests.articles.test_writing_views import FORM
from tests.factories import make_article, make_user

pytestmark = pytest.mark.django_db
NEW = "/articles/new/"


@pytest.fixture
def form(alice_client):
    """The form of a new article, opened and filled."""
    opened = alice_client.get(NEW).context["form"]
    return FORM | {"creation_token": str(opened["creation_token"].value()), "seen": ""}


def test_each_opened_form_has_a_token_of_its_own(alice_client, form):
    alice_client.post(NEW, form)
    other = alice_client.get(NEW).context["form"]["creation_token"].value()
    alice_client.post(NEW, form | {"creation_token": str(other)})
    assert Article.objects.count() == 2


def test_form_sent_again_changes_the_article_that_it_made(alice_client, form):
    for body in ("first", "second", "third"):
        answer = alice_client.post(NEW, form | {"body": body})
        assert answer["Location"] == Article.objects.get().get_absolute_url()
    assert Article.objects.get().body == "third"


def test_publishing_twice_publishes_one(alice_client, form):
    for _ in range(2):
        assert alice_client.post(NEW, form | {"publish": ""}).status_code == 302
    assert Article.objects.get().is_public


def test_form_sent_again_is_a_conflict_after_a_change_elsewhere(alice_client, form):
    alice_client.post(NEW, form)
    article = Article.objects.get()
    alice_client.post(f"/articles/{article.pk}/edit/", FORM | {"body": "Elsewhere."})
    late = alice_client.post(NEW, form | {"body": "Late."})
    assert late.status_code == 409
    assert Article.objects.get().body == "Elsewhere."
    again = {"seen": late.context["form"]["seen"].value()}
    assert alice_client.post(NEW, form | again | {"body": "Late."}).status_code == 302
    assert Article.objects.get().body == "Late."


def test_back_leads_to_the_article_that_the_form_made(alice_client, form):
    address = f"{NEW}{form['creation_token']}/"
    assert alice_client.get(address).context["creation_address"] == address
    alice_client.post(NEW, form)
    assert alice_client.get(address)["Location"] == f"/articles/{Article.objects.get().pk}/edit/"


def test_form_sent_to_its_own_address_after_the_sign_in_has_ended_comes_back(alice_client, form):
    alice_client.logout()
    address = f"{NEW}{form['creation_token']}/"
    answer = alice_client.post(address, form)
    assert answer.status_code == 403
    assert form["creation_token"] in answer.content.decode()


def test_token_of_another_author_reveals_nothing(alice_client, form):
    alice_client.post(NEW, form)
    alice_client.force_login(make_user("robert"))
    address = f"{NEW}{form['creation_token']}/"
    assert alice_client.get(address).status_code == 200
    assert alice_client.post(NEW, form | {"title": "His"}).status_code == 302
    assert sorted(Article.objects.values_list("author__username", "title")) == [
        ("alice_writes", "Pools"),
        ("robert", "His"),
    ]


def test_token_without_its_article_makes_another(alice_client, form):
    alice_client.post(NEW, form)
    Article.objects.get().delete()
    assert alice_client.post(NEW, form).status_code == 302
    assert Article.objects.count() == 1


@pytest.mark.parametrize("token", ["x", "9" * 36, "0" * 100_000])
def test_invalid_token_is_an_error_that_keeps_the_text(alice_client, token):
    answer = alice_client.post(NEW, FORM | {"creation_token": token})
    assert "creation_token" in answer.context["form"].errors
    assert "Because." in answer.content.decode()
    assert 'class="notice error"' in answer.content.decode()
    assert not Article.objects.exists()


def test_articles_made_otherwise_have_no_token(alice_client, alice):
    make_article(alice)
    make_article(alice)
    alice_client.post(NEW, FORM)
    assert set(Article.objects.values_list("creation_token", flat=True)) == {None}


def test_form_that_lost_the_race_becomes_an_edit(alice_client, alice, form, monkeypatch):
    """The other POST commits between this one's SELECT and its INSERT."""
    from articles.views import writing

    found = writing.article_made_by_form
    token = form["creation_token"]

    def found_nothing_yet(user, asked):
        monkeypatch.setattr(writing, "article_made_by_form", found)
        make_article(alice, creation_token=token, form_saved_at=None, status="draft")
        Article.objects.update(form_saved_at=Article.objects.get().updated_at)
        return

    monkeypatch.setattr(writing, "article_made_by_form", found_nothing_yet)
    assert alice_client.post(NEW, form).status_code == 302
    assert Article.objects.get().title == FORM["title"]


def test_malformed_address_of_a_form_is_404(alice_client):
    assert alice_client.get(f"{NEW}{uuid4()}x/").status_code == 404


def test_token_of_no_known_version_is_refused(alice_client, form):
    unknown = {"creation_token": "ea3209a3-8f44-e38f-4750-a56704f5bc2b"}  # MariaDB stores none such
    answer = alice_client.post(NEW, form | unknown)
    assert answer.context["form"].errors["creation_token"] == ["Enter a valid UUID."]
    assert alice_client.get(f"{NEW}{unknown['creation_token']}/").status_code == 200
    assert not Article.objects.exists()
