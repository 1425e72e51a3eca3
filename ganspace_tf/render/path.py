"""A film through keyframes: from seed to seed, truncation, class or place to another, with edits held.

picture = Path(keyframes=[Keyframe(1), Keyframe(2), Keyframe(3)], frames=60, loop=True)
frames = picture.film(gen)                 # (60, H, W, C) uint8
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from ganspace_tf.edits import AnyEdit, apply_edits, parse_any_edits, parted
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.fields import from_list
from ganspace_tf.generators import checks
from ganspace_tf.notation import format_sigma
from ganspace_tf.render import layout
from ganspace_tf.render.fed import changed_inside, styles_changed
from ganspace_tf.render.frames import Look, Progress, look_with_styles, per_layer, render, rows_of
from ganspace_tf.render.motion import input_transform, motion_label
from ganspace_tf.render.picture import Picture, check_own, psi_label, sized, with_class
from ganspace_tf.render.starts import start_count, starts
from ganspace_tf.styles.edits import StyleEdit

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator

SPACES = ("w", "z", "w+")
Labels = Optional[np.ndarray]  # weights of the classes, a row each


class Keyframe(NamedTuple):
    """A place that a film comes through. seed: of no account where the film has latents of a file. edits:
    notation or JSON, of style channels as well, beside those that the film holds.

    psi, classes, translate (x, y), rotate (degrees): "" for the picture's own.
    """

    seed: int
    edits: List[Any] = []
    psi: Any = ""
    classes: Any = ""
    translate: Any = ""
    rotate: Any = ""

    @property
    def moved(self) -> bool:
        """Whether it says where the picture is."""
        return self.translate != "" or self.rotate != ""


class Course(NamedTuple):
    """Where the frames of a film are: between keyframes first and second, at share of the way."""

    first: np.ndarray  # (T,) int
    second: np.ndarray  # (T,) int
    share: np.ndarray  # (T,) in [0, 1)

    def mix(self, values: np.ndarray) -> np.ndarray:
        """Values of the keyframes (K, …) in a straight line from each to the next: (T, …) float32."""
        share = self.share.reshape((-1,) + (1,) * (values.ndim - 1)).astype(np.float32)
        return (values[self.first] * (1 - share) + values[self.second] * share).astype(np.float32)


def course(keyframes: int, frames: int, loop: bool = False, ease: bool = False) -> Course:
    """Evenly spaced places on the way through all keyframes; a loop goes on from the last to the first, which
    it does not show twice. ease: slower towards each keyframe.
    """
    stretches = keyframes if loop else keyframes - 1
    place = np.arange(frames) * (stretches / (frames if loop else max(1, frames - 1)))
    first = np.minimum(place.astype(int), max(0, stretches - 1))
    share = place - first
    if ease:
        share = (1 - np.cos(np.pi * share)) / 2
    return Course(first, (first + 1) % keyframes, share)


def slerp(ends: Tuple[np.ndarray, np.ndarray], share: np.ndarray) -> np.ndarray:
    """From rows of latents (T, D) to others along great circles, their lengths in a straight line: (T, D).

    The way that normal latents are usually walked: a straight line would come closer to the origin than
    almost every sample is (White 2016, arXiv 1609.04468). Rows that point the same way go straight.
    """
    one, two = (np.asarray(end, np.float64) for end in ends)
    lengths = [np.linalg.norm(end, axis=1, keepdims=True) for end in (one, two)]
    units = [end / np.maximum(length, 1e-12) for end, length in zip((one, two), lengths)]
    angle = np.arccos(np.clip((units[0] * units[1]).sum(axis=1, keepdims=True), -1, 1))
    share = np.asarray(share, np.float64)[:, None]
    sine = np.sin(angle)
    near = sine < 1e-6
    weights = [
        np.where(near, part, np.sin(part * angle) / np.where(near, 1, sine)) for part in (1 - share, share)
    ]
    length = lengths[0] * (1 - share) + lengths[1] * share
    return ((units[0] * weights[0] + units[1] * weights[1]) * length).astype(np.float32)


@dataclass(frozen=True)
class Path(Picture):
    """keyframes: `Keyframe`s, at least two. frames: of the whole film. loop: on from the last to the first.

    ease: slower towards each keyframe. space: what is interpolated: "w" (edits and psi are interpolated
    beside it), "z" (along great circles, then mapped), "w+" (latents of every layer as they are after the
    keyframe's edits and truncation). held: edits of all frames, of style channels as well. cell: width of a
    frame. labels: say above every frame where it is. latents: of a file (`starts.pack_latents`), one for each
    keyframe, or a single one for all of them.
    """

    keyframes: List[Any] = field(default_factory=list)
    frames: int = 60
    loop: bool = False
    ease: bool = False
    space: str = "w"
    held: List[AnyEdit] = field(default_factory=list)
    any_basis: bool = False
    cell: Optional[int] = None
    labels: bool = False
    latents: Optional[Dict[str, Any]] = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.space not in SPACES:
            raise UnknownName.among("space of a walk", self.space, SPACES)
        if len(self.keyframes) < 2:
            raise UsageError("a walk has at least 2 keyframes, not {}".format(len(self.keyframes)))
        for key in self._keyframes():
            checks.seed(key.seed)
            check_own(key.psi, key.classes)
            self._moved(key)
        self.used()  # refuses what is no edit
        if self.latents is not None:
            count = start_count([], self.latents)
            if count not in (1, len(self.keyframes)):
                raise UsageError("{} latents for {} keyframes".format(count, len(self.keyframes)))
            if self.space == "z":
                raise UsageError("latents of a file lie behind the mapping: walk in w or w+, not in z")

    def draw(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        frames = sized(self._frames(gen, comp, progress), self.cell, self.labels)
        captions = self._captions() if self.labels else None
        return layout.grid(frames, layout.tidy_columns(len(frames)), captions)

    def film(self, gen: Generator, comp: Any = None, progress: Progress = None) -> np.ndarray:
        frames = sized(self._frames(gen, comp, progress), self.cell, self.labels)
        if not self.labels:
            return frames
        return np.stack([layout.headed(frame, text) for frame, text in zip(frames, self._captions())])

    def used(self) -> List[int]:
        return [edit.component for edit in parted(self.edits())[0]]

    def edits(self) -> List[AnyEdit]:
        return list(self.held) + [edit for edits in self._edits() for edit in edits]

    def looks(self) -> List[Tuple[Look, int]]:
        keys = self._keyframes()
        own = [(with_class(self.look, key.classes), 1) for key in keys if key.classes != ""]
        own += [(self._moved(key), 1) for key in keys if key.moved]
        return [(self.look, len(keys))] + own

    def check(self, gen: Generator, comp: Any = None, moving: bool = False) -> None:
        super().check(gen, comp, moving)
        self._labels(gen)

    def count(self) -> int:
        return self.frames

    # ------------------------------------------------------------------ where each frame is

    def _keyframes(self) -> List[Keyframe]:
        return [from_list(Keyframe, row) for row in self.keyframes]

    def _edits(self) -> List[List[AnyEdit]]:
        return [parse_any_edits(key.edits) if key.edits else [] for key in self._keyframes()]

    def _moving(self, way: Course) -> List[List[AnyEdit]]:
        """The edits of each frame beside those held: of its keyframes, by their share."""
        edits, frames = self._edits(), []
        for first, second, share in zip(*way):
            own = [replace(edit, sigma=edit.sigma * float(1 - share)) for edit in edits[first]]
            own += [replace(edit, sigma=edit.sigma * float(share)) for edit in edits[second] if share > 0]
            frames.append(own)
        return frames

    def _psis(self) -> List[Optional[float]]:
        return [self.look.psi if key.psi == "" else key.psi for key in self._keyframes()]

    def _moved(self, key: Keyframe) -> Look:
        """The picture's own motion, with that of a keyframe in its place; raises UsageError."""
        return Look(
            translate=self.look.translate if key.translate == "" else key.translate,
            rotate=self.look.rotate if key.rotate == "" else key.rotate,
        )

    def _motions(self) -> Optional[np.ndarray]:
        """x, y and degrees at every frame, (T, 3); None where the picture's own are those of all frames."""
        keys = self._keyframes()
        if not any(key.moved for key in keys):
            return None
        looks = [self._moved(key) for key in keys]
        return self._course().mix(
            np.array([list(look.translate or (0, 0)) + [look.rotate or 0] for look in looks], np.float64)
        )

    def _course(self) -> Course:
        return course(len(self.keyframes), self.frames, self.loop, self.ease)

    def _captions(self) -> List[str]:
        keys, way = self._keyframes(), self._course()
        psis, names = self._psis(), self._names()
        held = ["{} = {}".format(edit.name or edit.place, format_sigma(edit.sigma)) for edit in self.held]
        called, captions = self.look.class_names(len(keys)), []
        motions = self._motions()
        for t, (first, second, share) in enumerate(zip(*way)):
            first = second if share == 1 else first
            place = names[first]
            if share > 0 and names[first] != names[second]:
                place += " to " + re.sub(r"^seed ", "", names[second])
            kinds = list(dict.fromkeys(filter(None, (called[first], called[second] if share > 0 else ""))))
            moving = [" to ".join(kinds)] if kinds else []
            moving += [] if len(set(psis)) == 1 else [psi_label(_between(psis[first], psis[second], share))]
            moving += [] if motions is None else [motion_label(*motions[t])]
            captions.append("  ·  ".join([place] + moving + held))
        return captions

    def _names(self) -> List[str]:
        """What the keyframes' latents are called."""
        if self.latents is None:
            return ["seed {}".format(key.seed) for key in self._keyframes()]
        count = start_count([], self.latents)
        names = self.latents.get("names")
        if names is None:  # too many to be kept in a recipe
            names = ["{}:{}".format(self.latents.get("called", "latent"), k) for k in range(count)]
        return [str(name) for name in names] * (1 if count > 1 else len(self.keyframes))

    # ------------------------------------------------------------------ frames

    def _frames(self, gen: Generator, comp: Any, progress: Progress) -> np.ndarray:
        way, labels, psis = self._course(), self._labels(gen), self._psis()
        styles = [parted([*self.held, *own])[1] for own in self._moving(way)]
        self.check(gen, comp)
        moved = None if labels is None else way.mix(labels)
        if self.space == "w+":
            w = way.mix(self._finished(gen, comp, labels))
        else:
            w = self._edited(gen, comp, self._latents(gen, comp, labels, moved, way), moved, way)
        if len(set(psis)) == 1 and self.space != "w+":
            look = replace(self.look, psi=psis[0])
            return self._rendered(gen, w, look, styles, moved, progress, self._transforms())
        between = [_between(psis[a], psis[b], share) for a, b, share in zip(*way)]
        return self._truncated(gen, w, between, styles, moved, progress)

    def _transforms(self) -> Optional[np.ndarray]:
        """A matrix a frame, (T, 3, 3), where the picture moves on the way."""
        motions = self._motions()
        return None if motions is None else np.stack([input_transform(row[:2], row[2]) for row in motions])

    def _labels(self, gen: Generator) -> Labels:
        """Class weights of the keyframes, (K, n_classes); None where no class is asked for."""
        keys = self._keyframes()
        shared = self.look.labels(len(keys))
        given = [
            (shared[k] if isinstance(shared, list) else shared) if key.classes == "" else key.classes
            for k, key in enumerate(keys)
        ]
        if all(one is None for one in given):
            return None
        if any(one is None for one in given):
            raise UsageError("some keyframes of this walk have a class and some have none")
        return np.concatenate([gen.label_weights(one, 1) for one in given])

    def _latents(
        self,
        gen: Generator,
        comp: Any,
        labels: Labels,
        moved: Labels,
        way: Course,
    ) -> np.ndarray:
        """Latents of the frames before edits, (T, L, ·), in the space that the components are directions of.

        labels: class weights of the keyframes; moved: of the frames.
        """
        keys, psis = self._keyframes(), self._psis()
        if self.latents is not None:
            rows = starts(gen, [], self.look, comp, self.latents).rows
            return way.mix(np.repeat(rows, len(keys) if len(rows) == 1 else 1, axis=0))
        z = np.concatenate([gen.z(seeds=[key.seed], psi=psi) for key, psi in zip(keys, psis)])
        of_z = comp is not None and comp.latent == "z"
        if self.space == "z":
            z = slerp((z[way.first], z[way.second]), way.share)
            return per_layer(gen, z) if of_z else gen.map(z, moved)
        if of_z and gen.has_mapping:
            raise UsageError("these components are directions of z: walk in z too (--space z)")
        return way.mix(gen.map(z, labels))

    def _edited(
        self, gen: Generator, comp: Any, latents: np.ndarray, labels: Labels, way: Course
    ) -> np.ndarray:
        """With the edits of each frame: those held, and those of its keyframes by their share; as w."""
        if comp is None:
            return latents
        edited = np.concatenate(
            [
                apply_edits(latents[t : t + 1], comp, parted([*self.held, *own])[0], any_basis=self.any_basis)
                for t, own in enumerate(self._moving(way))
            ]
        )
        if comp.latent == "w" or not gen.has_mapping:
            return edited
        T, L = edited.shape[:2]
        return gen.map_rows(edited.reshape(T * L, -1), _repeated(labels, L)).reshape(T, L, -1)

    def _finished(self, gen: Generator, comp: Any, labels: Labels) -> np.ndarray:
        """Latents of the keyframes after their edits and truncation, (K, L, D)."""
        keys, psis = self._keyframes(), self._psis()
        still = Course(*(np.arange(len(keys)),) * 2, share=np.zeros(len(keys)))
        plain = replace(self, space="w")
        w = plain._edited(gen, comp, plain._latents(gen, comp, labels, labels, still), labels, still)
        return np.concatenate(
            [gen.truncate(w[k : k + 1], psi, self.look.cutoff) for k, psi in enumerate(psis)]
        )

    def _truncated(
        self,
        gen: Generator,
        w: np.ndarray,
        psis: List[Optional[float]],
        styles: List[List[StyleEdit]],
        labels: Labels,
        progress: Progress,
    ) -> np.ndarray:
        """Frames that each have a truncation of their own."""
        moves = self._transforms()
        if gen.dlatent_avg is None:  # psi is part of the network there, one for a whole run
            return np.concatenate(
                [
                    self._rendered(
                        gen,
                        w[t : t + 1],
                        replace(self.look, psi=psi),
                        styles[t : t + 1],
                        None if labels is None else labels[t : t + 1],
                        progress,
                        None if moves is None else moves[t : t + 1],
                    )
                    for t, psi in enumerate(psis)
                ]
            )
        if self.space != "w+":
            w = np.concatenate(
                [gen.truncate(w[t : t + 1], psi, self.look.cutoff) for t, psi in enumerate(psis)]
            )
        look = replace(self.look, psi=None, cutoff=None)
        return self._rendered(gen, w, look, styles, labels, progress, moves)

    def _rendered(
        self,
        gen: Generator,
        w: np.ndarray,
        look: Look,
        styles: List[List[StyleEdit]],
        labels: Labels,
        progress: Progress,
        transforms: Optional[np.ndarray],
    ) -> np.ndarray:
        """Frames of w (T, L, D) with the edits of style channels of each."""
        feed_of = None
        if any(styles):
            look = look_with_styles(gen, look)
            change = styles_changed(gen, lambda row: styles[row])
            feed_of = changed_inside(gen, w, look, lambda rows: rows_of(labels, rows, len(w)), [change])
        return render(gen, w, look, labels, feed_of, progress, transforms)


def _between(one: Optional[float], two: Optional[float], share: float) -> Optional[float]:
    """A truncation between two; None, which is none, counts as 1."""
    if one is None and two is None:
        return None
    ends = [1.0 if psi is None else psi for psi in (one, two)]
    return float(ends[0] * (1 - share) + ends[1] * share)


def _repeated(labels: Labels, times: int) -> Labels:
    return None if labels is None else np.repeat(labels, times, axis=0)
