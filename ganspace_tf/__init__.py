"""GANSpace with TensorFlow: find, try, name and use the directions that matter in a trained GAN.

    file → network → generator → latents → components → edits → frames → files

    import ganspace_tf as gs
    gen = gs.load_generator("net.pkl")                    # an official network file
    comp = gs.decompose(gen, n=100_000, components=20)    # PCA of w
    w = gs.apply_edits(gen.w(seeds=[1, 2]), comp, [gs.parse_edit("E(v0, 0-4) = +2")])
    gs.save_strip("strip.png", gen.images(w, psi=0.7))

The names below are the public surface. Each is imported when it is first used, so that importing this
package costs nothing and starts neither TensorFlow nor scikit-learn.
"""

from __future__ import annotations

import importlib
from typing import List

from ganspace_tf.errors import GanspaceError

__version__ = "0.1.0"

_MODULES = ("directions", "streams")  # public names that are modules themselves; `directions` is called
# public name → module that defines it
_HOMES = {
    "load_generator": "ganspace_tf.generators",
    "decompose": "ganspace_tf.decomposition",
    "Components": "ganspace_tf.decomposition",
    "load_components": "ganspace_tf.decomposition",
    "Edit": "ganspace_tf.edits",
    "parse_edit": "ganspace_tf.edits",
    "parse_edits": "ganspace_tf.edits",
    "apply_edits": "ganspace_tf.edits",
    "NamedDirection": "ganspace_tf.directions",
    "load_direction": "ganspace_tf.directions",
    "load_latents": "ganspace_tf.photos",
    "explore": "ganspace_tf.explorer",
    "rank": "ganspace_tf.measure.asking",
    "teach": "ganspace_tf.measure.asking",
    "to_uint8": "ganspace_tf.render",
    "save_film": "ganspace_tf.render",
    "save_grid": "ganspace_tf.render",
    "save_strip": "ganspace_tf.render",
    "style_channels": "ganspace_tf.styles.channels",
}

__all__ = [
    "Components",
    "Edit",
    "GanspaceError",
    "NamedDirection",
    "apply_edits",
    "decompose",
    "directions",
    "explore",
    "load_components",
    "load_direction",
    "load_generator",
    "load_latents",
    "parse_edit",
    "parse_edits",
    "rank",
    "save_film",
    "save_grid",
    "save_strip",
    "streams",
    "style_channels",
    "teach",
    "to_uint8",
]


def __getattr__(name: str) -> object:
    """Import a public name on first use (PEP 562) and keep it as an ordinary attribute."""
    if name in _MODULES:
        return importlib.import_module("ganspace_tf." + name)
    if name not in _HOMES:
        raise AttributeError("module 'ganspace_tf' has no attribute {!r}".format(name))
    value = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> List[str]:
    return sorted(set(globals()) | set(__all__))
