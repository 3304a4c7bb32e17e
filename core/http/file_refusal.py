"""Refuses uploaded files, except those for a view that is decorated with `takes_files`.

    @takes_files                  beside @takes_body(…), which bounds the whole request
    def upload(request): ...      request.FILES holds temporary files

Without it a form of 120 MB would become a temporary file before its view is called.
"""

from collections.abc import Callable
from typing import Any, TypeVar

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler
from django.urls import Resolver404, resolve

View = TypeVar("View", bound=Callable[..., Any])


class FilesRefused(RequestDataTooBig):
    """A file was sent to a page that accepts none; answered with 413."""


def takes_files(view: View) -> View:
    """Decorates a view whose requests may have files."""
    view.takes_files = True  # type: ignore[attr-defined]  # functools.wraps() copies it
    return view


class NoFiles(FileUploadHandler):
    """The first upload handler: it hands the files of such a view on to the next one."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if not self._is_allowed():
            raise FilesRefused("This page takes no files.")

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:
        return raw_data

    def file_complete(self, file_size: int) -> None:
        return None

    def _is_allowed(self) -> bool:
        try:
            view = resolve(self.request.path_info).func  # type: ignore[union-attr]
        except Resolver404:
            return False
        return getattr(view, "takes_files", False)
