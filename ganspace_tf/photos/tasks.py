"""The projection of one photo: its paths, and which of them go on."""

from __future__ import annotations

from typing import Any, Dict, Generator, List, Mapping, NamedTuple, Sequence

import numpy as np

from ganspace_tf.photos.evaluating import Request
from ganspace_tf.photos.methods import METHODS, Making
from ganspace_tf.photos.paths import Answer, Path, Point, Stop, advance
from ganspace_tf.photos.plans import LAST, Plan, Stage, ranked
from ganspace_tf.photos.spaces import Space

Asking = Generator[Dict[int, np.ndarray], Dict[int, Answer], None]


class Phase(NamedTuple):
    """A space, and how far to go in it."""

    space: Space
    stop: Stop


class Task:
    """prepared: target and mask as the evaluator compares them. phases: one after the other, each from where
    the one before ended; the plan is that of the first, later ones have one start. starts: w (L, D). noise:
    maps (1, h, w) to start from, where noise is fitted. method: of METHODS. trail: keep w after every
    iteration.
    """

    def __init__(
        self,
        prepared: Sequence[np.ndarray],
        phases: Sequence[Phase],
        plan: Plan,
        starts: Sequence[np.ndarray],
        noise: Sequence[np.ndarray],
        method: str,
        seed: int,
        trail: bool = False,
    ):
        self._target, self._mask = prepared
        self._phases, self._plan, self._method, self._seed = list(phases), plan, method, seed
        self._noise, self._keeps_trail = list(noise), trail
        self._phase, self._earlier = 0, 0  # gradients of earlier phases
        self._past: List[Point] = []  # history of earlier phases
        self._past_trail: List[np.ndarray] = []
        self._stages: List[Stage] = []
        self._under_way = False  # whether the last of these is not done
        self.paths = [self._path(self._phases[0], w) for w in starts]

    def _path(self, phase: Phase, w: np.ndarray, noise: Sequence[np.ndarray] = ()) -> Path:
        space = phase.space
        x = space.start(w, noise or self._noise)
        making = Making(x, space.latents, space.sigma, space.unit, phase.stop.asked, self._seed)
        path = METHODS[self._method].make(making)
        path.trail = [] if self._keeps_trail else None
        return path

    @property
    def space(self) -> Space:
        """Of the phase that it is in."""
        return self._phases[self._phase].space

    @property
    def best(self) -> Path:
        """The path that has got farthest; before anything is known, the first."""
        if self._stages and self._stages[-1].step == LAST:
            return self.paths[ranked(self._stages[-1].rows, self.paths)[0]]
        return self.paths[ranked(range(len(self.paths)), self.paths)[0]]

    @property
    def asked(self) -> int:
        """Gradients so far, of all starts."""
        return self._earlier + sum(path.asked for path in self.paths)

    @property
    def steps(self) -> int:
        """Gradients of the best start, those of earlier phases included."""
        return self.best.asked + (self._past[-1][0] if self._past else 0)

    @property
    def history(self) -> List[Point]:
        """(gradients, loss, error) of the best start, over all phases."""
        before = self._past[-1][0] if self._past else 0
        return self._past + [(asked + before, loss, error) for asked, loss, error in self.best.history]

    @property
    def trail(self) -> List[np.ndarray]:
        """w (L, D) of the best start after every iteration, over all phases; empty where it is not kept."""
        return self._past_trail + [self.space.latents_of(x[None])[0] for x in self.best.trail or ()]

    @property
    def share(self) -> float:
        """How much of the work that is certain by now is done, 0 to 1."""
        stop = self._phases[self._phase].stop
        rows = {row: stage.asked for stage in self._stages for row in stage.rows}
        certain = sum(rows.values()) if rows else stop.asked
        if not self._stages or self._stages[-1].step != LAST:
            certain += self._plan.last * stop.asked - sum(sorted(rows.values())[-self._plan.last :])
        certain += sum(phase.stop.asked for phase in self._phases[self._phase + 1 :])
        done = sum(path.asked for path in self.paths)
        return min(1.0, (self._earlier + done) / max(1, self._earlier + certain))

    def request(self, point: np.ndarray) -> Request:
        """The evaluator's question for a point of one of the paths."""
        return Request(self.space, point, self._target, self._mask)

    def asking(self) -> Asking:
        """Points by path whose losses are wanted, until the photo is done; is sent the answers."""
        while True:
            phase = self._phases[self._phase]
            if not self._under_way:
                enough = self._stages and self.best.error <= phase.stop.error
                stage = None if enough else self._next_stage(phase)
                if stage is None:
                    if enough or self._phase + 1 == len(self._phases):
                        return
                    self._enter()
                    continue
                self._stages.append(stage)
                self._under_way = True
            stage = self._stages[-1]
            rows = {row: self.paths[row] for row in stage.rows}
            yield from advance(rows, phase.stop._replace(asked=stage.asked))
            self._under_way = False

    def _next_stage(self, phase: Phase) -> Any:
        plan = self._plan if not self._phase else Plan(1, 1, (), 1)
        if not self._phase and len(self.paths) < plan.starts:
            plan = plan._replace(starts=len(self.paths), rounds=1)
        return plan.following(self._stages, self.paths, phase.stop.asked)

    def _enter(self) -> None:
        """From the best of this phase into the next."""
        best, space = self.best, self.space
        w = space.latents_of(best.x[None])[0]
        noise = [array[0] for array in space.noise_of(best.x[None]) or []]
        self._past, self._past_trail, self._earlier = self.history, self.trail, self.asked
        self._phase += 1
        self._stages = []
        self.paths = [self._path(self._phases[self._phase], w, noise)]

    # ------------------------------------------------------------------ going on later

    def arrays(self) -> Dict[str, np.ndarray]:
        """All there is to keep."""
        kept: Dict[str, np.ndarray] = {
            "counts": np.array([self._phase, self._earlier, self._under_way, len(self._stages)], np.int64),
            "past": np.array(self._past, np.float64).reshape(-1, 3),
            "past_trail": np.array(self._past_trail, np.float32),
        }
        for k, stage in enumerate(self._stages):
            kept["stage{}".format(k)] = np.array(
                [stage.asked, stage.round, stage.step] + stage.rows, np.int64
            )
        for k, path in enumerate(self.paths):
            if path.answer is not None or self._phase:  # in the first phase starts are known
                kept.update(("path{}/{}".format(k, name), value) for name, value in path.arrays().items())
        return kept

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        """The inverse of `arrays`."""
        phase, earlier, under_way, stages = (int(value) for value in arrays["counts"])
        if phase:
            self.paths = [self._path(self._phases[phase], np.zeros((self.space.layers, self.space.width)))]
        self._phase, self._earlier, self._under_way = phase, earlier, bool(under_way)
        self._past = [(int(row[0]), float(row[1]), float(row[2])) for row in arrays["past"]]
        self._past_trail = list(arrays["past_trail"])
        self._stages = []
        for k in range(stages):
            asked, number, step = (int(value) for value in arrays["stage{}".format(k)][:3])
            rows = [int(row) for row in arrays["stage{}".format(k)][3:]]
            self._stages.append(Stage(rows, asked, number, step))
        for k, path in enumerate(self.paths):
            start = "path{}/".format(k)
            own = {name[len(start) :]: value for name, value in arrays.items() if name.startswith(start)}
            if own:
                path.restore(own)
