"""Photos beside their projections as a page: three pictures each, how the steps went, and the report."""

from __future__ import annotations

from typing import Any, List, Mapping, Sequence, Tuple

import numpy as np

from ganspace_tf.measure import page
from ganspace_tf.measure.page import escaped

STYLE = """
.panels { display: grid; grid-template-columns: repeat(3, minmax(0, 20rem)); gap: .8rem; margin: .8rem 0 }
.panels figure { margin: 0 }
.panels ~ table td:last-child { white-space: nowrap }
.panels img { display: block; width: 100%; border-radius: 4px; image-rendering: pixelated }
.curve { color: var(--plus); width: 100%; max-width: 40rem; height: 9rem; display: block }
.curve text { fill: var(--soft); font-size: 11px } .curve line { stroke: var(--line) }
@media (max-width: 40rem) { .panels { gap: .4rem } .curve { height: auto } .curve text { font-size: 17px } }
.warn { border-left: 4px solid var(--minus); padding-left: .8rem }
"""
CAPTIONS = ("the photo", "the projection", "projection less photo, × 4")
WIDE, HIGH, LEFT, BELOW = 640.0, 144.0, 44.0, 20.0  # of the drawing of the steps, and room for its words


def photo_page(facts: Mapping[str, Any], pictures: Sequence[Any]) -> bytes:
    """The page. facts: of `ganspace project --json`; pictures: `render.projected.Panels` of each row."""
    rows = facts["rows"]
    parts: List[str] = [
        page.text(
            "{} on {}, {}: {}".format(
                "1 photo" if len(rows) == 1 else "{} photos".format(len(rows)),
                facts["network"],
                facts["space"],
                facts["out"],
            ),
            "soft",
        )
    ]
    if facts["stopped"]:
        parts.append(page.text("Stopped by {}: the best so far.".format(facts["stopped"]), "warn"))
    for row, panels in zip(rows, pictures):
        parts += _photo(row, panels)
    parts.append(page.heading("What next"))
    parts.append(
        page.commands(
            [
                "ganspace sample {} --latents {} --out again.png".format(facts["network"], facts["out"]),
                'ganspace edit {} --latents {} --components c.npz --edit "E(v1, 0-4)" --out strip.png'.format(
                    facts["network"], facts["out"]
                ),
            ]
        )
    )
    return page.page("From photos to latents", parts, STYLE)


def _photo(row: Mapping[str, Any], panels: Sequence[np.ndarray]) -> List[str]:
    figures = [
        "<figure>{}<figcaption>{}</figcaption></figure>".format(
            page.frame(pixels, "{}: {}".format(row["name"], caption)), escaped(caption)
        )
        for pixels, caption in zip(panels, CAPTIONS)
    ]
    parts = [page.heading(row["name"]), '<div class="panels">{}</div>'.format("".join(figures))]
    parts += [page.text(text, "warn") for text in row["warnings"]]
    told = [
        ("PSNR of the 8-bit picture, where the photo counts", "{:.1f} dB".format(row["psnr"])),
        ("w from the mean of all w (a random w: 1 σ)", "{:.2f} σ".format(row["distance"])),
        ("the layers of w+ from one another", "{:.2f} σ".format(row["spread"])),
        ("method", row["method"]),
        ("gradients: of this start, of all", "{}, {}".format(row["steps"], row["gradients"])),
    ]
    if "noise_share" in row:
        told.append(("of what was gained, in the noise maps", "{:.0%}".format(row["noise_share"])))
    parts.append(page.table(("", ""), told))
    history = [(float(asked), float(loss)) for asked, loss in row["history"] if loss > 0]
    if len(history) > 1:
        parts.append(_curve(history))
    return parts


def _curve(history: Sequence[Tuple[float, float]]) -> str:
    """The loss by gradients, on a scale of powers of ten."""
    asked, logs = np.array([x for x, _ in history]), np.log10([y for _, y in history])
    low, high = np.floor(logs.min()), max(np.ceil(logs.max()), np.floor(logs.min()) + 1)
    x = LEFT + (WIDE - LEFT) * asked / asked.max()
    y = 4 + (HIGH - BELOW - 4) * (high - logs) / (high - low)
    points = " ".join("{:.1f},{:.1f}".format(*pair) for pair in zip(x, y))
    lines = []
    for power in range(int(low), int(high) + 1):
        at = 4 + (HIGH - BELOW - 4) * (high - power) / (high - low)
        lines.append('<line x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}"/>'.format(LEFT, WIDE, at))
        lines.append('<text x="0" y="{:.1f}">{:g}</text>'.format(at + 4, 10.0**power))
    words = '<text x="{}" y="{}">0 to {:.0f} gradients: the loss</text>'.format(LEFT, HIGH - 4, asked.max())
    return (
        '<svg class="curve" viewBox="0 0 {:.0f} {:.0f}" role="img" aria-label="the loss by gradients">{}'
        '<polyline fill="none" stroke="currentColor" stroke-width="2" points="{}"/>{}</svg>'
    ).format(WIDE, HIGH, "".join(lines), points, words)
