"""Text of others (files, servers, file names) as what may be shown: on a terminal, in a message, on a page.

Such text can hold codes that a terminal obeys (colours, titles, moving the cursor), that end a line early or
turn its direction round, or that nobody sees. None of them is passed on. Everything that prints, and every
error of both packages, goes through here; what is computed with keeps the text as it was.
"""

from __future__ import annotations

import re
from typing import Match

LONGEST_VALUE = 600  # characters of one value, or of one reason
LONGEST_MESSAGE = 1000  # characters of a whole message
LONGEST_LINE = 5000  # characters of a line; no path that a system takes is longer

# C0, DEL and C1 controls; line and paragraph separators; halves of characters; bidirectional embeddings,
# overrides, isolates and marks; and what takes no room: soft hyphens, byte order marks, tags and the like.
# Both joiners (200C, 200D) stay: Persian, Indic scripts and emoji are spelled with them.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff"
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
    "\xad\u180e\u200b\u2060-\u2065\u206a-\u206f\ufeff\ufff9-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)


def one_line(text: object, longest: int = LONGEST_VALUE) -> str:
    """`text` in one line of at most `longest` characters: lines joined by spaces, hidden characters as "?".

    Of what is longer the middle is left out, since a message begins with what was given and ends with what
    is allowed.
    """
    lines = _cut(str(text), longest).replace("\t", " ").splitlines()
    first, *others = [line for line in lines if line.strip()] or [""]
    return _HIDDEN.sub("?", " ".join([first] + [line.strip() for line in others]))


def many_lines(text: object, longest: int = LONGEST_LINE) -> str:
    """`text` with its line breaks and tabs; each line is cut as above, all else that is hidden is a "?"."""
    lines = str(text).replace("\r\n", "\n").split("\n")
    return "\n".join(_HIDDEN.sub(_tab_or_mark, _cut(line, longest)) for line in lines)


def _tab_or_mark(found: Match[str]) -> str:
    return "\t" if found.group() == "\t" else "?"


def _cut(text: str, longest: int) -> str:
    if len(text) <= longest:
        return text
    end = longest // 3
    return text[: longest - end - 5] + " ... " + text[-end:]
