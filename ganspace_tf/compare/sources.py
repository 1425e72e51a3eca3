"""What a path is and what it holds: a picture, a folder of pictures, a recipe, components."""

from __future__ import annotations

import os
from collections import OrderedDict
from pathlib import Path
from typing import Optional

import numpy as np
from PIL import Image, ImageSequence

from ganspace_tf.errors import FileError, UsageError
from ganspace_tf.render import files

PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".bmp", ".webp", ".tif", ".tiff")
GREY_OR_COLOUR = ("1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr")  # at most 8 bits a channel
MAX_FRAMES = 10_000


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


def read_picture(path: str) -> np.ndarray:
    """A picture as (H, W, 3 or 4) uint8, an animation as (S, H, W, 3 or 4). Raises FileError."""
    try:
        with Image.open(path) as image:
            if image.mode not in GREY_OR_COLOUR:
                raise FileError("{}: pixels of kind {} have more than 8 bits".format(path, image.mode))
            frames = []
            for frame in ImageSequence.Iterator(image):
                clear = "A" in frame.mode or "transparency" in frame.info
                frames.append(np.asarray(frame.convert("RGBA" if clear else "RGB")))
                if len(frames) > MAX_FRAMES:
                    raise FileError("{} has more than {} frames".format(path, MAX_FRAMES))
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        reason = getattr(error, "strerror", None) or "not a picture, or a damaged one"
        raise FileError("cannot read {}: {}".format(path, reason)) from None
    channels = max(frame.shape[-1] for frame in frames)
    same = [np.pad(f, ((0, 0), (0, 0), (0, channels - f.shape[-1])), constant_values=255) for f in frames]
    return same[0] if len(same) == 1 else np.stack(same)


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
