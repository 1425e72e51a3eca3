"""Latents that cover the sphere evenly: z in frames of orthogonal vectors and their opposites.

Every row by itself is a standard normal vector, as in `sampling.normal_rows`; what differs is how rows lie to
one another. D rows in turn are orthogonal, and the D behind them are their opposites, so that of any function
of the direction of z the parts of degree 1, 2 and 3 in it average out to nothing within these 2 D rows, where
independent rows leave an error that falls with the root of their number only (antithetic and orthogonal Monte
Carlo: Hammersley, Morton 1956; Yu, Suresh, Choromanski, Holtmann-Rice, Kumar 2016, Orthogonal Random
Features; Choromanski, Rowland, Weller 2017). A covariance of w is known equally well from fewer rows then:
how many fewer hangs on how much of w is of low degree in z (docs/precision.md has what was measured).

How a frame is made. The rotation of TURNS frames is that of D rows of `normal_rows`, made orthogonal in turn
(Gram, Schmidt), which is uniform among all rotations. Each frame turns it by a permutation and
signs of its coordinates of its own, and gives its rows lengths of their own, those of normal vectors. Every
row of a frame is uniform on the sphere therefore, and frames of one rotation share nothing but polynomials
that no permutation and no sign changes, of degree 4 and higher: of some D^4 / 24 one.

The same on every processor but for one number in some million, where a float64 product of LAPACK lies in the
middle between two float32 numbers.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.special import gammaincinv

from ganspace_tf.sampling import normal_rows

TURNS = 16  # frames of one rotation, which takes as long as thirty frames
ROTATIONS_KEPT = 4  # the last ones, for threads that draw at different places
_STREAM_KEY = 0x4F5254484F474F4E  # "ORTHOGON" in ASCII: second half of Philox's key
_WORDS_PER_COUNT = 4  # 64-bit words that one counter value of Philox4x64 yields


class OrthogonalRows:
    """The rows of a seed: row i depends on (seed, i) and the width alone. width: D.

    together: rows that are drawn as one, a frame and its opposites; those of different ones are independent
    up to the degree that the module states.
    """

    def __init__(self, seed: int, width: int):
        self.seed, self.width = seed, width
        self.together = 2 * width
        self._rotation = lru_cache(ROTATIONS_KEPT)(self._make_rotation)

    def rows(self, start: int, stop: int) -> np.ndarray:
        """Rows start … stop-1: (stop - start, D) float32."""
        out = np.empty((stop - start, self.width), np.float32)
        number, end = start // self.together, start
        while end < stop:
            first, end = end, min(stop, (number + 1) * self.together)
            frame = self._frame(number)
            inside = slice(first - number * self.together, end - number * self.together)
            out[first - start : end - start] = np.concatenate([frame, -frame])[inside]
            number += 1
        return out

    def _frame(self, number: int) -> np.ndarray:
        """(D, D) float32 orthogonal rows of normal lengths."""
        width, counts = self.width, -(-2 * self.width // _WORDS_PER_COUNT)
        key = np.array([self.seed, _STREAM_KEY], np.uint64)
        source = np.random.Philox(key=key, counter=np.array([number * counts, 0, 0, 0], np.uint64))
        words = source.random_raw(2 * width)
        order = np.argsort(words[:width] >> np.uint64(1), kind="stable")
        signs = 1 - 2 * (words[:width] & np.uint64(1)).astype(np.float32)
        u = ((words[width:] >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
        lengths = np.sqrt(2 * gammaincinv(width / 2, u)).astype(np.float32)  # chi of D degrees of freedom
        frame = np.take(self._rotation(number // TURNS), order, axis=1)
        frame *= signs
        frame *= lengths[:, None]
        return frame

    def _make_rotation(self, number: int) -> np.ndarray:
        """(D, D) float32 orthogonal rows of length 1."""
        rows = normal_rows(self.seed, number * self.width, (number + 1) * self.width, self.width)
        q, r = np.linalg.qr(rows.T.astype(np.float64))
        return np.ascontiguousarray((q * np.sign(np.diag(r))).T.astype(np.float32))
