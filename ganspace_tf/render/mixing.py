"""Style mixing as a table: rows of seeds, columns of other seeds, some layers taken from the column's.

The form of StyleGAN's figure 3 (Karras et al. 2019, arXiv 1812.04948): the sources are on top and on the
left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Tuple

import numpy as np

from ganspace_tf.errors import UsageError
from ganspace_tf.notation import format_layers
from ganspace_tf.render import layout
from ganspace_tf.render.frames import Look, Progress, render
from ganspace_tf.render.picture import Picture, sized
from ganspace_tf.render.starts import Starts, start_count, unpack_latents

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator


@dataclass(frozen=True)
class Mixing(Picture):
    """seeds: of the rows. others: of the columns, whose latents the layers first_layer to last_layer take
    (inclusive; None: to the last). cell: width of a frame. labels: name seeds and layers. latents,
    other_latents: of files instead of seeds and others (`starts.pack_latents`).
    """

    seeds: List[int] = field(default_factory=list)
    others: List[int] = field(default_factory=list)
    first_layer: int = 0
    last_layer: Optional[int] = None
    cell: Optional[int] = None
    labels: bool = False
    latents: Optional[Dict[str, Any]] = None
    other_latents: Optional[Dict[str, Any]] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.others and self.other_latents is None:
            raise UsageError("nothing to mix with: the columns' seeds are empty")

    def draw(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        last = self._last(gen)
        labels = self.look.labels(1)
        (rows, row_names), (columns, names) = self._sources(gen, labels)
        mixed = np.repeat(rows[:, None], len(columns), axis=1)  # (N, M, L, D)
        mixed[:, :, self.first_layer : last + 1] = columns[None, :, self.first_layer : last + 1]
        N, M = mixed.shape[:2]
        latents = np.concatenate([rows, columns, mixed.reshape((N * M,) + mixed.shape[2:])])
        frames = sized(render(gen, latents, self.look, labels, progress=progress), self.cell, self.labels)
        table = np.full((N + 1, M + 1) + frames.shape[1:], layout.WHITE, np.uint8)
        table[1:, 0], table[0, 1:] = frames[:N], frames[N : N + M]
        table[1:, 1:] = frames[N + M :].reshape((N, M) + frames.shape[1:])
        if not self.labels:
            return layout.grid(table.reshape((-1,) + frames.shape[1:]), M + 1)
        theirs = "columns' seeds" if self.other_latents is None else "columns"
        title = "{} of the {}".format(format_layers(self.first_layer, last), theirs)
        title = "  ·  ".join([title] + (self.look.called or []))
        return layout.sheet(table, [("", "")] + [(name, "") for name in row_names], ["", *names], title)

    def _sources(self, gen: Generator, labels: Any) -> List[Starts]:
        """Latents (N, L, D) and names of the rows, and of the columns."""
        found = []
        for seeds, packed in ((self.seeds, self.latents), (self.others, self.other_latents)):
            if packed is not None:
                found.append(unpack_latents(packed, gen))
            else:
                w = np.array(gen.w(seeds=seeds, labels=labels, psi=self.look.psi))
                found.append(Starts(w, ["seed {}".format(seed) for seed in seeds]))
        return found

    def looks(self) -> List[Tuple[Look, int]]:
        return [(self.look, 1)]  # one class for all

    def check(self, gen: Generator, comp: Any = None, moving: bool = False) -> None:
        super().check(gen, comp, moving)
        self._last(gen)
        if self.other_latents is not None:
            unpack_latents(self.other_latents, gen)

    def _last(self, gen: Generator) -> int:
        """The last layer. Raises UsageError for layers that the network does not have."""
        last = gen.n_layers - 1 if self.last_layer is None else self.last_layer
        if not 0 <= self.first_layer <= last < gen.n_layers:
            raise UsageError(
                "layers {}-{} cannot be mixed; the network has layers 0-{}".format(
                    self.first_layer, last, gen.n_layers - 1
                )
            )
        return last

    def count(self) -> int:
        N, M = start_count(self.seeds, self.latents), start_count(self.others, self.other_latents)
        return N + M + N * M
