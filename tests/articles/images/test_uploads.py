"""The page of an author's pictures: uploading, uses, deleting."""

import re
import threading
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from articles.images import picture_files, storing
from articles.images.decoding import slots
from articles.images.storing import store_image
from articles.models import Image
from articles.views import pictures
from tests.articles.images.corpus import REFUSED, picture
from tests.factories import make_article

pytestmark = pytest.mark.django_db
PAGE = "/articles/mine/images/"


def send(client: Client, content: bytes, **fields: Any) -> Any:
    name, kind = fields.pop("name", "picture.jpg"), fields.pop("kind", "image/jpeg")
    file = SimpleUploadedFile(name, content, kind)
    fields = {"alt": "Red and blue"} | fields
    headers = fields.pop("headers", {"accept": "text/html"})
    return client.post(PAGE, {"file": file, **fields}, headers=headers)


def files(media: Path) -> list[str]:
    return sorted(path.name for path in media.glob("*/*"))


def test_answer_shows_the_line_of_markdown(alice_client: Client, media: Path) -> None:
    answer = send(alice_client, picture(size=(1000, 500)))
    image = Image.objects.get()
    assert answer["Location"] == f"{PAGE}?uploaded={image.pk}"
    page = alice_client.get(answer["Location"]).content.decode()
    assert f'value="![Red and blue]({image.address})" autofocus' in page
    assert re.fullmatch(r"[0-9a-f]{40}-1000x500\.jpg", image.name)
    assert files(media) == [image.name.replace(".jpg", "-480w.jpg"),
                            image.name.replace(".jpg", "-960w.jpg"), image.name]  # fmt: skip
    assert image.size == sum(path.stat().st_size for path in media.glob("*/*"))


def test_script_gets_json(alice_client: Client) -> None:
    accept = {"accept": "application/json"}
    answer = send(alice_client, picture(), headers=accept)
    assert answer.status_code == 201
    assert answer.json()["markdown"] == f"![Red and blue]({Image.objects.get().address})"
    answer = send(alice_client, REFUSED["HEIC"], headers=accept)
    assert answer.status_code == 400 and "HEIC" in answer.json()["errors"][0]


def test_special_characters_of_the_description_are_escaped(alice_client: Client) -> None:
    answer = send(
        alice_client, picture(), alt="a [b](c) *d* \\ <i>", headers={"accept": "application/json"}
    )
    line = answer.json()["markdown"]
    article = make_article(User.objects.get(), body=line)
    assert 'alt="a [b](c) *d* \\ &lt;i&gt;"' in article.body_html


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"alt": ""}, 200),
        ({"alt": "x", "decorative": "on"}, 200),
        ({"alt": "x" * 301}, 400),
    ],
)
def test_description_or_decorative_is_asked_for(
    alice_client: Client, media: Path, fields: dict[str, str], status: int
) -> None:
    answer = send(alice_client, picture(), **fields)
    assert answer.status_code == status and "field-error" in answer.content.decode()
    assert not Image.objects.exists() and not files(media)


def test_decorative_is_an_answer(alice_client: Client) -> None:
    send(alice_client, picture(), alt="", decorative="on")
    assert Image.objects.get().alt == ""


@pytest.mark.parametrize("name", ["HEIC", "SVG", "truncated JPEG", "bomb", "GIF that is HTML"])
def test_refused_file_is_named_beside_its_field(
    alice_client: Client, media: Path, name: str
) -> None:
    answer = send(alice_client, REFUSED[name])
    assert answer.status_code == 200
    assert "file" in answer.context["form"].errors and 'id="id_file_error"' in str(answer.content)
    assert not Image.objects.exists() and not files(media)


def test_name_and_type_of_the_upload_are_ignored(alice_client: Client, media: Path) -> None:
    send(alice_client, picture("PNG"), name="../../../../etc/passwd", kind="text/html")
    assert files(media) == [Image.objects.get().name]
    assert Image.objects.get().name.endswith("-60x40.png")


def test_file_over_ten_megabytes_is_refused(alice_client: Client) -> None:
    answer = send(alice_client, bytes(storing.FILE + 1))
    assert answer.status_code == 400 and "10.0\xa0MB are allowed" in answer.content.decode()
    assert send(alice_client, bytes(storing.FILE + 300_000)).status_code == 413


def test_request_without_a_file_is_refused(alice_client: Client) -> None:
    assert "file" in alice_client.post(PAGE, {"alt": "x"}).context["form"].errors


def test_only_an_author_uploads(charlie: Client, bob: User, bob_client: Client) -> None:
    assert "/login" in send(charlie, picture())["Location"]
    bob.groups.clear()
    assert send(bob_client, picture()).status_code == 403
    assert not Image.objects.exists()


def test_csrf_token_is_required(alice: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    assert send(client, picture()).status_code == 403


def test_same_file_is_one_picture_of_an_author(alice_client: Client, media: Path) -> None:
    for alt in ("First", "Second"):
        send(alice_client, picture(), alt=alt)
    assert Image.objects.get().alt == "Second" and len(files(media)) == 1


def test_two_authors_have_the_same_picture_under_two_names(
    alice_client: Client, bob_client: Client, media: Path
) -> None:
    for client in (alice_client, bob_client):
        send(client, picture())
    assert len(files(media)) == 2
    image = Image.objects.get(owner__username="bob_reads")
    assert alice_client.post(f"{PAGE}{image.pk}/delete/").status_code == 404
    assert image.name not in alice_client.get(PAGE).content.decode()
    bob_client.post(f"{PAGE}{image.pk}/delete/")
    assert Image.objects.get().owner.username == "alice_writes"


def test_quota_is_kept(alice_client: Client, media: Path, settings: Any) -> None:
    send(alice_client, picture())
    settings.INKPOOL_MEDIA_QUOTA = Image.objects.get().size + 10
    answer = send(alice_client, picture(size=(61, 40)))
    assert "are allowed. Delete" in answer.content.decode()
    assert len(files(media)) == 1


def test_uploads_are_counted(alice_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "UPLOADS", pictures.UPLOADS._replace(attempts=1))
    assert send(alice_client, picture()).status_code == 302
    answer = send(alice_client, picture())
    assert answer.status_code == 429 and int(answer["Retry-After"]) > 0


def test_busy_process_says_when_to_try_again(
    alice_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("articles.images.decoding_slots.WAIT", 0.01)
    with slots().taken():
        answer = send(alice_client, picture())
    assert answer.status_code == 503 and answer["Retry-After"] == "10"
    assert "Try again in a moment" in answer.content.decode()


def test_storage_that_cannot_be_written_leaves_nothing(
    alice_client: Client, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = picture_files.write_file

    def second_fails(name: str, content: bytes) -> None:
        if files(media):
            raise OSError("No space left on device")
        written(name, content)

    monkeypatch.setattr(picture_files, "write_file", second_fails)
    answer = send(alice_client, picture(size=(1000, 500)))
    assert answer.status_code == 503 and "could not be stored" in answer.content.decode()
    assert not files(media) and not Image.objects.exists()


def test_page_costs_the_same_queries_for_any_number(alice: User, alice_client: Client) -> None:
    counts = []
    for width in (60, 61, 62):
        image = store_image(alice.pk, BytesIO(picture(size=(width, 40))), "x")
        make_article(alice, body=f"![x]({image.address})")
        with CaptureQueriesContext(connection) as found:
            alice_client.get(PAGE)
        counts.append(len(found))
    assert {*counts} == {counts[0]} and counts[0] <= 8


def test_page_lists_where_a_picture_is_used(alice: User, bob: User, alice_client: Client) -> None:
    send(alice_client, picture())
    image = Image.objects.get()
    assert "No saved text uses it" in alice_client.get(PAGE).content.decode()
    mine = make_article(alice, title="Mine", body=f"![x]({image.address})")
    make_article(bob, title="Secret of Bob", body=f"![x]({image.address})")
    page = alice_client.get(PAGE).content.decode()
    assert f'<a href="/articles/{mine.pk}/">Mine</a>' in page
    assert "1 article of another author" in page and "Secret" not in page
    assert "/delete/" not in page


def test_page_without_pictures_says_so(alice_client: Client) -> None:
    assert "You have no pictures yet" in alice_client.get(PAGE).content.decode()


@pytest.mark.skipif(
    settings.DATABASES["default"]["ENGINE"] != "core.mysql_pool",
    reason="runs in the pass on MariaDB",
)
@pytest.mark.django_db(transaction=True)
def test_same_file_sent_twice_at_once_is_one_picture(
    alice: User, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, found = threading.Barrier(2, timeout=20), []
    insert = storing.insert

    def together(*args: Any) -> Image:
        both.wait()
        return insert(*args)

    monkeypatch.setattr(storing, "insert", together)

    def upload() -> None:
        try:
            found.append(store_image(alice.pk, BytesIO(picture()), "x").pk)
        finally:
            connection.close()

    threads = [threading.Thread(target=upload) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 2 and len({*found}) == 1
    assert files(media) == [Image.objects.get().name]
