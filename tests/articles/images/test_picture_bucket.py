"""Pictures in a bucket, tried against moto's server: an emulator of S3, not a service."""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import boto3
import pytest
from django.test import Client, TestCase

from accounts.models import User
from articles.images.removal import delete_unused
from articles.images.storing import store_image
from articles.models import Image, LooseFile
from deploy.ports import LOOPBACK, bound_port
from deploy.processes import running, wait_until
from tests.articles.images.corpus import picture
from tests.articles.images.test_uploads import send

pytestmark = pytest.mark.django_db
KEY = {"aws_access_key_id": "key", "aws_secret_access_key": "secret"}
PREFIX = "site/pictures"


@pytest.fixture(scope="module")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    address, log = f"http://{LOOPBACK}:{bound_port(0)}", tmp_path_factory.mktemp("moto") / "log"
    command = [
        sys.executable,
        "-m",
        "moto.server",
        "-H",
        LOOPBACK,
        "-p",
        address.rpartition(":")[2],
    ]
    with running(command, log) as server:
        wait_until(lambda: urlopen(address).close(), OSError, server, log)
        yield address


@pytest.fixture
def bucket(endpoint: str, settings: Any) -> Iterator[Any]:
    """The bucket, which is MEDIA_STORAGE in the test."""
    storage = boto3.resource("s3", endpoint_url=endpoint, region_name="us-east-1", **KEY)
    bucket = storage.Bucket("pictures")
    bucket.create()
    use(settings, endpoint)
    yield bucket
    bucket.objects.delete()
    bucket.delete()


def use(settings: Any, endpoint: str) -> None:
    options = {"bucket_name": "pictures", "location": PREFIX, "endpoint_url": endpoint}
    options |= {"region_name": "us-east-1", "access_key": "key", "secret_key": "secret"}
    backend = "articles.images.picture_bucket.PictureBucket"
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": backend, "OPTIONS": options}}


def test_picture_is_stored_served_and_deleted(
    alice: User, charlie: Client, bucket: Any, media: Path
) -> None:
    image = store_image(alice.pk, BytesIO(picture("JPEG", (1000, 500))), "x")
    stem, places = image.name.removesuffix(".jpg"), f"{PREFIX}/{image.name[:2]}"
    names = [f"{stem}-480w.jpg", f"{stem}-960w.jpg", image.name]
    assert [each.key for each in bucket.objects.all()] == [f"{places}/{each}" for each in names]
    answer = charlie.get(image.address)
    content = answer.getvalue()
    assert content.startswith(b"\xff\xd8\xff") and int(answer["Content-Length"]) == len(content)
    assert "immutable" in answer["Cache-Control"]
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert delete_unused([image.pk]) == 1
    assert not [*bucket.objects.all()] and not media.exists()
    assert charlie.get(image.address).status_code == 404


def test_bucket_that_is_absent_refuses_the_upload(alice_client: Client, bucket: Any) -> None:
    bucket.delete()
    answer = send(alice_client, picture())
    bucket.create()
    assert answer.status_code == 503 and "could not be stored" in answer.content.decode()
    assert not Image.objects.exists()


def test_service_that_is_away_answers_503(
    alice: User, alice_client: Client, charlie: Client, bucket: Any, settings: Any
) -> None:
    image = store_image(alice.pk, BytesIO(picture()), "x")
    use(settings, f"http://{LOOPBACK}:{bound_port(0)}")
    answer = charlie.get(image.address)
    assert answer.status_code == 503 and answer["Retry-After"] == "60"
    assert "immutable" not in answer.get("Cache-Control", "")
    assert send(alice_client, picture("PNG")).status_code == 503
    assert Image.objects.get() == image
    assert LooseFile.objects.exists()  # purge_images deletes what may have been stored
