"""The pictures that commands draw, each a record of settings that is also its recipe.

    picture = Strips(seeds=[1, 2], swept=[parse_edit("E(v22, 9-10)")], sigmas=[-2, 0, 2])
    image = picture.draw(gen, comp)            # (H, W, C) uint8
    frames = picture.film(gen, comp)           # (S, H, W, C) uint8
    Strips.from_json(picture.to_json()) == picture

A new kind of picture is a class with these four methods and a row in PICTURES (figures.py has more);
`ganspace replay` then knows it.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Type

import numpy as np

from ganspace_tf.edits import Edit, check_edits, parse_edits
from ganspace_tf.errors import FileError, UnknownName, UsageError
from ganspace_tf.notation import format_sigma
from ganspace_tf.render import layout
from ganspace_tf.render.frames import Look, Progress, per_layer, seed_frames, seed_latents, sweep_frames

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator


@dataclass(frozen=True)
class Picture:
    """What every picture has: how its frames look, and how many a second its film shows. Subclasses draw."""

    look: Look = field(default_factory=Look)
    fps: int = 20

    def __post_init__(self) -> None:
        for name in ("seeds", "sigmas", "components"):
            if not getattr(self, name, True):
                raise UsageError("{} is empty; a picture needs at least one".format(name))

    def draw(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        """The picture, (H, W, 3 or 4) uint8.

        comp: `Components`, or the part of them that a recipe keeps. progress: told the number of new frames.
        """
        raise NotImplementedError

    def film(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        """The same as a film that can repeat, (S, H, W, 3 or 4) uint8."""
        raise UsageError("this picture has nothing that moves; films show edits")

    def used(self) -> List[int]:
        """Indices of the components that it needs; empty where it needs none."""
        return []

    def count(self) -> int:
        """How many frames will be computed."""
        raise NotImplementedError

    def to_json(self) -> Dict[str, Any]:
        """The settings as JSON values."""
        record = OrderedDict((item.name, getattr(self, item.name)) for item in fields(self))
        for name, value in record.items():
            if isinstance(value, Look):
                record[name] = OrderedDict(asdict(value))
            elif isinstance(value, list) and value and isinstance(value[0], Edit):
                record[name] = [edit.to_json() for edit in value]
        return record

    @classmethod
    def from_json(cls, record: Dict[str, Any]) -> Any:
        """The inverse of `to_json`. Raises FileError for settings that this kind of picture does not have."""
        record = dict(record)
        try:
            record["look"] = Look(**record.get("look", {}))
            for name in ("swept", "held"):
                if name in record:
                    record[name] = parse_edits(record[name])
            return cls(**record)
        except TypeError as error:
            raise FileError("the settings in the recipe do not fit this version: {}".format(error)) from None


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
        frames = _sized(seed_frames(gen, self.seeds, self.look, progress), self.cell, self.labels)
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
        return [edit.component for edit in list(self.swept) + list(self.held)]

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
        return _sized(cells, self.cell, self.labels)


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

    def count(self) -> int:
        return len(self.components) * len(self.sigmas)

    def _cells(self, gen: Generator, comp: Any, progress: Progress) -> np.ndarray:
        if self.seed is None:
            latents = per_layer(gen, comp.mean[None])
        else:
            latents = seed_latents(gen, comp, [self.seed], self.look)
        edits = [Edit(k, self.first_layer, self.last_layer) for k in self.components]
        check_edits(edits, comp, gen.n_layers, self.any_basis)
        rows = []
        for edit in edits:
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
        return _sized(cells, self.cell, labelled=True)


PICTURES: Dict[str, Type[Picture]] = OrderedDict(sample=Sample, edit=Strips, visualize=Sheet)


def picture_from_recipe(recipe: Dict[str, Any]) -> Picture:
    """The picture that a recipe describes. Raises UnknownName (a kind not in PICTURES) and FileError."""
    from ganspace_tf.render.figures import FIGURES  # they are built on the pictures above

    kinds = OrderedDict(PICTURES, **FIGURES)
    if recipe["verb"] not in kinds:
        raise UnknownName.among("kind of picture", recipe["verb"], kinds)
    return kinds[recipe["verb"]].from_json(recipe["settings"])


def sigma_label(sigma: float) -> str:
    """A strength as people write it: −2σ, 0, +1.5σ."""
    return "0" if sigma == 0 else "{:+.3g}σ".format(sigma).replace("-", "−")


def there_and_back(frames: np.ndarray) -> np.ndarray:
    """Frames to the end and back without showing an end twice, so that the film can repeat."""
    return np.concatenate([frames, frames[-2:0:-1]])


def _sized(frames: np.ndarray, cell: Optional[int], labelled: bool) -> np.ndarray:
    """Frames at the width asked for; by default their own, or one that is easily seen beside labels."""
    return layout.resize(frames, layout.easy_width(frames.shape[-2]) if labelled and cell is None else cell)
