"""Pictures that exist already: photos, and their latents.

reading.py   a photo in any file → upright RGB pixels
latents.py   any file of latents → (N, L, D), checked against a network
forms.py     how programs keep latents: one function and one row of the table each
records.py   our own files of latents
written.py   the forms of other programs: a row of the table each
project.py   photos → latents: tasks.py (one photo), plans.py (its starts), paths.py and lbfgs.py, methods.py
             (optimisers), spaces.py (w, w+, noise), starts.py, targets.py, evaluating.py (losses)
features/    what a network for photos sees, as a part of the loss
masks.py     what of a photo counts
"""

from __future__ import annotations

from ganspace_tf.photos.latents import Latents, load_latents, read_latents
from ganspace_tf.photos.reading import Photo, read_photo

__all__ = ["Latents", "Photo", "load_latents", "read_latents", "read_photo"]
