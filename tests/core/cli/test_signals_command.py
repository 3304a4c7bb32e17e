"""manage.py signals: every signal, its receivers, and where each of them is defined."""

import json
import os
import re
import subprocess
import sys
from functools import partial
from io import StringIO
from pathlib import Path
from signal import SIGPIPE
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.core.signals import request_started
from django.dispatch import Signal

from core.cli import signal_inspector
from deploy.processes import ROOT


def told(*args: str) -> str:
    out = StringIO()
    call_command("signals", *args, stdout=out)
    return out.getvalue()


def found() -> dict[str, list[dict]]:
    return {each["signal"]: each["receivers"] for each in json.loads(told("--json"))}


def test_signals_of_django_and_of_the_site_are_listed():
    names = set(found())
    assert {
        "core.signals.session_started",
        "core.signals.template_rendered",
        "core.signals.message_flashed",
        "django.core.signals.request_started",
        "django.core.signals.request_finished",
        "django.core.signals.got_request_exception",
        "django.db.models.signals.pre_save",
        "django.db.models.signals.post_migrate",
        "django.db.backends.signals.connection_created",
        "django.contrib.auth.signals.user_logged_in",
    } <= names


def test_each_of_core_signals_is_listed():
    own = {
        name for name, value in vars(sys.modules["core.signals"]).items() if type(value) is Signal
    }
    assert {f"core.signals.{name}" for name in own} <= set(found())


def test_a_receiver_is_named_with_its_sender_and_the_line_that_defines_it():
    (before_delete,) = found()["django.db.models.signals.pre_delete"]
    assert before_delete["name"] == "accounts.devices.before_user_delete"
    assert before_delete["sender"] == "accounts.models.user.User"
    assert line_of(before_delete["place"]).startswith("def before_user_delete(")


def test_each_receiver_of_this_site_is_listed_with_its_line():
    places = [
        each["place"]
        for heard in found().values()
        for each in heard
        if each["name"].startswith(("core.", "accounts.", "articles."))
    ]
    assert len(places) >= 8
    for place in places:
        assert re.match(r"(async )?def |@", line_of(place)), place


def line_of(place: str) -> str:
    module, _, number = place.partition(":")
    return (
        Path(sys.modules[module].__file__ or "")
        .read_text(encoding="utf-8")
        .splitlines()[int(number) - 1]
        .strip()
    )


def test_each_kind_of_receiver_is_named_with_its_function():
    class Called:
        def __call__(self, **kwargs):
            return None

        @classmethod
        def of_class(cls, **kwargs):
            return None

    def nested(**kwargs):
        return None

    called, held, signal = Called(), partial(nested, word="ink"), Signal()
    kinds = {
        nested: nested,
        called: Called.__call__,
        held: nested,
        Called.of_class: Called.of_class,
    }
    for each in (*kinds, print):
        signal.connect(each)
    *listed, of_c = signal_inspector.receivers(signal)
    assert [(each.name, each.place) for each in listed] == [*map(defined, kinds.values())]
    assert (of_c.name, of_c.place) == ("builtins.print", "")
    # Else the collector finds class, method and signal at once, and a callback of weakref's own,
    # of a WeakMethod that is gone, fails in whichever test is running then.
    assert signal.disconnect(Called.of_class)


def defined(function: Any) -> tuple[str, str]:
    line = function.__code__.co_firstlineno
    return f"{__name__}.{function.__qualname__}", f"{__name__}:{line}"


def test_a_sender_is_named_where_it_is_a_class_a_function_or_an_app():
    signal, config = Signal(), apps.get_app_config("core")
    for sender in ("ink", Path, defined, config, None):
        signal.connect(defined, sender=sender)
    named = [each.sender for each in signal_inspector.receivers(signal)]
    assert named == ["?", "pathlib.Path", f"{__name__}.defined", "core.apps.CoreConfig", ""]


def test_collected_receiver_is_not_listed():
    signal = Signal()
    signal.connect(lambda **kwargs: None)
    assert signal_inspector.receivers(signal) == []


def test_each_receiver_is_a_line_in_a_pipe():
    lines = told("got_request_exception").splitlines()
    assert lines[0].split("\t")[:2] == [
        "django.core.signals.got_request_exception",
        "core.g.note_exception",
    ]
    assert {len(line.split("\t")) for line in told().splitlines()} == {4}


def test_heard_lists_signals_with_a_receiver_only():
    assert "message_flashed" in told()
    assert "message_flashed" not in told("--heard")


def test_word_in_no_signal_name_is_refused():
    with pytest.raises(CommandError, match="“nothing”"):
        told("nothing")


def test_listing_sends_nothing_and_changes_nothing():
    before = list(request_started.receivers)
    told()
    assert request_started.receivers == before


def test_table_is_printed_on_a_terminal():
    pexpect = pytest.importorskip("pexpect")
    child = pexpect.spawn(
        sys.executable,
        ["manage.py", "signals", "user_logged_in"],
        cwd=ROOT,
        encoding="utf-8",
        timeout=60,
        dimensions=(40, 200),
    )
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert "┃" in child.before
    assert "accounts." in child.before


@pytest.mark.parametrize("words", [["signals"], ["custom", "123"]])
def test_closed_pipe_ends_the_command_silently(words):
    """As `… | head -0` does, and `… | head` when there is more."""
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "manage.py", *words]
    done = subprocess.run(command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    assert (done.returncode, done.stderr) == (128 + SIGPIPE, b"")


def test_in_a_real_pipe_there_are_no_control_characters():
    command = [sys.executable, "manage.py", "signals", "--heard"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
