"""GANSpace figure 4 on BigGAN-deep: a duck's first components fixed, the rest random, and the reverse.

python -m experiments.fig13_biggan_separation
python -m experiments.fig13_biggan_separation --case biggan-duck
"""

from __future__ import annotations

import sys
from typing import List, Optional

from experiments import common, fig3_separation
from experiments.common import Outcome, Study

FIGURE = "fig13_biggan_separation"
TABLE = common.facts("edits", "biggan_separation")
CASES = list(TABLE["cases"])


def make(study: Study, case: str = CASES[0]) -> Outcome:
    """Strips for components and random directions; how far each separates geometry from appearance."""
    return fig3_separation.make(study, case, TABLE)


def published(case: Optional[str]) -> str:
    """The paper's network."""
    return str(TABLE["cases"][case or CASES[0]]["network"])


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig13_biggan_separation`."""
    return common.command(FIGURE, make, published, CASES, argv)


if __name__ == "__main__":
    sys.exit(main())
