"""docs/take-g-and-sql.md, followed in a new project."""

import json

import pytest

from tests.taken_part import lines, modules
from tests.taken_project import Project

MOST_LINES = 2970 // 2  # half of what core.g, core.sql and all that they imported had
PAGE = "docs/take-g-and-sql.md"
ASK = (
    "from django.test import Client; client = Client(SERVER_NAME='localhost'); "
    "print(client.get('/', HTTP_X_VISITOR='Bob').content.decode())"
)


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(tmp_path)


def test_g_and_sql_bring_at_most_half_of_the_lines_they_brought():
    assert lines(modules("core.g", "core.sql")) <= MOST_LINES


def test_page_leads_to_g_and_sql_that_work_in_another_project(project):
    answers = project.follow(PAGE)
    assert project.modules() == modules("core.g", "core.sql")
    assert "no issues" in "".join(answers)
    answer = json.loads(project.run(f'python manage.py shell --verbosity 0 -c "{ASK}"'))
    assert answer["visitor"] == "Bob"
    assert [row["name"] for row in answer["rows"]] == ["0001_initial"]
    project.add("mysite/settings.py", "MIDDLEWARE.remove('core.g.request_globals')\n")
    assert "core.g.request_globals" in project.run("python manage.py check || true")
