"""A direction from a file, whoever wrote it."""

from __future__ import annotations

import os
from typing import Any, Optional, Union

from ganspace_tf.decomposition.load import OURS, load_components
from ganspace_tf.directions.foreign import direction_in, direction_of, settled
from ganspace_tf.directions.named import NamedDirection
from ganspace_tf.directions.read import AnyDirection, read_direction
from ganspace_tf.errors import UsageError
from ganspace_tf.foreign.places import split_place
from ganspace_tf.foreign.table import read_directions
from ganspace_tf.foreign.values import read_head
from nvlabs.reading.zips import names_in


def load_direction(
    path: Union[str, "os.PathLike[str]"], gen: Any = None, any_basis: bool = False
) -> AnyDirection:
    """A direction from a file: ours (.json, `NamedDirection.save`) or another program's.

    Of others: a .npy, .npz or .pt array of (D,), (1, D), (L, D) or (1, L, D) (InterFaceGAN's boundaries,
    directions of the encoders and of StyleGAN), an edit that GANSpace saved, and one of several, as
    "FILE:K" (the first without): `factor.pt`, `ffhq_pca.pt`, components. Their fingerprint is "", and what
    the file does not say and is assumed stands in made["assumed"].
    gen: the network that it is for: its width and layers are checked, and its average w is the mean where the
    file has none. any_basis: also a direction that says it was found in another model. Raises FileError for
    what is no direction, UsageError for a K that is not there, BasisMismatch.
    """
    file, inside = split_place(os.fspath(path))
    named = _read(file, inside)
    if gen is None:
        return named
    named.check_model(gen, any_basis)
    return settled(named, gen) if isinstance(named, NamedDirection) else named


def _read(file: str, inside: Optional[str]) -> AnyDirection:
    if inside is not None and not (inside.isdecimal() and len(inside) < 9):
        raise UsageError("{}:{}: which direction of the file, as a number from 0".format(file, inside))
    index = None if inside is None else int(inside)
    head, _ = read_head(file)
    if file.lower().endswith(".json") or head.lstrip()[:1] in (b"{", b"["):
        if index:
            raise UsageError("{} holds one direction; {} is not there".format(file, index))
        return read_direction(file)
    if set(OURS) & set(names_in(file)):
        return direction_in(load_components(file), index, file)
    return direction_of(read_directions(file), index, file)
