"""GANSpace figure 1 on BigGAN-deep: edits of an Irish setter one after another, and each edit alone.

python -m experiments.fig10_biggan_sequences
python -m experiments.fig10_biggan_sequences --case "edit:irish_setter Zoom in"
"""

from __future__ import annotations

import sys
from typing import List, Optional

from experiments import common, fig1_sequences
from experiments.common import Outcome, Study

FIGURE = "fig10_biggan_sequences"
TABLE = common.facts("edits", "biggan_sequences")
CASES = fig1_sequences.cases(TABLE)


def make(study: Study, case: str = CASES[0]) -> Outcome:
    """The sequence, what each step changes, and whether it is what it is named for."""
    return fig1_sequences.make(study, case, TABLE)


def published(case: Optional[str]) -> str:
    """The paper's network."""
    return str(fig1_sequences.settings_of(case or CASES[0], TABLE)["network"])


def main(argv: Optional[List[str]] = None) -> int:
    """`python -m experiments.fig10_biggan_sequences`."""
    return common.command(FIGURE, make, published, CASES, argv)


if __name__ == "__main__":
    sys.exit(main())
