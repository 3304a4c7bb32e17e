"""Lines of the log are in UTC, whatever the time zone of the site is."""

import json
import logging
from typing import Any

import pytest
from django.conf import settings as configured

from core.monitoring.log_format import ConsoleFormatter, JsonFormatter


@pytest.fixture
def record(settings: Any) -> logging.LogRecord:
    settings.TIME_ZONE = "Asia/Shanghai"  # Django gives it to the process too, through TZ
    record = logging.LogRecord("core", logging.INFO, "", 1, "Text", (), None)
    record.created, record.msecs = 1772316000.25, 250.0
    return record


def test_lines_for_people_are_in_utc_and_say_so(record: logging.LogRecord) -> None:
    formatter = ConsoleFormatter("{asctime} {message}", style="{")
    assert formatter.format(record) == "2026-02-28 22:00:00.250Z Text"


def test_lines_for_programs_are_in_utc(record: logging.LogRecord) -> None:
    assert json.loads(JsonFormatter().format(record))["time"] == "2026-02-28T22:00:00.250000+00:00"


def test_console_lines_are_written_by_that_formatter() -> None:
    assert (
        configured.LOGGING["formatters"]["console"]["class"]
        == "core.monitoring.log_format.ConsoleFormatter"
    )
