"""Latents of pictures that exist already.

latents.py   any file of latents → (N, L, D), checked against a network
forms.py     how programs keep latents: one function and one row of the table each
"""

from __future__ import annotations

from ganspace_tf.photos.latents import Latents, load_latents, read_latents

__all__ = ["Latents", "load_latents", "read_latents"]
