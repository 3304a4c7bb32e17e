"""The addresses of source files, from the setting or from the clone's origin on GitHub."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as site

from core.guide import documents
from core.guide.links import on_the_site
from core.guide.source_links import origin_on_github, source_link

CONFIG = '[core]\n\tbare = false\n[remote "origin"]\n\turl = {}\n\tfetch = +refs/heads/*\n'


@pytest.mark.parametrize(
    ("origin", "expected"),
    [
        ("https://github.com/team/inkpool.git", "https://github.com/team/inkpool"),
        ("https://github.com/team/inkpool", "https://github.com/team/inkpool"),
        ("git@github.com:team/inkpool.git", "https://github.com/team/inkpool"),
        ("ssh://git@github.com/team/inkpool.git", "https://github.com/team/inkpool"),
        ("https://user:secret@github.com/team/inkpool.git", None),
        ("/srv/git/inkpool.git", None),
        ("https://git.example/github.com/inkpool", None),
    ],
)
def test_origin_is_the_repository_on_github(tmp_path: Path, origin: str, expected: str | None):
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text(CONFIG.format(origin))
    assert origin_on_github(tmp_path) == expected


@pytest.mark.parametrize("git", ["nothing", "file"])
def test_project_that_is_no_clone_has_no_origin(tmp_path: Path, git: str):
    if git == "file":  # of a worktree
        (tmp_path / ".git").write_text("gitdir: /elsewhere\n")
    assert origin_on_github(tmp_path) is None


def test_setting_precedes_the_origin(settings: Any):
    settings.INKPOOL_SOURCE_URL = "https://git.example/team/inkpool"
    assert source_link("core/g.py") == "https://git.example/team/inkpool/blob/HEAD/core/g.py"


def test_file_without_a_known_repository_is_plain_text(tmp_path: Path, settings: Any):
    settings.INKPOOL_SOURCE_URL, settings.BASE_DIR = None, tmp_path
    assert (
        on_the_site('<a href="../core/g.py"><code>core/g.py</code></a>') == "<code>core/g.py</code>"
    )


@pytest.mark.parametrize("language", ["", "zh-hans/"])
@pytest.mark.django_db
def test_every_file_of_a_comparison_is_linked(client: Any, settings: Any, language: str):
    settings.INKPOOL_SOURCE_URL = "https://git.example/x"
    documents._page.cache_clear()  # pages that were rendered without links
    page = client.get(
        "/docs/flask-to-django/", headers={"accept-language": language.strip("/") or "en"}
    ).content.decode()
    source = (site.BASE_DIR / "docs" / language / "flask-to-django.md").read_text(encoding="utf-8")
    documents._page.cache_clear()
    words = "代码：" if language else "Here: "
    assert source.count(f"\n{words}[`") == 27
    assert page.count('href="https://git.example/x/blob/HEAD/') >= 27
    assert page.count(f"<p>{words.strip()} <code>") == 0
