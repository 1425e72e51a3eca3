"""What an optimiser moves, and what the network is fed: parameters (P,) in float64 ↔ w per layer and noise.

    w     P = D: one w for all layers
    w+    P = L · D: a w for every layer

With fitted noise the maps follow, each brought to mean 0 and variance 1 before it is fed, so that only their
pattern is fitted, and held to the look of noise by the published term (Karras et al. 2020, appendix D).
"""

from __future__ import annotations

from typing import Any, List, Optional, Sequence, Tuple

import numpy as np

SPACES = ("w+", "w", "w-then-w+")
SMALLEST_MAP = 8  # side of the smallest map that the noise term looks at


class Space:
    """Parameters of rows.

    layers, width: L and D. per_layer: w+. sigma: spread of w (`LatentStatistics`), the unit of distances.
    keep_near: weight of the spread of the layers of w+, squared, in the loss. noise_shapes: (h, w) of every
    noise map, if noise is fitted.
    """

    def __init__(
        self,
        layers: int,
        width: int,
        per_layer: bool,
        sigma: float,
        keep_near: float = 0.0,
        noise_shapes: Sequence[Tuple[int, int]] = (),
        noise_weight: float = 0.0,
    ):
        self.layers, self.width, self.per_layer, self.sigma = layers, width, per_layer, float(sigma)
        self.keep_near, self.noise_weight = float(keep_near), float(noise_weight)
        self.noise_shapes = list(noise_shapes)
        self.latents = width * (layers if per_layer else 1)  # how many parameters are w
        self.size = self.latents + sum(height * wide for height, wide in self.noise_shapes)

    @property
    def unit(self) -> float:
        """Length of a step of one σ in every layer."""
        return self.sigma * float(np.sqrt(self.latents / self.width))

    @property
    def name(self) -> str:
        return "w+" if self.per_layer else "w"

    def start(self, w: np.ndarray, noise: Sequence[np.ndarray] = ()) -> np.ndarray:
        """Parameters of a row of w (L, D) and, where noise is fitted, of its maps (1, h, w)."""
        w = np.asarray(w, np.float64)
        parts = [w.reshape(-1) if self.per_layer else w.mean(axis=0)]
        if self.noise_shapes:
            parts += [np.asarray(maps, np.float64).reshape(-1) for maps in noise]
        return np.concatenate(parts)

    def latents_of(self, points: np.ndarray) -> np.ndarray:
        """w (n, L, D) float32 of points (n, P)."""
        w = points[:, : self.latents].astype(np.float32)
        if self.per_layer:
            return w.reshape(-1, self.layers, self.width)
        return np.repeat(w[:, None], self.layers, axis=1)

    def noise_of(self, points: np.ndarray) -> Optional[List[np.ndarray]]:
        """Noise maps (n, 1, h, w) float32 of points, mean 0 and variance 1; None where noise is not
        fitted."""
        if not self.noise_shapes:
            return None
        maps = []
        for part, (height, wide) in zip(self._cuts(), self.noise_shapes):
            maps.append(normalised(points[:, part])[0].reshape(-1, 1, height, wide).astype(np.float32))
        return maps

    def _cuts(self) -> List[slice]:
        cuts, start = [], self.latents
        for height, wide in self.noise_shapes:
            cuts.append(slice(start, start + height * wide))
            start += height * wide
        return cuts

    def gradient(self, points: np.ndarray, dw: np.ndarray, dnoise: Sequence[Any]) -> np.ndarray:
        """The gradient by the parameters, (n, P) float64, of what has the gradients dw (n, L, D) and dnoise
        (n, 1, h, w each, None for a map that is not read) by what is fed."""
        by_w = np.asarray(dw, np.float64)
        by_w = by_w.reshape(len(points), -1) if self.per_layer else by_w.sum(axis=1)
        parts = [by_w]
        for part, by_map in zip(self._cuts(), dnoise):
            x, scale = normalised(points[:, part])
            if by_map is None:
                parts.append(np.zeros_like(x))
                continue
            g = np.asarray(by_map, np.float64).reshape(x.shape)
            along = g - g.mean(axis=1, keepdims=True) - x * (g * x).mean(axis=1, keepdims=True)
            parts.append(along / scale)
        return np.concatenate(parts, axis=1)

    def penalty(self, points: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
        """What is added to the loss for the parameters themselves, (n,), and its gradient (n, P)."""
        loss, gradient = np.zeros(len(points)), np.zeros(points.shape)
        if self.per_layer and self.keep_near:
            w = points[:, : self.latents].reshape(-1, self.layers, self.width)
            away = w - w.mean(axis=1, keepdims=True)
            weight = self.keep_near / (self.layers * self.sigma**2)
            loss += weight * np.square(away).sum(axis=(1, 2))
            gradient[:, : self.latents] += 2 * weight * away.reshape(len(points), -1)
        if self.noise_weight:
            for part, shape in zip(self._cuts(), self.noise_shapes):
                x, scale = normalised(points[:, part])
                term, g = noise_term(x.reshape(-1, *shape))
                g = g.reshape(x.shape)
                along = g - g.mean(axis=1, keepdims=True) - x * (g * x).mean(axis=1, keepdims=True)
                loss += self.noise_weight * term
                gradient[:, part] += self.noise_weight * along / scale
        return loss, gradient

    def distance(self, w: np.ndarray, mean: np.ndarray) -> np.ndarray:
        """|w̄ - mean| / σ of rows (n, L, D): (n,). A w of a random z: about 1."""
        return np.linalg.norm(w.mean(axis=1, dtype=np.float64) - mean, axis=1) / self.sigma

    def spread(self, w: np.ndarray) -> np.ndarray:
        """rms |w_l - w̄| / σ of rows (n, L, D): (n,). 0 in W."""
        w = w.astype(np.float64)
        away = np.square(w - w.mean(axis=1, keepdims=True)).sum(axis=2).mean(axis=1)
        return np.sqrt(away) / self.sigma


def normalised(rows: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """Rows (n, F) brought to mean 0 and variance 1, and their standard deviations (n, 1)."""
    away = rows - rows.mean(axis=1, keepdims=True)
    scale = np.sqrt(np.square(away).mean(axis=1, keepdims=True))
    scale = np.where(scale > 0, scale, 1.0)
    return away / scale, scale


def noise_term(maps: np.ndarray) -> Tuple[np.ndarray, np.ndarray]:
    """How far maps (n, h, w) are from looking like noise, (n,), and its gradient (n, h, w).

    The sum over sizes, halved by averaging down to 8 pixels, of the squared mean product of a map with itself
    moved by one pixel, in each direction (Karras et al. 2020, appendix D).
    """
    term, levels = np.zeros(len(maps)), [maps]
    while min(levels[-1].shape[1:]) > SMALLEST_MAP:
        n, height, wide = levels[-1].shape
        levels.append(levels[-1].reshape(n, height // 2, 2, wide // 2, 2).mean(axis=(2, 4)))
    gradient = np.zeros_like(levels[-1])
    for level in reversed(levels):
        if gradient.shape != level.shape:
            gradient = np.repeat(np.repeat(gradient, 2, axis=1), 2, axis=2) / 4
        for axis in (1, 2):
            moved, back = np.roll(level, 1, axis), np.roll(level, -1, axis)
            mean = (level * moved).mean(axis=(1, 2))
            term += mean**2
            gradient = gradient + 2 * mean[:, None, None] * (moved + back) / level[0].size
    return term, gradient
