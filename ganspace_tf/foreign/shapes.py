"""What an array of directions is: one, one with a row for every layer, or a basis of several.

(D,)  (1, D)  (1, D, 1)  (1, 1, D)      one direction
(L, D)  (1, L, D)                       rows alike: one direction, written once for every layer
                                        rows that differ: one direction with a row for every layer
(K, 1, D)  (K, D)                       a basis, where the rows are orthogonal, or too many for layers
"""

from __future__ import annotations

from typing import NamedTuple, Optional

import numpy as np

from ganspace_tf.errors import FileError

MOST_LAYERS = 20  # of a network of 2048 pixels, larger than any that was published
ALIKE = 1e-5  # rows differ by less than this of their largest number: rounding
ORTHOGONAL = 1e-2  # largest |cos| between rows of a basis, which PCA and SeFa make orthogonal, and rounding
WIDEST = 1 << 16  # numbers of a latent; the widest published one has 512
MOST = 1 << 21  # numbers of a file of directions: twice as many as of 100 directions of StyleSpace


class Vectors(NamedTuple):
    """rows: (R, D) float32, one or several directions as written. layers: how many layers the file has rows
    for, None where it has none of its own for each. basis: whether the rows are directions of their own.
    """

    rows: np.ndarray
    layers: Optional[int]
    basis: bool


def vectors(array: object) -> Vectors:
    """Tell what an array of directions is. Raises FileError, without the file, for what is none."""
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu" or not array.size:
        raise FileError("directions are arrays of numbers, not {}".format(told(array)))
    check_size(array)
    with np.errstate(over="ignore"):
        values = array.astype(np.float32)
    if not np.isfinite(values).all() or not values.any():
        raise FileError("a direction needs finite numbers, and one that is not zero")
    if values.ndim > 1 and values.shape[-1] == 1:  # a column, as BigGAN's are kept
        values = values[..., 0]
    several = values.ndim == 3 and values.shape[0] > 1
    if values.ndim not in (1, 2, 3) or (several and values.shape[1] > 1) or max(values.shape[-2:]) > WIDEST:
        raise FileError(
            "{} is no shape of directions: (D), (L, D), (1, L, D) or (K, 1, D)".format(told(array))
        )
    if several:
        return _checked(Vectors(values[:, 0], None, True))
    return _of_rows(values.reshape(-1, values.shape[-1]))


def check_size(*arrays: np.ndarray) -> None:
    """Raises FileError, without the file, for more numbers than directions have: what follows copies them."""
    for array in arrays:
        if array.size > MOST:
            raise FileError("{} is too large; directions have up to {:,} numbers".format(told(array), MOST))


def _of_rows(rows: np.ndarray) -> Vectors:
    count = len(rows)
    if count == 1:
        return Vectors(rows, None, False)
    if np.allclose(rows, rows[0], rtol=0, atol=ALIKE * np.abs(rows).max()):
        return Vectors(rows[:1].copy(), count, False)
    if count > MOST_LAYERS or _orthogonal(rows):
        return _checked(Vectors(rows, None, True))
    return Vectors(rows, count, False)


def _checked(found: Vectors) -> Vectors:
    if not np.linalg.norm(found.rows, axis=1).all():
        raise FileError("a direction of a basis has no length")
    return found


def _orthogonal(rows: np.ndarray) -> bool:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if len(rows) > rows.shape[1] or not lengths.all():
        return False
    cosines = np.abs((rows / lengths) @ (rows / lengths).T)
    return bool((cosines - np.eye(len(rows), dtype=np.float32)).max() < ORTHOGONAL)


def told(value: object) -> str:
    """A value in a few words."""
    if isinstance(value, np.ndarray):
        sizes = ", ".join(map(str, value.shape[:6])) + (", …" if value.ndim > 6 else "")
        return "an array ({}) of {}".format(sizes, value.dtype.name[:20])
    if isinstance(value, dict):
        names = [str(name)[:40] for name in list(value)[:4]]
        return "a dictionary of {}{}".format(", ".join(names) or "nothing", " …" if len(value) > 4 else "")
    return "a {}".format(type(value).__name__)
