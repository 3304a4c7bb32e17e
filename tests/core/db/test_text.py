import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.db.text import fold, is_blank, printable


@pytest.mark.parametrize(
    "name", ["writer1", "WRITER1", "wríter1", "Ｗｒｉｔｅｒ１", "WRI\u0301TER1"]
)
def test_names_that_look_alike_fold_alike(name):
    assert fold(name) == "writer1"


def test_different_names_stay_different():
    assert len({fold(name) for name in ("缓存", "緩存", "strasse", "writer1", "c++", "c#")}) == 6


@given(st.text())
def test_folding_twice_changes_nothing(name):
    assert fold(fold(name)) == fold(name)


@pytest.mark.parametrize(
    ("one", "other"), [("ガード", "カード"), ("й", "и"), ("缓存", "緩存"), ("ñandú", "ñandu2")]
)
def test_mark_that_makes_another_letter_stays(one, other):
    assert fold(one) != fold(other)


@pytest.mark.parametrize("hidden", ["\u200b", "\u00ad", "\u200d", " "])
def test_invisible_characters_are_ignored(hidden):
    assert fold(f"writer1{hidden}") == "writer1"


def test_xml_gets_no_character_it_forbids():
    assert printable("a\x08\x1b\x0c\ufffe\ud800b\t\n缓🙂") == "ab\t\n缓🙂"


@pytest.mark.parametrize(
    "text", ["", " \t\n", "\u200b\u2060", "\u3164", "\u2800 ", "\u0301", "\ue000"]
)
def test_text_without_ink_is_blank(text):
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "缓", " . ", "🙂", "\u200bx"])
def test_text_with_ink_is_not_blank(text):
    assert not is_blank(text)
