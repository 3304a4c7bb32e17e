"""Files of pictures under /media/: immutable, harmless, as secret as their names."""

from io import BytesIO
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from articles.images.storing import store_image
from articles.models import Image
from tests.articles.images.corpus import picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def image(alice: User) -> Image:
    return store_image(alice.pk, BytesIO(picture("JPEG", (1000, 500))), "x")


@pytest.mark.parametrize("reader", ["charlie", "alice_client"])
def test_picture_is_the_same_for_all_forever(
    request: pytest.FixtureRequest, image: Image, reader: str, django_assert_num_queries: Any
) -> None:
    client = request.getfixturevalue(reader)
    with django_assert_num_queries(0):
        answer = client.get(image.address)
    assert answer.status_code == 200 and answer.getvalue().startswith(b"\xff\xd8\xff")
    headers = {name: answer.headers.get(name) for name in ("Vary", "Set-Cookie")}
    assert headers == {"Vary": None, "Set-Cookie": None}
    assert answer["Content-Type"] == "image/jpeg"
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer["X-Content-Type-Options"] == "nosniff"
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "sandbox" in policy


def test_smaller_file_is_served_too(charlie: Client, image: Image) -> None:
    answer = charlie.get(image.thumbnail)
    assert "-480w.jpg" in image.thumbnail
    assert int(answer["Content-Length"]) == len(answer.getvalue()) < image.size


def test_head_sends_no_content(charlie: Client, image: Image) -> None:
    answer = charlie.head(image.address)
    assert int(answer["Content-Length"]) > 0 and answer.getvalue() == b""


def test_range_is_answered_with_the_whole_file(charlie: Client, image: Image) -> None:
    answer = charlie.get(image.address, headers={"range": "bytes=0-9"})
    assert answer.status_code == 200
    assert len(answer.getvalue()) == int(answer["Content-Length"])


def test_other_methods_are_refused(charlie: Client, image: Image) -> None:
    assert charlie.post(image.address).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/media/",
        "/media/../manage.py",
        "/media/..%2f..%2fmanage.py",
        "/media/%2e%2e/%2e%2e/etc/passwd",
        f"/media/{'0' * 40}-1x1.jpg",
        f"/media/{'0' * 40}-1x1.svg",
        f"/media/{'0' * 40}-1x1.jpg%0a",
        f"/media/{'0' * 40}-1x1.jpg/../x",
    ],
)
def test_other_names_are_not_found(charlie: Client, image: Image, path: str) -> None:
    assert charlie.get(path).status_code == 404


def test_name_of_another_size_is_not_found(charlie: Client, image: Image) -> None:
    assert charlie.get(image.address.replace("1000x500", "1x1")).status_code == 404


def test_proxy_is_told_to_send_the_file(charlie: Client, image: Image, settings: Any) -> None:
    settings.INKPOOL_MEDIA_ACCEL = "/protected-media/"
    answer = charlie.get(image.address)
    assert answer["X-Accel-Redirect"] == f"/protected-media/{image.name[:2]}/{image.name}"
    assert (answer.content, answer["Content-Type"]) == (b"", "image/jpeg")
    assert "immutable" in answer["Cache-Control"]
