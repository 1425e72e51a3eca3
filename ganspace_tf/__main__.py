"""`python -m ganspace_tf`: the same as the command `ganspace`."""

from __future__ import annotations

import sys

from ganspace_tf.cli import main

if __name__ == "__main__":
    sys.exit(main())
