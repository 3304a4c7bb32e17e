"""The names of settings: Django's, a library's, or prefixed and documented."""

import re
from pathlib import Path

from django.conf import global_settings, settings

from core import settings as module

DOCS = Path(settings.BASE_DIR, "docs")
# Read by Django, but without a default; then those that startproject writes or a library reads.
WITHOUT_DEFAULT = {"ROOT_URLCONF", "ASGI_APPLICATION", "SERIALIZATION_MODULES"}
OTHERS = {"BASE_DIR", "SECURE_CSP"}


def test_setting_of_this_site_is_prefixed():
    names = {name for name in dir(module) if name.isupper()} - {*dir(global_settings)}
    assert {
        name for name in names - WITHOUT_DEFAULT - OTHERS
        if not name.startswith(("INKPOOL_", "CACHALOT_"))
    } == set()  # fmt: skip


def test_docs_list_each_setting_of_this_site():
    own = {name for name in dir(module) if name.startswith("INKPOOL_")}
    for page in (DOCS / "configuration.md", DOCS / "zh-hans" / "configuration.md"):
        assert set(re.findall(r"`(INKPOOL_[A-Z_]+)`", page.read_text())) == own
