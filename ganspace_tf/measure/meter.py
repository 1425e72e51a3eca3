"""A generator seen through a scorer: latents in, factors out, in units of the network's own spread."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Callable, List, Mapping, Optional, Tuple, Union

import numpy as np

from ganspace_tf.demo.scorer import numbers_of
from ganspace_tf.errors import UsageError
from ganspace_tf.machine.pools import one_blas_thread
from ganspace_tf.render.frames import Look, render

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator

Scorer = Callable[[np.ndarray], Mapping[str, np.ndarray]]
NO_SPREAD = 1e-9  # a factor that varies less than this over the sample does not vary
PICTURE_BYTES = 256 << 20  # of pictures that are drawn before they are measured


class Meter:
    """Measures the factors of a network's pictures.

    gen: the network. scorer: pictures (N, H, W, 3) uint8 → dict of numbers, N each. w: (N, L, D) latents, N
    at least 2, whose pictures fix the units: `names` (F), `mean` (F,) and `spread` (F,), the standard
    deviation of each factor. Factors that do not vary over the sample are left out of `names`, so that every
    unit is a number. look: psi, noise and batch of every picture; psi is part of what is measured.
    Raises UsageError if no factor varies.
    """

    def __init__(self, gen: Generator, scorer: Scorer, w: np.ndarray, look: Any = None) -> None:
        if len(w) < 2:
            raise UsageError("the units of factors need two latents or more, not {}".format(len(w)))
        self.gen, self.scorer, self.look = gen, scorer, look or Look()
        every: List[str] = []

        def numbers(pictures: np.ndarray) -> np.ndarray:
            found = numbers_of(scorer, pictures)
            every[:] = every or found
            return np.stack([found[name] for name in every], axis=1)

        sample = self.measured(w, numbers)
        varying = sample.std(axis=0) > NO_SPREAD
        if not varying.any():
            text = "none of {} varies over {} pictures of {}"
            raise UsageError(text.format(", ".join(every), len(w), gen.name))
        self.names: Tuple[str, ...] = tuple(name for name, varies in zip(every, varying) if varies)
        self.sample = sample[:, varying]  # (N, F), of `w`
        self.mean, self.spread = self.sample.mean(axis=0), self.sample.std(axis=0)

    def at(self, psi: Optional[float]) -> Meter:
        """The same meter, units and all, looking at pictures truncated by psi."""
        other = copy(self)
        other.look = replace(self.look, psi=psi)
        return other

    def of_class(self, label: Union[int, str]) -> Meter:
        """The same meter, units and all, looking at pictures of another class."""
        other = copy(self)
        other.look = replace(self.look, classes=[label], called=None)
        return other

    def through(self, gen: Generator) -> Meter:
        """The same meter, units and all, of the same network seen in other latents, which are truncated
        already (`styles.space.StyleSpace`).
        """
        other = copy(self)
        other.gen, other.look = gen, replace(self.look, psi=None, cutoff=None)
        return other

    def pictures(self, w: np.ndarray) -> np.ndarray:
        """Pictures (N, H, W, 3) uint8 of latents (N, L, D)."""
        w = np.asarray(w, np.float32)
        frames = render(self.gen, w, self.look, self.look.labels(len(w)))[..., :3]
        return np.ascontiguousarray(frames)  # sums over them hang on how they lie, and workers send them so

    def factors(self, w: np.ndarray) -> np.ndarray:
        """Factors (N, F) float64 of latents (N, L, D), in factor sigmas from the mean of the sample."""
        return self.measured(w, self.read)

    @property
    def at_once(self) -> int:
        """How many pictures are held at a time: PICTURE_BYTES of them in whole batches, but one at least."""
        most = max(1, PICTURE_BYTES // int(3 * np.prod(self.gen.image_shape[1:])))
        return most - most % self.look.batch if most > self.look.batch else most

    def measured(self, w: np.ndarray, read: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
        """Numbers (N, F) that `read` finds in pictures of latents (N, L, D), `at_once` of them in memory."""
        starts = range(0, len(w), self.at_once)
        with one_blas_thread():  # numbers do not hang on how many cores there are
            return np.concatenate([read(self.pictures(w[start : start + self.at_once])) for start in starts])

    def read(self, pictures: np.ndarray) -> np.ndarray:
        """Factors (N, F) of pictures (N, H, W, 3) uint8, in the same units."""
        numbers = numbers_of(self.scorer, pictures)
        values = np.stack([numbers[name] for name in self.names], axis=1)
        return (values - self.mean) / self.spread

    def features(self, pictures: np.ndarray) -> np.ndarray:
        """What distances between sets of pictures are measured in, (N, G): the scorer's `features` if it has
        them, else its factors.
        """
        own = getattr(self.scorer, "features", None)
        return self.read(pictures) if own is None else np.asarray(own(pictures), np.float64)

    def columns(self, names: Any) -> np.ndarray:
        """Columns of those of the names that are measured here, (n,) int."""
        return np.array([k for k, name in enumerate(self.names) if name in tuple(names)], dtype=int)
