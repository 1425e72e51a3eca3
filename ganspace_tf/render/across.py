"""What directions do to several samples: a table direction × sample × step.

The picture that `ganspace visualize --out sheet.html` shows as a page; its recipe draws it as a sheet.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional

import numpy as np

from ganspace_tf.edits import Edit
from ganspace_tf.render import layout
from ganspace_tf.render.frames import Progress, sweep_frames
from ganspace_tf.render.picture import SIGMA, Picture, sigma_label, sized
from ganspace_tf.render.starts import start_count, starts

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator


class Found(NamedTuple):
    """Frames (K, N, S, H, W, C) uint8: K components, N samples, S strengths; samples: N names."""

    frames: np.ndarray
    samples: List[str]


@dataclass(frozen=True)
class Across(Picture):
    """components: which ones. seeds: whose latents are moved; latents: of a file instead
    (`starts.pack_latents`). Everything else as in `sheets.Sheet`.
    """

    components: List[int] = field(default_factory=list)
    sigmas: List[float] = field(default_factory=list)
    seeds: List[int] = field(default_factory=list)
    first_layer: int = 0
    last_layer: Optional[int] = None
    mode: str = "latent"
    centred: bool = True
    any_basis: bool = False
    cell: Optional[int] = None
    title: str = ""
    latents: Optional[Dict[str, Any]] = None
    unit: str = SIGMA

    def draw(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        return self.laid(self.found(gen, comp, progress))

    def laid(self, found: Found) -> np.ndarray:
        """The sheet of frames that were found: a row for each component and sample."""
        cells = found.frames.reshape((-1,) + found.frames.shape[2:])
        rows = [("v{}".format(k), name) for k in self.components for name in found.samples]
        return layout.sheet(sized(cells, self.cell, labelled=True), rows, self.heads(), self.title)

    def heads(self) -> List[str]:
        """What stands above the steps."""
        return [sigma_label(sigma, self.unit) for sigma in self.sigmas]

    def found(self, gen: Generator, comp: Any, progress: Progress = None) -> Found:
        """All frames at the network's own size."""
        w, names = starts(gen, self.seeds, self.look, comp, self.latents)
        labels = self.look.labels(len(w))
        each = [
            sweep_frames(
                gen,
                w,
                comp,
                [edit],
                self.sigmas,
                self.look,
                mode=self.mode,
                centred=self.centred,
                any_basis=self.any_basis,
                labels=labels,
                progress=progress,
            )
            for edit in self.edits()
        ]
        called = self.look.class_names(len(names))
        return Found(np.stack(each), [" · ".join(filter(None, words)) for words in zip(names, called)])

    def used(self) -> List[int]:
        return list(self.components)

    def edits(self) -> List[Edit]:
        return [Edit(k, self.first_layer, self.last_layer) for k in self.components]

    def count(self) -> int:
        return start_count(self.seeds, self.latents) * len(self.components) * len(self.sigmas)
