"""django-cachalot 2.9.1 as shipped, and the site's own cache, in the same cases."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.private_servers import Services, short_folder
from deploy.processes import ROOT
from tests.http.conftest import redis_numbers
from tests.site import Site

pytestmark = [pytest.mark.http, pytest.mark.soak]
SOURCE = (ROOT / "tests/faults/cachalot_cases.py").read_text()
CASES = re.findall(r"\b\w+(?=,)", SOURCE.partition("CASES = [")[2].partition("]")[0])
STOCK = {"DJANGO_SETTINGS_MODULE": "tests.faults.stock_cachalot_settings"}


@pytest.fixture(scope="module")
def site(servers: Services) -> Iterator[Site]:
    with short_folder() as folder:
        environment = {
            "DATABASE_URL": servers.new_database(),
            "CACHE_URL": servers.redis_url(next(redis_numbers)),
            "PYTHONPATH": str(ROOT),
        }
        site = Site(folder, environment)
        assert site.manage("migrate", "-v0").returncode == 0
        yield site


def run(site: Site, case: str, boom: Path, **variables: str) -> str:
    variables["BOOM"] = str(boom)
    code = f"from tests.faults import cachalot_cases as all; all.begin(); print(all.{case}())"
    done = site.manage("shell", "-v0", "-c", code, **variables)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("case", CASES)
def test_here_it_is_fresh(site, case, tmp_path):
    assert run(site, case, tmp_path / "boom") == "fresh"


@pytest.mark.parametrize("case", CASES)
def test_there_it_is_not(site, case, tmp_path):
    assert run(site, case, tmp_path / "boom", **STOCK) == "stale"
