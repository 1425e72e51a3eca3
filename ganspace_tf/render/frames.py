"""From a generator and edits to uint8 frames."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Callable, Dict, Optional, Sequence

import numpy as np

from ganspace_tf.edits import Edit, apply_activation_edits, apply_edits
from ganspace_tf.errors import BasisMismatch, GanspaceError, UnknownName, UsageError
from nvlabs.images import convert_images_to_uint8

if TYPE_CHECKING:
    from ganspace_tf.decomposition import Components
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
    images = np.asarray(images, np.float32)
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


def render(
    gen: Generator,
    w: np.ndarray,
    rule: str = "nvlabs",
    labels: Any = None,
    feed_of: Optional[Callable[[slice], Dict[str, np.ndarray]]] = None,
    progress: Progress = None,
    batch: int = 8,
    **options: Any,
) -> np.ndarray:
    """Frames (N, H, W, 3 or 4) uint8 of latents (N, L, D), with no more than `batch` float images in memory.

    labels: one for all or one a latent. feed_of: for rows of w, the activations to use in place of computed
    ones. progress: called with the number of new frames after each batch. options: psi, cutoff, noise of
    `Generator.images`.
    """
    parts = []
    for start in range(0, len(w), batch):
        rows = slice(start, min(start + batch, len(w)))
        feed = None if feed_of is None else feed_of(rows)
        images = gen.images(w[rows], labels=rows_of(labels, rows, len(w)), feed=feed, **options)
        parts.append(to_uint8(images, rule))
        if progress is not None:
            progress(len(images))
    return np.concatenate(parts)


def sweep_frames(
    gen: Generator,
    w: np.ndarray,
    comp: Components,
    swept: Sequence[Edit],
    sigmas: Sequence[float],
    held: Sequence[Edit] = (),
    mode: str = "latent",
    centred: bool = False,
    any_basis: bool = False,
    last_axis: bool = False,
    labels: Any = None,
    **options: Any,
) -> np.ndarray:
    """Frames (N, S, H, W, 3 or 4) of latents (N, L, D) with the `swept` edits at each of S strengths.

    held: edits that keep their own strength in every frame. mode: "latent"; "activation" edits what the
    endpoint of the components puts out instead; "both" does both, and centres the latents only, as in the
    original. last_axis: the original's row-wise arithmetic for activations. options: as for `render`.
    Raises UsageError, UnknownName, BasisMismatch.
    """
    if mode not in MODES:
        raise UnknownName.among("mode", mode, MODES)
    check_basis(gen, comp, any_basis)
    steps = [list(held) + [replace(edit, sigma=float(sigma)) for edit in swept] for sigma in sigmas]
    N, S = len(w), len(steps)
    if mode == "activation":
        latents = np.broadcast_to(w[:, None], (N, S) + w.shape[1:])
    else:
        latents = np.stack([apply_edits(w, comp, step, centred, any_basis) for step in steps], axis=1)
    latents = latents.reshape((N * S,) + w.shape[1:])
    if labels is not None and np.ndim(labels) and len(labels) == N:
        labels = [label for label in labels for _ in range(S)]

    def feed_of(rows: slice) -> Dict[str, np.ndarray]:
        used = gen.truncate(latents[rows], options.get("psi"), options.get("cutoff"))
        noise = options.get("noise", "stored")
        act = gen.activations(used, comp.endpoint, rows_of(labels, rows, N * S), latent="w", noise=noise)
        centre = centred and mode == "activation"
        for i, row in enumerate(range(rows.start, rows.stop)):
            act[i] = apply_activation_edits(
                act[i : i + 1], comp, steps[row % S], centre, last_axis, any_basis
            )[0]
        return {comp.endpoint: act}

    feed = None if mode == "latent" else feed_of
    frames = render(gen, latents, labels=labels, feed_of=feed, **options)
    return frames.reshape((N, S) + frames.shape[1:])


def check_basis(gen: Generator, comp: Components, any_basis: bool = False) -> None:
    """BasisMismatch if the components were found in another model (and that is not allowed)."""
    if comp.fingerprint and comp.fingerprint != gen.fingerprint and not any_basis:
        raise BasisMismatch(
            "the components belong to model {:.12}, {} is {:.12}; any_basis uses them anyway".format(
                comp.fingerprint, gen.name, gen.fingerprint
            )
        )


def rows_of(labels: Any, rows: slice, count: int) -> Any:
    """The labels of some rows, where there is one a latent; one for all stays one for all."""
    if labels is None or np.ndim(labels) == 0 or len(labels) != count:
        return labels
    return labels[rows]
