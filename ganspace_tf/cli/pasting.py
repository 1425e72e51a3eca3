"""--paste: edited pictures back in the photo that their latents were found for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Dict, List, Optional

from ganspace_tf.cli import terminal
from ganspace_tf.errors import FileError, UsageError

if TYPE_CHECKING:
    from ganspace_tf.photos.align.paste import RowPlaces

NEEDED = (
    "--paste needs to know where in the photo the picture was: --latents FILE of `ganspace project`, or "
    "--aligned PICTURE of `ganspace align`"
)


def add_paste(parser: Any) -> None:
    """--paste, --aligned and --mask."""
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
    parser.add_argument(
        "--mask",
        action="append",
        metavar="PNG",
        help="where it is black --paste leaves the photo; of the picture that was projected, as that of "
        "`ganspace project`, or as large as the photo; once for all latents, or once for each",
    )


def packed_paste(args: Any, given: Dict[str, Any]) -> Optional[Dict[str, Any]]:
    """What the recipe keeps of --paste; None without. given: what is edited (`Inputs.starts`). Raises
    UsageError, FileError.
    """
    if args.paste is None:
        for name in ("aligned", "mask"):
            if getattr(args, name) is not None:
                raise UsageError("--{} is for --paste PHOTO".format(name))
        return None
    if given.get("latents") is None:
        raise UsageError("--paste PHOTO goes with --latents FILE: the photo's own latents are edited")
    from ganspace_tf.photos.align.paste import check_photo
    from ganspace_tf.photos.reading import read_photo
    from ganspace_tf.render.pasting import pack_paste

    seen = _of_latents(args.latents, given["latents"]) if args.aligned is None else [_of(args.aligned)]
    photo = read_photo(args.paste)
    for one in seen:
        check_photo(photo, one.seen, args.paste)
    packed = pack_paste(args.paste, photo, _with_masks(args.mask, seen, photo, given["latents"]["count"]))
    for text in photo.notes:
        terminal.note("{}: {}".format(args.paste, text))
    if any(one.seen.sha256 != photo.sha256 for one in seen):
        terminal.note("{} is of the size of the photo that was used, but another file".format(args.paste))
    return packed


def _with_masks(files: Optional[List[str]], seen: List[RowPlaces], photo: Any, latents: int) -> List[Any]:
    """Places with the masks that were given for them, and a line on what each lies on."""
    from ganspace_tf.photos.masks import read_mask
    from ganspace_tf.render.pasting import MaskedPlace, masked

    if not files:
        return [MaskedPlace(one.seen) for one in seen]
    if len(files) not in (1, latents):
        raise UsageError("{} masks for {} latents; one for all, or one for each".format(len(files), latents))
    seen = seen * len(files) if len(seen) == 1 else seen
    read = {file: read_mask(file) for file in files}
    shape, found = photo.pixels.shape[:2], []
    for file, one in zip(files * len(seen) if len(files) == 1 else files, seen):
        drawn_on_photo = read[file].weights.shape == shape and one.size != shape[::-1]
        lies_on = None if drawn_on_photo else one.picture.quad
        found.append(masked(one.seen, file, read[file], shape, lies_on))
    for at in {at.file: at for at in found}.values():
        on = "the photo" if at.lies_on is None else "the picture that was projected"
        terminal.note("{}: taken as a mask of {}".format(at.file, on))
    return found


def size_of(packed: Optional[Dict[str, Any]]) -> Optional[List[int]]:
    """Width and height of the photo; None without."""
    return None if packed is None else packed["places"][0]["size"]


def _of(aligned: str) -> RowPlaces:
    """The place that the recipe of an aligned picture names."""
    from ganspace_tf.photos.align.aligned import place_of
    from ganspace_tf.photos.align.paste import RowPlaces
    from ganspace_tf.render.files import read_recipe

    recipe = read_recipe(aligned)
    if recipe["verb"] != "align":
        raise FileError("{} was made by ganspace {}, not by ganspace align".format(aligned, recipe["verb"]))
    place = place_of(recipe["settings"])
    output = recipe["settings"].get("output")
    return RowPlaces(place, (output, output), place)


def _of_latents(place: str, packed: Dict[str, Any]) -> List[RowPlaces]:
    """The places of rows of a file. packed: these rows, with their names."""
    from ganspace_tf.foreign.places import split_place
    from ganspace_tf.photos.align.paste import places_of_row
    from ganspace_tf.photos.latents import LONGEST_NAME
    from ganspace_tf.photos.records import read_record

    file = split_place(place)[0]
    record = read_record(file)
    if record is None:
        raise UsageError("{}; {} does not say".format(NEEDED, file))
    rows = {name[-LONGEST_NAME:]: row for name, row in zip(record.called, record.rows)}
    if len(rows) < len(record.rows) or any(name not in rows for name in packed.get("names", [""])):
        raise UsageError("{}; {} has too many rows, or names that are alike".format(NEEDED, file))
    return [places_of_row(rows[name]) for name in packed["names"]]
