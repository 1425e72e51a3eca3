"""From a generator and edits to uint8 frames."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import (
    TYPE_CHECKING,
    Any,
    Callable,
    Dict,
    Iterator,
    List,
    NamedTuple,
    Optional,
    Sequence,
    Tuple,
    Union,
)

import numpy as np

from ganspace_tf.edits import AnyEdit, apply_activation_edits, apply_edits, parted
from ganspace_tf.errors import BasisMismatch, GanspaceError, UnknownName, UsageError
from ganspace_tf.fields import check_fields
from ganspace_tf.generators import checks
from ganspace_tf.render import past
from ganspace_tf.render.fed import Change, changed_inside, styles_changed
from ganspace_tf.render.motion import of_look
from ganspace_tf.streams.noise import parse_noise
from ganspace_tf.styles.edits import check_style_edits
from nvlabs.reading.shown import show
from nvlabs.running.images import convert_images_to_uint8

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator

MODES = ("latent", "activation", "both")
RULES = ("nvlabs", "ganspace")
Progress = Optional[Callable[[int], None]]


def to_uint8(images: np.ndarray, rule: str = "nvlabs") -> np.ndarray:
    """Images (N, C, H, W) float, nominally in [-1, 1], as pixels (N, H, W, 3 or 4) uint8.

    rule: "nvlabs" x·127.5 + 128, "ganspace" 255·(x + 1)/2; both clip and drop the fraction (so half of all
    pixels differ by one level between the two). One channel becomes grey, three RGB, four RGBA; of other
    numbers of channels the first three are shown, or the first one in grey where there are only two. Raises
    UsageError (shape, rule) and GanspaceError (NaN: the network itself failed).
    """
    try:
        images = np.asarray(images, np.float32)
    except (TypeError, ValueError):
        raise UsageError("images are an array (N, C, H, W) of numbers, not {}".format(show(images))) from None
    if images.ndim != 4 or 0 in images.shape:
        raise UsageError("images have shape {}; frames are made of (N, C, H, W)".format(images.shape))
    if rule not in RULES:
        raise UnknownName.among("uint8 rule", rule, RULES)
    if np.isnan(images).any():
        broken = int(np.flatnonzero(np.isnan(images).any(axis=(1, 2, 3)))[0])
        raise GanspaceError(
            "the network gave NaN in image {}: its latents or weights are out of range".format(broken)
        )
    C = images.shape[1]
    images = images[:, :1].repeat(3, axis=1) if C < 3 else images[:, : C if C == 4 else 3]
    if rule == "nvlabs":
        return convert_images_to_uint8(images, nchw_to_nhwc=True)
    scaled = np.float32(0.5) * (images.transpose(0, 2, 3, 1) + np.float32(1))
    return (np.clip(scaled, 0, 1) * np.float32(255)).astype(np.uint8)


@dataclass(frozen=True)
class Look:
    """What an image depends on besides its latents; the same words as on the command line.

    psi, cutoff, noise, batch: as for `Generator.images`. classes: None, or indices, names or mixtures (see
    `biggan.class_words`), one for all images or one for each seed. compat: None, or "ganspace" for the
    original's uint8 rule and its row-wise edits of activations. called: what labels call the classes; None
    for labels without them. translate, rotate: how the picture is moved, for StyleGAN3 (see `motion`).
    """

    psi: Optional[float] = None
    cutoff: Optional[int] = None
    noise: str = "stored"
    classes: Optional[List[Union[int, str]]] = None
    compat: Optional[str] = None
    batch: int = 8
    called: Optional[List[str]] = None
    translate: Optional[List[float]] = None
    rotate: Optional[float] = None

    def __post_init__(self) -> None:
        check_fields(self)
        checks.compat(self.compat)
        parse_noise(self.noise)
        if self.batch < 1 or (self.cutoff or 0) < 0 or self.classes == []:
            raise UsageError(
                "batch {} must be 1 or more, cutoff {} 0 or more, and classes not empty".format(
                    self.batch, self.cutoff
                )
            )
        if self.translate is not None and len(self.translate) != 2:
            raise UsageError("translate {} is not two numbers, x and y".format(self.translate))

    def check(self, gen: Generator) -> None:
        """Raises UsageError for what this generator does not have: an average to truncate to, so many layers,
        classes, an input that can be moved.
        """
        gen.truncate(np.zeros((1, gen.dlatent_size), np.float32), self.psi, self.cutoff)
        checks.transform(of_look(self.translate, self.rotate), 1, gen)
        if self.classes is not None and not gen.n_classes:
            raise UsageError("{} is unconditional, it has no classes".format(gen.name))
        for one in self.classes or ():
            if isinstance(one, str):
                gen.label_weights(one, 1)
            elif not 0 <= one < gen.n_classes:
                raise UsageError("class index {} is outside 0 … {}".format(one, gen.n_classes - 1))

    def given(self) -> Dict[str, Any]:
        """psi, cutoff, compat and transform as arguments of a generator, where they are given."""
        transform = of_look(self.translate, self.rotate)
        given = {"psi": self.psi, "cutoff": self.cutoff, "compat": self.compat, "transform": transform}
        return {name: value for name, value in given.items() if value is not None}

    def labels(self, count: int) -> Any:
        """Labels of `count` seeds as generators take them. Raises UsageError if the numbers do not match."""
        if self.classes is None or len(self.classes) == 1:
            return self.classes and self.classes[0]
        if len(self.classes) != count:
            raise UsageError(
                "{} classes for {} seeds; give one class, or one a seed".format(len(self.classes), count)
            )
        return list(self.classes)

    def class_names(self, count: int) -> List[str]:
        """What labels of `count` seeds call their classes; empty texts where that is not known."""
        called = self.called or [""]
        if len(called) == count:
            return list(called)
        return (called if len(called) == 1 else [""]) * count


def render(
    gen: Generator,
    w: np.ndarray,
    look: Look,
    labels: Any = None,
    feed_of: Optional[Callable[[slice], Dict[str, np.ndarray]]] = None,
    progress: Progress = None,
    transforms: Optional[np.ndarray] = None,
) -> np.ndarray:
    """Frames (N, H, W, 3 or 4) uint8 of latents (N, L, D), with no more than `look.batch` float images in
    memory, and feature maps of `past.ROOM` where frames share the first layers of w.

    labels: one for all or one a latent. feed_of: for rows of w, the activations to use in place of computed
    ones. progress: called with the number of new frames after each batch. transforms: (N, 3, 3), one a latent
    in place of the look's.
    """
    if feed_of is None and gen.cluster is None and _shares(gen, look):
        return _one_by_one(gen, w, look, labels, transforms, progress)
    parts = []
    for pixels in _batches(gen, w, look, labels, feed_of, transforms):
        parts.append(pixels)
        if progress is not None:
            progress(len(pixels))
    return np.concatenate(parts)


def _one_by_one(
    gen: Generator,
    w: np.ndarray,
    look: Look,
    labels: Any,
    transforms: Optional[np.ndarray],
    progress: Progress = None,
) -> np.ndarray:
    """Frames (N, H, W, 3 or 4) of a network that makes one image at a time: layers that they have in common
    run once.
    """
    stages, given = gen.stages, look.given()
    assert stages is not None
    w, rule = np.asarray(w, np.float32), _rule(look)
    each = rows_of(labels, slice(0, len(w)), len(w))
    others = [None if each is labels and np.ndim(each) == 0 else np.asarray(each), transforms]
    sizes = [sum(4 * int(np.prod(gen.endpoints[name])) for name in cut.names) for cut in stages.cuts]
    same = past.prefixes(w, others)
    order = past.order(same)
    runs = past.plan(same[order], stages.cuts, sizes)

    def given_of(number: int) -> Dict[str, Any]:
        i = order[number]
        one = dict(given, noise=look.noise, labels=rows_of(labels, slice(i, i + 1), len(w)))
        return one if transforms is None else dict(one, transform=transforms[i : i + 1])

    frames: List[np.ndarray] = []
    for run, image in zip(runs, past.images(gen, w[order], runs, given_of)):
        frames.append(frames[run.like or 0] if image is None else to_uint8(image, rule))
        if progress is not None:
            progress(1)
    return np.concatenate([frames[number] for number in np.argsort(order)])


def _rule(look: Look) -> str:
    return "ganspace" if look.compat == "ganspace" else "nvlabs"


def _shares(gen: Generator, look: Look) -> bool:
    """Whether frames may go on from one another's layers."""
    return gen.alone and gen.stages is not None and look.noise != "random"


class Batch(NamedTuple):
    """What goes through the network at once. rows: of all latents. feed: activations to use in place of
    computed ones.
    """

    rows: slice
    w: np.ndarray
    labels: Any
    transforms: Optional[np.ndarray]
    feed: Optional[Dict[str, np.ndarray]] = None


def _batches(
    gen: Generator, w: np.ndarray, look: Look, labels: Any, feed_of: Any, transforms: Optional[np.ndarray]
) -> Iterator[np.ndarray]:
    """Frames, batch by batch. On the generator's cluster, where it has one: the same batches, so the same
    pixels; but for those that are fed what weighs more than the pixels: a layer, but not styles.
    """
    cuts = (slice(start, min(start + look.batch, len(w))) for start in range(0, len(w), look.batch))
    batches = (
        Batch(
            rows,
            w[rows],
            rows_of(labels, rows, len(w)),
            None if transforms is None else transforms[rows],
            None if feed_of is None else feed_of(rows),
        )
        for rows in cuts
    )
    frames = Frames(gen, look)
    first = next(batches, None)
    if first is None:
        return
    every = itertools.chain([first], batches)
    if gen.cluster is None or not _light(first, gen):
        for batch in every:
            yield frames(batch)
    else:
        with gen.cluster as cluster:
            for _, pixels in cluster.in_order(Frames, gen, look, every, _called):
                yield pixels


def _light(batch: Batch, gen: Generator) -> bool:
    """Whether what it is fed weighs no more than its pixels."""
    fed = sum(array.nbytes for array in (batch.feed or {}).values())
    return fed <= len(batch.w) * int(np.prod(gen.image_shape))


class Frames:
    """A batch → its frames (N, H, W, 3 or 4) uint8."""

    def __init__(self, gen: Generator, look: Look):
        self.gen, self.look = gen, look

    def __call__(self, batch: Batch) -> np.ndarray:
        if batch.feed is None and _shares(self.gen, self.look):
            return _one_by_one(self.gen, batch.w, self.look, batch.labels, batch.transforms)
        given = self.look.given()
        given["labels"] = batch.labels
        if batch.transforms is not None:
            given["transform"] = batch.transforms
        made = self.gen.images(batch.w, noise=self.look.noise, feed=batch.feed, **given)
        return to_uint8(made, _rule(self.look))


def _called(batch: Batch) -> str:
    return "frames {} to {}".format(batch.rows.start, batch.rows.stop - 1)


def seed_frames(gen: Generator, seeds: Sequence[int], look: Look, progress: Progress = None) -> np.ndarray:
    """Frames (N, H, W, 3 or 4) of N seeds."""
    w = seed_latents(gen, None, seeds, look)
    return render(gen, w, look, look.labels(len(seeds)), progress=progress)


def seed_latents(gen: Generator, comp: Any, seeds: Sequence[int], look: Look) -> np.ndarray:
    """Latents (N, L, ·) of N seeds in the space that the components are directions of: w (also without any),
    or z repeated per layer.
    """
    if comp is None or comp.latent == "w":
        return gen.w(seeds=seeds, labels=look.labels(len(seeds)), psi=look.psi)
    return per_layer(gen, gen.z(seeds=seeds, psi=look.psi))


def per_layer(gen: Generator, latents: np.ndarray) -> np.ndarray:
    """(N, ·) latents repeated for all L layers: (N, L, ·)."""
    return np.repeat(np.asarray(latents, np.float32)[:, None], gen.n_layers, axis=1)


def sweep_frames(
    gen: Generator,
    latents: np.ndarray,
    comp: Any,
    swept: Sequence[AnyEdit],
    sigmas: Sequence[float],
    look: Look,
    held: Sequence[AnyEdit] = (),
    mode: str = "latent",
    centred: bool = False,
    any_basis: bool = False,
    labels: Any = None,
    progress: Progress = None,
) -> np.ndarray:
    """Frames (N, S, H, W, 3 or 4) of N latents with the `swept` edits at each of S strengths.

    latents: (N, L, ·) as `seed_latents` gives them. comp: may be None where all edits are of style channels.
    held: edits that keep their own strength in every frame. mode: "latent"; "activation" edits what the
    endpoint of the components puts out instead; "both" does both, and centres the latents only, as in the
    original. labels: one for all or one a latent. Raises UsageError, UnknownName, BasisMismatch.
    """
    if mode not in MODES:
        raise UnknownName.among("mode", mode, MODES)
    steps = [list(held) + [replace(edit, sigma=float(sigma)) for edit in swept] for sigma in sigmas]
    N, S = len(latents), len(steps)
    latent_steps, style_steps = zip(*map(parted, steps))
    check_style_edits(style_steps[0], gen)
    if comp is not None:
        check_basis(gen, comp, any_basis)
    if mode == "activation" or comp is None:
        edited = np.repeat(latents[:, None], S, axis=1)
    else:
        edited = np.stack(
            [apply_edits(latents, comp, step, centred, any_basis) for step in latent_steps], axis=1
        )
    if labels is not None and np.ndim(labels) and len(labels) == N:
        labels = [label for label in labels for _ in range(S)]
    w = to_w(gen, comp, edited.reshape((N * S,) + latents.shape[1:]), labels)

    def changed_activations(found: np.ndarray, row: int) -> np.ndarray:
        centre, last_axis = centred and mode == "activation", look.compat == "ganspace"
        return apply_activation_edits(found, comp, latent_steps[row % S], centre, last_axis, any_basis)

    gen.truncate(w[:1], look.psi, look.cutoff)  # refuses what does not suit the family before any work
    check_mode(mode, comp)
    changes: List[Tuple[str, Change]] = [] if mode == "latent" else [(comp.endpoint, changed_activations)]
    if any(style_steps):
        changes.append(styles_changed(gen, lambda row: style_steps[row % S], centred))
        look = look_with_styles(gen, look)
    feed_of = changed_inside(gen, w, look, lambda rows: rows_of(labels, rows, N * S), changes)
    frames = render(gen, w, look, labels, feed_of if changes else None, progress)
    return frames.reshape((N, S) + frames.shape[1:])


def look_with_styles(gen: Generator, look: Look) -> Look:
    """The look of frames whose styles are fed: they are computed for as many latents at a time as images are
    made of, since sums over batches of one size have the same bits.
    """
    return replace(look, batch=min(look.batch, gen.image_batch))


def to_w(gen: Generator, comp: Any, latents: np.ndarray, labels: Any) -> np.ndarray:
    """Edited latents (N, L, ·) as w (N, L, D); z goes through the mapping network layer by layer."""
    if comp is None or comp.latent == "w":
        return latents
    N, L = latents.shape[:2]
    if labels is not None and np.ndim(labels) and len(labels) == N:
        labels = [label for label in labels for _ in range(L)]
    return gen.map_rows(latents.reshape(N * L, -1), labels).reshape(N, L, -1)


def check_basis(gen: Generator, comp: Any, any_basis: bool = False) -> None:
    """BasisMismatch if the components were found in another model (and that is not allowed)."""
    if comp.fingerprint and comp.fingerprint != gen.fingerprint and not any_basis:
        raise BasisMismatch(
            "the components belong to model {:.12}, {} is {:.12}; --any-basis uses them all the same".format(
                comp.fingerprint, gen.name, gen.fingerprint
            )
        )


def check_mode(mode: str, comp: Any) -> None:
    """UsageError if activations are to be edited that the components are none of."""
    if mode != "latent" and (comp is None or comp.endpoint is None):
        raise UsageError(
            "mode {} needs components of an endpoint (`pca --space NAME`), not of {}".format(
                mode, "style channels" if comp is None else comp.latent
            )
        )


def rows_of(labels: Any, rows: slice, count: int) -> Any:
    """The labels of some rows, where there is one a latent; one for all stays one for all."""
    if labels is None or np.ndim(labels) == 0 or len(labels) != count:
        return labels
    return labels[rows]
