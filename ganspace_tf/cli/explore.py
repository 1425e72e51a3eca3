"""Drag, see, name and save directions in a browser, on this machine, with or without a GPU.

  ganspace explore demo:stylegan2
  ganspace explore net.pkl --components c.npz --direction wings.json
  ganspace explore net.pkl --port 8100 --host-name hub.example.org --no-browser

Prints an address that only works on this machine, and with its token. Without --components those of the cache
are used, else 20,000 samples are decomposed while you look around. Named directions that fit the network come
first. Ctrl-C ends it; the page keeps what was done. Through an SSH tunnel or a proxy: docs/explorer.md.
"""

from __future__ import annotations

import os
import sys
from typing import Any, Callable, List, Optional, Tuple

from ganspace_tf.cli import arguments, inputs, terminal, values, work
from ganspace_tf.cli.quiet import start_tensorflow
from ganspace_tf.errors import FileError

SAMPLES, COMPONENTS = 20_000, 20
Report = Callable[[str], None]


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace explore` understands."""
    arguments.add_network(parser)
    arguments.add_components(parser, required=False)
    parser.add_argument(
        "--direction",
        action="append",
        default=[],
        metavar="FILE",
        help="a named direction besides those that are found; may be given again",
    )
    arguments.add_directions(parser)
    parser.add_argument(
        "--out", metavar="DIR", help="folder that pictures, recipes, directions and films are also written to"
    )
    group = parser.add_argument_group("server")
    group.add_argument(
        "--port",
        type=values.count_to(65_535),
        metavar="N",
        help="exactly this port (default: the first free one from 8100)",
    )
    group.add_argument(
        "--listen", default="127.0.0.1", metavar="ADDR", help="address to listen on (default 127.0.0.1)"
    )
    group.add_argument(
        "--host-name",
        action="append",
        default=[],
        metavar="NAME",
        help="name by which browsers may call this server, such as that of a proxy; may be given again",
    )
    group.add_argument(
        "--base-path", default="", metavar="/P", help="path before everything, of a proxy that leaves it in"
    )
    group.add_argument("--no-browser", action="store_true", help="print the address and open nothing")
    group.add_argument(
        "--unlimited", action="store_true", help="films of more than 600 frames or 2 minutes too"
    )


def run(args: Any) -> None:
    """Serve until Ctrl-C."""
    from ganspace_tf.explorer.web.serve import Place, serve
    from ganspace_tf.generators.load import locate

    locate(args.network)  # a wrong name is refused before anything is there
    if args.out is not None and not os.path.isdir(args.out):
        raise FileError("--out {}: there is no such folder".format(args.out))
    place = Place(
        port=args.port,
        listen=args.listen,
        host_names=args.host_name,
        base_path=args.base_path,
        out=args.out,
        browser=not args.no_browser and _has_desktop(),
        unlimited=args.unlimited,
    )
    serve(lambda report: open_session(args, report), place, _tell, terminal.note)


def open_session(args: Any, report: Report) -> Any:
    """The session that a command line asks for. report: told what is being done."""
    from ganspace_tf.explorer.session import Session

    report("reading {}".format(args.network))
    gen = work.open_generator(args.network, args.threads)
    opened = inputs.Inputs(gen, args.directions)
    directions = _directions(args, opened)
    report("starting TensorFlow")
    start_tensorflow()
    comp, later = None, None
    if args.components is not None:
        comp = opened.components(args.components)
    else:
        comp, later = _of_the_cache(gen)
    opened.say()
    report("drawing the first picture")
    return Session(gen, comp, directions, args.network, later, args.any_basis)


def _directions(args: Any, opened: inputs.Inputs) -> List[Any]:
    """Those that were given, then those that fit, one of a name."""
    from ganspace_tf.directions.collection import directions

    found = [opened.direction(path, args.any_basis) for path in args.direction]
    names = {one.name.lower() for one in found}
    more = directions(opened.gen, args.directions)
    return found + [one for one in more if one.name.lower() not in names]


class _NotKept(Exception):  # noqa: N818
    """The cache does not hold what would have to be computed."""


def _of_the_cache(gen: Any) -> Tuple[Optional[Any], Optional[Any]]:
    """Components of SAMPLES samples, if the cache holds them, else None and what finds them."""
    from ganspace_tf.decomposition import decompose

    space = gen.linear_endpoints[0] if gen.linear_endpoints else "w"
    asked = {"n": SAMPLES, "components": min(COMPONENTS, gen.dlatent_size), "space": space}

    def not_kept() -> None:
        raise _NotKept

    try:
        return decompose(gen, prepare=not_kept, **asked), None
    except _NotKept:
        return None, lambda told: decompose(gen, progress=told, **asked)


def _has_desktop() -> bool:
    """Whether there is a browser with windows: one of the terminal would take the terminal."""
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True


def _tell(address: str) -> None:
    terminal.out(["{}   (Ctrl-C ends it)".format(address)])
    sys.stdout.flush()
