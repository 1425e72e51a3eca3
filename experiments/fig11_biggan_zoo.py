"""The edit zoo (GANSpace figure 7) on BigGAN-deep: components of husky in five classes, an edit a strip.

python -m experiments.fig11_biggan_zoo
python -m experiments.fig11_biggan_zoo --case "biggan-deep-512 Add grass"
"""

from __future__ import annotations

import sys
from typing import List, Optional

from experiments import common, fig7_zoo
from experiments.common import Outcome, Study

FIGURE = "fig11_biggan_zoo"
TABLE = common.facts("edits", "biggan_zoo")
CASES = fig7_zoo.cases(TABLE)


def make(study: Study, case: str = CASES[0]) -> Outcome:
    """Strips of the edits, and whether single components control single factors."""
    return fig7_zoo.make(study, case, TABLE)


def published(case: Optional[str]) -> str:
    """The paper's network."""
    return str((case or CASES[0]).partition(" ")[0])


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig11_biggan_zoo`."""
    return common.command(FIGURE, make, published, CASES, argv)


if __name__ == "__main__":
    sys.exit(main())
