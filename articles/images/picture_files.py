"""The files of pictures in MEDIA_STORAGE: <storage>/<two characters>/<name>.

Guarantees: a file has its final name only when it is complete, on the disk too.
"""

import os
import secrets
from pathlib import Path

from django.conf import settings
from django.utils.crypto import salted_hmac

from articles.images.decoding import Encoded
from core.markdown.picture_sizes import file_of_width, smaller_widths


def new_name(digest: str, picture: Encoded) -> str:
    """A name for the file of a picture: a keyed hash of its content, and its size.

    The hash has a random part too: a picture that is deleted and uploaded again has a new name, so
    deleting the old files cannot meet the new ones.
    """
    value = f"{digest}:{secrets.token_hex(16)}"
    keyed = salted_hmac("articles.images", value, algorithm="sha256").hexdigest()[:40]
    animated = "-animated" if picture.is_animated else ""
    return f"{keyed}-{picture.width}x{picture.height}{animated}.{picture.ending}"


def path_of(name: str) -> Path:
    return Path(settings.MEDIA_ROOT, name[:2], name)


def files_of(name: str, width: int) -> list[Path]:
    """The paths of a picture and of its smaller files."""
    stem, ending = os.path.splitext(name)
    smaller = [file_of_width(stem, ending, each) for each in smaller_widths(width)]
    return [path_of(each) for each in (name, *smaller)]


def write_picture(name: str, picture: Encoded) -> None:
    """Writes all files of a picture."""
    write_file(path_of(name), picture.content)
    stem, ending = os.path.splitext(name)
    for width, content in picture.smaller.items():
        write_file(path_of(file_of_width(stem, ending, width)), content)


def unfinished_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def write_file(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = unfinished_of(path)
    with unfinished.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)


def delete_files(name: str, width: int) -> None:
    for path in files_of(name, width):
        path.unlink(missing_ok=True)
        unfinished_of(path).unlink(missing_ok=True)
