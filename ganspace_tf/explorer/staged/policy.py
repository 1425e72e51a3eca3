"""Which stage is shown while a slider moves: a pure choice from what stages cost and what they are worth."""

from __future__ import annotations

from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

BUDGET = 0.080  # seconds that a preview may take
AT_ONCE = 0.030  # seconds: a network that takes no more is shown whole at once
WEIGHT = 0.3  # of a new time in a running mean
UNKNOWN = 0.0  # seconds that a run is taken for until it was timed: the first tells


class Times:
    """Running means of what runs take, in seconds, by stage and by whether they went on from the middle."""

    def __init__(self) -> None:
        self._means: Dict[Tuple[int, bool], float] = {}
        self._seen: Dict[Tuple[int, bool], int] = {}

    def add(self, stage: int, middle: bool, seconds: float) -> None:
        """One more. The first run of a kind has TensorFlow's preparations in it: the second replaces it."""
        key = (stage, middle)
        seen = self._seen[key] = self._seen.get(key, 0) + 1
        old = self._means.get(key)
        self._means[key] = seconds if old is None or seen == 2 else old + WEIGHT * (seconds - old)

    def of(self, stage: int, middle: bool = False) -> float:
        """The mean; UNKNOWN for one that was not run yet."""
        return self._means.get((stage, middle), UNKNOWN)

    def needed(self, steps: Sequence[Tuple[int, bool]]) -> float:
        """What several runs take together."""
        return sum(self.of(*step) for step in steps)


class Choice(NamedTuple):
    """What a moving slider could show. stage: which; seconds: until it is there; passed: whether it is true
    enough, None where that is not known yet (then it counts if it can be shown at all).
    """

    stage: int
    seconds: float
    passed: Optional[bool]


def preview_stage(choices: Sequence[Choice], budget: float = BUDGET) -> int:
    """The largest stage within the budget that passed; if none is, the smallest that passed.

    choices: from small to large; the last is the picture itself, which always passes.
    """
    allowed: List[Choice] = [one for one in choices[:-1] if one.passed is not False] + [choices[-1]]
    fast = [one for one in allowed if one.seconds <= budget]
    return (fast[-1] if fast else allowed[0]).stage
