"""Frames (generator and edits to pixels) | layout (pixels to pictures) | files (pictures to disk)."""

from __future__ import annotations

from ganspace_tf.render.files import save_film, save_grid, save_strip
from ganspace_tf.render.frames import to_uint8

__all__ = ["save_film", "save_grid", "save_strip", "to_uint8"]
