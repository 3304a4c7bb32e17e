"""Knows which article a file belongs to: by the name of its blog and its path in the folder.

Promises: an import from another place continues the articles of the earlier one, and a name
that belongs to another blog is refused before anything is written.
"""

import shlex
import socket
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext as _

from articles.importing import Refused
from articles.importing.authors import Authors
from articles.importing.blog import Blog
from articles.importing.digest import key_of
from articles.importing.earlier_imports import Continued, Pair, find_continued, is_most
from articles.importing.front_matter import split
from articles.importing.post import make_post
from articles.importing.sources import Source, decode, digest
from articles.models import ImportedFile

Told = tuple[int, str, datetime | None]  # author, title and date that a file gives its article
COMPARED = ("article__author", "article__title", "article__publish_at")
STORED = ("source", "path", "folder", "key", "file_digest", "article_id")


class KnownFiles:
    def __init__(self, authors: Authors, blog: Blog) -> None:
        """Raises Refused when the blog's name belongs to another blog."""
        self.authors, self.blog = authors, blog
        self.files = {file.path: file for file in blog.files if not file.twin}
        self.here = f"{socket.gethostname()}:{blog.folder}".encode(errors="replace").decode()
        self.told: dict[str, Told | None] = {}
        self.digests: dict[str, str] = {}
        rows = list(ImportedFile.objects.select_related("article").only(*STORED, *COMPARED))
        self.own = {row.path: row for row in rows if row.source == blog.name}
        self.follows: dict[str, ImportedFile] = {}
        self.continued: list[Continued] = []
        if blog.name:
            self._check_name()
            self._find_earlier(rows)
        self.gone = self._by_digest()

    def row_of(self, file: Source, content_digest: str) -> ImportedFile | None:
        """The row of a file; ask once, since the row of a moved file is given only once."""
        row = self.own.get(file.path) or self.follows.get(file.path)
        if row is None and self.gone[content_digest]:
            return self.gone[content_digest].pop()
        return row

    def key_of(self, file: Source) -> str:
        return key_of(file.path, self.blog.name)

    def place_of(self, file: Source) -> dict[str, str]:
        """The columns that say where a file is."""
        place = {"source": self.blog.name, "path": file.path, "key": self.key_of(file)}
        return place | ({"folder": self.here} if self.blog.name else {})

    def remember_folder(self) -> None:
        """The rows of this blog are found in this folder the next time without a comparison."""
        if self.blog.name and any(row.folder != self.here for row in self.own.values()):
            ImportedFile.objects.filter(source=self.blog.name).update(folder=self.here)

    def continues(self, file: Source, row: ImportedFile) -> bool:
        """Whether a file is the one that a row's article was made from, or a later state of it."""
        article, same = row.article, self._digest(file) == row.file_digest
        if same and article.author_id == self.authors.default.pk:
            return True
        told = self._told(file)
        if told is None or told[0] != article.author_id:
            return False
        return same or told[1:] == (article.title, article.publish_at)

    def _check_name(self) -> None:
        rows = list(self.own.values())
        if self.blog.named or not rows or self._is_at_home(rows):
            return
        pairs = list(self._found_again(rows))
        found = sum(self.continues(pair.file, pair.row) for pair in pairs)
        if is_most(found, len(rows)):
            return
        name = self.blog.name
        values = {"name": name, "found": found, "all": len(rows), "typed": shlex.quote(name)}
        raise Refused(
            _(
                "The name “%(name)s” is that of an imported blog, of whose %(all)d articles "
                "%(found)d are in this folder. Give another blog a name of its own with "
                "--source NAME; if it is the same blog, give --source %(typed)s."
            )
            % values
        )

    def _is_at_home(self, rows: list[ImportedFile]) -> bool:
        """Whether this is the folder of the last import, with no sign of another blog in it.

        Builds check out one blog after the other in the same folder. Most files are there, or
        some are and none would overwrite another article.
        """
        if all(row.folder != self.here for row in rows):
            return False
        if is_most(sum(row.path in self.files for row in rows), len(rows)):
            return True
        pairs = list(self._found_again(rows))
        some = bool(pairs) or len(rows) == 1
        return some and all(self.continues(pair.file, pair.row) for pair in pairs)

    def _found_again(self, rows: list[ImportedFile]) -> Iterator[Pair]:
        moved = {self._digest(file): file for file in self.files.values()}
        for row in rows:
            file = self.files.get(row.path) or moved.get(row.file_digest)
            if file is not None:
                yield Pair(row, file)

    def _find_earlier(self, rows: list[ImportedFile]) -> None:
        absolute = {row.path: row for row in rows if not row.source}
        new = [file for path, file in self.files.items() if path not in self.own]
        self.follows = {f.path: absolute[f.real] for f in new if f.real in absolute}
        followed = {row.pk for row in self.follows.values()}
        others = [row for row in rows if row.pk not in followed and self._is_elsewhere(row)]
        rest = [file for file in new if file.path not in self.follows]
        self.continued = find_continued(others, rest, self.continues)
        for continued in self.continued:
            self.follows |= {pair.file.path: pair.row for pair in continued.pairs}

    def _is_elsewhere(self, row: ImportedFile) -> bool:
        """Whether a row is no demo article, and no file of this folder."""
        if not row.source:
            return row.path.startswith("/")
        return row.source != self.blog.name or row.path not in self.files

    def _by_digest(self) -> defaultdict[str, list[ImportedFile]]:
        """Rows of this blog whose files are gone: a new file with their content has moved."""
        gone: defaultdict[str, list[ImportedFile]] = defaultdict(list)
        followed = {row.pk for row in self.follows.values()}
        for row in self.own.values() if self.blog.name else ():
            if row.path not in self.files and row.pk not in followed:
                gone[row.file_digest].append(row)
        return gone

    def _digest(self, file: Source) -> str:
        """Of a file's content; "" for a file that cannot be read."""
        if file.path not in self.digests:
            try:
                self.digests[file.path] = digest(file.read())
            except Refused:
                self.digests[file.path] = ""
        return self.digests[file.path]

    def _told(self, file: Source) -> Told | None:
        if file.path not in self.told:
            try:
                self.told[file.path] = self._read(file)
            except (Refused, RecursionError, ValueError):
                self.told[file.path] = None
        return self.told[file.path]

    def _read(self, file: Source) -> Told:
        post = make_post(*split(decode(file.read())), file.place, file.folder)
        author = self.authors.author_of(post) or self.authors.default
        return author.pk, post.title, post.date
