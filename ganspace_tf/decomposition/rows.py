"""Which latents are row i, and what of them is decomposed.

`Sample` gives latents z by row number; `Space` turns them into the rows of the decomposition (F features) and
into the latents that the directions are to be expressed in (D numbers).

Two ways through the mapping, and the rule between them, which is kept here (`Space.map`) and nowhere else:

* What a picture starts from is mapped exactly (`Generator.map_rows`: float64 layers), so that it is equal on
  every processor, but for one number in ten million. So are the activations of an endpoint, and, to stay as
  it was, all of compat="ganspace".
* w that a decomposition only sums over is mapped fast (`Generator.map_rows_fast`: float32 layers). That moves
  sigmas by 4e-7 and directions by less than a sample of a million rows leaves open by a factor of a thousand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, Optional, Tuple, Type

import numpy as np

from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.generators import checks
from ganspace_tf.machine.processor import cores
from ganspace_tf.orthogonal import OrthogonalRows
from ganspace_tf.streams.noise import parse_noise

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator

LATENTS = ("w", "z")
LEGACY_SEEDS = 2147483647  # the original draws the seed of a batch below this number
COMPAT_NOISE = "torch-cpu:0"  # the original's constructor sets noise seed 0
MAPPED_AT_ONCE = 3  # blocks, where there is more than one core: one alone leaves a sixth of two cores idle
FORWARD_NUMBERS = 2**22  # activations of an endpoint that one forward pass may give: 16 MiB


def _truncation(psi: Optional[float]) -> Dict[str, Any]:
    return {} if psi is None else {"psi": psi}


class Sample:
    """Latents of the row-addressed stream: row i depends on (seed, i) alone. psi: truncation of z.

    together: rows that are drawn as one; those of different such groups are independent.
    """

    together = 1

    def __init__(self, gen: Generator, seed: int, psi: Optional[float] = None):
        self.gen, self.seed = gen, seed
        self.truncation = _truncation(psi)

    def z(self, start: int, stop: int) -> np.ndarray:
        """(stop - start, latent_size) float32."""
        return self.gen.z(n=stop - start, seed=self.seed, start=start, **self.truncation)


class OrthogonalSample(Sample):
    """Latents in orthogonal frames (`ganspace_tf.orthogonal`), which know a covariance from fewer rows."""

    def __init__(self, gen: Generator, seed: int, psi: Optional[float] = None):
        super().__init__(gen, seed, psi)
        self.frames = OrthogonalRows(seed, gen.latent_size)
        self.together = self.frames.together

    def z(self, start: int, stop: int) -> np.ndarray:
        return self.frames.rows(start, stop)


class NestedSample(Sample):
    """Latents as the original draws them: batches of B, each from a seed that a global stream gives.

    The rows depend on B. `seed`: of the global stream.
    """

    def __init__(self, gen: Generator, seed: int, batch: int, psi: Optional[float] = None):
        super().__init__(gen, seed, psi)
        self.batch = batch
        self._global = np.random.RandomState(seed)
        self._seeds: list = []

    def z(self, start: int, stop: int) -> np.ndarray:
        first, last = start // self.batch, (stop - 1) // self.batch
        while len(self._seeds) <= last:
            self._seeds.append(self._global.randint(LEGACY_SEEDS))
        batches = [
            self.gen.z(n=self.batch, seed=int(seed), compat="ganspace", **self.truncation)
            for seed in self._seeds[first : last + 1]
        ]
        return np.concatenate(batches)[start - first * self.batch : stop - first * self.batch]

    def global_stream(self, batches: int) -> np.random.RandomState:
        """The global stream as it is after the seeds of so many batches were drawn from it."""
        stream = np.random.RandomState(self.seed)
        for _ in range(batches):
            stream.randint(LEGACY_SEEDS)
        return stream


SAMPLINGS: Dict[str, Type[Sample]] = {"independent": Sample, "orthogonal": OrthogonalSample}


class Space:
    """What is decomposed, and what the directions are expressed in.

    name: "w" (rows and directions are w), "z" (rows are w, directions z), or an endpoint (rows are its
    flattened activations, directions are w or z as `latent` says). noise: None is the network's own, or
    with compat the original's. psi: of networks that truncate z, for latents and activations. Raises
    UnknownName, UsageError.
    shape: of a row before flattening; features: F; width: D.
    """

    def __init__(
        self,
        gen: Generator,
        name: str,
        latent: Optional[str] = None,
        labels: Any = None,
        noise: Optional[str] = None,
        compat: Optional[str] = None,
        psi: Optional[float] = None,
    ):
        self.gen, self.labels, self.psi = gen, labels, checks.psi(psi)
        self.map = gen.map_rows if compat else gen.map_rows_fast
        if self.psi is not None and gen.has_mapping:
            raise UsageError("psi={}: decompositions of {} are of untruncated w".format(psi, gen.name))
        self.options: Dict[str, Any] = dict(_truncation(self.psi))
        if compat and not gen.has_mapping:
            self.options["compat"] = compat
        self.shape: Tuple[int, ...]
        self.endpoint: Optional[str]
        self.noise: Optional[str]
        if name in LATENTS:
            self.name, self.endpoint, self.shape = name, None, (gen.dlatent_size,)
            if latent not in (None, name):
                raise UsageError(
                    "space {!r} has directions in {}, not in latent={!r}".format(name, name, latent)
                )
            self.latent, self.noise = name, None
        else:
            self.endpoint = self.name = gen.resolve_endpoint(name)
            self.shape = tuple(gen.endpoints[self.name])
            self.latent = latent or ("z" if compat or not gen.has_mapping else "w")
            self.noise = noise or (COMPAT_NOISE if compat and gen.noise_shapes else "stored")
            parse_noise(self.noise)
            if self.latent not in LATENTS:
                raise UnknownName.among("latent", latent, LATENTS)
        self.features = int(np.prod(self.shape))
        self.width = gen.dlatent_size if self.latent == "w" else gen.latent_size
        self.forward_rows = max(1, FORWARD_NUMBERS // self.features)

    @property
    def is_linear(self) -> bool:
        """Whether the rows are a linear map of the latents that the directions are expressed in."""
        return self.endpoint in self.gen.linear_endpoints and self.latent == "z"

    @property
    def regressed(self) -> bool:
        """Whether the directions come from a regression; otherwise the components are the directions."""
        return self.name != "w"

    @property
    def at_once(self) -> int:
        """How many blocks of latents may be turned into rows at the same time. Of activations one: a block
        is a forward pass of the network, with its memory.
        """
        alone = self.endpoint is not None or not self.gen.maps_in_threads or self.gen.threads == 1
        return 1 if alone or cores() == 1 else MAPPED_AT_ONCE

    def rows(self, z: np.ndarray) -> np.ndarray:
        """(N, F) float32 of latents z (N, latent_size)."""
        if self.endpoint is None:
            return self.map(z, self.labels)
        out = np.empty((len(z), self.features), np.float32)
        for start in range(0, len(z), self.forward_rows):
            part = z[start : start + self.forward_rows]
            found = self.gen.activations(
                part, self.endpoint, labels=self.labels, noise=self.noise, **self.options
            )
            out[start : start + len(part)] = found.reshape(len(part), -1)
        return out

    def rows_and_latents(self, z: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """(N, F) and the latents (N, D) that belong to the rows."""
        rows = self.rows(z)
        if self.latent == "z":
            return rows, z
        return rows, self.map(z, self.labels)
