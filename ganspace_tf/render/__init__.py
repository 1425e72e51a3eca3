"""Frames (generator and edits to pixels) | layout (pixels to pictures) | files (pictures to disk)."""

from __future__ import annotations

from ganspace_tf.render.files import save_strip

__all__ = ["save_strip"]
