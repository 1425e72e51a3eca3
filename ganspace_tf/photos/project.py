"""From photos to latents: the steps of a projection, without files, clocks or terminals.

    projection = Projection(gen, targets, Settings(space="w"))
    for _ in projection.run():        # one run of the network each; stop when you like
        …
    results = projection.results()

Every photo is a `Task` of its own with several paths; the losses that all of them ask for come from common
runs of the network. Neither w nor the order of decisions of a photo depends on the others.
"""

from __future__ import annotations

import json
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence

import numpy as np

from ganspace_tf.cache import digest_of, key_of
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.photos.evaluating import SMALL, Evaluator
from ganspace_tf.photos.features.mobilenet import Features
from ganspace_tf.photos.methods import METHODS
from ganspace_tf.photos.paths import Stop
from ganspace_tf.photos.plans import plan_of
from ganspace_tf.photos.spaces import SPACES, Space
from ganspace_tf.photos.starts import Candidates, LatentStatistics, candidates, latent_statistics
from ganspace_tf.photos.targets import Target
from ganspace_tf.photos.tasks import Phase, Task

STARTS = ("best", "mean")
SMALL_CANDIDATES, LARGE_CANDIDATES = 512, 128
W_SHARE = 0.6  # of the gradients of w-then-w+
KEEP_NEAR = 0.1  # of w-then-w+
PEAK = 2.0  # peak of images in [-1, 1]


class Settings(NamedTuple):
    """How to project. None: the default of the method or the network.

    space: of SPACES. steps: gradients of the best start. method: of METHODS. starts: how many are tried.
    candidates: random w that starts are chosen from. start: "best", "mean", or w (1 | photos, L, D).
    keep_near: weight of the squared spread of the layers of w+. noise: "stored" or "fit". good_enough: dB at
    which a photo is done. patience: gradients below 0.5 % gain after which a start is given up; 0: none.
    label: (1, n_classes) of the class. seed: of candidates and noise. trail: keep w after every iteration.
    features: what a network for photos sees (`features.mobilenet.read_features`) counts too.
    """

    space: str = "w+"
    steps: Optional[int] = None
    method: str = "lbfgs"
    starts: Optional[int] = None
    candidates: Optional[int] = None
    start: Any = "best"
    keep_near: Optional[float] = None
    noise: Optional[str] = None
    good_enough: Optional[float] = None
    patience: int = 15
    label: Optional[np.ndarray] = None
    seed: int = 0
    trail: bool = False
    features: Optional[Features] = None

    def resolved(self, gen: Any) -> "Settings":
        """The same with every default in its place. Raises UsageError."""
        if self.space not in SPACES:
            raise UnknownName.among("space", self.space, SPACES)
        if self.method not in METHODS:
            raise UnknownName.among("method", self.method, METHODS)
        method, start = METHODS[self.method], self.start
        if isinstance(start, str) and start not in STARTS:
            raise UnknownName.among("start", start, STARTS, "or w")
        if method.from_mean and isinstance(start, str) and self.starts is None:
            start = "mean"
        several = isinstance(start, str) and start == "best"
        if not several and (self.starts or 1) > 1:
            raise UsageError("starts={}: with start={} there is one".format(self.starts, _called(start)))
        if self.space == "w" and self.keep_near:
            raise UsageError(
                "keep_near={:g} holds the layers of w+ together; w has one".format(self.keep_near)
            )
        small = max(gen.image_shape[1:]) <= SMALL
        noise = self.noise or ("fit" if method.fits_noise and gen.noise_shapes else "stored")
        if noise not in ("stored", "fit"):
            raise UnknownName.among("noise", noise, ("stored", "fit"))
        if noise == "fit" and not gen.noise_shapes:
            raise UsageError("noise=fit: {} has no noise maps".format(gen.name))
        return self._replace(
            steps=self.steps or method.steps,
            starts=self.starts if several else 1,
            candidates=self.candidates or (SMALL_CANDIDATES if small else LARGE_CANDIDATES),
            start=start,
            keep_near=KEEP_NEAR
            if self.keep_near is None and self.space == "w-then-w+"
            else self.keep_near or 0.0,
            noise=noise,
        )

    def facts(self) -> Dict[str, Any]:
        """As JSON values that decide what comes out."""
        told = dict(self._asdict())
        told["start"] = self.start if isinstance(self.start, str) else digest_of({"w": self.start})
        told["features"] = None if self.features is None else self.features.sha256
        told["label"] = None if self.label is None else [float(value) for value in self.label[0]]
        return told


def _called(start: Any) -> str:
    return start if isinstance(start, str) else "a file"


class Result(NamedTuple):
    """Of one photo. w: (L, D) float32. noise: its maps (1, h, w), empty where they are the stored ones. loss:
    at the end. distance, spread: see `Space`. asked: gradients in all, over all starts; steps: of the start
    that won. history: (gradients, loss, error) of that start. trail: w after each of its iterations.
    """

    w: np.ndarray
    noise: List[np.ndarray]
    loss: float
    distance: float
    spread: float
    asked: int
    steps: int
    history: List[Any]
    space: str
    trail: List[np.ndarray]


class Projection:
    """Photos of one network. Opens a session; close it.

    statistics: of the network's w; `unlike`: for each photo whether it is less like any candidate than these
    are like one another (a face that is not aligned, say).
    """

    def __init__(self, gen: Any, targets: Sequence[Target], settings: Settings):
        self.gen, self.targets = gen, list(targets)
        self.settings = settings = settings.resolved(gen)
        self.evaluator = Evaluator(gen, settings.noise == "fit", settings.features)
        self.statistics: LatentStatistics = latent_statistics(gen, settings.label)
        chosen: Optional[Candidates] = None
        if isinstance(settings.start, str) and settings.start == "best":
            count = max(int(settings.candidates or 1), self._plan().most_starts)
            chosen = candidates(gen, count, settings.seed, settings.label)
        self.unlike = [
            chosen is not None and chosen.is_unlike(one.images, one.weights) for one in self.targets
        ]
        self.tasks = [self._task(row, chosen) for row in range(len(self.targets))]
        self.stopped: Optional[str] = None

    def _plan(self) -> Any:
        small = max(self.gen.image_shape[1:]) <= SMALL
        return plan_of(self.settings.starts, small, self.settings.space != "w")

    def _spaces(self) -> List[Space]:
        """One for each phase."""
        settings, gen = self.settings, self.gen
        shapes = gen.noise_shapes if settings.noise == "fit" else ()
        weight = METHODS[settings.method].noise_weight if shapes else 0.0
        make = lambda per_layer: Space(  # noqa: E731
            gen.n_layers,
            gen.dlatent_size,
            per_layer,
            self.statistics.sigma,
            settings.keep_near or 0.0,
            shapes,
            weight,
        )
        return [make(per_layer) for per_layer in {"w": [0], "w+": [1], "w-then-w+": [0, 1]}[settings.space]]

    def _task(self, row: int, chosen: Optional[Candidates]) -> Task:
        settings, target = self.settings, self.targets[row]
        steps = int(settings.steps or 0)
        enough = 0.0
        if settings.good_enough is not None:
            enough = PEAK**2 * 10 ** (-settings.good_enough / 10)
        spaces = self._spaces()
        first = steps if len(spaces) == 1 else max(1, round(W_SHARE * steps))
        phases = [Phase(space, Stop(first, enough, settings.patience)) for space in spaces[:1]]
        phases += [
            Phase(space, Stop(max(1, steps - first), enough, settings.patience)) for space in spaces[1:]
        ]
        maps = stored_noise(self.gen) if settings.noise == "fit" else []
        return Task(
            self.evaluator.prepared(target),
            phases,
            self._plan(),
            self._start_rows(row, chosen, spaces[0].per_layer),
            maps,
            settings.method,
            settings.seed,
            settings.trail,
        )

    def _start_rows(self, row: int, chosen: Optional[Candidates], per_layer: bool) -> List[np.ndarray]:
        """w (L, D) of the starts of a photo, in the order in which they are tried."""
        layers = self.gen.n_layers
        spread = lambda w: np.repeat(np.asarray(w, np.float32)[None], layers, axis=0)  # noqa: E731
        mean = spread(self.statistics.mean)
        if not isinstance(self.settings.start, str):
            given = np.asarray(self.settings.start, np.float32)
            if len(given) not in (1, len(self.targets)):
                raise UsageError("{} starts for {} photos".format(len(given), len(self.targets)))
            return [given[row if len(given) > 1 else 0]]
        if chosen is None:
            return [mean]
        away = chosen.distances(self.targets[row].images, self.targets[row].weights)
        best = [spread(chosen.w[k]) for k in np.argsort(away, kind="stable")[: self._plan().most_starts]]
        return ([mean] + best if per_layer else best)[: self._plan().most_starts]

    # ------------------------------------------------------------------ running

    def run(self) -> Iterator[None]:
        """Yields after every run of the network, until all photos are done. After it was left, or after
        `restore`, a new call goes on."""
        asking = {row: task.asking() for row, task in enumerate(self.tasks)}
        wanted = {row: next(gen, None) for row, gen in asking.items()}
        while any(wanted.values()):
            places = [(row, key) for row in wanted for key in (wanted[row] or ())]
            requests = [self.tasks[row].request((wanted[row] or {})[key]) for row, key in places]
            answers = self.evaluator.answers(requests)
            sorted_answers: Dict[int, Dict[int, Any]] = {}
            for (row, key), answer in zip(places, answers):
                sorted_answers.setdefault(row, {})[key] = answer
            for row, given in sorted_answers.items():
                try:
                    wanted[row] = asking[row].send(given)
                except StopIteration:
                    wanted[row] = None
            yield

    def results(self) -> List[Result]:
        """What was reached so far: the best of every photo."""
        found = []
        for task in self.tasks:
            space, path = task.space, task.best
            w = space.latents_of(path.x[None])
            maps = space.noise_of(path.x[None]) or []
            found.append(
                Result(
                    w[0],
                    [array[0] for array in maps],
                    path.loss,
                    float(space.distance(w, self.statistics.mean)[0]),
                    float(space.spread(w)[0]),
                    task.asked,
                    task.steps,
                    task.history,
                    space.name,
                    task.trail,
                )
            )
        return found

    # ------------------------------------------------------------------ going on later

    @property
    def key(self) -> str:
        """64 hex digits over all that decides the outcome."""
        arrays = {}
        for row, target in enumerate(self.targets):
            arrays["pixels{}".format(row)], arrays["mask{}".format(row)] = target.pixels, target.weights
        return key_of(
            {
                "what": "projection 1",
                "model": self.gen.fingerprint_now,
                "settings": json.loads(json.dumps(self.settings.facts())),
                "targets": digest_of(arrays),
            }
        )

    def arrays(self) -> Dict[str, np.ndarray]:
        """All there is to keep."""
        kept: Dict[str, np.ndarray] = {}
        for row, task in enumerate(self.tasks):
            kept.update(("{}/{}".format(row, name), array) for name, array in task.arrays().items())
        return kept

    def restore(self, arrays: Dict[str, np.ndarray]) -> None:
        """The inverse of `arrays`."""
        for row, task in enumerate(self.tasks):
            start = "{}/".format(row)
            task.restore(
                {name[len(start) :]: array for name, array in arrays.items() if name.startswith(start)}
            )

    def close(self) -> None:
        """Frees the session."""
        self.evaluator.close()


def stored_noise(gen: Any) -> List[np.ndarray]:
    """The noise maps that a network stores, (1, h, w) each."""
    part = gen.network.components.synthesis
    return [np.asarray(part.get_var("noise{}".format(k)))[0] for k in range(len(gen.noise_shapes))]
