"""What a picture starts from: the latents of seeds, or rows of a file, which its recipe keeps.

A recipe keeps rows themselves (float32, base64) up to PACKED_BYTES; of more rows it keeps where the file was
and its SHA-256, and `ganspace replay` needs the file.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional, Sequence

import numpy as np

from ganspace_tf import fields
from ganspace_tf.errors import FileError, UsageError
from ganspace_tf.photos.latents import Latents, read_latents, sha256_of
from ganspace_tf.recipe import pack_array, unpack_array
from ganspace_tf.render.frames import Look, seed_latents
from nvlabs.reading.shown import show

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator

PACKED_BYTES = 1 << 20  # 28 latents w+ of a network of 1024 pixels, or 512 latents w


Packed = Dict[str, Any]  # JSON values
ROWS: Dict[str, Any] = {"count": int, "names": List[str], "rows": Dict[str, Any]}
FILE: Dict[str, Any] = {"count": int, "file": str, "called": str, "inside": Optional[str], "as_w": bool}
FILE["sha256"] = str


class Starts(NamedTuple):
    """rows: (N, L, ·) latents. names: of the rows, for labels."""

    rows: np.ndarray
    names: List[str]


def pack_latents(latents: Latents) -> Packed:
    """Rows of a file as JSON values for a recipe. Raises FileError."""
    rows = np.asarray(latents.rows, np.float32)
    if (rows == rows[:, :1]).all():
        rows = rows[:, :1]
    if rows.nbytes <= PACKED_BYTES:
        return OrderedDict(count=len(rows), names=latents.names, rows=pack_array(rows))
    return OrderedDict(
        count=len(rows),
        file=latents.file,
        called=os.path.basename(latents.file),
        inside=latents.inside,
        as_w=latents.as_w,
        sha256=sha256_of(latents.file),
    )


def unpack_latents(packed: Packed, gen: Generator) -> Starts:
    """The inverse of `pack_latents`. Raises FileError for what cannot be right, and for a file that is gone
    or another one now.
    """
    try:
        if packed.get("rows") is not None:
            return _unpacked(packed, gen)
        _check(packed, FILE)
    except UsageError as error:
        raise FileError("the latents in the recipe are damaged: {}".format(error)) from None
    file = packed["file"]
    if sha256_of(file) != packed["sha256"]:
        raise FileError("{} is not the recipe's file of latents: its SHA-256 is another".format(file))
    latents = read_latents(file, gen, packed["inside"], packed["as_w"], packed["called"], trust=True)
    if len(latents.rows) != packed["count"]:
        raise FileError("the latents in the recipe are damaged: {} rows".format(packed["count"]))
    return Starts(latents.rows, latents.names)


def _unpacked(packed: Packed, gen: Generator) -> Starts:
    """Rows that the recipe holds. Raises UsageError."""
    _check(packed, ROWS)
    rows, names = unpack_array(packed["rows"]), packed["names"]
    if rows.ndim != 3 or len(rows) != packed["count"] or len(names) != len(rows):
        raise UsageError("rows of shape {} with {} names".format(rows.shape, len(names)))
    return Starts(gen.per_layer(rows[:, 0] if rows.shape[1] == 1 else rows), list(names))


def _check(packed: Packed, wanted: Dict[str, Any]) -> None:
    for key, kind in wanted.items():
        if not fields.fits(packed.get(key), kind):
            raise UsageError("{} is {}".format(key, show(packed.get(key))))


def start_count(seeds: Sequence[int], latents: Optional[Packed] = None) -> int:
    """How many latents there are, without making them. Raises UsageError for packed ones that do not say."""
    if latents is None:
        return len(seeds)
    if not fields.fits(latents.get("count"), int) or latents["count"] < 1:
        raise UsageError("the number of latents is {}".format(show(latents.get("count"))))
    return int(latents["count"])


def starts(
    gen: Generator,
    seeds: Sequence[int],
    look: Look,
    comp: Any = None,
    latents: Optional[Packed] = None,
) -> Starts:
    """Latents of seeds, or those that `pack_latents` packed, in the space that `comp` is of (w without).

    Raises UsageError for latents of a file with directions of z, which they have no coordinates in.
    """
    if latents is not None:
        if comp is not None and comp.latent != "w" and gen.has_mapping:
            raise UsageError("directions of z move seeds; latents of a file are w, behind the mapping")
        return unpack_latents(latents, gen)
    return Starts(seed_latents(gen, comp, seeds, look), ["seed {}".format(seed) for seed in seeds])
