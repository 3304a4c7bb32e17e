"""Parallel requests for one page: one makes it, the others wait only for an answer for all."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from articles.models import Article
from core.invalidation.generations import generations
from core.page_cache import serving
from tests.core.page_cache.cached_site import Answer, Site

pytestmark = pytest.mark.django_db(transaction=True)


def test_fifty_at_once_have_it_made_once(site: Site, article: Article) -> None:
    together, django = threading.Barrier(50), site.django
    waiting = threading.Semaphore(0)

    def slow(environ: Any, start_response: Any) -> Any:
        for _ in range(49):
            waiting.acquire(timeout=10)
        return django(environ, start_response)

    def visit() -> None:
        together.wait()
        waiting.release()
        answers.append(site.get("/"))

    site.django = slow  # type: ignore[assignment]
    answers: list[Answer] = []
    threads = [threading.Thread(target=visit) for _ in range(50)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len({each.body for each in answers}) == 1
    assert site.calls == 1


@pytest.mark.parametrize("path", ["/login", "/nothing/", "/about", "/livez", "/articles/mine/"])
def test_no_request_waits_for_an_answer_that_is_not_for_all(
    site: Site, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "PATIENCE", 60)
    together, django = threading.Barrier(5, timeout=10), site.django

    def meet(environ: Any, start_response: Any) -> Any:
        together.wait()  # all five are in here at once, or it breaks
        return django(environ, start_response)

    site.django = meet  # type: ignore[assignment]
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(site.get, [path] * 5))
    assert len({each.status for each in answers}) == 1
    assert not any(each.kept for each in answers)


def test_who_waits_for_a_page_that_turns_out_to_be_missing_goes_on_at_once(site: Site) -> None:
    """A marked view may raise Http404: the others are not held up one after another."""
    second, django = threading.Event(), site.django

    def slow(environ: Any, start_response: Any) -> Any:
        if not second.is_set():
            wait_for(site, 4)
            second.set()
        else:
            together.wait()
        return django(environ, start_response)

    together = threading.Barrier(4, timeout=10)
    site.django = slow  # type: ignore[assignment]
    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(site.get, ["/articles/99/nothing/"] * 5))
    assert [each.status for each in answers] == [404] * 5


def test_what_the_first_had_made_before_a_write_is_not_given_to_the_second(
    site: Site, article: Article
) -> None:
    begun, django, answers = threading.Event(), site.django, []

    def slow(environ: Any, start_response: Any) -> Any:
        response = django(environ, start_response)
        if not begun.is_set():
            begun.set()
            wait_for(site, 1)
            generations().bump(1)
        return response

    site.django = slow  # type: ignore[assignment]
    first = threading.Thread(target=lambda: answers.append(site.get("/")))
    first.start()
    begun.wait(10)
    assert not site.get("/").kept.endswith("collapsed")
    first.join()
    assert site.calls == 2


def wait_for(site: Site, count: int) -> None:
    """Until so many wait for the page that is being made."""
    [fill] = site.cache._fills().values()
    while len(fill.done._cond._waiters) < count:  # type: ignore[attr-defined]
        time.sleep(0.001)
