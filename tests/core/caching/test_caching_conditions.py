"""Options that are asked in each call: unless, forced_update, is_stale."""

from core.caching import memoize


def test_unless_forced_update_and_is_stale_compute_again(counted):
    state = {"unless": False, "forced": False, "stale": False}

    @memoize(
        unless=lambda function, number: state["unless"] and function.__name__ == "ask",
        forced_update=lambda: state["forced"],
        is_stale=lambda value, number: state["stale"] and value < 3,
    )
    def ask(number):
        return counted()

    assert [ask(1), ask(1)] == [1, 1]
    state["unless"] = True
    assert ask(1) == 2
    state |= {"unless": False, "stale": True}
    assert [ask(1), ask(1)] == [3, 3]
    state |= {"forced": True}
    assert [ask(1), ask(1)] == [4, 5]
    state |= {"forced": False}
    assert ask(1) == 5


def test_options_are_called_with_the_arguments_they_take(counted):
    asked = []

    def all_of(*args, **kwargs):
        asked.append((args, kwargs))

    ask = memoize(unless=all_of, forced_update=all_of, is_stale=all_of)(lambda a, b=2: counted())
    ask(1)
    ask(1, b=2)
    assert [args[1:] for args, _ in asked[:1]] == [(1,)]  # the function, then the call
    assert asked[0][0][0] is asked[2][0][0] is ask.uncached
    assert asked[1:] == [((1,), {}), asked[2], ((1,), {"b": 2}), ((1, 1), {"b": 2})]
    asked.clear()
    none = memoize(unless=lambda: asked.append(()), forced_update=lambda *, x=1: asked.append(x))
    none(lambda a: counted())(1)
    assert asked == [(), 1]
