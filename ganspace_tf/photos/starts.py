"""Where a projection begins: the spread of w, and which of many random w look most like a photo.

Both depend on the network alone, as it is now, so they are kept in the cache by the fingerprint of that.
"""

from __future__ import annotations

from typing import Any, List, NamedTuple, Optional, Tuple

import numpy as np

from ganspace_tf.cache import Folder, key_of

STATISTICS_ROWS, STATISTICS_SEED = 10_000, 123  # as in the published projector
THUMB = 16  # pixels of the longer side at which candidates are compared
COMPARED = 512  # candidates that are compared with one another
BLOCK = 32  # candidates drawn at a time


class LatentStatistics(NamedTuple):
    """mean: (D,) float64 of w. sigma: root of the mean squared distance from it, as one number."""

    mean: np.ndarray
    sigma: float


class Candidates(NamedTuple):
    """w: (K, D) float32. thumbs: (K, C, h, w) float32, their images averaged down."""

    w: np.ndarray
    thumbs: np.ndarray

    def distances(self, target: np.ndarray, mask: np.ndarray) -> np.ndarray:
        """Mean square difference of every candidate from a picture (C, H, W) under a mask (1, H, W): (K,)."""
        weight = shrunk(mask[None].astype(np.float64), self.thumbs.shape[2:])[0]
        area = np.maximum(weight, 1e-9)
        picture = shrunk((target * mask)[None].astype(np.float64), self.thumbs.shape[2:])[0] / area
        away = np.square(self.thumbs - picture) * weight
        return away.mean(axis=(1, 2, 3)) / max(float(weight.mean()), 1e-9)

    def nearest(self) -> np.ndarray:
        """The same from each of the first candidates to the most alike of the others: (n,)."""
        rows = self.thumbs[:COMPARED].astype(np.float64).reshape(min(COMPARED, len(self.thumbs)), -1)
        squares = np.square(rows).mean(axis=1)
        away = squares[:, None] + squares - 2 * (rows @ rows.T) / rows.shape[1]
        np.fill_diagonal(away, np.inf)
        return np.asarray(away.min(axis=1))

    def is_unlike(self, target: np.ndarray, mask: np.ndarray) -> bool:
        """Whether a picture is farther from all candidates than these usually are from one another: mean and
        three standard deviations of `nearest`."""
        usual = self.nearest()
        return bool(self.distances(target, mask).min() > usual.mean() + 3 * usual.std())


def labels_of(gen: Any, n: int, chosen: Optional[np.ndarray]) -> Optional[np.ndarray]:
    """Labels for n rows of w: of the class (1, n_classes) that was chosen, or all classes in turn."""
    if not gen.n_classes:
        return None
    if chosen is not None:
        return np.repeat(chosen, n, axis=0)
    return np.eye(gen.n_classes, dtype=np.float32)[np.arange(n) % gen.n_classes]


def latent_statistics(gen: Any, label: Optional[np.ndarray]) -> LatentStatistics:
    """Mean and spread of the w of 10,000 z. label: (1, n_classes) where a class was chosen."""

    def made() -> List[np.ndarray]:
        z = np.random.RandomState(STATISTICS_SEED).standard_normal((STATISTICS_ROWS, gen.latent_size))
        w = gen.map_rows_fast(z.astype(np.float32), labels_of(gen, STATISTICS_ROWS, label))
        mean = w.mean(axis=0, dtype=np.float64)
        away = np.square(w.astype(np.float64) - mean).sum(axis=1).mean()
        return [mean, np.sqrt(away)]

    facts = {"what": "statistics of w", "rows": STATISTICS_ROWS, "seed": STATISTICS_SEED}
    mean, sigma = _kept(gen, dict(facts, label=_listed(label)), STATISTICS_ROWS, made)
    return LatentStatistics(mean, float(sigma))


def candidates(gen: Any, count: int, seed: int, label: Optional[np.ndarray]) -> Candidates:
    """`count` random w and small pictures of them. seed: of their z, rows of the row-addressed stream."""

    def made() -> List[np.ndarray]:
        w = gen.map_rows(gen.z(n=count, seed=seed), labels_of(gen, count, label))
        parts = [w[start : start + BLOCK] for start in range(0, count, BLOCK)]
        return [w, np.concatenate([thumbs(gen.images(part)) for part in parts]).astype(np.float32)]

    facts = {"what": "candidates", "rows": count, "seed": seed, "label": _listed(label)}
    return Candidates(*_kept(gen, facts, count, made))


def thumbs(images: np.ndarray) -> np.ndarray:
    """Images (N, C, H, W) averaged down to 16 pixels on the longer side, or as near as whole pixels allow."""
    height, width = images.shape[2:]
    factor = max(1, max(height, width) // THUMB)
    while height % factor or width % factor:
        factor -= 1
    return shrunk(images, (height // factor, width // factor))


def shrunk(images: np.ndarray, size: Tuple[int, ...]) -> np.ndarray:
    """Images (N, C, H, W) averaged down to `size`, which divides theirs."""
    N, C, H, W = images.shape
    height, width = size
    return images.reshape(N, C, height, H // height, width, W // width).mean(axis=(3, 5))


def _listed(label: Optional[np.ndarray]) -> Any:
    return None if label is None else [float(value) for value in label[0]]


def _kept(gen: Any, facts: Any, rows: int, make: Any) -> List[np.ndarray]:
    """Arrays from the cache, or made and kept there."""
    facts = dict(facts, model=gen.fingerprint_now)
    folder, name = Folder("states"), "{}-{}".format(key_of(facts)[:32], rows)
    entry = folder.read(name)
    if entry is not None and entry[1] == facts:
        return [entry[0][key] for key in sorted(entry[0])]
    arrays = [np.asarray(array) for array in make()]
    folder.write(name, {"array{}".format(k): array for k, array in enumerate(arrays)}, facts)
    return arrays
