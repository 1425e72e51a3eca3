"""The ratios of the last release, beside which those of today are printed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

RATIOS = Path(__file__).with_name("ratios.json")
STACK = "tensorflow-1.15" if sys.version_info < (3, 8) else "tensorflow-2"


def beside(name: str, ratio: float) -> str:
    """ "2.9 x (last release 1.3 x)"."""
    last = json.loads(RATIOS.read_text(encoding="utf-8")).get(STACK, {}).get(name)
    return "{:.2f} x".format(ratio) + (" (last release {:.2f} x)".format(last) if last else "")
