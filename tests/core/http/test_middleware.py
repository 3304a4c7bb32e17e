import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from core.http.middleware import content_security_policy
from core.http.trusted_proxies import trusted_proxies

CLAIMS = {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_FOR": "6.6.6.6, 9.9.9.9"}


def seen(peer: str, **headers: str):
    """The request as a view behind the middleware sees it."""
    requests = []
    view = trusted_proxies(lambda request: requests.append(request) or HttpResponse())
    view(RequestFactory().get("/", REMOTE_ADDR=peer, **headers))
    return requests[0]


def test_without_a_trusted_proxy_claims_are_dropped(settings):
    settings.INKPOOL_TRUSTED_PROXIES = []
    request = seen("10.0.0.1", **CLAIMS)
    assert request.META["REMOTE_ADDR"] == "10.0.0.1"
    assert not any(name in request.META for name in CLAIMS)


def test_a_trusted_proxy_gives_scheme_and_the_nearest_untrusted_address(settings):
    settings.INKPOOL_TRUSTED_PROXIES = ["10.0.0.0/8", "9.9.9.9"]
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    request = seen("10.0.0.1", **CLAIMS)
    assert request.META["REMOTE_ADDR"] == "6.6.6.6"
    assert request.is_secure()


def test_an_address_a_client_invents_is_not_believed(settings):
    settings.INKPOOL_TRUSTED_PROXIES = ["10.0.0.1"]
    request = seen("10.0.0.1", HTTP_X_FORWARDED_FOR="1.1.1.1, 7.7.7.7")
    assert request.META["REMOTE_ADDR"] == "7.7.7.7"


def test_the_peer_of_a_socket_file_is_trusted_only_by_name(settings):
    settings.INKPOOL_TRUSTED_PROXIES = ["127.0.0.1"]
    assert "HTTP_X_FORWARDED_PROTO" not in seen("", **CLAIMS).META
    settings.INKPOOL_TRUSTED_PROXIES = ["unix"]
    assert seen("", **CLAIMS).META["REMOTE_ADDR"] == "9.9.9.9"


@pytest.mark.parametrize("chain", ["", " , ", "unknown"])
def test_a_chain_that_is_none_harms_nothing(settings, chain):
    settings.INKPOOL_TRUSTED_PROXIES = ["10.0.0.1"]
    assert seen("10.0.0.1", HTTP_X_FORWARDED_FOR=chain).META["REMOTE_ADDR"] in {
        "10.0.0.1",
        "unknown",
    }


def test_every_answer_has_the_policy(settings):
    settings.SECURE_CSP = {"default-src": ["'self'"], "img-src": ["'self'", "https:"]}
    answer = content_security_policy(lambda request: HttpResponse())(RequestFactory().get("/"))
    assert answer["Content-Security-Policy"] == "default-src 'self'; img-src 'self' https:"
