"""What is refused before it is read, over real HTTP on both servers."""

import socket
import time
from contextlib import suppress

import pytest

from tests.page import Page
from tests.site import HOST, PASSWORD, Site, Visitor

pytestmark = pytest.mark.http
FORM = "Content-Type: application/x-www-form-urlencoded"
FILE = b'--b\r\nContent-Disposition: form-data; name="f"; filename="a.txt"\r\n\r\n'
MARKS = "a" + "\u0301\u0323" * 20_000
MEGABYTE = 1024 * 1024


def said(site: Site, *lines: str, body: bytes = b"") -> tuple[int, str]:
    """Status and text of the answer to a request written by hand."""
    head = "\r\n".join([*lines, f"Host: {HOST}", "Connection: close", "", ""]).encode("latin-1")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(20)
        connection.connect(str(site.socket))
        with suppress(BrokenPipeError):  # it has answered before all was sent
            connection.sendall(head + body)
        answer = b""
        with suppress(ConnectionResetError):
            while part := connection.recv(65536):
                answer += part
    return int(answer.split(b" ", 2)[1]), answer.decode(errors="replace")


def posted(site: Site, path: str, body: bytes, kind: str = FORM) -> tuple[int, str]:
    return said(site, f"POST {path} HTTP/1.1", kind, f"Content-Length: {len(body)}", body=body)


def test_a_long_name_does_not_stop_the_site(site: Site, charlie: Visitor):
    began = time.monotonic()
    for _ in range(3):
        answer = charlie.submit("/login", {"name": MARKS, "pwd": PASSWORD})
        assert "6 to 18 characters" in Page(answer.text).text
    assert time.monotonic() - began < 10  # normalizing one of them took longer


def test_a_form_of_a_megabyte_is_refused_with_a_page(site: Site):
    status, text = posted(site, "/login", b"name=" + b"a" * MEGABYTE)
    assert (status, "256 kB" in text, "<h1>" in text) == (413, True, True)


def test_a_file_is_refused_and_written_nowhere(site: Site):
    kind = "Content-Type: multipart/form-data; boundary=b"
    status, _text = posted(site, "/login", FILE + b"a" * 1000 + b"\r\n--b--\r\n", kind)
    assert status in (403, 413)  # without a token the form is not even looked at
    status, _text = posted(site, "/login", FILE + b"a" * 30 * MEGABYTE, kind)
    assert status == 413


def test_a_body_in_chunks_is_refused(site: Site):
    chunks = b"10000\r\n" + b"a" * 65536 + b"\r\n0\r\n\r\n"
    lines = ["POST /login HTTP/1.1", FORM, "Transfer-Encoding: chunked"]
    assert said(site, *lines, body=chunks)[0] == 411


@pytest.mark.parametrize("charset", ["idna", "punycode", "base64", "zlib_codec", "nope"])
@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_charset_that_is_none_is_a_page(site: Site, charset: str, accept: str):
    kind = f"Content-Type: x/y; charset={charset}"
    status, text = said(site, "GET /?q=%C3%A9 HTTP/1.1", kind, f"Accept: {accept}")
    form = {"text/html": "<h1>", "application/json": '"status": 400'}[accept]
    assert (status, "UTF-8 only" in text, form in text) == (400, True, True)


@pytest.mark.parametrize("path", ["/", "/articles/", "/login", "/nothing/"])
def test_a_thousand_parameters_are_a_page(site: Site, path: str):
    status, text = said(site, f"GET {path}?{'&' * 1000} HTTP/1.1", "Accept: application/json")
    assert (status, "1000 parameters" in text) == (400, True)


@pytest.mark.parametrize("kind", ["Content-Type: x; charset*=nope''%C3", "Accept: a/b; c*=nope''x"])
def test_a_parameter_with_a_charset_of_its_own_harms_nothing(site: Site, kind: str):
    assert said(site, "GET /articles HTTP/1.1", kind)[0] == 200


@pytest.mark.parametrize(
    "target", ["abc", "?page=2", "#top", "//evil.example", "javascript:x", "\x00"]
)
def test_a_next_that_is_no_page_loses_no_sign_in(charlie: Visitor, target: str):
    answer = charlie.sign_in("bob_reads", next=target)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/")
    assert charlie.get("/articles/mine/").status_code == 200


def test_the_editor_keeps_its_own_limit(alice: Visitor):
    alice.timeout = 30
    fields = {"title": "Long", "tags": "", "summary": "", "body": "a" * 500_001, "save": ""}
    answer = alice.submit("/articles/new/", fields)
    assert answer.status_code in (200, 400) and "<textarea" in answer.text
    assert alice.post("/articles/new/", content=b"a" * 7 * MEGABYTE).status_code == 413
