"""What templates are given to ask."""

from datetime import timedelta

import pytest
from django.utils import timezone
from django.utils.translation import override

from core.templatetags.pages import ago


@pytest.mark.parametrize(
    ("passed", "english", "chinese"),
    [
        (timedelta(seconds=-5), "just now", "刚刚"),  # another server's clock
        (timedelta(seconds=59), "just now", "刚刚"),
        (timedelta(minutes=1, seconds=1), "1\xa0minute ago", "1\xa0分钟前"),
        (timedelta(hours=3, minutes=59), "3\xa0hours ago", "3\xa0小时前"),
        (timedelta(days=400), "1\xa0year ago", "1\xa0年前"),
    ],
)
def test_a_time_is_told_as_one_says_it(passed, english, chinese):
    moment = timezone.now() - passed
    assert ago(moment) == english
    with override("zh-hans"):
        assert ago(moment) == chinese
