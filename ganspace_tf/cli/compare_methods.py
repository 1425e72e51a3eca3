"""Methods that find directions, measured alike on one network: a table, and a page with --out.

  ganspace compare-methods demo:stylegan2 --out methods.html
  ganspace compare-methods net.pkl --methods pca,sefa,random -k 20 -n 50000 --json
  ganspace compare-methods net.pkl --latents faces.npy --json

effect: change of all factors per sigma. explained: share of factor variance that the directions foretell.
purity: share of its factor in the change of the best single edit; leakage: change of the other factors for
each unit of it. Each with a 95 % interval over three seeds.
With --latents edits are tried on half of the file's rows and measured on the other half, drawn anew for each
seed; `explained` stays a matter of the network's own samples.
supervised (a boundary for each factor) and stylespace (style channels for each) are told the factors of
--unit pictures, the others are told nothing; sefa reads the weights, hessian what changes pictures most.
A method that finds nothing (ICA may not converge, not every network has style channels) says so in its row.
"""

from __future__ import annotations

from typing import Any, Dict, List

from ganspace_tf.cli import arguments, inputs, values, work
from ganspace_tf.cli.progress import progress
from ganspace_tf.cli.quiet import start_tensorflow

COLUMNS = {
    "effect": "change of all factors for one sigma along a direction, mean over the directions; more is more",
    "explained": "share of the factors' variance that the directions foretell; 1 is all of it",
    "purity": "share of its factor in all that the best single edit E(v, layers) changes; 1 is nothing else",
    "leakage": "change of all other factors for each unit of that factor; 0 is nothing else",
}
HEAD = (
    "Each method found {} directions in {}. The same is measured of all: changes are in factor sigmas, "
    "standard deviations of a factor over the network's own pictures, as the scorer {} reads them ({}). In "
    "brackets are 95 % confidence intervals over three seeds of sampling."
)


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace compare-methods` understands."""
    arguments.add_network(parser)
    parser.add_argument(
        "--methods",
        default="pca,ipca,ica,spca,sefa,hessian,random,supervised,stylespace",
        metavar="LIST",
        help="of pca, ipca, ica, spca, sefa, hessian, random, supervised, stylespace (default: all)",
    )
    parser.add_argument("-k", type=values.count, default=10, metavar="K", help="directions (default 10)")
    parser.add_argument(
        "-n", type=values.count, default=10_000, metavar="N", help="samples a method (default 10_000)"
    )
    arguments.add_scorer(parser)
    parser.add_argument("--psi", type=values.psi, metavar="PSI", help="truncation (default: none)")
    parser.add_argument(
        "--out", metavar="FILE", help=".html to write: the table, and the best edits of all in pictures"
    )
    arguments.add_cluster(parser)
    arguments.add_json(parser)


def run(args: Any) -> None:
    """Measure every method, print the table, write the page."""
    from ganspace_tf.errors import UnknownName
    from ganspace_tf.measure.beside import beside
    from ganspace_tf.measure.meter import Meter
    from ganspace_tf.measure.methods import METHODS, Failed, Sizes, compare_methods
    from ganspace_tf.measure.methods_page import methods_page
    from ganspace_tf.measure.statistics import choose_scorer
    from ganspace_tf.render.files import write_bytes
    from ganspace_tf.render.frames import Look

    methods = [name.strip() for name in args.methods.split(",") if name.strip()]
    for name in methods or [""]:
        if name not in METHODS:
            raise UnknownName.among("method", name, METHODS)
    if args.out:
        work.check_out(args.out, (".html",))
    scorer, world = choose_scorer(args.network, args.scorer)
    gen = work.open_generator(args.network, args.threads)
    opened = inputs.Inputs(gen, trust=args.trust_latents)
    opened.one_class(None)  # nobody can choose one here: which one it is is said
    given = opened.measured_on(args)
    opened.say()
    start_tensorflow()
    sizes = Sizes(latents=inputs.samples(args), rows=max(8 * args.k, args.unit), given=given)
    with work.spread(gen, args) as told, progress(len(methods), "compare", "method") as new:
        meter = Meter(gen, scorer, gen.w(n=args.unit, seed=90), Look(psi=args.psi))
        rows = compare_methods(meter, methods, min(args.k, gen.dlatent_size), args.n, sizes, lambda _: new(1))
        shown = beside(meter, rows, sizes) if args.out else None
    facts = {
        row.method: {"problem": row.problem}
        if isinstance(row, Failed)
        else {name: dict(getattr(row, name)._asdict()) for name in COLUMNS}
        for row in rows
    }
    if shown is not None:
        head = HEAD.format(min(args.k, gen.dlatent_size), gen.name, world, ", ".join(meter.names))
        write_bytes(args.out, methods_page(head, list(COLUMNS.items()), _cells(facts), shown))
    lines = ["{:12}".format("") + "".join("  {:>22}".format(name) for name in COLUMNS)]
    for name, *cells in _cells(facts):
        lines.append("{:12}".format(name) + "".join("  {:>22}".format(cell or "") for cell in cells).rstrip())
    answer = {"network": gen.name, "scorer": world, "out": args.out, "methods": facts, **told}
    work.tell(answer, args.json, lines + ([args.out] if args.out else []))


def _cells(facts: Dict[str, Any]) -> List[List[Any]]:
    """A row a method: its name, and what was measured or why nothing was."""
    return [
        [method, "  " + row["problem"]] + [None] * (len(COLUMNS) - 1)
        if "problem" in row
        else [method] + ["{mean:.3f} [{low:.3f}, {high:.3f}]".format(**row[name]) for name in COLUMNS]
        for method, row in facts.items()
    ]
