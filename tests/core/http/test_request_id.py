"""X-Request-ID in, out, in the log and on error pages."""

import json
import logging
import re

import pytest
from django.conf import settings

from core.g import context, g
from core.monitoring.log_format import JsonFormatter, RequestId
from core.page_cache.serving import PageCache

MADE = r"[0-9a-f]{32}"


@pytest.fixture
def lines(request):
    """What is logged meanwhile, as each format of DJANGO_LOG_FORMAT writes it."""
    found: list[tuple[str, dict]] = []

    class Keeper(logging.Handler):
        def emit(self, record):
            found.append((console.format(record), json.loads(JsonFormatter().format(record))))

    console = logging.Formatter(**of_console())
    keeper = Keeper()
    keeper.addFilter(RequestId())
    logging.getLogger().addHandler(keeper)
    yield found
    logging.getLogger().removeHandler(keeper)


def of_console() -> dict:
    config = settings.LOGGING["formatters"]["console"]
    return {"fmt": config["format"], "style": config["style"], "defaults": config["defaults"]}


@pytest.mark.parametrize("given", ["abc", "A.b_c-9", "x" * 64])
def test_a_harmless_one_is_taken(client, given):
    assert client.get("/about/", headers={"x-request-id": given})["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", " ", "x" * 65, "a b", "a\x1b[31m", "é", "<b>", "a;b", "a\n"])
def test_another_is_made_anew(client, given):
    answer = client.get("/about/", headers={"x-request-id": given})
    assert re.fullmatch(MADE, answer["X-Request-ID"])


def test_each_request_has_its_own(client):
    assert len({client.get("/about/")["X-Request-ID"] for _ in range(5)}) == 5


@pytest.mark.django_db
def test_an_error_page_names_it_in_both_forms(client):
    for wanted, shown in [("text/html", "<code>abc</code>"), ("application/json", '"abc"')]:
        headers = {"accept": wanted, "x-request-id": "abc"}
        answer = client.get("/nothing/here/", headers=headers)
        assert (answer.status_code, answer["X-Request-ID"]) == (404, "abc")
        assert shown in answer.content.decode()


def test_a_crash_names_it_too(client, monkeypatch):
    client.raise_request_exception = False
    monkeypatch.setattr("articles.queries.newest", lambda count: 1 / 0)
    headers = {"accept": "application/json", "x-request-id": "abc"}
    answer = client.get("/article", headers=headers)
    assert (answer.status_code, answer.json()["request_id"]) == (500, "abc")


@pytest.mark.django_db
def test_each_log_line_of_the_request_names_it(client, lines):
    client.get("/nothing/here/", headers={"x-request-id": "abc"})
    (console, line) = lines[-1]
    assert console.endswith("WARNING django.request [abc]: Not Found: /nothing/here/")
    assert line["request_id"] == "abc"


def test_a_log_line_of_no_request_names_none(lines):
    logging.getLogger("worker").warning("outside")
    with context():
        logging.getLogger("worker").warning("inside")
    for console, line in lines:
        assert "worker: " in console
        assert "request_id" not in line


def test_a_command_may_name_its_own_work(lines):
    with context():
        g.request_id = "import-7"
        logging.getLogger("worker").warning("done")
    assert lines[-1][1]["request_id"] == "import-7"


@pytest.mark.django_db(transaction=True)
def test_page_from_memory_has_no_id_of_another_request(rf):
    from django.core.wsgi import get_wsgi_application

    cache = PageCache(get_wsgi_application())

    def ask() -> dict[str, str]:
        headers = {}
        environ = rf.get("/about/", headers={"host": "testserver"}).environ
        b"".join(cache(environ, lambda status, given: headers.update(given)))
        return headers

    answers = [ask() for _ in range(3)]  # the first may settle what a test before had begun
    assert "stored" in answers[0]["Cache-Status"]
    assert "hit" in answers[-1]["Cache-Status"]
    assert not any({"X-Request-ID", "Server-Timing"} & set(headers) for headers in answers)
