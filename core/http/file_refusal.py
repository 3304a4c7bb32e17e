"""Refuses files: a page takes none unless its view replaces `request.upload_handlers`.

A form of 120 MB would otherwise become a temporary file before any view has looked at it.
"""

from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class FilesRefused(RequestDataTooBig):
    """A file came to a page that takes none; answered as 413."""


class NoFiles(FileUploadHandler):
    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise FilesRefused("This page takes no files.")
