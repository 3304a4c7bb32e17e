"""The Chinese catalogue is complete, sound, and compiled."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

from tests.own_apps import OWN_APPS

ROOT = Path(__file__).resolve().parent.parent
PO = Path("core/locale/zh_Hans/LC_MESSAGES/django.po")
SOURCES = ["manage.py", *OWN_APPS, "templates"]
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|<[^>]+>")


@pytest.fixture(scope="module")
def catalogue():
    return polib.pofile(str(ROOT / PO))


def identities(catalogue):
    return {(entry.msgctxt, entry.msgid) for entry in catalogue if not entry.obsolete}


def test_nothing_is_untranslated_fuzzy_or_obsolete(catalogue):
    assert [entry.msgid for entry in catalogue.untranslated_entries()] == []
    assert [entry.msgid for entry in catalogue.fuzzy_entries()] == []
    assert [entry.msgid for entry in catalogue.obsolete_entries()] == []


def test_placeholders_and_tags_survive(catalogue):
    for entry in catalogue:
        text = entry.msgstr_plural.get(0) or entry.msgstr
        wanted = PLACEHOLDER.findall(entry.msgid_plural or entry.msgid)
        assert sorted(PLACEHOLDER.findall(text)) == sorted(wanted), entry.msgid


def test_the_compiled_file_is_fresh(catalogue):
    def pairs(entries):
        return {(e.msgctxt, e.msgid): e.msgstr or e.msgstr_plural[0] for e in entries if e.msgid}

    compiled = polib.mofile(str((ROOT / PO).with_suffix(".mo")))
    assert pairs(compiled) == pairs(catalogue)


def test_every_string_of_the_source_is_in_the_catalogue(catalogue, tmp_path):
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    command = [sys.executable, "manage.py", "makemessages", "-l", "zh_Hans", "--no-location"]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert identities(polib.pofile(str(tmp_path / PO))) == identities(catalogue)
