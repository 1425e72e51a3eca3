"""Recipes: everything that made a picture, as JSON, so that it can be made again.

    format           1
    verb             what was drawn: sample, edit, visualize
    model            name as the user gave it, fingerprint, family
    settings         arguments of the drawing: seeds, psi, cutoff, noise, edits, …
    components       digest, and the directions that the edits use (float32, base64): no other file is needed
    pixels           SHA-256 of the picture's shape and pixels
    versions         Python, NumPy, TensorFlow, ganspace

A recipe holds no times and no output paths: the same work gives the same recipe, and the same PNG bytes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Dict, Iterable, List, NamedTuple, Optional

import numpy as np

from ganspace_tf import fields, json_files
from ganspace_tf.errors import FileError, UsageError
from nvlabs.reading.budget import Budget
from nvlabs.reading.shown import show, show_shape

if TYPE_CHECKING:
    from ganspace_tf.decomposition import Components
    from ganspace_tf.generators.base import Generator

FORMAT = 1
REQUIRED = {"format": int, "verb": str, "model": Dict[str, Any], "settings": Dict[str, Any]}
OPTIONAL = {
    "components": Optional[Dict[str, Any]],
    "pixels": Optional[str],
    "versions": Optional[Dict[str, Any]],
}
MODEL = {"fingerprint": Optional[str], "family": Optional[str]}
LONGEST_NAME = 5_000  # characters of the path of a network


def make_recipe(
    verb: str,
    gen: Generator,
    model: str,
    settings: Dict[str, Any],
    comp: Optional[Components] = None,
    used: Iterable[int] = (),
    pixels: Optional[np.ndarray] = None,
) -> Dict[str, Any]:
    """The recipe of what `verb` drew with `settings` (JSON values) on the network the user called `model`.

    comp, used: components and the indices of those that the picture needs. pixels: the picture, uint8.
    """
    return OrderedDict(
        format=FORMAT,
        verb=verb,
        model=OrderedDict(name=model, fingerprint=gen.fingerprint, family=gen.family),
        settings=settings,
        components=None if comp is None else pack_components(comp, used),
        pixels=None if pixels is None else pixel_digest(pixels),
        versions=versions(),
    )


def recipe_text(recipe: Dict[str, Any]) -> str:
    """A recipe as ASCII JSON; equal recipes give equal text."""
    return json.dumps(recipe, indent=1, ensure_ascii=True, allow_nan=False) + "\n"


def recipe_from_text(text: str, source: str, budget: Optional[Budget] = None) -> Dict[str, Any]:
    """The inverse of `recipe_text`. FileError, naming `source`, for what is no recipe of this format.

    budget: what reading may still take (default: by the length of the text).
    """
    # a model may have a name that is not UTF-8: Python keeps its bytes as half characters
    recipe = json_files.parse(text, source + ": the recipe", budget, surrogates=True)
    if not isinstance(recipe, dict) or not all(
        fields.fits(recipe.get(key), kind) for key, kind in REQUIRED.items()
    ):
        raise FileError("{} is not a recipe: it needs {}".format(source, ", ".join(REQUIRED)))
    if recipe["format"] != FORMAT:
        raise FileError(
            "{}: recipe format {}; this version reads format {}".format(source, recipe["format"], FORMAT)
        )
    for where, kinds in (recipe, OPTIONAL), (recipe["model"], MODEL):
        for key, kind in kinds.items():
            if not fields.fits(where.get(key), kind):
                raise FileError("{}: the recipe has a wrong {}: {}".format(source, key, show(where.get(key))))
    name = recipe["model"].get("name", "")
    if not isinstance(name, str) or len(name) > LONGEST_NAME or "\0" in name:
        raise FileError("{}: the recipe has a wrong name of a model: {}".format(source, show(name)))
    return recipe


def same_drawing(one: Dict[str, Any], other: Dict[str, Any]) -> bool:
    """Whether two recipes draw the same of the same model and components, as a film and its picture do."""

    def drawing(recipe: Dict[str, Any]) -> Any:
        packed = recipe.get("components") or {}
        facts = [recipe["verb"], recipe["model"].get("fingerprint"), recipe["settings"], packed.get("digest")]
        return json.loads(json.dumps(facts))

    return bool(drawing(one) == drawing(other))


def pixel_digest(pixels: np.ndarray) -> str:
    """SHA-256 of a uint8 array's shape and values, hexadecimal."""
    digest = hashlib.sha256(repr(tuple(pixels.shape)).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    return digest.hexdigest()


def versions() -> Dict[str, str]:
    """Versions of what pixels depend on; TensorFlow only if it is in use."""
    import ganspace_tf

    found = OrderedDict(ganspace=ganspace_tf.__version__, python="{}.{}".format(*sys.version_info[:2]))
    found["numpy"] = np.__version__
    tensorflow = sys.modules.get("tensorflow")
    if tensorflow is not None:
        found["tensorflow"] = tensorflow.__version__
    return found


# ------------------------------------------------------------------ components inside a recipe

ARRAYS = ("directions", "mean", "stdev", "act_directions", "act_mean", "act_stdev")
PACKED: Dict[str, Any] = {"fingerprint": str, "digest": str, "latent": str, "endpoint": Optional[str]}
PACKED.update({"count": int, "used": List[int]}, **dict.fromkeys(ARRAYS, Optional[Dict[str, Any]]))
MOST = 1_000_000  # components that rows are used of
LARGEST = 1 << 30  # bytes of all rows, nearly all of which are zero and cost nothing
MOST_AXES = 8


class UsedComponents(NamedTuple):
    """What drawing needs of `Components`, as it comes out of a recipe; rows that were not used are zero."""

    fingerprint: str
    digest: str
    latent: str
    directions: np.ndarray  # (K, D)
    mean: np.ndarray  # (D,)
    stdev: np.ndarray  # (K,)
    endpoint: Optional[str] = None
    act_directions: Optional[np.ndarray] = None  # (K, F…)
    act_mean: Optional[np.ndarray] = None
    act_stdev: Optional[np.ndarray] = None


def pack_components(comp: Components, used: Iterable[int]) -> Dict[str, Any]:
    """The components that a picture needs, as JSON values."""
    rows = sorted({int(k) for k in used})
    packed: Dict[str, Any] = OrderedDict(
        fingerprint=comp.fingerprint,
        digest=comp.digest,
        latent=comp.latent,
        count=len(comp.directions),
        used=rows,
    )
    packed["directions"] = pack_array(np.asarray(comp.directions)[rows])
    packed["stdev"] = pack_array(np.asarray(comp.stdev)[rows])
    packed["mean"] = pack_array(comp.mean)
    if getattr(comp, "act_directions", None) is not None:
        packed["endpoint"] = comp.endpoint
        packed["act_directions"] = pack_array(np.asarray(comp.act_directions)[rows])
        packed["act_stdev"] = pack_array(np.asarray(comp.act_stdev)[rows])
        packed["act_mean"] = pack_array(comp.act_mean)
    return packed


def unpack_components(packed: Dict[str, Any], source: str) -> UsedComponents:
    """The inverse of `pack_components`. Raises FileError for what cannot be right."""
    try:
        for key, kind in PACKED.items():
            if not fields.fits(packed.get(key), kind):
                raise UsageError("{} is {}".format(key, show(packed.get(key))))
        count, rows = packed["count"], packed["used"]
        if not 0 < count <= MOST or not all(0 <= row < count for row in rows):
            raise UsageError("of {} components {} are used".format(count, show(rows)))
        if packed["latent"] not in ("w", "z"):
            raise UsageError("they are directions of {}".format(show(packed["latent"])))
        arrays = {key: unpack_array(packed[key]) for key in ARRAYS if packed.get(key) is not None}
        activations = [key in arrays for key in ARRAYS if key.startswith("act_")]
        if any(activations) != all(activations):
            raise UsageError("a part of their activations is missing")
        for key in arrays:
            if key.endswith("mean"):
                continue
            arrays[key] = _spread(arrays[key], rows, count)
        _check_widths(arrays)
    except (KeyError, UsageError) as error:
        text = "{}: the components in the recipe are damaged: {}"
        raise FileError(
            text.format(source, error if isinstance(error, UsageError) else "a part is missing")
        ) from None
    return UsedComponents(
        packed["fingerprint"], packed["digest"], packed["latent"], endpoint=packed.get("endpoint"), **arrays
    )


def _spread(used: np.ndarray, rows: List[int], count: int) -> np.ndarray:
    """Rows at their places among `count`, zero elsewhere; memory is taken for those that are there."""
    if len(used) != len(rows):
        raise UsageError("{} rows for {} components".format(len(used), len(rows)))
    if 4 * count * int(np.prod(used.shape[1:], dtype=np.float64)) > LARGEST:
        raise UsageError("{} rows of shape {} are too many".format(count, used.shape[1:]))
    whole = np.zeros((count,) + used.shape[1:], np.float32)
    whole[rows] = used
    return whole


def _check_widths(arrays: Dict[str, np.ndarray]) -> None:
    """Raises UsageError if the arrays do not fit each other; KeyError if one is missing."""
    for start in ("", "act_") if "act_mean" in arrays else ("",):
        directions, mean, stdev = (arrays[start + key] for key in ("directions", "mean", "stdev"))
        if directions.shape[1:] != mean.shape or stdev.ndim != 1 or (not start and mean.ndim != 1):
            raise UsageError(
                "directions of shape {}, mean of {}, sigma of {}".format(
                    directions.shape, mean.shape, stdev.shape
                )
            )


def pack_array(array: Any) -> Dict[str, Any]:
    """A float32 array as JSON values, exactly: shape and little-endian bytes in base64."""
    array = np.ascontiguousarray(array, "<f4")
    return OrderedDict(shape=list(array.shape), float32=base64.b64encode(array.tobytes()).decode("ascii"))


def unpack_array(packed: Dict[str, Any]) -> np.ndarray:
    """The inverse of `pack_array`. Raises UsageError for what is no array of finite numbers."""
    shape, text = packed.get("shape", ()), packed.get("float32")
    right = fields.fits(shape, List[int]) and 0 < len(shape) <= MOST_AXES and min(shape) >= 0
    if not right or not isinstance(text, str):
        raise UsageError("an array needs its shape and numbers in base64")
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
        array = np.frombuffer(data, "<f4").reshape(shape)
    except (ValueError, OverflowError):  # no base64, or another number of numbers than the shape says
        raise UsageError("an array of shape {} has other numbers".format(show_shape(shape))) from None
    if not np.isfinite(array).all():
        raise UsageError("an array of shape {} holds NaN or infinity".format(show_shape(shape)))
    return array.astype(np.float32)
