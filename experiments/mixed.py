"""Rows of the pictures of layer-wise style mixing, one function for each kind of published case."""

from __future__ import annotations

from typing import Any, Dict, List

from ganspace_tf.render.figures import Cell, MixedRow

from .common import Study


def kept_rows(study: Study, row: Dict[str, Any]) -> Any:
    """The first k latents of the base, the others of the styles."""
    rows, L = [], study.gen.n_layers
    for base in row["bases"]:
        for keep in row["keep"]:
            pairs = [(base["seed"], base["seed"])] + [(base["seed"], style) for style in row["styles"]]
            cells = [Cell(*pair, keep=min(keep, L)) for pair in pairs]
            label = "{} seed {}".format(base["class"] or "", base["seed"]).strip()
            rows.append(
                MixedRow(label, cells, "first {} of {}".format(keep, L), study.class_of(base["class"]))
            )
    return rows, ["base"] + ["seed {}".format(style) for style in row["styles"]]


def fed_rows(study: Study, row: Dict[str, Any]) -> Any:
    """What a layer puts out for the seed on the left, in the run of the seed above."""
    rows = [
        MixedRow("seed {}".format(one), [Cell(one, two) for two in row["seeds"]], place, "", place)
        for place in places(row)
        for one in row["seeds"]
    ]
    return rows, ["seed {}".format(two) for two in row["seeds"]]


def blended_rows(study: Study, row: Dict[str, Any]) -> Any:
    """From one seed to the other: all latents, then what one layer after another puts out."""
    shares = [k / (row["steps"] - 1) for k in range(row["steps"])]
    two, one = row["seeds"]
    latents = [Cell(one, two, study.gen.n_layers, share) for share in shares]
    rows = [MixedRow("latents", latents)]
    rows += [
        MixedRow(place, [Cell(one, two, 0, share) for share in shares], "", "", place)
        for place in places(row)
    ]
    return rows, ["{:.2f}".format(share) for share in shares]


KINDS = {"resampling": kept_rows, "mixing": fed_rows, "blend": blended_rows}


def places(row: Dict[str, Any]) -> List[str]:
    """Names of the layers of a case."""
    return ["generator.layers.{}".format(layer) for layer in row["layers"]]
