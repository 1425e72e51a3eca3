"""A tour of a network: its pictures, its components, and edits with names, each with what it was measured to
do. What `ganspace demo` shows.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, List, NamedTuple, Sequence, Tuple

import numpy as np

from ganspace_tf.edits import Edit, apply_edits
from ganspace_tf.measure.baselines import random_basis
from ganspace_tf.measure.effects import all_layers, responses
from ganspace_tf.measure.meter import Meter
from ganspace_tf.measure.sweep import Swept, pixel_change, swept
from ganspace_tf.render.frames import Progress, per_layer, seed_frames, seed_latents, sweep_frames

SEEDS, STRIPS = tuple(range(16)), (1, 2, 3)  # of the pictures, of the strips
SHEET, STEPS = 8, 7  # components of the sheet, frames of a strip
SHEET_SIGMAS = (-2.0, -1.0, 0.0, 1.0, 2.0)
# Seeds of the latents that units, changes and spreads are measured on.
UNIT_SEED, LATENT_SEED, SPREAD_SEED = 90, 1, 77
UNIT, LATENTS, FEW, SPREAD = 256, 64, 16, 4000  # how many of them; FEW where many edits are compared
RANDOM = 8  # random directions beside v0


class Handle(NamedTuple):
    """An edit with a name. start, end: its sweep, in sigma of its component; cosine: of that component to the
    direction that has the name, None where the edit was given by component.
    """

    name: str
    edit: Edit
    start: float
    end: float
    cosine: Any = None


class Beside(NamedTuple):
    """What a handle has to beat, over the same strengths: its component on all layers, or a random direction
    on its layers. frames: (S, H, W, 3) uint8 of the first seed; purity: of the factor it changes most.
    """

    label: str
    frames: np.ndarray
    factor: str
    purity: float


class Shown(NamedTuple):
    """A handle at work. sigmas: (S,) steps; frames: (N, S, H, W, 3) uint8 of N seeds; swept: what changed;
    beside: what it is compared with.
    """

    handle: Handle
    sigmas: Tuple[float, ...]
    frames: np.ndarray
    swept: Swept
    beside: Tuple[Beside, ...] = ()


class Tour(NamedTuple):
    """samples: (N, H, W, 3) uint8. sheet: (K, S, H, W, 3) of the first K components around the mean latent;
    mostly: for each of them the factor that changes most and its share of the change. against_random: change
    of pixels by v0 over the change by a random direction, at one sigma of each. edits: the purest first.
    latents: how many changes are means of.
    """

    comp: Any
    samples: np.ndarray
    sheet: np.ndarray
    mostly: List[Tuple[str, float]]
    against_random: float
    edits: List[Shown]
    latents: int


def measuring(gen: Any, scorer: Any, look: Any) -> Meter:
    """The meter of a tour: pictures look as they are shown."""
    return Meter(gen, scorer, gen.w(n=UNIT, seed=UNIT_SEED), look)


def tour(meter: Meter, comp: Any, handles: Sequence[Handle], progress: Progress = None) -> Tour:
    """Draw and measure everything; some 2,000 pictures with three handles. progress: told of each handle."""
    gen, look = meter.gen, meter.look
    w, few = (gen.w(n=n, seed=LATENT_SEED) for n in (LATENTS, FEW))
    shown = all_layers(min(SHEET, len(comp.directions)))
    centre = per_layer(gen, comp.mean[None])
    sheet = [sweep_frames(gen, centre, comp, [one], SHEET_SIGMAS, look, centred=True) for one in shown]
    random = random_basis(1, gen.map_rows(gen.z(n=SPREAD, seed=SPREAD_SEED)), 1)
    edits = []
    for handle in handles:
        edits.append(_shown(meter, w, comp, handle, random))
        if progress is not None:
            progress(1)
    return Tour(
        comp,
        seed_frames(gen, SEEDS, look)[..., :3],
        np.concatenate(sheet)[..., :3],
        _mostly(meter, few, comp, shown),
        _against_random(meter, few, comp),
        sorted(edits, key=lambda one: -one.swept.purity),
        LATENTS,
    )


def _shown(meter: Meter, w: np.ndarray, comp: Any, handle: Handle, random: Any) -> Shown:
    sigmas = tuple(np.linspace(handle.start, handle.end, STEPS).tolist())
    latents = seed_latents(meter.gen, comp, STRIPS, meter.look)
    frames = sweep_frames(meter.gen, latents, comp, [handle.edit], sigmas, meter.look)
    first, last = handle.edit.first_layer, handle.edit.last_layer
    rivals = [
        ("{} on all layers".format(Edit(handle.edit.component).place), comp, Edit(handle.edit.component)),
        ("a random direction, the same layers", random, Edit(0, first, last)),
    ]
    beside = []
    for label, basis, edit in rivals:
        found = swept(meter, w, basis, edit, handle.start, handle.end)
        moved = [apply_edits(latents[:1], basis, [replace(edit, sigma=sigma)]) for sigma in sigmas]
        shown = meter.pictures(np.concatenate(moved))
        beside.append(Beside(label, shown, found.changes[0].factor, found.purity))
    found = swept(meter, w, comp, handle.edit, handle.start, handle.end)
    return Shown(handle, sigmas, frames[..., :3], found, tuple(beside))


def _mostly(meter: Meter, w: np.ndarray, comp: Any, edits: Sequence[Edit]) -> List[Tuple[str, float]]:
    response = responses(meter, w, comp, edits)
    main = np.abs(response.mean).argmax(axis=1)
    return [(meter.names[f], float(response.purity()[k, f])) for k, f in enumerate(main.tolist())]


def _against_random(meter: Meter, w: np.ndarray, comp: Any) -> float:
    """Random directions have the spread of w along them, so that one sigma is as likely as one of v0."""
    latents = meter.gen.map_rows(meter.gen.z(n=SPREAD, seed=SPREAD_SEED))
    others = pixel_change(meter, w, random_basis(RANDOM, latents, 0), all_layers(RANDOM)).mean()
    return float(pixel_change(meter, w, comp, [Edit(0)])[0] / max(float(others), 1e-9))
