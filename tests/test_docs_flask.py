"""The 27 rows of docs/flask-to-django.md name existing files, commands and addresses."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest
from django.conf import settings
from django.core.management import get_commands
from django.test import Client
from django.urls import Resolver404, resolve

from tests.factories import make_user

ROOT = Path(settings.BASE_DIR)
PAGES = {"en": "docs/flask-to-django.md", "zh-hans": "docs/zh-hans/flask-to-django.md"}
WORDS = {"en": ("Here: ", "Try: "), "zh-hans": ("代码：", "试一试：")}


class Row(NamedTuple):
    language: str
    number: int
    flask: str
    here: str
    trial: str

    def __repr__(self) -> str:
        return f"{self.language}-{self.number}"


def rows(language: str) -> list[Row]:
    text = (ROOT / PAGES[language]).read_text(encoding="utf-8")
    here, trial = WORDS[language]
    form = rf"^### (\d+)\. (.+?) → .+?^{here}(.+?) · {trial}(.+?)\n(?=\n|\Z)"
    return [
        Row(language, int(found[0]), *found[1:])
        for found in re.findall(form, text, re.MULTILINE | re.DOTALL)
    ]


LANGUAGES = [language for language, page in PAGES.items() if (ROOT / page).exists()]
ROWS = [row for language in LANGUAGES for row in rows(language)]


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_27_rows(language: str):
    assert [row.number for row in rows(language)] == list(range(1, 28))


def test_both_languages_name_the_same_files_and_commands():
    for english, other in zip(rows("en"), rows("zh-hans"), strict=True):
        assert code(english.here) == code(other.here)
        assert sorted(code(english.trial)) == sorted(code(other.trial))


@pytest.mark.parametrize("row", ROWS, ids=repr)
def test_files_of_every_row_exist(row: Row):
    files = code(row.here)
    assert files
    assert [file for file in files if not (ROOT / file).exists()] == []


@pytest.mark.django_db
@pytest.mark.parametrize("row", ROWS, ids=repr)
def test_suggested_trial_of_every_row_works(row: Row, client: Client):
    tried = 0
    client.force_login(make_user("dana_staff", is_staff=True))
    for word in code(row.trial):
        if found := re.search(r"manage\.py ([a-z_]+)", word):
            assert found[1] in get_commands()
            tried += 1
        elif word.startswith("make "):
            assert re.search(rf"^{word[5:]}:", (ROOT / "Makefile").read_text(), re.MULTILINE)
            tried += 1
        elif found := re.match(r"(?:curl .*127\.0\.0\.1:8000)?(/[^ ]*)$", word):
            assert opens(client, found[1]), word
            tried += 1
    assert tried


def opens(client: Client, path: str) -> bool:
    if path == "/nothing":  # the row about 404
        return True
    try:
        resolve(path)
    except Resolver404:
        return False
    return client.get(path).status_code in {200, 302}


def code(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)
