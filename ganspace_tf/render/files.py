"""Pictures and films on disk: PNG with its recipe inside and beside it, GIF, MP4. Whole files or none.

Every file is written to a temporary name in its own folder and renamed, so that a full disk, Ctrl-C or a
crash leaves what was there before. The same pixels and the same recipe give the same bytes. A recipe beside
a picture never replaces a file that is no recipe, nor the only recipe of a film. Where a picture or film gets
no recipe, one of the same name is removed, since it would be taken for its own.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any, BinaryIO, Dict, Optional, Sequence, Tuple, Union

import numpy as np
from PIL import Image, PngImagePlugin

from ganspace_tf.cache import write_file
from ganspace_tf.errors import FileError, UsageError
from ganspace_tf.fields import fits
from ganspace_tf.json_files import read_text
from ganspace_tf.picture_files.png_chunks import find_text
from ganspace_tf.recipe import recipe_from_text, recipe_text, same_drawing
from ganspace_tf.render.frames import to_uint8
from ganspace_tf.render.gif import encode_gif
from ganspace_tf.render.layout import WHITE, checked, grid, strip, tidy_columns
from ganspace_tf.render.video import encode_mp4, even_size
from nvlabs.errors import NetworkFileError
from nvlabs.reading.budget import Budget
from nvlabs.reading.shown import show

PathLike = Union[str, "os.PathLike[str]"]
RECIPE_KEY = "ganspace"  # keyword of the PNG text chunk
PICTURES = (".png",)
FILMS = (".gif", ".mp4")
KINDS = {b"GIF8": "GIF", b"\xff\xd8\xff\xe0": "JPEG", b"\xff\xd8\xff\xe1": "JPEG", b"RIFF": "WEBP"}


def save_strip(
    path: PathLike, frames: Any, recipe: Optional[Dict[str, Any]] = None, gap: Optional[int] = None
) -> Path:
    """Write frames in a row as a PNG, with `recipe` inside it and beside it; returns its path.

    frames: images as generators give them, float (S, C, H, W) in [-1, 1], or uint8 (S, H, W, 3 or 4).
    gap: white columns between them, by default W // 64 and at least one. Raises UsageError, FileError.
    """
    return save_png(path, strip(_pixels(frames), gap), recipe)


def save_grid(
    path: PathLike,
    frames: Any,
    columns: Optional[int] = None,
    captions: Optional[Sequence[str]] = None,
    recipe: Optional[Dict[str, Any]] = None,
) -> Path:
    """Write frames row by row in a grid as a PNG, with `recipe` inside it and beside it; returns its path.

    frames: as for `save_strip`. columns: None for as many as leave no cell empty where that looks well, else
    near square. captions: a line below each frame. Raises UsageError, FileError.
    """
    frames = _pixels(frames)
    columns = tidy_columns(len(frames)) if columns is None else columns
    return save_png(path, grid(frames, columns, captions), recipe)


def save_png(path: PathLike, image: np.ndarray, recipe: Optional[Dict[str, Any]] = None) -> Path:
    """Write one image (H, W, 3 or 4) uint8 as PNG; `recipe` goes into a text chunk and into NAME.json."""
    path = _with_suffix(path, PICTURES)
    check_beside(path, recipe)
    write_bytes(path, png_bytes(image, recipe))
    _write_beside(path, recipe)
    return path


def png_bytes(image: np.ndarray, recipe: Optional[Dict[str, Any]] = None) -> bytes:
    """One image (H, W, 3 or 4) uint8 as the content of a PNG file, with `recipe` in a text chunk."""
    info = PngImagePlugin.PngInfo()
    if recipe is not None:
        info.add_text(RECIPE_KEY, recipe_text(recipe))
    data = io.BytesIO()
    Image.fromarray(checked(image, 3)).save(data, "PNG", pnginfo=info)
    return data.getvalue()


def save_film(path: PathLike, frames: Any, recipe: Optional[Dict[str, Any]] = None, fps: float = 20) -> Path:
    """Write frames as a film that repeats: .gif, or .mp4 (needs the extra `video`).

    frames: as for `save_strip`. Transparent pixels become white. The recipe goes into NAME.json beside the
    film. `film_size` says how large it is. Raises UsageError, FileError.
    """
    path = _with_suffix(path, FILMS)
    frames = _opaque(checked(_pixels(frames), 4))
    check_beside(path, recipe)
    if not fits(fps, float) or fps <= 0:
        raise UsageError("a film needs a number above 0 of frames a second, not {}".format(show(fps)))
    if path.suffix.lower() == ".gif":
        write_bytes(path, encode_gif(frames, fps))
    else:
        write_file(path, lambda handle: encode_mp4(frames, fps, handle.name))
    _write_beside(path, recipe)
    return path


def film_size(path: PathLike, frames: np.ndarray) -> Tuple[int, int]:
    """(height, width) of the film that `save_film` makes of frames (S, H, W, C): MP4 has even sides."""
    H, W = frames.shape[1:3]
    return even_size(H, W) if Path(path).suffix.lower() == ".mp4" else (H, W)


def read_recipe(path: PathLike) -> Dict[str, Any]:
    """The recipe of a .json file or a picture (inside it, or in NAME.json beside it). No pixel is decoded.
    Raises FileError.
    """
    path, text = Path(path), None
    if not path.name or "\0" in path.name:
        raise FileError("cannot read {!r}: no file has this name".format(str(path)))
    budget = Budget.of_files(path)
    if path.suffix.lower() == ".json":
        return recipe_from_text(read_text(path, budget), str(path), budget)
    if path.suffix.lower() in PICTURES:
        text = _png_text(path, budget)
    if text is None and beside(path).exists():
        budget = Budget.of_files(beside(path))
        text = read_text(beside(path), budget)
    if text is None:
        if not path.exists():
            raise FileError("cannot read {}: No such file or directory".format(path))
        raise FileError("{} has no recipe inside, and there is no {}".format(path, beside(path).name))
    return recipe_from_text(text, str(path), budget)


def beside(path: PathLike) -> Path:
    """Where the recipe of a picture or film lies beside it."""
    return Path(path).with_suffix(".json")


def recipe_beside(path: PathLike) -> Optional[Dict[str, Any]]:
    """The recipe that lies beside a picture or film, whatever it is of; None where there is none."""
    try:
        return read_recipe(beside(path)) if Path(path).name and os.path.exists(beside(path)) else None
    except FileError:
        return None


def check_beside(path: PathLike, recipe: Optional[Dict[str, Any]]) -> None:
    """Refuse a picture or film whose recipe would replace a file that is not its own.

    What lies at `beside(path)` may be replaced if it is a recipe, of whatever was drawn there before; but not
    if a film of the same name needs it, since a film has no other, unless both recipes draw the same. recipe:
    None where none will be written, and one that is there is removed by the same rules. Raises FileError.
    """
    path, place = Path(path), beside(path)
    there = recipe_beside(path)
    if there is None:
        if recipe is not None and os.path.exists(place):
            raise FileError(
                "cannot write {}: its recipe belongs into {}, which is there and is no recipe; choose "
                "another name".format(path, place)
            )
        return
    for film in [path.with_suffix(kind) for kind in FILMS if kind != path.suffix.lower()]:
        if film.exists() and (recipe is None or not same_drawing(there, recipe)):
            why = "its recipe belongs into {}" if recipe is not None else "its recipe would seem to be {}"
            raise FileError(
                "cannot write {}: {}, which is the only one of {}; choose another name".format(
                    path, why.format(place), film.name
                )
            )


def _write_beside(path: Path, recipe: Optional[Dict[str, Any]]) -> None:
    """Write the recipe beside what was just written; without one, remove that of what was there before."""
    if recipe is not None:
        write_bytes(beside(path), recipe_text(recipe).encode("ascii"))
    elif recipe_beside(path) is not None:
        try:
            os.remove(beside(path))
        except OSError as error:
            raise FileError("cannot remove {}: {}".format(beside(path), error.strerror or error)) from None


def write_bytes(path: PathLike, data: bytes) -> None:
    """Write a whole file or leave what was there. Raises FileError."""

    def write(handle: BinaryIO) -> None:
        handle.write(data)

    write_file(os.fspath(path), write)


def _pixels(frames: Any) -> np.ndarray:
    """Frames as uint8 (S, H, W, C): images as generators give them are converted. Raises UsageError."""
    if isinstance(frames, (list, tuple)):
        shapes = sorted({np.shape(frame) for frame in frames})
        if len(shapes) > 1:
            raise UsageError("frames have one shape, not {}".format(" and ".join(map(str, shapes[:3]))))
    frames = np.asarray(frames)
    if frames.dtype != np.uint8 and frames.dtype.kind != "f":
        text = "frames are float images (S, C, H, W) in [-1, 1], or uint8 pixels (S, H, W, 3 or 4), not {}"
        raise UsageError(text.format(frames.dtype))
    return frames if frames.dtype == np.uint8 else to_uint8(frames)


def _with_suffix(path: PathLike, allowed: Any) -> Path:
    path = Path(path)
    if "\0" in str(path):
        raise UsageError("cannot write {!r}: no file has a zero byte in its name".format(str(path)))
    if path.suffix.lower() not in allowed:
        raise UsageError("{} must end in {}".format(path, " or ".join(allowed)))
    return path


def _png_text(path: Path, budget: Budget) -> Optional[str]:
    """The recipe chunk of a PNG file, None if it has none. Raises FileError for what is no PNG."""
    try:
        with open(str(path), "rb") as stream:
            other = KINDS.get(stream.read(4))
            if other is not None:
                raise FileError("not a PNG file but {}".format(other))
            return find_text(stream, RECIPE_KEY, budget)
    except OSError as error:
        raise FileError("cannot read {}: {}".format(path, error.strerror or error)) from None
    except ValueError as error:  # a path that holds a null character
        raise FileError("cannot read {}: {}".format(path, error)) from None
    except FileError as error:
        raise FileError("{} is {}".format(path, error)) from None
    except NetworkFileError as error:
        raise FileError("{} has a text that {}".format(path, error.reason)) from None


def _opaque(frames: np.ndarray) -> np.ndarray:
    """RGB frames; RGBA ones are laid on white."""
    if frames.shape[-1] == 3:
        return frames
    alpha = frames[..., 3:].astype(np.float32) / 255
    return np.round(frames[..., :3] * alpha + WHITE * (1 - alpha)).astype(np.uint8)
