"""Decodes an uploaded picture and encodes it anew: upright, in sRGB, without metadata.

The format is judged by the first bytes, and the size by the header, before a pixel is decoded.
"""

import re
from contextlib import suppress
from io import BytesIO
from typing import IO, NamedTuple

from django.utils.translation import gettext as _
from PIL import Image as Pillow
from PIL import ImageCms, ImageOps, ImageSequence

from articles.images.decoding_slots import DecodingSlots
from articles.images.signatures import ImageRefused, recognised
from core.markdown.picture_sizes import smaller_widths
from core.workers.per_process import per_process

PIXELS = 40_000_000  # of a picture; of an animation in all its frames
SIDE = 16_000  # pixels; WebP ends at 16,383
FRAMES = 1_000
WIDEST = 2_560  # pixels; a wider picture is scaled down
QUALITY = 85
ENDINGS = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
KEPT_AS = {"JPEG": "JPEG", "PNG": "PNG", "GIF": "PNG", "WEBP": "WEBP", "AVIF": "WEBP"}
OPTIONS: dict[str, dict[str, object]] = {
    "JPEG": {"quality": QUALITY, "optimize": True, "progressive": True},
    "PNG": {},
    "WEBP": {"quality": QUALITY, "method": 4},
}
# Of a JPEG: each takes a few bytes of the file and passes over all pixels. A progressive one has
# about 10.
SCANS = 100
_scan = re.compile(rb"\xff\xda\x00(?:\x08\x01|\x0a\x02|\x0c\x03|\x0e\x04)")  # ITU-T T.81, B.2.3
slots = per_process(DecodingSlots)


class Encoded(NamedTuple):
    """A picture and its smaller files, by their width in pixels; size in pixels."""

    width: int
    height: int
    ending: str
    is_animated: bool
    content: bytes
    smaller: dict[int, bytes]


def encode(file: IO[bytes]) -> Encoded:
    """Returns the picture as it is served.

    Raises ImageRefused, with a message for its author, for a file that is no picture of an allowed
    format, is damaged or too large; and decoding_slots.Busy if too many pictures are decoded.
    """
    kind = recognised(file)
    if kind == "JPEG":
        _check_scans(file)
    with slots().taken():
        try:
            with Pillow.open(file, formats=[kind]) as image:
                return _encoded(image, kind)
        except ImageRefused:
            raise
        except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning):
            raise ImageRefused(_too_many_pixels()) from None
        except Exception as error:  # a decoder raises any error for a file that is damaged
            message = _("The file is damaged or incomplete, so it cannot be read as %(kind)s.")
            raise ImageRefused(message % {"kind": kind}) from error


def _too_many_pixels() -> str:
    message = _(
        "The picture is too large. At most %(pixels)d megapixels are allowed (of an animation in "
        "all its frames), and %(side)d pixels on a side."
    )
    return message % {"pixels": PIXELS // 1_000_000, "side": SIDE}


def _check_size(image: Pillow.Image, frames: int = 1) -> None:
    if image.width * image.height * frames > PIXELS or max(image.size) > SIDE:
        raise ImageRefused(_too_many_pixels())


def _check_scans(file: IO[bytes]) -> None:
    found = len(_scan.findall(file.read()))
    file.seek(0)
    if found > SCANS:
        message = _("The JPEG has %(found)d scans; at most %(most)d are allowed.")
        raise ImageRefused(message % {"found": found, "most": SCANS})


def _encoded(image: Pillow.Image, kind: str) -> Encoded:
    _check_size(image)
    if kind != "JPEG" and getattr(image, "is_animated", False):  # a phone's JPEG may hold a second
        return _animation(image, kind)
    upright = _in_srgb(_upright(image))
    upright.info = {}
    if upright.width > WIDEST:
        upright = _scaled(upright, WIDEST)
    form = KEPT_AS[kind]
    smaller = {
        width: _bytes(_scaled(upright, width), form) for width in smaller_widths(upright.width)
    }
    return Encoded(*upright.size, ENDINGS[form], False, _bytes(upright, form), smaller)


def _animation(image: Pillow.Image, kind: str) -> Encoded:
    """A WebP animation with the same frames; it has no smaller files."""
    frames: list[Pillow.Image] = []
    durations: list[int] = []
    for frame in ImageSequence.Iterator(image):
        if len(frames) == FRAMES:
            message = _("The animation has more than %(frames)d frames.")
            raise ImageRefused(message % {"frames": FRAMES})
        _check_size(frame, len(frames) + 1)
        frames.append(_in_srgb(frame))
        frames[-1].info = {}
        durations.append(round(frame.info.get("duration", 100)))
    content = BytesIO()
    frames[0].save(
        content,
        "WEBP",
        save_all=True,
        append_images=frames[1:],
        duration=durations,
        loop=image.info.get("loop", 1 if kind == "GIF" else 0),  # 0 is forever
        quality=QUALITY,
        method=0,
    )
    return Encoded(*frames[0].size, "webp", True, content.getvalue(), {})


def _upright(image: Pillow.Image) -> Pillow.Image:
    image.load()
    try:
        return ImageOps.exif_transpose(image)
    except Exception:  # EXIF data are often damaged, and a picture is complete without them
        return image


def _in_srgb(image: Pillow.Image) -> Pillow.Image:
    """A copy in RGB, RGBA or grey. A colour profile that cannot be read counts as absent."""
    profile = image.info.get("icc_profile")
    mode = "RGBA" if image.has_transparency_data else "RGB"
    if image.mode.startswith("I"):  # 16 bits of grey
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    is_final = mode == "RGB" and image.mode in ("L", "CMYK")
    found = image.copy() if is_final else image.convert(mode)
    if profile:
        with suppress(ImageCms.PyCMSError, ValueError, OSError):
            found = _from_profile(found, profile, mode)
    return found.convert("RGB") if found.mode == "CMYK" else found


def _from_profile(image: Pillow.Image, profile: bytes, mode: str) -> Pillow.Image:
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    converted = ImageCms.profileToProfile(
        image, source, ImageCms.createProfile("sRGB"), outputMode=mode
    )
    assert converted is not None  # it is None only if it works in place
    return converted


def _scaled(image: Pillow.Image, width: int) -> Pillow.Image:
    height = max(1, round(image.height * width / image.width))
    return image.resize((width, height), Pillow.Resampling.LANCZOS)


def _bytes(image: Pillow.Image, form: str) -> bytes:
    content = BytesIO()
    image.save(content, form, **OPTIONS[form])
    return content.getvalue()
