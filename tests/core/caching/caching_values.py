"""Arguments that memoize() tells apart, and others that it refuses."""

import dataclasses
import enum
import functools
import io
import ipaddress
import operator
import re
import struct
import time
from collections import OrderedDict, namedtuple
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import NamedTuple
from unittest.mock import Mock
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
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


class Pair(NamedTuple):
    one: int
    two: int


class Shown:
    def __init__(self, number):
        self.number = number

    def __repr__(self):
        return f"Shown({self.number!r})"


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


ALL_DIFFERENT = [
    None, "None", True, 1, 1.0, Decimal(1), Decimal("1.0"), "1", b"1",
    [1], (1,), {1}, frozenset({1}), {"1": 1}, {1: 1}, [("1", 1)], [[1]], "[1]",
    ["list", 1], ("1",), -0.0, 0.0, 0, 2**63, 2**64, float(2**64), float("inf"),
    "\ud800", "\ud801", {"\ud800"}, {"\ud800": 1},
    date(2026, 1, 1), datetime(2026, 1, 1), datetime(2026, 1, 1, fold=1),
    datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=ZoneInfo("UTC")),
    datetime(2026, 1, 1, tzinfo=ZoneInfo("Europe/Berlin")),
    datetime(2026, 1, 1, tzinfo=ZoneInfo("Europe/Paris")),
    datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1))),
    datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=1), "here")),
    datetime(2026, 1, 1).time(), timedelta(days=1), timedelta(hours=1),
    UUID(int=1), UUID(int=2),
    Colour.RED, Colour.BLUE, Size.RED, Mode.READ, Mode.WRITE, Mode.READ | Mode.WRITE, Mode(8),
    Mode(16), Level.ONE, Article.Status.DRAFT, Article.Status.PUBLISHED, "draft",
    (1, 2), Identified(1), Identified("1"), Identified(1.0), Identified, Point, Colour, int, bool,
    saved(pk=1), saved(pk=2), saved(Article, pk=1), [saved(pk=1)],
    SimpleLazyObject(lambda: saved(pk=3)),
]  # fmt: skip


UNNAMED = b"TZif" + bytes(16) + struct.pack(">6l", 0, 0, 0, 0, 1, 4) + bytes(6) + b"UTC\0"
endless: list[object] = []
endless.append(endless)
Row = namedtuple("Row", "one two")

REFUSED = [
    1 + 0j,
    range(3),
    Path("a"),
    re.compile("a"),
    Point(1),
    Pair(1, 2),
    Row(1, 2),
    Shown(1),
    datetime(2026, 1, 1, tzinfo=ZoneInfo.from_file(io.BytesIO(UNNAMED))),
    UTC,
    ZoneInfo("UTC"),
    bytearray(b"1"),
    mark_safe("1"),
    gettext_lazy("Sign in"),
    len,
    made,
    Nameless(),  # its repr is an address, which another may have tomorrow
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
