"""Tables, texts and pictures as one HTML file that needs no other: pictures inside, no script but ours."""

from __future__ import annotations

import base64
import hashlib
import html
import io
from pathlib import Path
from typing import Any, Iterable, List, Mapping, Sequence, Union

import numpy as np

from ganspace_tf.measure.claims import FAILS, HOLDS, UNDECIDED, verdict_of
from nvlabs.plain_text import many_lines

STYLE = """
:root { color-scheme: light dark; --paper: #fbfaf6; --ink: #24251f; --soft: #6b6b61; --line: #e2dfd3;
  --card: #f2f0e8; --plus: #1d7558; --minus: #b4552a }
@media (prefers-color-scheme: dark) { :root { --paper: #15171a; --ink: #e7e5df; --soft: #9b998f;
  --line: #2d3034; --card: #1d2024; --plus: #4fbf94; --minus: #e2945f } }
* { box-sizing: border-box }
body { font: 16px/1.6 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 2.5rem 1rem 5rem;
  background: var(--paper); color: var(--ink); overflow-wrap: break-word }
h1 { font-size: 2rem; line-height: 1.15; letter-spacing: -.02em; margin: 0 0 1rem }
h2 { font-size: 1.35rem; line-height: 1.25; letter-spacing: -.01em; margin: 3.5rem 0 .5rem;
  padding-top: 1.25rem; border-top: 1px solid var(--line) }
h3 { font-size: 1.1rem; margin: 2.5rem 0 .5rem } p { max-width: 44rem; margin: .6rem 0 }
h3 code { font-weight: 400; color: var(--soft); margin-left: .6rem }
code, pre { font: .86em/1.6 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace }
pre { background: var(--card); border-radius: 6px; padding: .8rem 1rem; overflow-x: auto }
pre code { display: block; width: max-content; min-width: 100%; font-size: 1em; user-select: all }
img { max-width: 100% } figure { margin: 1rem 0 } figcaption { color: var(--soft); font-size: .86rem }
table { border-collapse: collapse; margin: .8rem 0 }
th, td { padding: .2rem .7rem; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top }
td.number { text-align: right; font-variant-numeric: tabular-nums } .soft { color: var(--soft) }
.yes { color: var(--plus) } .no { color: var(--minus) } .open { color: var(--soft) }
details { margin: .5rem 0 } summary { cursor: pointer; color: var(--soft) }
"""


VERDICT_KINDS = {HOLDS: "yes", FAILS: "no", UNDECIDED: "open"}  # classes of STYLE

# Said to the browser as well: whatever a page holds, nothing in it runs and nothing is asked for elsewhere.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def policy(script: str) -> str:
    """POLICY, and that this one script may run: it is named by its SHA-256."""
    if not script:
        return POLICY
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    return "{}; script-src 'sha256-{}'".format(POLICY, digest)


def escaped(words: object) -> str:
    """Text of anybody as HTML, for elements and for quoted attributes; hidden characters as "?"."""
    return html.escape(many_lines(words), quote=True)


def page(title: str, parts: Iterable[str], style: str = "", script: str = "") -> bytes:
    """The whole file, UTF-8. parts: HTML, as the functions below make it; style: CSS beyond STYLE; script: of
    `page_script`, the only one that the browser is told to run.
    """
    head = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{0}</title>\n'
        '<meta http-equiv="Content-Security-Policy" content="{4}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<style>{1}{2}</style>'
    )
    body = "</head><body>\n<h1>{0}</h1>\n{3}\n{5}</body></html>\n"
    last = "<script>{}</script>\n".format(script) if script else ""
    content = (escaped(title), STYLE, style, "\n".join(parts), policy(script), last)
    return (head + body).format(*content).encode("utf-8")


def heading(text: str) -> str:
    """A section's heading."""
    return "<h2>{}</h2>".format(escaped(text))


def text(words: str, kind: str = "") -> str:
    """A paragraph; kind: a class of STYLE."""
    return '<p class="{}">{}</p>'.format(kind, escaped(words))


def picture(path: Union[str, Path], alt: str) -> str:
    """A PNG or GIF file, inside the page."""
    kind = Path(path).suffix.lower()[1:]
    return "<p>{}</p>".format(image(Path(path).read_bytes(), alt, kind))


def image(data: bytes, alt: str, kind: str = "png") -> str:
    """A picture file's bytes as an element of the page. kind: "png" or "gif"."""
    encoded = base64.b64encode(data).decode("ascii")
    return '<img alt="{}" src="data:image/{};base64,{}">'.format(escaped(alt), escaped(kind), encoded)


def frame(pixels: np.ndarray, alt: str = "") -> str:
    """A frame (H, W, 3) uint8 as an element of the page, at its own resolution."""
    from PIL import Image

    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG", optimize=True)
    return image(data.getvalue(), alt)


def commands(lines: Iterable[str]) -> str:
    """Commands to copy; a click selects a whole line, a button copies it."""
    cells = ("<span><code>{}</code></span>".format(escaped(line)) for line in lines)
    return '<pre class="copy">{}</pre>'.format("".join(cells))


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table; numbers are right-aligned and rounded to three digits, None is a dash."""
    lines = ["<tr>" + "".join("<th>{}</th>".format(escaped(name)) for name in columns) + "</tr>"]
    lines += ["<tr>" + "".join(_cell(value) for value in row) + "</tr>" for row in rows]
    return "<table>\n{}\n</table>".format("\n".join(lines))


def values(numbers: Mapping[str, Any]) -> str:
    """Whatever metrics.json holds, to be opened by those who want it."""
    return "<details><summary>all numbers</summary>\n{}\n</details>".format(_nested(numbers))


def verdicts(claims: Sequence[Mapping[str, Any]]) -> str:
    """Claims with what was measured, and the verdicts on them."""
    lines: List[str] = []
    for claim in claims:
        sign, verdict = (">" if claim["at_least"] else "<"), verdict_of(claim)
        cells = (
            claim["says"],
            "{}: {:.3g} [{:.3g}, {:.3g}]".format(
                claim["measured"], claim["mean"], claim["low"], claim["high"]
            ),
            "{} {:g}".format(sign, claim["bound"]),
        )
        marked = '<td class="{}">{}</td>'.format(VERDICT_KINDS[verdict], verdict)
        lines.append("<tr>" + "".join(_cell(cell) for cell in cells) + marked + "</tr>")
    names = ("claim", "measured, with 95 % interval", "bound, set before", "verdict")
    head = "<tr>" + "".join("<th>{}</th>".format(name) for name in names) + "</tr>"
    return "<table>\n{}\n</table>".format("\n".join([head] + lines))


def _cell(value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return '<td class="number">{:.3g}</td>'.format(value)
    return "<td>{}</td>".format("–" if value is None else escaped(value))


def _nested(value: Any) -> str:
    if isinstance(value, Mapping):
        rows = ("<tr><td>{}</td><td>{}</td></tr>".format(escaped(k), _nested(v)) for k, v in value.items())
        return "<table>{}</table>".format("".join(rows))
    if isinstance(value, (list, tuple)):
        return ", ".join(_nested(item) for item in value)
    return "{:.3g}".format(value) if isinstance(value, float) else escaped("–" if value is None else value)
