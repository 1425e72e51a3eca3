"""Download official network files into the models folder, and list what there is.

  ganspace fetch                          names in groups, as a shell expands them; which are here
  ganspace fetch --filter "car 512"       one line each for what has both words: name, family, licence
  ganspace fetch stylegan2-car-config-f
  ganspace fetch https://example.com/net.pkl --max-size 500M

A download goes on where an earlier one stopped. It is kept when it is whole and a network, with its SHA-256
beside it in NAME.sha256, which is compared the next time. Over http and https alone.
Official files come from their publishers under the publishers' licences (most allow research only).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Dict, List, Optional

from ganspace_tf.cli import arguments, terminal, values, work
from ganspace_tf.cli.name_groups import grouped
from ganspace_tf.cli.progress import progress_to
from ganspace_tf.errors import UsageError


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace fetch` understands."""
    parser.add_argument("names", metavar="NAME", nargs="*", help="name or address; none lists the names")
    parser.add_argument("--filter", metavar="WORDS", help="list what has all of these words, one line each")
    parser.add_argument("--folder", metavar="DIR", help="where to keep it (default: the models folder)")
    parser.add_argument(
        "--max-size",
        type=values.size,
        metavar="SIZE",
        help="largest file that is taken; K, M, G (default: the size in the catalogue, else 4G)",
    )
    arguments.add_json(parser)


def run(args: Any) -> None:
    """Download, or list."""
    if not args.names:
        _list(args.filter, args.json)
        return
    if args.filter is not None:
        raise UsageError("--filter lists and NAME downloads: give one of them")
    paths = {name: _fetch(name, args) for name in args.names}
    work.tell(paths, args.json, list(paths.values()))


def _fetch(name: str, args: Any) -> str:
    from ganspace_tf.generators.fetch import fetch

    with progress_to(name, "B") as report:
        done = fetch(name, args.folder, report, args.max_size)
    terminal.note("{}: {}, SHA-256 {}".format(name, "downloaded" if done.new else "was here", done.sha256))
    return done.path


def _list(words: Optional[str], as_json: bool) -> None:
    from ganspace_tf.generators import catalogue

    rows = [_facts(row) for row in catalogue.CATALOGUE.values()]
    if words is not None:
        rows = [facts for facts in rows if _has(facts, words)]
        if not rows:
            raise UsageError("no network has all words of {!r}; `ganspace fetch` lists them".format(words))
    if as_json:
        work.tell({"networks": rows, "folder": catalogue.models_folder()}, True)
        return
    lines = _overview(rows) if words is None else _one_by_one(rows)
    terminal.out([*lines, "", "models folder: {}".format(catalogue.models_folder())])


def _has(facts: Dict[str, Any], words: str) -> bool:
    text = "{name} {family} {resolution} {licence}".format(**facts).lower()
    return all(word in text for word in words.lower().split())


def _overview(rows: List[Dict[str, Any]]) -> List[str]:
    """A heading for each family and licence, below it the names in groups."""
    parts: "OrderedDict[str, Dict[str, Dict[str, Any]]]" = OrderedDict()
    for facts in rows:
        whose = "demo, comes with this project" if facts["shipped"] else facts["family"]
        parts.setdefault("{}: {}".format(whose, facts["licence"]), OrderedDict())[facts["name"]] = facts
    groups = [(heading, named, grouped(named)) for heading, named in parts.items()]
    width = max(len(group.pattern) for _, _, some in groups for group in some)
    lines: List[str] = []
    for heading, named, some in groups:
        lines.append(heading)
        for pattern, names in some:
            inside = [named[name] for name in names]
            lines.append("  {:{}}  {:>9}  {}".format(pattern, width, _sides(inside), _state(inside)).rstrip())
    return lines


def _one_by_one(rows: List[Dict[str, Any]]) -> List[str]:
    width = max(len(facts["name"]) for facts in rows)
    line = "{name:{width}}  {family:14} {side:>5}  {state:8} {licence}"
    return [line.format(width=width, side=_sides([row]), state=_state([row]), **row) for row in rows]


def _sides(rows: List[Dict[str, Any]]) -> str:
    """The resolution, or the smallest and the largest."""
    known = sorted(row["resolution"] for row in rows if row["resolution"])
    return "?" if not known else "-".join(str(side) for side in sorted({known[0], known[-1]}))


def _state(rows: List[Dict[str, Any]]) -> str:
    here = sum(bool(row["here"]) for row in rows)
    if here:
        return "here" if here == len(rows) else "{} of {} here".format(here, len(rows))
    return "" if any(row["url"] for row in rows) else "by hand"


def _facts(row: Any) -> Dict[str, Any]:
    from ganspace_tf.generators import catalogue

    names = ("name", "family", "resolution", "licence", "url", "shipped")
    return dict({name: getattr(row, name) for name in names}, here=catalogue.local_copy(row))
