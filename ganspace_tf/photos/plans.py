"""In which order the starts of one photo are tried: short runs of many, longer ones of the best.

A single start ends in a local minimum for about half of all pictures of a network, whatever the optimiser. A
plan is a table of stages; the next stage is a function of the stages so far and of what the paths have
reached, so that a run that was interrupted goes on with the same decisions.
"""

from __future__ import annotations

from typing import List, NamedTuple, Optional, Sequence

from ganspace_tf.photos.paths import Path

POOR = 30.0  # dB: below, small networks try further starts


class Stage(NamedTuple):
    """rows: of the paths that are taken to `asked` gradients each. round: of starts, from 0. step: number of
    the stage in its round; LAST for the one that ends the plan."""

    rows: List[int]
    asked: int
    round: int
    step: int


LAST = -1


class Plan(NamedTuple):
    """starts: of a round. rounds: at most; another one follows where the best error is above `poor`. stages:
    (share of all gradients, how many starts of a round are taken so far). last: how many are taken to the
    end.
    """

    starts: int
    rounds: int
    stages: Sequence[Sequence[float]]
    last: int
    poor: float = 0.0

    @property
    def most_starts(self) -> int:
        """Starts that may be asked for."""
        return self.starts * self.rounds

    def following(self, done: Sequence[Stage], paths: Sequence[Path], asked: int) -> Optional[Stage]:
        """The stage after those that are done; None after the last. asked: gradients of the whole run."""
        if done and done[-1].step == LAST:
            return None
        if not done:
            return self._stage(0, 0, paths, asked)
        now = done[-1]
        if now.step + 1 < len(self.stages):
            return self._stage(now.round, now.step + 1, paths, asked)
        tried = [row for stage in done if stage.step == now.step for row in stage.rows]
        best = ranked(tried, paths)
        if now.round + 1 < self.rounds and paths[best[0]].error > self.poor:
            return self._stage(now.round + 1, 0, paths, asked)
        return Stage(best[: self.last], asked, now.round, LAST)

    def _stage(self, number: int, step: int, paths: Sequence[Path], asked: int) -> Stage:
        if not self.stages:
            return Stage(list(range(self.starts))[: self.last], asked, number, LAST)
        share, count = self.stages[step]
        rows = list(range(number * self.starts, (number + 1) * self.starts))
        chosen = ranked(rows, paths)[: int(count)] if step else rows
        return Stage(chosen, max(1, round(share * asked)), number, step)


def ranked(rows: Sequence[int], paths: Sequence[Path]) -> List[int]:
    """Rows by the loss of their paths, the best first."""
    return sorted(rows, key=lambda row: (paths[row].loss, row))


ROUNDS, ROUNDS_PLUS = 4, 2  # of starts at most, in w and in w+, which has ways around most minima of w


def plan_of(starts: Optional[int], small: bool, per_layer: bool = False) -> Plan:
    """The plan of a photo. starts: as asked for, None for the default. small: whether gradients are cheap
    (`evaluating.SMALL`). per_layer: for w+.
    """
    if starts == 1:
        return Plan(1, 1, (), 1)
    if not small:  # as measured: 4 × 12, the best to 100
        count = starts or 4
        return Plan(count, 1, ((0.12, count),), 1)
    count = starts or 8
    halved = max(2, count // 2)
    rounds = (ROUNDS_PLUS if per_layer else ROUNDS) if starts is None else 1
    return Plan(count, rounds, ((0.25, count), (0.5, halved)), min(2, halved), 4 * 10 ** (-POOR / 10))
