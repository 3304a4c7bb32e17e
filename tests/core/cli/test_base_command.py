"""The help of this site's commands: in the reader's language, with the lines it is written in."""

import re

import pytest
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.utils.translation import gettext_lazy, override

from core.cli.base_command import SiteCommand
from tests.own_apps import own_commands

CHINESE = re.compile("[\u4e00-\u9fff]")
OWN = [name for name in own_commands() if name != "runserver"]  # which is Django's, with its help


class Translated(SiteCommand):
    help = gettext_lazy("Save")


@pytest.mark.parametrize(("language", "shown"), [("en", "\nSave\n"), ("zh-hans", "\n保存\n")])
def test_help_is_in_the_language_that_is_active_when_it_is_printed(language, shown):
    with override(language):
        assert shown in Translated().create_parser("manage.py", "translated").format_help()


def test_help_keeps_its_line_breaks():
    command = SiteCommand()
    command.help = "One.\nTwo."
    assert "\nOne.\nTwo.\n" in command.create_parser("manage.py", "lines").format_help()


@pytest.mark.parametrize("name", OWN)
def test_each_command_and_its_options_are_described_in_chinese(name):
    command = load_command_class(get_commands()[name], name)
    standard = {action.dest for action in BaseCommand().create_parser("", "")._actions}
    with override("zh-hans"):
        parser = command.create_parser("manage.py", name)
    texts = [parser.description]
    texts += [action.help for action in parser._actions if action.dest not in standard]
    assert [text for text in texts if not CHINESE.search(text)] == []


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_each_help_shows_its_lines_and_fits_a_terminal(name, language):
    command = load_command_class(get_commands()[name], name)
    with override(language):
        text = command.create_parser("manage.py", name).format_help()
    assert command.help.strip() in text
    assert max(len(line.encode("gbk")) for line in command.help.splitlines()) <= 100
