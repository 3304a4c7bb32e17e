"""A server does not start on static files that some page would miss, and says which."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from core.startup.static_files import own, uncollected

DEBUG = "django.contrib.staticfiles.storage.StaticFilesStorage"
PRODUCTION = "core.backends.static_storage.ModuleStaticFilesStorage"


@pytest.fixture
def collect(settings: Any, tmp_path: Path) -> Callable[..., None]:
    """`collect(DEBUG)` as in a shell without the site's environment; the site is in production."""
    settings.STATIC_ROOT = tmp_path
    stores = settings.STORAGES

    def collect(backend: str = "") -> None:
        if backend:
            settings.STORAGES = stores | {"staticfiles": {"BACKEND": backend}}
            call_command("collectstatic", interactive=False, verbosity=0)
        settings.STORAGES = stores | {"staticfiles": {"BACKEND": PRODUCTION}}

    return collect


def test_files_that_were_collected_with_debug_ask_for_the_servers_environment(
    collect: Callable[..., None],
) -> None:
    collect(DEBUG)
    reason = uncollected()
    assert "have no manifest" in reason
    assert "collected with debug" in reason
    assert "DJANGO_SECRET_KEY" in reason
    collect(PRODUCTION)
    assert uncollected() == ""


def test_a_new_file_that_was_collected_with_debug_asks_for_it_too(
    collect: Callable[..., None], tmp_path: Path
) -> None:
    """The manifest is of the release before."""
    collect(DEBUG)
    manifest = {name: "staticfiles.json" for name in own() if name != "inkpool/forms.js"}
    (tmp_path / "staticfiles.json").write_text(json.dumps({"version": "1.1", "paths": manifest}))
    collect()
    reason = uncollected()
    assert "inkpool/forms.js is missing in the manifest" in reason
    assert "collected with debug" in reason
    (tmp_path / "inkpool" / "forms.js").unlink()
    assert "collected with debug" not in uncollected()


def test_a_deleted_file_of_the_manifest_is_named_and_collected_again(
    collect: Callable[..., None], tmp_path: Path
) -> None:
    collect(PRODUCTION)
    (styles,) = tmp_path.glob("inkpool/site.????????????.css")
    styles.unlink()
    assert f"not whole: inkpool/{styles.name} is missing" in uncollected()
    collect(PRODUCTION)
    assert (uncollected(), styles.is_file()) == ("", True)


def test_modules_import_each_other_by_names_with_hashes(
    collect: Callable[..., None], tmp_path: Path
) -> None:
    collect(PRODUCTION)
    manifest = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    editor = (tmp_path / manifest["inkpool/editor/autosave.js"]).read_text()
    imported = Path(manifest["inkpool/editor/form_text.js"]).name
    assert f'from "./{imported}"' in editor


@pytest.mark.parametrize(
    "manifest",
    [
        "[]",
        "null",
        '"a.css"',
        '{"version": "1.1", "paths": null}',
        '{"version": "1.1", "paths": ["a.css"]}',
        '{"version": "1.1", "paths": {"a.css": null}}',
        '{"version": "1.1", "paths": {"a.css": {"b": 1}}}',
    ],
)
def test_a_manifest_of_another_shape_is_named(
    collect: Callable[..., None], tmp_path: Path, manifest: str
) -> None:
    (tmp_path / "staticfiles.json").write_text(manifest)
    collect()
    assert uncollected() == (
        f"{tmp_path / 'staticfiles.json'} cannot be used: it is no manifest of static files."
    )
