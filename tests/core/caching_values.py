"""Arguments that memoize() is to tell apart, and such as it must refuse."""

import dataclasses
import enum
import functools
import ipaddress
import operator
import re
import reprlib
import time
from collections import OrderedDict, namedtuple
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PureWindowsPath
from types import SimpleNamespace
from typing import NamedTuple
from unittest.mock import Mock
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject, cached_property
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from accounts.models import User
from articles.models import Article
from core.caching import memoize


@memoize()
def find(value):
    return value


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Size(enum.Enum):
    RED = "red"


class Mode(enum.Flag, boundary=enum.KEEP):
    READ = 1
    WRITE = 2


class Level(enum.IntEnum):
    ONE = 1


@dataclasses.dataclass
class Point:
    x: int
    y: int = dataclasses.field(default=0, repr=False)
    z: int = dataclasses.field(default=0, compare=False)


@dataclasses.dataclass
class Circle:
    x: int
    y: int = 0
    z: int = 0

    @cached_property
    def area(self):
        return 7


@dataclasses.dataclass
class Hidden:
    x: int
    secret: dataclasses.InitVar[int] = 0

    def __post_init__(self, secret):
        self.sum = self.x + secret


@dataclasses.dataclass
class Unset:
    x: int = dataclasses.field(init=False)


class Further(Point):
    def __init__(self, x, more):
        super().__init__(x)
        self.more = more


class Pair(NamedTuple):
    one: int
    two: int


class Longer(Pair):
    pass


def longer(more):
    pair = Longer(1, 2)
    pair.more = more
    return pair


class Shown:
    def __init__(self, number):
        self.number = number

    def __repr__(self):
        return f"Shown({self.number!r})"


class Inherits(Shown):
    """Whose further attributes the inherited __repr__ does not know."""


class Shortened(Shown):
    @reprlib.recursive_repr()
    def __repr__(self):
        return reprlib.repr(self.number)


class Identified:
    def __init__(self, number):
        self.number = number

    def __caching_id__(self):
        return self.number


class Nameless:
    pass


class Word(str):
    pass


class Many(list):
    pass


def made():
    def inner():
        pass

    return inner


def local():
    class Colour(enum.Enum):
        RED = "red"

    return Colour


def saved(kind=User, **fields):
    """A row as the database gives it."""
    row = kind(**fields)
    row._state.adding, row._state.db = False, "default"
    return row


def long_pattern(end):
    return re.compile("a" * 300 + end)


ALL_DIFFERENT = [
    None, "None", True, 1, 1.0, 1 + 0j, Decimal(1), Decimal("1.0"), "1", b"1", bytearray(b"1"),
    mark_safe("1"), [1], (1,), {1}, frozenset({1}), {"1": 1}, {1: 1}, [("1", 1)], [[1]], "[1]",
    ["list", 1], ("1",), -0.0, 0.0, 0, 2**63, 2**64, float(2**64), float("inf"),
    "\ud800", "\ud801", mark_safe("\ud800"), {"\ud800"}, {"\ud800": 1},
    date(2026, 1, 1), datetime(2026, 1, 1), datetime(2026, 1, 1, fold=1),
    datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")),
    datetime(2026, 1, 1, tzinfo=ZoneInfo("Europe/Berlin")),
    datetime(2026, 1, 1, tzinfo=ZoneInfo("Europe/Paris")),
    datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1))),
    datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1), "here")),
    datetime(2026, 1, 1).time(), timedelta(days=1), timedelta(hours=1),
    UTC, ZoneInfo("UTC"), ZoneInfo("Europe/Paris"),
    UUID(int=1), UUID(int=2), range(3), range(0, 3, 2), Path("a"), PureWindowsPath("a"), Path("b"),
    re.compile("a"), re.compile("a", re.I), re.compile(b"a"), long_pattern("b"), long_pattern("c"),
    Colour.RED, Colour.BLUE, Size.RED, Mode.READ, Mode.WRITE, Mode.READ | Mode.WRITE, Mode(8),
    Mode(16), Level.ONE, Article.Status.DRAFT, Article.Status.PUBLISHED, "draft",
    Point(1), Point(1, 2), Point(1, 0, 3), Point(1.0), Point(True), Circle(1),
    Pair(1, 2), Pair(1, 2.0), (1, 2), Shown(1), Shown("1"), Identified(1), Identified("1"),
    Identified(1.0), Point, Circle, Colour, int, bool, len, operator.add, operator.sub, made, local,
    saved(pk=1), saved(pk=2), saved(Article, pk=1), [saved(pk=1)],
    SimpleLazyObject(lambda: saved(pk=3)),
    gettext_lazy("Sign in"), gettext_lazy("Sign out"), "Sign in",
]  # fmt: skip


endless: list[object] = []
endless.append(endless)
Row = namedtuple("Row", "one two")

REFUSED = [
    Unset(),
    Nameless(),  # its repr is an address, which another may have tomorrow
    Shown(Nameless()),
    Shown("a, b, ..."),
    Shortened(list(range(100))),
    Inherits(1),
    Further(1, 2),
    Hidden(1, 2),
    longer(1),
    {"a": [Nameless()]},
    endless,
    lambda: 1,
    made(),
    local(),
    local().RED,
    find.uncached,
    functools.partial(len, "a"),
    Nameless().__init__,
    [].append,
    operator.itemgetter(1),
    re.match("a+", "aa"),
    iter([1]),
    memoryview(b"1"),
    OrderedDict(a=1),
    time.gmtime(0),
    Fraction(1, 2),
    ipaddress.ip_address("::1"),
    Word("a"),
    Many([1]),
    Mock(),
    SimpleNamespace(a=1),
    ValueError("a"),
    NotImplemented,
    object(),
    User(),
    User(pk=1),  # another row than that of the database
    Article(pk=1, title="a"),
    saved(pk=None),
    User.objects.none(),
    User.objects,
    HttpRequest(),
    SimpleLazyObject(Nameless),
    list[int],
    functools,
]
