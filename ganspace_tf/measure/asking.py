"""Questions that take one call: which edits move a factor, what does an edit do, which direction lies between
these examples.

    gs.rank(gen, comp, factor="hue", top=5)            # layer ranges searched, purest and strongest first
    gs.teach(gen, comp, plus=[3, 8], minus=[1, 4])     # a NamedDirection from marked seeds
"""

from __future__ import annotations

import io
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Callable, List, NamedTuple, Optional, Sequence, Tuple, TypeVar, Union

import numpy as np
from PIL import Image

from ganspace_tf.directions.named import NamedDirection, as_list, preview_of
from ganspace_tf.directions.style import StyleDirection
from ganspace_tf.directions.teach import teach as direction_between
from ganspace_tf.edits import Edit, check_edits
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.generators import checks
from ganspace_tf.measure.baselines import measured_basis
from ganspace_tf.measure.effects import responses
from ganspace_tf.measure.matrix import as_seen, check_of_w
from ganspace_tf.measure.meter import Meter
from ganspace_tf.measure.rank import FARTHEST, Ranked, doubt, rank_all, rank_for, usable_range
from ganspace_tf.measure.statistics import choose_scorer
from ganspace_tf.measure.truncation import Ordinary
from ganspace_tf.render import layout
from ganspace_tf.render.frames import Look, check_basis, sweep_frames
from nvlabs.reading.shown import show

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator

SAMPLES, UNIT = 16, 256  # latents that edits are tried on; pictures that fix the units
FIRST = 10  # components that are tried where nothing is said
SAMPLE_SEED, UNIT_SEED = 1, 90
PREVIEW = 96  # pixels that a frame of a preview is wide
Direction = TypeVar("Direction", NamedDirection, StyleDirection)
SPREAD_ROWS = 2000  # latents that one sigma along a taught direction is measured on
SIDES = "plus and minus are seeds, such as [3, 8], or one array of latents (N, L, D) or (N, D), not {}"


class Asking(NamedTuple):
    """A network that is measured. meter: with its units; w: (N, L, D) latents that edits are tried on; own:
    (M, L, D) those whose pictures fixed the units; scorer: what its factors are called.
    """

    meter: Meter
    w: np.ndarray
    own: np.ndarray
    scorer: str

    @property
    def ordinary(self) -> Ordinary:
        """What the network's own pictures look like."""
        return Ordinary(self.meter.measured(self.own, self.meter.features))


def asking(
    gen: Generator,
    scorer: Union[str, Callable[..., Any]] = "auto",
    samples: int = SAMPLES,
    unit: int = UNIT,
    look: Optional[Look] = None,
    latents: Optional[np.ndarray] = None,
) -> Asking:
    """Make a network ready to be measured.

    scorer: "auto" (that of the world a demo network draws, else plain statistics of pictures), its name, or a
    function of pictures (N, H, W, 3) uint8. samples: latents that edits are tried on, or `latents` (N, L, D)
    in their place. unit: pictures that fix the units of the factors. Raises UsageError.
    """
    look = look or Look()
    score, name = (scorer, getattr(scorer, "__name__", "own")) if callable(scorer) else _scorer(gen, scorer)
    labels = look.labels(1)
    own = gen.w(n=unit, seed=UNIT_SEED, labels=labels, psi=look.psi)
    meter = Meter(gen, score, own, look)
    w = gen.w(n=samples, seed=SAMPLE_SEED, labels=labels, psi=look.psi) if latents is None else latents
    return Asking(meter, np.asarray(w, np.float32), own, name)


def _scorer(gen: Generator, asked: str) -> Tuple[Callable[..., Any], str]:
    from ganspace_tf.demo.networks import PREFIX

    return choose_scorer(gen.name if gen.name.startswith(PREFIX) else "", asked)


def rank(
    gen: Generator,
    comp: Any,
    factor: Optional[str] = None,
    top: int = 5,
    components: Optional[Sequence[int]] = None,
    any_basis: bool = False,
    ask: Optional[Asking] = None,
    **options: Any,
) -> List[Ranked]:
    """The edits E(v, j-k) that do most, best first: `Ranked` rows.

    factor: None sorts the components by all that they change, each on its best layers; a name of the scorer's
    (such as "hue", or "brightness" of plain statistics) searches every range of layers for edits that change
    this factor, sorted by purity × effect. top: how many of these. components: those that are tried (default:
    the first ten). options: of `asking` (scorer, samples, unit, look, latents).
    Raises UnknownName (factor), UsageError (no components, or directions of z), BasisMismatch.
    """
    check_basis(gen, comp, any_basis)
    check_of_w(gen, comp)
    asked = range(min(FIRST, len(comp.directions))) if components is None else components
    tried = list(asked) if np.iterable(asked) else []
    if not tried:
        raise UsageError("components={}: give a list of one number or more, [0, 3]".format(show(components)))
    check_edits([Edit(k) for k in tried], comp, gen.n_layers, any_basis)
    ask = ask or asking(gen, **options)
    if factor is None:
        return rank_all(ask.meter, ask.w, comp, tried)
    if factor not in ask.meter.names:
        raise UnknownName.among("factor", factor, ask.meter.names, "measured by {}".format(ask.scorer))
    return rank_for(ask.meter, ask.w, comp, factor, tried, top)


def measured(ask: Asking, direction: Direction, sigma_range: Any = None) -> Direction:
    """A direction with what it was measured to do (`made["measured"]`), and the strengths it is usable at.

    sigma_range: (low, high) that is known already. Where one sigma is too much on either side, the range is
    -1 … 1 and `made["measured"]["usable"]` is false: something has to be shown. Raises UsageError for a
    direction of z, unless w is z.
    """
    if isinstance(direction, NamedDirection):
        direction.edit().layers(ask.meter.gen.n_layers)
    seen = as_seen(ask.meter, ask.w, direction)
    comp, (edit,) = seen.basis, seen.edits
    response = responses(seen.meter, seen.w, comp, [edit])
    main = int(np.abs(response.mean[0]).argmax())
    low, high = sigma_range or usable_range(seen.meter, seen.w, comp, edit, ask.ordinary)
    usable, why = low < high, "" if sigma_range else doubt(low, high)
    facts = {
        "factor": ask.meter.names[main],
        "effect": round(float(response.mean[0, main]), 4),
        "purity": round(float(response.purity()[0, main]), 4),
        "scorer": ask.scorer,
        "samples": len(ask.w),
        "usable": bool(usable),
        "doubt": why,
    }
    if sigma_range is None:
        low, high = max(low, -FARTHEST), min(high, FARTHEST)
    ends = (float(low), float(high)) if usable else (-1.0, 1.0)
    return replace(direction, sigma_range=ends, made=dict(direction.made, measured=facts))


def previewed(gen: Generator, direction: Direction, look: Look, w: np.ndarray) -> Direction:
    """A direction with a strip of one latent w (1, L, D) as its preview. Raises UsageError for a direction of
    z, unless w is z.
    """
    check_of_w(gen, direction)
    low, high = direction.sigma_range
    sigmas = [low, low / 2, 0.0, high / 2, high]
    comp = direction.components() if isinstance(direction, NamedDirection) else None
    frames = sweep_frames(
        gen, w, comp, direction.edits(), sigmas, look, any_basis=True, labels=look.labels(1)
    )
    data = io.BytesIO()
    Image.fromarray(layout.strip(layout.resize(frames[0], PREVIEW))).save(data, "PNG")
    return replace(direction, preview=preview_of(data.getvalue()))


def teach(
    gen: Generator,
    comp: Any = None,
    plus: Any = (),
    minus: Any = (),
    name: str = "taught",
    layers: Tuple[int, Optional[int]] = (0, None),
    sigma_range: Optional[Tuple[float, float]] = None,
    any_basis: bool = False,
    look: Optional[Look] = None,
    **options: Any,
) -> NamedDirection:
    """The direction from examples `minus` to examples `plus`, measured and with a preview.

    plus, minus: seeds, or latents (N, L, D) or (N, D). comp: look among these directions of w alone, which is
    what a handful of examples can settle. layers: inclusive. sigma_range: usable strengths where they are
    known; else they are measured. options: of `asking` (scorer, samples, unit). Raises UsageError (nothing on
    one side, a seed on both, what is neither seeds nor latents, components of z or of another width),
    BasisMismatch.
    """
    look = look or Look()
    if comp is not None:
        check_basis(gen, comp, any_basis)
        check_of_w(gen, comp)
    plus, minus = _side(plus), _side(minus)
    both = sorted(set(_seeds(plus)) & set(_seeds(minus)))
    if both:
        raise UsageError("seed {} is on both sides".format(both[0]))
    sides = [_rows(gen, side, look) for side in (plus, minus)]
    latents = gen.map_rows(gen.z(n=SPREAD_ROWS, seed=0), look.labels(1))
    # of latents with a row for every layer it is the mean over the edited layers that counts
    moved = Edit(0, *layers).layers(gen.n_layers)
    means = [side[:, moved].mean(axis=1) for side in sides]
    basis = measured_basis(direction_between(means[0], means[1], comp)[None], latents)
    direction = NamedDirection(
        name=name,
        fingerprint=gen.fingerprint,
        vector=as_list(basis.directions[0]),
        stdev=float(basis.stdev[0]),
        mean=as_list(basis.mean),
        latent="w" if comp is None else comp.latent,
        layers=layers,
        made={"plus": _seeds(plus), "minus": _seeds(minus), "components": comp and comp.digest},
    )
    direction = measured(asking(gen, look=look, **options), direction, sigma_range)
    return previewed(gen, direction, look, sides[1][:1])


def _side(given: Any) -> Union[np.ndarray, List[int]]:
    """A side as it is understood: latents in one array, or seeds. Raises UsageError."""
    if isinstance(given, (str, bytes, dict)) or not np.iterable(given):
        raise UsageError(SIDES.format(show(given)))
    items = list(given)
    if not items:
        raise UsageError("examples are needed on both sides: plus=[…] and minus=[…]")
    if isinstance(given, np.ndarray) and given.ndim > 1:
        return given
    if any(isinstance(one, (list, tuple, np.ndarray)) for one in items):
        raise UsageError(SIDES.format("a {} of arrays".format(type(given).__name__)))
    return checks.seeds(items)


def _seeds(side: Union[np.ndarray, List[int]]) -> List[int]:
    """The seeds of a side; none where it is given as latents."""
    return side if isinstance(side, list) else []


def _rows(gen: Generator, side: Union[np.ndarray, List[int]], look: Look) -> np.ndarray:
    """Latents (N, L, D) of a side."""
    if not isinstance(side, list):
        return np.asarray(gen.per_layer(side), np.float32)
    return gen.w(seeds=side, labels=look.labels(1), psi=look.psi)
