"""The formats of directions that are read, the most particular first. A new one is a file and a row."""

from __future__ import annotations

import os
from typing import Union

from ganspace_tf.errors import FileError
from ganspace_tf.foreign import arrays, encoder_pca, factor, saved_edit
from ganspace_tf.foreign.found import Found
from ganspace_tf.foreign.shapes import told
from ganspace_tf.foreign.values import read_values

# Modules with `recognises(value)` and `read(value)`, asked in this order.
FORMATS = (saved_edit, encoder_pca, factor, arrays)


def read_directions(path: Union[str, "os.PathLike[str]"]) -> Found:
    """The directions in a file of another program. Raises FileError, in one line that names the file."""
    value = read_values(path)
    for form in FORMATS:
        if form.recognises(value):
            try:
                return form.read(value)
            except FileError as error:
                raise FileError("{}: {}".format(path, error)) from None
    raise FileError(
        "{} holds no directions but {}; known are one array of (D) to (1, L, D), factor.pt (eigvec), "
        "an encoder's PCA (comp, mean, std) and GANSpace's saved edits (lat_comp)".format(path, told(value))
    )
