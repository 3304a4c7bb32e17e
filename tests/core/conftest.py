import pytest

from tests.core.page_cache.cached_site import Site


@pytest.fixture
def site() -> Site:
    return Site()
