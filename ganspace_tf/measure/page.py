"""Tables, texts and pictures as one HTML file that needs no other: no scripts, pictures inside."""

from __future__ import annotations

import base64
import html
from pathlib import Path
from typing import Any, Iterable, List, Mapping, Sequence, Union

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.6rem } h2 { font-size: 1.2rem; margin-top: 2.5rem; border-top: 1px solid #ddd }
img { max-width: 100%; image-rendering: auto } table { border-collapse: collapse; margin: .8rem 0 }
th, td { padding: .2rem .7rem; text-align: left; border-bottom: 1px solid #ddd; vertical-align: top }
td.number { text-align: right; font-variant-numeric: tabular-nums } .soft { color: #666 }
.yes { color: #186a2f } .no { color: #9c2a10 } details { margin: .5rem 0 }
"""


def page(title: str, parts: Iterable[str]) -> bytes:
    """The whole file, UTF-8. parts: HTML, as the functions below make it."""
    head = (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{0}</title>\n<style>{1}</style>'
    )
    body = "</head><body>\n<h1>{0}</h1>\n{2}\n</body></html>\n"
    return (head + body).format(html.escape(title), STYLE, "\n".join(parts)).encode("utf-8")


def heading(text: str) -> str:
    """A section's heading."""
    return "<h2>{}</h2>".format(html.escape(text))


def text(words: str, kind: str = "") -> str:
    """A paragraph; kind: a class of STYLE."""
    return '<p class="{}">{}</p>'.format(kind, html.escape(words))


def picture(path: Union[str, Path], alt: str) -> str:
    """A PNG file, inside the page."""
    data = base64.b64encode(Path(path).read_bytes()).decode("ascii")
    return '<p><img alt="{}" src="data:image/png;base64,{}"></p>'.format(html.escape(alt, quote=True), data)


def table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table; numbers are right-aligned and rounded to three digits, None is a dash."""
    lines = ["<tr>" + "".join("<th>{}</th>".format(html.escape(str(name))) for name in columns) + "</tr>"]
    lines += ["<tr>" + "".join(_cell(value) for value in row) + "</tr>" for row in rows]
    return "<table>\n{}\n</table>".format("\n".join(lines))


def values(numbers: Mapping[str, Any]) -> str:
    """Whatever metrics.json holds, to be opened by those who want it."""
    return "<details><summary>all numbers</summary>\n{}\n</details>".format(_nested(numbers))


def verdicts(claims: Sequence[Mapping[str, Any]]) -> str:
    """Claims with what was measured and whether they hold."""
    lines: List[str] = []
    for claim in claims:
        sign, word = (">" if claim["at_least"] else "<"), ("holds" if claim["holds"] else "does not hold")
        cells = (
            claim["says"],
            "{}: {:.3g} [{:.3g}, {:.3g}]".format(
                claim["measured"], claim["mean"], claim["low"], claim["high"]
            ),
            "{} {:g}".format(sign, claim["bound"]),
        )
        marked = '<td class="{}">{}</td>'.format("yes" if claim["holds"] else "no", word)
        lines.append("<tr>" + "".join(_cell(cell) for cell in cells) + marked + "</tr>")
    names = ("the paper says", "measured, with 95 % interval", "bound, set before", "does it hold")
    head = "<tr>" + "".join("<th>{}</th>".format(name) for name in names) + "</tr>"
    return "<table>\n{}\n</table>".format("\n".join([head] + lines))


def _cell(value: Any) -> str:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return '<td class="number">{:.3g}</td>'.format(value)
    return "<td>{}</td>".format("–" if value is None else html.escape(str(value)))


def _nested(value: Any) -> str:
    if isinstance(value, Mapping):
        rows = (
            "<tr><td>{}</td><td>{}</td></tr>".format(html.escape(str(k)), _nested(v))
            for k, v in value.items()
        )
        return "<table>{}</table>".format("".join(rows))
    if isinstance(value, (list, tuple)):
        return ", ".join(_nested(item) for item in value)
    return (
        "{:.3g}".format(value)
        if isinstance(value, float)
        else html.escape("–" if value is None else str(value))
    )
