"""One caller in each process finds out whether the database can be asked again."""

import pytest

from core.page_cache import database_outage
from core.page_cache.database_outage import DatabaseOutage
from tests.forked import in_a_child


@pytest.fixture
def outage(monkeypatch: pytest.MonkeyPatch) -> DatabaseOutage:
    monkeypatch.setattr(database_outage, "REST", 0.0)
    begun = DatabaseOutage()
    begun.begin()
    return begun


def test_one_caller_asks_at_a_time(outage: DatabaseOutage) -> None:
    assert [outage.is_turn(), outage.is_turn()] == [True, False]
    outage.asked()
    assert outage.is_turn()


def test_second_failure_within_a_moment_confirms_no_outage(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    outage = DatabaseOutage()
    outage.begin()
    outage.begin()
    assert not caplog.messages
    monkeypatch.setattr(database_outage, "REST", 0.0)
    outage.begin()
    outage.begin()
    assert len(caplog.messages) == 1


def test_a_forked_process_waits_for_no_caller_of_its_parent(outage: DatabaseOutage) -> None:
    assert outage.is_turn()

    def asks_itself() -> bool:
        before = outage.lasts
        outage.begin()
        return not before and outage.is_turn()

    assert in_a_child(asks_itself)
    assert outage.lasts and not outage.is_turn()
