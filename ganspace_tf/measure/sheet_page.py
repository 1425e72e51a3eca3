"""Directions × samples × steps as a page: a table of frames that sorts by what its headings say."""

from __future__ import annotations

from typing import Any, List, Sequence, Tuple

import numpy as np

from ganspace_tf.measure import page, page_script
from ganspace_tf.measure.page import escaped

STYLE = """
body { max-width: none; padding: 1.5rem 1.5rem 4rem } h1 { font-size: 1.5rem }
.across { overflow-x: auto } .across table { margin: 0 }
.across th { position: sticky; top: 0; background: var(--paper); z-index: 1; white-space: nowrap }
.across td { vertical-align: middle; padding: 2px .35rem; white-space: nowrap }
.across td.step { padding: 2px } .across th.step { text-align: center; font-weight: 400; color: var(--soft) }
.across img { display: block; width: var(--frame); max-width: none; image-rendering: pixelated;
  border-radius: 3px }
"""
HEADS = (  # heading, what it means
    ("direction", "which component"),
    ("sample", "which latent was moved"),
    ("one sigma", "standard deviation along the direction"),
    ("change", "mean difference of the two ends of the row, in levels of 0 to 255"),
)
HOW = "A click on a heading sorts, another one turns it round."
SMALLEST, LARGEST = 96, 160  # pixels of a frame on the page


def sheet_page(
    title: str, about: str, components: Sequence[Tuple[int, float]], found: Any, heads: Sequence[str]
) -> bytes:
    """The page. about: a line on the network and its components; components: K of (index, one sigma); found:
    `render.across.Found` of these; heads: S words above the steps.
    """
    wide = min(LARGEST, max(SMALLEST, found.frames.shape[-2]))
    cells = ['<th data-sort="number" title="{1}">{0}</th>'.format(*map(escaped, head)) for head in HEADS]
    cells += ['<th class="step">{}</th>'.format(escaped(head)) for head in heads]
    rows = [
        _row(k, sigma, sample, name, found.frames[at, sample], heads)
        for at, (k, sigma) in enumerate(components)
        for sample, name in enumerate(found.samples)
    ]
    form = '<div class="across" style="--frame:{}px"><table class="sortable">\n{}\n{}\n</table></div>'
    head, body = "<thead><tr>{}</tr></thead>", "<tbody>\n{}\n</tbody>"
    table = form.format(wide, head.format("".join(cells)), body.format("\n".join(rows)))
    parts = [page.text(about, "soft"), page.text(HOW), table]
    return page.page(title, parts, page_script.STYLE + STYLE, page_script.SCRIPT)


def _row(k: int, sigma: float, sample: int, name: str, frames: np.ndarray, heads: Sequence[str]) -> str:
    """A direction on a sample; frames (S, H, W, C)."""
    change = float(np.abs(frames[-1].astype(np.float32) - frames[0]).mean())
    cells: List[str] = [
        '<td data-value="{}"><b>v{}</b></td>'.format(k, k),
        '<td data-value="{}">{}</td>'.format(sample, escaped(name)),
        '<td class="number" data-value="{!r}">{:.3g}</td>'.format(float(sigma), float(sigma)),
        '<td class="number" data-value="{!r}">{:.1f}</td>'.format(change, change),
    ]
    for head, pixels in zip(heads, frames):
        alt = "v{} of {} at {}".format(k, name, head)
        cells.append('<td class="step">{}</td>'.format(page.frame(pixels, alt)))
    return "<tr>{}</tr>".format("".join(cells))
