"""Which revisions are kept as they age."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from articles.models import Article
from articles.thinning import DAY, WEEK, YEAR, Dated, superfluous, thin_revisions

NOW = datetime(2026, 7, 15, 12, 30, tzinfo=UTC)
unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
ages = st.one_of(
    st.integers(0, 3 * 86400), st.integers(0, 9 * 86400), st.integers(0, 800 * 86400)
)  # seconds


@st.composite
def histories(draw: st.DrawFn) -> list[Dated]:
    found = draw(st.lists(st.tuples(ages, st.booleans(), st.booleans()), max_size=40))
    return [
        Dated(pk, NOW - timedelta(seconds=age), stays and not refused, refused)
        for pk, (age, stays, refused) in enumerate(found)
    ]


def left(revisions: list[Dated], now: datetime) -> list[Dated]:
    gone = set(superfluous(revisions, now))
    return [each for each in revisions if each.pk not in gone]


@unhurried
@given(histories())
def test_first_published_latest_and_all_of_a_day_stay(revisions: list[Dated]) -> None:
    kept = left(revisions, NOW)
    must = [each for each in revisions if each.stays or NOW - each.made_at <= DAY]
    assert set(must) <= set(kept)
    for series in (True, False):
        own = [each for each in revisions if each.is_refused is series]
        assert not own or max(own, key=lambda each: (each.made_at, each.pk)) in kept


@unhurried
@given(histories(), st.integers(0, 500 * 24))
def test_thinning_often_leaves_the_same_as_thinning_once(
    revisions: list[Dated], hours: int
) -> None:
    later = NOW + timedelta(hours=hours)
    assert left(left(revisions, NOW), later) == left(revisions, later)


@unhurried
@given(histories())
def test_each_period_keeps_one_and_no_more(revisions: list[Dated]) -> None:
    kept = [each for each in left(revisions, NOW) if not each.is_refused]
    own = [each for each in revisions if not each.is_refused]
    for least, most, name in (
        (DAY, WEEK, "%Y%m%d%H"),
        (WEEK, YEAR, "%Y%m%d"),
        (YEAR, None, "%Y%m"),
    ):
        periods = [f"{each.made_at:{name}}" for each in own if within(each, least, most)]
        loose = [f"{e.made_at:{name}}" for e in kept if within(e, least, most) and not e.stays]
        found = {f"{each.made_at:{name}}" for each in kept if within(each, least, most)}
        assert found == set(periods)
        assert len(loose) == len(set(loose))


def within(each: Dated, least: timedelta, most: timedelta | None) -> bool:
    age = NOW - each.made_at
    return age > least and (most is None or age <= most)


@pytest.mark.django_db
def test_job_deletes_what_need_not_be_kept(article: Article) -> None:
    now = timezone.now()
    start = (now - timedelta(days=30)).replace(hour=3, minute=0)
    for number in range(10):
        article.revisions.create(
            origin="saved", title="T", body=str(number), made_at=start + timedelta(minutes=number)
        )
    assert sum(thin_revisions()) == 9
    assert [each.body for each in article.revisions.all()] == ["9"]
    assert sum(thin_revisions()) == 0
