"""GANSpace figure 5 on BigGAN-deep: zoom and shift, unsupervised beside directions of the steerability paper.

python -m experiments.fig14_biggan_supervised
python -m experiments.fig14_biggan_supervised --case ship-zoom --boundary zoom.npy
"""

from __future__ import annotations

import sys
from typing import List, Optional

from experiments import common, fig2_supervised
from experiments.common import Outcome, Study

FIGURE = "fig14_biggan_supervised"
TABLE = common.facts("edits", "biggan_supervised")
CASES = list(TABLE["cases"])


def make(study: Study, case: str = CASES[0]) -> Outcome:
    """Strips of both, and their leakage at equal effect."""
    return fig2_supervised.make(study, case, TABLE)


def published(case: Optional[str]) -> str:
    """The paper's network."""
    return str(TABLE["cases"][case or CASES[0]]["network"])


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig14_biggan_supervised`."""
    return common.command(FIGURE, make, published, CASES, argv)


if __name__ == "__main__":
    sys.exit(main())
