"""A small network of every family and architecture, 32 pixels wide."""

from __future__ import annotations

import ganspace_tf as gs
from tests import stylegan3_recipe, tiny
from tests.persistent_writer import write

FAMILIES = [
    *("stylegan", "stylegan2-skip", "stylegan2-resnet", "stylegan2-orig", "stylegan2-revised"),
    *("stylegan2-ada", "stylegan3", "biggan"),
]


def load(family, folder):
    """The generator; its file is written into a folder."""
    path = folder / "net.pkl"
    if family == "biggan":
        return gs.load_generator("demo:biggan")
    if family == "stylegan3":
        design = stylegan3_recipe.Design(channel_base=128, channel_max=8, num_layers=6, resolution=32)
        return gs.load_generator(write(path, stylegan3_recipe.generator(design, seed=3)))
    return gs.load_generator(tiny.write_tiny(path, family, resolution=32))
