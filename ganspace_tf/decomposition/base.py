"""The contract of an estimator, and the one sign rule.

An estimator reads rows in blocks and ends with a basis. Axis letters: N rows, F features, K components.
What was learned lives in one `state` object that `update` replaces in a single assignment: an interrupt at
any moment leaves the state before or after a block, never between, so it can always be saved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, NamedTuple, Optional

import numpy as np

from ganspace_tf.errors import UsageError

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator

Arrays = Dict[str, np.ndarray]

LARGEST = 1e15  # of a row: products of a block of such rows still fit into float32


class Basis(NamedTuple):
    """What an estimator found, in float64."""

    components: np.ndarray  # (K, F) unit rows, the strongest first where the method has an order
    mean: np.ndarray  # (F,)
    stdev: np.ndarray  # (K,) standard deviation of the rows along each component
    variance_ratio: np.ndarray  # (K,) share of the total variance


class Accumulator:
    """Something that rows are fed to, block by block, and that can be stopped between blocks.

    `update(block)` is `absorb(part(block))`. A part says of a block all that the state needs, does not depend
    on the other blocks, and is small where it can be: so it may be made on another machine. Without better
    knowledge it is the block itself.
    """

    passes = 1  # how often all rows are read
    first_decides = False  # whether parts depend on what the first block of all was
    together = 1  # blocks whose parts are joined first, as a group, before the state takes them
    joins = False  # whether there are such groups
    carried = 1  # blocks whose parts, one by one, may be sent at once: small ones

    @property
    def rows(self) -> int:
        """How many rows have been read, over all passes."""
        raise NotImplementedError

    @property
    def open(self) -> int:
        """Blocks of an incomplete group that the state holds."""
        return 0

    def update(self, block: Any) -> None:
        """Read a block of rows."""
        raise NotImplementedError

    def part(self, block: Any) -> Any:
        """What `absorb` takes in the place of a block: arrays and numbers, or tuples and dicts of them."""
        return block

    def absorb(self, part: Any) -> None:
        """Read a block by its part. In order, the sums are those of `update`, to the bit."""
        self.update(part)

    def join(self, part: Any, later: Any) -> Any:
        """The part of a group from those of its blocks, one after the other: to the bit what `absorb` makes
        of them. For accumulators with groups.
        """
        raise NotImplementedError

    def part_bytes(self) -> int:
        """What making a part takes besides the rows."""
        return 0

    def context(self) -> Arrays:
        """What another accumulator of the same settings needs to make parts in this pass."""
        return {}

    def set_context(self, arrays: Arrays) -> None:
        """The inverse of `context`."""

    def end_pass(self) -> None:
        """Called after each reading of all rows; a second call changes nothing."""

    def arrays(self) -> Arrays:
        """The state as arrays, for a checkpoint."""
        raise NotImplementedError

    def restore(self, arrays: Arrays) -> None:
        """The inverse of `arrays`."""
        raise NotImplementedError


class Estimator(Accumulator):
    """One way to find directions.

    A subclass sets `name` (its row in the table), `summary` (one line for people), `options` (name → default)
    and writes `update` and `finish`.

    components: K, features: F, K at most F. rng: for methods that draw numbers, seed 0 if not given.
    options: as declared. Raises UsageError for anything else.
    """

    name = ""
    summary = ""
    options: Dict[str, Any] = {}
    resumable = True  # False where the state is the rows themselves
    edition = 1  # goes up when this estimator alone gives something else than before
    max_rows: Optional[int] = None  # more rows than this are not asked for

    def __init__(
        self, components: int, features: int, rng: Optional[np.random.RandomState] = None, **options: Any
    ):
        if not 1 <= components <= features:
            raise UsageError(
                "components={}: allowed are 1 … {}, the width of the space".format(components, features)
            )
        self.settings = self.checked_options(options)
        self.components, self.features = components, features
        self.rng = np.random.RandomState(0) if rng is None else rng

    @classmethod
    def checked_options(cls, options: Dict[str, Any]) -> Dict[str, Any]:
        """All options with their values, as JSON keeps them. Raises UsageError for a wrong name or value."""
        check_options(cls, options)
        return dict(cls.options, **options)

    @classmethod
    def for_generator(
        cls, gen: Generator, components: int, features: int, rng: np.random.RandomState, **options: Any
    ) -> Estimator:
        """An estimator of this class; some take more from the generator than its rows."""
        return cls(components, features, rng, **options)

    def expect(self, n: int, block: int) -> None:
        """Told before the first block: n rows are to come, in blocks. UsageError if that cannot work."""

    def update(self, x: np.ndarray) -> None:
        """Read a block of rows (N, F), float32 or float64."""
        raise NotImplementedError

    def finish(self) -> Basis:
        """The basis of the rows read so far, signs as `fix_signs` leaves them."""
        raise NotImplementedError

    def accuracy(self) -> Dict[str, Any]:
        """After `finish`: what is known of the error of the basis, JSON values for the settings."""
        return {}


def check_options(kind: Any, options: Dict[str, Any]) -> None:
    """Raises UsageError for an option that the estimator class does not declare."""
    unknown = sorted(set(options) - set(kind.options))
    if unknown:
        allowed = ", ".join(sorted(kind.options)) or "none"
        raise UsageError(
            "estimator {} has no option {!r}; allowed: {}".format(kind.name, unknown[0], allowed)
        )


def fix_signs(components: np.ndarray) -> np.ndarray:
    """Each row with its largest absolute entry positive (the first of equals). (K, F) → (K, F)."""
    at = np.abs(components).argmax(axis=1)
    signs = np.sign(components[np.arange(len(components)), at])
    return components * np.where(signs == 0, 1.0, signs)[:, None]


def unit_rows(rows: np.ndarray, hint: str = "") -> np.ndarray:
    """Rows divided by their lengths, float64. Raises UsageError for a row of zeros."""
    rows = np.asarray(rows, np.float64)
    lengths = np.linalg.norm(rows, axis=1)
    if not (lengths > 0).all():
        empty = int(np.argmin(lengths > 0))
        raise UsageError("component {} is all zeros; ask for fewer components{}".format(empty, hint))
    return rows / lengths[:, None]


def measured(
    components: np.ndarray, mean: np.ndarray, stdev: np.ndarray, total: float, ordered: bool = True
) -> Basis:
    """A basis, by falling spread if `ordered`; total: the variance of the rows summed over the features."""
    order = np.argsort(-stdev, kind="stable") if ordered else np.arange(len(stdev))
    stdev = stdev[order]
    return Basis(fix_signs(components[order]), mean, stdev, stdev**2 / total if total > 0 else 0 * stdev)


def check_finite(x: np.ndarray) -> None:
    """Raises UsageError if a block of rows holds NaN, infinity, or numbers too large to be squared."""
    if x.size and not (x.min() >= -LARGEST and x.max() <= LARGEST):
        raise UsageError(
            "the rows to decompose hold NaN or infinity, or numbers beyond {:g}; the network or its input is "
            "broken".format(LARGEST)
        )
