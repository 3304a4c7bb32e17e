"""What is too long is refused with a page before anything reads it."""

import pytest
from django.core.exceptions import TooManyFieldsSent
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client

from articles.models import Article
from core.http.charsets import codec_of
from core.http.request_limits import FORM_BODY, LONGEST
from core.http.wsgi_handler import Handler
from tests.factories import make_article, make_user

FORM = "application/x-www-form-urlencoded"
EDITOR = 6 * 1024 * 1024


def post(client, path, size, **headers):
    return client.post(path, b"name=" + b"a" * (size - 5), content_type=FORM, headers=headers)


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/login", "/register", "/language/", "/account/profile/", "/x/"])
def test_a_form_takes_no_body_of_megabytes(client, path):
    answer = post(client, path, FORM_BODY + 1)
    assert answer.status_code == 413
    assert "256 kB" in answer.content.decode()
    assert post(client, path, FORM_BODY).status_code != 413


def test_a_refusal_is_a_problem_for_programs_and_in_the_readers_language(client):
    answer = post(client, "/login", FORM_BODY + 1, accept="application/json")
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 413
    chinese = post(client, "/login", FORM_BODY + 1, **{"accept-language": "zh-hans"})
    assert "256 kB" in chinese.content.decode() and 'lang="zh-hans"' in chinese.content.decode()


def test_the_limit_comes_before_the_token_is_looked_for():
    """CsrfViewMiddleware reads the form, so the limit has to be asked ahead of it."""
    assert post(Client(enforce_csrf_checks=True), "/login", FORM_BODY + 1).status_code == 413


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/articles/new/", "/articles/1/edit/", "/admin/articles/article/add/"]
)
def test_the_editor_takes_six_megabytes(client, path):
    assert post(client, path, EDITOR).status_code != 413
    assert post(client, path, EDITOR + 1).status_code == 413


@pytest.mark.django_db
def test_the_bulk_forms_of_the_admin_work(dana_client):
    alice = make_user()
    chosen = [make_article(alice).pk for _ in range(30)]
    action = {"action": "hide", "reason": "For now.", "_selected_action": chosen}
    dana_client.post("/admin/articles/article/", action)
    assert Article.objects.filter(status="hidden").count() == 30


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/login", "/articles/new/", "/admin/articles/tag/add/"])
def test_no_page_takes_a_file(dana_client, path):
    answer = dana_client.post(path, {"name": "x", "body": SimpleUploadedFile("a.txt", b"a" * 100)})
    assert answer.status_code == 413


def test_a_body_without_length_is_refused(client):
    answer = client.post("/login", {"name": "x"}, headers={"Transfer-Encoding": "chunked"})
    assert answer.status_code == 411


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["Cookie", "Accept", "Accept-Language", "User-Agent", "X-Any"])
def test_a_header_has_a_longest_length(client, name):
    assert client.get("/about/", headers={name: "a" * LONGEST}).status_code == 200
    assert client.get("/about/", headers={name: "a" * (LONGEST + 1)}).status_code == 431


@pytest.mark.django_db
def test_an_address_has_a_longest_length_and_so_many_parameters(client):
    assert client.get("/about/?" + "&" * 999).status_code == 200
    assert client.get("/about/?" + "&" * 1000).status_code == 400
    assert client.get("/about/?" + "a" * LONGEST).status_code == 414
    assert client.get("/" + "a" * LONGEST + "/").status_code == 414


UNREADABLE = ["idna", "punycode", "base64", "zlib_codec", "rot13", "undefined", "nope", "u" * 99]


def asked(**environ):
    made = Client()._base_environ(QUERY_STRING="q=%C3%A9", PATH_INFO="/about/", **environ)
    started = []
    body = b"".join(
        Handler()(made, lambda status, headers: started.append((status, dict(headers))))
    )
    status, headers = started[-1]
    return int(status.split()[0]), headers["Content-Type"], body.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("charset", UNREADABLE)
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_charset_that_is_none_is_a_page_that_says_so(charset, accept):
    """Django would fail while it makes the request, before any error page can be had."""
    kind = f"x/y; charset={charset}"
    status, content_type, body = asked(CONTENT_TYPE=kind, HTTP_ACCEPT=accept)
    assert (status, "UTF-8 only" in body) == (400, True)
    assert content_type.startswith(
        {"text/html": "text/html"}.get(accept, "application/problem+json")
    )


@pytest.mark.django_db
@pytest.mark.parametrize(
    "charset", ["utf-8", "UTF8", "us-ascii", "utf-16", "gbk", "iso-8859-1", ""]
)
def test_a_query_is_utf_8_whatever_text_the_request_claims(charset):
    assert asked(CONTENT_TYPE=f"x/y; charset={charset}")[0] == 200


@pytest.mark.django_db
def test_a_form_in_another_charset_is_refused(client):
    answer = client.post("/login", b"name=x", content_type=f"{FORM}; charset=gbk")
    assert answer.status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("encoded", ["charset*=nope''%C3", "charset*=idna''%C3%A9", "a*0*=u''%41"])
def test_a_parameter_that_names_its_own_charset_is_not_decoded(encoded):
    """RFC 2231; Python would use the codec that the visitor names."""
    assert asked(CONTENT_TYPE=f"x/y; {encoded}")[0] == 200
    assert asked(HTTP_ACCEPT=f"text/html; {encoded}")[0] == 200


def test_a_charset_is_never_looked_up(monkeypatch):
    monkeypatch.setattr("codecs.lookup", lambda name: pytest.fail(f"{name} was looked up"))
    assert codec_of("Latin-1") and codec_of("GB2312") and not codec_of("idna")


def test_the_stock_request_fails_on_such_a_charset():
    """When this fails, core.http.wsgi_handler may go."""
    made = Client()._base_environ(QUERY_STRING="q=%C3%A9", CONTENT_TYPE="x/y; charset=idna")
    with pytest.raises(TooManyFieldsSent):  # as Django calls it
        WSGIRequest(made)
