"""The part of a text that the search page shows around the words of a query."""

import time
from collections.abc import Callable

from articles.search.search_excerpts import SEARCHED, excerpt, marked
from articles.search.search_query import parse_query
from articles.search.search_tokens import fold_text

ENGLISH = "Some pool of words. " + "word " * (SEARCHED // 5)


def seconds_for(call: Callable[[], object]) -> float:
    """Processor time of the fastest of three calls."""
    times = []
    for _ in range(3):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


def test_excerpt_of_a_long_text_costs_little_more_than_comparing_it():
    words = parse_query("pool").words
    comparing = seconds_for(lambda: fold_text(ENGLISH[:SEARCHED]))
    assert seconds_for(lambda: excerpt(ENGLISH, words)) < 8 * comparing
    missing = parse_query("missing").words
    assert seconds_for(lambda: excerpt(ENGLISH, missing)) < 4 * comparing


def test_excerpt_shows_the_first_word_and_marks_all_that_it_shows():
    text = "x " * 300 + "a pool, and ㌔ pools, a Ｐｏｏｌ & <b>. " + "y " * 300
    found = str(excerpt(text, parse_query("pool").words))
    assert found.startswith("… x ") and found.endswith("y …")
    assert "a <mark>pool</mark>, and ㌔ pools, a <mark>Ｐｏｏｌ</mark> &amp; &lt;b&gt;." in found
    assert excerpt(text, parse_query("missing").words) is None


def test_two_words_within_one_sign_are_marked_once():
    assert marked("a ㍿ b", parse_query("株式 会社").words) == "a <mark>㍿</mark> b"
