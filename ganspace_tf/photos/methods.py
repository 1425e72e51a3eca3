"""Optimisers by name: our L-BFGS, and the published projector's noisy Adam with its schedule.

NVlabs' projector (Karras et al. 2020, appendix D): Adam of rates 0.9 and 0.999; the learning rate 0.1 ramped
up over the first 5 % and down by a cosine over the last 25 % of the steps; noise on w of σ · 0.05 · (1 -
t/0.75)², until three quarters of the way. It returns where it ends, not the best it saw.
"""

from __future__ import annotations

from typing import Callable, Dict, Mapping, NamedTuple

import numpy as np

from ganspace_tf.photos.lbfgs import LBFGS
from ganspace_tf.photos.paths import Asking, Path
from ganspace_tf.sampling import normal_rows

BETAS, EPSILON = (0.9, 0.999), 1e-8
NVLABS_RATE, ADAM_RATE = 0.1, 0.05
RAMP_UP, RAMP_DOWN, NOISE_END, NOISE_FACTOR = 0.05, 0.25, 0.75, 0.05
# The published weight, 1e5, goes with LPIPS, about 0.2 at the end where our loss is about 0.02.
NVLABS_NOISE = 1e4
FIRST = 0.1  # length of the first step of L-BFGS, in σ of w


class Step(NamedTuple):
    """rate: of learning. noise: on w, in σ of w."""

    rate: float
    noise: float


def nvlabs_schedule(step: int, steps: int) -> Step:
    """Rate and noise of a step, from 0 to steps - 1, of the published projector."""
    t = step / steps
    ramp = min(1.0, (1.0 - t) / RAMP_DOWN)
    ramp = (0.5 - 0.5 * float(np.cos(ramp * np.pi))) * min(1.0, t / RAMP_UP)
    return Step(NVLABS_RATE * ramp, NOISE_FACTOR * max(0.0, 1.0 - t / NOISE_END) ** 2)


def adam_schedule(step: int, steps: int) -> Step:
    """Adam without ramps and noise."""
    return Step(ADAM_RATE, 0.0)


class Adam(Path):
    """Adam (Kingma and Ba 2015).

    steps: in all, for the schedule. sigma: of w. latents: how many of the parameters are w, to which noise is
    added. seed: of the noise, a row of the row-addressed stream for each step. last: whether x is where it
    ends instead of the best point it saw.
    """

    def __init__(
        self,
        x: np.ndarray,
        schedule: Callable[[int, int], Step],
        steps: int,
        sigma: float,
        latents: int,
        seed: int,
        last: bool,
    ):
        super().__init__(x)
        self._schedule, self._steps, self._sigma = schedule, steps, sigma
        self._latents, self._seed, self._last = latents, seed, last
        self.at = np.array(self.x)
        self.first, self.second = np.zeros_like(self.x), np.zeros_like(self.x)

    def arrays(self) -> Dict[str, np.ndarray]:
        return dict(super().arrays(), at=self.at, first=self.first, second=self.second)

    def restore(self, arrays: Mapping[str, np.ndarray]) -> None:
        super().restore(arrays)
        self.at, self.first, self.second = (np.array(arrays[key]) for key in ("at", "first", "second"))

    def _first(self) -> Asking:
        yield from self._iterate()

    def _iterate(self) -> Asking:
        step = self._schedule(self.asked, self._steps)
        point = np.array(self.at)
        if step.noise:
            noise = normal_rows(self._seed, self.asked, self.asked + 1, self._latents)[0]
            point[: self._latents] += self._sigma * step.noise * noise.astype(np.float64)
        answer = yield point
        self.asked += 1
        if answer.loss < self.loss or (self._last and np.isfinite(answer.loss)):
            self.x, self.answer = point, answer
        self._note(answer)
        if not np.isfinite(answer.loss):
            self.done = True
            return
        g = answer.gradient
        self.first = BETAS[0] * self.first + (1 - BETAS[0]) * g
        self.second = BETAS[1] * self.second + (1 - BETAS[1]) * g * g
        rate = step.rate * float(np.sqrt(1 - BETAS[1] ** self.asked)) / (1 - BETAS[0] ** self.asked)
        self.at = self.at - rate * self.first / (np.sqrt(self.second) + EPSILON)


class Making(NamedTuple):
    """What a method may want to know of a row. parameters: (P,), of which the first `latents` are w; sigma:
    of w; unit: length of a step of one σ in every layer; steps: gradients in all; seed: of noise.
    """

    parameters: np.ndarray
    latents: int
    sigma: float
    unit: float
    steps: int
    seed: int


class Method(NamedTuple):
    """make: the path of a row. steps: gradients by default. from_mean: whether it starts once, at the mean of
    w, unless told otherwise. fits_noise: by default. noise_weight: of the noise term, where noise is fitted.
    """

    make: Callable[[Making], Path]
    steps: int = 100
    from_mean: bool = False
    fits_noise: bool = False
    noise_weight: float = 1e2  # holds fitted maps to noise, and leaves steps for the picture


def _adam(schedule: Callable[[int, int], Step], last: bool) -> Callable[[Making], Path]:
    return lambda row: Adam(row.parameters, schedule, row.steps, row.sigma, row.latents, row.seed, last)


METHODS: Dict[str, Method] = {
    "lbfgs": Method(lambda row: LBFGS(row.parameters, FIRST * row.unit)),
    "adam": Method(_adam(adam_schedule, last=False), steps=150),
    "nvlabs": Method(
        _adam(nvlabs_schedule, last=True),
        steps=1000,
        from_mean=True,
        fits_noise=True,
        noise_weight=NVLABS_NOISE,
    ),
}
