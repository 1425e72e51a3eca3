"""What every optimiser of one row is: a path through parameters that asks for losses and can be kept.

A path changes its state between iterations only. So what is kept after any of them, and gone on from, leads
to the same numbers as a path that was never stopped.
"""

from __future__ import annotations

from typing import Dict, Generator, List, Mapping, NamedTuple, Optional, Tuple

import numpy as np

GAIN = 0.005  # of the loss: less over `patience` gradients is no progress


class Answer(NamedTuple):
    """loss: at the point asked for; gradient: (P,) float64; error: mean square error there, for reports."""

    loss: float
    gradient: np.ndarray
    error: float


class Stop(NamedTuple):
    """When a path is at its end. asked: gradients in all. error: mean square error that is good enough.
    patience: gradients without gain; 0: none are too many.
    """

    asked: int
    error: float = 0.0
    patience: int = 0


Asking = Generator[np.ndarray, Answer, None]
Point = Tuple[int, float, float]


class Path:
    """Where the optimisation of one row is.

    x, answer: the best point so far (P,) float64 and what is known there. asked: gradients asked for so far.
    done: whether it is at its end whatever the limit. history: (asked, loss, error) after every iteration.
    trail: x as float32 after each of them; None: it is not kept.
    """

    def __init__(self, x: np.ndarray):
        self.x = np.array(x, np.float64)
        self.answer: Optional[Answer] = None
        self.asked, self.done = 0, False
        self.history: List[Point] = []
        self.trail: Optional[List[np.ndarray]] = None

    @property
    def loss(self) -> float:
        """Of the best point so far; infinite before the first answer."""
        return np.inf if self.answer is None else self.answer.loss

    @property
    def error(self) -> float:
        """Mean square error of the best point so far."""
        return np.inf if self.answer is None else self.answer.error

    @property
    def here(self) -> Answer:
        """What is known of x. Raises ValueError before the first answer."""
        if self.answer is None:
            raise ValueError("nothing is known of this path's start yet")
        return self.answer

    def asking(self, stop: Stop) -> Asking:
        """Points whose losses are wanted, until an iteration ends at which `stop` says so, or nothing is to
        be gained."""
        if self.answer is None:
            yield from self._first()
            self.done = not np.isfinite(self.loss)
        while self.asked < stop.asked and not self.done:
            if self.error <= stop.error or self._stands(stop.patience):
                self.done = True
                return
            yield from self._iterate()

    def _stands(self, patience: int) -> bool:
        earlier = [loss for asked, loss, _ in self.history if asked <= self.asked - patience]
        return bool(patience and earlier and self.loss > (1 - GAIN) * earlier[-1])

    def _take(self, x: np.ndarray, answer: Answer) -> None:
        self.x, self.answer = x, answer
        self._note(answer)

    def _note(self, answer: Answer) -> None:
        self.history.append((self.asked, answer.loss, answer.error))
        if self.trail is not None:
            self.trail.append(self.x.astype(np.float32))

    def _first(self) -> Asking:
        raise NotImplementedError

    def _iterate(self) -> Asking:
        raise NotImplementedError

    def arrays(self) -> Dict[str, np.ndarray]:
        """All there is to keep."""
        answer = self.answer or Answer(np.inf, np.zeros_like(self.x), np.inf)
        return {
            "x": self.x,
            "gradient": answer.gradient,
            "values": np.array([answer.loss, answer.error]),
            "counts": np.array([self.asked, self.done, self.answer is not None], np.int64),
            "history": np.array(self.history, np.float64).reshape(-1, 3),
            "trail": np.array(self.trail or [], np.float32).reshape(-1, len(self.x)),
        }

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """The inverse of `arrays`."""
        self.x = np.array(arrays["x"])
        asked, done, known = (int(value) for value in arrays["counts"])
        loss, error = (float(value) for value in arrays["values"])
        self.answer = Answer(loss, np.array(arrays["gradient"]), error) if known else None
        self.asked, self.done = asked, bool(done)
        self.history = [(int(row[0]), float(row[1]), float(row[2])) for row in arrays["history"]]
        if self.trail is not None:
            self.trail = list(arrays["trail"])


def advance(
    paths: Mapping[int, Path], stop: Stop
) -> Generator[Dict[int, np.ndarray], Dict[int, Answer], None]:
    """Take all paths to their ends, together: yields points by row, is sent the answers.

    A path's state changes as if it were alone.
    """
    asking = {row: path.asking(stop) for row, path in paths.items()}
    points: Dict[int, np.ndarray] = {}
    for row, path in asking.items():
        point = next(path, None)
        if point is not None:
            points[row] = point
    while points:
        answers = yield points
        following = {}
        for row in points:
            try:
                following[row] = asking[row].send(answers[row])
            except StopIteration:
                pass
        points = following
