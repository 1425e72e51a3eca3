"""Every kind of picture by the name that its recipe gives: what `ganspace replay` knows.

A new kind is a class with the four methods of `picture.Picture` and a row here.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Dict, Optional, Type

from ganspace_tf.biggan.class_words import plain_class
from ganspace_tf.errors import UnknownName
from ganspace_tf.render import across, figures, mixing, path, sheets
from ganspace_tf.render.picture import Picture

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator

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
    across=across.Across,
)


def picture_from_recipe(recipe: Dict[str, Any], latents: Optional[str] = None) -> Picture:
    """The picture that a recipe describes. latents: where the file is now that its latents were in, if it
    does not hold them itself. Raises UnknownName (a kind not in PICTURES) and FileError.
    """
    if recipe["verb"] not in PICTURES:
        raise UnknownName.among("kind of picture", recipe["verb"], PICTURES)
    settings = dict(recipe["settings"])
    if latents is not None and isinstance(settings.get("latents"), dict) and "file" in settings["latents"]:
        settings["latents"] = dict(settings["latents"], file=latents)
    return PICTURES[recipe["verb"]].from_json(settings)


def settled(picture: Picture, gen: Generator) -> Picture:
    """A picture of an older recipe, whose classes may be names, with indices in their place: as it was drawn,
    so the first sense of a name that several classes share.
    """
    look, names = picture.look, gen.class_names
    if not look.classes or names is None or not any(isinstance(one, str) for one in look.classes):
        return picture
    plain = [
        plain_class(one, gen.n_classes, names, True) if isinstance(one, str) else one for one in look.classes
    ]
    return replace(picture, look=replace(look, classes=plain))
