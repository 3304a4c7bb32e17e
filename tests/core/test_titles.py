"""The title of a page is one line, however the template is written."""

import re

import pytest
from django.template.loader import render_to_string
from django.test import Client


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address", ["/", "/articles?page=1", "/tags/", "/archive/", "/about/", "/login"]
)
def test_a_title_is_one_line(client: Client, address: str):
    assert re.search(
        r"<title>\S.*\S · Inkpool</title>",
        client.get(address, headers={"accept": "text/html"}).content.decode(),
    )


@pytest.mark.django_db
def test_title_says_error_while_a_form_has_one(client: Client):
    assert "<title>Sign in · Inkpool</title>" in client.get("/login").content.decode()
    refused = client.post("/login", {"name": "", "pwd": ""}).content.decode()
    assert "<title>Error: Sign in · Inkpool</title>" in refused
    chinese = client.post("/login", {"name": ""}, headers={"accept-language": "zh-CN"})
    assert "<title>错误：登录 · Inkpool</title>" in chinese.content.decode()


def test_so_is_that_of_an_error_and_it_is_escaped_once():
    page = render_to_string("error.html", {"status": 400, "title": "a <b>\n  & c"})
    assert "<title>a &lt;b&gt; &amp; c · Inkpool</title>" in page
