"""What is timed, how a crowd is counted, and how a variant's process answers."""

import sys
import time

import pytest

from benchmarks.team import Variant, at_work, in_rounds
from benchmarks.timing import Operation, crowd, timed
from benchmarks.visit import USER, visit


def sleepy(nap: float = 0.01) -> dict:
    print("not an answer")
    return {"nap": Operation(lambda: time.sleep(nap)), "echo": lambda word: word}


def broken() -> dict:
    raise RuntimeError("no such server")


def test_preparing_is_not_timed():
    operation = Operation(lambda made: None, lambda: time.sleep(0.02))
    assert max(timed(operation, 3)) < 0.02


def test_only_preparing_leaves_the_call_out():
    calls = []
    timed(Operation(calls.append, lambda: "made"), 2, run=False)
    assert calls == []
    timed(Operation(calls.append, lambda: "made"), 2)
    assert calls == ["made", "made"]


def test_a_crowd_counts_each_request_and_each_error():
    turns = iter([1, 0, 1, 1, 0, 1])

    def request():
        time.sleep(0.01)
        1 / next(turns)

    seen = crowd(request, threads=3, times=2)
    assert len(seen["seconds"]) == 6 and min(seen["seconds"]) >= 0.01
    assert seen["errors"] == {"ZeroDivisionError": 2}
    assert seen["wall"] < sum(seen["seconds"])


class TestWorker:
    @pytest.fixture(autouse=True)
    def modules(self, monkeypatch):
        """Variants of this file, in place of those in benchmarks/."""
        monkeypatch.setattr("benchmarks.team.PACKAGE", "tests.benchmarks")

    def test_it_answers_orders_and_takes_no_print_for_an_answer(self):
        with at_work(Variant("naps", "test_timing", "sleepy"), {}) as worker:
            assert worker.microseconds("nap", times=3) >= 10_000
            assert worker.ask("echo", word="你好") == "你好"
        assert worker.process.returncode is not None

    def test_one_that_fails_is_named(self, capfd):
        with (
            pytest.raises(RuntimeError, match="'breaks'"),
            at_work(Variant("breaks", "test_timing", "broken"), {}),
        ):
            pass
        assert "no such server" in capfd.readouterr().err


class Named:
    """What in_rounds() needs of a worker."""

    def __init__(self, label: str) -> None:
        self.label = label


def test_each_round_begins_with_another_variant():
    order = []
    workers = [Named("a"), Named("b")]
    figures = in_rounds(3, workers, lambda each: order.append(each.label), lambda words: None)
    assert "".join(order) == "abbaab"
    assert {label: len(runs) for label, runs in figures.items()} == {"a": 3, "b": 3}


def test_a_variant_of_the_flask_side_has_its_own_python():
    assert str(Variant("x", "pool_django", "ours").python) == sys.executable
    assert ".venv-flask" in str(Variant("x", "pool_flask", "pooled").python)


class TestVisit:
    def answer(self, status: str, body: str):
        class Body(list):
            def close(self):
                self.closed = True

        made = Body([body.encode()])

        def application(environ, start_response):
            assert environ["HTTP_COOKIE"] == "a=b"
            start_response(status, [])
            return made

        return application, made

    def test_it_closes_the_answer(self):
        application, made = self.answer("200 OK", USER)
        visit(application, "/read", "a=b")
        assert made.closed

    def test_answer_to_another_user_is_an_error(self):
        application, _ = self.answer("302 Found", "")
        with pytest.raises(RuntimeError, match="/read: 302 Found"):
            visit(application, "/read", "a=b")
