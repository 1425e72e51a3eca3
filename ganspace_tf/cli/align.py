"""Cut the faces out of photos as networks of faces know them: FFHQ's alignment. A square PNG for each.

  ganspace align me.jpg --size 1024 --out faces                 faces/me.png
  ganspace align me.jpg --size stylegan2-ffhq-config-f          as large as a network draws
  ganspace align family.jpg --face all                          aligned/family.png, family_2.png, …
  ganspace align painting.jpg --points points.json              where no detector finds the face
  ganspace align car.jpg --detector none --size 512             the square in the middle: no face is needed

Photos are JPEG, PNG, WebP, TIFF, GIF, BMP of any kind, turned as the camera says. Faces are numbered from
left to right. --points is JSON, pixels of the photo as it is shown: {"eye_left": [x, y], "eye_right": …,
"mouth_left": …, "mouth_right": …}, left and right in the picture; or a list of 4, 5 or 68 points. What lies
outside the photo is its reflection, or with --pad none transparent. A recipe is inside the picture and beside
it: photo, points, square and steps.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional

from ganspace_tf.cli import arguments, terminal, work
from ganspace_tf.cli.quiet import start_tensorflow
from ganspace_tf.errors import FileError, GanspaceError, UsageError

HOW = ("photo", "detector", "face", "faces", "score")  # what a recipe says besides the steps
NO_DETECTOR, LEAST, MOST = "none", 8, 2048
DETECTORS = ("mesh", "dlib", NO_DETECTOR)


def add_arguments(parser: Any) -> None:
    """Declare what `ganspace align` understands."""
    parser.add_argument("photos", nargs="+", metavar="PHOTO", help="a photo, or several")
    parser.add_argument(
        "--out", default="aligned", metavar="DIR", help="folder of the pictures (default aligned)"
    )
    parser.add_argument(
        "--size",
        default="1024",
        metavar="N",
        help="pixels of a side, or a network, which is asked (default 1024)",
    )
    parser.add_argument(
        "--face", metavar="WHICH", help="largest (default), all, or a number from 1, from left to right"
    )
    parser.add_argument("--points", metavar="FILE", help="points of the face, instead of a detector")
    parser.add_argument(
        "--detector",
        choices=DETECTORS,
        help="mesh (default: comes along), dlib (if installed), none (no face: the middle)",
    )
    parser.add_argument(
        "--pad", default="reflect", choices=["reflect", "none"], help="outside the photo (default reflect)"
    )
    arguments.add_threads(parser)
    arguments.add_json(parser)


def outputs(args: Any) -> List[str]:
    """Files that are written in any case: the first face of each photo."""
    return [path for photo in args.photos for path in (_out(args, photo), _out(args, photo, 1, ".json"))]


class _Job(NamedTuple):
    """What is asked of every photo. find: pixels → faces; None without a detector."""

    args: Any
    size: int
    points: Any
    find: Optional[Callable[[Any], Any]]


def run(args: Any) -> Optional[int]:
    """Cut out and write; 1 where a photo of several could not be used."""
    _check_asked(args)
    size = _size(args)
    facts: List[Dict[str, Any]] = []
    failed: List[Dict[str, str]] = []
    with _job(args, size) as job:
        for photo in args.photos:
            try:
                facts += _align(job, photo, [one["out"] for one in facts])
            except GanspaceError as error:
                if len(args.photos) == 1:
                    raise
                terminal.err(error)
                failed.append({"photo": photo, "reason": str(error)})
    lines = [
        "{out}  {output} × {output} pixels, {what}, recipe in {recipe}".format(what=_told(one), **one)
        for one in facts
    ]
    work.tell_written({"size": size, "faces": facts, "failed": failed}, args.json, lines)
    return 1 if failed else None


def _check_asked(args: Any) -> None:
    """Refuse words that do not belong together, and files that would be lost."""
    if args.points is not None and (args.detector or args.face or len(args.photos) > 1):
        raise UsageError("--points is of one face in one photo; --detector and --face are for finding faces")
    if args.detector == NO_DETECTOR and args.face:
        raise UsageError("--face is for faces that are found; with --detector none there are none")
    if args.face not in (None, "largest", "all") and not (_is_count(args.face) and 0 < int(args.face) < 1000):
        raise UsageError("--face {} is neither largest nor all nor a number from 1".format(args.face))
    if os.path.exists(args.out) and not os.path.isdir(args.out):
        raise UsageError("--out {} is no folder".format(args.out))
    seen: Dict[str, str] = {}
    for photo in args.photos:
        out = _out(args, photo)
        if out in seen:
            raise UsageError("{} and {} would both be {}".format(seen[out], photo, out))
        seen[out] = photo
        for other in args.photos:
            if os.path.exists(out) and os.path.exists(other) and os.path.samefile(out, other):
                raise UsageError("{} would be written over; choose another --out".format(other))


def _is_count(text: str) -> bool:
    """Whether it is a number of usual length: "²" is a digit to `isdigit`, and none to `int`."""
    return text.isdecimal() and len(text) <= 9


def _size(args: Any) -> int:
    """Pixels of a side: a number, or what a network draws."""
    if _is_count(args.size):
        size = int(args.size)
        if not LEAST <= size <= MOST:
            raise UsageError("--size {} is not in {} to {}".format(size, LEAST, MOST))
        return size
    height, width = work.open_generator(args.size, args.threads).image_shape[-2:]
    if height != width:
        text = "{} draws {} × {} pixels; aligned pictures are square: --size N"
        raise UsageError(text.format(args.size, width, height))
    return int(width)


@contextmanager
def _job(args: Any, size: int) -> Iterator[_Job]:
    from ganspace_tf.photos.align.points import read_points
    from ganspace_tf.photos.faces.detectors import DETECTORS as OPENED

    points = None if args.points is None else read_points(args.points)
    if points is not None or args.detector == NO_DETECTOR:
        yield _Job(args, size, points, None)
        return
    if args.detector in (None, "mesh"):
        start_tensorflow()
    with OPENED[args.detector or "mesh"](args.threads) as find:
        yield _Job(args, size, None, find)


def _align(job: _Job, name: str, written: List[str]) -> List[Dict[str, Any]]:
    """The wanted faces of one photo, written; their facts."""
    from ganspace_tf.photos.align.aligned import align_centre, align_face
    from ganspace_tf.photos.reading import read_photo

    args, photo = job.args, read_photo(name)
    found, chosen = [], [0]
    if job.find is not None:
        found, chosen = _chosen(job.find(photo.pixels), args.face, name)
    for text in photo.notes:
        terminal.note("{}: {}".format(name, text))
    facts = []
    for place in chosen:
        how = OrderedDict(photo=name, detector="points" if job.points else args.detector or "mesh")
        points = found[place].points if found else job.points
        if found:
            how.update(face=place + 1, faces=len(found), score=round(found[place].score, 4))
        aligned = (
            align_centre(photo, job.size) if points is None else align_face(photo, points, job.size, args.pad)
        )
        out = _out(args, name, 1 if args.face in (None, "largest") else place + 1)
        if out in written:
            raise FileError("{} has been written for another photo; choose other names".format(out))
        for text in aligned.warnings:
            terminal.note("{}: {}".format(name, text))
        facts.append(_write(out, aligned, how))
    return facts


def _chosen(found: Any, which: Optional[str], name: str) -> Any:
    """The faces of a photo, and the numbers from 0 of those that are wanted. Raises FileError."""
    from ganspace_tf.photos.faces.find import largest

    faces = found.faces
    if not faces:
        raise FileError(
            "no face found in {} (best score {:.2f}); turn it upright, crop closer, give --points, or "
            "--detector none".format(name, found.best)
        )
    if which == "all":
        return faces, list(range(len(faces)))
    if which in (None, "largest"):
        if len(faces) > 1 and which is None:
            terminal.note("{}: {} faces; the largest is taken (--face all|N)".format(name, len(faces)))
        return faces, [largest(faces)]
    if int(which) > len(faces):
        raise FileError(
            "{} has {} face{}; --face {} is not there".format(
                name, len(faces), "" if len(faces) == 1 else "s", which
            )
        )
    return faces, [int(which) - 1]


def _write(out: str, aligned: Any, how: Dict[str, Any]) -> Dict[str, Any]:
    """One picture with its recipe; its facts."""
    import numpy as np

    from ganspace_tf.recipe import FORMAT, pixel_digest, versions
    from ganspace_tf.render import files

    pixels, alpha = aligned.crop.pixels, aligned.crop.alpha
    if alpha is not None:
        pixels = np.concatenate([pixels, alpha[..., None]], axis=2)
    settings = OrderedDict(how, **aligned.steps)
    recipe = OrderedDict(format=FORMAT, verb="align", model={}, settings=settings)
    recipe.update(pixels=pixel_digest(pixels), versions=versions())
    os.makedirs(os.path.dirname(out) or ".", exist_ok=True)
    files.save_png(out, pixels, recipe)
    facts = OrderedDict(out=out, recipe=str(files.beside(out)), **settings)
    return OrderedDict(facts, warnings=aligned.warnings, pixels=recipe["pixels"])


def again(picture: str, recipe: Dict[str, Any], out: str, as_json: bool) -> None:
    """What `ganspace replay` does with the recipe of an aligned picture: cut it out of its photo again."""
    from ganspace_tf.photos.align.aligned import align_again
    from ganspace_tf.photos.reading import read_photo

    settings = recipe["settings"]
    photo = settings.get("photo")
    if not isinstance(photo, str):
        raise FileError("{}: its recipe does not say of which photo it is".format(picture))
    pixels = read_photo(photo)
    try:
        aligned = align_again(pixels, settings)
    except GanspaceError as error:
        raise FileError("{}: {}".format(photo, error)) from None
    how = OrderedDict((name, settings[name]) for name in HOW if name in settings)
    facts = _write(out, aligned, how)
    same = facts["pixels"] == recipe.get("pixels")
    verdict = (
        "the same pixels" if same else "not the same pixels: another version of this program, or of Pillow"
    )
    told = {"out": out, "recipe": facts["recipe"], "same": same, "verdict": verdict}
    tell = work.tell_written if same else work.tell
    tell(told, as_json, ["{out}  {verdict}".format(**told)])


def _told(facts: Dict[str, Any]) -> str:
    """What was cut out, for people."""
    if "faces" in facts:
        return "face {face} of {faces} (score {score:.2f})".format(**facts)
    return "the middle" if facts["points"] is None else "by points"


def _out(args: Any, photo: str, number: int = 1, ending: str = ".png") -> str:
    """Where the picture of a photo's face goes."""
    stem = os.path.splitext(os.path.basename(os.path.normpath(photo)))[0]
    return os.path.join(args.out, stem + ("" if number == 1 else "_{}".format(number)) + ending)
