"""The papers' notation for edits, E(v, j-k) and S(layer, channel): text to fields and back.

    E(v22, 9-10) = +2          component 22, layers 9 and 10 (inclusive), two sigma
    E(v22)                     all layers             E(v22, 9)    layer 9 alone
    E(v22, 9-)  E(v22, all)    from 9 on, all         E(22, 9-10): Redness    GANSpace's labels: without v,
    with a name
    S(6, 501) = +2            channel 501 of style layer 6; also as published, S(6_501)

Several edits are separated by ";" or new lines. Dashes and minus signs as printed in papers are understood.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Match, Optional

from ganspace_tf.errors import UsageError

_END = r"""
        \s* (?: = \s* (?P<sigma>[^:\sσ]+?) (?:\s*(?:sigma|σ))? )?
        \s* (?: : \s* (?P<name>.*\S) )? $"""
_EDIT = re.compile(
    r"""^E\( \s* v? (?P<component>\d+) \s*
        (?: , \s* (?: (?P<all>all) | (?P<first>\d+) \s* (?P<dash>-)? \s* (?P<last>\d+)? ) \s* )? \)"""
    + _END,
    re.VERBOSE | re.IGNORECASE,
)
_STYLE_EDIT = re.compile(
    r"""^S\( \s* (?P<layer>\d+) \s* [,_] \s* (?P<channel>\d+) \s* \)""" + _END,
    re.VERBOSE | re.IGNORECASE,
)
LONGEST = 1_000  # characters of one edit, its name included
_DASHES = str.maketrans({"–": "-", "—": "-", "−": "-", "‐": "-", "‑": "-"})  # en, em, minus, hyphens


def read_edits(text: str) -> List[Dict[str, Any]]:
    """Fields of every edit in the text: component; first_layer, last_layer, sigma, name if given; of an edit
    of a style channel layer, channel; sigma, name if given.

    Raises UsageError, also for a text without any edit.
    """
    parts = [part.strip() for part in re.split(r"[;\n]", text)]
    edits = [_read_edit(part) for part in parts if part]
    if not edits:
        raise UsageError("no edit given; write one like 'E(v22, 9-10) = +2'")
    return edits


def _read_edit(text: str) -> Dict[str, Any]:
    if len(text) > LONGEST:
        raise UsageError("an edit of {:,} characters; at most {:,} are read".format(len(text), LONGEST))
    name = text.partition(":")[2].strip()  # a name keeps its dashes as they are
    plain = text.translate(_DASHES)
    found = _EDIT.match(plain) or _STYLE_EDIT.match(plain)
    if found is None or (found.re is _EDIT and found["last"] and not found["dash"]):
        raise UsageError(
            "{!r} is not an edit; write component and inclusive layers like 'E(v22, 9-10) = +2', "
            "'E(v22, 9)' or 'E(v22)', or a style channel like 'S(6, 501) = +2'".format(text)
        )
    fields = _style_place(found) if found.re is _STYLE_EDIT else _place(found)
    if found["sigma"]:
        try:
            fields["sigma"] = float(found["sigma"])
        except ValueError:
            raise UsageError(
                "strength {!r} in {!r} is not a number of sigma".format(found["sigma"], text)
            ) from None
    if name:
        fields["name"] = name
    return fields


def _style_place(found: Match[str]) -> Dict[str, Any]:
    return {"layer": int(found["layer"]), "channel": int(found["channel"])}


def _place(found: Match[str]) -> Dict[str, Any]:
    fields: Dict[str, Any] = {"component": int(found["component"])}
    if found["first"]:
        fields["first_layer"] = int(found["first"])
        if not found["dash"]:
            fields["last_layer"] = fields["first_layer"]
        elif found["last"]:
            fields["last_layer"] = int(found["last"])
    return fields


def format_edit(
    component: int, first_layer: int, last_layer: Optional[int], sigma: Optional[float] = None
) -> str:
    """The notation of an edit; without a sigma, of where it acts only."""
    layers = "" if (first_layer, last_layer) == (0, None) else ", " + _layer_range(first_layer, last_layer)
    strength = "" if sigma is None else " = " + format_sigma(sigma)
    return "E(v{}{}){}".format(component, layers, strength)


def format_layers(first_layer: int, last_layer: Optional[int]) -> str:
    """Inclusive layers in words: all layers, layer 9, layers 9-10."""
    if (first_layer, last_layer) == (0, None):
        return "all layers"
    return "layer{} {}".format(
        "" if first_layer == last_layer else "s", _layer_range(first_layer, last_layer)
    )


def _layer_range(first_layer: int, last_layer: Optional[int]) -> str:
    if last_layer == first_layer:
        return str(first_layer)
    return "{}-{}".format(first_layer, "" if last_layer is None else last_layer)


def format_sigma(sigma: float) -> str:
    """A strength with its sign, as short as it can be read back from: +2, -8.5, 0."""
    if sigma == 0:
        return "0"
    text = repr(float(sigma))
    text = text[:-2] if text.endswith(".0") else text
    return text if sigma < 0 else "+" + text
