"""Each case of core/library_patches.py: what it relies on is still there, and still needed."""

import inspect
import logging
from io import BytesIO

import pytest
from cachalot import monkey_patch
from cachalot.settings import Settings, cachalot_settings
from django.core.signals import request_finished
from django.db.models.sql.compiler import SQLCompiler
from django.db.models.sql.constants import MULTI
from django.db.transaction import Atomic
from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.log import log_response

from core.library_patches import is_logged, mark_as_logged, surround_close


def stock_execute_sql() -> object:
    return inspect.unwrap(SQLCompiler.execute_sql)


def test_django_reads_through_the_method_that_is_replaced() -> None:
    parameters = inspect.signature(stock_execute_sql()).parameters  # type: ignore[arg-type]
    assert [*parameters] == ["self", "result_type", "chunked_fetch", "chunk_size"]
    assert parameters["result_type"].default == MULTI
    assert SQLCompiler.execute_sql is not stock_execute_sql()


def test_cachalot_wraps_reads_as_it_did() -> None:
    assert [*inspect.signature(monkey_patch._patch_compiler).parameters] == ["original"]
    source = inspect.getsource(monkey_patch._patch_compiler)
    for call in ("CACHALOT_QUERY_KEYGEN(compiler)", "except (EmptyResultSet, UncachableQuery)"):
        assert call in source
    source = inspect.getsource(monkey_patch._get_result_or_execute_query)
    for call in ("cache.get_many(table_cache_keys + [cache_key])", "cache.set_many(to_be_set, "):
        assert call in source


def test_loading_cachalot_would_still_replace_what_makes_it_stale() -> None:
    """Once it does not, load() may patch by itself."""
    source = inspect.getsource(monkey_patch.patch)
    assert "_patch_atomic()" in source and "_patch_orm()" in source
    assert "if not self.patched:" in inspect.getsource(Settings.load)
    written = inspect.getsource(monkey_patch._patch_write_compiler)
    assert written.index("invalidate(") < written.index("return original(")


def test_writes_and_transactions_are_djangos_own() -> None:
    assert cachalot_settings.patched is True
    for compiler in monkey_patch.WRITE_COMPILERS:
        assert "cachalot" not in inspect.getsource(vars(compiler).get("execute_sql", compiler))
    for method in (Atomic.__enter__, Atomic.__exit__):
        assert not hasattr(method, "__wrapped__")


@pytest.mark.parametrize(
    "response",
    [HttpResponse("a"), StreamingHttpResponse(iter(["a"])), FileResponse(BytesIO(b"a"))],
    ids=lambda response: type(response).__name__,
)
def test_closing_a_response_runs_the_calls_around_its_own(
    response: HttpResponseBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request_finished, "receivers", [])  # they look after connections
    calls: list[str] = []
    response._resource_closers.append(lambda: calls.append("own"))
    surround_close(response, lambda: calls.append("before"), lambda: calls.append("after"))
    response.close()
    assert calls == ["before", "own", "after"]


def test_a_marked_response_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    marked, plain = HttpResponse(status=503), HttpResponse(status=503)
    mark_as_logged(marked)
    with caplog.at_level(logging.ERROR, logger="django.request"):
        log_response("marked", response=marked)
        log_response("plain", response=plain)
    assert caplog.messages == ["plain"]
    assert is_logged(marked) and is_logged(plain) and not is_logged(HttpResponse())
