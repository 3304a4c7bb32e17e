"""Rows of another application's table, as sources of the import: each is what a file is there.

A row is identified by the name of its source and its id.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

from django.utils.translation import gettext as _

from articles.importing import Refused
from articles.importing.front_matter import Fields
from articles.importing.html_text import markdown_of
from articles.importing.sources import Source, decode
from core.cli.source_database import SourceTable

FIELDS = [
    "id", "title", "author", "url", "body", "html", "date", "updated", "tags", "status",
    "published", "draft", "slug", "summary",
]  # fmt: skip
DEFAULTS = ["id", "title", "author", "url"]
NEEDED = {"id", "title"}
KEPT = ("title", "author", "date", "updated", "tags", "status", "published", "draft", "summary")
MOMENTS = ("date", "updated")
AT_ONCE = 100  # rows in memory
NEUTRAL = PurePosixPath("row.md")  # a place from which no date, draft or title is read


@dataclass(frozen=True)
class RowSource(Source):
    values: dict[str, Any] = field(default_factory=dict)

    def read(self) -> bytes:
        """The row as JSON, whose digest says at the next import whether it has changed."""
        try:
            return json.dumps(self.values, sort_keys=True, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            raise Refused(_("is not UTF-8")) from None

    def parse(self, content: bytes) -> tuple[Fields, str]:
        values = json.loads(content)
        fields = Fields({name: values[name] for name in KEPT if values.get(name) is not None})
        fields["slug"] = values.get("slug") or fields.text("title")
        return fields, decode(self._text(values).encode())

    def _text(self, values: dict[str, Any]) -> str:
        """The body; of a row that has none, such as the notes', a link to its url."""
        if html := values.get("html"):
            return markdown_of(html)
        if body := values.get("body"):
            return str(body)
        url = str(values.get("url") or "")
        if url.startswith(("http://", "https://")) and not set(url) & set("<> \n"):
            return f"<{url}>"
        raise Refused(_("has neither a text nor a url with http(s)://"))


def rows_at(table: SourceTable, keys: Sequence[Any], undated: str | None) -> list[RowSource]:
    """Returns the rows with these ids, in their order; `undated` is the date of rows without."""
    rows = table.rows_at("id", keys)
    return [source_of(row, undated) for row in sorted(rows, key=partial(position, keys))]


def position(keys: Sequence[Any], row: dict[str, Any]) -> int:
    return keys.index(row["id"])


def source_of(row: dict[str, Any], undated: str | None) -> RowSource:
    values = {name: plain(value) for name, value in row.items()}
    for name in MOMENTS:
        values[name] = moment_of_number(values.get(name))
    if undated and values["date"] in (None, ""):
        values["date"] = undated
    return RowSource(Path("/"), str(values["id"]), NEUTRAL, values=values)


def plain(value: Any) -> Any:
    """A value of a database driver as one of JSON; a number of seconds since 1970 stays one."""
    if isinstance(value, bytes | bytearray):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, datetime):
        return value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def moment_of_number(value: Any) -> Any:
    """The text of a date that is a number of seconds since 1970; other values as they are."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    try:
        return datetime.fromtimestamp(value, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return value
