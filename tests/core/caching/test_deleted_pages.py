"""delete_cached() on pages of views."""

from typing import Any

import pytest
from django.test import Client
from django.urls import NoReverseMatch

from core.caching import delete_cached
from tests.core.caching import caching_views as views

pytestmark = pytest.mark.urls("tests.core.caching.caching_views")


@pytest.mark.parametrize(
    ("address", "delete"),
    [
        ("/shared/7", lambda: delete_cached(views.shared, "/shared/7")),
        ("/shared/7", lambda: delete_cached(views.shared, number=7)),
        ("/shared", lambda: delete_cached(views.shared)),
        ("/searched?a=1&b=2", lambda: delete_cached(views.searched, "/searched", "?b=2&a=1")),
        ("/searched?a=1", lambda: delete_cached(views.searched, query_args={"a": 1})),
        ("/parity/3", lambda: delete_cached(views.parity, key="parity 1")),
        ("/constant/3", lambda: delete_cached(views.constant)),
    ],
)
def test_page_is_deleted_in_all_its_forms(address: str, delete: Any, calls: list[str]) -> None:
    forms = [{}, {"Accept-Language": "zh-hans"}, {"Accept": "text/html"}]

    def calls_for_all() -> int:
        calls.clear()
        for headers in forms:
            Client(headers=headers).get(address)
        return len(calls)

    assert (calls_for_all(), calls_for_all()) == (3, 0)
    delete()
    assert calls_for_all() == 3


def test_page_of_a_class_is_deleted_by_its_path(calls: list[str]) -> None:
    Client().get("/method")
    delete_cached(views.Decorated.dispatch, "/method")
    Client().get("/method")
    assert len(calls) == 2


def test_deleting_a_page_leaves_other_pages(calls: list[str]) -> None:
    Client().get("/shared/1")
    Client().get("/shared/2")
    delete_cached(views.shared, number=1)
    Client().get("/shared/1")
    Client().get("/shared/2")
    assert calls == ["/shared/1", "/shared/2", "/shared/1"]


def test_deleting_a_view_without_address_raises() -> None:
    with pytest.raises(NoReverseMatch):
        delete_cached(views.shared, nothing=1)
