"""Components from a file, whoever wrote it."""

from __future__ import annotations

import os
from typing import Union

from ganspace_tf.decomposition.components import Components, read_components
from ganspace_tf.decomposition.foreign import components_of
from ganspace_tf.errors import FileError
from ganspace_tf.foreign.table import read_directions
from ganspace_tf.foreign.values import begins_as_values, read_head
from nvlabs.reading.zips import MAGIC, names_in

OURS = ("lat_comp.npy", "lat_mean.npy", "lat_stdev.npy")  # entries of the files of ours and of GANSpace


def load_components(path: Union[str, "os.PathLike[str]"]) -> Components:
    """Read components that this program, GANSpace or another one wrote.

    Of others: a .npy, .npz or .pt array of directions (D) to (1, L, D) or (K, D), `factor.pt` of
    rosinality's port, the encoders' `ffhq_pca.pt`, an edit that GANSpace saved. What such a file does not say
    and is assumed stands in settings["assumed"]. A file that does not name its model has the fingerprint "",
    and fits any model of its width.
    Raises FileError: not there, damaged, or something else than components.
    """
    head, size = read_head(path)
    if head.lstrip()[:1] == b"{":
        raise FileError("{} is JSON, no components: a named direction goes into --direction".format(path))
    names = names_in(path)
    damaged = head.startswith(MAGIC) and not names
    if set(OURS) & set(names) or damaged or not begins_as_values(head, size):
        return read_components(os.fspath(path))
    return components_of(read_directions(path), str(path))
