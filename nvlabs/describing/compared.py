"""The size at which a generator's images are compared with pictures, known without a graph."""

from __future__ import annotations

LARGEST = 256  # pixels of the longer side that are compared; larger images are averaged down first


def shrink_of(height: int, width: int) -> int:
    """Image pixels a side to one that is compared: the least number that brings the longer side down to
    LARGEST, or the next lower one that divides both sides."""
    shrink = max(1, -(-max(height, width) // LARGEST))
    while height % shrink or width % shrink:
        shrink -= 1
    return shrink
