"""What a path is and what it holds: a picture, a folder of pictures, a recipe, components."""

from __future__ import annotations

import os
from collections import OrderedDict
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Iterator, NamedTuple, Optional

import numpy as np
from PIL import Image

from ganspace_tf.errors import FileError, UsageError
from ganspace_tf.picture_files.containers import Container, read_container
from ganspace_tf.picture_files.explained import explained
from ganspace_tf.render import files

PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff")
GREY_OR_COLOUR = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")  # at most 8 bits a channel
MAX_FRAMES = 10_000
MAX_PIXELS = 100_000_000  # of all frames, and two more for every byte of the file
MEMORY = 120_000_000  # bytes for the pixels of one file, and one more for every byte of the file


def kind_of(path: str) -> str:
    """ "folder", "recipe", "components" or "picture", by the ending of the name. Raises FileError,
    UsageError.
    """
    if os.path.isdir(path):
        return "folder"
    if not os.path.exists(path):
        raise FileError("cannot read {}: No such file or directory".format(path))
    ending = os.path.splitext(path)[1].lower()
    if ending in PICTURES:
        return "picture"
    if ending in (".json", ".npz"):
        return "recipe" if ending == ".json" else "components"
    raise UsageError(
        "{}: compared are pictures ({}), folders of them, recipes (.json) and components (.npz)".format(
            path, " ".join(PICTURES)
        )
    )


class Strip(NamedTuple):
    """Rows of one frame, from `row` on: (h, W, 3 or 4) uint8."""

    frame: int
    row: int
    pixels: np.ndarray


class Frames:
    """An open picture or film, read a frame at a time. Raises FileError, which names the file."""

    def __init__(self, path: str, image: Any, count: int) -> None:
        self._path, self._image = path, image
        self.count = count
        self.width, self.height = image.size

    def strips(self, rows: int, only: Optional[int] = None) -> Iterator[Strip]:
        """All frames (or one), from top to bottom, so many rows at a time."""
        for number in range(self.count) if only is None else [only]:
            with explained(self._path):
                if number:
                    self._image.seek(number)
                self._image.load()
                if self._image.size != (self.width, self.height):
                    raise FileError("{}: frames of several sizes".format(self._path))
                clear = "A" in self._image.mode or "transparency" in self._image.info
            for row in range(0, self.height, rows):
                with explained(self._path):
                    box = (0, row, self.width, min(row + rows, self.height))
                    part = np.asarray(self._image.crop(box).convert("RGBA" if clear else "RGB"))
                yield Strip(number, row, part)


@contextmanager
def open_picture(path: str) -> Iterator[Frames]:
    """A picture or film, not yet decoded. Raises FileError: cannot be read, no picture of these formats, more
    than 8 bits a channel, more pixels or frames than are compared.
    """
    with ExitStack() as held:
        with explained(path):
            stream = held.enter_context(open(path, "rb"))
            found = read_container(stream)
            if found.bits > 8:
                raise FileError(
                    "pixels of {} bits a channel; those with up to 8 bits are compared".format(found.bits)
                )
            _check_size(found, os.fstat(stream.fileno()).st_size)
            image = held.enter_context(Image.open(found.stream, formats=[found.format]))
            if image.mode not in GREY_OR_COLOUR:
                raise FileError("pixels of kind {} have more than 8 bits".format(image.mode))
            count = 1 if found.frames == 1 else getattr(image, "n_frames", 1)
            if count > found.frames:
                raise FileError("not a picture, or a damaged one")
        yield Frames(path, image, count)


def read_frame(path: str, frame: int = 0) -> np.ndarray:
    """One frame, (H, W, 3 or 4) uint8. Raises FileError as `open_picture`."""
    with open_picture(path) as opened:
        return next(opened.strips(opened.height, only=frame)).pixels


def _check_size(found: Container, size: int) -> None:
    """Refuse what would take too much memory or time for a file of so many bytes."""
    pixels = found.width * found.height
    each, total = (MEMORY + size) // found.each, MAX_PIXELS + 2 * size
    given = "{:,} × {:,} pixels".format(found.width, found.height)
    if pixels > each:
        text = "{} are too many for a {} file of {:,} bytes; of such ones up to {:,} pixels are compared"
        raise FileError(text.format(given, found.format, size, each))
    if found.frames > MAX_FRAMES or pixels * found.frames > total:
        text = "{:,} frames of {} are too many for a film of {:,} bytes; of such ones up to {:,} frames and "
        text += "{:,} pixels in all are compared"
        raise FileError(text.format(found.frames, given, size, MAX_FRAMES, total))


def pictures_in(folder: str) -> "OrderedDict[str, str]":
    """Pictures of a folder and its subfolders: path inside it, with "/", to path. Raises FileError."""
    found = OrderedDict()
    for path in sorted(Path(folder).rglob("*")):
        if path.suffix.lower() in PICTURES and path.is_file():
            found[path.relative_to(folder).as_posix()] = str(path)
    if not found:
        raise FileError("{} holds no pictures ({})".format(folder, " ".join(PICTURES)))
    return found


def picture_of(recipe_path: str) -> Optional[str]:
    """The picture that lies beside a recipe and holds it, or None."""
    for ending in (".png", ".gif"):
        path = Path(recipe_path).with_suffix(ending)
        if path.is_file() and files.beside(path) == Path(recipe_path):
            return str(path)
    return None
