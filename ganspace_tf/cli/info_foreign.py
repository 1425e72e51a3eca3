"""What a file of directions or latents of another program is, for `ganspace info`.

No network is at hand that would tell a latent from any other numbers. So what has no name of its own is taken
for one only if it is as wide as latents are.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Tuple

from ganspace_tf.errors import FileError
from nvlabs.plain_text import one_line

Facts = Tuple[Dict[str, Any], List[Tuple[str, str]]]
NAMED = 5  # entries that are listed by name
WIDTHS = range(32, 4097)  # of latents: 128 and 512 are published, small networks have less, few have more


def foreign_facts(file: str) -> Optional[Facts]:
    """What there is to know, for programs and as rows for people; None for what holds neither."""
    own = _own_latents(file)
    directions, latents = (None, own) if own is not None else (_directions(file), _latents(file))
    if directions is None and latents is None:
        return None
    facts: Dict[str, Any] = {"file": file}
    rows = [("file", file)]
    for found in (directions, latents):
        if found is not None:
            facts.update(found[0])
            rows += found[1]
    return facts, rows


def _directions(file: str) -> Optional[Facts]:
    from ganspace_tf.foreign.arrays import ARRAY
    from ganspace_tf.foreign.table import read_directions

    try:
        found = read_directions(file)
    except FileError:
        return None
    if found.source.startswith(ARRAY) and found.rows.shape[1] not in WIDTHS:
        return None
    count = len(found.rows) if found.basis else 1
    first, last = found.first_layer, found.last_layer
    layers = "" if found.layers is None else ", {} layers".format(found.layers)
    of = "{}{}, {} numbers".format(found.latent, layers, found.rows.shape[1])
    facts = {
        "kind": "directions",
        "source": found.source,
        "directions": count,
        "latent": found.latent,
        "width": found.rows.shape[1],
        "layers": found.layers,
        "edited_layers": [first, last],
        "stdev": [float(value) for value in found.stdev[:count]],
        "sigma_range": found.sigma_range,
        "name": found.name or None,
        "assumed": found.assumed,
        "facts": found.facts,
    }
    rows = [
        ("directions", "{}: {}".format(count, found.source)),
        ("name", found.name),
        ("of", of),
        ("edits", "layers {}-{}".format(first, "" if last is None else last) if first or last else ""),
        ("assumed", found.assumed),
        ("use", "--direction {}{}, or --components {}".format(file, "" if count == 1 else ":K", file)),
    ]
    rows += [(key, "{:.60}".format(str(value))) for key, value in found.facts.items()]
    return facts, [(name, value) for name, value in rows if value]


def _latents(file: str) -> Optional[Facts]:
    from ganspace_tf.foreign.values import read_values
    from ganspace_tf.photos.forms import entries_of

    try:
        entries = entries_of(read_values(file))
    except FileError:
        return None
    if entries is None:
        return None
    shapes = [list(entry.arrays[-1].shape) for entry in entries]
    if not all(1 <= len(shape) <= 3 and shape[-1] in WIDTHS for shape in shapes):
        return None
    names = [entry.name for entry in entries if entry.name]
    told = "{} array{} of {}".format(
        len(shapes), "" if len(shapes) == 1 else "s", ", ".join(map(str, shapes[:NAMED]))
    )
    shown = ", ".join(name[:40] for name in names[:NAMED]) + (" …" if len(names) > NAMED else "")
    facts = {"latents": [{"name": entry.name, "shape": shape} for entry, shape in zip(entries, shapes)]}
    rows = [
        ("latents", "{}{}".format(told, ": " + shown if shown else "")),
        ("use", "--latents {}[:ROWS]".format(file)),
    ]
    return facts, rows


def _own_latents(file: str) -> Optional[Facts]:
    """Latents that `ganspace project` found."""
    from ganspace_tf.photos.records import read_record

    try:
        record = read_record(file)
    except FileError:
        return None
    if record is None:
        return None
    count = len(record.rows)
    rows = [
        ("latents", "{} in {}: {}".format(count, record.space, ", ".join(record.names[:NAMED]))),
        ("network", "{} ({})".format(one_line(record.network, 100), one_line(record.fingerprint, 16))),
    ]
    for name, row in list(zip(record.names, record.rows))[:NAMED]:
        known = [key for key in ("method", "psnr", "distance", "spread", "steps") if key in row]
        facts = ", ".join("{} {:.60}".format(key, _short(row[key])) for key in known)
        rows.append((name[:16], facts))
    rows.append(("use", "--latents {}[:ROWS]".format(file)))
    return {"latents": record._asdict()}, rows


def _short(value: Any) -> str:
    return "{:.3g}".format(value) if isinstance(value, float) else str(value)
