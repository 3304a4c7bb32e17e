"""Finds the article of a file by the name of its blog and its path in the folder.

Guarantees: an import from another place continues the articles of the earlier one, and a name
that belongs to another blog is refused before anything is written.
"""

import os
import shlex
import socket
from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime

from django.utils.translation import gettext as _

from articles.importing import Refused
from articles.importing.authors import Authors
from articles.importing.blog import Blog
from articles.importing.copies import count_copies
from articles.importing.digest import key_of
from articles.importing.earlier_imports import Continued, Pair, find_continued, is_most, merge
from articles.importing.moved_files import find_moved, is_there
from articles.importing.post import make_post
from articles.importing.sources import Source, digest
from articles.models import ImportedFile

Declared = tuple[int, str, datetime | None]  # author, title and date that a file gives
COMPARED = ("article__author", "article__title", "article__publish_at", "article__trashed_at")
STORED = ("source", "path", "folder", "key", "file_digest", "article_id")


class KnownFiles:
    def __init__(self, authors: Authors, blog: Blog) -> None:
        """Raises Refused if the blog's name belongs to another blog."""
        self.authors, self.blog = authors, blog
        self.files = {file.path: file for file in blog.files if not file.twin}
        self.location = f"{socket.gethostname()}:{blog.folder}".encode(errors="replace").decode()
        self.declared: dict[str, Declared | None] = {}
        self.digests: dict[str, str] = {}
        rows = list(ImportedFile.objects.select_related("article").only(*STORED, *COMPARED))
        self.own = {row.path: row for row in rows if row.source == blog.name}
        below = os.path.join(os.path.realpath(blog.folder), "")
        self.absolute = {r.path: r for r in rows if not r.source and r.path.startswith(below)}
        self.follows: dict[str, ImportedFile] = {}
        self.gone: defaultdict[str, list[ImportedFile]] = defaultdict(list)
        self.continued: list[Continued] = []
        self.copies: dict[str, int] = {}  # numbers of files that another account has imported
        if blog.name:
            self._check_name()
            self._find_earlier(rows)
            self._find_gone()
            self._find_moved(rows)
            self.copies = count_copies(self._unknown(), rows, authors.default, self._digest)

    def row_of(self, file: Source, content_digest: str) -> ImportedFile | None:
        """Returns the row of a file, or None. Call it once a file: a moved one is found once."""
        row = self.own.get(file.path) or self.follows.get(file.path)
        if row is None and self.gone[content_digest]:
            return self.gone[content_digest].pop()
        return row

    def key_of(self, file: Source) -> str:
        return key_of(file.path, self.blog.name)

    def place_of(self, file: Source) -> dict[str, str]:
        """The columns that identify a file and its folder."""
        place = {"source": self.blog.name, "path": file.path, "key": self.key_of(file)}
        return place | ({"folder": self.location} if self.blog.name else {})

    def remember_folder(self) -> None:
        """Stores this folder in the blog's rows: the next import from it needs no comparison."""
        if self.blog.name and any(row.folder != self.location for row in self.own.values()):
            ImportedFile.objects.filter(source=self.blog.name).update(folder=self.location)

    def continues(self, file: Source, row: ImportedFile) -> bool:
        """Whether a row's article was made from this file or from an earlier version of it."""
        article, same = row.article, self._digest(file) == row.file_digest
        if same and article.author_id == self.authors.default.pk:
            return True
        declared = self._declared(file)
        if declared is None or declared[0] != article.author_id:
            return False
        return same or declared[1:] == (article.title, article.publish_at)

    def _check_name(self) -> None:
        rows = list(self.own.values())
        if self.blog.named or not rows or self._is_in_its_folder(rows):
            return
        if not is_most(self._count(rows), len(rows)):
            raise self._another_blog(rows)

    def _another_blog(self, rows: Sequence[ImportedFile]) -> Refused:
        name, found = self.blog.name, self._count(rows)
        values = {"name": name, "found": found, "all": len(rows), "typed": shlex.quote(name)}
        return Refused(
            _(
                "The name “%(name)s” is that of an imported blog, of whose %(all)d articles "
                "%(found)d are in this folder. Give another blog a name of its own with "
                "--source NAME; if it is the same blog, give --source %(typed)s."
            )
            % values
        )

    def _count(self, rows: Sequence[ImportedFile]) -> int:
        return sum(self.continues(pair.file, pair.row) for pair in self._found_again(rows))

    def _is_in_its_folder(self, rows: Sequence[ImportedFile]) -> bool:
        return any(row.folder == self.location for row in rows) and self._is_same_blog(rows)

    def _is_same_blog(self, rows: Sequence[ImportedFile]) -> bool:
        """Whether the folder of the last import still holds the same blog.

        Builds check out one blog after the other in the same folder, and files of two blogs may
        have the same names. It is the same if most files are found and half of these are
        recognised, or if some are found and all of these are recognised. A single file proves
        nothing: it may be rewritten as a whole.
        """
        if len(rows) == 1:
            return True
        pairs = list(self._found_again(rows))
        same = sum(self._is_recognised(pair) for pair in pairs)
        if is_most(len(pairs), len(rows)):
            return 2 * same >= len(pairs)
        return bool(pairs) and same == len(pairs)

    def _is_recognised(self, pair: Pair) -> bool:
        """Whether a file continues its row; in the same folder an unchanged one always does."""
        unchanged = self._digest(pair.file) == pair.row.file_digest
        return unchanged or self.continues(pair.file, pair.row)

    def _found_again(self, rows: Sequence[ImportedFile]) -> Iterator[Pair]:
        at = self.files | {file.real: file for file in self.files.values()}
        moved = {self._digest(file): file for file in self.files.values()}
        for row in rows:
            file = at.get(row.path) or moved.get(row.file_digest)
            if file is not None:
                yield Pair(row, file)

    def _find_earlier(self, rows: list[ImportedFile]) -> None:
        self.follows = self._followed_in_place()
        self.continued = find_continued(self._elsewhere(rows), self._new(), self.continues)
        self._follow(self.continued)

    def _followed_in_place(self) -> dict[str, ImportedFile]:
        """The rows with absolute paths of files. Raises Refused if they are of another blog."""
        new = [file for file in self._new() if file.real in self.absolute]
        follows = {file.path: self.absolute[file.real] for file in new}
        rows = list(self.absolute.values())
        if not follows or self._is_same_blog(rows):
            return follows
        if not self.blog.named:
            raise self._another_blog(rows)
        return follows if self.blog.name == self.blog.folder.name else {}

    def _find_gone(self) -> None:
        """Notes the rows of this folder whose files are gone, by content: a file may have moved."""
        followed = {row.pk for row in self.follows.values()}
        gone = [row for row in self.own.values() if row.path not in self.files]
        gone += [row for row in self.absolute.values() if not is_there(row)]
        for row in gone:
            if row.pk not in followed:
                self.gone[row.file_digest].append(row)

    def _find_moved(self, rows: list[ImportedFile]) -> None:
        """Follows rows of other folders whose files are gone, if most of their blog is here."""
        others = [row for row in self._elsewhere(rows) if row.path not in self.absolute]
        others += [pair.row for continued in self.continued for pair in continued.pairs]
        moved = find_moved(others, self._unknown(), self.continued, self._digest, self.continues)
        self._follow(moved)
        self.continued = merge(self.continued, moved)

    def _follow(self, continued: list[Continued]) -> None:
        for one in continued:
            self.follows |= {pair.file.path: pair.row for pair in one.pairs}

    def _new(self) -> list[Source]:
        known = self.own.keys() | self.follows.keys()
        return [file for path, file in self.files.items() if path not in known]

    def _unknown(self) -> list[Source]:
        """The new files that have not moved within the folder."""
        return [file for file in self._new() if self._digest(file) not in self.gone]

    def _elsewhere(self, rows: list[ImportedFile]) -> list[ImportedFile]:
        followed = {row.pk for row in self.follows.values()}
        return [row for row in rows if row.pk not in followed and self._is_elsewhere(row)]

    def _is_elsewhere(self, row: ImportedFile) -> bool:
        """Whether a row is neither a demo article nor a file of this folder."""
        if not row.source:
            return row.path.startswith("/")
        return row.source != self.blog.name or row.path not in self.files

    def _digest(self, file: Source) -> str:
        """The digest of a file's content; "" for a file that cannot be read."""
        if file.path not in self.digests:
            try:
                self.digests[file.path] = digest(file.read())
            except Refused:
                self.digests[file.path] = ""
        return self.digests[file.path]

    def _declared(self, file: Source) -> Declared | None:
        if file.path not in self.declared:
            try:
                self.declared[file.path] = self._read(file)
            except (Refused, RecursionError, ValueError):
                self.declared[file.path] = None
        return self.declared[file.path]

    def _read(self, file: Source) -> Declared:
        post = make_post(*file.parse(file.read()), file.place, file.folder)
        author = self.authors.author_of(post) or self.authors.default
        return author.pk, post.title, post.date
