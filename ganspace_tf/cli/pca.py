"""Find the principal directions of a network: sample latents, decompose, keep components, sigma and mean.

  ganspace pca net.pkl -n 1000000 -k 80 --out c.npz
  ganspace pca net.pkl --space G_synthesis/8x8/Conv1 -n 20000 -k 10
  ganspace pca net.pkl -n auto --precision 3deg -k 20 --sampling orthogonal
  ganspace pca net.pkl -n 300000 --estimator ipca --batch 1000 --compat ganspace

A space of more than 8,192 numbers gets a randomised PCA; how far it can be from the exact one is measured,
stated here and by `ganspace info`, and kept in the file. So is how well the sample knows its components: the
largest angle between the K directions together and those of all w there are, with a confidence of 95 %, and
which components it cannot tell apart (docs/precision.md). -n auto takes as many samples as an angle needs;
with --sampling orthogonal these are about half as many.

Without --out the components stay in the cache and their path is printed. Stopped by Ctrl-C or worse, the
same command goes on where it was and gives the same numbers to the bit.
"""

from __future__ import annotations

from typing import Any, List

from ganspace_tf.cli import arguments, inputs, terminal, values, work
from ganspace_tf.cli.progress import progress_to
from ganspace_tf.cli.quiet import start_tensorflow
from ganspace_tf.errors import FileError, UsageError


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace pca` understands."""
    arguments.add_network(parser)
    _add_samples(parser)
    parser.add_argument(
        "-k", type=values.count, metavar="K", help="components (default 80, or all there are)"
    )
    parser.add_argument(
        "--space",
        help="w (default), z, s (all styles), or the name of an endpoint (BigGAN's default: generator.gen_z)",
    )
    parser.add_argument(
        "--latent", choices=["w", "z"], help="latents that directions of an endpoint are expressed in"
    )
    parser.add_argument(
        "--estimator",
        default="pca",
        metavar="NAME",
        help="pca (default), ipca, fbpca, ica, spca, sefa, random",
    )
    parser.add_argument(
        "--seed", type=values.seed, default=0, metavar="SEED", help="of the samples (default 0)"
    )
    parser.add_argument(
        "--batch", type=values.count, metavar="N", help="samples a step; decides the result of ipca"
    )
    parser.add_argument(
        "--compat", choices=["ganspace"], help="samples, blocks and measurements of the PyTorch original"
    )
    arguments.add_class(parser)
    parser.add_argument("--noise", metavar="NOISE", help="of the synthesis, for endpoints (default stored)")
    parser.add_argument("--psi", type=values.psi, metavar="PSI", help="truncation of z, for BigGAN")
    parser.add_argument(
        "--option",
        type=values.option,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="of the estimator",
    )
    arguments.add_cluster(parser)
    parser.add_argument("--out", metavar="FILE", help=".npz to write (default: kept in the cache)")
    arguments.add_json(parser)


def _add_samples(parser: Any) -> None:
    """How many samples, and how they are drawn."""
    parser.add_argument(
        "-n",
        type=values.count_or_auto,
        default=1_000_000,
        metavar="N",
        help="samples (default 1_000_000), or auto: as many as --precision takes",
    )
    parser.add_argument(
        "--precision", type=values.angle, metavar="DEG", help="for -n auto: such as 3deg (default)"
    )
    parser.add_argument(
        "--most", type=values.count, metavar="N", help="for -n auto: samples at most (default 1_000_000)"
    )
    parser.add_argument(
        "--sampling",
        default="independent",
        metavar="HOW",
        help="independent (default), or orthogonal: z in orthogonal frames, fewer samples are as precise",
    )


def run(args: Any) -> None:
    """Decompose, write or name the components."""
    if args.n == "auto" and "precision" in dict(args.option):
        raise UsageError("--option precision is for a plain -n; -n auto sums float32 rows")
    if args.n != "auto" and (args.precision is not None or args.most is not None):
        raise UsageError(
            "--precision and --most belong to -n auto; -n {:,} takes so many samples".format(args.n)
        )
    _check_options(args)
    if args.out:
        work.check_out(args.out, (".npz",))
    cluster = work.cluster_of(args)
    gen = work.open_generator(args.network, args.threads)
    opened = inputs.Inputs(gen)
    try:
        comp = _decompose(opened, args, cluster)
    except KeyboardInterrupt:
        raise KeyboardInterrupt("stopped; the same command goes on where it was") from None
    opened.say()
    path = comp.save(args.out) if args.out else comp.path
    if path is None:  # what was in the way has been said
        raise FileError("the components could not be kept in the cache; give --out FILE")
    facts, lines = work.component_facts(comp, path), _lines(comp, path)
    if cluster is not None:
        facts["cluster"] = cluster.summary()
    if args.out:
        work.tell_written(facts, args.json, lines)
    else:  # the path is the answer
        work.tell(facts, args.json, lines[:1] if terminal.is_quiet() else lines)


def _check_options(args: Any) -> None:
    """Refuse an --option that the estimator does not have: `decompose` has arguments of other names too."""
    from ganspace_tf.decomposition.table import estimator_class

    if args.option:
        estimator_class(args.estimator, 1, args.compat).checked_options(dict(args.option))


def _decompose(opened: inputs.Inputs, args: Any, cluster: Any) -> Any:
    from ganspace_tf.decomposition import decompose

    gen = opened.gen
    space = args.space or (gen.linear_endpoints[0] if gen.linear_endpoints else "w")
    with progress_to("pca", "row") as report:
        return decompose(
            gen,
            n=args.n,
            components=args.k,
            space=space,
            estimator=args.estimator,
            seed=args.seed,
            batch=args.batch,
            sampling=args.sampling,
            compat=args.compat,
            labels=opened.one_class(args.classes, args.compat),
            latent=args.latent,
            noise=args.noise,
            psi=args.psi,
            progress=report,
            prepare=start_tensorflow if args.out else _start,
            cluster=cluster,
            **({"precision": args.precision, "most": args.most} if args.n == "auto" else {}),
            **dict(args.option),
        )


def _start() -> None:
    """Before anything is sampled whose result only the cache would hold."""
    from ganspace_tf.cache import cache_folder, why_not_kept

    trouble = why_not_kept()
    if trouble is not None:
        text = "{}: {}; the components would be lost: give --out FILE, or another GANSPACE_CACHE"
        raise FileError(text.format(cache_folder(), trouble))
    start_tensorflow()


def _lines(comp: Any, path: Any) -> List[str]:
    from ganspace_tf.decomposition import known
    from ganspace_tf.decomposition.error_bound import in_words

    first = "  ".join("v{} {:.3g}".format(k, float(sigma)) for k, sigma in enumerate(comp.stdev[:6]))
    share = 100 * float(comp.variance_ratio.sum())
    more = " …" if len(comp.stdev) > 6 else ""
    text = "{} components hold {:.1f} % of the variance; sigma {}{}".format(
        len(comp.stdev), share, first, more
    )
    error = in_words(comp)
    return [str(path), text, *known.in_words(comp)] + ([] if error is None else ["randomised: " + error])
