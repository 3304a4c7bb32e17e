"""A button pressed six times at once."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.site import Site, Visitor

pytestmark = pytest.mark.http
NEW = "/articles/new/"


def sent_at_once(alice: Visitor, title: str, times: int = 6) -> set[str]:
    """Where the posts of one opened form lead."""
    form = alice.page(NEW).form_with("title")
    fields = {
        name: form[name].get("value", "") for name in ("csrfmiddlewaretoken", "creation_token")
    }
    fields |= {"title": title, "body": "Text.", "publish": ""}
    with ThreadPoolExecutor(times) as pool:
        answers = list(pool.map(lambda _: alice.post(NEW, data=fields), range(times)))
    assert {answer.status_code for answer in answers} == {302}
    return {answer.headers["Location"] for answer in answers}


def titled(site: Site, title: str) -> str:
    return site.shell(
        "from articles.models import Article\n"
        f"print(Article.objects.filter(title__startswith={title!r}).count())"
    )


def test_a_new_article_is_made_once(site: Site, alice: Visitor):
    assert len(sent_at_once(alice, "Pressed six times")) == 1
    assert titled(site, "Pressed six times") == "1"


@pytest.mark.soak
def test_new_articles_are_made_once_in_each_round(site: Site, alice: Visitor):
    rounds = int(os.environ.get("ROUNDS", "25"))
    for number in range(rounds):
        assert len(sent_at_once(alice, f"Hammered {number}", 8)) == 1
    assert titled(site, "Hammered") == str(rounds)
