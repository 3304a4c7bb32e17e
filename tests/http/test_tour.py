"""The live tour behind a real server: the pool's rows come while the queries run."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import httpx
import pytest

from tests.site import Site, Visitor

POOL = "/docs/try/pool/"
FIRST, LAST = "</h1>", "</html>"


def trying(visitor: Visitor, language: str) -> AbstractContextManager[httpx.Response]:
    inputs = visitor.page("/docs/try/").form_with("csrfmiddlewaretoken")
    token = {"csrfmiddlewaretoken": inputs["csrfmiddlewaretoken"]["value"]}
    return visitor.stream("POST", POOL, data=token, headers={"Accept-Language": language})


def test_rows_come_one_by_one_and_others_may_try_later(site: Site, arrive: Callable[..., Visitor]):
    if "mysql" not in site.environment["DATABASE_URL"]:
        pytest.skip("SQLite has no pool")
    first, second = (trying(arrive("dana_staff"), language) for language in ("zh-hans", "en"))
    with first as answer:
        assert answer.headers["X-Accel-Buffering"] == "no"
        parts = answer.iter_text()
        seen = next(parts)
        assert FIRST in seen and LAST not in seen
        with second as other:
            assert "another reader is trying it" in other.read().decode()
        rows = [part for part in parts if "<meter" in part]
        assert len(rows) >= 3
        assert all("正在使用" in row for row in rows)
