"""docs/take-g-and-sql.md, followed in a new project."""

import json

import pytest

from tests.own_project import Project, lines_of, needed

MOST_LINES = 2970 // 2  # half of what core.g, core.sql and all that they imported had
PARTS = needed("core.g", "core.sql")
ASK = """
from django.test import Client
client = Client(SERVER_NAME="localhost")
print(client.get("/", HTTP_X_VISITOR="Bob").content.decode())
"""


@pytest.fixture
def project(tmp_path) -> Project:
    return Project(tmp_path, "take-g-and-sql.md")


def test_g_and_sql_bring_at_most_half_of_the_lines_they_brought():
    assert lines_of(PARTS) <= MOST_LINES


def test_page_leads_to_g_and_sql_that_work_in_another_project(project):
    assert "no issues" in project.follow()
    assert project.copied() == PARTS
    answer = json.loads(project.run(ASK))
    assert answer["visitor"] == "Bob"
    assert [row["name"] for row in answer["rows"]] == ["0001_initial"]
    project.add("shop/settings.py", "MIDDLEWARE.remove('core.g.request_globals')\n")
    assert "core.g.request_globals" in project.checked()
