"""Everything once, on the demo network: components, named edits with what they do, a film, a page of it all.

  ganspace demo --out demo

What each edit changes is measured by the scorer of the drawn world. Files of an earlier demo in the folder
are replaced, others are left alone.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Dict, Iterator, List, Tuple

from ganspace_tf.cli import arguments, values, work
from ganspace_tf.cli.progress import progress, progress_to
from ganspace_tf.cli.quiet import start_tensorflow
from ganspace_tf.demo.networks import DATA, PREFIX, manifest
from ganspace_tf.errors import FileError

NETWORK = "demo:stylegan2"
EDITS = os.path.join(DATA, "edits-stylegan2")  # named directions, found by training/name_edits.py
PAGE = "index.html"
COMPONENTS, SAMPLES, PSI = 20, 100_000, 0.7
FILM_SEEDS, FILM_STEPS, CELL = (1, 2), 20, 128
YOURS = (
    "info net.pkl",
    "pca net.pkl -n 1000000 -k 80 --out c.npz",
    "visualize net.pkl --components c.npz --out sheet.png",
    "rank net.pkl --components c.npz",
    'edit net.pkl --components c.npz --edit "E(v0, 0-4)" --sigma -3..3 --frames 7 --out strip.png',
)


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace demo` understands."""
    parser.add_argument(
        "--out", default="ganspace-demo", metavar="DIR", help="folder to make (default ganspace-demo)"
    )
    parser.add_argument(
        "-n", type=values.count, default=SAMPLES, metavar="N", help="samples (default 100_000)"
    )
    arguments.add_threads(parser)
    arguments.add_json(parser)


def outputs(args: Any) -> List[str]:
    """The page stands for the folder."""
    return [os.path.join(args.out, PAGE)]


def run(args: Any) -> None:
    """Make the folder and fill it."""
    with _folder(args.out):
        _fill(args)


def _fill(args: Any) -> None:
    from ganspace_tf.measure.statistics import choose_scorer
    from ganspace_tf.measure.tour import measuring, tour
    from ganspace_tf.measure.tour_page import edit_facts, told, tour_page
    from ganspace_tf.render.files import write_bytes

    page, basis, film = (os.path.join(args.out, name) for name in (PAGE, "components.npz", "film.gif"))
    work.check_out(page)
    gen = work.open_generator(NETWORK, args.threads)
    directions = _directions(gen)
    start_tensorflow()
    comp = components(gen, args.n)
    comp.save(basis)
    handles = [_handle(one, comp) for one in directions]
    with progress(len(handles), "measure", "edit") as new:
        found = tour(measuring(gen, choose_scorer(NETWORK)[0], look()), comp, handles, new)
    made = [page, basis]
    for file, verb, picture in _pictures(gen.name, comp, handles):
        made.append(os.path.join(args.out, file))
        work.draw(gen, NETWORK, verb, picture, comp, made[-1])
    with open(film, "rb") as stream:
        moving = stream.read()
    write_bytes(page, tour_page(found, gen.name, about(gen), moving, _commands(handles)))
    facts: Dict[str, Any] = {"network": NETWORK, "folder": os.path.abspath(args.out), "files": made}
    facts.update(page=os.path.abspath(page), v0_against_random=found.against_random)
    wide = max(len(one.name) for one in handles)
    lines = [
        "{:{}}  {:12}  {}".format(one.handle.name, wide, one.handle.edit.place, told(one.swept.changes[0]))
        for one in found.edits
    ]
    facts["edits"] = [edit_facts(one) for one in found.edits]
    lines += ["page: " + facts["page"], "drag it yourself: {} explore {}".format(program(), NETWORK)]
    work.tell_written(facts, args.json, lines)


def components(gen: Any, n: int = SAMPLES) -> Any:
    """The components of the demo, from n samples."""
    from ganspace_tf.decomposition import decompose

    with progress_to("pca", "row") as report:
        return decompose(gen, n=n, components=min(COMPONENTS, gen.dlatent_size), progress=report)


def look() -> Any:
    """How all pictures of the demo look."""
    from ganspace_tf.render.frames import Look

    return Look(psi=PSI)


def about(gen: Any) -> str:
    """A sentence or two on the network."""
    facts = manifest().get(NETWORK[len(PREFIX) :], {}) if NETWORK.startswith(PREFIX) else {}
    origin = ", trained for this project on drawings of {}".format(facts["world"]) if facts else ""
    licence = " Its licence is {}.".format(facts["licence"]) if facts else ""
    return (
        "Everything here was made and measured on this machine by one command, ganspace demo. The network "
        "{} is a {} of {} × {} pixels with {} style layers{}.{}"
    ).format(
        gen.name,
        gen.family.replace("stylegan", "StyleGAN"),
        *gen.image_shape[1:],
        gen.n_layers,
        origin,
        licence,
    )


@contextmanager
def _folder(folder: str) -> Iterator[None]:
    """A folder that is there; one that was made for work that put nothing into it is taken away again."""
    new = not os.path.exists(folder)
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        raise FileError("cannot make the folder {}: {}".format(folder, error.strerror)) from None
    try:
        yield
    finally:
        if new and not os.listdir(folder):
            os.rmdir(folder)


def _directions(gen: Any) -> List[Any]:
    """The named directions of the demo network. Raises BasisMismatch if they belong to another one."""
    from ganspace_tf.directions.read import load_directions

    found = load_directions(EDITS)
    for direction in found:
        direction.check_model(gen)
    return found


def _handle(direction: Any, comp: Any) -> Any:
    """A named direction as an edit of the component that it is."""
    from ganspace_tf.edits import Edit
    from ganspace_tf.measure.tour import Handle

    component, cosine = direction.nearest(comp)
    sign = 1.0 if cosine > 0 else -1.0
    start, end = (sign * sigma for sigma in direction.sigma_range)
    return Handle(direction.name, Edit(component, *direction.layers), start, end, cosine)


def _pictures(name: str, comp: Any, handles: List[Any]) -> List[Tuple[str, str, Any]]:
    """(file, verb, picture) of everything that is drawn as a file of its own."""
    from ganspace_tf.measure.tour import SEEDS, SHEET, SHEET_SIGMAS, STEPS, STRIPS
    from ganspace_tf.render.figures import Rows
    from ganspace_tf.render.sheets import Sample, Sheet, Strips

    title = "{}  ·  ψ {:g}".format(name, PSI)
    shown = list(range(min(SHEET, len(comp.directions))))
    found: List[Tuple[str, str, Any]] = [
        ("seeds.png", "sample", Sample(look(), seeds=list(SEEDS), columns=8, labels=True)),
        ("sheet.png", "visualize", Sheet(look(), components=shown, sigmas=list(SHEET_SIGMAS), title=title)),
    ]
    for i, one in enumerate(handles):
        sigmas = values.steps((one.start, one.end), STEPS)
        strips = Strips(look(), seeds=list(STRIPS), swept=[one.edit], sigmas=sigmas, labels=True)
        found.append(("edit-{}.png".format(i + 1), "edit", strips))
    still = [_row(one, STRIPS[i % len(STRIPS)]) for i, one in enumerate(handles)]
    moving = [_row(one, seed) for seed in FILM_SEEDS for one in handles]
    found.append(("edits.png", "rows", Rows(look(), rows=still, frames=STEPS, cell=CELL)))
    return found + [("film.gif", "rows", Rows(look(), 16, rows=moving, frames=FILM_STEPS, cell=CELL))]


def _commands(handles: List[Any]) -> List[Tuple[str, Any]]:
    """What to type next, for the page: (sentence, lines)."""
    start = program() + " "
    edit = 'edit {} --components components.npz --edit "{}" --sigma {:g}..{:g} --frames 7 --psi {:g} '
    edit = start + edit + "--seeds 7-9 --out more-{}.png"
    more = [
        edit.format(shlex.quote(NETWORK), one.edit.place, one.start, one.end, PSI, i + 1)
        for i, one in enumerate(handles)
    ]
    again = start + "replay edits.png --out again.png"
    return [
        (
            "The edits on other seeds, and a picture again from the recipe inside it; in this folder:",
            more + [again],
        ),
        ("The same on your own network file:", [start + line for line in YOURS]),
    ]


def program() -> str:
    """What starts this command here, wherever one is: its name if that is found, else its path."""
    beside = os.path.join(os.path.dirname(sys.executable), "ganspace")
    found = shutil.which("ganspace")
    if found is not None and os.path.exists(beside) and os.path.samefile(found, beside):
        return "ganspace"
    if os.path.exists(beside):
        return shlex.quote(beside)
    return shlex.quote(sys.executable) + " -m ganspace_tf"


def _row(one: Any, seed: int) -> Any:
    from ganspace_tf.render.figures import Row

    return Row(seed, [replace(one.edit, sigma=one.end).to_json()], one.name, one.edit.place)
