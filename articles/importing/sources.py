"""Finds and reads the Markdown files below a folder; names the reason if one cannot be read."""

import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath

from django.utils.translation import gettext as _

from articles.forms import LONGEST_BODY
from articles.importing import Refused
from articles.importing.front_matter import Fields, split
from articles.importing.hexo import keeps_line_breaks

SUFFIXES = {".md", ".markdown"}
SECTIONS = {"_index.md", "_index.markdown"}  # of Hugo and Zola: they describe a folder
_control = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")


@dataclass(frozen=True)
class Source:
    file: Path
    path: str  # with the name of its blog, this identifies it at the next import
    place: PurePosixPath  # below the imported folder; it may hold a date and a slug
    outside: bool = False  # a link that leads out of the folder
    folder: Path = field(default_factory=Path)  # the imported folder
    real: str = ""  # its absolute path, which identified it in earlier releases
    twin: bool = False  # another file has the same path, spelled with other code points

    @property
    def breaks(self) -> bool:
        """Whether its line ends are line breaks."""
        return keeps_line_breaks(self.file)

    def parse(self, content: bytes) -> tuple[Fields, str]:
        """Returns the fields and the Markdown of what read() has returned."""
        return split(decode(content))

    def read(self) -> bytes:
        if self.outside:
            raise Refused(_("is a link to a file outside the folder"))
        if self.twin:
            raise Refused(_("has the name of another file, but for the form of its accents"))
        try:
            status = self.file.stat()  # first: opening a pipe would wait for its writer
            if not stat.S_ISREG(status.st_mode):
                raise Refused(_("is not a regular file"))
            if status.st_size > 4 * LONGEST_BODY:
                raise Refused(_("is longer than an article may be"))
            self.path.encode()
            return self.file.read_bytes()
        except UnicodeEncodeError:
            raise Refused(_("has a name that is not UTF-8")) from None
        except OSError as error:
            raise Refused(_("cannot be read: %s") % error.strerror) from None


def find(folder: Path) -> Iterator[Source]:
    """Yields the files, sorted by path, without hidden ones and without links to folders.

    A folder that cannot be opened is a source that cannot be read.
    """
    seen: set[Path | str] = set()
    for file in sorted(_files(folder)):
        path = _real(file)
        if path not in seen:
            source = _source(file, path, folder, seen)
            seen |= {path, source.path}
            yield source


def _source(file: Path, path: Path, folder: Path, seen: set[Path | str]) -> Source:
    outside = not path.is_relative_to(_real(folder))
    place = PurePosixPath(file.relative_to(folder))
    below = place if outside else path.relative_to(_real(folder))
    name = unicodedata.normalize(
        "NFC", below.as_posix()
    )  # macOS writes accents as characters of their own
    absolute = Path(os.path.abspath(folder))
    return Source(file, name, place, outside, absolute, path.as_posix(), twin=name in seen)


def _real(path: Path) -> Path:
    return Path(os.path.realpath(path))  # Path.resolve() fails at a link to itself


def _files(folder: Path) -> list[Path]:
    closed: list[OSError] = []
    files: list[Path] = []
    for parent, folders, names in os.walk(folder, onerror=closed.append):
        folders[:] = [name for name in folders if not name.startswith(".")]
        files += [Path(parent, name) for name in names if _is_article(name)]
    return files + [Path(error.filename) for error in closed]


def _is_article(name: str) -> bool:
    return Path(name).suffix.lower() in SUFFIXES and not name.startswith(".")


def is_section(source: Source) -> bool:
    return source.place.name.lower() in SECTIONS


def digest(content: bytes) -> str:
    return sha256(content).hexdigest()


def decode(content: bytes) -> str:
    """Returns the text, with lines ending in `\\n` and without BOM and control characters.

    Raises Refused if it is not UTF-8, or has a NUL character or no text.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(_("is not UTF-8: byte %d cannot be read") % (error.start + 1)) from None
    if "\0" in text:
        raise Refused(_("is not text: it has a NUL character"))
    if not text.strip():
        raise Refused(_("is empty"))
    return _control.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
