"""One computation for all who miss a value at once (Flask-Caching has none; dogpile's creator).

The order of things is written once, as a generator of steps; run() takes them in this thread,
arun() in an event loop. In a process the first to miss leads and the others wait for what he
makes; among processes he holds a lock in Redis, which expires after half of `patience`.

Promises: nobody waits longer than `patience` for another, whatever becomes of that one: who has
waited so long, and who waited for a value that was not kept, computes for himself. A process
that was killed costs the others half of it.
"""

import asyncio
import os
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Generator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async
from django.dispatch import Signal
from django.http import HttpRequest

from core.caching import store

PATIENCE = 5.0  # seconds
AGAIN = 0.02  # seconds between two looks at what another process makes

Function = Callable[[], Any]


class Step(ABC):
    """Something to be done: now(), or later() in an event loop."""

    @abstractmethod
    def now(self, function: Function) -> Any: ...

    async def later(self, function: Function) -> Any:
        return self.now(function)


Steps = Generator[Step, Any, Any]


class Run(Step):
    """Call the function that is cached."""

    def now(self, function: Function) -> Any:
        return function()

    async def later(self, function: Function) -> Any:
        return await function()


@dataclass(slots=True)
class Do(Step):
    """Call what may block, such as a template that reads the database."""

    work: Callable[[], Any]

    def now(self, function: Function) -> Any:
        return self.work()

    async def later(self, function: Function) -> Any:
        return await sync_to_async(self.work)()


class Ask(Step):
    """Ask the cache; an event loop does not wait for the network."""

    __slots__ = ("args", "otherwise")

    def __init__(self, *args: Any, otherwise: Any = None) -> None:
        self.args, self.otherwise = args, otherwise

    def now(self, function: Function) -> Any:
        return store.ask(*self.args, otherwise=self.otherwise)

    async def later(self, function: Function) -> Any:
        if not store.is_shared():
            return self.now(function)
        return await sync_to_async(self.now, thread_sensitive=False)(function)


@dataclass(slots=True)
class User(Step):
    """Who sends this request."""

    request: HttpRequest

    def now(self, function: Function) -> Any:
        return self.request.user

    async def later(self, function: Function) -> Any:
        return await self.request.auser()


@dataclass(slots=True)
class Pause(Step):
    seconds: float

    def now(self, function: Function) -> None:
        time.sleep(self.seconds)

    async def later(self, function: Function) -> None:
        await asyncio.sleep(self.seconds)


@dataclass(slots=True)
class Send(Step):
    signal: Signal
    about: dict[str, Any]

    def now(self, function: Function) -> None:
        self.signal.send_robust(**self.about)

    async def later(self, function: Function) -> None:
        await self.signal.asend_robust(**self.about)


class Flight(Future[bytes | None]):
    """One computation under way; its result is the packed value, None if that is not kept."""

    def __init__(self) -> None:
        super().__init__()
        self.set_running_or_notify_cancel()  # who stops waiting does not stop it
        self.leader = oneself()


@dataclass(slots=True)
class Join(Step):
    """Wait for somebody else's value; None: compute it yourself."""

    flight: Flight
    patience: float

    def now(self, function: Function) -> bytes | None:
        try:
            return self.flight.result(self.patience)
        except TimeoutError:
            return None

    async def later(self, function: Function) -> bytes | None:
        try:
            return await asyncio.wait_for(asyncio.wrap_future(self.flight), self.patience)
        except TimeoutError:
            return None


flights: dict[tuple[str, str], Flight] = {}
os.register_at_fork(after_in_child=flights.clear)  # their leaders stayed with the parent


def oneself() -> Any:
    """Who computes: this task, or this thread."""
    try:
        return asyncio.current_task() or threading.get_ident()
    except RuntimeError:
        return threading.get_ident()


def run(steps: Steps, function: Function) -> Any:
    """What the steps come to, in this thread."""
    try:
        step = next(steps)
        while True:
            try:
                answer = step.now(function)
            except BaseException as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        return end.value


async def arun(steps: Steps, function: Function) -> Any:
    """What the steps come to, in this task."""
    try:
        step = next(steps)
        while True:
            try:
                answer = await step.later(function)
            except BaseException as error:
                step = steps.throw(error)
            else:
                step = steps.send(answer)
    except StopIteration as end:
        return end.value
