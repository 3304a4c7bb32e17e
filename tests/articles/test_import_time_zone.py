"""Dates of imported files that name no zone are in the site's."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from articles.importing import Refused
from articles.importing.dates import read_date, short
from articles.models import Article
from tests.factories import make_user


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


@pytest.mark.parametrize(
    ("zone", "text", "moment"),
    [
        ("Asia/Shanghai", "2014-12-12", utc(2014, 12, 11, 16)),
        ("Asia/Shanghai", "2014/12/12 06:00", utc(2014, 12, 11, 22)),
        ("Asia/Shanghai", "Fri, 12 Dec 2014 06:00:00", utc(2014, 12, 11, 22)),
        ("Asia/Shanghai", "2014-12-12T06:00:00Z", utc(2014, 12, 12, 6)),
        ("Asia/Shanghai", "Fri, 12 Dec 2014 06:00:00 -0000", utc(2014, 12, 12, 6)),
        ("Asia/Shanghai", "Fri, 12 Dec 2014 06:00 EST", utc(2014, 12, 12, 11)),
        ("Asia/Kolkata", "2014-12-12 06:00", utc(2014, 12, 12, 0, 30)),
        ("America/New_York", "2014-12-12 06:00", utc(2014, 12, 12, 11)),
        ("America/New_York", "2014-07-12 06:00", utc(2014, 7, 12, 10)),
        ("America/New_York", "2026-11-01 01:30 -05:00", utc(2026, 11, 1, 6, 30)),
        ("America/Sao_Paulo", "2018-11-04", utc(2018, 11, 4, 3)),  # a day without midnight
        ("UTC", "2020-01-02 03:04:05 Asia/Shanghai", utc(2020, 1, 1, 19, 4, 5)),
        ("UTC", "2020-07-02T03:04 America/New_York", utc(2020, 7, 2, 7, 4)),
        ("UTC", "2020-07-02 03:04 America/Argentina/Buenos_Aires", utc(2020, 7, 2, 6, 4)),
    ],
)
def test_date_is_of_the_zone_it_names_or_of_the_site(
    settings: Any, zone: str, text: str, moment: datetime
) -> None:
    settings.TIME_ZONE = zone
    assert read_date(text) == moment


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-03-08 02:30", "“date” that is unclear: 2026-03-08 02:30 does not exist"),
        ("2026-11-01 01:30", "comes twice in America/New_York.* 01:30-04:00 or 01:30-05:00"),
        ("Sun, 01 Nov 2026 01:30", "comes twice"),
        ("2026-10-25 02:30 Europe/Berlin", "comes twice in Europe/Berlin"),
        ("2026-01-01 10:00 Asia/Beijing", "cannot be read.*2014-12-12 10:00 Asia/Shanghai"),
        ("2026-01-01 10:00 right/UTC", "cannot be read"),
        ("2026-01-01 10:00 America/Argentina", "cannot be read"),
        ("Fri, 12 Dec 2014 10:00 CEST", "cannot be read"),
        ("Fri, 12 Dec 2014 10:00 PM", "cannot be read"),
    ],
)
def test_date_that_is_unclear_or_of_an_unknown_zone_is_refused(
    settings: Any, text: str, why: str
) -> None:
    settings.TIME_ZONE = "America/New_York"
    with pytest.raises(Refused, match=why):
        read_date(text)


@pytest.mark.parametrize(
    ("zone", "text", "bounds"),
    [
        ("Asia/Shanghai", "1900-01-01", "from 1900-01-01 08:05:43 to before 3000-01-01 08:00"),
        ("Asia/Shanghai", "0001-01-01", "from 1900-01-01 08:05:43 to before 3000-01-01 08:00"),
        ("America/New_York", "2999-12-31 23:59", "to before 2999-12-31 19:00 (America/New_York)"),
        ("America/New_York", "9999-12-31 23:59", "to before 2999-12-31 19:00 (America/New_York)"),
        ("UTC", "Fri, 12 Dec 1714 10:00 GMT", "from 1900-01-01 00:00 to before 3000-01-01 00:00"),
    ],
)
def test_date_out_of_range_is_refused_with_the_bounds_in_the_zone(
    settings: Any, zone: str, text: str, bounds: str
) -> None:
    settings.TIME_ZONE = zone
    with pytest.raises(Refused, match="a date out of range: “") as refusal:
        read_date(text)
    assert f"“{text}” in “date”; a date must lie " in str(refusal.value)
    assert bounds in str(refusal.value)


def test_refusal_of_a_missing_time_names_the_other_day(settings: Any) -> None:
    settings.TIME_ZONE = "Africa/Cairo"
    with pytest.raises(Refused, match="such as 2026-04-23 23:30 or 01:30"):
        read_date("2026-04-24 00:30")


def test_report_shows_a_time_with_its_offset(settings: Any) -> None:
    settings.TIME_ZONE = "UTC"
    assert short(utc(2014, 12, 11, 22)) == "2014-12-11 22:00"
    settings.TIME_ZONE = "Asia/Shanghai"
    assert short(utc(2014, 12, 11, 22)) == "2014-12-12 06:00+08:00"
    assert short(utc(2014, 12, 11, 16)) == "2014-12-12"


@pytest.mark.django_db
def test_files_are_filed_under_the_day_that_they_name(
    client: Any, settings: Any, tmp_path: Path
) -> None:
    settings.TIME_ZONE = "Asia/Shanghai"
    make_user("alice_writes")
    (tmp_path / "2014-12-01-name.md").write_text("Text.")
    (tmp_path / "head.md").write_text("---\ndate: 2014-12-01 06:00\n---\nText.")
    (tmp_path / "table.md").write_text("+++\ndate = 2014-12-01T07:00:00\n+++\nText.")
    (tmp_path / "later.md").write_text("---\ndate: 2990-01-01 09:00\n---\nText.")
    told = StringIO()
    call_command(
        "import_articles", str(tmp_path), author="alice_writes", stdout=StringIO(), stderr=told
    )
    assert client.get("/archive/2014/12/").context["page"].paginator.count == 3
    assert client.get("/archive/2014/11/").status_code == 404
    assert "is scheduled for 2990-01-01 09:00+08:00" in told.getvalue()


@pytest.mark.django_db
def test_file_with_an_unclear_time_is_named_and_the_others_are_imported(
    settings: Any, tmp_path: Path
) -> None:
    settings.TIME_ZONE = "America/New_York"
    make_user("alice_writes")
    (tmp_path / "twice.md").write_text("---\ndate: 2025-11-02 01:30\n---\nText.")
    (tmp_path / "once.md").write_text("---\ndate: 2025-11-02 03:30\n---\nText.")
    told = StringIO()
    with pytest.raises(CommandError):
        call_command(
            "import_articles", str(tmp_path), author="alice_writes", stdout=StringIO(), stderr=told
        )
    assert "twice.md: has a “date” that is unclear: 2025-11-02 01:30 comes twice" in told.getvalue()
    assert Article.objects.get().publish_at == utc(2025, 11, 2, 8, 30)
