"""The pictures that `sample`, `edit` and `visualize` draw: a grid of seeds, strips of an edit, a sheet of
components.

    picture = Strips(seeds=[1, 2], swept=[parse_edit("E(v22, 9-10)")], sigmas=[-2, 0, 2])
    image = picture.draw(gen, comp)            # (H, W, C) uint8
    frames = picture.film(gen, comp)           # (S, H, W, C) uint8
    Strips.from_json(picture.to_json()) == picture
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, List, Optional

import numpy as np

from ganspace_tf.edits import Edit, check_edits
from ganspace_tf.notation import format_sigma
from ganspace_tf.render import layout
from ganspace_tf.render.frames import Progress, per_layer, seed_frames, seed_latents, sweep_frames
from ganspace_tf.render.picture import Picture, sigma_label, sized, there_and_back

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator


@dataclass(frozen=True)
class Sample(Picture):
    """A grid of seeds. columns: None for near square. cell: width of a frame, None for its own. labels: name
    the seeds.
    """

    seeds: List[int] = field(default_factory=list)
    columns: Optional[int] = None
    cell: Optional[int] = None
    labels: bool = False

    def draw(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        frames = sized(seed_frames(gen, self.seeds, self.look, progress), self.cell, self.labels)
        captions = ["seed {}".format(seed) for seed in self.seeds] if self.labels else None
        return layout.grid(frames, self.columns, captions)

    def count(self) -> int:
        return len(self.seeds)


@dataclass(frozen=True)
class Strips(Picture):
    """A strip of frames per seed, strengths from left to right; strips of several seeds lie below each other.

    swept: edits that go through `sigmas` together. held: edits that keep their own strength in every frame.
    mode, centred, any_basis: as for `sweep_frames`. cell: width of a frame. labels: name seeds, strengths
    and edits, these by their own name if they have one.
    """

    seeds: List[int] = field(default_factory=list)
    swept: List[Edit] = field(default_factory=list)
    sigmas: List[float] = field(default_factory=list)
    held: List[Edit] = field(default_factory=list)
    mode: str = "latent"
    centred: bool = False
    any_basis: bool = False
    cell: Optional[int] = None
    labels: bool = False

    def draw(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        cells = self._cells(gen, comp, self.sigmas, progress)
        if not self.labels:
            return layout.stack([layout.strip(frames) for frames in cells], layout.frame_gap(cells.shape[3]))
        rows = [("seed {}".format(seed), "") for seed in self.seeds]
        title = "  ·  ".join(
            [edit.name or edit.place for edit in self.swept]
            + ["{} = {}".format(edit.name or edit.place, format_sigma(edit.sigma)) for edit in self.held]
        )
        columns = [sigma_label(sigma) if self.swept else "edited" for sigma in self.sigmas]
        return layout.sheet(cells, rows, columns, title)

    def film(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        cells = self._cells(gen, comp, self.sigmas, progress)
        return there_and_back(np.stack([layout.grid(cells[:, s]) for s in range(cells.shape[1])]))

    def used(self) -> List[int]:
        return [edit.component for edit in self.edits()]

    def edits(self) -> List[Edit]:
        return list(self.swept) + list(self.held)

    def count(self) -> int:
        return len(self.seeds) * len(self.sigmas)

    def _cells(self, gen: Generator, comp: Any, sigmas: List[float], progress: Progress) -> np.ndarray:
        latents = seed_latents(gen, comp, self.seeds, self.look)
        cells = sweep_frames(
            gen,
            latents,
            comp,
            self.swept,
            sigmas,
            self.look,
            held=self.held,
            mode=self.mode,
            centred=self.centred,
            any_basis=self.any_basis,
            labels=self.look.labels(len(self.seeds)),
            progress=progress,
        )
        return sized(cells, self.cell, self.labels)


@dataclass(frozen=True)
class Sheet(Picture):
    """A labelled sheet: a component a row, its strengths from left to right.

    components: which ones. seed: whose latent is moved, None for the mean latent. first_layer, last_layer:
    inclusive. cell: width of a frame, None for one that is easily seen. title: a line on top.
    """

    components: List[int] = field(default_factory=list)
    sigmas: List[float] = field(default_factory=list)
    seed: Optional[int] = None
    first_layer: int = 0
    last_layer: Optional[int] = None
    mode: str = "latent"
    centred: bool = True
    any_basis: bool = False
    cell: Optional[int] = None
    title: str = ""

    def draw(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        cells = self._cells(gen, comp, progress)
        stdevs = comp.act_stdev if self.mode == "activation" else comp.stdev
        rows = [("v{}".format(k), "σ {:.3g}".format(float(stdevs[k]))) for k in self.components]
        return layout.sheet(cells, rows, [sigma_label(sigma) for sigma in self.sigmas], self.title)

    def film(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        cells = self._cells(gen, comp, progress)
        captions = ["v{}".format(k) for k in self.components]
        return there_and_back(
            np.stack([layout.grid(cells[:, s], captions=captions) for s in range(cells.shape[1])])
        )

    def used(self) -> List[int]:
        return list(self.components)

    def edits(self) -> List[Edit]:
        return [Edit(k, self.first_layer, self.last_layer) for k in self.components]

    def count(self) -> int:
        return len(self.components) * len(self.sigmas)

    def _cells(self, gen: Generator, comp: Any, progress: Progress) -> np.ndarray:
        if self.seed is None:
            latents = per_layer(gen, comp.mean[None])
        else:
            latents = seed_latents(gen, comp, [self.seed], self.look)
        check_edits(self.edits(), comp, gen.n_layers, self.any_basis)
        rows = []
        for edit in self.edits():
            rows.append(
                sweep_frames(
                    gen,
                    latents,
                    comp,
                    [edit],
                    self.sigmas,
                    self.look,
                    mode=self.mode,
                    centred=self.centred,
                    any_basis=self.any_basis,
                    labels=self.look.labels(1),
                    progress=progress,
                )
            )
        cells = np.concatenate(rows)
        return sized(cells, self.cell, labelled=True)
