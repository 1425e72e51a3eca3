"""Which instructions the processor has."""

from __future__ import annotations

from pathlib import Path
from typing import FrozenSet

CPUINFO = Path("/proc/cpuinfo")


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
