"""The options that several verbs share: same word, same meaning everywhere."""

from __future__ import annotations

from typing import Any

from ganspace_tf.cli import values

SAMPLES, MOST_SAMPLES = 16, 100_000  # latents that edits are tried on
FRAMES = 5  # of a strip or a row of a sheet, as in the GANSpace figures


def add_network(parser: Any) -> None:
    """NETWORK and how it runs."""
    parser.add_argument("network", metavar="NETWORK", help="file or folder of a network, or its name")
    add_threads(parser)


def add_threads(parser: Any) -> None:
    """--threads."""
    parser.add_argument(
        "--threads", type=values.count_to(4_096), metavar="N", help="CPU threads (default: all cores)"
    )


def add_seeds(parser: Any, default: str) -> None:
    """--seeds."""
    parser.add_argument(
        "--seeds",
        type=values.seeds,
        default=values.seeds(default),
        metavar="LIST",
        help="such as 0-8,12 (default {})".format(default),
    )


def add_starts(parser: Any, default: str) -> None:
    """--seeds, and --latents in their place."""
    group = parser.add_mutually_exclusive_group()
    add_seeds(group, default)
    add_latents(group, parser, "latents of a file instead of seeds")


def add_latents(group: Any, parser: Any, what: str) -> None:
    """--latents FILE[:ROWS] and how its rows are read. what: begins its help."""
    group.add_argument(
        "--latents",
        metavar="FILE[:ROWS]",
        help=what + ": .npy, .npz, .pt of encoders and projectors; rows 0-3,7 or names",
    )
    add_as_w(parser)


def add_as_w(parser: Any) -> None:
    """--as-w."""
    parser.add_argument(
        "--as-w",
        action="store_true",
        help="two axes in the file of --latents are as many latents w, not layers",
    )
    parser.add_argument(
        "--trust-latents", action="store_true", help="also latents that were found for another network"
    )


PSI = {  # what --psi may be: how it is read, what the help adds
    "one": (values.psi, ""),
    "several": (values.psis, "; 0.25,0.7,none: a row each"),
    "span": (values.from_to(values.psi, "0.3..1"), "; 0.3..1: from the first to the last seed"),
}
MOTION = {  # the same of --translate and of --rotate
    "one": ((values.translation, ""), (values.degrees, "")),
    "span": (
        (values.from_to(values.translation, "0,0..0.3,0"), "; 0,0..0.3,0: on the way"),
        (values.from_to(values.degrees, "0..360"), "; 0..360: on the way"),
    ),
}


def add_look(parser: Any, psi: str = "one") -> None:
    """What an image depends on besides its latents. psi: a key of PSI."""
    read, more = PSI[psi]
    (translation, on_the_way), (degrees, turning) = MOTION["span" if psi == "span" else "one"]
    group = parser.add_argument_group("look")
    group.add_argument(
        "--psi",
        type=read,
        metavar="PSI",
        help="truncation, after edits: 1 or none for none (default), 0.7 …" + more,
    )
    group.add_argument(
        "--cutoff", type=values.number_from_zero, metavar="N", help="truncate the first N layers only"
    )
    group.add_argument(
        "--noise",
        default="stored",
        metavar="NOISE",
        help="stored (default), none, random, numpy:SEED, nvlabs:SEED, torch-cpu:SEED, torch-cuda:SEED",
    )
    add_class(group, "; commas: one a picture")
    group.add_argument(
        "--translate",
        type=translation,
        metavar="X,Y",
        help="move the picture, in sides of it, right and down (StyleGAN3)" + on_the_way,
    )
    group.add_argument(
        "--rotate",
        type=degrees,
        metavar="DEG",
        help="turn the picture by so many degrees (StyleGAN3)" + turning,
    )
    group.add_argument("--compat", choices=["ganspace"], help="pixels rounded as in the PyTorch original")
    group.add_argument(
        "--batch", type=values.count, default=8, metavar="N", help="images at a time (default 8)"
    )


def add_class(parser: Any, several: str = "") -> None:
    """--class. several: what follows in its help where more than one class may be given."""
    parser.add_argument(
        "--class",
        dest="classes",
        type=values.classes,
        metavar="CLASS",
        help="index, name or WordNet id (n02123045), mixture 0:0.5+1:0.5, or none" + several,
    )


def add_sweep(parser: Any, sigma: str, usable: str = "") -> None:
    """--sigma and --frames. usable: when strengths come from elsewhere; then --sigma is None if not given."""
    parser.add_argument(
        "--sigma",
        type=values.span,
        default=None if usable else values.span(sigma),
        metavar="A..B",
        help="strengths in sigma (default {}{})".format(sigma, usable),
    )
    parser.add_argument(
        "--frames",
        type=values.count_to(10_000),
        default=FRAMES,
        metavar="N",
        help="steps from A to B (default {})".format(FRAMES),
    )


def add_mode(parser: Any) -> None:
    """--mode."""
    parser.add_argument(
        "--mode",
        default="latent",
        choices=["latent", "activation", "both"],
        help="what is edited; activation: the output of the endpoint of the components",
    )


def add_cell(parser: Any, raw: str = "") -> None:
    """--cell, and --raw where labels are a choice (then the text is its help)."""
    easy = "96 to 256 pixels"
    default = "{}; the network's own with --raw".format(easy) if raw else easy
    parser.add_argument(
        "--cell",
        type=values.count_to(8_192),
        metavar="PX",
        help="width of a frame (default: {})".format(default),
    )
    if raw:
        parser.add_argument("--raw", action="store_true", help=raw)
        parser.add_argument("--labels", action="store_true", help="the default; undoes --raw")


def add_film(parser: Any, once: bool = True) -> None:
    """--fps, and --once where a film goes to and fro."""
    parser.add_argument(
        "--fps", type=values.fps, default=20, metavar="N", help="frames a second of a film (default 20)"
    )
    if once:
        parser.add_argument(
            "--once", action="store_true", help="a film that goes one way (default: there and back)"
        )


def add_components(parser: Any, required: bool = True) -> None:
    """--components and what to do if they belong elsewhere."""
    parser.add_argument(
        "--components", required=required, metavar="FILE", help="components found by `ganspace pca`"
    )
    parser.add_argument(
        "--any-basis", action="store_true", help="also components or directions found in another model"
    )


def add_direction_output(parser: Any) -> None:
    """--psi, --out and --json of a verb that measures a named direction and writes it."""
    parser.add_argument(
        "--psi", type=values.psi, metavar="PSI", help="truncation when measured (default: none)"
    )
    parser.add_argument("--out", metavar="FILE", help=".json to write (default: by the name)")
    add_json(parser)


def add_directions(parser: Any) -> None:
    """--directions."""
    parser.add_argument(
        "--directions",
        metavar="DIR",
        help="folder of named directions, besides the current one and those of GANSPACE_DIRECTIONS",
    )


def add_scorer(parser: Any) -> None:
    """--scorer, how much is measured, and on which latents."""
    parser.add_argument(
        "--scorer",
        default="auto",
        metavar="NAME",
        help="beetles, kin, statistics or package.module:callable (default: by network)",
    )
    group = parser.add_mutually_exclusive_group()
    group.add_argument(
        "--samples",
        type=values.count_to(MOST_SAMPLES),
        default=SAMPLES,
        metavar="N",
        help="latents that edits are tried on (default {})".format(SAMPLES),
    )
    group.add_argument(
        "--latents",
        type=values.count_or_file(MOST_SAMPLES),
        metavar="FILE[:ROWS]",
        help="try them on latents of a file instead (a whole number: as --samples)",
    )
    add_as_w(parser)
    parser.add_argument(
        "--unit",
        type=values.count_to(100_000),
        default=256,
        metavar="N",
        help="pictures that fix the units (default 256)",
    )


def add_cluster(parser: Any) -> None:
    """--cluster."""
    parser.add_argument(
        "--cluster",
        metavar="WHERE",
        help="Dask workers to compute on: local:N, tcp://HOST:PORT, tls://HOST:PORT or scheduler.json",
    )


def add_output(parser: Any, out: str, kinds: str) -> None:
    """--out and --json."""
    parser.add_argument(
        "--out", default=out, metavar="FILE", help="{} to write (default {})".format(kinds, out)
    )
    add_json(parser)


def add_quiet(parser: Any) -> None:
    """--quiet."""
    parser.add_argument(
        "--quiet", action="store_true", help="print errors, and answers that were asked for, and nothing else"
    )


def add_json(parser: Any) -> None:
    """--json."""
    parser.add_argument("--json", action="store_true", help="answer as JSON on stdout")
