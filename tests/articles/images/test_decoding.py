"""Uploads are judged by their content and encoded anew, or refused in words."""

from io import BytesIO

import pytest
from PIL import Image

from articles.images import decoding
from articles.images.decoding import Encoded, encode, slots
from articles.images.decoding_slots import Busy
from articles.images.signatures import ImageRefused
from tests.articles.images.corpus import (
    HTML,
    REFUSED,
    animation,
    jpeg_with_scans,
    photo_of_a_phone,
    picture,
    profile_that_swaps_red_and_blue,
)


def encoded(content: bytes) -> Encoded:
    return encode(BytesIO(content))


def opened(found: Encoded) -> Image.Image:
    return Image.open(BytesIO(found.content))


@pytest.mark.parametrize(
    ("form", "ending"),
    [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp"), ("GIF", "png"), ("AVIF", "webp")],
)
def test_each_format_keeps_its_picture(form: str, ending: str) -> None:
    found = encoded(picture(form))
    assert (found.ending, found.width, found.height, found.smaller) == (ending, 60, 40, {})
    image = opened(found).convert("RGB")
    red, blue = image.getpixel((5, 20)), image.getpixel((55, 20))
    assert red[0] > 200 > 60 > red[2] and blue[2] > 200 > 60 > blue[0]  # type: ignore[index, operator]


@pytest.mark.parametrize("mode", ["L", "LA", "P", "RGBA", "1", "I;16"])
def test_each_mode_of_png_is_read(mode: str) -> None:
    assert opened(encoded(picture("PNG", mode=mode))).size == (60, 40)


def test_jpeg_in_cmyk_becomes_rgb() -> None:
    assert opened(encoded(picture("JPEG", mode="CMYK"))).mode == "RGB"


def test_photo_is_turned_upright_and_loses_its_metadata() -> None:
    content = photo_of_a_phone()
    assert b"SecretPhone" in content and HTML in content
    found = encoded(content)
    assert (found.width, found.height) == (40, 60)
    image = opened(found)
    assert image.getpixel((20, 5))[0] > 200  # type: ignore[index]  # what was left is at the top
    assert not image.getexif() and not {"exif", "icc_profile", "comment"} & image.info.keys()
    assert b"SecretPhone" not in found.content and HTML not in found.content


def test_bytes_behind_the_picture_are_dropped() -> None:
    assert HTML not in encoded(picture("PNG") + HTML).content


def test_colours_of_a_profile_become_srgb() -> None:
    profile = profile_that_swaps_red_and_blue()
    image = opened(encoded(picture("PNG", icc_profile=profile)))
    assert "icc_profile" not in image.info
    red, _, blue = image.getpixel((5, 20))  # type: ignore[misc]  # of the red half
    assert red < 60 < 200 < blue


def test_profile_that_cannot_be_read_is_ignored() -> None:
    image = opened(encoded(picture("PNG", icc_profile=b"no profile")))
    assert image.getpixel((5, 20)) == (255, 0, 0)


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "AVIF"])
def test_animation_keeps_its_frames(form: str) -> None:
    found = encoded(animation(form))
    assert (found.ending, found.is_animated, found.smaller) == ("webp", True, {})
    image = opened(found)
    assert (image.n_frames, image.info["loop"]) == (3, 0)  # type: ignore[attr-defined]
    image.load()
    assert image.info["duration"] == 50


def test_smaller_files_are_made_of_wide_pictures() -> None:
    found = encoded(picture("JPEG", (1700, 850)))
    sizes = {width: Image.open(BytesIO(data)).size for width, data in found.smaller.items()}
    assert sizes == {480: (480, 240), 960: (960, 480), 1600: (1600, 800)}


def test_picture_wider_than_the_widest_is_scaled_down() -> None:
    assert encoded(picture("JPEG", (5120, 100)))[:2] == (2560, 50)


@pytest.mark.parametrize("name", REFUSED)
def test_other_files_are_refused_in_words(name: str) -> None:
    with pytest.raises(ImageRefused) as refusal:
        encoded(REFUSED[name])
    assert str(refusal.value).endswith(".")


def test_scans_of_a_jpeg_are_counted_before_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    assert encoded(jpeg_with_scans(2)).ending == "jpg"
    monkeypatch.setattr(Image.Image, "load", lambda image: pytest.fail("decoded"))
    with pytest.raises(ImageRefused, match="scans; at most 100"):
        encoded(REFUSED["many scans"])


@pytest.mark.parametrize("name", ["HEIC", "SVG", "HTML", "PDF", "TIFF", "BMP"])
def test_refusal_names_the_format(name: str) -> None:
    with pytest.raises(ImageRefused, match=f"is {name}. These are allowed: JPEG, PNG"):
        encoded(REFUSED[name])


def test_size_in_the_header_is_judged_before_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image.Image, "load", lambda image: pytest.fail("decoded"))
    with pytest.raises(ImageRefused, match="40 megapixels"):
        encoded(REFUSED["bomb"])


def test_frames_count_towards_the_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "PIXELS", 500)
    assert encoded(animation("GIF", 2)).is_animated
    with pytest.raises(ImageRefused, match="megapixels"):
        encoded(animation("GIF", 3))


def test_pictures_are_decoded_one_after_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("articles.images.decoding_slots.WAIT", 0.01)
    with slots().taken(), pytest.raises(Busy):
        encoded(picture())
    assert encoded(picture())
