"""The files of pictures in MEDIA_STORAGE: <storage>/<two characters>/<name>."""

import os
import secrets

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
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


def place_of(name: str) -> str:
    """The path of a file in the storage."""
    return f"{name[:2]}/{name}"


def file_names(name: str, width: int) -> list[str]:
    """The names of the files of a picture: its own, and those of its smaller ones."""
    stem, ending = os.path.splitext(name)
    return [name, *(file_of_width(stem, ending, each) for each in smaller_widths(width))]


def open_file(name: str) -> "File[bytes]":
    """Raises FileNotFoundError, or another OSError if the storage cannot be read."""
    return default_storage.open(place_of(name))


def write_picture(name: str, picture: Encoded) -> None:
    """Writes all files of a picture. Raises OSError."""
    write_file(name, picture.content)
    stem, ending = os.path.splitext(name)
    for width, content in picture.smaller.items():
        write_file(file_of_width(stem, ending, width), content)


def write_file(name: str, content: bytes) -> None:
    default_storage.save(place_of(name), ContentFile(content))


def delete_files(name: str, width: int) -> None:
    """Deletes all files of a picture; those that are absent are no error. Raises OSError."""
    for each in file_names(name, width):
        default_storage.delete(place_of(each))
