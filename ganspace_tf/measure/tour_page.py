"""A tour as a page: pictures, spectrum, components, named edits with bars of what they change, a film."""

from __future__ import annotations

from typing import Any, Dict, List, Sequence, Tuple

import numpy as np

from ganspace_tf.demo.worlds import FACTORS
from ganspace_tf.measure import charts, page, page_script
from ganspace_tf.measure.charts import Bar, half_width, measured
from ganspace_tf.measure.page import escaped
from ganspace_tf.measure.sweep import Change
from ganspace_tf.measure.tour import RANDOM, SHEET_SIGMAS, STRIPS, Shown, Tour
from ganspace_tf.render.picture import sigma_label

UNITS = {factor.name: factor.unit for factor in FACTORS if factor.unit != "0 to 1"}
SAME = 0.99  # cosine; components from fewer samples than the names were given to are not quite the same
TITLE = "Handles on a trained GAN"
IDEA = (
    "A GAN turns random numbers into pictures, and nobody knows which number does what. GANSpace samples "
    "many of its inner latents w, finds their principal components, and moves pictures along one component "
    "on some of the layers: handles that nobody had to label."
)
LEAST = 0.5  # share of a change from which one may say that it is mostly this
NEXT = (
    ("docs/flow.md", "the way of the data, from the network file to the picture"),
    ("docs/world.md", "the drawn world, its factors and the scorer that measured them"),
    ("docs/experiments.md", "every figure of the papers, one command each, with numbers that can fail"),
    ("docs/cli.md", "every command"),
    ("notebooks/", "the same step by step in Python"),
)


def tour_page(
    found: Tour, network: str, about: str, film: bytes, commands: Sequence[Tuple[str, Sequence[str]]]
) -> bytes:
    """The page. network: its name; about: a sentence on it; film: a GIF; commands: to go on with, groups of
    (sentence, lines).
    """
    parts = [page.text(IDEA, "lead"), page.text(about, "soft")]
    parts.append(
        charts.frames(_rows(found.samples), alt="{} pictures of {}".format(len(found.samples), network))
    )
    parts += _spectrum(found.comp, found.against_random)
    parts += _sheet(found)
    parts += [
        page.heading("{} edits with names".format(_count(len(found.edits)))),
        page.text(_how(found.latents)),
    ]
    for one in found.edits:
        parts += _edit(one)
    parts += [
        page.heading("Moving"),
        page.text("The edits from end to end, a column each."),
        '<p class="film">{}</p>'.format(page.image(film, "the edits as a film", "gif")),
    ]
    parts += [page.heading("Your turn")]
    for sentence, lines in commands:
        parts += [page.text(sentence), page.commands(lines)]
    parts += [page.heading("Where to go next"), page.table(("in the repository", "what it is"), NEXT)]
    return page.page(TITLE, parts, charts.STYLE + page_script.STYLE + STYLE, page_script.SCRIPT)


STYLE = """
.lead { font-size: 1.15rem } .film img { display: block; border-radius: 6px; background: #fff; padding: 8px }
.sides { display: grid; grid-template-columns: minmax(0, 19rem) minmax(0, 1fr); gap: 1rem 2.5rem;
  margin: 1rem 0 }
.sides p { margin-top: 0 } @media (max-width: 52rem) { .sides { grid-template-columns: minmax(0, 1fr) } }
"""


def edit_facts(one: Shown) -> Dict[str, Any]:
    """What was measured of an edit, as JSON values; changes in the scorer's own units."""
    rows = {
        change.factor: {
            "change": change.found.mean * change.unit,
            "low": change.found.low * change.unit,
            "high": change.found.high * change.unit,
            "unit": UNITS.get(change.factor, ""),
            "factor_sigmas": change.found.mean,
        }
        for change in one.swept.changes
    }
    return {
        "name": one.handle.name,
        "edit": one.handle.edit.place,
        "sigma": [one.handle.start, one.handle.end],
        "purity": one.swept.purity,
        "leakage": one.swept.leakage,
        "changes": rows,
    }


def told(change: Change) -> str:
    """A factor and its change in its own unit: "angle +61.3 ± 1.9 degrees"."""
    return "{} {}".format(_plain(change.factor), _amount(change))


def _amount(change: Change) -> str:
    mean, half = change.found.mean * change.unit, half_width(change.found) * change.unit
    return measured(mean, half, UNITS.get(change.factor, ""))


def _spectrum(comp: Any, against_random: float) -> List[str]:
    shares = np.asarray(comp.variance_ratio, np.float64)
    names = ["v{}".format(k) for k in range(len(shares))]
    few = min(3, len(shares))
    words = "Of the variance of w, the first {} components hold {:.0%}, all {} hold {:.0%}. ".format(
        few, shares[:few].sum(), len(shares), shares.sum()
    )
    words += (
        "From −1 to +1 sigma, v0 changes pictures {:.1f} times as much as a random direction (mean of {})."
    ).format(against_random, RANDOM)
    rows = [
        (name, share, total, float(sigma))
        for name, share, total, sigma in zip(names, shares.tolist(), shares.cumsum().tolist(), comp.stdev)
    ]
    numbers = page.table(("component", "share of variance", "so far", "one sigma"), rows)
    return [
        page.heading("{:,} latents, {} principal components".format(comp.settings["n"], len(shares))),
        page.text(words),
        charts.columns(names, shares.tolist()),
        "<details><summary>all numbers</summary>\n{}\n</details>".format(numbers),
    ]


def _sheet(found: Tour) -> List[str]:
    labels = [("v{}".format(k), _share(factor, share)) for k, (factor, share) in enumerate(found.mostly)]
    heads = [sigma_label(sigma) for sigma in SHEET_SIGMAS]
    return [
        page.heading("What each component does"),
        page.text(
            "The mean latent, moved along each component on all layers. Beside it the factor that changes "
            "most, and its share of the whole change; below a half, a component changes several things."
        ),
        charts.frames(found.sheet, heads, labels, "a component a row, strengths from left to right", 112),
    ]


def _how(latents: int) -> str:
    return (
        "One component on a few layers can do one thing. The pictures are seeds {}; what changes was "
        "measured by a scorer on {} others: mean change from the left end to the right, with its 95 % "
        "interval. Bars are in spreads of the factor over the network's own pictures."
    ).format(", ".join(str(seed) for seed in STRIPS), latents)


def _edit(one: Shown) -> List[str]:
    handle, main = one.handle, one.swept.changes[0]
    heads = [sigma_label(round(sigma, 2)) for sigma in one.sigmas]
    words = (
        "From the left to the right {}, which is {:.1f} times its spread. Purity {:.2f}: 1 would mean that "
        "nothing else changes. Leakage {:.2f}: change of all other factors for each unit of this one."
    )
    words = words.format(told(main), abs(main.found.mean), one.swept.purity, one.swept.leakage)
    if handle.cosine is not None and abs(handle.cosine) < SAME:
        words += " The name is that of a direction with cosine {:.2f} to this one.".format(abs(handle.cosine))
    rows = [
        Bar(_plain(change.factor), change.found.mean, half_width(change.found), _amount(change))
        for change in one.swept.changes
    ]
    return [
        "<h3>{}<code>{}</code></h3>".format(escaped(handle.name), escaped(handle.edit.place)),
        charts.frames(one.frames, heads, alt="{}: {}".format(handle.name, told(main)), slider=True),
        '<div class="sides">{}{}</div>'.format(page.text(words), charts.bars(rows)),
    ] + _beside(one, heads)


def _beside(one: Shown, heads: List[str]) -> List[str]:
    """The same strengths along what the edit has to beat."""
    if not one.beside:
        return []
    chosen = (one.handle.edit.place, "purity {:.2f}".format(one.swept.purity))
    labels = [chosen] + [
        (rival.label, "purity {:.2f}, of {}".format(rival.purity, _plain(rival.factor)))
        for rival in one.beside
    ]
    cells = np.stack([one.frames[0]] + [rival.frames for rival in one.beside])
    return [
        page.text("Why this component on these layers: the same strengths otherwise.", "soft"),
        charts.frames(
            cells, heads, labels, "the edit beside its component on all layers and a random direction", 96
        ),
    ]


def _rows(samples: np.ndarray) -> np.ndarray:
    """Samples (N, H, W, 3) in rows of eight."""
    wide = min(8, len(samples))
    return samples[: len(samples) // wide * wide].reshape((-1, wide) + samples.shape[1:])


def _plain(factor: str) -> str:
    return factor.replace("_", " ")


def _share(factor: str, share: float) -> str:
    """What a component changes, as plainly as its share allows."""
    words = "mostly {}, {:.0%}" if share >= LEAST else "several things, most of all {}, {:.0%}"
    return words.format(_plain(factor), share)


def _count(number: int) -> str:
    return {1: "One", 2: "Two", 3: "Three", 4: "Four"}.get(number, str(number))
