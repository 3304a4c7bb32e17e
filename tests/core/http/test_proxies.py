"""The headers of a trusted proxy count, those of a visitor do not."""

import logging

import pytest

from accounts.login_guard import count_attempt, network_of
from core.http import proxies
from core.http.proxies import Visit, elements, is_trusted, visit, warn_of_granian
from core.page_cache.page_key import lookup_of

PEER = {"REMOTE_ADDR": "10.0.0.1"}


@pytest.fixture(autouse=True)
def one_proxy(settings):
    settings.INKPOOL_TRUSTED_PROXIES = ["10.0.0.1", "fd00::/8"]


def by_x(chain):
    return visit({**PEER, "HTTP_X_FORWARDED_FOR": chain}).address


@pytest.mark.parametrize("chain", ["7.7.7.7:1001", "6.6.6.6, 7.7.7.7:1002", "7.7.7.7, [fd00::2]:9"])
def test_the_port_of_a_forwarded_address_is_cut(chain):
    assert by_x(chain) == "7.7.7.7"


@pytest.mark.django_db
def test_each_port_is_the_same_visitor():
    waits = [count_attempt("bob_reads", by_x(f"7.7.7.7:{port}")) for port in range(1000, 1011)]
    assert [bool(wait) for wait in waits] == [False] * 10 + [True]


@pytest.mark.parametrize("chain", ["6.6.6.6, unknown", "6.6.6.6, _x", "", ", ,", "x" * 9000])
def test_nothing_is_believed_behind_a_hop_that_cannot_be_read(chain):
    assert by_x(chain) == "10.0.0.1"


def test_mapped_ipv4_is_ipv4(settings):
    assert is_trusted("::ffff:10.0.0.1")
    assert not is_trusted("::ffff:10.0.0.2")
    mapped = {"REMOTE_ADDR": "::ffff:10.0.0.1", "HTTP_X_FORWARDED_FOR": "::ffff:7.7.7.7"}
    assert visit(mapped) == Visit("7.7.7.7")
    assert visit({"REMOTE_ADDR": "::ffff:8.8.8.8"}) == Visit("8.8.8.8")
    settings.INKPOOL_TRUSTED_PROXIES = ["::ffff:10.0.0.0/104"]
    assert is_trusted("10.0.0.9") and not is_trusted("11.0.0.1")


def test_visitors_over_ipv4_do_not_share_one_count():
    assert network_of("::ffff:7.7.7.7") == network_of("7.7.7.7") == "7.7.7.7"
    assert network_of("::ffff:7.7.7.8") != network_of("::ffff:7.7.7.7")
    assert network_of("2001:db8::1") == network_of("2001:db8::2") == "2001:db8::/64"


SPOOFED = {"HTTP_X_FORWARDED_FOR": "6.6.6.6", "HTTP_X_FORWARDED_PROTO": "https"}


def test_on_granian_a_name_that_may_have_had_an_underscore_does_not_count(monkeypatch):
    monkeypatch.setattr(proxies, "serves_granian", lambda: True)
    assert visit({**PEER, **SPOOFED}) == Visit("10.0.0.1")


@pytest.mark.parametrize("is_granian", [True, False])
def test_the_header_that_is_named_counts_on_each_server(settings, monkeypatch, is_granian):
    monkeypatch.setattr(proxies, "serves_granian", lambda: is_granian)
    said = {**PEER, **SPOOFED, "HTTP_FORWARDED": "for=7.7.7.7;proto=http"}
    settings.INKPOOL_PROXY_HEADERS = "forwarded"
    assert visit(said) == Visit("7.7.7.7", "http")
    settings.INKPOOL_PROXY_HEADERS = "x-forwarded"
    assert visit(said) == Visit("6.6.6.6", "https")


def test_granian_says_at_its_start_that_proxies_do_not_count(settings, monkeypatch, caplog):
    warn_of_granian()
    assert caplog.records == []
    monkeypatch.setattr(proxies, "serves_granian", lambda: True)
    warn_of_granian()
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "DJANGO_PROXY_HEADERS" in caplog.text


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("for=7.7.7.7", Visit("7.7.7.7")),
        ("For=7.7.7.7; Proto=HTTPS;by=1.1.1.1", Visit("7.7.7.7", "https")),
        ('for="[2001:db8::7]:4711";proto=https', Visit("2001:db8::7", "https")),
        ("for=6.6.6.6;proto=http, for=7.7.7.7;proto=https", Visit("7.7.7.7", "https")),
        ('for=7.7.7.7;proto=https, for="[fd00::2]";proto=http', Visit("7.7.7.7", "https")),
        ("proto=https", Visit("10.0.0.1", "https")),
        ("for=unknown;proto=https", Visit("10.0.0.1", "https")),
        ("for=6.6.6.6, for=_hidden", Visit("10.0.0.1")),
    ],
)
def test_forwarded_is_read_as_rfc_7239_has_it(settings, header, expected):
    settings.INKPOOL_PROXY_HEADERS = "forwarded"
    assert visit({**PEER, "HTTP_FORWARDED": header}) == expected


@pytest.mark.parametrize(
    "sent", ['for=6.6.6.6;x="', '"', "for=6.6.6.6;x=\\", "for=6.6.6.6,,;", "=", ","]
)
@pytest.mark.parametrize("appended", ['for="[2001:db8::7]";proto=https', "for=7.7.7.7;proto=https"])
def test_a_visitor_cannot_swallow_what_the_proxy_appends(settings, sent, appended):
    settings.INKPOOL_PROXY_HEADERS = "forwarded"
    assert visit({**PEER, "HTTP_FORWARDED": f"{sent}, {appended}"}).address != "6.6.6.6"


@pytest.mark.parametrize("header", ["x" * 3000, 'for="' + "a" * 1900, "for=" + ";a=b" * 480 + "!"])
def test_a_hostile_header_says_nothing_and_takes_no_time(header):
    assert elements(header) == []


def test_the_page_cache_sees_the_scheme_that_the_page_has(settings):
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    settings.INKPOOL_PROXY_HEADERS = "forwarded"
    asked = {
        "REQUEST_METHOD": "GET",
        "HTTP_HOST": "x",
        "wsgi.url_scheme": "http",
        **PEER,
        **SPOOFED,
    }
    forwarded = {"HTTP_FORWARDED": "for=7.7.7.7;proto=https"}
    plain, secure = lookup_of(asked), lookup_of({**asked, **forwarded})
    assert plain and secure and (plain.key.scheme, secure.key.scheme) == ("http", "https")
