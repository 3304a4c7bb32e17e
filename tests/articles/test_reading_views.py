import json
from datetime import timedelta

import pytest
from django.utils import timezone

from articles.models import Article
from tests.factories import make_article, make_user

pytestmark = pytest.mark.django_db
HTML = {"HTTP_ACCEPT": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


def test_empty_pages_say_so(client):
    for path in ("/", "/articles"):
        assert client.get(path, **HTML).status_code == 200


@pytest.mark.parametrize("path", ["/", "/articles"])
def test_number_of_queries_does_not_grow(client, alice, django_assert_num_queries, path):
    counts = []
    for _ in range(2):
        for _ in range(3):
            make_article(alice)
        with django_assert_num_queries(3 if path == "/" else 4):
            counts.append(client.get(path, **HTML).content.count(b"<article"))
    assert counts[0] < counts[1]


@pytest.mark.parametrize("path", ["/articles", "/articles/"])
def test_programs_get_the_ten_newest_as_json(client, alice, path):
    now = timezone.now()
    made = [make_article(alice, publish_at=now - timedelta(hours=n)) for n in range(12)]
    answer = client.get(path, HTTP_ACCEPT="*/*")
    newest = [{"id": a.pk, "title": a.title, "author": "alice_writes"} for a in made[:10]]
    assert json.loads(answer.content) == newest
    assert answer["Vary"].startswith("Accept")
    assert answer["Content-Type"] == "application/json"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html", "text/html"),
        (HTML["HTTP_ACCEPT"], "text/html"),
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("image/png", "application/json"),
        ("text/html;q=0.1, application/json", "application/json"),
    ],
)
def test_browsers_get_a_page_and_programs_json(client, accept, kind):
    assert client.get("/articles", HTTP_ACCEPT=accept)["Content-Type"].startswith(kind)


def test_both_json_bodies_byte_for_byte(client, alice):
    article = make_article(alice, title="连接池 & more")
    article_list = f'[{{"id":{article.pk},"title":"连接池 & more","author":"alice_writes"}}]'
    assert client.get("/articles").content.decode() == article_list
    path = f"/articles/{article.pk}/%E8%BF%9E%E6%8E%A5%E6%B1%A0-more/"
    result = f'[{{"id":{article.pk},"name":"连接池 & more","url":"{path}"}}]'
    wanted = f'{{"code":100,"msg":"成功","result":{result}}}'
    assert client.get("/article").content.decode() == wanted
    assert client.get(path).status_code == 200


def test_json_by_raw_sql_takes_one_query(client, alice, django_assert_num_queries):
    make_article(alice, publish_at=timezone.now() + timedelta(hours=1))
    with django_assert_num_queries(1):
        assert client.get("/article").json() == {"code": 100, "msg": "成功", "result": []}


def test_wrong_slug_leads_to_the_right_one(client, alice):
    article = make_article(alice, title="连接池")
    answer = client.get(f"/articles/{article.pk}/old/")
    assert (answer.status_code, answer["Location"]) == (301, article.get_absolute_url())


@pytest.mark.parametrize("pk", [0, 2**31, 2**63, 10**40])
def test_unknown_article_is_404(client, pk):
    assert client.get(f"/articles/{pk}/x/").status_code == 404


@pytest.mark.parametrize("fields", [{"status": "draft"}, {"status": "hidden"}])
def test_article_that_is_not_public_is_404_to_others(client, alice, fields):
    article = make_article(alice, **fields)
    assert client.get(article.get_absolute_url()).status_code == 404
    client.force_login(make_user("robert"))
    assert client.get(article.get_absolute_url()).status_code == 404
    client.force_login(alice)
    assert client.get(article.get_absolute_url()).status_code == 200


def test_scheduled_article_appears_when_it_is_due(client, alice):
    article = make_article(alice, publish_at=timezone.now() + timedelta(hours=1))
    assert client.get(article.get_absolute_url()).status_code == 404
    Article.objects.update(publish_at=timezone.now())
    assert client.get(article.get_absolute_url()).status_code == 200


@pytest.mark.parametrize("page", ["2", "99", "0", "-1", "x", "9" * 30])
def test_every_page_number_gives_a_page(client, alice, page):
    for _ in range(21):
        make_article(alice)
    assert client.get(f"/articles?page={page}", **HTML).status_code == 200


def test_scripts_in_an_article_do_not_reach_the_page(client, alice):
    article = make_article(alice, title="<script>t</script>", body="<script>alert(1)</script>ok")
    page = client.get(article.get_absolute_url()).content.decode()
    assert "alert(1)" not in page
    assert "<script>t" not in page
