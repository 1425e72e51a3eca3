"""Methods side by side as a page: for each factor the best edit of each, on the same seeds, and numbers."""

from __future__ import annotations

from typing import Any, Iterable, List, Sequence, Tuple

import numpy as np

from ganspace_tf.measure import charts, page
from ganspace_tf.measure.beside import SEEDS, WANTED, Beside, Shown
from ganspace_tf.notation import format_sigma

TITLE = "Methods that find directions"
HOW = (
    "For each factor the best single edit of each method, the one that leaks least first. All are as strong "
    "as changes the factor by {:g} of its sigmas on other pictures, to both sides. Those that are not strong "
    "enough with 20 of their own sigmas come last, and it is said how far these go. Leakage is the change of "
    "all other factors for each unit of this one: 0 would be nothing else."
)
STYLE = """
.jump { display: flex; flex-wrap: wrap; gap: .3rem .9rem; margin: .6rem 0; padding: 0; list-style: none }
.jump a { color: var(--plus) } .across { overflow-x: auto }
"""


def methods_page(
    head: str, columns: Sequence[Tuple[str, str]], cells: Iterable[Sequence[Any]], found: Beside
) -> bytes:
    """The page. head: a line on network and scorer; columns: of the table of numbers, each with what it is;
    cells: its rows, a method each; found: pictures.
    """
    names = [name for name, _ in found.factors]
    links = "".join(
        '<li><a href="#{0}">{1}</a></li>'.format(page.escaped(name), page.escaped(_plain(name)))
        for name in names
    )
    parts = [
        page.text(head),
        page.table(["method", *(name for name, _ in columns)], cells),
        "<details><summary>what the columns are</summary>{}</details>".format(
            page.table(["column", "what it is"], columns)
        ),
        page.heading("The best edits, side by side"),
        page.text(HOW.format(WANTED)),
        '<ul class="jump">{}</ul>'.format(links),
    ]
    for name, shown in found.factors:
        parts += _factor(name, shown, found.unedited)
    return page.page(TITLE, parts, charts.STYLE + STYLE)


def _factor(name: str, shown: Sequence[Shown], unedited: np.ndarray) -> List[str]:
    """A row a method below the unedited pictures."""
    plain = np.repeat(unedited, 2, axis=0)
    labels = [("unedited", "")] + [(one.method, _said(one)) for one in shown]
    heads = ["seed {} {}".format(seed, sign) for seed in SEEDS for sign in "−+"]
    cells = np.stack([plain] + [one.frames for one in shown])
    alt = "{}: the best edit of {} methods, a row each".format(_plain(name), len(shown))
    return [
        '<h3 id="{}">{}</h3>'.format(page.escaped(name), page.escaped(_plain(name))),
        charts.frames(cells, heads, labels, alt, 112),
    ]


def _said(one: Shown) -> str:
    """The edit, its strength and its leakage."""
    reached = one.reached
    words = "{} = {}: leakage {:.2g}".format(
        one.called, format_sigma(round(reached.sigma, 2)), reached.leakage
    )
    if one.short:
        words += ", effect {:+.2g} only".format(reached.effect)
    return words


def _plain(factor: str) -> str:
    return factor.replace("_", " ")
