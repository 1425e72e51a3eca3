"""Components: the directions a decomposition found, how long a sigma is, and where they are from.

The file is an npz without pickles. Its arrays have the names and shapes of GANSpace's own cache files, so
either program reads the other's; `settings` (JSON) and `digest` come on top.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Dict, Optional, Tuple, Union

import numpy as np

from ganspace_tf.cache import Arrays, digest_of, read_arrays, write_arrays
from ganspace_tf.errors import BasisMismatch, FileError, UsageError

FORMAT = 1
_REQUIRED = ("lat_comp", "lat_mean", "lat_stdev", "var_ratio", "act_comp", "act_mean", "act_stdev")


@dataclass(frozen=True, eq=False, repr=False)
class Components:
    """A basis of K directions in the latents of one model. All arrays are float32.

    directions: (K, D) unit rows. mean: (D,) of the latents. stdev: (K,) one sigma along each direction.
    variance_ratio: (K,) share of the variance of what was decomposed.
    settings: how they were found. fingerprint: of the model, "" where the file does not say.
    act_directions (K, F…), act_mean (F…): the same in the activations that were decomposed, shaped as the
    endpoint gives them; None for a decomposition of w itself. act_stdev: (K,) sigma in what was decomposed.
    random_stdevs: (K,) spread of what was decomposed along random directions, or None (original's baseline).
    path: file they were read from or written to. digest: 64 hex digits over all arrays.
    """

    directions: np.ndarray
    mean: np.ndarray
    stdev: np.ndarray
    variance_ratio: np.ndarray
    settings: Dict[str, Any]
    fingerprint: str = ""
    act_directions: Optional[np.ndarray] = None
    act_mean: Optional[np.ndarray] = None
    act_stdev: Optional[np.ndarray] = None
    random_stdevs: Optional[np.ndarray] = None
    path: Optional[str] = None
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", digest_of(self.arrays()))

    def __len__(self) -> int:
        return len(self.directions)

    def __repr__(self) -> str:
        s = self.settings
        how = [str(s["estimator"])] if "estimator" in s else []
        how += ["n = {:,}".format(s["n"])] if isinstance(s.get("n"), int) and s["n"] else []
        model = "{} {:.12}".format(s.get("model", ""), self.fingerprint).strip() or "an unnamed model"
        return "<Components: {} directions in {} ({} numbers) of {}{}>".format(
            len(self), self.latent, self.directions.shape[1], model, "".join(", " + one for one in how)
        )

    def transform(self, latents: Any) -> np.ndarray:
        """Coordinates along the directions, from the mean: (…, D) to (…, K) float32, in latent units.

        Divided by `stdev` they are sigmas. As scikit-learn's PCA does. Raises UsageError for another width.
        """
        latents = np.asarray(latents, np.float32)
        if latents.ndim == 0 or latents.shape[-1] != self.directions.shape[1]:
            raise UsageError(
                "latents of shape {}; allowed: (…, {})".format(latents.shape, self.directions.shape[1])
            )
        return (latents - self.mean) @ self.directions.T

    def inverse_transform(self, coordinates: Any) -> np.ndarray:
        """The latents at these coordinates (…, K), nearest to the mean elsewhere: (…, D) float32.

        The inverse of `transform` for latents in the span of orthogonal directions (pca, ipca of w). Raises
        UsageError for another number of coordinates.
        """
        coordinates = np.asarray(coordinates, np.float32)
        if coordinates.ndim == 0 or coordinates.shape[-1] != len(self):
            raise UsageError("coordinates of shape {}; allowed: (…, {})".format(coordinates.shape, len(self)))
        return coordinates @ self.directions + self.mean

    @property
    def latent(self) -> str:
        """What the directions are of: "w" or "z"."""
        return str(self.settings.get("latent", "w"))

    @property
    def endpoint(self) -> Optional[str]:
        """The endpoint whose activations were decomposed, or None (w, z, or not known)."""
        return self.settings.get("endpoint")

    def component(self, index: int) -> Tuple[np.ndarray, float]:
        """Direction (D,) and sigma of one component. Raises UsageError for an index that is not there."""
        if isinstance(index, bool) or not isinstance(index, (int, np.integer)) or not 0 <= index < len(self):
            raise UsageError("component {!r} is not there; these have 0 … {}".format(index, len(self) - 1))
        return self.directions[index], float(self.stdev[index])

    def check_model(self, model: Any) -> None:
        """Raises BasisMismatch if they come from another model. model: a generator, or a fingerprint."""
        given = str(getattr(model, "fingerprint", model))
        if self.fingerprint and given != self.fingerprint:
            raise BasisMismatch(
                "these components belong to another model ({} {:.12}…), this one is {:.12}…".format(
                    self.settings.get("model", ""), self.fingerprint, given
                )
            )
        width = getattr(
            model, "dlatent_size" if self.latent == "w" else "latent_size", self.directions.shape[1]
        )
        if width != self.directions.shape[1]:
            raise BasisMismatch("these components are {} numbers wide, the {} of this model {}".format(
                self.directions.shape[1], self.latent, width))  # fmt: skip

    def arrays(self) -> Arrays:
        """The arrays under GANSpace's names and in its shapes."""
        act_directions = self.directions if self.act_directions is None else self.act_directions
        arrays = {
            "act_comp": act_directions[:, None],
            "act_mean": (self.mean if self.act_mean is None else self.act_mean)[None],
            "act_stdev": self.stdev if self.act_stdev is None else self.act_stdev,
            "lat_comp": self.directions[:, None],
            "lat_mean": self.mean[None],
            "lat_stdev": self.stdev,
            "var_ratio": self.variance_ratio,
        }
        if self.random_stdevs is not None:
            arrays["random_stdevs"] = self.random_stdevs
        return {name: np.ascontiguousarray(array, np.float32) for name, array in arrays.items()}

    def save(self, path: Union[str, Path]) -> str:
        """Write them; returns the path. Raises FileError; nothing half-written stays behind."""
        write_arrays(path, self.arrays(), self.record())
        return str(path)

    def at(self, path: str) -> Components:
        """The same components, known to be in this file."""
        return replace(self, path=path)

    def record(self) -> Dict[str, Any]:
        """The settings as they stand in the file."""
        return dict(
            self.settings,
            format=FORMAT,
            fingerprint=self.fingerprint,
            activations=self.act_directions is not None,
        )


def load_components(path: Union[str, Path]) -> Components:
    """Read components that this program or GANSpace wrote.

    A GANSpace file does not name its model: its fingerprint is "", and it fits any model of its width.
    Raises FileError: not there, not an npz, damaged, or something else than components.
    """
    arrays, settings = read_arrays(path)
    missing = [name for name in _REQUIRED if name not in arrays]
    if missing:
        raise FileError("{} does not hold components: {} is missing".format(path, missing[0]))
    return from_arrays(arrays, settings, str(path))


def from_arrays(arrays: Arrays, settings: Optional[Dict[str, Any]], path: Optional[str]) -> Components:
    """The inverse of `Components.arrays` and `record`; settings None for a file of GANSpace."""
    _check_shapes(arrays, path)
    if settings is None:
        settings = _guess_settings(arrays, path)
    settings = dict(settings)
    settings.pop("format", None)
    fingerprint, whole = settings.pop("fingerprint", ""), settings.pop("activations", True)
    f32 = {name: np.asarray(array, np.float32) for name, array in arrays.items()}
    return Components(
        directions=f32["lat_comp"][:, 0],
        mean=f32["lat_mean"][0],
        stdev=f32["lat_stdev"],
        variance_ratio=f32["var_ratio"],
        settings=settings,
        fingerprint=fingerprint,
        act_directions=f32["act_comp"][:, 0] if whole else None,
        act_mean=f32["act_mean"][0] if whole else None,
        act_stdev=f32["act_stdev"],
        random_stdevs=f32.get("random_stdevs"),
        path=path,
    )


def _check_shapes(arrays: Arrays, path: Optional[str]) -> None:
    """Raises FileError if the arrays do not fit each other."""
    directions = arrays["lat_comp"]
    count, width = (len(directions), directions.shape[-1]) if directions.ndim == 3 else (0, 0)
    feature = arrays["act_mean"].shape[1:]
    expected = {
        "lat_comp": (count, 1, width),
        "lat_mean": (1, width),
        "lat_stdev": (count,),
        "var_ratio": (count,),
        "act_comp": (count, 1) + feature,
        "act_mean": (1,) + feature,
        "act_stdev": (count,),
    }
    for name, shape in expected.items():
        array = arrays[name]
        if array.shape != shape or array.size == 0 or array.dtype.kind != "f" or not np.isfinite(array).all():
            raise FileError("{} does not hold components: {} of shape {}, expected {} finite numbers".format(
                path, name, array.shape, shape))  # fmt: skip


def _guess_settings(arrays: Arrays, path: Optional[str]) -> Dict[str, Any]:
    """What a file of GANSpace says about itself: in z its sigmas are 1; where both parts agree, w itself was
    decomposed.
    """
    latent = "z" if np.all(arrays["lat_stdev"] == 1) else "w"
    same = arrays["act_comp"].shape == arrays["lat_comp"].shape and np.allclose(
        arrays["act_comp"], arrays["lat_comp"], atol=1e-4
    )
    return {
        "source": "GANSpace",
        "file": os.path.basename(path or ""),
        "latent": latent,
        "activations": not (same and latent == "w"),
        "components": len(arrays["lat_comp"]),
    }
