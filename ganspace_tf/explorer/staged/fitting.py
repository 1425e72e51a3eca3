"""Heads of all stages of a network and how true they are: measured picture by picture, kept in the cache.

The cache is asked by the fingerprint of the model as it is now, the truncation, and the basis whose edits it
was measured with.
"""

from __future__ import annotations

import os
import warnings
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Dict, Generator, List, NamedTuple, Optional, Tuple

import numpy as np

from ganspace_tf.cache import CacheWarning, cache_folder, key_of, read_arrays, write_arrays
from ganspace_tf.cache_entries import keep_to_limit
from ganspace_tf.errors import FileError, GanspaceError
from ganspace_tf.explorer.staged.fidelity import Fidelity, Measure
from ganspace_tf.explorer.staged.heads import Head, Solver, apply_head, as_map, is_near, reduced
from ganspace_tf.explorer.state import State, StateEdit
from ganspace_tf.generators.stages import Stage
from ganspace_tf.render.frames import to_uint8

if TYPE_CHECKING:
    from ganspace_tf.explorer.subject import Subject

FORMAT = 1
PICTURES, HELD = 64, 24  # that heads are fitted to; pairs, without and with an edit, that they are held to
FIRST_SEED = 71_000  # far from the seeds that people type
STRENGTH, DIRECTIONS = 2.0, 6  # of the edits: sigma, and how many of the first


class Fitted(NamedTuple):
    """One stage: its head and what it is worth."""

    head: Head
    fidelity: Fidelity


Heads = Dict[int, Fitted]  # stage → what was fitted
Steps = Generator[None, None, None]


def preview(gen: Any, stage: Stage, values: Dict[str, np.ndarray], head: Head) -> np.ndarray:
    """The small picture (H, W, 3 or 4) uint8 of a stage out of its feature maps."""
    return apply_head(head, *maps_of(gen, stage, values))


def plain_preview(gen: Any, stage: Stage, values: Dict[str, np.ndarray]) -> Optional[np.ndarray]:
    """The network's own RGB of a stage as a picture; None where it has none."""
    rgb = maps_of(gen, stage, values)[1]
    return None if rgb is None else to_uint8(rgb.transpose(2, 0, 1)[None])[0]


def maps_of(gen: Any, stage: Stage, values: Dict[str, np.ndarray]) -> Tuple[np.ndarray, Optional[np.ndarray]]:
    """Features (H, W, C) and the network's own RGB, None where it has none."""
    features = as_map(values[str(stage.features)], stage.size, gen.channels_last)
    rgb = None if stage.rgb is None else as_map(values[stage.rgb], stage.size, gen.channels_last)
    return features, rgb


class Fitting:
    """Fits the heads of a session's network and measures them; one `step` is one run of one stage, so that
    nobody waits for long.

    done, total: pictures, or pairs of them. result: once done.
    """

    def __init__(self, session: Subject, pictures: int = PICTURES, held: int = HELD) -> None:
        self._session, self._gen = session, session.generator
        self._pictures = pictures
        self.done, self.total = 0, pictures + held
        self.result: Optional[Heads] = None
        stages = self._gen.stages
        self._rows: List[Tuple[int, Stage]] = list(enumerate(stages.rows[:-1])) if stages else []
        self._image = stages.image if stages else ""
        self._solvers: Dict[int, Solver] = {}
        self._heads: Dict[int, Head] = {}
        self._measures = {index: Measure() for index, _ in self._rows}
        self._work = self._run()

    @property
    def key(self) -> str:
        """Of its entry in the cache."""
        initial = self._session.initial
        facts = {
            "format": FORMAT,
            "fingerprint": self._gen.fingerprint_now,
            "psi": initial.psi,
            "pictures": self.total,
            "stages": [[list(row.size), row.features, row.rgb] for _, row in self._rows],
            "moved": [slider["of"] for slider in self._moved()],
            "basis": initial.basis,
        }
        return key_of(facts)

    def step(self) -> None:
        """One run more; the last one brings the result. Raises GanspaceError after a run that has failed."""
        if next(self._work, self._rows) is self._rows and self.result is None:
            raise GanspaceError("previews could not be calibrated")

    def _run(self) -> Steps:
        while self.done < self.total:
            if self.done < self._pictures:
                image, maps = yield from self._picture(self._state(self.done))
                for index, row in self._rows:
                    features, rgb = maps[index]
                    self._solver(index, features, rgb).add(features, rgb, reduced(image, row.size))
            else:
                if not self._heads:
                    self._heads = {index: self._solvers[index].head() for index, _ in self._rows}
                yield from self._hold(self.done)
            self.done += 1
        self.result = OrderedDict(
            (index, Fitted(self._heads[index], self._measures[index].result())) for index, _ in self._rows
        )

    def _hold(self, number: int) -> Steps:
        """Measure on one picture and the same with an edit."""
        state = self._state(number)
        moved = self._moved()
        if moved:
            slider = moved[number % len(moved)]
            edit = StateEdit(slider["of"], slider["first_layer"], slider["last_layer"], STRENGTH)
            other = State(**dict(vars(state), edits=(edit,)))
        else:  # no direction is known: towards another picture
            other = self._state(number + 1)
        image, maps = yield from self._picture(state)
        changed, moved_maps = yield from self._picture(other)
        for index, row in self._rows:
            made, after = (
                apply_head(self._heads[index], *maps[index]),
                apply_head(self._heads[index], *moved_maps[index]),
            )
            true, true_after = reduced(image, row.size), reduced(changed, row.size)
            rgb = maps[index][1]
            plain = None if rgb is None else to_uint8(rgb.transpose(2, 0, 1)[None])[0]
            measure = self._measures[index]
            measure.picture(made, true, plain)
            measure.change(after.astype(np.float32) - made, true_after - true)

    def _moved(self) -> List[Dict[str, Any]]:
        """The sliders whose edits are measured: components, or directions where there are none."""
        sliders = self._session.sliders
        return ([one for one in sliders if one["of"].startswith("v")] or sliders)[:DIRECTIONS]

    def _state(self, number: int) -> State:
        initial, gen = self._session.initial, self._gen
        label = number % gen.n_classes if gen.n_classes else None
        return State(**dict(vars(initial), seed=FIRST_SEED + number, label=label))

    def _picture(self, state: State) -> Generator[None, None, Tuple[np.ndarray, Dict[int, Any]]]:
        """The picture (H, W, 3 or 4) uint8 and the maps of all stages, each going on from the one before."""
        wanted = self._session.wanted(state)
        kept: Dict[str, np.ndarray] = {}
        maps = {}
        for index, row in self._rows:
            names = [name for name in row.keeps if name not in kept]
            fed = dict(kept, **wanted.feed)
            found = dict(kept, **self._gen.inside(wanted.w, names, fed, **wanted.given))
            maps[index] = maps_of(self._gen, row, found)
            kept = {name: found[name] for name in row.keeps}
            yield
        fed = dict(kept, **wanted.feed)
        image = self._gen.inside(wanted.w, [self._image], fed, **wanted.given)[self._image]
        yield
        return to_uint8(image)[0], maps

    def _solver(self, index: int, features: np.ndarray, rgb: Optional[np.ndarray]) -> Solver:
        if index not in self._solvers:
            near = is_near(features.shape[2], 0 if rgb is None else rgb.shape[2])
            self._solvers[index] = Solver(near)
        return self._solvers[index]

    # ------------------------------------------------------------------ the cache

    def _path(self) -> Path:
        return cache_folder() / "previews" / (self.key + ".npz")

    def load(self) -> Optional[Heads]:
        """What an earlier session has fitted; None where there is nothing."""
        path = self._path()
        if not os.path.exists(str(path)):  # also where this user cannot look into the folder
            return None
        try:
            arrays, settings = read_arrays(path)
            facts = (settings or {})["stages"]
            found: Heads = OrderedDict()
            for index, _ in self._rows:
                near, error, correlation, plain, pictures = facts[str(index)]
                head = Head(np.asarray(arrays["head{}".format(index)], np.float32), bool(near))
                found[index] = Fitted(head, Fidelity(error, correlation, plain, pictures))
        except (FileError, KeyError, TypeError, ValueError) as error:
            warnings.warn(CacheWarning("{} is not used: {}".format(path, error)), stacklevel=2)
            return None
        self.result = found
        self.done = self.total
        return found

    def save(self) -> None:
        """Keep the result. A cache that cannot be written to is a warning."""
        if not self.result:
            return
        path, arrays, facts = self._path(), {}, {}
        for index, (head, fidelity) in self.result.items():
            arrays["head{}".format(index)] = head.weight
            facts[str(index)] = [head.near, *fidelity]
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_arrays(path, arrays, {"format": FORMAT, "stages": facts})
        except (OSError, FileError) as error:
            warnings.warn(CacheWarning("previews are not kept: {}".format(error)), stacklevel=2)
        else:
            keep_to_limit()
