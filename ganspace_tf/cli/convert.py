"""Network files, and latents, from one format to another; the endings of the names decide.

ganspace convert net.pkl net.npz      a neutral file: arrays and JSON, no pickle, the same bytes every time
ganspace convert net.npz net.pkl      back to the official container, for the official programs
ganspace convert net.pt net.npz       a StyleGAN or StyleGAN2 checkpoint of the PyTorch ports, to either

ganspace convert latents.pt me.npz --network net.pkl                        latents of an encoder as ours
ganspace convert me.npz:0 projected_w.npz --network net.pkl --as nvlabs-ada-pytorch
"""

from __future__ import annotations

from typing import Any

from ganspace_tf.cli import arguments, terminal, work
from ganspace_tf.errors import UsageError

ENDINGS = (".npz", ".pkl")


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace convert` understands."""
    parser.add_argument("source", metavar="IN", help="network file to read, or its name; or FILE[:ROWS]")
    parser.add_argument("out", metavar="OUT", help="file to write, .npz or .pkl; .npz or .npy for latents")
    parser.add_argument("--network", metavar="NETWORK", help="IN is a file of latents of this network")
    parser.add_argument(
        "--as",
        dest="form",
        metavar="FORM",
        help="of latents: npz, nvlabs-ada, nvlabs-ada-pytorch or npy (default: by the ending)",
    )
    arguments.add_as_w(parser)
    arguments.add_json(parser)


def run(args: Any) -> None:
    """Read, check, write."""
    if args.network is not None:
        return _latents(args)
    if args.form or args.as_w or args.trust_latents:
        raise UsageError("--as, --as-w and --trust-latents are of latents, which need --network NETWORK")
    from ganspace_tf.generators.load import locate
    from ganspace_tf.ports.networks import is_checkpoint, read_network
    from nvlabs.reading.unpickle import read_records
    from nvlabs.writing import container

    work.check_out(args.out, ENDINGS, called="OUT ")
    path = locate(args.source)
    container.save(read_network(path) if is_checkpoint(path) else read_records(path), args.out)
    work.tell_written({"in": path, "out": args.out}, args.json, [args.out])
    return None


def _latents(args: Any) -> None:
    from ganspace_tf.foreign.places import split_place
    from ganspace_tf.photos import read_latents
    from ganspace_tf.photos.written import form_of, write_as

    form = form_of(args.form, args.out)
    work.check_out(args.out, called="OUT ")
    file, inside = split_place(args.source)
    gen = work.open_generator(args.network, None)
    latents = read_latents(file, gen, inside, args.as_w, trust=args.trust_latents)
    terminal.note("{}: {}".format(file, latents.told))
    for line in write_as(form, args.out, latents, gen):
        terminal.note(line)
    facts = {"in": args.source, "out": args.out, "as": form, "latents": len(latents.rows)}
    work.tell_written(facts, args.json, [args.out])
