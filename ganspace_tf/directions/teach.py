"""A direction from examples: the normal of the plane between two sets of latents."""

from __future__ import annotations

import os
from typing import Any, Optional, Union

import numpy as np

from ganspace_tf.errors import FileError, UsageError
from ganspace_tf.fields import fits
from ganspace_tf.foreign.values import read_values
from nvlabs.reading.shown import show

SHARE = 0.2  # of the samples at each end that teach a boundary
MOST = 2000  # samples at each end; more only cost time


def teach(plus: np.ndarray, minus: np.ndarray, comp: Any = None, C: float = 1.0) -> np.ndarray:
    """The unit direction (D,) from latents `minus` (M, D) to latents `plus` (P, D).

    A support vector machine with a linear kernel (Cortes, Vapnik 1995) finds the plane between them. From a
    handful of latents its normal is noisy in hundreds of axes that nobody looked at; with `comp`
    (`directions`, `stdev`, `mean`) it is sought among these K directions alone, in sigmas, which is what a
    few examples can settle. C: weight of examples on the wrong side. Raises UsageError for empty sets, other
    widths (also of `comp`), what is not finite, and latents that are on both sides.
    """
    from sklearn.svm import SVC

    plus, minus = _latents(plus), _latents(minus)
    if not len(plus) or not len(minus) or plus.ndim != 2 or plus.shape[1:] != minus.shape[1:]:
        raise UsageError(
            "examples have shapes {} and {}; one latent (D) or more (N, D) are needed on each side".format(
                plus.shape, minus.shape
            )
        )
    rows = np.concatenate([plus, minus])
    if not np.isfinite(rows).all() or not fits(C, float) or C <= 0:
        raise UsageError("examples must be finite numbers, and C ({}) a finite one above 0".format(show(C)))
    if comp is None:
        axes, mean = np.eye(rows.shape[1]), rows.mean(axis=0)
    else:
        axes = np.asarray(comp.directions, np.float64) * np.asarray(comp.stdev, np.float64)[:, None]
        mean = np.asarray(comp.mean, np.float64)
        if axes.shape[1] != rows.shape[1]:
            text = "the examples are {} numbers wide, the components are {}: another model's?"
            raise UsageError(text.format(rows.shape[1], axes.shape[1]))
    # coordinates in sigmas: divided by sigma to read them, multiplied by it to go along them
    inputs = (rows - mean) @ (axes / np.maximum((axes**2).sum(axis=1, keepdims=True), 1e-12)).T
    side = np.repeat([1, -1], [len(plus), len(minus)])
    scale = np.maximum(np.sqrt((inputs**2).sum(axis=1).mean()), 1e-12)  # so that C means the same everywhere
    normal = SVC(kernel="linear", C=C, tol=1e-6).fit(inputs / scale, side).coef_[0]
    direction = normal @ axes
    length = np.linalg.norm(direction)
    if not length > 1e-9:
        raise UsageError("the examples on both sides are the same; there is no direction between them")
    return (direction / length).astype(np.float32)


def _latents(given: Any) -> np.ndarray:
    """(N, D) float64 of one latent (D) or several; whatever else has several axes keeps them."""
    try:
        return np.atleast_2d(np.asarray(given, np.float64))
    except (TypeError, ValueError):
        raise UsageError("examples must be finite numbers in an array (N, D) or (D)") from None


def boundary(
    latents: np.ndarray, scores: np.ndarray, share: float = SHARE, comp: Optional[Any] = None
) -> np.ndarray:
    """The unit direction (D,) towards high scores, as InterFaceGAN finds it (Shen et al. 2020).

    latents: (N, D) with a score each, (N,). The highest and lowest `share` of them teach a linear support
    vector machine. Raises UsageError if the ends overlap or hold nobody, for scores that are not finite, and
    as `teach` does.
    """
    latents, scores = np.asarray(latents), np.asarray(scores, np.float64)
    ends = min(MOST, int(scores.size * share)) if 0 < share <= 0.5 else 0
    if latents.shape[:1] != scores.shape or ends < 1:
        raise UsageError(
            "{} scores for latents of shape {}: a score each, and a share (0 to 0.5) that holds one".format(
                scores.size, latents.shape
            )
        )
    unknown = np.flatnonzero(~np.isfinite(scores))
    if len(unknown):
        raise UsageError(
            "{} of {} scores are not finite numbers, the first of latent {}: leave these latents out".format(
                len(unknown), len(scores), unknown[0]
            )
        )
    order = np.argsort(scores, kind="stable")
    return teach(latents[order[-ends:]], latents[order[:ends]], comp)


def read_boundary(path: Union[str, "os.PathLike[str]"]) -> np.ndarray:
    """Directions out of a .npy file: (1, D) unit for InterFaceGAN's boundaries, (L, D) as they are for files
    with one row a layer; (1, D, 1), as for BigGAN, is one direction. Float32. Raises FileError.
    """
    array = read_values(path)
    if not isinstance(array, np.ndarray) or array.dtype.kind != "f" or not np.isfinite(array).all():
        raise FileError("{} is not a boundary: it must hold finite numbers".format(path))
    if array.ndim == 3 and array.shape[0] == array.shape[2] == 1:
        array = array[..., 0]
    rows = array.reshape(-1, array.shape[-1]) if array.ndim else array.reshape(1, 1)
    if len(rows) == 1:
        length = np.linalg.norm(rows)
        if not length > 0:
            raise FileError("{} is not a boundary: it has no length".format(path))
        rows = rows / length
    return rows.astype(np.float32)
