import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def no_attempts_yet():
    """Sign-in attempts of other tests do not count."""
    cache.clear()
