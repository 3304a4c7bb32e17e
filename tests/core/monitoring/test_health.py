"""/livez, /readyz and /metrics within the process: who is let in, what makes ready."""

import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import MagicMock

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, connections
from prometheus_client.parser import text_string_to_metric_families
from redis.exceptions import ConnectionError as RedisConnectionError

from core.http.failure_log import Kinds
from core.monitoring import health
from core.monitoring.pool_numbers import POOL, percentile
from core.mysql_pool.pool_counters import Stats
from core.shared_memory.counter_files import readings, totals
from core.shared_memory.process_counters import Counters
from core.workers.worker_threads import worker
from tests.core.page_cache.failing_database import until

ON_MYSQL = django_settings.DATABASES["default"]["ENGINE"] == "core.mysql_pool"


@pytest.mark.parametrize("path", ["/livez", "/readyz"])
@pytest.mark.django_db
def test_a_probe_needs_neither_host_name_nor_https_nor_session(client, settings, path):
    settings.SECURE_SSL_REDIRECT, settings.ALLOWED_HOSTS = True, ["inkpool.example"]
    answer = client.get(path, headers={"host": "10.0.0.7:8000"})
    assert answer.status_code == 200
    assert not answer.cookies
    assert "no-store" in answer["Cache-Control"]
    assert client.post(path).status_code == 405


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/metrics"])
def test_another_method_is_told_which_are_allowed(client, path):
    answer = client.post(path)
    assert (answer.status_code, answer["Allow"]) == (405, "GET, HEAD")
    assert answer.content == b"POST is not allowed here; GET and HEAD are.\n"
    assert "no-store" in answer["Cache-Control"]


def test_alive_needs_no_database(client):  # which this test may not use
    assert client.get("/livez").json() == {"status": "alive"}


@pytest.mark.django_db
def test_ready(client):
    redis = "ok" if django_settings.INKPOOL_CACHE_URL else "unused"
    ready = {"status": "ready", "database": "ok", "migrations": "ok", "redis": redis}
    names = ["purge_images", "purge_trash", "send_mail", "thin_revisions"]
    ready["jobs"] = dict.fromkeys(names)
    assert client.get("/readyz").json() == ready


@pytest.mark.django_db
def test_connection_of_a_probe_is_closed():
    with health.outside_the_pool() as connection:
        health.migrations(connection)
        driver = connection.connection
    with pytest.raises(Exception, match=r"closed|2006"):
        driver.cursor().execute("SELECT 1")


@pytest.mark.django_db
def test_missing_migrations_are_not_ready(client, monkeypatch):
    monkeypatch.setattr(health, "expected", lambda: {("articles", "9999_to_come"): []})
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["migrations"]) == (503, "missing")


def test_a_squashed_migration_counts_as_those_it_replaces(monkeypatch):
    old = {("a", "0001"), ("a", "0002")}
    monkeypatch.setattr(health, "expected", lambda: {("a", "0001_squashed"): sorted(old)})
    assert not health.missing(old)
    assert health.missing({("a", "0001")})


@pytest.mark.django_db
def test_a_database_that_is_away_is_not_ready(client, monkeypatch, tmp_path):
    place = connections["default"].settings_dict
    nowhere = str(tmp_path / "none" / "none")
    if ON_MYSQL:
        monkeypatch.setitem(place["OPTIONS"], "unix_socket", nowhere)
    else:
        monkeypatch.setitem(place, "NAME", nowhere)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["database"] == "away"
    assert nowhere not in answer.text


@pytest.mark.skipif(not ON_MYSQL, reason="SQLite is no server")
@pytest.mark.django_db
def test_a_database_that_never_answers_is_not_ready_in_time(client, monkeypatch, tmp_path):
    with socket.socket(socket.AF_UNIX) as frozen:
        frozen.bind(str(tmp_path / "frozen"))
        frozen.listen()
        options = connections["default"].settings_dict["OPTIONS"]
        monkeypatch.setitem(options, "unix_socket", str(tmp_path / "frozen"))
        assert client.get("/readyz").status_code == 503


@pytest.mark.skipif(not ON_MYSQL, reason="SQLite has no pool")
@pytest.mark.django_db
def test_a_pool_that_is_exhausted_does_not_matter(client, monkeypatch):
    from core.mysql_pool.pool import FairPool

    monkeypatch.delattr(FairPool, "connect")
    assert client.get("/readyz").status_code == 200


@pytest.mark.django_db
def test_redis_away_is_degraded(client, monkeypatch, settings):
    away = RedisConnectionError("Error 111 connecting to secret-host:6379")
    settings.INKPOOL_CACHE_URL = "redis://secret-host"
    monkeypatch.setattr(health, "redis_errors", lambda: {"cache": away, "sessions": None})
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert (answer.json()["redis"], answer.json()["reason"]) == (
        "unreachable",
        "cache: unreachable",
    )
    assert "secret" not in answer.text


@pytest.mark.django_db
def test_frozen_redis_is_asked_once_for_all_who_come_meanwhile(client, monkeypatch, settings):
    settings.INKPOOL_CACHE_URL = "redis://frozen"
    thawed, asked = threading.Event(), []

    def ask() -> dict[str, None]:
        asked.append(1)
        assert thawed.wait(20)
        return {"cache": None}

    monkeypatch.setattr(health, "redis_errors", ask)
    with ThreadPoolExecutor(4) as executor:
        states = [executor.submit(health.redis_state) for _ in range(4)]
        until(lambda: len(worker._waits()) >= 4)
        thawed.set()
    assert [state.result() for state in states] == [{"redis": "ok"}] * 4
    assert len(asked) == 1


def test_answer_that_several_requests_share_is_not_changed_by_the_first(client, monkeypatch):
    database = {"database": "read-only", "migrations": "ok", "reason": "database: read-only"}
    monkeypatch.setattr(health, "results", lambda *calls: [database, {"redis": "ok"}])
    said = [client.get("/readyz").json()["reason"] for _ in range(2)]
    assert said == ["database: read-only"] * 2


@pytest.fixture
def nothing_logged(monkeypatch):
    monkeypatch.setattr(health, "logged", Kinds())


@pytest.mark.django_db
def test_missing_migrations_are_one_line_in_the_log(client, monkeypatch, caplog, nothing_logged):
    monkeypatch.setattr(health, "expected", lambda: {("articles", "9999_to_come"): []})
    assert [client.get("/readyz").status_code for _ in range(3)] == [503] * 3
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith("Not ready: the database lacks migrations")


def test_each_cause_of_an_outage_is_one_line_in_the_log(
    client, monkeypatch, caplog, settings, nothing_logged
):
    causes = iter([2002, 2002, 2013, 2002])

    def fail():
        raise OperationalError(next(causes), "no server")

    settings.INKPOOL_CACHE_URL = "redis://127.0.0.1"
    away = {"cache": RedisConnectionError("Error 111 connecting"), "sessions": None}
    monkeypatch.setattr(health, "outside_the_pool", fail)
    monkeypatch.setattr(health, "redis_errors", lambda: away)
    assert [client.get("/readyz").status_code for _ in range(4)] == [503] * 4
    lines = sorted(record.getMessage().split(":")[0] for record in caplog.records)
    assert lines == ["Degraded (cache)", "Not ready", "Not ready"]


@pytest.fixture
def key(settings, tmp_path, db) -> str:
    settings.INKPOOL_RUN_DIR, settings.INKPOOL_METRICS_KEY = tmp_path, "the-kéy-of-metrics"
    return settings.INKPOOL_METRICS_KEY


def test_without_a_key_there_are_no_metrics(client, settings):
    settings.INKPOOL_METRICS_KEY = ""
    answer = client.get("/metrics", headers={"authorization": "Bearer "})
    assert answer.status_code == 404
    assert b"METRICS_KEY is not set" in answer.content


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer wrong", "Basic the-kéy-of-metrics"])
def test_a_wrong_key_learns_nothing(client, key, given):
    answer = client.get("/metrics", headers={"authorization": given})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert b"inkpool_" not in answer.content


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_schemes_case_does_not_matter(client, key, scheme):
    answer = client.get("/metrics", headers={"authorization": f"{scheme} {key}"})
    assert answer.status_code == 200


def sample(text: str, name: str) -> float:
    """The value of `name{labels}` in Prometheus' text."""
    (line,) = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    return float(line.rpartition(" ")[2])


def test_the_metrics_are_the_boards_sums(client, key):
    pools = [Stats(Counters("default", POOL), 6) for _ in range(2)]
    pools[0].numbers.set(open=3, idle=1)
    pools[1].count("connects", 4)
    for seconds in (0.004, 0.004, 99):
        pools[1].waited(ago(seconds))
    text = client.get("/metrics", headers={"authorization": f"Bearer {key}"}).content.decode()
    assert sample(text, 'inkpool_pool_connections_max{database="default"}') == 12
    assert sample(text, 'inkpool_pool_connections{database="default",state="in_use"}') == 2
    assert sample(text, 'inkpool_pool_connects_total{database="default",result="ok"}') == 4
    assert sample(text, 'inkpool_pool_wait_seconds_bucket{database="default",le="0.0025"}') == 0
    assert sample(text, 'inkpool_pool_wait_seconds_bucket{database="default",le="0.01"}') == 2
    assert sample(text, 'inkpool_pool_wait_seconds_count{database="default"}') == 3
    assert 99 <= sample(text, 'inkpool_pool_wait_seconds_sum{database="default"}') < 100


def ago(seconds: float) -> float:
    """What time.monotonic() was so long ago."""
    return time.monotonic() - seconds


def test_prometheus_own_parser_reads_them(client, key):
    pool = Stats(Counters("default", POOL), 6)
    answer = client.get("/metrics", headers={"authorization": f"Bearer {key}"})
    families = {each.name: each for each in text_string_to_metric_families(answer.text)}
    assert families["inkpool_pool_wait_seconds"].type == "histogram"
    assert all(each.documentation for each in families.values())
    assert "inkpool_pool_retired" in families
    del pool


def test_metrics_name_a_run_dir_that_cannot_be_used(client, key, settings, tmp_path):
    settings.INKPOOL_RUN_DIR = tmp_path / "file"
    settings.INKPOOL_RUN_DIR.write_text("")
    answer = client.get("/metrics", headers={"authorization": f"Bearer {key}"})
    assert answer.status_code == 503
    assert b"RUN_DIR cannot be used" in answer.content


def test_percentiles_are_the_buckets_upper_bounds(settings, tmp_path):
    settings.INKPOOL_RUN_DIR = tmp_path
    pool = Stats(Counters("default", POOL), 6)

    def found(share: int) -> float | None:
        return percentile(totals(readings(POOL))["default"], share)

    assert found(50) is None
    for seconds in [0.0005] * 90 + [0.3] * 9 + [60]:
        pool.waited(ago(seconds))
    assert [found(50), found(95), found(99), found(100)] == [0.001, 0.5, 0.5, float("inf")]


@pytest.mark.django_db
def test_a_read_only_database_is_degraded_and_says_so(client, monkeypatch):
    monkeypatch.setattr(health, "takes_writes", lambda connection: False)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["database"] == "read-only"
    assert answer.json()["reason"] == "database: read-only"


@pytest.mark.parametrize(
    ("row", "writable"),
    [((0, 0), True), ((1, 0), False), ((0, 1), False), (("OFF", 0), True), (("ON", 0), False)],
)
def test_a_server_takes_writes_unless_one_of_its_switches_is_on(row, writable):
    connection = MagicMock(vendor="mysql")
    connection.cursor().__enter__().fetchone.return_value = row
    assert health.takes_writes(connection) is writable
