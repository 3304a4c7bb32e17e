import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import fold


@pytest.mark.parametrize(
    "name", ["writer1", "WRITER1", "wríter1", "Ｗｒｉｔｅｒ１", "WRI\u0301TER1"]
)
def test_names_a_reader_takes_for_one_fold_alike(name):
    assert fold(name) == "writer1"


def test_different_names_stay_different():
    assert len({fold(name) for name in ("缓存", "緩存", "strasse", "writer1", "c++", "c#")}) == 6


@given(st.text())
def test_folding_twice_changes_nothing(name):
    assert fold(fold(name)) == fold(name)
