"""An edit that GANSpace's interactive viewer saved: a pickled dictionary, read as data.

Used are `lat_comp` (1, D), `lat_stdev`, `latent_space`, `edit_start` and `edit_end` (the first layer that is
no longer edited), `sigma_range` and `name`; the rest is kept as facts.
"""

from __future__ import annotations

import math
from typing import Any, Dict, Optional, Tuple

import numpy as np

from ganspace_tf.errors import FileError
from ganspace_tf.foreign.found import Found
from ganspace_tf.foreign.shapes import told, vectors

FACTS = ("component_index", "model_name", "output_class", "edit_type", "truncation", "example_seed")
LONGEST = 200  # characters of a text that is kept


def recognises(value: Any) -> bool:
    """A dictionary with a latent component and the layers of an edit."""
    return isinstance(value, dict) and "lat_comp" in value and "edit_start" in value


def read(value: Dict[str, Any]) -> Found:
    """The direction with its layers and range. Raises FileError, without the file."""
    found = vectors(value["lat_comp"])
    if len(found.rows) > 1:
        raise FileError("lat_comp is one direction, not {}".format(told(value["lat_comp"])))
    length = float(np.linalg.norm(found.rows.astype(np.float64)))
    stdev = _number(value.get("lat_stdev"))
    if stdev is None or stdev < 0:
        raise FileError("lat_stdev is a number from 0 up, not {}".format(told(value.get("lat_stdev"))))
    first, end = (_number(value.get(key)) for key in ("edit_start", "edit_end"))
    if first is None or first < 0 or (end is not None and end <= first):
        raise FileError("edit_start and edit_end are no layers: {!r:.20}, {!r:.20}".format(first, end))
    latent = str(value.get("latent_space", "W")).lower()[:1]
    return Found(
        (found.rows / np.float32(length)).astype(np.float32),
        np.array([stdev * length], np.float32),
        False,
        "an edit that GANSpace saved",
        "strengths in sigmas of the file",
        in_sigmas=True,
        latent=latent if latent in ("w", "z") else "w",
        name=_text(value.get("name")),
        first_layer=int(first),
        last_layer=None if end is None else int(end) - 1,
        sigma_range=_range(value.get("sigma_range")),
        facts={key: value[key] for key in FACTS if isinstance(value.get(key), (str, int, float))},
    )


def _number(value: Any) -> Optional[float]:
    """A finite number, also where it is an array of one; None for anything else."""
    if isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind in "fiu":
        value = value.ravel()[0].item()
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < 1e30 and math.isfinite(value) else None


def _range(value: Any) -> Optional[Tuple[float, float]]:
    """One number is a range to both sides."""
    ends = list(value) if isinstance(value, (list, tuple)) else [value]
    numbers = [number for number in map(_number, ends[:2]) if number is not None]
    if len(numbers) < len(ends):
        return None
    low, high = (-abs(numbers[0]), abs(numbers[0])) if len(numbers) == 1 else (numbers[0], numbers[1])
    return (low, high) if low < high else None


def _text(value: Any) -> str:
    return value.strip()[:LONGEST] if isinstance(value, str) else ""
