"""3 x 3 convolutions with fewer products: F(2 x 2, 3 x 3) of Lavin & Gray 2016 ("Fast Algorithms for
Convolutional Neural Networks", section 4.1), and the same idea for StyleGAN2's up-sampling convolution.

For every pair of channels 2 x 2 results take 16 products instead of 36, and 2 x 2 inputs of a transposed
convolution of stride 2 take 25 instead of 36; the rest is sums. They are short: of two terms in front of the
products and of three behind, in each direction, so that results are as precise as those of the plain
operations.

Feature maps are split into planes of even and odd rows and columns. In a plane that is read as one long list
of pixels [P, C], the neighbour to the right is one further and the one below a row further, so neighbours are
parts of the same memory and nothing is copied. Where "further" is the next row or the next image, the numbers
mean nothing; they are cut off at the end.

Axis letters: N samples, H/W height and width, I/O input and output channels, P pixels.
"""

from __future__ import annotations

from typing import Any, Callable, List, NamedTuple, Sequence, Tuple

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.networks.ops.kept import keeps, kept

PIXELS = 256  # of the input; with fewer, reading the kernels takes longest, and there is more of them here
BINOMIAL = (1.0, 3.0, 3.0, 1.0)  # StyleGAN2's filter


class Shift:
    """Pixels and those that lie so many further. Its constants are made once."""

    def __init__(self, pixels: int):
        self._zero, self._one = tf.constant([0]), tf.constant([1])
        self._ahead, self._back = tf.constant([pixels]), tf.constant([-pixels])

    def here(self, pixels: Any) -> Any:
        """All pixels that have one so far ahead."""
        return tf.strided_slice(pixels, self._zero, self._back, self._one)

    def there(self, pixels: Any) -> Any:
        """Those that are ahead of `here`."""
        return tf.strided_slice(pixels, self._ahead, self._zero, self._one, end_mask=1)


class Scheme(NamedTuple):
    """How it is done in one direction, tile by tile.

    taps: [products, 3], the sum of the kernel's taps for each product. before: pixels of one parity, those of
    the other, and the next ones of the first and of the second → terms. used: the term of each product.
    after: (a tile's step, products) → results. reach: how many tiles further a result sees. channels: the
    fewest inputs and outputs, as measured; with fewer, the sums cost what is gained.
    """

    taps: np.ndarray
    before: Callable[..., Sequence[Any]]
    used: Sequence[int]
    after: Callable[..., Sequence[Any]]
    reach: int
    channels: Tuple[int, int]


def _smoothed(tile: Shift, y0: Any, y1: Any, y2: Any, y3: Any) -> List[Any]:
    """Of four neighbours the sum, weighted by BINOMIAL: from y0 to y3 on, and from the three after."""
    line = [tile.here(y) for y in (y0, y1, y2, y3)] + [tile.there(y) for y in (y0, y1, y2)]
    middle = [left + right for left, right in zip(line[1:], line[2:])]
    return [tf.add_n([line[k], line[k + 3], middle[k], middle[k], middle[k]]) for k in range(4)]


# y0 = d0·g0 + d1·g1 + d2·g2 and y1 = d1·g0 + d2·g1 + d3·g2
PLAIN = Scheme(
    taps=np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]]),
    before=lambda d0, d1, d2, d3: (d0 - d2, d1 + d2, d2 - d1, d1 - d3),
    used=(0, 1, 2, 3),
    after=lambda tile, a, b, c, d: (tf.add_n([a, b, c]), (b - c) - d),
    reach=1,
    channels=(128, 128),
)
# Before they are smoothed, y0 = d0·g1, y1 = d0·g2 + d1·g0, y2 = d1·g1 and y3 = d1·g2 + d2·g0
UP = Scheme(
    taps=np.array([[0, 0, 1], [1, 0, 1], [1, 0, 0], [0, 1, 0], [0, 1, 0]]) / (sum(BINOMIAL) / 2),
    before=lambda d0, d1, d2, d3: (d0 - d1, d1, d2 - d1, d0),
    used=(0, 1, 2, 3, 1),
    after=lambda tile, a, b, c, d, e: _smoothed(tile, d, a + b, e, b + c),
    reach=2,
    channels=(128, 64),
)


def fits(scheme: Scheme, w: Any) -> bool:
    """Whether a convolution with w [h, w, I, O] gains by a scheme: 3 x 3 and many channels, in a graph in
    which what is made of the kernel is kept.
    """
    high, wide, *channels = w.shape.as_list()
    return (high, wide) == (3, 3) and keeps() and all(np.greater_equal(channels, scheme.channels))


def fits_plain(x: Any, w: Any) -> bool:
    """`fits`, for `conv3x3` of [N, H, W, I]: its results have even sides, and it is none of the first layers,
    where reading the kernels takes longest.
    """
    height, width = x.shape.as_list()[1:3]
    return fits(PLAIN, w) and height * width >= PIXELS and height % 2 == width % 2 == 0


def fits_up(w: Any, filtered: np.ndarray) -> bool:
    """`fits`, for `up_conv3x3`: the filter that follows, whose sum is 1, is the one of StyleGAN2."""
    kernel = np.outer(BINOMIAL, BINOMIAL) / sum(BINOMIAL) ** 2
    return fits(UP, w) and np.array_equal(filtered, kernel.astype(np.float32))


def conv3x3(x: Any, w: Any, border: int) -> Any:
    """Cross-correlation of [N, H, W, I], with so many zeros around, with w [3, 3, I, O]: [N, H + 2·border -
    2, W + 2·border - 2, O], both of which must be even. w depends on variables alone.
    """
    height, width = (size + 2 * border - 2 for size in x.shape.as_list()[1:3])
    return _convolved(x, w, PLAIN, border, (height // 2, width // 2), (height, width))


def up_conv3x3(x: Any, w: Any) -> Any:
    """Transposed convolution of [N, H, W, I] with w [3, 3, I, O], stride 2, and then the filter BINOMIAL with
    a sum of 2 in each direction: [N, 2H, 2W, O]. w depends on variables alone.
    """
    height, width = x.shape.as_list()[1:3]
    tiles = (height + 1) // 2, (width + 1) // 2
    return _convolved(x, w, UP, 1, tiles, (2 * height, 2 * width))


def _convolved(
    x: Any, w: Any, scheme: Scheme, border: int, tiles: Tuple[int, int], size: Tuple[int, int]
) -> Any:
    """By a scheme, in rows x columns tiles of which `size` is kept. border: zeros above and to the left."""
    inputs, outputs = w.shape.as_list()[2:]
    rows, columns = (count + scheme.reach for count in tiles)
    height, width = x.shape.as_list()[1:3]
    around = [[border, 2 * rows - border - height], [border, 2 * columns - border - width]]
    planes = tf.space_to_batch_nd(x, [2, 2], around)  # [4·N, rows, columns, I]
    planes = tf.unstack(tf.reshape(planes, [4, -1, inputs]))
    below, beside = Shift(columns), Shift(1)
    vertical = [_terms(scheme, below, planes[k], planes[2 + k]) for k in (0, 1)]
    pairs, kernels = list(zip(*vertical)), iter(_kernels(w, scheme.taps))
    lines: List[Any] = []
    for i in scheme.used:
        with tf.control_dependencies(lines[-1] if lines else []):  # one after the other: less memory at once
            terms = _terms(scheme, beside, *pairs[i])
            products = [tf.matmul(terms[j], next(kernels)) for j in scheme.used]
            lines.append(scheme.after(beside, *products))
    grid = zip(*(scheme.after(below, *column) for column in zip(*lines)))
    results = [result for row in grid for result in row]
    gap = tf.zeros([scheme.reach * (columns + 1), outputs])  # brings them to the length of a plane
    planes = tf.concat([part for result in results for part in (result, gap)], axis=0)
    block = len(lines[0])
    planes = tf.reshape(planes, [-1, rows, columns, outputs])
    beyond = [[0, block * rows - size[0]], [0, block * columns - size[1]]]
    y = tf.batch_to_space_nd(planes, [block, block], beyond)
    y.set_shape([None, *size, outputs])
    return y


def _terms(scheme: Scheme, tile: Shift, even: Any, odd: Any) -> Sequence[Any]:
    return scheme.before(tile.here(even), tile.here(odd), tile.there(even), tile.there(odd))


def _kernels(w: Any, taps: np.ndarray) -> List[Any]:
    """A kernel [I, O] for every product."""
    inputs, outputs = w.shape.as_list()[2:]
    flat = tf.reshape(tf.cast(w, tf.float64), [9, inputs * outputs])
    sums = tf.cast(tf.matmul(tf.constant(np.kron(taps, taps)), flat), tf.float32)
    return list(tf.unstack(kept(tf.reshape(sums, [-1, inputs, outputs]))))
