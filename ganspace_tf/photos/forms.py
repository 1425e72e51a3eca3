"""How programs keep latents: what is read from a file as one entry, or several with names.

A form is a function that gives the entries of a value, or None for a value that is of another form; a new one
is a function and a row of FORMS.
"""

from __future__ import annotations

from typing import Any, Callable, List, NamedTuple, Optional, Tuple

import numpy as np

# Names under which latents are kept, beside other things: ours and ADA-PyTorch's, ADA's, what others use.
KEYS = ("w", "dlatents", "latents", "latent", "w_plus", "wp", "ws", "codes")


class Entry(NamedTuple):
    """arrays: the same latents again and again, the best last (iterations), or one. single: whether they are
    those of one picture, so that two axes are layers and numbers. name: of the picture, "" where it has none.
    """

    name: str
    arrays: Tuple[np.ndarray, ...]
    single: bool


Entries = Optional[List[Entry]]


def array(value: Any) -> Entries:
    """One array: NumPy's and encoders' own files."""
    return [Entry("", (value,), False)] if _is_array(value) else None


def projected(value: Any) -> Entries:
    """Name → {"img", "latent", "noise"}: rosinality's projector."""
    if not isinstance(value, dict):
        return None
    found = [
        Entry(str(name), (item["latent"],), True)
        for name, item in value.items()
        if isinstance(item, dict) and _is_array(item.get("latent"))
    ]
    return found or None


def iterations(value: Any) -> Entries:
    """Name → a list of latents, one an iteration: ReStyle's latents.npy."""
    if not isinstance(value, dict) or not value or not all(_are_arrays(item) for item in value.values()):
        return None
    return [Entry(str(name), tuple(item), True) for name, item in value.items()]


def keyed(value: Any) -> Entries:
    """An array under a known key: projected_w.npz, dlatents.npz."""
    for key in KEYS:
        if isinstance(value, dict) and _is_array(value.get(key)):
            return [Entry("", (value[key],), False)]
    return None


def only(value: Any) -> Entries:
    """A dictionary with a single array in it, whatever its key."""
    if isinstance(value, dict) and len(value) == 1:
        return array(next(iter(value.values())))
    return None


def named(value: Any) -> Entries:
    """Name → latents of one picture, all of one width: not the weights of a network."""
    if not isinstance(value, dict) or not value or not all(_is_array(item) for item in value.values()):
        return None
    if len({item.shape[-1:] for item in value.values()}) > 1 or any(item.ndim > 3 for item in value.values()):
        return None
    return [Entry(str(name), (item,), True) for name, item in value.items()]


def listed(value: Any) -> Entries:
    """A list of latents, one a picture."""
    return [Entry("", (item,), True) for item in value] if _are_arrays(value) else None


FORMS: Tuple[Callable[[Any], Entries], ...] = (array, projected, iterations, keyed, only, named, listed)


def entries_of(value: Any) -> Entries:
    """The entries of a value by the first form that knows it."""
    for form in FORMS:
        found = form(value)
        if found is not None:
            return found
    return None


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray) and value.dtype.kind == "f" and value.size > 0


def _are_arrays(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) > 0 and all(_is_array(item) for item in value)
