"""docs/take-the-pool.md, followed in a new project on the test's MariaDB."""

import pytest
from django.db import connections

from tests.core.mysql_pool.conftest import ON_MYSQL, database, server  # noqa: F401  (fixtures)
from tests.own_project import Project, lines_of, needed

MOST_LINES = 4038 // 2  # half of what core.mysql_pool and all that it imported had
TRY_POOL = "import shop.try_pool, shop.wsgi"
UNLIMITED = 'DATABASES["default"] |= {"OPTIONS": {}, "WORKER_OPTIONS": {}}\n'


@pytest.fixture
def project(server, tmp_path):  # noqa: F811
    made = Project(tmp_path, "take-the-pool.md")
    server("CREATE DATABASE taken_part")
    made.follow()
    made.add("shop/settings.py", on_the_tests_server())
    yield made
    server("DROP DATABASE taken_part")


def on_the_tests_server() -> str:
    """The lines of settings by which the page's entry leads to this server."""
    known = connections["default"].settings_dict
    account = {name: known[name] for name in ("USER", "PASSWORD", "HOST", "PORT")}
    place = {name: known["OPTIONS"][name] for name in known["OPTIONS"].keys() & {"unix_socket"}}
    entry = 'DATABASES["default"]'
    return f'{entry} |= {account} | {{"NAME": "taken_part"}}\n{entry}["OPTIONS"] |= {place}\n'


def test_pool_brings_at_most_half_of_the_lines_it_brought():
    assert lines_of(needed("core.mysql_pool")) <= MOST_LINES


@pytest.mark.skipif(not ON_MYSQL, reason="runs in the pass on MariaDB")
@pytest.mark.django_db(transaction=True)
def test_page_leads_to_a_pool_that_works_in_another_project(project):
    assert project.copied() == needed("core.mysql_pool")
    assert "no issues" in project.checked("--database default")
    answer = project.run(TRY_POOL)
    assert answer == "pool 'default': 0 of 6 in use, 6 idle, 0 waiting True\n"
    project.add("shop/settings.py", UNLIMITED)
    assert project.checked().count("core.W031") == 3
