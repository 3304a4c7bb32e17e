"""Each case of core/library_patches.py: what it relies on is still there, and still needed."""

import inspect
import logging
from io import BytesIO

import pytest
from cachalot import monkey_patch, utils
from cachalot.settings import Settings, cachalot_settings
from django.core.signals import request_finished
from django.db.models.sql.compiler import SQLCompiler
from django.db.transaction import Atomic
from django.http import FileResponse, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.log import log_response

from core.library_patches import is_logged, mark_as_logged, surround_close


def test_loading_cachalot_would_still_replace_what_makes_it_stale() -> None:
    """Once it does not, load() may patch by itself."""
    source = inspect.getsource(monkey_patch.patch)
    assert "_patch_atomic()" in source and "_patch_orm()" in source
    assert "if not self.patched:" in inspect.getsource(Settings.load)
    written = inspect.getsource(monkey_patch._patch_write_compiler)
    assert written.index("invalidate(") < written.index("return original(")


def test_empty_list_of_tables_still_means_all_of_them_to_cachalot() -> None:
    assert "if whitelist and " in inspect.getsource(utils.are_all_cachable)
    assert "" in cachalot_settings.CACHALOT_ONLY_CACHABLE_TABLES


def test_djangos_compilers_and_transactions_are_its_own() -> None:
    assert cachalot_settings.patched is True
    compilers = (SQLCompiler, *monkey_patch.WRITE_COMPILERS)
    methods = [vars(each).get("execute_sql") for each in compilers]
    for method in (*methods, Atomic.__enter__, Atomic.__exit__):
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
