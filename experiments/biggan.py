"""Figures 10 to 14: those of the StyleGANs on BigGAN-deep, the same code with other published edits.

python -m experiments.biggan fig10_biggan_sequences
python -m experiments.biggan fig10_biggan_sequences --case "edit:irish_setter Zoom in"
python -m experiments.biggan fig14_biggan_supervised --case ship-zoom --boundary zoom.npy
"""

from __future__ import annotations

import sys
from collections import OrderedDict
from functools import partial
from types import ModuleType
from typing import Dict, List, NamedTuple, Optional

from . import (
    common,
    fig1_sequences,
    fig2_supervised,
    fig3_separation,
    fig6_components,
    fig7_zoo,
)


class Row(NamedTuple):
    """A figure of BigGAN. of: the module with `make`, `published` and, where cases are more
    than a list, `cases`; table: what it reads in their
    place, in experiments/edits; about: what is to be seen.
    """

    of: ModuleType
    table: str
    about: str

    def facts(self) -> Dict:
        return common.facts("edits", self.table)

    def cases(self) -> List[str]:
        """The published cases, the default first."""
        return getattr(self.of, "cases", common.case_names)(self.facts())


FIGURES: Dict[str, Row] = OrderedDict(
    fig10_biggan_sequences=Row(
        fig1_sequences,
        "biggan_sequences",
        "GANSpace figure 1 on BigGAN-deep: edits of an Irish setter one after another, and each edit alone.",
    ),
    fig11_biggan_zoo=Row(
        fig7_zoo,
        "biggan_zoo",
        "GANSpace figure 7, the edit zoo, on BigGAN-deep: components of husky in five classes.",
    ),
    fig12_biggan_components=Row(
        fig6_components,
        "biggan_components",
        "The first 20 components of BigGAN-deep beside random directions (GANSpace, supplement).",
    ),
    fig13_biggan_separation=Row(
        fig3_separation,
        "biggan_separation",
        "GANSpace figure 4 on BigGAN-deep: a duck's first components fixed, the rest random; the reverse.",
    ),
    fig14_biggan_supervised=Row(
        fig2_supervised,
        "biggan_supervised",
        "GANSpace figure 5 on BigGAN-deep: zoom and shift, beside directions of the steerability paper.",
    ),
)


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.biggan FIGURE`: returns as `common.command` does; 2 for no known figure."""
    words = sys.argv[1:] if argv is None else argv
    if not words or words[0] not in FIGURES:
        asked = words[:1] in (["-h"], ["--help"])
        lines = ["{}   {}".format(name, row.about) for name, row in FIGURES.items()]
        text = "usage: python -m {}.biggan FIGURE [options of the figure]; figures:\n  ".format(
            __package__
        ) + "\n  ".join(lines)
        print(text, file=sys.stdout if asked else sys.stderr)
        return 0 if asked else 2
    row = FIGURES[words[0]]
    table = row.facts()
    return common.command(
        words[0],
        partial(row.of.make, table=table),
        partial(row.of.published, table=table),
        row.cases(),
        words[1:],
        about=row.about,
        program="biggan " + words[0],
    )


if __name__ == "__main__":
    sys.exit(main())
