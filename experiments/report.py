"""The report: what is claimed and the verdict on it, then figure by figure what is said and what was
measured. One HTML file that needs no other.
"""

from __future__ import annotations

import json
import os
from collections import OrderedDict
from typing import Any, Dict, List, Mapping

from ganspace_tf.measure import page
from ganspace_tf.measure.claims import FAILS, HOLDS, UNDECIDED, counted, verdict_of
from ganspace_tf.measure.page import escaped

from . import graphs
from .common import facts

TITLE = "GANSpace, figure by figure"
ABOUT = (
    "A GAN turns random numbers into pictures. GANSpace (Härkönen et al. 2020) looks for directions "
    "among these numbers along which pictures change in ways that people have words for, without being "
    "told what to look for: the principal components of the network's inner latents w. E(v3, 0-4) is an "
    "edit along component 3 on the style layers 0 to 4; one sigma is how far w usually goes along it. "
    "This page makes the papers' figures again and measures what they say, so that it can turn out "
    "wrong."
)
READING = (
    "A claim is a sentence of the papers, in our words, or one that takes such a claim apart, with a "
    "number that decides it and a bound that was written down before the first measurement (CHANGELOG.md "
    "tells of later changes). The number is measured with three or more seeds of sampling: the dot is the "
    "mean, the bar its 95 % confidence interval, the dashed line the bound. A claim holds if the whole "
    "bar is on the side of the bound where it has to be, and fails if the whole bar is on the other side; "
    "where the bar lies across the bound, the measurement leaves it undecided. Changes are in factor "
    "sigmas: a factor (hue, angle, …) is read off the pictures by a scorer, and its sigma is its standard "
    "deviation over the network's own pictures."
)
QUICK = "Made with few samples (--quick), to see that it runs: the numbers are no evidence."
MARKS = {HOLDS: "✓ holds", FAILS: "✗ fails", UNDECIDED: "? undecided"}
STYLE = """
.lead { font-size: 1.1rem } .scroll { overflow-x: auto } .count { font-size: 1.25rem; font-weight: 600 }
table.claims { width: 100% } table.claims th { font-size: .8rem; font-weight: 600; color: var(--soft) }
table.claims .what { font-size: .86rem; color: var(--soft) } table.claims td { padding: .55rem .7rem }
table.claims td:last-child { font-weight: 600; white-space: nowrap; width: 9.5rem }
table.claims .number { white-space: nowrap; text-align: left; width: 1% } table.claims .bar { width: 10rem }
a { color: inherit } .made img { display: block } details { overflow-x: auto }
details td { font-size: .82rem } .warn { border-left: 4px solid var(--minus); padding-left: .8rem }
@media (max-width: 44rem) {
  table.claims, table.claims tbody, table.claims tr, table.claims td { display: block; width: 100% }
  table.claims tr { border-bottom: 1px solid var(--line); padding: .5rem 0 }
  table.claims tr.head { display: none }
  table.claims td, table.claims td.number { border: 0; padding: .1rem 0; width: 100% }
  table.claims .has::before { content: "has to be " } }
"""


def report(results: Mapping[str, str]) -> bytes:
    """The page. results: by figure the folder of its metrics.json, or a line that says why there is none."""
    made: "Dict[str, Dict[str, Any]]" = OrderedDict()
    for figure, result in results.items():
        path = os.path.join(result, "metrics.json")
        if os.path.isfile(path):
            with open(path, encoding="utf-8") as stream:
                made[figure] = json.load(stream)
    parts = [page.text(ABOUT, "lead")] + _networks(made) + _summary(made)
    for figure, result in results.items():
        if figure in made:
            parts += _figure(figure, made[figure], result)
        else:
            parts += [_heading(figure, figure), page.text("not made: " + result, "no")]
    return page.page(TITLE, parts, graphs.STYLE + STYLE)


def _networks(made: Mapping[str, Any]) -> List[str]:
    """Which networks the numbers are of, and how they were measured."""
    quick, lines = facts("settings", "common")["quick"], OrderedDict()
    for metrics in made.values():
        lines[metrics["network"], metrics["caption"], metrics["fingerprint"], metrics["scorer"]] = None
    rows = [(name, caption, mark[:12], scorer) for name, caption, mark, scorer in lines]
    parts = ['<div class="scroll">', page.table(("network", "parameters", "fingerprint", "scorer"), rows)]
    few = any(metrics["sizes"] == quick for metrics in made.values())
    return parts + ["</div>"] + ([page.text(QUICK, "warn")] if few else [])


def _summary(made: Mapping[str, Any]) -> List[str]:
    """Every claim in a row, with a link to its figure."""
    claims = [claim for metrics in made.values() for claim in metrics["claims"]]
    parts = [
        page.heading("What is claimed, and whether it holds"),
        page.text(counted(claims), "count"),
        page.text(READING),
    ]
    rows = [
        _claim(claim, '<a href="#{}">{}</a>'.format(escaped(figure), escaped(metrics["title"])))
        for figure, metrics in made.items()
        for claim in metrics["claims"]
    ]
    return parts + [_claims(rows)] if claims else parts


def _figure(figure: str, metrics: Mapping[str, Any], folder: str) -> List[str]:
    settings = facts("settings", figure)
    parts = [_heading(figure, metrics["title"])]
    parts += [page.text(settings["shows"])] if "shows" in settings else []
    for name in metrics["pictures"]:
        drawing = page.picture(os.path.join(folder, name), metrics["title"])
        parts.append('<div class="made">{}</div>'.format(drawing))
    parts.append(page.text(metrics["caption"], "soft"))
    if metrics["claims"]:
        parts.append(_claims([_claim(claim, escaped(claim["measured"])) for claim in metrics["claims"]]))
    else:
        parts.append(page.text("A published case: it is drawn, and nothing is claimed of it.", "soft"))
    parts.append(graphs.charts(settings.get("charts", []), metrics["values"]))
    parts.append(page.values(metrics["values"]))
    return parts


def _heading(name: str, words: str) -> str:
    return '<h2 id="{}">{}</h2>'.format(escaped(name), escaped(words))


def _claims(rows: List[str]) -> str:
    names = ("claim", "", "measured", "has to be", "verdict")
    head = "".join("<th>{}</th>".format(name) for name in names)
    return '<table class="claims">\n<tr class="head">{}</tr>\n{}\n</table>'.format(head, "\n".join(rows))


def _claim(claim: Mapping[str, Any], below: str) -> str:
    """A row. below: HTML under the statement."""
    sign = "above" if claim["at_least"] else "below"
    says, verdict = claim["says"][:1].upper() + claim["says"][1:], verdict_of(claim)
    number = "{:.3g} [{:.3g}, {:.3g}]".format(claim["mean"], claim["low"], claim["high"])
    cells = [
        '<td>{}<div class="what">{}</div></td>'.format(escaped(says), below),
        '<td class="bar">{}</td>'.format(graphs.interval(claim)),
        '<td class="number">{}</td>'.format(number.replace("-", "−")),
        '<td class="number has">{} {:g}</td>'.format(sign, claim["bound"]),
        '<td class="{}">{}</td>'.format(page.VERDICT_KINDS[verdict], MARKS[verdict]),
    ]
    return "<tr>{}</tr>".format("".join(cells))
