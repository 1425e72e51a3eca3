"""Edits of a network that nobody published edits for: searched with `measure.search`, kept in the cache."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Dict, List, Tuple

import numpy as np

from ganspace_tf.cache import Folder, key_of
from ganspace_tf.edits import Edit
from ganspace_tf.measure.effects import at_equal_effect, responses
from ganspace_tf.measure.search import Found, candidates, layer_ranges, search

from .common import Study, number

SEEN = 0.25  # factor sigmas a sigma: what changes its factor less is hardly seen in a picture


def found_edits(study: Study, comp: Any, seed: int = 0) -> Dict[str, Found]:
    """The best edit for each factor, by name of the factor; +1 sigma raises it.

    Searched on the latents of the seed, measured on fresh ones. The same network, components, scorer and
    sizes give what the cache has.
    """
    meter, folder = study.meter, Folder("measurements")
    wanted = {"edits": comp.digest, "model": study.gen.fingerprint, "seed": seed, "algorithm": 1}
    name = "edits-" + key_of(dict(wanted, factors=list(meter.names), size=study.size))[:32]
    entry = folder.read(name)
    if entry is None:
        ranges = layer_ranges(study.gen.n_layers)[: study.size["ranges"]]
        edits = candidates(len(comp.directions), ranges)
        found = search(meter, study.sample(seed), study.sample(seed, fresh=True), comp, edits)
        folder.write(name, {"rows": _rows(found)}, wanted)
    else:
        found = [
            Found(Edit(int(v), int(a), int(b), s), *map(float, rest))
            for v, a, b, s, *rest in entry[0]["rows"]
        ]
    return dict(zip(meter.names, found))


def handles(found: Dict[str, Found], among: Any, count: int) -> List[str]:
    """Names of the factors with the purest edits, best first, of those among; edits that are hardly seen come
    last.
    """
    known = [name for name in found if name in tuple(among)]
    return sorted(known, key=lambda name: (found[name].effect < SEEN, -found[name].purity))[:count]


def drawn(one: Found, strength: float, name: Any = None) -> Edit:
    """A found edit as strong as a picture needs it: its factor moves by `strength` factor sigmas, but by no
    fewer sigma than that, and no more than three times as many.
    """
    sigma = float(np.clip(strength / max(one.effect, 1e-9), strength, 3 * strength))
    return replace(one.edit, sigma=round(one.edit.sigma * sigma, 1), name=name)


def steps(study: Study, comp: Any) -> Tuple[List[Edit], List[str], List[str]]:
    """For each step of the paper the purest edit of a factor that means the same."""
    found, wanted = found_edits(study, comp), study.settings["steps"]
    chosen = [(caption, handles(found, names, 1)) for caption, names in wanted.items()]
    chosen = [(caption, names[0]) for caption, names in chosen if names]
    strong = [drawn(found[name], study.settings["strength"], name) for _, name in chosen]
    return strong, [caption for caption, _ in chosen], [name for _, name in chosen]


def beside(study: Study, comp: Any, lines: Any, names: List[str], found: Dict[str, Any]) -> Any:
    """Effects and leakages by factor (of the last seed), and the ratio of leakages of each seed."""
    meter, wanted, ratios = study.meter, study.settings["effect"], []
    for seed in study.seeds:
        w, table = study.sample(seed, fresh=True), {}
        for k, name in enumerate(names):
            f, edit = meter.names.index(name), found[name].edit
            ours = at_equal_effect(meter, w, comp, edit, f, wanted)
            theirs = at_equal_effect(meter, w, lines, Edit(k), f, wanted)
            cells = {
                "edit": str(edit),
                "cosine": float(comp.directions[edit.component] @ lines.directions[k]),
            }
            for who, reached in (("ours", ours), ("supervised", theirs)):
                cells.update({"{} {}".format(who, key): number(v) for key, v in reached._asdict().items()})
            table[name] = cells
        pairs = [(one["ours leakage"], one["supervised leakage"]) for one in table.values()]
        logs = [np.log(max(a, 1e-3) / max(b, 1e-3)) for a, b in pairs if a is not None and b is not None]
        ratios.append(float(np.exp(np.mean(logs))) if logs else float("nan"))
    return table, ratios


def cleanest_layers(study: Study, comp: Any, count: int, seed: int = 0) -> List[Tuple[Edit, int]]:
    """For each component the layers where the share of its main factor in the change is largest, as `rank`
    chooses them, on the latents of a seed; and the column of that factor.
    """
    ranges, w, best = layer_ranges(study.gen.n_layers)[: study.size["ranges"]], study.sample(seed), []
    for k in range(count):
        found = responses(study.meter, w, comp, [Edit(k, first, last) for first, last in ranges])
        main = int(np.abs(found.mean[0]).argmax())  # of the first range, which is all layers
        strong = np.abs(found.mean[:, main]) >= 0.5 * np.abs(found.mean[0, main])
        cleanest = int(np.where(strong, found.purity()[:, main], -1).argmax())
        best.append((Edit(k, *ranges[cleanest]), main))
    return best


def _rows(found: List[Found]) -> np.ndarray:
    return np.array(
        [
            (one.edit.component, one.edit.first_layer, one.edit.last_layer, one.edit.sigma)
            + (one.effect, one.leakage, one.purity)
            for one in found
        ],
        np.float64,
    )
