"""Steps that several verbs share, after the words are read: open, draw, answer."""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, Optional, Sequence

from ganspace_tf.cli import terminal
from ganspace_tf.cli.progress import progress
from ganspace_tf.cli.quiet import quiet_dask, silence, start_tensorflow
from ganspace_tf.errors import FileError, UsageError

if TYPE_CHECKING:
    from ganspace_tf.cluster import Cluster
    from ganspace_tf.generators.base import Generator
    from ganspace_tf.render.picture import Picture

MP4 = ".mp4"
PICTURES, FILMS = (".png",), (".gif", MP4)
MOST_PIXELS = 200 * 10**6  # of one picture: what viewers open, and what memory holds several times


def open_generator(network: str, threads: Optional[int]) -> Generator:
    """The generator of a file, folder or name. TensorFlow is not started unless the file needs it."""
    from ganspace_tf.generators import load_generator

    with silence():
        return load_generator(network, threads=threads)


def cluster_of(args: Any) -> Optional[Cluster]:
    """What --cluster names; nothing is started or reached yet."""
    if args.cluster is None:
        return None
    from ganspace_tf.cluster import Cluster

    quiet_dask()
    return Cluster(args.cluster)


@contextmanager
def spread(gen: Generator, args: Any) -> Iterator[Dict[str, Any]]:
    """Meanwhile, what the generator computes is computed on the workers of --cluster, if it is given.

    Gives facts for --json that are there afterwards: "cluster", with the time of every worker.
    """
    told: Dict[str, Any] = {}
    gen.cluster = cluster = cluster_of(args)
    try:
        with cluster or ExitStack():
            yield told
        if cluster is not None:
            told["cluster"] = cluster.summary()
    finally:
        gen.cluster = None


@contextmanager
def shared(where: Optional[str]) -> Iterator[List[str]]:
    """The words of --cluster for several commands one after the other; workers of this machine are started
    once for all of them.
    """
    if where is None:
        yield []
        return
    from ganspace_tf.cluster import Cluster, parse_address

    if not parse_address(where).local:
        yield ["--cluster", where]
        return
    quiet_dask()
    with Cluster(where) as cluster:
        yield ["--cluster", cluster.address]


def psis(args: Any) -> List[Optional[float]]:
    """Several truncations that were asked for, a row each; empty for one or none."""
    return args.psi if args.psi is not None and len(args.psi) > 1 else []


def labelled(args: Any) -> bool:
    """Whether labels are wanted: by default, unless for bare pixels."""
    return args.labels or not args.raw


def check_size(
    frames: int,
    args: Any,
    gen: Generator,
    labels: Optional[bool] = None,
    size: Optional[Sequence[int]] = None,
) -> None:
    """Refuse a picture of so many frames that it would be larger than anything shows. labels: whether there
    are some, if not by the words; size: (width, height) of a frame, if not the network's.
    """
    from ganspace_tf.render.layout import easy_width

    width, height = size or gen.image_shape[:-3:-1]
    named = labelled(args) if labels is None else labels
    wide = args.cell or (easy_width(width) if named else width)
    high = max(1, round(height * wide / width))
    if frames * wide * high > MOST_PIXELS:
        raise UsageError(
            "{:,} frames of {} × {} are {:,} million pixels in one picture; at most {:,} million are drawn: "
            "take fewer frames, several pictures, or a smaller --cell".format(
                frames, wide, high, frames * wide * high // 10**6, MOST_PIXELS // 10**6
            )
        )


def check_out(path: str, endings: Sequence[str] = (), called: str = "--out ") -> None:
    """Refuse an output that cannot be written before the work is done rather than after it. called: what the
    command line calls it.
    """
    if endings and os.path.splitext(path)[1].lower() not in endings:
        raise UsageError("{}{} must end in {}".format(called, path, " or ".join(endings)))
    folder = os.path.dirname(os.path.abspath(path))
    if not os.path.isdir(folder):
        raise FileError("cannot write {}: there is no folder {}".format(path, folder))
    if os.path.isdir(path):
        raise FileError("cannot write {}: it is a folder".format(path))
    if not os.access(path if os.path.exists(path) and not os.path.isfile(path) else folder, os.W_OK):
        raise FileError("cannot write {}: no permission in {}".format(path, folder))
    if path.lower().endswith(MP4):
        from ganspace_tf.render.video import ffmpeg_program

        ffmpeg_program()  # refused now rather than after all frames are made


def shown_of(asked: Optional[List[int]], comp: Any, usual: int) -> List[int]:
    """The components of --show, or the first ones. Raises UsageError for one that the file does not have."""
    count = len(comp.directions)
    if asked is None:
        return list(range(min(usual, count)))
    if max(asked) >= count:
        raise UsageError("--show: there is no v{}; there are v0-v{}".format(max(asked), count - 1))
    return asked


def draw_asked(
    args: Any, gen: Generator, verb: str, picture: Picture, comp: Any, say: Callable[[], None]
) -> Dict[str, Any]:
    """`draw` as a command asks for it: on the workers of --cluster, whose facts are with the picture's."""
    with spread(gen, args) as told:
        drawn = draw(gen, args.network, verb, picture, comp, args.out, say)
    return dict(drawn, **told)


def draw(
    gen: Generator,
    model: str,
    verb: str,
    picture: Picture,
    comp: Any,
    out: str,
    say: Callable[[], None] = lambda: None,
) -> Dict[str, Any]:
    """Draw a picture or, where `out` ends like one, a film; write it with its recipe; return its facts.

    say: called when the first frames are there, so that nothing is refused any more.
    """
    from ganspace_tf.recipe import make_recipe
    from ganspace_tf.render import files

    moving = os.path.splitext(out)[1].lower() in FILMS
    picture.check(gen, comp, moving)
    settings, basis = picture.to_json(), comp if picture.used() else None
    files.check_beside(out, make_recipe(verb, gen, model, settings, basis))
    start_tensorflow()
    with progress(picture.count(), verb, "frame") as new:

        def drawn(frames: int) -> None:
            say()
            new(frames)

        pixels = (picture.film if moving else picture.draw)(gen, comp, drawn)
    recipe = make_recipe(verb, gen, model, settings, basis, picture.used(), pixels)
    save(out, pixels, recipe, picture.fps)
    height, width = files.film_size(out, pixels) if moving else pixels.shape[:2]
    facts = {
        "out": out,
        "recipe": str(files.beside(out)),
        "width": int(width),
        "height": int(height),
        "frames": len(pixels) if moving else picture.count(),
        "pixels": recipe["pixels"],
    }
    if moving:
        facts.update(fps=picture.fps, returns=picture.returns)
    return facts


def save(out: str, pixels: Any, recipe: Dict[str, Any], fps: float) -> None:
    """Write a picture or a film, by the ending of its name."""
    from ganspace_tf.render import files

    if os.path.splitext(out)[1].lower() in FILMS:
        files.save_film(out, pixels, recipe, fps)
    else:
        files.save_png(out, pixels, recipe)


def component_facts(comp: Any, path: Optional[str]) -> Dict[str, Any]:
    """What a program wants to know of components."""
    return {
        "out": path,
        "digest": comp.digest,
        "fingerprint": comp.fingerprint,
        "components": len(comp.directions),
        "stdev": [float(value) for value in comp.stdev],
        "variance_ratio": [float(value) for value in comp.variance_ratio],
        "settings": comp.settings,
    }


def tell_picture(facts: Dict[str, Any], as_json: bool, more: Sequence[str] = ()) -> None:
    """Answer with what was drawn. more: lines for people behind it."""
    film = ""
    if "fps" in facts:
        film = " at {:g} a second, {:.3g} s".format(facts["fps"], facts["frames"] / facts["fps"])
        film += ", there and back (--once: one way)" if facts["returns"] else ""
    tell_written(
        facts,
        as_json,
        [
            "{out}  {width} × {height} pixels{of} {frames} frame{s}{film}, recipe in {recipe}".format(
                s="" if facts["frames"] == 1 else "s", of="," if film else " from", film=film, **facts
            ),
            *more,
        ],
    )


def tell_written(facts: Dict[str, Any], as_json: bool, lines: terminal.Lines) -> None:
    """Answer with what was written, unless --quiet was given: the file itself is the answer then."""
    if as_json or not terminal.is_quiet():
        tell(facts, as_json, lines)


def tell(facts: Dict[str, Any], as_json: bool, lines: terminal.Lines = ()) -> None:
    """Answer on stdout: facts as JSON, or for people lines, or a text of several."""
    if as_json:
        terminal.out_json(facts)
    else:
        terminal.out(lines)
