"""Refuses uploaded files, unless a view replaces `request.upload_handlers`.

Without it a form of 120 MB would become a temporary file before its view is called.
"""

from typing import Any, NoReturn

from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler


class FilesRefused(RequestDataTooBig):
    """A file was sent to a page that accepts none; answered with 413."""


class NoFiles(FileUploadHandler):
    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise FilesRefused("This page takes no files.")
