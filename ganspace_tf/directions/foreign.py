"""A direction out of a file of another program, as a named direction."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any, Optional, Union

import numpy as np

from ganspace_tf.decomposition import Components
from ganspace_tf.directions.named import NamedDirection, as_list
from ganspace_tf.errors import UsageError
from ganspace_tf.foreign.found import Found

SIGMA_RANGE = (-3.0, 3.0)  # of files that do not say: what InterFaceGAN draws of its boundaries
UNKNOWN = "unknown"  # made["mean"] of a direction whose file has none


def direction_of(found: Found, index: Optional[int], path: Union[str, "os.PathLike[str]"]) -> NamedDirection:
    """A direction of a file; index: which one of a basis (default the first, which is said).

    made: source; assumed, what the file does not say; layers, how many it has rows for; mean. Raises
    UsageError for an index that is not there.
    """
    count = len(found.rows) if found.basis else 1
    if not 0 <= (index or 0) < count:
        raise UsageError("{} holds {} direction{}; {} is not there".format(
            path, count, "" if count == 1 else "s, 0 to {}".format(count - 1), index))  # fmt: skip
    stem = os.path.splitext(os.path.basename(os.fspath(path)))[0]
    at, assumed = index or 0, found.assumed
    if found.basis:
        stem += " v{}".format(at)
        if index is None:
            assumed = "the first of {} directions (FILE:K is another); {}".format(count, assumed)
    if found.sigma_range is None:
        assumed += "; {:g} to {:g} where nothing else is asked for".format(*SIGMA_RANGE)
    rows = found.rows if found.per_layer else found.rows[at]
    width = found.rows.shape[1]
    return NamedDirection(
        name=found.name or stem,
        fingerprint="",
        vector=[as_list(row) for row in rows] if found.per_layer else as_list(rows),
        stdev=float(found.stdev[at]),
        mean=[0.0] * width if found.mean is None else as_list(found.mean),
        latent=found.latent,
        layers=(found.first_layer, found.last_layer),
        sigma_range=found.sigma_range or SIGMA_RANGE,
        made=_made(found, assumed),
    )


def direction_in(
    comp: Components, index: Optional[int], path: Union[str, "os.PathLike[str]"]
) -> NamedDirection:
    """A component of a components file (default v0) as a direction."""
    if not 0 <= (index or 0) < len(comp):
        raise UsageError("{} holds components 0 to {}; {} is not there".format(path, len(comp) - 1, index))
    stem = os.path.splitext(os.path.basename(os.fspath(path)))[0]
    made = {} if index is not None else {"assumed": "component v0 (FILE:K is another), in sigmas"}
    return NamedDirection.of("{} v{}".format(stem, index or 0), comp, index or 0, made=made)


def settled(named: NamedDirection, gen: Any) -> NamedDirection:
    """The direction with the average w of the network for a mean, where its file has none."""
    if named.made.get("mean") != UNKNOWN or named.latent != "w" or gen.dlatent_avg is None:
        return named
    return replace(named, mean=as_list(np.asarray(gen.dlatent_avg)))


def _made(found: Found, assumed: str) -> Any:
    made = dict(found.facts, source=found.source, assumed=assumed, in_sigmas=found.in_sigmas)
    if found.layers is not None:
        made["layers"] = found.layers
    if found.mean is None:
        made["mean"] = UNKNOWN
    return made
