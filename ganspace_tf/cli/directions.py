"""Named directions: all that fit a network, or all there are.

  ganspace directions demo:stylegan2
  ganspace directions net.pkl --directions ~/handles --json

Looked for in --directions, in the folders of GANSPACE_DIRECTIONS, in the current folder, and among those that
come with the demo networks. Each is given by name: `ganspace edit NETWORK --direction "shell colour"`.
"""

from __future__ import annotations

from typing import Any, Dict

from ganspace_tf.cli import arguments, terminal, work


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace directions` understands."""
    parser.add_argument(
        "network", nargs="?", metavar="NETWORK", help="those that fit it (default: of all networks)"
    )
    arguments.add_directions(parser)
    arguments.add_threads(parser)
    arguments.add_json(parser)


def run(args: Any) -> None:
    """Find, sort by place, print."""
    from ganspace_tf.directions.collection import kept_directions

    gen = None if args.network is None else work.open_generator(args.network, args.threads)
    kept = kept_directions(gen, args.directions)
    facts = [_facts(one) for one in kept]
    if not kept:
        text = "no named directions{}; `ganspace save` and `ganspace teach` make some".format(
            "" if gen is None else " fit " + gen.name
        )
    else:
        wide = max(terminal.columns(one.direction.name) for one in kept)
        text = "\n".join(
            "{}  {}  {}".format(
                terminal.padded(one.direction.name, wide),
                one.direction.described(),
                one.place if one.place == "comes along" else one.path,
            )
            for one in kept
        )
    work.tell({"directions": facts}, args.json, text)


def _facts(kept: Any) -> Dict[str, Any]:
    one = kept.direction
    return {
        "name": one.name,
        "file": kept.path,
        "place": kept.place,
        "fingerprint": one.fingerprint,
        "latent": one.latent,
        **one.where(),
        "sigma": list(one.sigma_range),
        "made": one.made,
    }
