"""What every picture is: a record of settings that draws itself and that is its own recipe."""

from __future__ import annotations

import numbers
from collections import OrderedDict
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any, Dict, List, Optional, Sequence, Tuple

import numpy as np

from ganspace_tf.edits import AnyEdit, Edit, check_edits, parse_any_edits, parted
from ganspace_tf.errors import BasisMismatch, FileError, UnknownName, UsageError
from ganspace_tf.fields import LONGEST_LIST, check_fields, from_dict
from ganspace_tf.generators import checks
from ganspace_tf.render import layout
from ganspace_tf.render.frames import MODES, Look, Progress, check_basis, check_mode
from ganspace_tf.render.starts import start_count, starts
from ganspace_tf.styles.edits import StyleEdit, check_style_edits

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator

NOTHING_MOVES = "this picture has nothing that moves; films show edits"
MOST_FRAMES = 100_000
# Least and most of what pictures have; numbers, or lists of them.
RANGES = {
    "fps": (0.01, 1_000),
    "cell": (1, 8_192),
    "columns": (1, LONGEST_LIST),
    "frames": (1, 10_000),
    "seed": (0, checks.MAX_SEED),
    "seeds": (0, checks.MAX_SEED),
    "others": (0, checks.MAX_SEED),
}


@dataclass(frozen=True)
class Picture:
    """What every picture has: how its frames look, and how many a second its film shows. Subclasses draw."""

    look: Look = field(default_factory=Look)
    fps: float = 20

    def __post_init__(self) -> None:
        check_fields(self)
        for name in ("seeds", "sigmas", "components"):
            if not getattr(self, name, True) and not (name == "seeds" and getattr(self, "latents", None)):
                raise UsageError("{} is empty; a picture needs at least one".format(name))
        for name, (least, most) in RANGES.items():
            value = getattr(self, name, None)
            for number in value if isinstance(value, (list, tuple)) else [value]:
                if isinstance(number, numbers.Real) and not least <= float(number) <= most:
                    raise UsageError("{} {} is outside {} … {}".format(name, number, least, most))
        mode = getattr(self, "mode", MODES[0])
        if mode not in MODES:
            raise UnknownName.among("mode", mode, MODES)
        count = self.count()
        if not 1 <= count <= MOST_FRAMES:
            text = "{:,} frames are too {}; a picture has 1 to {:,}"
            raise UsageError(text.format(count, "many" if count else "few", MOST_FRAMES))

    def check(self, gen: Generator, comp: Any = None, moving: bool = False) -> None:
        """Refuse, before TensorFlow is started, what this generator and these components cannot draw.

        moving: as a film. Raises UsageError, UnknownName, BasisMismatch.
        """
        if moving and not self.moves:
            raise UsageError(NOTHING_MOVES)
        for look, count in self.looks():
            look.check(gen)
            look.labels(count)
        latents = getattr(self, "latents", None)
        if latents is not None:
            starts(gen, [], self.look, comp if self.used() else None, latents)
        used, (edits, styles) = self.used(), parted(self.edits())
        check_style_edits(styles, gen)
        if not used:
            return
        if comp is None:
            raise UsageError("this picture needs components, and has none")
        check_basis(gen, comp, getattr(self, "any_basis", False))
        check_mode(getattr(self, "mode", MODES[0]), comp)
        width = gen.dlatent_size if comp.latent == "w" else gen.latent_size
        if comp.directions.shape[1] != width:
            text = "the components are {} numbers wide, the {} of {} {}: another model's?"
            raise BasisMismatch(text.format(comp.directions.shape[1], comp.latent, gen.name, width))
        check_edits([Edit(k) for k in used], comp, gen.n_layers)
        check_edits(edits, comp, gen.n_layers, getattr(self, "any_basis", False))

    def looks(self) -> List[Tuple[Look, int]]:
        """Every look that its frames have, and for how many latents."""
        seeds = getattr(self, "seeds", None)
        count = 1 if seeds is None else start_count(seeds, getattr(self, "latents", None))
        return [(self.look, count)]

    @property
    def moves(self) -> bool:
        """Whether `film` shows something."""
        return type(self).film is not Picture.film

    def edits(self) -> Sequence[AnyEdit]:
        """What it does to latents or activations; empty where it edits nothing."""
        return []

    def draw(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        """The picture, (H, W, 3 or 4) uint8.

        comp: `Components`, or the part of them that a recipe keeps. progress: told the number of new frames.
        """
        raise NotImplementedError

    def film(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        """The same as a film that can repeat, (S, H, W, 3 or 4) uint8."""
        raise UsageError(NOTHING_MOVES)

    @property
    def returns(self) -> bool:
        """Whether its film goes there and back."""
        return False

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
            elif isinstance(value, list) and value and isinstance(value[0], (Edit, StyleEdit)):
                record[name] = [edit.to_json() for edit in value]
        return record

    @classmethod
    def from_json(cls, record: Dict[str, Any]) -> Any:
        """The inverse of `to_json`. Raises FileError for settings that this kind of picture does not have."""
        try:
            record = dict(record)
            record["look"] = from_dict(Look, record.get("look", {}))
            for name in ("swept", "held"):
                if name in record:
                    record[name] = parse_any_edits(record[name])
            return from_dict(cls, record)
        except UsageError as error:
            raise FileError("the settings in the recipe do not fit this version: {}".format(error)) from None


def check_own(psi: Any, classes: Any = "") -> None:
    """Raises UsageError for values that a single row or frame cannot have; "" stands for the picture's."""
    if psi != "":
        checks.psi(psi)
    with_class(Look(), classes)


def with_class(look: Look, classes: Any) -> Look:
    """The look with the class of one row: None for none, "" for that of the picture."""
    if classes == "":
        return look
    return replace(look, classes=None if classes is None else [classes], called=None)


SIGMA, LENGTH = "σ", "×"  # units of strengths: standard deviations; multiples of a vector as its file has it


def sigma_label(sigma: float, unit: str = SIGMA) -> str:
    """A strength as people write it: −2σ, 0, +1.5σ; in another unit −2×."""
    return "0" if sigma == 0 else "{:+.3g}{}".format(sigma, unit).replace("-", "−")


def there_and_back(frames: np.ndarray) -> np.ndarray:
    """Frames to the end and back without showing an end twice, so that the film can repeat."""
    return np.concatenate([frames, frames[-2:0:-1]])


def psi_label(psi: Optional[float]) -> str:
    """A truncation as rows of a picture say it."""
    return "ψ none" if psi is None else "ψ {:g}".format(psi)


def sized(frames: np.ndarray, cell: Optional[int], labelled: bool) -> np.ndarray:
    """Frames at the width asked for; by default their own, or one that is easily seen beside labels."""
    return layout.resize(frames, layout.easy_width(frames.shape[-2]) if labelled and cell is None else cell)
