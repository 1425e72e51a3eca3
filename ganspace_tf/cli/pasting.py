"""--paste: edited pictures back in the photo that their latents were found for."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from ganspace_tf.cli import terminal
from ganspace_tf.errors import FileError, UsageError

NEEDED = (
    "--paste needs to know where in the photo the picture was: --latents FILE of `ganspace project`, or "
    "--aligned PICTURE of `ganspace align`"
)


def add_paste(parser: Any) -> None:
    """--paste and --aligned."""
    parser.add_argument(
        "--paste",
        metavar="PHOTO",
        help="the edited picture in the photo that it was cut out of; --latents of `ganspace project`",
    )
    parser.add_argument(
        "--aligned",
        metavar="PICTURE",
        help="what `ganspace align` cut out of the photo of --paste, for latents that do not say",
    )


def packed_paste(args: Any, given: Dict[str, Any]) -> Optional[Dict[str, Any]]:
    """What the recipe keeps of --paste; None without. given: what is edited (`Inputs.starts`). Raises
    UsageError, FileError.
    """
    if args.paste is None:
        if args.aligned is not None:
            raise UsageError("--aligned is for --paste PHOTO")
        return None
    if given.get("latents") is None:
        raise UsageError("--paste PHOTO goes with --latents FILE: the photo's own latents are edited")
    from ganspace_tf.photos.reading import read_photo
    from ganspace_tf.render.pasting import pack_paste

    places = _of_latents(args.latents, given["latents"]) if args.aligned is None else [_of(args.aligned)]
    photo = read_photo(args.paste)
    packed = pack_paste(args.paste, photo, places)
    for text in photo.notes:
        terminal.note("{}: {}".format(args.paste, text))
    if any(place.sha256 != photo.sha256 for place in places):
        terminal.note("{} is of the size of the photo that was used, but another file".format(args.paste))
    return packed


def size_of(packed: Optional[Dict[str, Any]]) -> Optional[List[int]]:
    """Width and height of the photo; None without."""
    return None if packed is None else packed["places"][0]["size"]


def _of(aligned: str) -> Any:
    """The place that the recipe of an aligned picture names."""
    from ganspace_tf.photos.align.aligned import place_of
    from ganspace_tf.render.files import read_recipe

    recipe = read_recipe(aligned)
    if recipe["verb"] != "align":
        raise FileError("{} was made by ganspace {}, not by ganspace align".format(aligned, recipe["verb"]))
    return place_of(recipe["settings"])


def _of_latents(place: str, packed: Dict[str, Any]) -> List[Any]:
    """The places of rows of a file. packed: these rows, with their names."""
    from ganspace_tf.foreign.places import split_place
    from ganspace_tf.photos.align.paste import place_of_row
    from ganspace_tf.photos.latents import LONGEST_NAME
    from ganspace_tf.photos.records import read_record

    file = split_place(place)[0]
    record = read_record(file)
    if record is None:
        raise UsageError("{}; {} does not say".format(NEEDED, file))
    rows = {name[-LONGEST_NAME:]: row for name, row in zip(record.called, record.rows)}
    if len(rows) < len(record.rows) or any(name not in rows for name in packed.get("names", [""])):
        raise UsageError("{}; {} has too many rows, or names that are alike".format(NEEDED, file))
    return [place_of_row(rows[name]) for name in packed["names"]]
