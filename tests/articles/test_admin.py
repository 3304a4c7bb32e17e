import html5lib
import pytest

from articles.models import Article, Tag
from tests.factories import make_article, make_user

pytestmark = pytest.mark.django_db


def act(client, action, *articles, reason=""):
    chosen = {"action": action, "_selected_action": [article.pk for article in articles]}
    chosen |= {"reason": reason}
    return client.post("/admin/articles/article/", chosen, follow=True)


def test_publish_and_hide(dana_client):
    draft = make_article(make_user(), status="draft")
    page = act(dana_client, "publish", draft)
    assert "1 article is published." in page.content.decode()
    draft.refresh_from_db()
    assert draft.is_public
    act(dana_client, "hide", draft, reason="It names a customer.")
    draft.refresh_from_db()
    assert (draft.status, draft.hidden_reason) == ("hidden", "It names a customer.")


def test_hiding_needs_a_reason(dana_client):
    article = make_article(make_user())
    page = act(dana_client, "hide", article, reason="  ")
    assert "Give a reason" in page.content.decode()
    assert Article.objects.get().status == "published"


def test_publishing_again_keeps_the_first_date(dana_client):
    article = make_article(make_user())
    act(dana_client, "hide", article, reason="For now.")
    act(dana_client, "publish", article)
    assert Article.objects.get().publish_at == article.publish_at


@pytest.mark.parametrize(
    "path",
    [
        "articles/article/?q=pool&status__exact=draft",
        "articles/article/add/",
        "articles/tag/?q=x",
        "accounts/user/?q=al&is_staff__exact=1",
        "accounts/user/add/",
        "",
    ],
)
def test_admin_pages_open(dana_client, path):
    make_article(make_user())
    assert dana_client.get(f"/admin/{path}").status_code == 200


def test_list_takes_few_queries(dana_client, django_assert_max_num_queries):
    alice = make_user()
    for _ in range(30):
        make_article(alice)
    with django_assert_max_num_queries(12):
        dana_client.get("/admin/articles/article/")


def test_account_made_in_the_admin_must_fit_the_sign_in_form(dana_client):
    form = {"username": "robert", "usable_password": "true"}
    weak = form | {"password1": "weakpassword", "password2": "weakpassword"}
    answer = dana_client.post("/admin/accounts/user/add/", weak)
    assert "at least 8 characters" in answer.content.decode()


def test_taken_name_is_a_message_not_an_error(dana_client):
    make_user("robert")
    strong = {"password1": "Inkpool2026$!", "password2": "Inkpool2026$!"}
    form = {"username": "ROBERT", "usable_password": "true"} | strong
    assert "taken" in dana_client.post("/admin/accounts/user/add/", form).content.decode()


def test_form_of_an_article_saves_a_rendered_body(dana_client):
    alice = make_user()
    form = {"author": alice.pk, "title": "T", "body": "*x*", "status": "published"}
    answer = dana_client.post("/admin/articles/article/add/", form)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert "<em>x</em>" in Article.objects.get().body_html


def test_anonymous_visitors_and_authors_may_not_enter_the_admin(client):
    assert client.get("/admin/").status_code == 302
    client.force_login(make_user())
    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("name", ["Python", "PYTHON!"])
def test_tag_that_exists_is_a_message(dana_client, name):
    Tag.objects.create(name="Python")
    answer = dana_client.post("/admin/articles/tag/add/", {"name": name})
    assert "This tag exists already." in answer.content.decode()


def test_renamed_tag_is_found_by_its_new_name(dana_client):
    tag = Tag.objects.create(name="cachetag")
    dana_client.post(f"/admin/articles/tag/{tag.pk}/change/", {"name": "Caching"})
    assert Tag.objects.named(["caching"]) == [tag]


def test_date_that_no_article_has_is_refused(dana_client):
    alice = make_user()
    form = {"author": alice.pk, "title": "T", "body": "x", "status": "published"}
    when = {"publish_at_0": "0206-01-01", "publish_at_1": "00:00"}
    assert dana_client.post("/admin/articles/article/add/", form | when).status_code == 200
    assert not Article.objects.exists()


def test_staff_sees_hidden_articles(dana_client, client):
    article = make_article(make_user(), status="hidden")
    assert dana_client.get(article.get_absolute_url()).status_code == 200


def test_account_without_staff_rights_is_403_in_the_admin(alice_client):
    assert alice_client.get("/admin/", follow=True).status_code == 403


def test_recent_actions_stand_beside_the_tables(dana_client):
    """The admin's row has two columns; a third child of it would push the second one down."""
    page = html5lib.parse(dana_client.get("/admin/").content, namespaceHTMLElements=False)
    content = page.find(".//*[@id='content']")
    columns = [child.get("id") for child in content if child.tag in ("div", "p")]
    assert columns == ["content-main", "content-related"]
    assert page.find(".//*[@id='content-main']//a[@href='/admin/purge/']") is not None


def test_date_picker_finds_its_fields(dana_client):
    page = dana_client.get("/admin/articles/article/add/").content.decode()
    assert 'class="vDateField"' in page and 'class="vTimeField"' in page


def test_title_without_a_visible_character_is_refused(dana_client):
    alice = make_user()
    answer = dana_client.post(
        "/admin/articles/article/add/",
        {"title": "\u200b\u3164", "body": "Text", "author": alice.pk, "status": "draft"},
    )
    assert "The title has no visible character." in answer.content.decode()
    assert not Article.objects.exists()


def test_text_over_a_limit_is_an_error_beside_it(dana_client):
    author = make_user("alice_writes")
    article = make_article(author)
    path = f"/admin/articles/article/{article.pk}/change/"
    sent = {"author": author.pk, "title": "New", "body": "long " * 5_000, "status": "draft"}
    answer = dana_client.post(path, sent)
    assert answer.status_code == 400
    message = answer.context["adminform"].form.errors["body"][0]
    assert "24,999 characters; at most 20,000" in message
    assert Article.objects.get().title == article.title
    assert dana_client.post(path, sent | {"body": "short"}).status_code == 302


@pytest.mark.parametrize("sent", ["abc", "\xff9", "-1", "1e9", "<script>"])
def test_author_or_tag_that_is_no_key_is_a_message_not_an_error(dana_client, sent):
    make_article(make_user())
    form = {"title": "Odd", "body": "Text.", "status": "draft", "author": sent, "tags": [sent]}
    answer = dana_client.post("/admin/articles/article/add/", form)
    assert answer.status_code in (200, 400) and "errorlist" in answer.content.decode()
