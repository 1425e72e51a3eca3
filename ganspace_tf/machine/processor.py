"""How many cores this process may use, and which instructions they have."""

from __future__ import annotations

import os
from pathlib import Path
from typing import FrozenSet

CPUINFO = Path("/proc/cpuinfo")


def cores() -> int:
    """As many threads as TensorFlow makes where nobody says how many."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def instructions(source: Path = CPUINFO) -> FrozenSet[str]:
    """The flags of the first processor as Linux names them ("avx2", "fma", "avx512f"); empty elsewhere."""
    try:
        text = source.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return frozenset()
    for line in text.splitlines():
        name, _, value = line.partition(":")
        if name.strip() == "flags":
            return frozenset(value.split())
    return frozenset()
