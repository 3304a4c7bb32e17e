"""g as an object: its names, its methods, and contexts outside of requests."""

import threading
from contextvars import copy_context
from functools import partial

import pytest

from core.g import OUTSIDE, context, g


def test_values_are_set_and_read_as_in_flask():
    with context():
        assert "name" not in g
        g.name = "lqz"
        assert (g.name, g.get("name"), g.get("other"), g.get("other", 1)) == ("lqz", "lqz", None, 1)
        assert "name" in g
        assert g.setdefault("name", "other") == "lqz"
        assert g.setdefault("age", 18) == 18
        assert list(g) == ["name", "age"]
        assert repr(g) == "<g: name, age>"
        assert g.pop("age") == 18
        assert g.pop("age", None) is None
        del g.name
        assert list(g) == []


def test_missing_name_is_named_in_the_error():
    with context():
        with pytest.raises(AttributeError, match="'name'"):
            _ = g.name
        with pytest.raises(AttributeError, match="'name'"):
            del g.name
        with pytest.raises(KeyError):
            g.pop("name")


def test_method_name_of_g_is_refused():
    with context(), pytest.raises(AttributeError, match="use another name"):
        g.pop = 1


@pytest.mark.parametrize(
    "use",
    [
        lambda: g.name,
        lambda: setattr(g, "name", 1),
        lambda: delattr(g, "name"),
        lambda: g.get("name"),
        lambda: g.pop("name", None),
        lambda: g.setdefault("name"),
        lambda: "name" in g,
        lambda: list(g),
    ],
)
def test_use_outside_a_request_names_the_remedy(use):
    with pytest.raises(RuntimeError) as caught:
        use()
    assert str(caught.value) == OUTSIDE
    assert "with core.g.context():" in OUTSIDE


def test_g_is_false_outside_a_request():
    assert not g
    assert repr(g) == "<g: no request>"
    assert not hasattr(g, "__wrapped__")
    with context():
        assert g


def test_special_name_can_be_set():
    with context():
        g.__seen__ = 1
        assert (g.__seen__, list(g)) == (1, ["__seen__"])
        del g.__seen__
        assert not hasattr(g, "__seen__")


def test_attribute_of_every_object_is_refused():
    with context():
        for name in ("__class__", "__doc__", "__slots__", "pop"):
            with pytest.raises(AttributeError, match="use another name"):
                setattr(g, name, 1)
            with pytest.raises(AttributeError, match="use another name"):
                g.setdefault(name, 1)
        assert list(g) == []


def test_nested_context_is_empty():
    with context():
        g.name = "outer"
        with context():
            assert "name" not in g
        assert g.name == "outer"
    assert not g


def test_context_ends_with_an_exception():
    with pytest.raises(ZeroDivisionError), context():
        g.name = 1 / 0
    assert not g


def test_thread_sees_g_only_with_a_copied_context():
    found = []

    def look():
        found.append(g.name if g else None)

    with context():
        g.name = "lqz"
        for target in (look, partial(copy_context().run, look)):
            thread = threading.Thread(target=target)
            thread.start()
            thread.join()
    assert found == [None, "lqz"]


def test_copied_context_is_outside_after_the_request():
    with context():
        g.name = "lqz"
        kept = copy_context()
    with pytest.raises(RuntimeError):
        kept.run(lambda: g.name)
