"""Download official network files into the models folder, and list what there is.

  ganspace fetch                          names, where they come from, which are here
  ganspace fetch stylegan2-car-config-f

Official files come from their publishers under the publishers' licences (most allow research only).
"""

from __future__ import annotations

from typing import Any, Optional

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

    rows = []
    for row in catalogue.CATALOGUE.values():
        here = catalogue.local_copy(row)
        rows.append(
            {
                "name": row.name,
                "family": row.family,
                "resolution": row.resolution,
                "licence": row.licence,
                "url": row.url,
                "here": here,
            }
        )
    if as_json:
        work.tell({"networks": rows, "folder": catalogue.models_folder()}, True)
        return
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        state = "here" if row["here"] else ("" if row["url"] else "by hand")
        side = row["resolution"] or "?"
        print(
            "{:{}}  {:14} {:>5}  {:8} {}".format(
                row["name"], width, row["family"], side, state, row["licence"]
            )
        )
    print("\nmodels folder: {}".format(catalogue.models_folder()))
