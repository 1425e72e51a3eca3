"""Pictures of the papers' figures: sequences of edits, rows that differ in everything, resampled coordinates.

They are `Picture`s like those of the commands, so that `ganspace replay` makes them again.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from ganspace_tf.directions.resample import resample
from ganspace_tf.edits import AnyEdit, Edit, edit_sequence, parse_any_edits, parted, remove_along
from ganspace_tf.errors import UsageError
from ganspace_tf.fields import LONGEST_LIST, from_list
from ganspace_tf.generators import checks
from ganspace_tf.render import layout
from ganspace_tf.render.frames import Look, Progress, check_basis, render, seed_latents, sweep_frames
from ganspace_tf.render.picture import Picture, check_own, sigma_label, there_and_back, with_class

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator

Crop = Tuple[int, int, int, int]  # pixels cut off: top, right, bottom, left


@dataclass(frozen=True)
class Figure(Picture):
    """What the figures share. crop: pixels cut off each frame (top, right, bottom, left). cell: width of a
    frame, None for one that is easily seen. title: a line on top. any_basis: as for `sweep_frames`.
    """

    crop: Crop = (0, 0, 0, 0)
    cell: Optional[int] = None
    title: str = ""
    any_basis: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "crop", tuple(self.crop))  # JSON has lists alone
        if min(self.crop) < 0:
            raise UsageError("crop {} is not from 0 up".format(self.crop))

    def table(self, cells: np.ndarray, rows: List[Tuple[str, str]], columns: List[str]) -> np.ndarray:
        """Frames (R, S, H, W, C) as a labelled sheet."""
        return layout.sheet(self.sized(cells), rows, columns, self.title)

    def sized(self, cells: np.ndarray) -> np.ndarray:
        """Frames (R, S, H, W, C) after the crop, as wide as asked for."""
        top, right, bottom, left = self.crop
        H, W = cells.shape[-3:-1]
        if top + bottom >= H or left + right >= W or min(self.crop) < 0:
            raise UsageError("crop {} leaves nothing of {} x {} pixels".format(self.crop, W, H))
        cells = cells[..., top : H - bottom, left : W - right, :]
        width = layout.easy_width(cells.shape[-2]) if self.cell is None else self.cell
        return layout.resize(np.ascontiguousarray(cells), width)


@dataclass(frozen=True)
class Sequence(Figure):
    """Edits one after another, a seed a row: the latent before and after each (`edit_sequence`).

    edits: with strength; invert: which of them go to the other side of the mean; captions: of the columns,
    the first one included, or empty for the edits' names.
    """

    seeds: List[int] = field(default_factory=list)
    held: List[Edit] = field(default_factory=list)
    invert: List[bool] = field(default_factory=list)
    captions: List[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, count in (("invert", len(self.held)), ("captions", len(self.held) + 1)):
            given = len(getattr(self, name))
            if given not in (0, count):
                raise UsageError("{} {} for {} edits".format(given, name, len(self.held)))

    def draw(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        check_basis(gen, comp, self.any_basis)
        states = edit_sequence(
            seed_latents(gen, comp, self.seeds, self.look), comp, self.held, self.invert, self.any_basis
        )
        S, N = states.shape[:2]
        labels = self.look.labels(N)
        flat = states.transpose(1, 0, 2, 3).reshape((N * S,) + states.shape[2:])
        frames = render(gen, flat, self.look, labels, progress=progress)
        columns = self.captions or ["Initial"] + [edit.name or str(edit) for edit in self.held]
        rows = [("seed {}".format(seed), "") for seed in self.seeds]
        return self.table(frames.reshape((N, S) + frames.shape[1:]), rows, columns)

    def used(self) -> List[int]:
        return [edit.component for edit in self.held]

    def edits(self) -> List[Edit]:
        return list(self.held)

    def count(self) -> int:
        return len(self.seeds) * (len(self.held) + 1)


class Row(NamedTuple):
    """One strip of `Rows`. edits: notation or JSON, swept together from -1 to 1 times their own strength.

    psi, classes: "" for the picture's own. remove: component along which the latent is first moved to the
    mean, on all layers; -1 for none. label, note: left of the strip.
    """

    seed: int
    edits: Any
    label: str
    note: str = ""
    psi: Any = ""
    remove: int = -1
    classes: Any = ""


@dataclass(frozen=True)
class Rows(Figure):
    """Strips that differ in seed, edit and psi. centred: as for `sweep_frames`, and then row by row.

    rows: `Row`s; frames: steps from minus to plus the strength of a row's edits. Their film shows a cell for
    each row, all moving together, slower towards the ends.
    """

    rows: List[Any] = field(default_factory=list)
    frames: int = 5
    centred: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        for row in self._rows():
            checks.seed(row.seed)
            check_own(row.psi, row.classes)
        self.used()

    def draw(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        shares = np.linspace(-1, 1, self.frames) if self.frames > 1 else np.ones(1)
        labels = [(row.label, row.note) for row in self._rows()]
        return self.table(self._strips(gen, comp, shares, progress), labels, self._columns(shares))

    def film(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        shares = -np.cos(np.linspace(0, np.pi, self.frames))
        cells = self.sized(self._strips(gen, comp, shares, progress))
        captions = [row.label for row in self._rows()]
        frames = [layout.grid(cells[:, step], captions=captions) for step in range(self.frames)]
        return there_and_back(np.stack(frames))

    @property
    def returns(self) -> bool:
        return True

    def _strips(self, gen: Generator, comp: Any, shares: np.ndarray, progress: Progress) -> np.ndarray:
        """Frames (R, S, H, W, C): each row's edits at S shares of their own strength."""
        cells = []
        for row in self._rows():
            look = self.look if row.psi == "" else replace(self.look, psi=row.psi)
            look = with_class(look, row.classes)
            w = seed_latents(gen, comp, [row.seed], look)
            if row.remove >= 0:
                w = remove_along(w, comp.mean, np.asarray(comp.directions[row.remove], np.float32))
            strip = [
                sweep_frames(
                    gen,
                    w,
                    comp,
                    [],
                    [0.0],
                    look,
                    held=[replace(one, sigma=one.sigma * float(share)) for one in parse_any_edits(row.edits)],
                    centred=self.centred,
                    any_basis=self.any_basis,
                    labels=look.labels(1),
                    progress=progress,
                )[0, 0]
                for share in shares
            ]
            cells.append(np.stack(strip))
        return np.stack(cells)

    def _columns(self, shares: np.ndarray) -> List[str]:
        """Strengths in sigma where all edits have the same, else shares of each one's own."""
        strengths = {edit.sigma for edit in self.edits()}
        if len(strengths) == 1:
            (strength,) = strengths
            return [sigma_label(float(share * strength)) for share in shares]
        return ["{:+.3g}×".format(share) if share else "0" for share in shares]

    def used(self) -> List[int]:
        edited = [edit.component for edit in parted(self.edits())[0]]
        return edited + [row.remove for row in self._rows() if row.remove >= 0]

    def edits(self) -> List[AnyEdit]:
        return [edit for row in self._rows() for edit in parse_any_edits(row.edits)]

    def looks(self) -> List[Tuple[Look, int]]:
        return [(with_class(self.look, row.classes), 1) for row in self._rows()]

    def count(self) -> int:
        return len(self.rows) * self.frames

    def _rows(self) -> List[Row]:
        return [from_list(Row, row) for row in self.rows]


@dataclass(frozen=True)
class Resampling(Figure):
    """A latent whose first coordinates are kept while the others come from other seeds, and the reverse.

    seed: the base. others: seeds that give coordinates. groups: [label, start, stop] rows of the components
    that count as the first directions, such as principal ones and random ones; two strips each.
    """

    seed: int = 0
    others: List[int] = field(default_factory=list)
    groups: List[Any] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__post_init__()
        for group in self._groups():
            if not 0 <= group.start < group.stop <= LONGEST_LIST:
                raise UsageError(
                    "a group of components from {} to {}; allowed are 0 … {}".format(
                        group.start, group.stop, LONGEST_LIST
                    )
                )

    def draw(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        check_basis(gen, comp, self.any_basis)
        base = seed_latents(gen, comp, [self.seed], self.look)
        others = seed_latents(gen, comp, self.others, self.look)
        cells, rows = [], []
        for label, start, stop in self._groups():
            for fix in (True, False):
                part = _Directions(np.asarray(comp.directions)[start:stop])
                w = np.concatenate([base, resample(base[0], others, part, stop - start, fix)])
                cells.append(render(gen, w, self.look, self.look.labels(1), progress=progress))
                rows.append((label, "fixed, rest random" if fix else "random, rest fixed"))
        return self.table(np.stack(cells), rows, ["base"] + ["seed {}".format(seed) for seed in self.others])

    def used(self) -> List[int]:
        return sorted({k for group in self._groups() for k in range(group.start, group.stop)})

    def count(self) -> int:
        return 2 * len(self.groups) * (len(self.others) + 1)

    def _groups(self) -> List[Group]:
        return [from_list(Group, group) for group in self.groups]


class Group(NamedTuple):
    """Rows start … stop - 1 of the components, under one name."""

    label: str
    start: int
    stop: int


class _Directions(NamedTuple):
    directions: np.ndarray


class Cell(NamedTuple):
    """A frame of `Mixed`, of two seeds. keep: so many of the first latents are the first seed's, all others
    the second's. share: how far they are on the way from the second to the first seed's.
    """

    first: int
    second: int
    keep: int = 0
    share: float = 1.0


class MixedRow(NamedTuple):
    """A row of `Mixed`. classes: "" for the picture's own. endpoint: where given, all latents are the second
    seed's, and what this layer puts out is the first seed's, or on the way there as `share` says.
    """

    label: str
    cells: List[Any]
    note: str = ""
    classes: Any = ""
    endpoint: str = ""


@dataclass(frozen=True)
class Mixed(Figure):
    """Frames of two seeds each: layer-wise style mixing. rows: `MixedRow`s of `Cell`s, all equally many.

    columns: captions. drawn: truncation that z is drawn with where it is not that of the pictures (families
    that truncate z), else "".
    """

    rows: List[Any] = field(default_factory=list)
    columns: List[str] = field(default_factory=list)
    drawn: Any = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        check_own(self.drawn)
        for row in self._rows():
            check_own("", row.classes)
            for cell in self._cells(row):
                checks.seeds([cell.first, cell.second])
        if {len(row.cells) for row in self._rows()} != {len(self.columns)}:
            raise UsageError("every row of this figure must have a frame for each of its columns")

    def draw(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        rows = self._rows()
        strips = [self._strip(gen, row, self._cells(row), progress) for row in rows]
        return self.table(np.stack(strips), [(row.label, row.note) for row in rows], list(self.columns))

    def _strip(self, gen: Generator, row: MixedRow, cells: List[Cell], progress: Progress) -> np.ndarray:
        look = with_class(self.look, row.classes)
        labels, psi = look.labels(1), look.psi if self.drawn == "" else self.drawn
        one, two = (
            gen.w(seeds=[cell[k] for cell in cells], labels=labels, psi=psi) for k in range(2)
        )  # (S, L, D) each
        share = np.array([cell.share for cell in cells], np.float32)
        if not row.endpoint:
            kept = np.arange(one.shape[1]) < np.array([[cell.keep] for cell in cells])  # (S, L)
            moved = two + share[:, None, None] * (one - two)
            return render(gen, np.where(kept[..., None], moved, two), look, labels, progress=progress)

        def feed_of(part: slice) -> Dict[str, np.ndarray]:
            taken, own = (
                gen.activations(w[part], row.endpoint, labels, "w", look.noise, **look.given())
                for w in (one, two)
            )
            weight = share[part].reshape((-1,) + (1,) * (taken.ndim - 1))
            return {row.endpoint: own + weight * (taken - own)}

        return render(gen, two, look, labels, feed_of, progress)

    def looks(self) -> List[Tuple[Look, int]]:
        return [(with_class(self.look, row.classes), 1) for row in self._rows()]

    def count(self) -> int:
        return sum(len(row.cells) for row in self._rows())

    def _rows(self) -> List[MixedRow]:
        return [from_list(MixedRow, row) for row in self.rows]

    def _cells(self, row: MixedRow) -> List[Cell]:
        return [from_list(Cell, cell) for cell in row.cells]
