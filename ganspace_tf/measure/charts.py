"""Small charts and rows of frames as HTML, for `page`: text stays text, and a phone's width is enough."""

from __future__ import annotations

import math
from typing import Any, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from ganspace_tf.measure.page import escaped, frame

STYLE = """
.frames { display: grid; grid-template-columns: repeat(var(--columns), minmax(0, 1fr)); gap: 3px;
  margin: 1rem 0 .4rem; max-width: calc(var(--columns) * (var(--widest) + 3px)) }
.frames img { display: block; width: 100%; border-radius: 3px; image-rendering: pixelated }
.frames span { font-size: .78rem; line-height: 1.3; color: var(--soft); text-align: center }
.frames.labelled { grid-template-columns: 9.5rem repeat(var(--columns), minmax(0, 1fr));
  max-width: calc(9.5rem + var(--columns) * (var(--widest) + 3px)) }
.frames .label { align-self: center; text-align: left; padding-right: .5rem } .label b { color: var(--ink) }
.bars { margin: 0; font-size: .84rem; line-height: 1.35 }
.bar { display: grid; grid-template-columns: 8.8rem 1fr 16rem; align-items: center; column-gap: .6rem }
.track { position: relative; height: 1.25rem; background: linear-gradient(var(--line), var(--line)) center/1px
  100% no-repeat }
.track i { position: absolute; top: .25rem; bottom: .25rem; border-radius: 2px; background: var(--plus) }
.track i.minus { background: var(--minus) } .track u { position: absolute; top: calc(50% - 1px); height: 2px;
  background: var(--ink); opacity: .55 }
.bar .value { font-variant-numeric: tabular-nums; color: var(--soft); white-space: nowrap }
.bar.main .name, .bar.main .value { font-weight: 600; color: var(--ink) }
.columns { display: flex; align-items: flex-end; gap: 3px; height: 9rem; max-width: 44rem; margin: 1.2rem 0 }
.columns div { flex: 1; min-width: 0; height: 100%; display: flex; flex-direction: column;
  justify-content: flex-end; align-items: center; font-size: .68rem; line-height: 1.5; color: var(--soft);
  font-variant-numeric: tabular-nums; white-space: nowrap }
.columns i { width: 100%; background: var(--plus); border-radius: 2px 2px 0 0; min-height: 1px }
@media (max-width: 40rem) {
  .bar { grid-template-columns: 1fr auto; margin-bottom: .35rem }
  .bar .track { grid-row: 2; grid-column: 1 / 3; height: .7rem } .track i { top: .12rem; bottom: .12rem }
  .frames.labelled { grid-template-columns: repeat(var(--columns), minmax(0, 1fr)) }
  .frames .label { grid-column: 1 / -1; padding-top: .5rem } .label br { display: none }
  .frames .corner { display: none } .columns .odd { visibility: hidden }
  .frames.folding { grid-template-columns: repeat(4, minmax(0, 1fr)) } }
"""


def measured(mean: float, half: float, unit: str = "") -> str:
    """A number and half its interval, to the digits that the interval leaves: "−0.0042 ± 0.0013 metres"."""
    if half > 0:
        places = max(0, 1 - math.floor(math.log10(half)))
        words = "{:+.{}f} ± {:.{}f}".format(mean, places, half, places)
    else:
        words = "{:+.3g}".format(mean)
    return (words + " " + unit).strip().replace("-", "−")


class Bar(NamedTuple):
    """One row of `bars`. length: signed; error: half the interval around it; value: the words beside it."""

    name: str
    length: float
    error: float
    value: str


def bars(rows: Sequence[Bar], shown: int = 8) -> str:
    """Signed bars from the middle, the longest fills its side; the first row is the one that matters.

    Rows beyond the first `shown` are folded away.
    """
    longest = max([abs(row.length) + row.error for row in rows] + [1e-12])
    lines: List[str] = []
    for k, row in enumerate(rows):
        share, error = 50 * row.length / longest, 50 * row.error / longest
        cells = (
            '<span class="name">{}</span><span class="track">{}{}</span><span class="value">{}</span>'.format(
                escaped(row.name),
                _span("i", min(0, share), abs(share), "minus" if share < 0 else "plus"),
                _span("u", share - error, 2 * error, "error"),
                escaped(row.value),
            )
        )
        lines.append('<div class="bar{}">{}</div>'.format("" if k else " main", cells))
    first, rest = "\n".join(lines[:shown]), "\n".join(lines[shown:])
    if rest:
        folded = "<details><summary>{} smaller changes</summary>\n{}\n</details>"
        first += folded.format(len(lines) - shown, rest)
    return '<div class="bars">\n{}\n</div>'.format(first)


def columns(names: Sequence[str], heights: Sequence[float]) -> str:
    """Upright columns with their names below, the highest as high as the chart, and shares as tooltips."""
    highest, cells = max([*heights, 1e-12]), []
    for k, (name, height) in enumerate(zip(names, heights)):
        label = '<span class="{}">{}</span>'.format("odd" if k % 2 else "even", escaped(name))
        column = '<i style="height:{:.1f}%"></i>'.format(90 * height / highest)
        cells.append('<div title="{}: {:.1%}">{}{}</div>'.format(escaped(name), height, column, label))
    return '<div class="columns">{}</div>'.format("".join(cells))


def frames(
    cells: np.ndarray,
    heads: Sequence[str] = (),
    labels: Optional[Sequence[Tuple[str, str]]] = None,
    alt: str = "",
    widest: int = 128,
    slider: bool = False,
) -> str:
    """Frames (R, S, H, W, 3) uint8 as a table of pictures, each at most `widest` pixels wide.

    heads: S words above the columns. labels: R pairs (word, what is said below it), left of the rows, above
    them on a phone. alt: what all of it shows. Without heads and labels a narrow page has four columns.
    slider: let `page_script` show one column at a time, large.
    """
    R, S = cells.shape[:2]
    kind = "frames labelled" if labels else "frames" if heads else "frames folding"
    corner = ['<span class="corner"></span>'] if labels else []
    parts = (corner if heads else []) + [
        '<span class="head">{}</span>'.format(escaped(head)) for head in heads
    ]
    for r in range(R):
        if labels:
            word, below = (escaped(part) for part in labels[r])
            parts.append('<span class="label"><b>{}</b><br> {}</span>'.format(word, below))
        parts += [frame(cells[r, s]) for s in range(S)]
    style = "--columns:{};--widest:{}px".format(S, widest)
    slide = ' data-slide="{}"'.format(S) if slider else ""
    return '<div class="{}" style="{}" role="img" aria-label="{}"{}>\n{}\n</div>'.format(
        kind, style, escaped(alt), slide, "\n".join(parts)
    )


def _span(tag: str, left: float, width: float, kind: str) -> str:
    """A piece of a track; left from the middle and width in percent of the track."""
    return '<{0} class="{3}" style="left:{1:.2f}%;width:{2:.2f}%"></{0}>'.format(tag, 50 + left, width, kind)


def half_width(found: Any) -> float:
    """Half of an `Interval`."""
    return float(found.high - found.low) / 2
