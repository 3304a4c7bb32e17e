"""The command startapp: what it writes, which names it refuses, and that it never writes half."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import override_settings

from core.cli.app_skeleton import PLACES
from deploy.processes import ROOT
from tests.own_apps import OWN_APPS

NAME = "my_visits"


@pytest.fixture
def site(tmp_path: Path):
    """A folder with the four files that get a line."""
    for place in PLACES:
        path = tmp_path / place.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((ROOT / place.path).read_bytes())
    with override_settings(BASE_DIR=tmp_path):
        yield tmp_path


def content(site: Path) -> dict[str, str]:
    return {str(path.relative_to(site)): path.read_text() for path in site.rglob("*.*")}


def test_files_and_lines_have_the_name_of_the_app(site: Path, capsys):
    before = content(site)
    call_command("startapp", NAME)
    after = content(site)
    new = sorted(after.keys() - before.keys())
    assert capsys.readouterr().out.split() == [*new, *(place.path for place in PLACES)]
    assert "class MyVisitsConfig(AppConfig):" in after["my_visits/apps.py"]
    assert "<h1>My visits</h1>" in after["templates/my_visits/index.html"]
    assert not any("APP_NAME" in each or "APP_TITLE" in each for each in after.values())
    added = {
        name: set(after[name].splitlines()) - set(before[name].splitlines()) for name in before
    }
    assert added == {
        "core/settings.py": {'    "my_visits",'},
        "core/urls.py": {'    path("my_visits/", include("my_visits.urls")),'},
        "docs/architecture.md": {"| `my_visits/` | the pages below `/my_visits/` | `page_cache` |"},
        "docs/zh-hans/architecture.md": {
            "| `my_visits/` | `/my_visits/` 下的页面 | `page_cache` |"
        },
    }


def test_second_app_stands_behind_the_first(site: Path):
    call_command("startapp", NAME)
    call_command("startapp", "more_visits")
    installed = '    "my_visits",\n    "more_visits",\n'
    assert installed in (site / "core/settings.py").read_text()


@pytest.mark.parametrize(
    ("name", "holder"),
    [
        ("auth", "an installed app has it as its label"),
        (NAME, "my_visits exists"),
        ("visits", "tests/visits exists"),
        ("json", "Python or a package has a module of this name"),
        ("about", "/about/ is a page of the site"),
        ("static", "/static/ is a page of the site"),
        *[(app, "an installed app has it as its label") for app in OWN_APPS],
    ],
)
def test_taken_name_is_refused_with_its_holder(site: Path, name: str, holder: str):
    (site / NAME).mkdir()
    (site / "tests/visits").mkdir(parents=True)
    before = content(site)
    with pytest.raises(CommandError, match=f"The name {name} is taken: {holder}. Give another"):
        call_command("startapp", name)
    assert content(site) == before


@pytest.mark.parametrize("name", ["", "Visits", "2visits", "my-visits", "访问", "class", "v" * 31])
def test_name_that_no_app_may_have_is_refused(site: Path, name: str):
    with pytest.raises(CommandError, match="is not allowed; give a lower-case letter"):
        call_command("startapp", name)


def test_file_without_a_place_for_the_line_is_named(site: Path):
    (site / "core/urls.py").write_text("urlpatterns = []\n")
    before = content(site)
    with pytest.raises(CommandError, match=r"core/urls.py is not as in a checkout"):
        call_command("startapp", NAME)
    assert content(site) == before


def test_nothing_is_written_if_one_file_cannot_be(site: Path):
    (site / "tests").write_text("a file where a folder should be")
    before = content(site)
    with pytest.raises(CommandError, match=r"Nothing was written: .*tests"):
        call_command("startapp", NAME)
    assert content(site) == before
    assert not (site / NAME).exists()


def test_app_is_made_from_another_template(site: Path, tmp_path_factory: pytest.TempPathFactory):
    template = tmp_path_factory.mktemp("template")
    with pytest.raises(CommandError, match="has no file that ends with -tpl"):
        call_command("startapp", NAME, template=template)
    (template / "APP_NAME").mkdir()
    (template / "APP_NAME/models.py-tpl").write_text("class AppName: ...\n")
    call_command("startapp", NAME, template=template)
    assert (site / NAME / "models.py").read_text() == "class MyVisits: ...\n"
