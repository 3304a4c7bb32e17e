"""Two release folders and a symlink: one site, whose workers know each other."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from deploy.private_servers import Services, short_folder
from deploy.processes import running, wait_until
from tests.http.conftest import stack
from tests.releases import inside, release
from tests.site import MAKE_PEOPLE, Site

pytestmark = pytest.mark.http
PUBLISH = """
from accounts.models import User
from articles.models import Article
alice = User.objects.get(username="alice_writes")
Article.objects.create(author=alice, title="{title}", body="x", status="published")
"""


class Release(Site):
    """The site as one release serves it, on a socket file of its own."""

    def __init__(self, folder: Path, code: Path, environment: dict[str, str]) -> None:
        super().__init__(folder, environment)
        self.code, self.socket = code, folder / f"{code.name}.sock"

    def manage(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(word) for word in inside(self.code, "manage.py", *words)],
            env=self.environment | variables,
            capture_output=True,
            text=True,
        )

    @contextmanager
    def serving(self) -> Iterator[None]:
        command = inside(self.code, "-m", *self._command("granian"))
        log = self.folder / f"{self.code.name}.log"
        with running(command, log, self.environment) as process:
            wait_until(self._connect, OSError, process, log)
            yield

    def pools(self) -> dict[str, Any]:
        """What pool_status says in this release."""
        done = self.manage("pool_status", "--json")
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def titles(self) -> str:
        with self.visitor() as visitor:
            return visitor.page("/").text


@pytest.fixture
def releases(servers: Services, static_files: None) -> Iterator[tuple[Release, Release, Path]]:
    """Both releases of one site, and the link that says which is the present one."""
    with short_folder() as folder:
        environment = {**stack(servers), "DJANGO_SECRET_KEY": "k" * 60}
        codes = [release(folder / "releases" / name) for name in ("1", "2")]
        one, two = (Release(folder, code, environment) for code in codes)
        (folder / "home").mkdir()
        assert one.manage("migrate", "-v0").returncode == 0
        one.shell(MAKE_PEOPLE)
        link = folder / "current"
        link.symlink_to(codes[0])
        yield one, two, link


def through(link: Path, at: Release) -> Release:
    """The present release, started in the folder of the link."""
    link.unlink()
    link.symlink_to(at.code)
    found = Release(at.folder, link, at.environment)
    found.socket = at.socket
    return found


def test_a_rolling_restart_is_one_site_all_along(releases):
    one, two, link = releases
    with ExitStack() as old:
        old.enter_context(through(link, one).serving())
        one.shell(PUBLISH.format(title="From the first"))
        assert "From the first" in one.titles()
        before = two.pools()
        assert (len(before["processes"]), before["foreign_processes"]) == (1, 0)
        with through(link, two).serving():
            assert "From the first" in two.titles()
            both = one.pools()
            assert (len(both["processes"]), both["foreign_processes"]) == (2, 0)
            assert "core.W004" not in two.manage("check").stderr
            one.shell(PUBLISH.format(title="While both run"))
            assert "While both run" in two.titles()  # of the other's memory nothing is stale
            assert "While both run" in one.titles()
            old.close()
            after = two.pools()
            assert len(after["processes"]) == 1
            (ended, total) = after["ended"][0], after["sum"][0]
            assert ended["borrowed"] >= before["sum"][0]["borrowed"] > 0
            assert total["borrowed"] >= ended["borrowed"]


def test_two_sites_on_databases_of_one_name_do_not_share_numbers(releases):
    one, two, _ = releases
    two.environment["DJANGO_SECRET_KEY"] = "another-key-" * 5
    with one.serving():
        found = two.pools()
    assert (found["processes"], found["foreign_processes"]) == ([], 1)


def test_a_run_dir_inside_a_release_is_warned_of(releases):
    one, two, link = releases
    (line,) = [
        line
        for line in one.manage("check", RUN_DIR=str(one.code / ".run")).stderr.splitlines()
        if "core.W051" in line
    ]
    assert str(link) in line
    assert "core.W051" not in one.manage("check").stderr
    assert "core.W051" not in two.manage("check", RUN_DIR=str(two.code / ".run")).stderr
