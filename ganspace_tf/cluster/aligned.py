"""Arrays from the wire.

Dask hands arrays over as views into the bytes that came, at any address. NumPy takes elements that are not at
a multiple of their size through a buffer and adds them up in another order then: the same numbers, other last
bits. Such arrays are copied, once, to where they would be if they had been made here.
"""

from __future__ import annotations

from typing import Any, Iterator

import numpy as np


def aligned(value: Any) -> Any:
    """The same numbers, tuples, lists and dicts, with arrays that are aligned, contiguous and can be
    written to."""
    if isinstance(value, np.ndarray):
        flags = value.flags
        fine = flags.aligned and flags.writeable and (flags.c_contiguous or flags.f_contiguous)
        return value if fine else np.array(value)
    if isinstance(value, tuple):
        items = [aligned(item) for item in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    if isinstance(value, list):
        return [aligned(item) for item in value]
    if isinstance(value, dict):
        return {name: aligned(item) for name, item in value.items()}
    return value


def arrays_in(value: Any) -> Iterator[np.ndarray]:
    """The arrays in tuples, lists and dicts."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (tuple, list, dict)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from arrays_in(item)
