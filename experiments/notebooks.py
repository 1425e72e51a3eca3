"""What the notebooks look at: a network that is always there, and one picture for a pair of sliders."""

from __future__ import annotations

import os
from typing import Any, List, Optional, Tuple

import numpy as np
from PIL import Image

from ganspace_tf.cli.quiet import be_quiet, start_tensorflow
from ganspace_tf.demo.networks import PREFIX
from ganspace_tf.edits import apply_edits, parse_edits
from ganspace_tf.generators import load_generator
from ganspace_tf.render.frames import Look, render
from ganspace_tf.render.layout import easy_width, resize, strip


def open_network(name: str = "stylegan2") -> Tuple[Any, str]:
    """(generator, name) of a demo network, or of what GANSPACE_NETWORK names."""
    be_quiet()
    start_tensorflow()
    asked = os.environ.get("GANSPACE_NETWORK") or PREFIX + name
    return load_generator(asked), asked


def show(images: Any, width: Optional[int] = None) -> Image.Image:
    """Frames (S, H, W, C) uint8 in a row, or one picture (H, W, C), as something that a notebook shows."""
    frames = np.asarray(images)
    frames = strip(resize(frames, width or easy_width(frames.shape[-2]))) if frames.ndim == 4 else frames
    return Image.fromarray(frames)


class View:
    """Pictures of seeds with edits, at any strength and truncation: `view.picture` is for two sliders.

    edits: notation, such as "E(v0, 0-3)"; without strength they follow the slider.
    """

    def __init__(
        self, gen: Any, comp: Any, edits: str, seeds: List[int], width: Optional[int] = None
    ) -> None:
        self.gen, self.comp, self.edits, self.width = gen, comp, parse_edits(edits), width
        self.w = gen.w(seeds=seeds)

    def frames(self, psi: float, sigma: float) -> np.ndarray:
        """Frames (N, H, W, C) uint8."""
        edits = [dict(edit.to_json(), sigma=float(sigma) * edit.sigma) for edit in self.edits]
        return render(self.gen, apply_edits(self.w, self.comp, edits), Look(psi=float(psi)))

    def picture(self, psi: float = 0.7, sigma: float = 2.0) -> Image.Image:
        """The frames in a row."""
        return show(self.frames(psi, sigma), self.width)
