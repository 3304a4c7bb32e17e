"""The pictures in a bucket of an S3-compatible service, by django-storages (requirements/s3.txt).

Guarantees: each failure of the service is an OSError, and an absent file a FileNotFoundError, as
with a folder; none takes longer than the time limits here allow.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import Any

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.core.files.base import File
from storages.backends.s3 import S3Storage

CONNECT, READ = 3, 10  # seconds
ABSENT = ("404", "NoSuchKey")


class PictureBucket(S3Storage):  # type: ignore[misc]  # it has no types
    def __init__(self, **options: Any) -> None:
        config = Config(
            connect_timeout=CONNECT,
            read_timeout=READ,
            retries={"total_max_attempts": 2},
            # Names of buckets in the host need DNS and certificates that only AWS has for sure.
            s3={"addressing_style": "path" if options.get("endpoint_url") else "auto"},
            # Services other than AWS refuse the checksums that AWS has come to prefer.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        transfer = TransferConfig(use_threads=False)
        super().__init__(
            client_config=config, transfer_config=transfer, default_acl=None, **options
        )

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        """The whole file in memory; it has 10 MB at most."""
        with as_os_errors(), super()._open(name, mode) as file:
            return File(BytesIO(file.read()), name)

    def _save(self, name: str, content: "File[Any]") -> str:
        with as_os_errors():
            return str(super()._save(name, content))

    def delete(self, name: str) -> None:
        with as_os_errors():
            super().delete(name)


@contextmanager
def as_os_errors() -> Iterator[None]:
    try:
        yield
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") in ABSENT:
            raise FileNotFoundError(str(error)) from error
        raise OSError(f"The bucket refuses: {error}") from error
    except (BotoCoreError, Boto3Error) as error:
        raise OSError(f"The bucket cannot be reached: {error}") from error
