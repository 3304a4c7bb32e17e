"""A process of the hammer in test_caching_subjects.py, on a database with one tag.

`prepare` makes the table, `read 2` and `read 3` ask for the tag's name in four threads each, and
`write COUNT` changes it so often. Words of the file that is named last: the number that the writer
has committed; whether it has ended; whether the first and the second reader have begun.
"""

import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "core.settings")
django.setup()

from django.db import connection, transaction  # noqa: E402

from articles.models import Tag  # noqa: E402
from core.caching import memoize  # noqa: E402
from core.invalidation import broadcast  # noqa: E402
from core.shared_memory.shared_words import shared_words  # noqa: E402

computed = []


@memoize(subjects=["articles"])
def number(pk: int) -> int:
    computed.append(pk)
    return int(Tag.objects.values_list("name", flat=True).get(pk=pk))


def prepare() -> None:
    with connection.schema_editor() as editor:
        editor.create_model(Tag)
    Tag.objects.create(pk=1, name="0")


def write(words: memoryview, count: int) -> None:
    while not (words[2] and words[3]):
        time.sleep(0.01)
    for value in range(1, count + 1):
        if value % 3 == 0:
            with transaction.atomic():
                Tag.objects.filter(pk=1).update(name=str(value))
        elif value % 3 == 1:
            Tag.objects.filter(pk=1).update(name=str(value))
        else:
            with connection.cursor() as cursor:
                cursor.execute("UPDATE articles_tag SET name = %s WHERE id = 1", [str(value)])
        words[0] = value
    words[1] = 1


def read(words: memoryview, own: int) -> tuple[int, int]:
    """How many reads there were, and how many gave less than was committed before they began."""
    reads = stale = 0
    while not words[1]:
        committed = words[0]
        stale += number(1) < committed
        reads, words[own] = reads + 1, 1
    connection.close()
    return reads, stale


def main(role: str, *more: str) -> None:
    words = shared_words(Path(more[-1]), 4)
    if role == "prepare":
        prepare()
    elif role == "write":
        write(words, int(more[0]))
    else:
        broadcast.listen()
        with ThreadPoolExecutor(4) as pool:
            found = [pool.submit(read, words, int(more[0])) for _ in range(4)]
        reads, stale = map(sum, zip(*(each.result() for each in found), strict=True))
        print(reads, stale, len(computed))


if __name__ == "__main__":
    main(*sys.argv[1:])
