"""Markdown files to import, and the command that imports them."""

import shutil
from io import StringIO
from pathlib import Path, PurePosixPath

from django.core.management import CommandError, call_command

from articles.importing.digest import key_of
from articles.importing.front_matter import split
from articles.importing.post import Post, make_post
from articles.importing.sources import decode
from articles.models import ImportedFile

NAMES = ("rain.md", "snow.md", "2021/hail.md", "2021/fog.md")  # of files
POST = "---\ntitle: {title}\ndate: 2014-12-12\ntags: [Go]\n---\nText of {title}.\n"


def post_of(text: str, place: str = "hello.md") -> Post:
    """The post that an import reads from a file with this text, at this place in its folder."""
    return make_post(*split(decode(text.encode())), PurePosixPath(place))


def nested(depth: int) -> str:
    """A file whose tags are a list of this depth."""
    return f'{{"tags": {"[" * depth}"x"{"]" * depth}}}\n\nText'


def write_post(folder: Path, name: str, text: str = "") -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text or POST.format(title=file.stem))
    return file


def make_blog(folder: Path, *names: str) -> Path:
    for name in names or NAMES:
        write_post(folder, name)
    return folder


def copy_folder(folder: Path, target: Path) -> Path:
    shutil.copytree(folder, target)
    return target


def run_import(folder: Path, *options: str) -> tuple[str, str]:
    """Imports a folder as Alice; returns the line on stdout and the lines on stderr."""
    out, err = StringIO(), StringIO()
    arguments = [str(folder), "--author=alice_writes", *options]
    try:
        call_command("import_articles", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        err.write(f"{error}\n")
    return out.getvalue().strip(), err.getvalue()


def counts(result: str) -> list[int]:
    """The numbers of a result line: new, changed, unchanged, left alone, refused."""
    return [int(word) for word in result.partition(":")[2].split() if word.isdecimal()]


def make_rows_of_earlier_release() -> None:
    """Gives the rows the form of releases without names of blogs: known by the absolute path."""
    for row in ImportedFile.objects.all():
        path = f"{row.folder.partition(':')[2]}/{row.path}"
        ImportedFile.objects.filter(pk=row.pk).update(
            source="", folder="", path=path, key=key_of(path)
        )
