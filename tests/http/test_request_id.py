"""g on real servers: many requests at once, each with the id that it came with and no other."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.site import Site, Visitor

pytestmark = pytest.mark.http
PEOPLE, EACH = 8, 25


def test_parallel_requests_keep_their_own_ids(arrive: Callable[..., Visitor]):
    visitors = [arrive() for _ in range(PEOPLE)]

    def ask(number: int) -> list[tuple[str, str, str]]:
        found = []
        for turn in range(EACH):
            given = f"person-{number}.{turn}"
            headers = {"X-Request-ID": given, "Accept": "application/json"}
            answer = visitors[number].get("/no-such-page", headers=headers)
            found.append((given, answer.headers["X-Request-ID"], answer.json()["request_id"]))
        return found

    with ThreadPoolExecutor(PEOPLE) as threads:
        answers = [each for found in threads.map(ask, range(PEOPLE)) for each in found]
    assert len(answers) == PEOPLE * EACH
    assert [each for each in answers if len(set(each)) != 1] == []


def test_the_log_names_the_request(site: Site, charlie: Visitor):
    charlie.get("/no-such-page", headers={"X-Request-ID": "look-for-me"})
    log = (site.folder / "server.log").read_text(errors="replace")
    assert "django.request [look-for-me]: Not Found: /no-such-page" in log
