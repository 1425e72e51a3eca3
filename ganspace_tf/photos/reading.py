"""A photo as people have them → upright RGB pixels: whichever way the camera was held, whatever the file is.

    photo = read_photo("me.jpg")
    photo.pixels                       # (H, W, 3) uint8, as a viewer shows it

Colour profiles are not applied, as the originals do not. Limits are checked before a pixel is decoded.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from typing import Any, List, NamedTuple, Optional, Tuple, Union

import numpy as np
from PIL import Image

from ganspace_tf.errors import FileError
from ganspace_tf.picture_files.containers import UPRIGHT, Container, read_container
from ganspace_tf.picture_files.explained import explained

PathLike = Union[str, "os.PathLike[str]"]
MAX_BYTES = 256_000_000  # of a file
MEMORY = 720_000_000  # bytes for the pixels: 120 million of them in most files, 40 in frames of films
MAX_FRAMES = 10_000  # of a film, the first of which is taken
KINDS = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")  # Pillow's modes of at most 8 bits
DEEP = ("I", "I;16", "I;16L", "I;16B")  # grey of 16 bits
OPAQUE = 255


class Photo(NamedTuple):
    """pixels: (H, W, 3) uint8 RGB, upright. alpha: (H, W) uint8, 0 for what is clear; None where all is
    opaque. sha256: of the file. exif_turn: the camera's orientation that was undone, 1 to 8 (1: none). notes:
    what became of the file on the way, for people.
    """

    pixels: np.ndarray
    alpha: Optional[np.ndarray]
    sha256: str
    exif_turn: int
    notes: List[str]


def read_photo(path: PathLike) -> Photo:
    """The photo in a file: JPEG, PNG, WebP, TIFF, GIF or BMP, of any kind of pixels.

    Of films the first frame is taken. Raises FileError, which names the file: cannot be read, no picture or a
    damaged one, more pixels than are read.
    """
    path = os.fspath(path)
    with explained(path):
        data = _bytes_of(path)
        return _photo(data, _contained(data))


def upright(pixels: np.ndarray, turn: int) -> np.ndarray:
    """Pixels (H, W, …) as a viewer shows them. turn: Exif's orientation, 1 to 8 (Exif 2.32, tag 274): which
    sides of the scene the first row and the first column are.
    """
    if turn >= 5:  # the first row is the left or the right side
        pixels = pixels.swapaxes(0, 1)
    if turn in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if turn in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def _bytes_of(path: str) -> bytes:
    """The bytes of an ordinary file. Raises OSError, FileError without the name of the file."""
    status = os.stat(path)
    if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for whoever writes into it
        raise FileError("it is no ordinary file")
    if status.st_size > MAX_BYTES:
        raise FileError("{:,} bytes; photos have at most {:,}".format(status.st_size, MAX_BYTES))
    with open(path, "rb") as stream:
        return stream.read(MAX_BYTES)


def _contained(data: bytes) -> Container:
    """What the file says of itself. Raises FileError, also for sizes that are not read."""
    if data[4:8] == b"ftyp" and data[8:12] in (b"heic", b"heix", b"mif1", b"msf1", b"heim", b"hevc", b"avif"):
        raise FileError("a HEIC or AVIF photo; save it as JPEG or PNG")
    found = read_container(io.BytesIO(data))
    most = MEMORY // found.each
    if found.width * found.height > most or found.frames > MAX_FRAMES:
        text = "{:,} × {:,} pixels{}; photos of at most {:,} pixels are read"
        film = " in {:,} frames".format(found.frames) if found.frames > MAX_FRAMES else ""
        raise FileError(text.format(found.width, found.height, film, most))
    return found


def _photo(data: bytes, found: Container) -> Photo:
    notes = []
    with Image.open(found.stream, formats=[found.format]) as image:
        if found.frames > 1 and getattr(image, "n_frames", 1) > 1:
            notes.append("{} frames or pages: the first is taken".format(image.n_frames))
        image.seek(0)
        image.load()
        deep = found.bits > 8 or image.mode in DEEP
        if deep:
            notes.append("16 bits a channel became 8")
        if image.mode == "CMYK":
            notes.append("CMYK became RGB")
        pixels, alpha = _grey(image) if image.mode in DEEP else _coloured(image)
    # of a TIFF Pillow itself undoes the orientation while it decodes
    turn = UPRIGHT if found.format == "TIFF" else found.turn
    return Photo(
        upright(pixels, turn),
        None if alpha is None else upright(alpha, turn),
        hashlib.sha256(data).hexdigest(),
        found.turn,
        notes,
    )


def _grey(image: Any) -> Tuple[np.ndarray, None]:
    """Grey of 16 bits as RGB."""
    values = np.asarray(image).astype(np.int64)
    if values.min() < 0 or values.max() > 65535:
        raise FileError("grey of more than 16 bits")
    grey = ((values * OPAQUE + 32767) // 65535).astype(np.uint8)
    return np.repeat(grey[..., None], 3, axis=2), None


def _coloured(image: Any) -> Tuple[np.ndarray, Optional[np.ndarray]]:
    if image.mode not in KINDS:
        raise FileError("pixels of kind {}; grey, colours, CMYK and palettes are read".format(image.mode))
    if "A" not in image.mode and "transparency" not in image.info:
        return np.asarray(image.convert("RGB")), None
    pixels = np.asarray(image.convert("RGBA"))
    alpha = pixels[..., 3]
    return pixels[..., :3], None if (alpha == OPAQUE).all() else alpha
