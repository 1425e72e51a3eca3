"""What the cache folder holds and takes; forgetting all of it, or what was not used for longest.

  ganspace cache                         what is there, the most recently used first
  ganspace cache clear                   forget results and half-done work
  ganspace cache clear --kind states     half-done work alone
  ganspace cache limit 2G                forget what was not used for longest, until 2 GB are left

The folder is GANSPACE_CACHE, or ~/.cache/ganspace. With GANSPACE_CACHE_LIMIT=2G in the environment what is
written keeps to that limit by itself. Files that are not the cache's stay, downloaded networks too; links are
not followed. Whatever is forgotten is computed again when it is asked for.
"""

from __future__ import annotations

import os
import time
from typing import Any, Dict, List

from ganspace_tf.cli import arguments, values, work
from ganspace_tf.errors import UsageError

LISTED = 20  # entries of a list for people; --json has all


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace cache` understands."""
    parser.add_argument(
        "action", nargs="?", default="list", choices=["list", "clear", "limit"], help="default: list"
    )
    parser.add_argument("size", nargs="?", type=values.size, metavar="SIZE", help="of limit, such as 2G")
    parser.add_argument(
        "--kind",
        choices=["components", "states", "previews"],
        help="results alone, half-done work alone, or what the explorer's previews are made with",
    )
    arguments.add_json(parser)


def run(args: Any) -> None:
    """Look, forget what was asked, print."""
    from ganspace_tf import cache_entries

    if (args.action == "limit") != (args.size is not None):
        raise UsageError("a SIZE such as 2G belongs to `ganspace cache limit`, and only to that")
    found = cache_entries.contents()
    if args.kind is not None:
        found = found._replace(entries=[entry for entry in found.entries if entry.kind == args.kind])
    chosen = found.entries if args.action == "clear" else []
    if args.action == "limit":
        chosen = cache_entries.beyond(found, args.size)
    gone = cache_entries.forget(chosen)
    left = [entry for entry in found.entries if entry not in gone]
    facts: Dict[str, Any] = {
        "folder": str(found.folder),
        "bytes": sum(entry.bytes for entry in left),
        "limit": cache_entries.standing_limit(),
        "entries": [dict(entry._asdict()) for entry in left],
        "forgotten": [entry.path for entry in gone],
        "foreign": found.foreign,
    }
    lines = _listed(left) if args.action == "list" else []
    if args.action != "list":
        lines.append("forgotten: {}".format(_sum(gone)))
        if len(gone) < len(chosen):
            lines.append("could not be removed: {}".format(len(chosen) - len(gone)))
    limit = "no limit" if facts["limit"] is None else "limit {}".format(_size(facts["limit"]))
    lines.append("{}: {}, {}".format(found.folder, _sum(left), limit))
    if found.foreign:
        lines.append("other things in the folder, left alone: {}".format(found.foreign))
    work.tell(facts, args.json, lines)


def _listed(entries: List[Any]) -> List[str]:
    shown = entries[::-1][:LISTED]
    lines = [
        "{:>9}  {}  {}".format(
            _size(entry.bytes),
            time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.used)),
            os.path.join(entry.kind, os.path.basename(entry.path)),
        )
        for entry in shown
    ]
    return lines + (["… and {} more".format(_sum(entries[:-LISTED]))] if len(entries) > LISTED else [])


def _sum(entries: List[Any]) -> str:
    count = len(entries)
    return "{} file{}, {}".format(count, "" if count == 1 else "s", _size(sum(one.bytes for one in entries)))


def _size(number: int) -> str:
    for unit, factor in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if number >= factor:
            return "{:.1f} {}".format(number / factor, unit)
    return "{} B".format(number)
