"""The one budget of all readers: what a file makes us allocate is charged here before it is allocated.

The rule: reading a file of S bytes may take ALLOWANCE + MULTIPLE * S bytes in all, its own bytes among them.
An honest file needs 1 to 3 S, for its bytes, its arrays, and once more where they change their order; one of
half floats, which become float32, 4 S.
"""

from __future__ import annotations

import os
import re
from typing import Union

from nvlabs.errors import DamagedFile

ALLOWANCE = 64 << 20
MULTIPLE = 4

# What Python takes for one object, rounded up over the versions in use (64-bit).
OBJECT = 64  # a number, a list, a tuple, an entry of a list with a small value
ENTRY = 112  # one more entry of a dictionary, with the room that it grows by
DICTIONARY = 256  # a small dictionary, or an object with attributes

# First bytes of UTF-8 characters from U+0100 and from U+10000 on; escapes that may stand for such characters.
BEYOND_LATIN, BEYOND_16_BITS = re.compile(rb"[\xc4-\xff]"), re.compile(rb"[\xf0-\xff]")
SPELLED_OUT = re.compile(rb"\\u(?!00)|\\U")


class Budget:
    """Bytes that may still be allocated for one file (or one folder of files).

    limit: bytes; `Budget.of(size)` follows the rule.
    """

    def __init__(self, limit: int) -> None:
        self.left = limit

    @classmethod
    def of(cls, size: int) -> Budget:
        """The budget of a file of `size` bytes."""
        return cls(ALLOWANCE + MULTIPLE * size)

    @classmethod
    def of_files(cls, *paths: Union[str, "os.PathLike[str]"]) -> Budget:
        """The budget of files that are read together. Those that are not there count nothing: whoever opens
        them says so.
        """
        total = 0
        for path in paths:
            try:
                total += os.stat(path).st_size
            except (OSError, ValueError):
                pass
        return cls.of(total)

    def spend(self, amount: int) -> None:
        """Charge bytes. Raises DamagedFile when that is more than there are."""
        self.left -= amount
        if self.left < 0:
            raise DamagedFile("unpacks to far more data than the file holds, which no file of this kind does")

    def text(self, data: Union[bytes, bytearray], encoding: str) -> None:
        """Charge what decoding bytes takes at most: Python needs 1 byte a character for Latin, else 2 or 4.

        encoding: latin1, ascii, utf-8 or raw-unicode-escape.
        """
        width = 1
        if encoding == "raw-unicode-escape":
            width = 4 if SPELLED_OUT.search(data) else 1
        elif encoding == "utf-8" and not data.isascii() and BEYOND_LATIN.search(data):
            width = 4 if BEYOND_16_BITS.search(data) else 2
        self.spend(width * len(data))
