"""Claims: a statement of the paper, the number that decides it, a bound fixed beforehand, and an interval."""

from __future__ import annotations

from typing import Any, Dict, Iterable, Mapping, NamedTuple, Sequence

import numpy as np

from ganspace_tf.errors import UsageError

LEAST_SEEDS = 3
CONFIDENCE = 0.95
HOLDS, FAILS, UNDECIDED = VERDICTS = ("holds", "fails", "undecided")


class Interval(NamedTuple):
    """A mean over seeds and its 95 % confidence interval."""

    mean: float
    low: float
    high: float


def interval(values: Sequence[float]) -> Interval:
    """Student's interval of a mean (Student 1908) from at least three seeds. Raises UsageError for fewer,
    and for numbers that are not finite.
    """
    from scipy.stats import t

    numbers = np.asarray(values, np.float64)
    if numbers.ndim != 1 or len(numbers) < LEAST_SEEDS or not np.isfinite(numbers).all():
        raise UsageError(
            "a confidence interval needs {} seeds or more with finite numbers, not {}".format(
                LEAST_SEEDS, numbers.tolist()
            )
        )
    half = t.ppf(0.5 + CONFIDENCE / 2, len(numbers) - 1) * numbers.std(ddof=1) / np.sqrt(len(numbers))
    mean = float(numbers.mean())
    return Interval(mean, mean - float(half), mean + float(half))


class Claim(NamedTuple):
    """A statement that a number can contradict.

    name: short. says: the paper's statement. measured: what the number is. bound: with `at_least` the whole
    interval has to lie above it for the claim to hold, otherwise below it. A claim fails if the whole
    interval lies on the other side, and is undecided where the bound is inside.
    """

    name: str
    says: str
    measured: str
    bound: float
    at_least: bool = True

    def judge(self, values: Sequence[float]) -> Dict[str, Any]:
        """The verdict on one number per seed, as JSON values: mean, low, high, verdict, holds, seeds."""
        judged = dict(self._asdict(), **interval(values)._asdict())
        verdict, seeds = verdict_of(judged), [float(value) for value in values]
        return dict(judged, verdict=verdict, holds=verdict == HOLDS, seeds=seeds)


def verdict_of(claim: Mapping[str, Any]) -> str:
    """One of VERDICTS for a claim as `Claim.judge` returns it. It follows from low, high, bound and at_least,
    which files of earlier versions have as well: those knew "holds" and its opposite only.
    """
    if claim["low"] > claim["bound"]:
        return HOLDS if claim["at_least"] else FAILS
    if claim["high"] < claim["bound"]:
        return FAILS if claim["at_least"] else HOLDS
    return UNDECIDED


def counted(claims: Iterable[Mapping[str, Any]]) -> str:
    """How many claims got which verdict, in one line."""
    found = [verdict_of(claim) for claim in claims]
    if not found:
        return "No claim was measured"
    hold, fail, undecided = (found.count(verdict) for verdict in VERDICTS)
    return "{} of {} claims hold, {} fail, {} are undecided".format(hold, len(found), fail, undecided)
