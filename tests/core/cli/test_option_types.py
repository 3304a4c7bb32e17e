from argparse import ArgumentTypeError

import pytest

from core.cli.option_types import allowed

times = allowed(int, lambda number: number >= 1, "a whole number, at least 1")


def test_allowed_value_is_parsed():
    assert times("12") == 12


@pytest.mark.parametrize("text", ["0", "-1", "x", "", "1.5"])
def test_refusal_says_what_is_allowed(text: str):
    with pytest.raises(ArgumentTypeError) as refusal:
        times(text)
    assert str(refusal.value) == f"{text!r} is not allowed; give a whole number, at least 1."
