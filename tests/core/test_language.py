import pytest

pytestmark = pytest.mark.django_db


def language_of(client, **headers):
    return client.get("/about/", **headers)["Content-Language"]


def test_browser_decides_without_a_choice(client, settings):
    assert language_of(client) == settings.LANGUAGE_CODE
    assert language_of(client, HTTP_ACCEPT_LANGUAGE="zh-CN,zh;q=0.9,en;q=0.5") == "zh-hans"
    assert language_of(client, HTTP_ACCEPT_LANGUAGE="fr") == settings.LANGUAGE_CODE


def test_the_choice_is_kept_and_stands_above_the_browser(client):
    answer = client.post("/language/", {"language": "zh-hans", "next": "/about/"})
    assert answer["Location"] == "/about/"
    assert language_of(client, HTTP_ACCEPT_LANGUAGE="en") == "zh-hans"


@pytest.mark.parametrize("wrong", [{"language": "xx"}, {}])
def test_an_unknown_language_changes_nothing(client, wrong):
    client.post("/language/", wrong | {"next": "/about/"})
    assert language_of(client, HTTP_ACCEPT_LANGUAGE="zh-CN") == "zh-hans"


def test_a_choice_leads_to_no_other_site(client):
    answer = client.post("/language/", {"language": "en", "next": "https://evil.example/"})
    assert answer["Location"] == "/"
