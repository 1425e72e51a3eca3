"""The first 20 components of BigGAN-deep beside random directions (GANSpace, supplement).

python -m experiments.fig12_biggan_components
python -m experiments.fig12_biggan_components --case church-random
"""

from __future__ import annotations

import sys
from typing import List, Optional

from experiments import common, fig6_components
from experiments.common import Outcome, Study

FIGURE = "fig12_biggan_components"
TABLE = common.facts("edits", "biggan_components")
CASES = list(TABLE["cases"])


def make(study: Study, case: str = CASES[0]) -> Outcome:
    """A sheet of the case's directions; effects, spectra and explained variance."""
    return fig6_components.make(study, case, TABLE)


def published(case: Optional[str]) -> str:
    """The paper's network."""
    return str(TABLE["cases"][case or CASES[0]]["network"])


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig12_biggan_components`."""
    return common.command(FIGURE, make, published, CASES, argv)


if __name__ == "__main__":
    sys.exit(main())
