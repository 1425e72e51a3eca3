"""A file, and behind a colon what is meant inside it: "me.npy:0-3", "factor.pt:7"."""

from __future__ import annotations

import os
from typing import Optional, Tuple


def split_place(text: str) -> Tuple[str, Optional[str]]:
    """The file and what follows its colon, None where nothing does. A name that exists is taken whole; where
    nothing of the kind exists, the text is taken for a name.
    """
    if "\0" not in text and not os.path.exists(text):
        file, colon, inside = text.rpartition(":")
        if colon and os.path.exists(file):
            return file, inside
    return text, None
