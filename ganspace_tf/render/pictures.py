"""Every kind of picture by the name that its recipe gives: what `ganspace replay` knows.

A new kind is a class with the four methods of `picture.Picture` and a row here.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Dict, Type

from ganspace_tf.errors import UnknownName
from ganspace_tf.render import figures, mixing, path, sheets
from ganspace_tf.render.picture import Picture

PICTURES: Dict[str, Type[Picture]] = OrderedDict(
    sample=sheets.Sample,
    edit=sheets.Strips,
    visualize=sheets.Sheet,
    sequence=figures.Sequence,
    rows=figures.Rows,
    resampling=figures.Resampling,
    mixed=figures.Mixed,
    mixing=mixing.Mixing,
    walk=path.Path,
)


def picture_from_recipe(recipe: Dict[str, Any]) -> Picture:
    """The picture that a recipe describes. Raises UnknownName (a kind not in PICTURES) and FileError."""
    if recipe["verb"] not in PICTURES:
        raise UnknownName.among("kind of picture", recipe["verb"], PICTURES)
    return PICTURES[recipe["verb"]].from_json(recipe["settings"])
