"""Everything once, on a small network: directions, a sheet of them, edits, a film. Needs no download.

  ganspace demo --out demo

Where the demo networks of this project are not installed, a network with random weights takes their place.
"""

from __future__ import annotations

import os
from typing import Any, List, Tuple

from ganspace_tf.cli import arguments, values, work
from ganspace_tf.cli.quiet import start_tensorflow
from ganspace_tf.errors import FileError

NETWORK = "demo:stylegan2"
EDITS = ("E(v0)", "E(v1, 0-3)", "E(v2, 4-)")


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace demo` understands."""
    parser.add_argument(
        "--out", default="ganspace-demo", metavar="DIR", help="folder to make (default ganspace-demo)"
    )
    parser.add_argument(
        "-n", type=values.count, default=100_000, metavar="N", help="samples (default 100_000)"
    )
    arguments.add_threads(parser)
    arguments.add_json(parser)


def run(args: Any) -> None:
    """Make the folder and fill it."""
    from ganspace_tf.decomposition import decompose

    try:
        os.makedirs(args.out, exist_ok=True)
    except OSError as error:
        raise FileError("cannot make the folder {}: {}".format(args.out, error.strerror)) from None
    name = _network(args.out)
    gen = work.open_generator(name, args.threads)
    start_tensorflow()
    with work.progress_to("pca", "row") as report:
        comp = decompose(gen, n=args.n, components=20, progress=report)
    comp.save(os.path.join(args.out, "components.npz"))
    made = [os.path.join(args.out, "components.npz")]
    for file, verb, picture in _pictures(gen.name):
        out = os.path.join(args.out, file)
        work.draw(gen, name, verb, picture, comp, out)
        made.append(out)
    folder = os.path.abspath(args.out)
    lines = ["network: {}".format(name), "sigma: " + _sigmas(comp)] + made
    lines += ["again:  ganspace replay {} --out again.png".format(os.path.join(args.out, "sheet.png"))]
    work.tell(
        {"network": name, "folder": folder, "files": made},
        args.json,
        "\n".join(lines + ["pictures are in " + folder]),
    )


def _network(folder: str) -> str:
    """The demo network's name, or the path of a stand-in written into the folder."""
    from ganspace_tf.demo.stand_in import write_stand_in
    from ganspace_tf.generators import catalogue

    row = catalogue.find(NETWORK)
    if row is not None and catalogue.local_copy(row) is not None:
        return NETWORK
    return write_stand_in(os.path.join(folder, "network.pkl"))


def _pictures(name: str) -> List[Tuple[str, str, Any]]:
    """(file, verb, picture) of everything that is drawn."""
    from ganspace_tf.edits import parse_edit
    from ganspace_tf.render.frames import Look
    from ganspace_tf.render.pictures import Sample, Sheet, Strips

    look, sigmas = Look(psi=0.7), values.steps((-2.0, 2.0), arguments.FRAMES)
    found: List[Tuple[str, str, Any]] = [
        ("seeds.png", "sample", Sample(look, seeds=list(range(12)), columns=4, labels=True)),
        (
            "sheet.png",
            "visualize",
            Sheet(look, components=list(range(8)), sigmas=sigmas, title=name + "  ·  ψ 0.7"),
        ),
    ]
    for i, text in enumerate(EDITS):
        strips = Strips(look, seeds=[1, 2, 3], swept=[parse_edit(text)], sigmas=sigmas, labels=True)
        found.append(("edit-{}.png".format(i + 1), "edit", strips))
    moving = values.steps((-2.0, 2.0), 16)
    film = Strips(look, seeds=[1, 2, 3, 4], swept=[parse_edit(EDITS[0])], sigmas=moving, cell=128)
    return found + [("film.gif", "edit", film)]


def _sigmas(comp: Any) -> str:
    return "  ".join("v{} {:.3g}".format(k, float(sigma)) for k, sigma in enumerate(comp.stdev[:5])) + " …"
