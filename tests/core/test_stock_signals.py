"""Django's own signals behave as docs/signals.md says."""

import gc

import pytest
from django.db import transaction
from django.dispatch import Signal
from django.utils.inspect import _get_func_parameters


def test_a_receiver_runs_in_the_senders_call():
    signal, order = Signal(), []

    def receiver(**kwargs):
        order.append("received")

    signal.connect(receiver)
    signal.send(None)
    order.append("sent")
    assert order == ["received", "sent"]


def test_receivers_are_held_weakly_and_called_once():
    signal = Signal()

    def connect():
        def receiver(**kwargs):
            return "heard"

        signal.connect(receiver)
        signal.connect(receiver)
        return receiver

    kept = connect()
    assert [answer for _, answer in signal.send(None)] == ["heard"]
    del kept
    gc.collect()
    assert signal.send(None) == []


def test_with_debug_on_a_nested_receiver_is_kept(settings):
    """A receiver that is gone in production is still called in development."""
    settings.DEBUG, signal = True, Signal()

    def connect():
        def receiver(**kwargs):
            return "heard"

        signal.connect(receiver)

    connect()
    gc.collect()
    assert [answer for _, answer in signal.send(None)] == ["heard"]
    _get_func_parameters.cache_clear()
    assert signal.send(None) == []


def test_send_lets_an_exception_through_and_send_robust_returns_it():
    signal = Signal()

    def fail(**kwargs):
        raise ValueError("on purpose")

    signal.connect(fail)
    with pytest.raises(ValueError, match="on purpose"):
        signal.send(None)
    ((_, answer),) = signal.send_robust(None)
    assert isinstance(answer, ValueError)


def test_the_notes_receiver_fails_because_the_sender_is_no_positional_argument():
    signal = Signal()

    def func(*args, **kwargs):
        print(args[0])

    signal.connect(func)
    with pytest.raises(IndexError):
        signal.send("app")


@pytest.mark.django_db(transaction=True)
def test_on_commit_effect_waits_for_the_commit():
    signal, done = Signal(), []

    def receiver(**kwargs):
        transaction.on_commit(lambda: done.append(kwargs["pk"]))

    signal.connect(receiver)
    with transaction.atomic():
        signal.send(None, pk=7)
        assert done == []
    assert done == [7]
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        signal.send(None, pk=1 / 0)
    assert done == [7]
