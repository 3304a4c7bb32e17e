"""docs/take-the-pool.md, followed in a new project on the test's MariaDB."""

import pytest
from django.db import connections

from tests.core.mysql_pool.conftest import ON_MYSQL, database, server  # noqa: F401  (fixtures)
from tests.taken_part import lines, modules
from tests.taken_project import Project

MOST_LINES = 4038 // 2  # half of what core.mysql_pool and all that it imported had
PAGE = "docs/take-the-pool.md"
UNLIMITED = 'DATABASES["default"] |= {"OPTIONS": {}, "WORKER_OPTIONS": {}}\n'


@pytest.fixture
def project(server, tmp_path):  # noqa: F811
    made = Project(tmp_path)
    server("CREATE DATABASE taken_part")
    answers = made.follow(PAGE)
    assert "".join(answers) == ""
    made.add("mysite/settings.py", on_the_tests_server())
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
    assert lines(modules("core.mysql_pool")) <= MOST_LINES


@pytest.mark.skipif(not ON_MYSQL, reason="runs in the pass on MariaDB")
@pytest.mark.django_db(transaction=True)
def test_page_leads_to_a_pool_that_works_in_another_project(project):
    assert project.modules() == modules("core.mysql_pool")
    assert "no issues" in project.run("python manage.py check --database default")
    script = "import django; django.setup(); import mysite.try_pool, mysite.wsgi"
    answer = project.run(f'DJANGO_SETTINGS_MODULE=mysite.settings python -c "{script}"')
    assert answer == "pool 'default': 0 of 6 in use, 6 idle, 0 waiting True\n"
    project.add("mysite/settings.py", UNLIMITED)
    assert project.run("python manage.py check 2>&1").count("core.W031") == 3
