"""Pictures that exist already: photos, and their latents.

reading.py   a photo in any file → upright RGB pixels
latents.py   any file of latents → (N, L, D), checked against a network
forms.py     how programs keep latents: one function and one row of the table each
"""

from __future__ import annotations

from ganspace_tf.photos.latents import Latents, load_latents, read_latents
from ganspace_tf.photos.reading import Photo, read_photo

__all__ = ["Latents", "Photo", "load_latents", "read_latents", "read_photo"]
