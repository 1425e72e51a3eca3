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
from typing import TYPE_CHECKING, Any, Dict, Iterable, NamedTuple, Optional

import numpy as np

from ganspace_tf.errors import FileError

if TYPE_CHECKING:
    from ganspace_tf.decomposition import Components
    from ganspace_tf.generators.base import Generator

FORMAT = 1


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


def recipe_from_text(text: str, source: str) -> Dict[str, Any]:
    """The inverse of `recipe_text`. FileError, naming `source`, for what is no recipe of this format."""
    try:
        recipe = json.loads(text)
    except ValueError as error:
        raise FileError("{}: the recipe is not valid JSON ({})".format(source, error)) from None
    kinds = {"format": int, "verb": str, "model": dict, "settings": dict}
    if not isinstance(recipe, dict) or not all(
        isinstance(recipe.get(key), kind) for key, kind in kinds.items()
    ):
        raise FileError("{} is not a recipe: it needs {}".format(source, ", ".join(kinds)))
    if recipe["format"] != FORMAT:
        raise FileError(
            "{}: recipe format {}; this version reads format {}".format(source, recipe["format"], FORMAT)
        )
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
        count, rows = int(packed["count"]), [int(k) for k in packed["used"]]
        arrays = {key: unpack_array(value) for key, value in packed.items() if isinstance(value, dict)}
        for key in ("directions", "stdev", "act_directions", "act_stdev"):
            if key in arrays:
                whole = np.zeros((count,) + arrays[key].shape[1:], np.float32)
                whole[rows] = arrays[key]
                arrays[key] = whole
        return UsedComponents(
            packed["fingerprint"],
            packed["digest"],
            packed["latent"],
            endpoint=packed.get("endpoint"),
            **arrays,
        )
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise FileError("{}: the components in the recipe are damaged ({!r})".format(source, error)) from None


def pack_array(array: Any) -> Dict[str, Any]:
    """A float32 array as JSON values, exactly: shape and little-endian bytes in base64."""
    array = np.ascontiguousarray(array, "<f4")
    return OrderedDict(shape=list(array.shape), float32=base64.b64encode(array.tobytes()).decode("ascii"))


def unpack_array(packed: Dict[str, Any]) -> np.ndarray:
    """The inverse of `pack_array`. Raises ValueError or KeyError."""
    data = base64.b64decode(packed["float32"].encode("ascii"), validate=True)
    return np.frombuffer(data, "<f4").reshape(packed["shape"]).astype(np.float32)
