"""Download official network files into the models folder, and list what there is.

  ganspace fetch                          names, where they come from, which are here
  ganspace fetch stylegan2-car-config-f

Official files come from their publishers under the publishers' licences (most allow research only).
"""

from __future__ import annotations

from typing import Any, Dict, Optional

from ganspace_tf.cli import arguments, work


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace fetch` understands."""
    parser.add_argument("names", metavar="NAME", nargs="*", help="name or address; none lists the names")
    parser.add_argument("--folder", metavar="DIR", help="where to keep it (default: the models folder)")
    arguments.add_json(parser)


def run(args: Any) -> None:
    """Download, or list."""
    if not args.names:
        _list(args.json)
        return
    paths = {name: _fetch(name, args.folder) for name in args.names}
    work.tell(paths, args.json, "\n".join(paths.values()))


def _fetch(name: str, folder: Optional[str]) -> str:
    from ganspace_tf.generators.fetch import fetch

    with work.progress_to(name, "B") as report:
        return fetch(name, folder, report)


def _list(as_json: bool) -> None:
    from ganspace_tf.generators import catalogue

    rows = [_facts(row) for row in catalogue.CATALOGUE.values()]
    if as_json:
        work.tell({"networks": rows, "folder": catalogue.models_folder()}, True)
        return
    width = max(len(facts["name"]) for facts in rows)
    for facts in rows:
        state = "here" if facts["here"] else ("" if facts["url"] else "by hand")
        side = facts["resolution"] or "?"
        line = "{name:{width}}  {family:14} {side:>5}  {state:8} {licence}"
        print(line.format(width=width, side=side, state=state, **facts))
    print("\nmodels folder: {}".format(catalogue.models_folder()))


def _facts(row: Any) -> Dict[str, Any]:
    from ganspace_tf.generators import catalogue

    names = ("name", "family", "resolution", "licence", "url")
    return dict({name: getattr(row, name) for name in names}, here=catalogue.local_copy(row))
