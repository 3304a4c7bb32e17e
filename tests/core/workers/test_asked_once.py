"""A slow question that many requests want answered, and one thread asks."""

import math
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.workers import asked_once, worker_threads
from core.workers.asked_once import AskedOnce, answers
from core.workers.worker_threads import Worker

UNANSWERED = "nobody knows"


class Question:
    """Answers with the number of times it was asked, once it may."""

    def __init__(self) -> None:
        self.may_answer, self.asked = threading.Event(), 0

    def __call__(self) -> str:
        self.asked += 1
        number = self.asked
        assert self.may_answer.wait(20)
        return f"answer {number}"


@pytest.fixture
def worker(monkeypatch) -> Worker:
    worker = Worker()
    monkeypatch.setattr(asked_once, "worker", worker)
    return worker


@pytest.fixture
def question():
    question = Question()
    yield question
    question.may_answer.set()


def test_those_who_come_meanwhile_get_the_same_answer(question, worker):
    ask = AskedOnce(question, UNANSWERED)
    with ThreadPoolExecutor(5) as executor:
        answers = [executor.submit(ask) for _ in range(5)]
        while len(worker._waits()) < 5:
            time.sleep(0.001)
        question.may_answer.set()
    assert {answer.result() for answer in answers} == {"answer 1"}
    assert ask() == "answer 2"


def test_request_whose_thread_is_needed_gets_the_last_known_answer(question, worker, monkeypatch):
    monkeypatch.setattr(worker_threads, "STALL", 0.01)
    ask = AskedOnce(question, UNANSWERED)
    question.may_answer.set()
    assert ask() == "answer 1"
    question.may_answer.clear()
    worker.threads, worker.moved = 1, time.monotonic()
    assert [ask() for _ in range(3)] == ["answer 1"] * 3
    assert question.asked == 2  # one question is under way, for all of them


@pytest.mark.parametrize("moved", [0.0, math.inf])
def test_thread_is_given_back_whether_the_database_moves_or_is_no_pool(
    question, worker, monkeypatch, moved
):
    """What is asked may be a Redis that is frozen."""
    monkeypatch.setattr(worker_threads, "STALL", 0.01)
    worker.threads, worker.moved = 1, moved
    begun = time.monotonic()
    assert AskedOnce(question, UNANSWERED)() == UNANSWERED
    assert time.monotonic() - begun < asked_once.PATIENCE


def test_question_without_a_thread_of_its_own_is_asked_by_the_request(question, monkeypatch):
    """As is the next one, so nothing is stuck."""
    ask = AskedOnce(question, UNANSWERED)
    question.may_answer.set()

    def refuse(thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", refuse)
        assert [ask(), ask()] == ["answer 1", "answer 2"]
    assert ask() == "answer 3"


def test_several_questions_are_asked_at_the_same_time():
    meeting = threading.Barrier(2, timeout=20)
    first, second = (AskedOnce(lambda: meeting.wait() >= 0, False) for _ in range(2))
    assert answers(first, second) == [True, True]


def test_nobody_waits_for_a_question_that_has_got_stuck(question, monkeypatch):
    monkeypatch.setattr(asked_once, "PATIENCE", 0.05)
    ask = AskedOnce(question, UNANSWERED)
    ask()
    monkeypatch.setattr(asked_once.Asking, "since", 0.0, raising=False)
    begun = time.monotonic()
    assert ask() == UNANSWERED
    assert time.monotonic() - begun < 0.05


def test_without_an_answer_yet_it_says_so(question, monkeypatch):
    monkeypatch.setattr(asked_once, "PATIENCE", 0.01)
    assert AskedOnce(question, UNANSWERED)() == UNANSWERED


def test_error_of_the_question_reaches_the_request_and_the_next_one_asks_anew():
    def fails() -> str:
        raise ValueError("no such thing")

    ask = AskedOnce(fails, UNANSWERED)
    for _ in range(2):
        with pytest.raises(ValueError, match="no such thing"):
            ask()


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # Python 3.12: threads
def test_forked_process_does_not_wait_for_the_thread_of_its_parent(question):
    ask = AskedOnce(question, UNANSWERED)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(ask)
        while not question.asked:
            time.sleep(0.001)
        child = os.fork()
        if not child:
            question.may_answer = threading.Event()
            question.may_answer.set()
            os._exit(0 if ask() == "answer 2" else 1)
        question.may_answer.set()
        assert asking.result() == "answer 1"
    assert os.waitpid(child, 0)[1] == 0
