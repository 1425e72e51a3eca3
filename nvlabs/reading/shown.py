"""How values of a file appear in messages: by their kind, and never longer than a few words.

A value may be nested ten thousand deep, hold itself a billion times over or have a million digits: nothing
here follows what is inside, and nothing is spelled out before its length is known.
"""

from __future__ import annotations

from typing import Any, Sequence

TEXT_SHOWN = 60
SIZES_SHOWN = 8
BITS_SHOWN = 128


def show(value: Any) -> str:
    """A value in a few words: None, flags, numbers and text as they are (cut), everything else by its kind.

    Never longer than about 100 characters.
    """
    if isinstance(value, str):
        return repr(value) if len(value) <= TEXT_SHOWN else repr(value[:TEXT_SHOWN]) + "..."
    if type(value) is int and value.bit_length() > BITS_SHOWN:
        return "an integer of %d bits" % value.bit_length()
    if value is None or type(value) in (bool, int, float):
        return repr(value)
    if isinstance(value, (bytes, bytearray)):
        return "%d bytes" % len(value)
    if isinstance(value, (list, tuple, dict)):
        return "a %s of %d" % (type(value).__name__, len(value))
    return "a " + type(value).__name__[:TEXT_SHOWN]


def show_shape(shape: Sequence[int]) -> str:
    """[3, 512, 512]; of more than 8 axes the first 8 and how many there are."""
    sizes = [show(size) for size in shape[:SIZES_SHOWN]]
    if len(shape) > SIZES_SHOWN:
        sizes.append("... (%d axes)" % len(shape))
    return "[%s]" % ", ".join(sizes)
