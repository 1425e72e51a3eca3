"""Randomised PCA (Halko, Martinsson, Tropp 2011) with the constants that the original gives to `fbpca`.

Two forms of one algorithm. `RandomisedPCA` works on the scatter matrix: one pass over the rows. `SketchPCA`
never forms an F × F matrix: it reads the rows again for every product, which is possible because rows are
addressed by number, and holds a few times F·L numbers, L = 2 K. It serves spaces that are too wide for a
scatter matrix. Both state how far they can be from the exact PCA (`error_bound`).

Precision: rows are multiplied in float32, some thousand at a time at most, and summed up in float64, so the
error does not grow with the number of rows: about 1e-6 of the largest variance, whatever n is.

Sums of sketches have two levels, always the same ones: blocks are summed up to groups in their order, in
float32, and groups to the whole in theirs, in float64. So a group may be made elsewhere, and no more than
some hundred sketches go over a wire for each reading.
"""

from __future__ import annotations

from typing import Any, Dict, Iterable, NamedTuple, Optional, Tuple

import numpy as np
from scipy import linalg

from ganspace_tf.decomposition.base import Arrays, Basis, Estimator, check_finite, measured
from ganspace_tf.decomposition.error_bound import ErrorBound, error_bound, probes
from ganspace_tf.decomposition.scatter import ScatterEstimator
from ganspace_tf.decomposition.spectrum import top_eigenvectors
from ganspace_tf.errors import UsageError

POWER_ITERATIONS = 2
OVERSAMPLING = 2  # L = 2 K columns
MAX_SKETCH = 2**26  # F · L numbers: 512 MiB of float64, some three of them at the peak
GROUPS, LONGEST_GROUP = 512, 32  # a reading has so many groups or more; blocks of one at most
SLICE = 8192  # features at a time where a whole array more would cost memory


def start_matrix(features: int, components: int, rng: np.random.RandomState) -> np.ndarray:
    """(F, L) float32 uniform numbers in [-1, 1], drawn and rounded as fbpca does it for float32 rows."""
    width = min(OVERSAMPLING * components, features)
    out = np.empty((features, width), np.float32)
    for start in range(0, features, SLICE):
        stop = min(start + SLICE, features)
        out[start:stop] = rng.uniform(-1.0, 1.0, (stop - start, width))
    return out


class Sketch(NamedTuple):
    """What is kept of M = X^T X: B^T B, where B = Q^T X and Q is an orthonormal basis of the columns of X V.

    With V^T M V = W^-T W^-1 (W from its eigenvectors), Q = X V W, so that B = W^T (M V)^T: no row of X is
    needed any more. B^T B = M V (V^T M V)^-1 V^T M.
    """

    factor: np.ndarray  # B, (l, F)
    squares: np.ndarray  # (l,) falling: the squared singular values of B
    left: np.ndarray  # (l, l) left singular vectors of B, as columns
    outside: np.ndarray  # (l, l) Gram matrix of what the right ones have outside the span of V

    @classmethod
    def of(cls, basis: np.ndarray, product: np.ndarray) -> Sketch:
        """From V (F, L) and M V (F, L). Raises UsageError where all rows are the same, so that M is zero."""
        inner, gram = np.zeros((2, basis.shape[1], basis.shape[1]))
        for start in range(0, len(basis), SLICE):
            part = basis[start : start + SLICE].T.astype(np.float64)
            inner += part @ product[start : start + SLICE]
            gram += part @ part.T
        inner = (inner + inner.T) / 2
        values, vectors = linalg.eigh(inner)
        keep = values > values[-1] * 1e-12
        if not keep.any():
            raise UsageError("all rows are the same: there are no directions in which they differ")
        whiten = vectors[:, keep] / np.sqrt(values[keep])
        factor = whiten.T @ product.T
        squares, left = linalg.eigh(factor @ factor.T)
        squares, left = np.maximum(squares[::-1], 0), left[:, ::-1]
        # V^T times the right singular vectors of B: no array as wide as a row is needed
        inside = inner @ whiten @ left / np.sqrt(np.maximum(squares, 1e-300))
        inside[:, squares <= 1e-12 * squares[0]] = 0
        outside = np.eye(len(squares)) - inside.T @ linalg.solve(gram, inside, assume_a="pos")
        return cls(factor, squares, left, outside)

    def top(self, k: int) -> Tuple[np.ndarray, np.ndarray]:
        """The k largest squared singular values and their right singular vectors: (k,), (k, F)."""
        there = int((self.squares > 1e-12 * self.squares[0]).sum())
        if there < k:
            raise UsageError("components={}: the rows span only {} dimensions".format(k, there))
        return self.squares[:k], (self.left[:, :k] / np.sqrt(self.squares[:k])).T @ self.factor

    def lost(self, x: np.ndarray, image: np.ndarray) -> np.ndarray:
        """(M - B^T B) x from x (F, r) and M x (F, r)."""
        return image - self.factor.T @ (self.factor @ x)


class RandomisedPCA(ScatterEstimator):
    """Randomised PCA from the scatter matrix: close to exact PCA where the spectrum falls."""

    name = "fbpca"
    summary = "randomised PCA with two power iterations, as fbpca in the original"
    edition = 3  # the first one had no bound, the second a larger one
    bound: Optional[ErrorBound] = None

    def directions(self) -> np.ndarray:
        scatter, k = self.state.scatter, self.components
        if OVERSAMPLING * self.components >= self.features / 1.25:
            # a sketch of nearly the whole space is no saving: fbpca decomposes in full then
            return top_eigenvectors(scatter, k)[1]
        basis = start_matrix(self.features, k, self.rng).astype(np.float64)
        for _ in range(POWER_ITERATIONS):
            basis = linalg.qr(scatter @ basis, mode="economic")[0]
        sketch, normal = Sketch.of(basis, scatter @ basis), probes(self.features).astype(np.float64)
        images, n = scatter @ normal, self.state.rows - 1
        twice = sketch.lost(images, scatter @ images) / n**2
        lost = float(np.trace(scatter) - sketch.squares.sum()) / n
        self.bound = error_bound(
            lost, sketch.lost(normal, images) / n, twice, sketch.squares / n, k, sketch.outside
        )
        return sketch.top(k)[1]

    def accuracy(self) -> Dict[str, Any]:
        return {"error_bound": self.bound.record()} if self.bound else {}


class _Part(NamedTuple):
    """Of a block, or of several in a group."""

    blocks: int
    rows: int
    shift: np.ndarray  # (F,) as used
    product: np.ndarray  # (F, L + r) float32: (x - shift)(x - shift)^T basis, summed over the rows
    rest: np.ndarray  # (F,) sum of x - shift
    squares: float  # sum of |x - shift|²

    def plus(self, later: _Part) -> _Part:
        return _Part(
            self.blocks + later.blocks,
            self.rows + later.rows,
            later.shift,
            self.product + later.product,
            self.rest + later.rest,
            self.squares + later.squares,
        )


class _State(NamedTuple):
    rows: int  # read over all passes
    in_pass: int  # rows of this pass
    shift: np.ndarray  # (F,) close to the mean; rows are taken relative to it
    basis: np.ndarray  # (F, L + r) float32; the random vectors of the bound stand behind the sketch
    product: np.ndarray  # (F, L + r) float64, of the groups of this pass that are complete; see _Part
    rest: np.ndarray  # (F,)
    squares: float
    images: np.ndarray  # (F, r) float32: covariance times the random vectors, once it is known; else (F, 0)
    group: Optional[_Part] = None  # what there is of the next group

    def closed(self) -> _State:
        """With the last group added, whether it is complete or not."""
        if self.group is None:
            return self
        return self._replace(
            product=self.product + self.group.product,
            rest=self.rest + self.group.rest,
            squares=self.squares + self.group.squares,
            group=None,
        )


class SketchPCA(Estimator):
    """Randomised PCA without a scatter matrix. Reads all rows three times.

    The random vectors of the bound are multiplied in the second and the third pass. Raises UsageError where
    F · L numbers would not fit (MAX_SKETCH): ask for fewer components then.
    """

    name = "fbpca"
    summary = RandomisedPCA.summary
    passes = POWER_ITERATIONS + 1
    first_decides = True  # its mean becomes the shift
    joins = True
    edition = 4  # long runs have groups; a smaller bound
    bound: Optional[ErrorBound] = None

    def __init__(
        self, components: int, features: int, rng: Optional[np.random.RandomState] = None, **options: Any
    ):
        super().__init__(components, features, rng, **options)
        if features * components * OVERSAMPLING > MAX_SKETCH:
            most = MAX_SKETCH // (features * OVERSAMPLING)
            raise UsageError(
                "components={}: a space of {} dimensions allows at most {}".format(components, features, most)
            )
        basis, zeros = start_matrix(features, components, self.rng), np.zeros(features)
        self.width = basis.shape[1]  # L
        none = np.zeros((features, 0), np.float32)
        self.state = _State(0, 0, zeros, basis, np.zeros(basis.shape), zeros, 0.0, none)

    @property
    def rows(self) -> int:
        return self.state.rows

    @property
    def open(self) -> int:
        return self.state.group.blocks if self.state.group else 0

    def expect(self, n: int, block: int) -> None:
        self.together = min(LONGEST_GROUP, max(1, -(-n // block) // GROUPS))

    def update(self, x: np.ndarray) -> None:
        self.absorb(self.part(x))

    def part_bytes(self) -> int:
        return 2 * 4 * self.state.basis.size

    def part(self, x: np.ndarray) -> _Part:
        old = self.state
        check_finite(x)
        shift = old.shift if old.rows else x.mean(axis=0, dtype=np.float64).astype(x.dtype)
        centred = x - shift.astype(x.dtype)
        scores = centred @ old.basis
        product = np.empty(old.basis.shape, np.result_type(x, old.basis))
        for start in range(0, self.features, SLICE):
            columns = slice(start, start + SLICE)
            product[columns] = centred[:, columns].T @ scores
        rest, squares = centred.sum(axis=0, dtype=np.float64), np.square(centred).sum(dtype=np.float64)
        return _Part(1, len(x), shift.astype(np.float64), product, rest, float(squares))

    def join(self, part: _Part, later: _Part) -> _Part:
        return part.plus(later)

    def absorb(self, part: _Part) -> None:
        old = self.state
        group = part if old.group is None else old.group.plus(part)
        rows, in_pass = old.rows + part.rows, old.in_pass + part.rows
        new = old._replace(rows=rows, in_pass=in_pass, shift=part.shift, group=group)
        self.state = new.closed() if group.blocks >= self.together else new

    def context(self) -> Arrays:
        state = self.state
        return {"rows": np.array(state.rows), "shift": state.shift, "basis": state.basis}

    def set_context(self, arrays: Arrays) -> None:
        # a view where there is nothing to sum up: a worker holds the basis and no more
        nothing = np.broadcast_to(np.zeros(()), arrays["basis"].shape)
        self.state = self.state._replace(
            rows=int(arrays["rows"]), shift=arrays["shift"], basis=arrays["basis"], product=nothing
        )

    def end_pass(self) -> None:
        old = self.state.closed()
        if not old.in_pass or old.rows >= self.passes * old.in_pass:
            return
        product = _centred_product(old)
        images = (product[:, self.width :] / (old.in_pass - 1)).astype(np.float32)
        behind = images if images.size else probes(self.features)
        sketch = linalg.qr(np.asfortranarray(product[:, : self.width]), mode="economic", overwrite_a=True)[0]
        basis = np.concatenate([sketch.astype(np.float32), behind], axis=1)
        zeros = np.zeros(self.features)
        self.state = old._replace(
            in_pass=0, basis=basis, product=np.zeros(basis.shape), rest=zeros, squares=0.0, images=images
        )

    def finish(self) -> Basis:
        state, L, n = self.state.closed(), self.width, self.state.in_pass - 1
        product = _centred_product(state)
        sketch = Sketch.of(state.basis[:, :L], product[:, :L])
        squares, components = sketch.top(self.components)
        total = (state.squares - float(state.rest @ state.rest) / state.in_pass) / n
        if state.images.size:
            normal, once = probes(self.features).astype(np.float64), state.images.astype(np.float64)
            lost, twice = total - float(sketch.squares.sum()) / n, product[:, L:] / n
            images = sketch.lost(normal, once * n) / n, sketch.lost(once, twice * n) / n
            self.bound = error_bound(lost, *images, sketch.squares / n, self.components, sketch.outside)
        del product, sketch
        mean = state.shift + state.rest / state.in_pass
        return measured(components, mean, np.sqrt(squares / n), total)

    def accuracy(self) -> Dict[str, Any]:
        return {"error_bound": self.bound.record()} if self.bound else {}

    def arrays(self) -> Arrays:
        named = dict(self.state._asdict())
        group = named.pop("group")
        if group is not None:
            named.update(("group_" + name, value) for name, value in group._asdict().items())
        return {name: np.asarray(value) for name, value in named.items()}

    def restore(self, arrays: Arrays) -> None:
        group = None
        if "group_rows" in arrays:
            group = _Part(**_plain(arrays, _Part._fields, "group_"))
        self.state = _State(
            group=group, **_plain(arrays, [name for name in _State._fields if name != "group"])
        )


def _centred_product(state: _State) -> np.ndarray:
    """(F, L + r) float64: of rows relative to their mean, where all groups are closed."""
    product = np.empty_like(state.product)
    mean, scores = state.rest / state.in_pass, state.rest @ state.basis
    for start in range(0, len(product), SLICE):
        part = slice(start, start + SLICE)
        np.subtract(state.product[part], np.outer(mean[part], scores), out=product[part])
    return product


def _plain(arrays: Arrays, names: Iterable[str], before: str = "") -> Dict[str, Any]:
    """Arrays by name; what was a number is one again."""
    found = ((name, arrays[before + name]) for name in names)
    return {name: value if value.ndim else value.item() for name, value in found}
