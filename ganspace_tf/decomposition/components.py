"""Components: the directions a decomposition found, how long a sigma is, and where they are from.

The file is an npz without pickles. Its arrays have the names and shapes of GANSpace's own cache files, so
either program reads the other's; `settings` (JSON) and `digest` come on top.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple, Union

import numpy as np

from ganspace_tf.cache import Arrays, digest_of, read_arrays, write_arrays
from ganspace_tf.decomposition.precision import read_precision
from ganspace_tf.errors import BasisMismatch, FileError, UsageError
from ganspace_tf.fields import fits
from nvlabs.errors import NetworkFileError
from nvlabs.reading.arrays import KINDS
from nvlabs.reading.budget import Budget
from nvlabs.reading.shown import show, show_shape

FORMAT = 1
MOST = 65_536  # components of a file; every one is listed by `info --json`
_REQUIRED = ("lat_comp", "lat_mean", "lat_stdev", "var_ratio", "act_comp", "act_mean", "act_stdev")
_OPTIONAL = ("random_stdevs",)
# What is used of the settings of a file, and of the error bound in them; all else is for people.
_SETTINGS = {
    "fingerprint": str,
    "activations": bool,
    "latent": str,
    "endpoint": Optional[str],
    "model": Optional[str],
    "estimator": str,
    "space": str,
    "n": int,
    "error_bound": Optional[Dict[str, Any]],
    "precision": Optional[Dict[str, Any]],
    "variance": float,
    "failure": float,
    "sines": List[float],
    "variances": List[float],
}


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

    def check_model(self, model: Any, any_basis: bool = False) -> None:
        """Raises BasisMismatch if they come from another model (any_basis: that is allowed), or have another
        width. model: a generator, or a fingerprint.
        """
        given = str(getattr(model, "fingerprint", model))
        if self.fingerprint and given != self.fingerprint and not any_basis:
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


def read_components(path: Union[str, Path]) -> Components:
    """Read components that this program or GANSpace wrote.

    A GANSpace file does not name its model: its fingerprint is "", and it fits any model of its width.
    Raises FileError: not there, not an npz, damaged, or something else than components.
    """
    budget = Budget.of_files(path)
    arrays, settings = read_arrays(path, _REQUIRED, budget)
    try:
        for array in arrays.values():
            if array.dtype != np.float32 or not array.dtype.isnative or not array.flags.c_contiguous:
                budget.spend(4 * array.size)  # one more of it, as float32
    except NetworkFileError as error:
        raise FileError("{} {}".format(path, error.reason)) from None
    return from_arrays(arrays, settings, str(path))


def from_arrays(arrays: Arrays, settings: Optional[Dict[str, Any]], path: Optional[str]) -> Components:
    """The inverse of `Components.arrays` and `record`; settings None for a file of GANSpace. Raises FileError
    for what cannot be components.
    """
    arrays = _numbers(arrays, path)
    _check_shapes(arrays, path)
    if settings is None:
        settings = _guess_settings(arrays, path)
    settings = dict(settings)
    settings.pop("format", None)
    fingerprint, whole = settings.pop("fingerprint", ""), settings.pop("activations", True)
    _check_settings(settings, fingerprint, whole, len(arrays["lat_comp"]), path)
    return Components(
        directions=arrays["lat_comp"][:, 0],
        mean=arrays["lat_mean"][0],
        stdev=arrays["lat_stdev"],
        variance_ratio=arrays["var_ratio"],
        settings=settings,
        fingerprint=fingerprint,
        act_directions=arrays["act_comp"][:, 0] if whole else None,
        act_mean=arrays["act_mean"][0] if whole else None,
        act_stdev=arrays["act_stdev"],
        random_stdevs=arrays.get("random_stdevs"),
        path=path,
    )


def _numbers(arrays: Arrays, path: Optional[str]) -> Arrays:
    """The arrays of components as float32. Raises FileError for what is missing or holds no numbers."""
    found = {}
    for name in _REQUIRED + _OPTIONAL:
        array = arrays.get(name)
        if array is None and name in _REQUIRED:
            raise FileError("{} does not hold components: {} is missing".format(path, name))
        if array is not None:
            if array.dtype.kind not in "fiu":
                raise FileError("{} does not hold components: {} holds {}, not numbers".format(
                    path, name, KINDS.get(array.dtype.kind, "something else")))  # fmt: skip
            with np.errstate(over="ignore"):
                found[name] = np.ascontiguousarray(array, np.float32).reshape(array.shape)
    return found


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
    for name, array in arrays.items():
        shape = expected.get(name, (array.size,))
        if array.shape != shape or array.size == 0 or not np.isfinite(array).all():
            raise FileError("{} does not hold components: {} of shape {}, expected {} finite numbers".format(
                path, name, show_shape(array.shape), show_shape(shape)))  # fmt: skip
    if count > MOST:
        raise FileError("{} holds {:,} components; at most {:,} are read".format(path, count, MOST))


def _check_settings(
    settings: Dict[str, Any], fingerprint: Any, whole: Any, count: int, path: Optional[str]
) -> None:
    """Raises FileError for settings that other parts would stumble over. count: of components."""
    bound = settings.get("error_bound")
    given = dict(settings, fingerprint=fingerprint, activations=whole)
    given.update(bound if isinstance(bound, dict) else {})
    for name, kind in _SETTINGS.items():
        if name in given and not fits(given[name], kind):
            raise FileError(
                "{}: the setting {} of the components is {}".format(path, name, show(given[name]))
            )
    if given.get("latent", "w") not in ("w", "z"):
        raise FileError("{}: components of {}, not of w or z".format(path, show(given["latent"])))
    try:
        if settings.get("precision") is not None:
            stated = len(read_precision(settings["precision"]).angles)
            if stated != count:
                raise UsageError("{} angles of {} components".format(stated, count))
    except UsageError as error:
        raise FileError("{}: the precision of the components: {}".format(path, error)) from None
    if bound is not None and not {"variance", "failure", "sines"} <= set(bound):
        raise FileError("{}: the error bound of the components lacks a part".format(path))


def _guess_settings(arrays: Arrays, path: Optional[str]) -> Dict[str, Any]:
    """What a file of GANSpace says about itself: in z its sigmas are 1; where both parts agree, w itself was
    decomposed.
    """
    latent = "z" if np.all(arrays["lat_stdev"] == 1) else "w"
    same = arrays["act_comp"].shape == arrays["lat_comp"].shape and all(
        np.allclose(one, other, atol=1e-4) for one, other in zip(arrays["act_comp"], arrays["lat_comp"])
    )
    return {
        "source": "GANSpace",
        "file": os.path.basename(path or ""),
        "latent": latent,
        "activations": not (same and latent == "w"),
        "components": len(arrays["lat_comp"]),
    }
