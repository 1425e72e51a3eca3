"""Network files from one format to another; the endings of the names decide.

ganspace convert net.pkl net.npz      a neutral file: arrays and JSON, no pickle, the same bytes every time
ganspace convert net.npz net.pkl      back to the official container, for the official programs
ganspace convert net.pt net.npz       a StyleGAN or StyleGAN2 checkpoint of the PyTorch ports, to either
"""

from __future__ import annotations

from typing import Any

from ganspace_tf.cli import arguments, work

ENDINGS = (".npz", ".pkl")


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace convert` understands."""
    parser.add_argument("network", metavar="IN", help="network file to read, or its name")
    parser.add_argument("out", metavar="OUT", help="file to write, .npz or .pkl")
    arguments.add_json(parser)


def run(args: Any) -> None:
    """Read, check, write."""
    from ganspace_tf.generators.load import locate
    from ganspace_tf.ports.networks import is_checkpoint, read_network
    from nvlabs.reading.unpickle import read_records
    from nvlabs.writing import container

    work.check_out(args.out, ENDINGS, called="OUT ")
    path = locate(args.network)
    container.save(read_network(path) if is_checkpoint(path) else read_records(path), args.out)
    work.tell_written({"in": path, "out": args.out}, args.json, [args.out])
