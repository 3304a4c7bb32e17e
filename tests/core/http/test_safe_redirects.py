"""`next` is the address of a page here, or the default; no sign-in is lost by it."""

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import RequestFactory, override_settings
from django.urls import set_script_prefix

from core.http.safe_redirects import is_page
from tests.factories import PASSWORD, make_user

NONE = [
    "",
    " ",
    "abc",
    "?page=2",
    "#top",
    "a:b",
    "articles:index",
    "./articles/",
    "../articles/",
    "/nothing/here/",
    "//evil.example/",
    "///evil.example/",
    "/\\evil.example/",
    "\\/articles/",
    "/articles/\\..\\..",
    "https://evil.example/articles/",
    "http://evil.example@/articles/",
    "javascript:alert(1)",
    "JavaScript://testserver/articles/%0aalert(1)",
    "data:text/html,x",
    "http:/articles/",
    "http:articles",
    "http://[::1/articles/",
    "/articles/\r\nX-A: b",
    "/articles/\x00",
    "\x00/articles/",
    "\t/articles/",
    "/arti\tcles/",
    " /articles/",
    "\u2028/articles/",
    "/\u00a0/",
    "/articles/?" + "a" * 2000,
    "/" + "e\u0301\u0323" * 5_000,
]
OURS = [
    "/",
    "/articles/",
    "/articles",
    "/articles/new",
    "/articles/?page=2#top",
    "/tags/%E7%BC%93%E5%AD%98/",
    "/tags/缓存/",
    "/admin/accounts/user/?q=a",
    "http://testserver/articles/",
    "//testserver/articles/",
]


@pytest.mark.parametrize("target", NONE, ids=lambda target: target[:30].encode().hex()[:40] or "-")
@pytest.mark.django_db
def test_what_is_no_page_here_leads_to_the_front_page(client, target):
    make_user("bob_reads")
    sent = {"name": "bob_reads", "pwd": PASSWORD, "next": target}
    answer = client.post("/login", sent)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert SESSION_KEY in client.session
    page = client.get("/account/confirm/", {"next": target})
    assert page.status_code == 414 or page["Location"] == "/account/profile/"


@pytest.mark.parametrize("target", OURS)
@pytest.mark.django_db
def test_a_page_here_is_where_the_sign_in_leads(client, target):
    make_user("bob_reads")
    answer = client.post("/login", {"name": "bob_reads", "pwd": PASSWORD, "next": target})
    assert answer.status_code == 302
    assert answer["Location"] in {target, "/tags/%E7%BC%93%E5%AD%98/"}


@pytest.mark.django_db
def test_the_form_carries_no_foreign_address(client):
    foreign = b'value="//evil.example/"'
    assert foreign not in client.get("/login?next=//evil.example/").content
    answer = client.post("/login", {"name": "bob_reads", "pwd": "x", "next": "//evil.example/"})
    assert foreign not in answer.content
    assert "evil" not in client.get("/admin/login/?next=//evil.example/")["Location"]


@override_settings(ALLOWED_HOSTS=["testserver"])
def test_a_site_below_a_path_has_its_pages_there():
    set_script_prefix("/blog/")
    request = RequestFactory().get("/")
    assert is_page(request, "/blog/articles/")
    assert not is_page(request, "/articles/")
