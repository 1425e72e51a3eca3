"""Everything that is printed goes through here: text that a terminal shows, never text that it obeys.

Names and values come from files, servers and folders of others; nvlabs/plain_text.py says what of them is
passed on, and how long a line may be.
"""

from __future__ import annotations

import json
import math
import sys
import traceback
import unicodedata
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Dict, Iterator, Sequence, Union

from nvlabs.plain_text import LONGEST_LINE, LONGEST_MESSAGE, many_lines, one_line

Lines = Union[str, Sequence[str]]
_QUIET: ContextVar[bool] = ContextVar("_QUIET", default=False)


@contextmanager
def quiet(wanted: bool) -> Iterator[None]:
    """Within the block, if wanted, there are answers that were asked for and errors, and nothing else."""
    token = _QUIET.set(wanted)
    try:
        yield
    finally:
        _QUIET.reset(token)


def is_quiet() -> bool:
    """Whether --quiet was given."""
    return _QUIET.get()


def out(lines: Lines) -> None:
    """An answer on stdout: lines, each of which stays one; or one text whose line breaks are meant."""
    if isinstance(lines, str):
        print(many_lines(lines))
    else:
        print("\n".join(one_line(line, LONGEST_LINE) for line in lines))


def columns(text: str) -> int:
    """How many columns of a terminal a text takes: two for wide letters (Unicode's annex 11), none for marks
    on the letter before.
    """
    marks = sum(unicodedata.combining(letter) > 0 for letter in text)
    return len(text) - marks + sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)


def padded(text: str, width: int) -> str:
    """A text and so many blanks that it takes `width` columns, unless it takes more."""
    return text + " " * (width - columns(text))


def out_text(text: str) -> None:
    """Our own text on stdout for programs, as it is: a script for a shell."""
    print(text, end="" if text.endswith("\n") else "\n")


def out_json(facts: Dict[str, Any]) -> None:
    """An answer on stdout for programs: JSON of printable ASCII; null for what is no finite number."""
    try:
        text = json.dumps(facts, indent=1, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(facts), indent=1, allow_nan=False)
    print(text)


def err(message: object, speaker: str = "ganspace") -> None:
    """One line on stderr, which begins with the name of the program."""
    print("{}: {}".format(speaker, one_line(message, LONGEST_MESSAGE)), file=sys.stderr)


def note(message: object) -> None:
    """A remark on stderr that is no error."""
    if not is_quiet():
        err("note: {}".format(message))


def show_traceback(kind: Any, error: Any, trace: Any) -> None:
    """What sys.excepthook does, for GANSPACE_DEBUG=1."""
    print(many_lines("".join(traceback.format_exception(kind, error, trace))), end="", file=sys.stderr)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _finite(item) for name, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
