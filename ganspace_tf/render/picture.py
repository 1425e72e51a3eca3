"""What every picture is: a record of settings that draws itself and that is its own recipe."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any, Dict, List, Optional

import numpy as np

from ganspace_tf.edits import Edit, parse_edits
from ganspace_tf.errors import FileError, UsageError
from ganspace_tf.render import layout
from ganspace_tf.render.frames import Look, Progress

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator


@dataclass(frozen=True)
class Picture:
    """What every picture has: how its frames look, and how many a second its film shows. Subclasses draw."""

    look: Look = field(default_factory=Look)
    fps: float = 20

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


def sigma_label(sigma: float) -> str:
    """A strength as people write it: −2σ, 0, +1.5σ."""
    return "0" if sigma == 0 else "{:+.3g}σ".format(sigma).replace("-", "−")


def there_and_back(frames: np.ndarray) -> np.ndarray:
    """Frames to the end and back without showing an end twice, so that the film can repeat."""
    return np.concatenate([frames, frames[-2:0:-1]])


def psi_label(psi: Optional[float]) -> str:
    """A truncation as rows of a picture say it."""
    return "ψ none" if psi is None else "ψ {:g}".format(psi)


def sized(frames: np.ndarray, cell: Optional[int], labelled: bool) -> np.ndarray:
    """Frames at the width asked for; by default their own, or one that is easily seen beside labels."""
    return layout.resize(frames, layout.easy_width(frames.shape[-2]) if labelled and cell is None else cell)
