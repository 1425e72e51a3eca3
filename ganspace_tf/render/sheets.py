"""The pictures that `sample`, `edit` and `visualize` draw: a grid of seeds, strips of an edit, a sheet of
components.

    picture = Strips(seeds=[1, 2], swept=[parse_edit("E(v22, 9-10)")], sigmas=[-2, 0, 2])
    image = picture.draw(gen, comp)            # (H, W, C) uint8
    frames = picture.film(gen, comp)           # (S, H, W, C) uint8
    Strips.from_json(picture.to_json()) == picture
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from ganspace_tf.edits import AnyEdit, Edit, check_edits, parted
from ganspace_tf.notation import format_sigma
from ganspace_tf.render import layout
from ganspace_tf.render.frames import Look, Progress, per_layer, render, sweep_frames
from ganspace_tf.render.pasting import open_paste
from ganspace_tf.render.picture import SIGMA, Picture, psi_label, sigma_label, sized, there_and_back
from ganspace_tf.render.starts import start_count, starts

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator


@dataclass(frozen=True)
class Sample(Picture):
    """A grid of seeds, or of latents of a file (`starts.pack_latents`). columns: None for near square. cell:
    width of a frame, None for its own. labels: name the seeds or latents, and their classes. psis:
    truncations, a row each with a seed a column, in place of the look's; empty for that.
    """

    seeds: List[int] = field(default_factory=list)
    columns: Optional[int] = None
    cell: Optional[int] = None
    labels: bool = False
    psis: List[Optional[float]] = field(default_factory=list)
    latents: Optional[Dict[str, Any]] = None

    def draw(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        looks = [replace(self.look, psi=psi) for psi in self.psis] or [self.look]
        rows = []
        for look in looks:
            w, names = starts(gen, self.seeds, look, latents=self.latents)
            rows.append(render(gen, w, look, look.labels(len(w)), progress=progress))
        cells = sized(np.stack(rows), self.cell, self.labels)
        captions = [
            " · ".join(filter(None, words)) for words in zip(names, self.look.class_names(len(names)))
        ]
        if not self.psis:
            return layout.grid(cells[0], self.columns, captions if self.labels else None)
        if not self.labels:
            return layout.grid(cells.reshape((-1,) + cells.shape[2:]), len(names))
        return layout.sheet(cells, [(psi_label(psi), "") for psi in self.psis], captions)

    def count(self) -> int:
        return start_count(self.seeds, self.latents) * max(1, len(self.psis))


@dataclass(frozen=True)
class Strips(Picture):
    """A strip of frames per seed, strengths from left to right; strips of several seeds lie below each other.

    latents: those of a file instead of seeds (`starts.pack_latents`). swept: edits that go through `sigmas`
    together. held: edits that keep their own strength in every frame. mode, centred, any_basis: as for
    `sweep_frames`. cell: width of a frame. labels: name seeds, classes, strengths and edits, these by their
    own name if they have one; captions: in films too. psis: truncations, a strip each for every seed, in
    place of the look's; empty for that. once: a film that goes one way. columns: of a film's frames, None
    for near square. unit: of the strengths, for labels. paste: a photo that every frame goes into
    (`pasting.pack_paste`).
    """

    seeds: List[int] = field(default_factory=list)
    swept: List[AnyEdit] = field(default_factory=list)
    sigmas: List[float] = field(default_factory=list)
    held: List[AnyEdit] = field(default_factory=list)
    mode: str = "latent"
    centred: bool = False
    any_basis: bool = False
    cell: Optional[int] = None
    labels: bool = False
    psis: List[Optional[float]] = field(default_factory=list)
    once: bool = False
    columns: Optional[int] = None
    captions: bool = False
    latents: Optional[Dict[str, Any]] = None
    unit: str = SIGMA
    paste: Optional[Dict[str, Any]] = None

    def draw(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        cells, rows = self._cells(gen, comp, progress)
        if not self.labels:
            return layout.stack([layout.strip(frames) for frames in cells], layout.frame_gap(cells.shape[3]))
        title = _once([edit.name or edit.place for edit in self.swept] + self._held())
        columns = [sigma_label(sigma, self.unit) if self.swept else "edited" for sigma in self.sigmas]
        return layout.sheet(cells, rows, columns, title)

    def film(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        cells, rows = self._cells(gen, comp, progress)
        captions = ["  ".join(filter(None, row)) for row in rows] if self.captions else None
        frames = [layout.grid(cells[:, s], self.columns, captions) for s in range(cells.shape[1])]
        if self.captions:
            frames = [
                layout.headed(frame, self._headline(sigma)) for frame, sigma in zip(frames, self.sigmas)
            ]
        return np.stack(frames) if self.once else there_and_back(np.stack(frames))

    @property
    def returns(self) -> bool:
        return not self.once

    def _rows(self, names: List[str]) -> List[Tuple[str, str]]:
        """(label, note) of every strip: each seed with its class and each psi."""
        notes = [psi_label(psi) for psi in self.psis] or [""]
        called = self.look.class_names(len(names))
        return [
            (name, "  ".join(filter(None, (one, note)))) for name, one in zip(names, called) for note in notes
        ]

    def _headline(self, sigma: float) -> str:
        strength = sigma_label(sigma, self.unit)
        swept = ["{} = {}".format(edit.name or edit.place, strength) for edit in self.swept]
        return _once(swept + self._held())

    def _held(self) -> List[str]:
        return ["{} = {}".format(edit.name or edit.place, format_sigma(edit.sigma)) for edit in self.held]

    def used(self) -> List[int]:
        return [edit.component for edit in parted(self.edits())[0]]

    def edits(self) -> Sequence[AnyEdit]:
        return list(self.swept) + list(self.held)

    def count(self) -> int:
        return start_count(self.seeds, self.latents) * max(1, len(self.psis)) * len(self.sigmas)

    def _cells(
        self, gen: Generator, comp: Any, progress: Progress
    ) -> Tuple[np.ndarray, List[Tuple[str, str]]]:
        """Frames (strips, S, H, W, C) and the label and note of every strip."""
        looks = [replace(self.look, psi=psi) for psi in self.psis] or [self.look]
        each = []  # (N, S, H, W, C) of every psi
        for look in looks:
            latents, names = starts(gen, self.seeds, look, comp, self.latents)
            each.append(self._swept(gen, latents, comp, look, progress))
        cells = np.stack(each, axis=1).reshape((-1,) + each[0].shape[1:])

        def shown(frames: np.ndarray) -> np.ndarray:
            return sized(frames, self.cell, self.labels)

        if self.paste is None:
            return shown(cells), self._rows(names)
        return open_paste(self.paste, len(names)).frames(cells, shown), self._rows(names)

    def _swept(
        self, gen: Generator, latents: np.ndarray, comp: Any, look: Look, progress: Progress
    ) -> np.ndarray:
        return sweep_frames(
            gen,
            latents,
            comp,
            self.swept,
            self.sigmas,
            look,
            held=self.held,
            mode=self.mode,
            centred=self.centred,
            any_basis=self.any_basis,
            labels=look.labels(len(latents)),
            progress=progress,
        )


def _once(words: List[str]) -> str:
    """A headline; a direction with a row for every layer is as many edits of one name, said once."""
    return "  ·  ".join(OrderedDict.fromkeys(words))


@dataclass(frozen=True)
class Sheet(Picture):
    """A labelled sheet: a component a row, its strengths from left to right.

    components: which ones. seed: whose latent is moved, None for the mean latent; latents: one of a file
    instead (`starts.pack_latents`). first_layer, last_layer: inclusive. cell: width of a frame, None for one
    that is easily seen. title: a line on top. once: a film that goes one way. unit: of the strengths, for
    labels. known: a few signs on each component, how well it is known.
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
    once: bool = False
    latents: Optional[Dict[str, Any]] = None
    unit: str = SIGMA
    known: List[str] = field(default_factory=list)

    def draw(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        cells = self._cells(gen, comp, progress)
        stdevs = comp.act_stdev if self.mode == "activation" else comp.stdev
        notes = ["σ {:.3g}".format(float(stdevs[k])) if self.unit == SIGMA else "" for k in self.components]
        known = self.known or [""] * len(notes)
        notes = ["  ".join(filter(None, both)) for both in zip(notes, known)]
        rows = [("v{}".format(k), note) for k, note in zip(self.components, notes)]
        columns = [sigma_label(sigma, self.unit) for sigma in self.sigmas]
        return layout.sheet(cells, rows, columns, self.title)

    def film(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        cells = self._cells(gen, comp, progress)
        captions = ["v{}".format(k) for k in self.components]
        frames = np.stack([layout.grid(cells[:, s], captions=captions) for s in range(cells.shape[1])])
        return frames if self.once else there_and_back(frames)

    @property
    def returns(self) -> bool:
        return not self.once

    def used(self) -> List[int]:
        return list(self.components)

    def edits(self) -> List[Edit]:
        return [Edit(k, self.first_layer, self.last_layer) for k in self.components]

    def count(self) -> int:
        return len(self.components) * len(self.sigmas)

    def _cells(self, gen: Generator, comp: Any, progress: Progress) -> np.ndarray:
        if self.seed is None and self.latents is None:
            latents = per_layer(gen, comp.mean[None])
        else:
            seeds = [] if self.seed is None else [self.seed]
            latents = starts(gen, seeds, self.look, comp, self.latents).rows
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
