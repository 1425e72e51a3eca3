"""3 x 3 convolutions with fewer products: F(2 x 2, 3 x 3) of Lavin & Gray 2016 ("Fast Algorithms for
Convolutional Neural Networks", section 4.1), F(4 x 4, 3 x 3) over the complex numbers (Meng & Brothers 2019,
"Efficient Winograd Convolution via Integer Arithmetic"), and the same idea for the transposed convolution of
stride 2.

For every pair of channels 4 x 4 results take 49 products instead of 144, 2 x 2 take 16 instead of 36, and
3 x 3 inputs of a transposed convolution of stride 2 take 49 instead of 81, 2 x 2 take 25 instead of 36; the
rest is sums. They are short and have no factors, so that results are about as precise as those of the
plain operations.

Feature maps are split into planes, one for each place in a tile, and planes are lists of pixels (see
`pixels`), so that nothing is copied in between.

Gradients, by the feature map alone, are convolutions again, not what follows from all these sums.

Axis letters: N samples, H/W height and width, I/O input and output channels, P pixels.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.networks.ops.functions import Function, Value, Writer, total
from nvlabs.networks.ops.gradients import with_gradient
from nvlabs.networks.ops.kept import keeps, kept

BEYOND = 2**30  # more than pixels can be, and no overflow when as many are added

Sums = Callable[..., Sequence[Value]]


class Scheme(NamedTuple):
    """How it is done in one direction, tile by tile.

    tile: pixels of one. taps: [products, 3], the sum of the kernel's taps for each product. before: pixels of
    a tile and the two that follow → the term of each product. after: products → results. channels, pixels:
    the fewest inputs and outputs and the smallest map, as measured; with fewer, the sums, or reading the
    kernels, cost what is gained.
    """

    name: str
    tile: int
    taps: Tuple[Tuple[float, ...], ...]
    before: Sums
    after: Sums
    channels: Tuple[int, int]
    pixels: int


def _before_of_four(d0: Value, d1: Value, d2: Value, d3: Value, d4: Value, d5: Value) -> Sequence[Value]:
    even, odd, real, imaginary = d2 + d4, d1 + d3, d4 - d2, d1 - d3
    return d0 - d4, even + odd, even - odd, real + imaginary, imaginary, real, d5 - d1


def _after_of_four(
    zero: Value, one: Value, minus: Value, a: Value, b: Value, c: Value, last: Value
) -> Sequence[Value]:
    even, odd, real, imaginary = one + minus, one - minus, a + b, a - c
    return total(zero, even, real), odd + imaginary, even - real, (odd + last) - imaginary


def _after_of_three(
    a: Value, zero: Value, b: Value, one: Value, minus: Value, c: Value, last: Value
) -> Sequence[Value]:
    crossed = one - minus
    return a, zero + crossed, b, one + minus, c, crossed + last


PLAIN = (
    # y0 = d0·g0 + d1·g1 + d2·g2 to y3 = d3·g0 + d4·g1 + d5·g2, by the values of polynomials at 0, 1, -1, i
    # and infinity. At i they are complex, g0 - g2 + i·g1, and a product of two such numbers takes three.
    Scheme(
        name="plain_by_four",
        tile=4,
        taps=(
            (1, 0, 0),
            (0.25, 0.25, 0.25),
            (0.25, -0.25, 0.25),
            (0.5, 0, -0.5),
            (-0.5, 0.5, 0.5),
            (0.5, 0.5, -0.5),
            (0, 0, 1),
        ),
        before=_before_of_four,
        after=_after_of_four,
        channels=(128, 128),
        pixels=64**2,
    ),
    # y0 = d0·g0 + d1·g1 + d2·g2 and y1 = d1·g0 + d2·g1 + d3·g2
    Scheme(
        name="plain_by_two",
        tile=2,
        taps=((1, 0, 0), (0.5, 0.5, 0.5), (0.5, -0.5, 0.5), (0, 0, 1)),
        before=lambda d0, d1, d2, d3: (d0 - d2, d1 + d2, d2 - d1, d1 - d3),
        after=lambda a, b, c, d: (total(a, b, c), (b - c) - d),
        channels=(128, 128),
        pixels=16**2,
    ),
)
UP = (
    # y0 = d0·g1, y1 = d0·g2 + d1·g0, y2 = d1·g1, y3 = d1·g2 + d2·g0, y4 = d2·g1 and y5 = d2·g2 + d3·g0
    Scheme(
        name="up_by_three",
        tile=3,
        taps=((0, 1, 0), (0, 0, 1), (0, 1, 0), (0.5, 0, 0.5), (-0.5, 0, 0.5), (0, 1, 0), (1, 0, 0)),
        before=lambda d0, d1, d2, d3, d4: (d0, d0 - d2, d1, d1 + d2, d1 - d2, d2, d3 - d1),
        after=_after_of_three,
        channels=(128, 64),
        pixels=64**2,
    ),
    # y0 to y3 of these
    Scheme(
        name="up_by_two",
        tile=2,
        taps=((0, 1, 0), (0, 0, 1), (1, 0, 1), (0, 1, 0), (1, 0, 0)),
        before=lambda d0, d1, d2, d3: (d0, d0 - d1, d1, d1, d2 - d1),
        after=lambda a, b, c, d, e: (a, b + c, d, c + e),
        channels=(128, 64),
        pixels=1,
    ),
)


def _chosen(schemes: Sequence[Scheme], x: Any, w: Any) -> Optional[Scheme]:
    """The first of the schemes by which a convolution of x [N, H, W, I] with w [h, w, I, O] gains: 3 x 3,
    many channels and pixels, in a graph in which what is made of the kernel is kept.
    """
    (high, wide, *channels), (height, width) = w.shape.as_list(), x.shape.as_list()[1:3]
    if (high, wide) != (3, 3) or not keeps():
        return None
    for scheme in schemes:
        if all(np.greater_equal(channels, scheme.channels)) and height * width >= scheme.pixels:
            return scheme
    return None


def plain_scheme(x: Any, w: Any) -> Optional[Scheme]:
    """The scheme for `conv3x3` of x [N, H, W, I] of even sides; None where the plain operation takes less
    time.
    """
    height, width = x.shape.as_list()[1:3]
    return None if height % 2 or width % 2 else _chosen(PLAIN, x, w)


def up_scheme(x: Any, w: Any) -> Optional[Scheme]:
    """The scheme for `up_conv3x3` of x [N, H, W, I]; None where the plain operation takes less time."""
    return _chosen(UP, x, w)


def conv3x3(x: Any, w: Any, border: int, scheme: Scheme) -> Any:
    """Cross-correlation of [N, H, W, I], with so many zeros around, with w [3, 3, I, O], by one of PLAIN:
    [N, H + 2·border - 2, W + 2·border - 2, O]. w depends on variables alone.
    """
    height, width = (size + 2 * border - 2 for size in x.shape.as_list()[1:3])
    y = _convolved(x, w, scheme, border, scheme.tile, (height, width))

    def gradient(dy: Any) -> Any:
        turned = tf.transpose(tf.reverse(w, [0, 1]), [0, 1, 3, 2])
        return conv3x3(dy, turned, 2 - border, scheme)

    return with_gradient(y, x, gradient)


def up_conv3x3(x: Any, w: Any, scheme: Scheme) -> Any:
    """Transposed convolution of [N, H, W, I] with w [3, 3, I, O], stride 2, padding 'VALID', and zeros around
    it, by one of UP: [N, 2H + 3, 2W + 3, O]. w depends on variables alone.
    """
    height, width = (2 * size + 3 for size in x.shape.as_list()[1:3])
    y = _convolved(x, w, scheme, 1, 2 * scheme.tile, (height, width))

    def gradient(dy: Any) -> Any:
        turned = kept(tf.transpose(w, [0, 1, 3, 2]))
        return tf.nn.conv2d(dy[:, 1:-1, 1:-1], turned, strides=[1, 2, 2, 1], padding="VALID")

    return with_gradient(y, x, gradient)


def _convolved(x: Any, w: Any, scheme: Scheme, border: int, block: int, size: Tuple[int, int]) -> Any:
    """By a scheme whose tiles have block x block results, of which `size` is kept. border: zeros above and to
    the left.
    """
    (inputs, outputs), tile = w.shape.as_list()[2:], scheme.tile
    rows, columns = (-(-side // block) + 1 for side in size)
    height, width = x.shape.as_list()[1:3]
    around = [[border, tile * rows - border - height], [border, tile * columns - border - width]]
    planes = tf.space_to_batch_nd(x, [tile, tile], around)  # [tile²·N, rows, columns, I]
    planes = tf.unstack(tf.reshape(planes, [tile**2, -1, inputs]))
    ahead, behind = tf.constant([columns]), tf.constant([-columns])
    results = _function(scheme)(ahead, behind, *planes, *_kernels(w, scheme.taps))
    pixels = size[0] * size[1] * tf.shape(x)[0]
    y = tf.raw_ops.ParallelDynamicStitch(indices=_places(rows, columns, block, size, pixels), data=results)
    return tf.reshape(y[:pixels], [-1, *size, outputs])


def _places(rows: int, columns: int, block: int, size: Tuple[int, int], pixels: Any) -> List[Any]:
    """For every plane of results: where its pixels stand among so many of all images, row by row; those that
    lie beyond `size` stand behind them.
    """
    y, x = (np.arange(block)[:, np.newaxis] + block * np.arange(count) for count in (rows, columns))
    y, x = y[:, np.newaxis, :, np.newaxis], x[:, np.newaxis]
    # made here, of one kind: operations, and constants that are no numbers, cost time at the start
    place = np.where((y < size[0]) & (x < size[1]), y * size[1] + x, BEYOND).astype(np.int32)
    first = tf.reshape(tf.range(0, pixels, size[0] * size[1]), [-1, 1])  # of an image
    place = tf.minimum(place.reshape(block**2, 1, rows * columns) + first, pixels)
    return tf.unstack(tf.reshape(place, [block**2, -1])[:, : -columns - 1])  # as long as the results


@lru_cache(maxsize=None)
def _function(scheme: Scheme) -> Function:
    """What a scheme does with the numbers [1] of tiles in a row and of minus as many, the planes [P, I] of a
    tile's pixels, row by row, and a kernel [I, O] for each pair of products: planes of results.
    """
    writer, tile = Writer(), scheme.tile
    columns, back = (writer.argument(tf.int32) for _ in range(2))
    planes = [writer.argument() for _ in range(tile**2)]
    kernels = iter([writer.argument() for _ in range(len(scheme.taps) ** 2)])
    zero, one, minus = (writer.constant([number]) for number in (0, 1, -1))

    def terms(pixels: Sequence[Value], ahead: Value, behind: Value) -> Sequence[Value]:
        here = [writer.rows(value, zero, behind, one) for value in pixels]
        there = [writer.rows(value, ahead, zero, one, to_the_end=True) for value in pixels[:2]]
        return scheme.before(*here, *there)

    lines: List[Sequence[Value]] = []
    known: Dict[Tuple[Value, ...], Sequence[Value]] = {}
    for row in zip(*(terms(planes[k::tile], columns, back) for k in range(tile))):
        writer.after = lines[-1] if lines else ()  # in turn: less memory at once
        known[row] = known.get(row) or terms(row, one, minus)
        lines.append(scheme.after(*(writer.product(term, next(kernels)) for term in known[row])))
    writer.after = ()
    results = [scheme.after(*column) for column in zip(*lines)]
    return writer.function(scheme.name, [result for row in zip(*results) for result in row])


def _kernels(w: Any, taps: Sequence[Sequence[float]]) -> List[Any]:
    """A kernel [I, O] for every pair of products."""
    distinct, which = np.unique(np.array(taps, np.float32), axis=0, return_inverse=True)
    count, (inputs, outputs) = len(distinct), w.shape.as_list()[2:]
    # first one direction, then the other, which is less work than sums of nine
    made = tf.matmul(tf.constant(distinct), tf.reshape(w, [3, 3 * inputs * outputs]))
    again = tf.constant(np.repeat(distinct[np.newaxis], count, axis=0))
    made = tf.matmul(again, tf.reshape(made, [count, 3, inputs * outputs]))
    kernels = tf.unstack(kept(tf.reshape(made, [count**2, inputs, outputs])))
    which = which.ravel()  # NumPy 2.0 has another axis here
    return [kernels[count * row + column] for row in which for column in which]
