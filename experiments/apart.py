"""The readings of fig19: what earlier claims failed of, each with everything else as in its figure."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from ganspace_tf.demo import scene, worlds
from ganspace_tf.demo.quality import DRAWINGS_SEED
from ganspace_tf.demo.scorer import BeetleScorer
from ganspace_tf.edits import Edit
from ganspace_tf.errors import UsageError
from ganspace_tf.measure import hues
from ganspace_tf.measure.baselines import Basis
from ganspace_tf.measure.effects import Response, all_layers, responses
from ganspace_tf.measure.frequency import mean_frequency, spectrum_of, without_recolouring
from ganspace_tf.measure.layers import both_ways, thirds
from ganspace_tf.measure.meter import Meter
from ganspace_tf.measure.reweighting import chosen, components_of, effective, strengths, weights
from ganspace_tf.measure.search import best_edits
from ganspace_tf.measure.separation import separation
from ganspace_tf.measure.transfer import transfer

from . import common
from .common import Study
from .fig9_transfer import kin_of, tried
from .found import cleanest_layers, found_edits

BLOCK = 200
LEAST, MOST = 1e-2, 1e2  # of a leakage in a geometric mean, as in fig8
HUES = {"hue": "hue_shift", "ground_hue": "ground_shift"}  # factor → what a world turns it by


class Reading(NamedTuple):
    """numbers: by claim, one a seed, empty where there is nothing to read; values: for metrics.json."""

    numbers: Dict[str, List[float]]
    values: Dict[str, Any]


def layers(study: Study, comp: Any) -> Reading:
    """fig8, cleaner: the layers and the factor are chosen on other latents than they are judged on."""
    meter, count = study.meter, min(study.settings["components"], len(comp.directions))
    everywhere = all_layers(len(comp.directions))
    whole = best_edits(responses(meter, study.sample(0), comp, everywhere), everywhere)
    found = found_edits(study, comp)
    some = [found[name].edit for name in meter.names]
    numbers: Dict[str, List[float]] = {"chosen": [], "handles": []}
    as_fig8, others = [], []
    for seed in study.seeds:
        w, picked = study.sample(seed, fresh=True), cleanest_layers(study, comp, count, seed)
        edits, factors = [edit for edit, _ in picked], [factor for _, factor in picked]
        both = [responses(meter, w, comp, es) for es in (edits, [Edit(edit.component) for edit in edits])]
        narrow, wide = (leaks(response, factors) for response in both)
        numbers["chosen"].append(_mean_ratio(narrow, wide))
        largest = np.abs(both[1].mean).argmax(axis=1)  # by which fig8 judges
        as_fig8.append(_mean_ratio(*(leaks(response, largest) for response in both)))
        others.append(int((largest != factors).sum()))
        every = range(len(meter.names))
        with_layers, without = (
            leaks(responses(meter, w, comp, es), every) for es in (some, [one.edit for one in whole])
        )
        numbers["handles"].append(_mean_ratio(with_layers, without))
    rows = ["{} ({})".format(edit, meter.names[factor]) for edit, factor in picked]
    return Reading(
        numbers,
        {
            "leakage over that on all layers, judged by the factor that is largest where it is judged": (
                common.table(study.seeds, as_fig8)
            ),
            "components of which that is another factor": common.table(study.seeds, others),
            "leakage of components, chosen layers": common.table(rows, narrow),
            "leakage of components, all layers": common.table(rows, wide),
            "leakage by factor, chosen layers": common.table(meter.names, with_layers),
            "leakage by factor, all layers": common.table(meter.names, without),
        },
    )


def leaks(response: Response, factors: Any) -> np.ndarray:
    """Leakage (M,) of each edit for a factor of its own, per sigma."""
    return np.clip(response.leakage()[range(len(response.mean)), factors], LEAST, MOST)


def _mean_ratio(ours: np.ndarray, theirs: np.ndarray) -> float:
    return float(np.exp(np.mean(np.log(ours) - np.log(theirs))))


def kin(study: Study, comp: Any) -> Reading:
    """fig9: the same edits, hues as points on the circle, turned back to the factors and as drawn."""
    try:
        other = kin_of(study)
        names, edits = tried(study, other, comp)
    except UsageError as error:
        return Reading({}, {"transfer was not measured": str(error)})
    both = [(one, _circular(one)) for one in (study, other)]
    shared = [name for name in both[0][1].names if name in both[1][1].names]
    known = [name for name in HUES if name + " cos" in shared]
    if not known:
        return Reading({}, {"transfer was not measured": "no hue varies on both networks"})
    numbers: Dict[str, List[float]] = {"turned": [], "seen": []}
    for seed in study.seeds:
        back = [
            hues.steps(meter, responses(meter, one.sample(seed, fresh=True), comp, edits), shared)
            for one, meter in both
        ]
        drawn = [hues.turned(step, shared, turn_of(one)) for step, (one, _) in zip(back, both)]
        numbers["turned"].append(float(_cosines(*back).mean()))
        numbers["seen"].append(float(_cosines(*drawn).mean()))
    values: Dict[str, Any] = {
        "cosine, turned back": common.table(names, _cosines(*back)),
        "cosine, as drawn": common.table(names, _cosines(*drawn)),
    }
    angles = range(0, 360, 30)
    for name in known:  # which turn of the other network's circle, from its factors on, would fit best
        there = [hues.turned(back[1], shared, {name: angle}) for angle in angles]
        values["cosine by turn of " + name] = common.table(
            angles, [_cosines(back[0], step).mean() for step in there]
        )
    return Reading(numbers, values)


def _circular(study: Study) -> Meter:
    """The meter of a study with hues as points on the circle."""
    w = study.gen.w(n=study.size["unit"], seed=90)
    return Meter(study.gen, hues.Circular(study.scorer, list(HUES)), w)


def turn_of(study: Study) -> Dict[str, float]:
    """By how many degrees the world of a study turns hues; nothing where the world is not known."""
    world = worlds.WORLDS.get(study.world)
    return {} if world is None else {name: getattr(world, shift) for name, shift in HUES.items()}


def _cosines(here: np.ndarray, there: np.ndarray) -> np.ndarray:
    return transfer(Response(here, np.abs(here)), Response(there, np.abs(there))).cosine


class Share(NamedTuple):
    """Components of all latents, and of those whose appearance varies less. plain, less: for measuring."""

    plain: Basis
    less: Basis


def share(study: Study, comp: Any) -> Tuple[Reading, Optional[Share]]:
    """fig3: the first components where appearance has a smaller share of what varies."""
    meter, settings = study.meter, study.settings
    one, other = [[n for n in study.groups[g] if n in meter.names] for g in ("geometry", "appearance")]
    if not one or not other:
        told = "no factor of geometry varies, or none of appearance"
        return Reading({}, {"separation was not measured": told}), None
    pool = study.gen.w(n=settings["pool"][study.size_name], seed=8000)
    factors = in_blocks(meter, pool)
    try:
        weigh = weighing(factors, np.where(np.isin(meter.names, other), settings["share"], 1.0))
    except UsageError as error:  # where one factor follows from another, say
        return Reading({}, {"separation was not measured": str(error)}), None
    weight, count = weigh(factors), min(settings["count"], study.gen.dlatent_size)
    few, unit = int(effective(weight)), np.ones(count, np.float32)
    found = [components_of(*rows, count) for rows in ((pool[:few, 0], np.ones(few)), (pool[:, 0], weight))]
    bases = Share(*(Basis(directions.astype(np.float32), unit, comp.mean) for directions in found))
    over = []
    for seed in study.seeds:
        fresh = study.gen.w(n=settings["fresh"][study.size_name], seed=8100 + seed)
        own = fresh[chosen(weigh(in_blocks(meter, fresh)), settings["judged"][study.size_name], seed)]
        measured = (common.part(comp, slice(0, count)), *bases)
        random = [study.random(count, 10 * seed + k) for k in range(settings["randoms"])]
        ends = (fresh[: len(own)], own)
        over.append([over_random(meter, w, measured, random, (one, other)) for w in ends])
    ratios, kept = np.array(over), np.sqrt(weight @ (factors - weight @ factors) ** 2)
    plain, less = ratios[:, 1, 1], ratios[:, 1, 2]
    columns = ("fig3's {} latents".format(study.size["n"]), "{} latents".format(few), "weighted latents")
    values: Dict[str, Any] = {
        "separation on {} latents, by components of".format(kind): common.table(columns, row)
        for kind, row in zip(("all", "weighted"), ratios.mean(axis=0))
    }
    values["sigma of factors of weighted latents"] = common.table(meter.names, kept / factors.std(axis=0))
    return Reading({"share": less.tolist(), "raised": (less / plain).tolist()}, values), bases


def weighing(factors: np.ndarray, shares: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """What weighs latents by their factors so that those of these latents, (N, F), have shares (F,) of their
    variance.
    """
    middle, spread = factors.mean(axis=0), factors.std(axis=0)
    found = strengths((factors - middle) / spread, shares)
    return lambda others: weights((others - middle) / spread, found)


def over_random(
    meter: Meter, w: np.ndarray, bases: Sequence[Basis], random: Sequence[Basis], sides: Any
) -> np.ndarray:
    """Separation (B,) by each of the bases over that by random directions, as in fig3."""
    ratios = [separation(meter, w, basis, len(basis.directions), *sides).ratio for basis in (*bases, *random)]
    return np.array(ratios[: len(bases)]) / np.exp(np.mean(np.log(ratios[len(bases) :])))


def in_blocks(meter: Meter, w: np.ndarray) -> np.ndarray:
    """Factors (N, F) of latents (N, L, D), of which only so many pictures are kept at once."""
    return np.concatenate([meter.factors(w[k : k + BLOCK]) for k in range(0, len(w), BLOCK)])


def detail(study: Study, comp: Any) -> Reading:
    """fig8, detail: changes without what a recolouring of the picture explains, by the power that is left."""
    count, found = min(study.settings["components"], len(comp.directions)), []
    for seed in study.seeds:
        w = study.sample(seed, fresh=True)
        found.append([left_over(study.meter, w, comp, count, *ends) for ends in thirds(study.gen.n_layers)])
    cycles, power = np.array(found).transpose(2, 0, 1)
    values = {
        "cycles a picture without recolouring": common.table(("first third", "last third"), cycles[-1]),
        "share of the change that is no recolouring": common.table(("first third", "last third"), power[-1]),
    }
    return Reading({"detail": (cycles[:, 1] / np.maximum(cycles[:, 0], 1e-9)).tolist()}, values)


def left_over(
    meter: Meter, w: np.ndarray, comp: Any, count: int, first: int, last: int
) -> Tuple[float, float]:
    """Mean frequency of what the first components change on some layers and no recolouring does, over all
    power of it; and its share in the power of the whole change.
    """
    sums = np.zeros(3)
    for k in range(count):
        down, up = both_ways(meter, w, comp, Edit(k, first, last))
        power, moment = spectrum_of(without_recolouring(down, up))
        whole, _ = spectrum_of(up.astype(np.float64) - down)
        sums += power.sum(), moment.sum(), whole.sum()
    return float(sums[1] / max(sums[0], 1e-9)), float(sums[0] / max(sums[2], 1e-9))


def drawings(study: Study) -> Reading:
    """fig8, detail, of the world itself: drawings in which one factor alone changes."""
    draw = drawer(study)
    if draw is None:
        return Reading({}, {"drawings were not measured": "nothing is known of what the network draws"})
    found, limits = [], np.array([[factor.low, factor.high] for factor in worlds.FACTORS]).T
    for seed in study.seeds:
        table = worlds.sample_factors(study.settings["drawn"][study.size_name], DRAWINGS_SEED + 200 + seed)
        rows = {}
        for name in worlds.FACTOR_NAMES:
            ends, f = [], worlds.column(name)
            for sign in (-1, 1):
                moved = table.copy()
                moved[:, f] = np.clip(moved[:, f] + sign * table[:, f].std(), *limits[:, f])
                ends.append(draw(moved))
            cycles = mean_frequency(*ends)
            if np.isfinite(cycles).any():  # of a few drawings none may have stripes, say
                rows[name] = float(np.nanmean(cycles))
        sides = [np.mean([rows[n] for n in study.groups[g] if n in rows]) for g in ("geometry", "appearance")]
        found.append(float(sides[1] / sides[0]))
    return Reading({"drawings": found}, {"cycles a drawing by factor": rows})


def drawer(study: Study) -> Optional[Callable[[np.ndarray], np.ndarray]]:
    """Draws factors (N, F) of `worlds.FACTORS` as the study's world does; None where it is none of ours."""
    if not isinstance(study.scorer, BeetleScorer) or study.world not in worlds.WORLDS:
        return None
    size = study.gen.image_shape[-1]
    return lambda factors: scene.averaged(scene.draw(factors, study.world, max(size, 64)), size)
