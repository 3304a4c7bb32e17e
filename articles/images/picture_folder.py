import os
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage


class PictureFolder(FileSystemStorage):
    """The folder of MEDIA_ROOT.

    Guarantees: a file has its final name only when it is complete, on the disk too.
    """

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name  # no name is used twice

    def _save(self, name: str, content: "File[Any]") -> str:
        path = Path(self.path(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = unfinished_of(path)
        with unfinished.open("xb") as file:
            file.writelines(content.chunks())
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
        return name

    def delete(self, name: str) -> None:
        """Deletes the file, complete or not; one that is absent is no error."""
        path = Path(self.path(name))
        path.unlink(missing_ok=True)
        unfinished_of(path).unlink(missing_ok=True)


def unfinished_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")
