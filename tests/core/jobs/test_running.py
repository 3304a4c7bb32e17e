"""Jobs run when they are due, one process at a time, and each run is stored."""

import os
import signal
from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from core.jobs import job_registry, leases
from core.jobs.in_process import look_once
from core.jobs.job_registry import register_job
from core.jobs.leases import Lease, LeaseLost, database_now
from core.jobs.models import JobState
from core.jobs.running import RETRY, run_due
from core.management.commands import runserver
from core.monitoring import health

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def no_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(job_registry, "_jobs", {})


def count_twice() -> Iterator[int]:
    yield 2
    yield 3


def fail() -> Iterator[int]:
    yield 1
    raise ValueError("no more")


def test_due_job_runs_once_and_its_run_is_stored() -> None:
    register_job("counting", count_twice, every=HOUR)
    [run] = run_due()
    assert (run.name, run.done, run.error, run.stopped) == ("counting", 5, "", False)
    assert list(run_due()) == []
    state = JobState.objects.get()
    assert (state.done, state.runs, state.failures, state.lease_until) == (5, 1, 0, None)
    assert state.due_at and state.started_at and state.due_at - state.started_at == HOUR


def test_job_is_due_again_when_its_time_has_passed() -> None:
    register_job("counting", count_twice, every=HOUR)
    list(run_due())
    JobState.objects.update(due_at=database_now() - timedelta(seconds=1))
    assert len(list(run_due())) == 1


def test_failing_job_is_named_tried_again_and_keeps_no_other_from_running(
    caplog: pytest.LogCaptureFixture,
) -> None:
    register_job("a_failing", fail, every=HOUR)
    register_job("b_counting", count_twice, every=HOUR)
    failed, counted = run_due()
    assert failed.error == "ValueError: no more"
    assert counted.done == 5
    state = JobState.objects.get(name="a_failing")
    assert (state.failures, state.done, state.error) == (1, 1, "ValueError: no more")
    assert state.due_at and state.ended_at and state.due_at - state.ended_at == RETRY
    assert "The job a_failing failed." in caplog.text


def test_running_job_is_not_begun_by_another_process() -> None:
    register_job("counting", count_twice, every=HOUR)
    first = Lease("counting")
    assert first.acquire()
    assert list(run_due()) == []
    first.release()
    assert len(list(run_due())) == 1


def test_job_of_a_killed_process_is_free_after_its_lease() -> None:
    register_job("counting", count_twice, every=HOUR)
    killed = Lease("counting")
    killed.acquire()
    JobState.objects.update(lease_until=database_now() - timedelta(seconds=1))
    assert len(list(run_due())) == 1
    with pytest.raises(LeaseLost):
        killed.renew()
    killed.release(error="of the killed one")
    assert JobState.objects.get().error == ""


def test_each_batch_renews_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    ends = []

    def watched() -> Iterator[int]:
        for _ in range(2):
            JobState.objects.update(lease_until=database_now())
            yield 1
            ends.append(JobState.objects.get().lease_until)

    register_job("watched", watched, every=HOUR)
    list(run_due())
    assert all(end > database_now() + leases.LEASE / 2 for end in ends)


def test_stopped_run_ends_after_its_batch_and_the_job_stays_due() -> None:
    stopping = Event()

    def stopped() -> Iterator[int]:
        stopping.set()
        yield 1
        raise AssertionError("the second batch")

    register_job("a_stopped", stopped, every=HOUR)
    register_job("b_counting", count_twice, every=HOUR)
    [run] = run_due(stopping)
    assert (run.done, run.stopped, run.error) == (1, True, "")
    state = JobState.objects.get()
    assert state.due_at and state.due_at <= database_now()


@pytest.mark.parametrize(
    ("name", "every", "message"),
    [("two words", HOUR, "identifier"), ("x" * 101, HOUR, "100"), ("x", -HOUR, "positive")],
)
def test_job_without_a_usable_name_or_time_is_refused(
    name: str, every: timedelta, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        register_job(name, count_twice, every=every)


def test_command_prints_a_line_for_each_run(capsys: pytest.CaptureFixture[str]) -> None:
    register_job("counting", count_twice, every=HOUR)
    call_command("run_jobs", "--once")
    assert capsys.readouterr().out.startswith("counting: 5 rows changed in 0.")
    call_command("run_jobs", "--once")
    assert capsys.readouterr().out == ""


def test_command_fails_when_a_job_does(capsys: pytest.CaptureFixture[str]) -> None:
    register_job("failing", fail, every=HOUR)
    with pytest.raises(CommandError, match="Failed: failing"):
        call_command("run_jobs", "--once")
    assert "failing: failed after" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_sigterm_ends_the_command_after_its_batch(capsys: pytest.CaptureFixture[str]) -> None:
    before = signal.getsignal(signal.SIGTERM)

    def terminated() -> Iterator[int]:
        os.kill(os.getpid(), signal.SIGTERM)
        yield 1
        raise AssertionError("the second batch")

    register_job("terminated", terminated, every=HOUR)
    call_command("run_jobs")
    assert capsys.readouterr().out.startswith("terminated: stopped after")
    assert signal.getsignal(signal.SIGTERM) is before


@pytest.mark.django_db(transaction=True)
def test_development_server_logs_what_a_job_changed(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO", "core.jobs")
    register_job("counting", count_twice, every=HOUR)
    look_once(Event())
    assert "counting: 5 rows changed" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_last_run_is_in_readyz_and_metrics(
    client: Client, settings: Any, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.INKPOOL_RUN_DIR, settings.INKPOOL_METRICS_KEY = tmp_path, "key"
    register_job("failing", fail, every=HOUR)
    register_job("counting", count_twice, every=HOUR)
    register_job("waiting", count_twice, every=HOUR)
    Lease("waiting").acquire()
    list(run_due())
    state = client.get("/readyz").json()
    assert state["jobs"]["waiting"] is None
    assert datetime.fromisoformat(state["jobs"]["counting"]).tzinfo
    assert (state["status"], state["reason"]) == ("degraded", "failed jobs: failing")
    monkeypatch.setattr(health, "takes_writes", lambda connection: False)
    reason = client.get("/readyz").json()["reason"]
    assert reason == "database: read-only, failed jobs: failing"
    text = client.get("/metrics", headers={"authorization": "Bearer key"}).text
    lines = dict(line.rsplit(" ", 1) for line in text.splitlines() if "inkpool_job" in line)
    assert lines['inkpool_job_last_rows{job="counting"}'] == "5.0"
    assert lines['inkpool_job_failed{job="failing"}'] == "1.0"
    assert lines['inkpool_job_runs_total{job="failing",result="failed"}'] == "1.0"
    assert 'inkpool_job_last_end_timestamp_seconds{job="waiting"}' not in lines


def test_development_server_begins_jobs_once_its_port_is_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[bool] = []
    monkeypatch.setattr(runserver, "start_jobs_thread", lambda: begun.append(True))
    monkeypatch.setattr(runserver.StockCommand, "inner_run", lambda self: None)
    command = runserver.Command()
    command.inner_run()
    assert begun == []
    command.addr, command._raw_ipv6, command.protocol = "127.0.0.1", False, "http"
    command.on_bind(8000)
    assert begun == [True]
