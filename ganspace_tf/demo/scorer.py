"""Measures the factors of a picture, and is the pattern for anyone's own measurements.

A *scorer* is any callable: pictures (N, H, W, 3) uint8 in, a dict of named numbers out, each an array (N,).
`measure` calls one and refuses an answer that is not that. `BeetleScorer` is the one that comes along: it
finds the beetle first (heading, place, size), looks at the picture turned into the beetle's own frame, and
measures everything else there. Both steps are small perceptrons, trained with scikit-learn on drawn pictures
(`training/fit_scorer.py`) and evaluated here in NumPy, so that the same numbers come out wherever the file
is read.
"""

from __future__ import annotations

import importlib
import os
from collections import OrderedDict

import numpy as np

from ganspace_tf.cache import read_arrays
from ganspace_tf.demo.worlds import FACTORS, WORLDS
from ganspace_tf.errors import FileError, UsageError

POSE = ("angle", "x", "y", "size")
FORM = tuple(factor.name for factor in FACTORS if factor.name not in POSE)
RESOLUTION, SMALLER = 64, 32  # pictures of the smaller size are enlarged
BLOCK = 256  # pictures measured at once

# The frame around the beetle that the second step looks at, in body lengths: u to its right, v towards its
# tail.
FRAME_U = np.linspace(-0.60, 0.60, 26, dtype=np.float32)
FRAME_V = np.linspace(-0.66, 0.60, 28, dtype=np.float32)

CUBIC = np.array([-3, 29, 111, -9], dtype=np.float32) / 128  # weights at distances 1.75, 0.75, 0.25, 1.25


def measure(scorer, pictures):
    """Call a scorer and check its answer.

    scorer: callable, pictures (N, H, W, 3) uint8 to a dict of numbers by name, N each. Returns an
    OrderedDict of float64 arrays (N,). Raises UsageError, naming the scorer and the number at fault, if the
    answer is not a dict, is empty, has another length than N, or holds a NaN or an infinity; and for
    pictures of another shape or type.
    """
    return numbers_of(scorer, _checked(pictures))


def numbers_of(scorer, pictures):
    """The same for pictures (N, H, W, 3) uint8 of any size, where the scorer can measure them."""
    called = getattr(scorer, "__name__", type(scorer).__name__)
    answer = scorer(pictures)
    if not isinstance(answer, dict) or not answer:
        raise UsageError(
            "scorer %s must return a dict of named numbers, not %r" % (called, type(answer).__name__)
        )
    numbers = OrderedDict()
    for name, values in answer.items():
        values = np.asarray(values)
        if values.shape != (len(pictures),) or values.dtype.kind not in "fiub":
            raise UsageError(
                "scorer %s: %r must be %d numbers, one per picture, not %s of shape %r"
                % (called, name, len(pictures), values.dtype, values.shape)
            )
        bad = ~np.isfinite(values.astype(np.float64))
        if bad.any():
            raise UsageError(
                "scorer %s: %r of picture %d is %s; every number must be finite"
                % (called, name, int(bad.argmax()), values[bad.argmax()])
            )
        numbers[str(name)] = values.astype(np.float64)
    return numbers


def load_scorer(name="beetles", also=()):
    """The scorer of a drawn world, or anyone's own as "package.module:callable".

    also: names of others that the caller knows, to be told. Raises UsageError for a name that is neither,
    FileError if the data of a world's scorer cannot be read.
    """
    if name in WORLDS:
        return BeetleScorer(os.path.join(os.path.dirname(__file__), "data", "scorer-%s.npz" % name))
    module, separator, attribute = str(name).partition(":")
    if not separator:
        raise UsageError(
            "no scorer called %r; give one of %s, or package.module:callable"
            % (name, ", ".join((*WORLDS, *also)))
        )
    try:
        scorer = getattr(importlib.import_module(module), attribute)
    except (ImportError, AttributeError) as error:
        raise UsageError("scorer %r cannot be imported: %s" % (name, error)) from error
    if not callable(scorer):
        raise UsageError("scorer %r is %s, not a callable" % (name, type(scorer).__name__))
    return scorer


class BeetleScorer:
    """Measures every factor of one drawn world; units and ranges as in `worlds.FACTORS`.

    Calling it with pictures (N, H, W, 3) uint8, H = W a multiple of 64 or 32, gives an OrderedDict of float32
    arrays (N,). `features` gives what the Fréchet distance is measured on. Held-out errors by factor are in
    docs/world.md.
    """

    def __init__(self, path):
        """path: npz of the two perceptrons. Raises FileError if it is not one."""
        try:
            weights = {key: array.astype(np.float32) for key, array in read_arrays(path)[0].items()}
            self._pose, self._form = Perceptron(weights, "pose/"), Perceptron(weights, "form/")
        except (FileError, KeyError, ValueError) as error:
            raise FileError("%s is not a scorer: %s" % (path, error)) from error

    def __call__(self, pictures):
        pose, form, _ = self._measured(pictures)
        found = dict(zip(POSE + FORM, np.concatenate([pose, form], axis=1).T))
        return OrderedDict((factor.name, found[factor.name]) for factor in FACTORS)

    def features(self, pictures):
        """What the last hidden layers see, (N, F) float32: pose, shape, colour and pattern, not yet boiled
        down to factors.
        """
        return self._measured(pictures)[2]

    def _measured(self, pictures):
        """Pose (N, 4), the other factors (N, 13) and features (N, F), block by block."""
        pictures = _checked(pictures)
        blocks = []
        for start in range(0, max(len(pictures), 1), BLOCK):
            planes = to_planes(pictures[start : start + BLOCK])
            pose, seen_pose = self._pose(pose_inputs(planes))
            form, seen_form = self._form(form_inputs(planes, pose))
            blocks.append((pose, form, np.concatenate([seen_pose, seen_form], axis=1)))
        return tuple(np.concatenate(parts) for parts in zip(*blocks))


class Perceptron:
    """Dense layers with rectifiers between them, between a standardised input and an output in units."""

    def __init__(self, weights, prefix):
        self.mean, self.scale = weights[prefix + "mean"], weights[prefix + "scale"]
        self.out_mean, self.out_scale = weights[prefix + "out_mean"], weights[prefix + "out_scale"]
        count = sum(key.startswith(prefix + "weight") for key in weights)
        self.layers = [
            (weights[prefix + "weight%d" % k], weights[prefix + "bias%d" % k]) for k in range(count)
        ]

    def __call__(self, x):
        """Inputs (N, I) to outputs (N, O) in units and the last hidden layer (N, H)."""
        x = (x - self.mean) * self.scale
        for weight, bias in self.layers[:-1]:
            x = np.maximum(x @ weight + bias, 0)
        weight, bias = self.layers[-1]
        return (x @ weight + bias) * self.out_scale + self.out_mean, x


def to_planes(pictures):
    """Pictures (N, H, W, 3) uint8 to (N, 64, 64, 3) float32 in [0, 1], by averaging, or from 32 pixels by
    bicubic interpolation.
    """
    if pictures.shape[1] == SMALLER:
        return _doubled(_doubled(pictures.astype(np.float32) / 255, 1), 2)
    step = pictures.shape[1] // RESOLUTION
    planes = pictures.reshape(len(pictures), RESOLUTION, step, RESOLUTION, step, 3).astype(np.float32)
    return planes.mean(axis=(2, 4)) / 255


def _doubled(planes, axis):
    """Twice as many pixels along an axis (Keys' cubic convolution, a = -1/2); the border is repeated."""
    size = planes.shape[axis]
    away = (np.arange(size)[:, None] + np.arange(-2, 2)).clip(0, size - 1)  # the four pixels around i - 1/4
    left = sum(w * planes.take(away[:, k], axis) for k, w in enumerate(CUBIC))
    away = (np.arange(size)[:, None] + np.arange(-1, 3)).clip(0, size - 1)  # and around i + 1/4
    right = sum(w * planes.take(away[:, k], axis) for k, w in enumerate(CUBIC[::-1]))
    shape = planes.shape[:axis] + (2 * size,) + planes.shape[axis + 1 :]
    return np.stack([left, right], axis=axis + 1).reshape(shape)


def pose_inputs(planes):
    """What the first step looks at: the picture at 16 px, (N, 768)."""
    return _shrunk(planes, 16)


def form_inputs(planes, pose):
    """What the second step looks at: the picture in the beetle's frame, and the whole of it at 8 px, (N,
    2376).
    """
    return np.concatenate([_in_body_frame(planes, pose), _shrunk(planes, 8)], axis=1)


def _shrunk(planes, size):
    step = RESOLUTION // size
    return planes.reshape(len(planes), size, step, size, step, 3).mean(axis=(2, 4)).reshape(len(planes), -1)


def _in_body_frame(planes, pose):
    """Sample each picture (bilinear) on the grid FRAME_U x FRAME_V around its beetle: (N, 28 * 26 * 3)."""
    angle, x, y, size = (pose[:, k, None, None] for k in range(4))
    u, v = FRAME_U[None, None, :] * size, FRAME_V[None, :, None] * size
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    column = np.clip((0.5 + x + u * cos - v * sin) * RESOLUTION - 0.5, 0, RESOLUTION - 1.001)
    row = np.clip((0.5 + y + u * sin + v * cos) * RESOLUTION - 0.5, 0, RESOLUTION - 1.001)
    left, top = column.astype(np.int64), row.astype(np.int64)
    right, down = (column - left).astype(np.float32)[..., None], (row - top).astype(np.float32)[..., None]
    flat = planes.reshape(-1, 3)
    corner = (np.arange(len(planes))[:, None, None] * RESOLUTION + top) * RESOLUTION + left
    upper = flat[corner] * (1 - right) + flat[corner + 1] * right
    lower = flat[corner + RESOLUTION] * (1 - right) + flat[corner + RESOLUTION + 1] * right
    return (upper * (1 - down) + lower * down).reshape(len(planes), -1)


def frechet_distance(one, other):
    """Fréchet distance of two sets of features (N, F), (M, F), as normal distributions (Heusel et al. 2017,
    equation 6).

    0 for equal mean and covariance; in the square of the features' unit. Raises UsageError for sets of
    different width or with fewer than two rows.
    """
    one, other = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    if one.ndim != 2 or other.ndim != 2 or one.shape[1] != other.shape[1] or min(len(one), len(other)) < 2:
        raise UsageError(
            "features must be (N, F) and (M, F) with N, M >= 2, not %r and %r" % (one.shape, other.shape)
        )
    cov_one, cov_other = np.cov(one, rowvar=False), np.cov(other, rowvar=False)
    cov_one, cov_other = np.atleast_2d(cov_one), np.atleast_2d(cov_other)
    # trace of (A B)^1/2 = sum of the square roots of the eigenvalues of A^1/2 B A^1/2, which is symmetric
    values, vectors = np.linalg.eigh(cov_one)
    root = (vectors * np.sqrt(np.maximum(values, 0))) @ vectors.T
    cross = np.sqrt(np.maximum(np.linalg.eigvalsh(root @ cov_other @ root), 0)).sum()
    shift = one.mean(axis=0) - other.mean(axis=0)
    return float(shift @ shift + np.trace(cov_one) + np.trace(cov_other) - 2 * cross)


def _checked(pictures):
    pictures = np.asarray(pictures)
    fits = pictures.ndim == 4 and pictures.shape[3] == 3 and pictures.dtype == np.uint8
    if (
        not fits
        or pictures.shape[1] != pictures.shape[2]
        or (pictures.shape[1] % RESOLUTION and pictures.shape[1] != SMALLER)
        or not pictures.shape[1]
    ):
        raise UsageError(
            "pictures must be (N, H, H, 3) uint8 with H %d or a multiple of %d, not %s of shape %r"
            % (SMALLER, RESOLUTION, pictures.dtype, pictures.shape)
        )
    return pictures
