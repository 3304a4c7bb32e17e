"""Pictures that the tests make: one of each format, and files that must be refused."""

import struct
import zlib
from io import BytesIO
from typing import Any

from PIL import Image, ImageCms
from PIL.TiffImagePlugin import IFDRational

HTML = b"<script>alert(document.domain)</script>"


def picture(
    form: str = "JPEG", size: tuple[int, int] = (60, 40), mode: str = "RGB", **options: Any
) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, *size))
    content = BytesIO()
    image.convert(mode).save(content, form, **options)
    return content.getvalue()


def photo_of_a_phone() -> bytes:
    """A JPEG that is stored on its side, with place, device, comment and profile."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "SecretPhone"  # turn by 90 degrees clockwise; maker
    exif.get_ifd(0x8825)[2] = (IFDRational(48), IFDRational(8), IFDRational(0))  # GPSLatitude
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return picture(exif=exif, icc_profile=profile, comment=HTML)


def profile_that_swaps_red_and_blue() -> bytes:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"none").replace(b"bXYZ", b"rXYZ")
    return swapped.replace(b"none", b"bXYZ")


def animation(form: str, frames: int = 3, size: tuple[int, int] = (20, 10)) -> bytes:
    colours = ("red", "lime", "blue")
    images = [Image.new("RGB", size, colours[each % 3]) for each in range(frames)]
    content = BytesIO()
    images[0].save(content, form, save_all=True, append_images=images[1:], duration=50, loop=0)
    return content.getvalue()


def png_with_size(width: int, height: int) -> bytes:
    """A PNG of a few bytes whose header claims this size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = [(b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(map(chunk, *zip(*chunks, strict=True)))


def jpeg_with_scans(more: int) -> bytes:
    """A progressive JPEG whose last scan is repeated."""
    content = picture(progressive=True)
    scan = content[content.rindex(b"\xff\xda") : -2]
    return content[:-2] + scan * more + content[-2:]


def chunk(name: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


REFUSED = {
    "HEIC": b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(100),
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
    "SVG with a head": b"<?xml version='1.0'?>\n<!-- a comment -->\n<svg/>",
    "HTML": b"<!DOCTYPE html>" + HTML,
    "PDF": b"%PDF-1.7\n",
    "TIFF": picture("TIFF"),
    "BMP": picture("BMP"),
    "text": b"Nothing but text.",
    "empty": b"",
    "GIF that is HTML": b"GIF89a/*" + HTML + b"*/=1;",
    "truncated JPEG": picture("JPEG", (600, 400))[:3000],
    "truncated PNG": picture("PNG", (600, 400))[:200],
    "truncated WebP": picture("WEBP", (600, 400))[:200],
    "truncated AVIF": picture("AVIF", (600, 400))[:300],
    "bomb": png_with_size(20_000, 20_000),
    "bomb over Pillow's limit": png_with_size(60_000, 60_000),
    "long strip": png_with_size(16_001, 2),
    "too many pixels": png_with_size(6_500, 6_500),
    "many scans": jpeg_with_scans(100),
    "many frames": animation("GIF", 1_001, (1, 1)),
}
