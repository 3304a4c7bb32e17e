"""A worker that is forked while a page is being made does not wait for its parent's thread."""

import threading

import pytest

from core.page_cache import serving
from tests.core.page_cache.cached_site import Site
from tests.forked import in_a_child

# Python 3.12 says of each fork that there are threads.
pytestmark = [
    pytest.mark.filterwarnings("ignore:This process:DeprecationWarning"),
    pytest.mark.django_db(transaction=True),
]


def test_forked_child_makes_a_page_that_its_parent_was_making(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "PATIENCE", 60)
    begun, go_on, django = threading.Event(), threading.Event(), site.django

    def slow(environ, start_response):
        begun.set()
        assert go_on.wait(30)
        return django(environ, start_response)

    site.django = slow  # type: ignore[assignment]
    first = threading.Thread(target=site.get, args=["/robots.txt"])
    first.start()
    assert begun.wait(10)
    site.django = django
    try:
        assert in_a_child(lambda: site.get("/robots.txt").kept == "Inkpool; fwd=miss; stored")
    finally:
        go_on.set()
        first.join()
