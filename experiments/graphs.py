"""Line charts and intervals as inline SVG: no scripts, text stays text, colours follow the page."""

from __future__ import annotations

import math
from typing import Any, Dict, List, Mapping, Sequence, Tuple

from ganspace_tf.measure.claims import verdict_of
from ganspace_tf.measure.page import VERDICT_KINDS, escaped

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 420, 220, 46, 12, 10, 40
MOST_LABELS = 11  # along x
LETTER, GAP = 6.0, 6.0  # pixels: what a letter of a label takes at most, and what is left between two

STYLE = """
.charts { display: grid; gap: 1rem 2rem; margin: 1rem 0;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 21rem), 1fr)) }
.chart { margin: 0; max-width: 30rem } .chart svg { width: 100%; height: auto; display: block }
.chart figcaption { color: inherit; font-size: .9rem; font-weight: 600 }
.key { font-size: .8rem; font-weight: 400; margin-right: .9rem }
.chart text { font-size: 11px; fill: currentColor; opacity: .75 }
.chart .rule { stroke: currentColor; opacity: .15 } .chart path { fill: none; stroke-width: 2 }
.l0 { stroke: #1d8558; fill: #1d8558; color: #1d8558 } .l1 { stroke: #c4602a; fill: #c4602a; color: #c4602a }
.l2 { stroke: #5b7fc5; fill: #5b7fc5; color: #5b7fc5 } .l3 { stroke: #a8851f; fill: #a8851f; color: #a8851f }
.range { width: 9rem; height: 1.35rem; display: block } .range .axis { stroke: currentColor; opacity: .25 }
.range .bound { stroke: currentColor; stroke-width: 1.5; stroke-dasharray: 3 2 }
.range .yes { stroke: var(--plus); fill: var(--plus) } .range .no { stroke: var(--minus); fill: var(--minus) }
.range .open { stroke: var(--soft); fill: var(--soft) }
"""

Points = List[Tuple[str, float]]  # label along x, height


def charts(asked: Sequence[Mapping[str, Any]], values: Mapping[str, Any]) -> str:
    """The charts of a figure: `asked` as in its settings, `values` as in its metrics.json. A chart whose
    numbers are not there (published cases measure less) is left out.
    """
    found = [(row, lines_of(row, values)) for row in asked]
    parts = [chart(row["title"], row["x"], lines) for row, lines in found if lines]
    return '<div class="charts">\n{}\n</div>'.format("\n".join(parts)) if parts else ""


def lines_of(asked: Mapping[str, Any], values: Mapping[str, Any]) -> "Dict[str, Points]":
    """The lines of one chart by name: tables of numbers (`lines`: name → key), or a column `y` over the
    column `x` of every table of rows under the key `rows`.
    """
    if "rows" in asked:
        tables = values.get(asked["rows"], {})
        return {
            name: [(format(row[asked["x"]], "g"), float(row[asked["y"]])) for row in rows]
            for name, rows in tables.items()
        }
    return {
        name: [(str(label), float(number)) for label, number in values[key].items()]
        for name, key in asked["lines"].items()
        if key in values
    }


def chart(title: str, along: str, lines: Mapping[str, Points]) -> str:
    """A figure with a line for each entry; equal labels share a place along x, in the order of the longest
    line.
    """
    longest = max(lines.values(), key=len)
    places = {label: k for k, (label, _) in enumerate(longest)}
    ticks = _ticks([height for points in lines.values() for _, height in points])
    low, high = ticks[0], ticks[-1]

    def x(label: str) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * (places[label] + 0.5) / len(places)

    def y(height: float) -> float:
        return TOP + (HEIGHT - TOP - BOTTOM) * (high - height) / (high - low)

    parts = [
        '<line class="rule" x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}"/><text x="{3}" y="{4:.1f}" '
        'text-anchor="end">{5:g}</text>'.format(LEFT, WIDTH - RIGHT, y(tick), LEFT - 6, y(tick) + 4, tick)
        for tick in ticks
    ]
    every = _sparse(list(places))
    parts += [
        '<text x="{:.1f}" y="{}" text-anchor="middle">{}</text>'.format(x(label), HEIGHT - 22, escaped(label))
        for label, k in places.items()
        if k % every == 0
    ]
    parts.append(
        '<text x="{}" y="{}" text-anchor="middle">{}</text>'.format(
            (LEFT + WIDTH - RIGHT) / 2, HEIGHT - 5, escaped(along)
        )
    )
    for k, points in enumerate(lines.values()):
        at = [(x(label), y(height)) for label, height in points if label in places]
        parts.append('<path class="l{}" d="M{}"/>'.format(k % 4, " L".join("%.1f,%.1f" % one for one in at)))
        parts += ['<circle class="l{}" cx="{:.1f}" cy="{:.1f}" r="2.5"/>'.format(k % 4, *one) for one in at]
    keys = "".join(
        '<span class="key"><b class="l{}">●</b> {}</span>'.format(k % 4, escaped(name))
        for k, name in enumerate(lines)
    )
    drawing = '<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg>'.format(
        WIDTH, HEIGHT, escaped(title), "".join(parts)
    )
    caption = "<figcaption>{}<br>{}</figcaption>".format(escaped(title), keys if len(lines) > 1 else "")
    return '<figure class="chart">{}{}</figure>'.format(caption, drawing)


def interval(claim: Mapping[str, Any]) -> str:
    """A claim's interval as a bar with its mean, and the bound as a dashed line."""
    low, high = min(claim["low"], claim["bound"]), max(claim["high"], claim["bound"])
    room = (high - low) * 0.1 or 1.0
    low, high = low - room, high + room
    at = [160 * (claim[key] - low) / (high - low) for key in ("low", "mean", "high", "bound")]
    parts = (
        '<line class="axis" x1="0" x2="160" y1="12" y2="12"/>',
        '<line class="bound" x1="{3:.1f}" x2="{3:.1f}" y1="1" y2="23"/>',
        '<line class="{4}" x1="{0:.1f}" x2="{2:.1f}" y1="12" y2="12" stroke-width="4"/>',
        '<circle class="{4}" cx="{1:.1f}" cy="12" r="4.5"/>',
    )
    drawing = "".join(parts).format(*at, VERDICT_KINDS[verdict_of(claim)])
    return '<svg class="range" viewBox="0 0 160 24" aria-hidden="true">{}</svg>'.format(drawing)


def _sparse(labels: Sequence[str]) -> int:
    """Of so many labels one is shown: the least number with which none touches the next."""
    apart = (WIDTH - LEFT - RIGHT) / len(labels)
    for every in range(-(-len(labels) // MOST_LABELS), len(labels)):
        shown = labels[::every]
        if all(
            (len(one) + len(other)) / 2 * LETTER + GAP <= every * apart
            for one, other in zip(shown, shown[1:])
        ):
            return every
    return len(labels)


def _ticks(heights: Sequence[float]) -> List[float]:
    """Round numbers from below the lowest to above the highest, 0 among them where it is near."""
    low, high = min(heights), max(heights)
    low = 0.0 if 0 <= low < 0.5 * high else low
    span = (high - low) or abs(high) or 1.0
    step = 10 ** math.floor(math.log10(span / 3))
    step *= next(factor for factor in (1, 2, 5, 10) if span / (step * factor) <= 4.5)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [round(k * step, 10) for k in range(first, max(last, first + 1) + 1)]
