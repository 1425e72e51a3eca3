"""3 x 3 convolutions with fewer products: F(2 x 2, 3 x 3) of Lavin & Gray 2016 ("Fast Algorithms for
Convolutional Neural Networks", section 4.1), and the same idea for the transposed convolution of stride 2.

For every pair of channels 2 x 2 results take 16 products instead of 36, and 2 x 2 inputs of a transposed
convolution of stride 2 take 25 instead of 36; the rest is sums. They are short: of two terms in front of the
products and of two or three behind, in each direction, so that results are as precise as those of the plain
operations.

Feature maps are split into planes of even and odd rows and columns, and planes are lists of pixels (see
`pixels`), so that nothing is copied in between.

Gradients, by the feature map alone, are convolutions again, not what follows from all these sums.

Axis letters: N samples, H/W height and width, I/O input and output channels, P pixels.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple

import numpy as np
import tensorflow.compat.v1 as tf

from nvlabs.networks.ops.gradients import with_gradient
from nvlabs.networks.ops.kept import keeps, kept
from nvlabs.networks.ops.pixels import Shift

PIXELS = 256  # of the input; with fewer, reading the kernels takes longest, and there is more of them here


Sums = Callable[..., Sequence[Any]]


class Scheme(NamedTuple):
    """How it is done in one direction, tile by tile.

    taps: [products, 3], the sum of the kernel's taps for each product. before: pixels of one parity, those of
    the other, and the next ones of the first and of the second → terms. used: the term of each product.
    after: products → results. channels: the fewest inputs and outputs, as measured; with fewer, the sums cost
    what is gained.
    """

    taps: np.ndarray
    before: Sums
    used: Tuple[int, ...]
    after: Sums
    channels: Tuple[int, int]


# y0 = d0·g0 + d1·g1 + d2·g2 and y1 = d1·g0 + d2·g1 + d3·g2
PLAIN = Scheme(
    taps=np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]]),
    before=lambda d0, d1, d2, d3: (d0 - d2, d1 + d2, d2 - d1, d1 - d3),
    used=(0, 1, 2, 3),
    after=lambda a, b, c, d: (tf.add_n([a, b, c]), (b - c) - d),
    channels=(128, 128),
)
# y0 = d0·g1, y1 = d0·g2 + d1·g0, y2 = d1·g1 and y3 = d1·g2 + d2·g0
UP = Scheme(
    taps=np.array([[0, 1, 0], [0, 0, 1], [1, 0, 1], [0, 1, 0], [1, 0, 0]], float),
    before=lambda d0, d1, d2, d3: (d0, d0 - d1, d1, d2 - d1),
    used=(0, 1, 2, 2, 3),
    after=lambda a, b, c, d, e: (a, b + c, d, c + e),
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


def conv3x3(x: Any, w: Any, border: int) -> Any:
    """Cross-correlation of [N, H, W, I], with so many zeros around, with w [3, 3, I, O]: [N, H + 2·border -
    2, W + 2·border - 2, O], both of which must be even. w depends on variables alone.
    """
    height, width = (size + 2 * border - 2 for size in x.shape.as_list()[1:3])
    y = _convolved(x, w, PLAIN, border, (height // 2, width // 2), (height, width))

    def gradient(dy: Any) -> Any:
        turned = tf.transpose(tf.reverse(w, [0, 1]), [0, 1, 3, 2])
        return conv3x3(dy, turned, 2 - border)

    return with_gradient(y, x, gradient)


def up_conv3x3(x: Any, w: Any) -> Any:
    """Transposed convolution of [N, H, W, I] with w [3, 3, I, O], stride 2, padding 'VALID', and zeros around
    it: [N, 2H + 3, 2W + 3, O]. w depends on variables alone.
    """
    height, width = (2 * size + 3 for size in x.shape.as_list()[1:3])
    y = _convolved(x, w, UP, 1, ((height + 3) // 4, (width + 3) // 4), (height, width))

    def gradient(dy: Any) -> Any:
        turned = kept(tf.transpose(w, [0, 1, 3, 2]))
        return tf.nn.conv2d(dy[:, 1:-1, 1:-1], turned, strides=[1, 2, 2, 1], padding="VALID")

    return with_gradient(y, x, gradient)


def _convolved(
    x: Any, w: Any, scheme: Scheme, border: int, tiles: Tuple[int, int], size: Tuple[int, int]
) -> Any:
    """By a scheme, in rows x columns tiles of which `size` is kept. border: zeros above and to the left."""
    inputs, outputs = w.shape.as_list()[2:]
    rows, columns = (count + 1 for count in tiles)
    height, width = x.shape.as_list()[1:3]
    around = [[border, 2 * rows - border - height], [border, 2 * columns - border - width]]
    planes = tf.space_to_batch_nd(x, [2, 2], around)  # [4·N, rows, columns, I]
    planes = tf.unstack(tf.reshape(planes, [4, -1, inputs]))
    template = _template(scheme.before, scheme.used, scheme.after)
    given = [*planes, *_kernels(w, scheme.taps), tf.constant([columns])]
    results = tf.import_graph_def(
        template.graph, dict(zip(template.given, given)), template.results, name="fewer_products"
    )
    gap = tf.zeros([columns + 1, outputs])  # brings them to the length of a plane
    planes = tf.concat([part for result in results for part in (result, gap)], axis=0)
    planes = tf.reshape(planes, [-1, rows, columns, outputs])
    block = int(len(results) ** 0.5)
    beyond = [[0, block * rows - size[0]], [0, block * columns - size[1]]]
    y = tf.batch_to_space_nd(planes, [block, block], beyond)
    y.set_shape([None, *size, outputs])
    return y


class Template(NamedTuple):
    """A piece of graph that is made once and copied, which takes a quarter of the time. given, results: names
    of its tensors.
    """

    graph: Any
    given: Sequence[str]
    results: Sequence[str]


@lru_cache(maxsize=None)
def _template(before: Sums, used: Tuple[int, ...], after: Sums) -> Template:
    """What a scheme does with four planes [P, I], those of even rows first, a kernel [I, O] for each pair of
    products, and the number [1] of tiles in a row: planes of results.
    """
    with tf.Graph().as_default() as graph:
        planes = [tf.placeholder(tf.float32, [None, None]) for _ in range(4)]
        kernels = [tf.placeholder(tf.float32, [None, None]) for _ in range(len(used) ** 2)]
        columns = tf.placeholder(tf.int32, [1])
        below, beside = Shift(columns), Shift(1)
        vertical = [_terms(before, below, planes[k], planes[2 + k]) for k in (0, 1)]
        pairs, products = list(zip(*vertical)), iter(kernels)
        lines: List[Any] = []
        terms: Dict[int, Sequence[Any]] = {}
        for i in used:
            with tf.control_dependencies(lines[-1] if lines else []):  # in turn: less memory at once
                terms[i] = terms.get(i) or _terms(before, beside, *pairs[i])
                lines.append(after(*(tf.matmul(terms[i][j], next(products)) for j in used)))
        results = [result for row in zip(*(after(*column) for column in zip(*lines))) for result in row]
        given = [*planes, *kernels, columns]
        return Template(graph.as_graph_def(), [one.name for one in given], [one.name for one in results])


def _terms(before: Sums, tile: Shift, even: Any, odd: Any) -> Sequence[Any]:
    return before(tile.here(even), tile.here(odd), tile.there(even), tile.there(odd))


def _kernels(w: Any, taps: np.ndarray) -> List[Any]:
    """A kernel [I, O] for every pair of products."""
    distinct, which = np.unique(taps, axis=0, return_inverse=True)
    inputs, outputs = w.shape.as_list()[2:]
    sums = np.kron(distinct, distinct).astype(np.float32)
    made = tf.matmul(tf.constant(sums), tf.reshape(w, [9, inputs * outputs]))
    kernels = tf.unstack(kept(tf.reshape(made, [-1, inputs, outputs])))
    which = which.ravel()  # NumPy 2.0 has another axis here
    return [kernels[len(distinct) * row + column] for row in which for column in which]
