"""What a verb writes over: said afterwards, or with --no-clobber refused before any work.

A verb whose files are not those of --out and --npz says which by a function `outputs(args)` of its module.
"""

from __future__ import annotations

import os
from typing import Any, Dict, List, Tuple

from ganspace_tf.cli import terminal
from ganspace_tf.errors import FileError

OPTIONS = ("out", "npz")  # where verbs have the names of files that they write
Seen = Dict[str, Tuple[int, ...]]


def add_no_clobber(parser: Any) -> None:
    """--no-clobber, for a verb that writes a file."""
    parser.add_argument(
        "--no-clobber", action="store_true", help="refuse to write over files (default: they are replaced)"
    )


def outputs_of(module: Any, args: Any) -> List[str]:
    """Names of the files that a command line is about to write."""
    if hasattr(module, "outputs"):
        return list(module.outputs(args))
    return [path for path in (getattr(args, name, None) for name in OPTIONS) if isinstance(path, str)]


def with_recipe(args: Any) -> List[str]:
    """`outputs` of verbs that write a picture and beside it its recipe."""
    return [args.out, os.path.splitext(args.out)[0] + ".json"]


def seen(paths: List[str], refuse: bool) -> Seen:
    """Which of these files are there. Raises FileError, if they are not to be replaced."""
    found = {path: _state(path) for path in paths if os.path.isfile(path)}
    if refuse and found:
        raise FileError("{} is there already, and --no-clobber was given".format(next(iter(found))))
    return found


def tell_replaced(before: Seen) -> None:
    """A remark on the files that are other ones now."""
    replaced = [path for path, state in before.items() if os.path.isfile(path) and _state(path) != state]
    if replaced:
        terminal.note("replaced " + ", ".join(replaced))


def _state(path: str) -> Tuple[int, ...]:
    found = os.stat(path)
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
