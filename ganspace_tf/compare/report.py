"""Comparisons of files: read both, compare, and say it in facts for programs and lines for people."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Callable, Dict, List, NamedTuple, Optional, Tuple

import numpy as np

from ganspace_tf.compare import sources
from ganspace_tf.compare.components import compare_components
from ganspace_tf.compare.images import (
    ImageDelta,
    Tally,
    check_sizes,
    rows_at_a_time,
    side_by_side,
)
from ganspace_tf.compare.recipes import compare_recipes
from ganspace_tf.errors import FileError, GanspaceError, UsageError
from ganspace_tf.render import files

if TYPE_CHECKING:
    from ganspace_tf.decomposition import Components

COMPONENTS_TOLERANCE = 1e-4  # as far apart as a float32 and a float64 decomposition of the same rows
LINES = 20  # files, settings or components that are listed one by one
MOST_DRAWN = 10_000_000  # pixels of a picture whose difference is drawn: the drawing is three times as wide


class Worst(NamedTuple):
    """Two files, and the frame in which they differ most."""

    a: str
    b: str
    frame: int


@dataclass
class Report:
    """within: the answer. facts: JSON values. lines: for people. worst: the two pictures that differ most."""

    within: bool
    facts: Dict[str, Any]
    lines: List[str]
    worst: Optional[Worst] = None

    def difference(self) -> np.ndarray:
        """Both of the worst pictures and their difference, (H, 3 W + gaps, 3) uint8. Raises UsageError where
        no pictures were compared, or they are too large to be drawn.
        """
        if self.worst is None:
            raise UsageError("--out draws two pictures and their difference; there are none here")
        with sources.open_picture(self.worst.a) as opened:
            if opened.width * opened.height > MOST_DRAWN:
                raise UsageError(
                    "--out draws differences of pictures up to {:,} pixels; {} has {:,} × {:,}".format(
                        MOST_DRAWN, self.worst.a, opened.width, opened.height
                    )
                )
        a, b, frame = self.worst
        return side_by_side(sources.read_frame(path, frame) for path in (a, b))


def compare_paths(a: str, b: str, tolerance: Optional[float] = None, share: float = 0.0) -> Report:
    """Compare two paths of one kind: pictures, folders of pictures, recipes, components.

    tolerance: largest difference that counts as the same; in levels for pictures (default 0), in
    `ComponentsDelta.distance` for components (default 1e-4). share: least share of equal subpixels. Raises
    UsageError for two kinds or senseless bounds, FileError for what cannot be read, GanspaceError for sizes
    that do not fit.
    """
    if not 0 <= share <= 1:
        raise UsageError("the share of equal subpixels is 0 to 1, not {}".format(share))
    kinds = sources.kind_of(a), sources.kind_of(b)
    if kinds[0] != kinds[1]:
        raise UsageError("a {} cannot be compared with a {}".format(*kinds))
    if tolerance is None:
        tolerance = COMPONENTS_TOLERANCE if kinds[0] == "components" else 0.0
    if not tolerance >= 0:
        raise UsageError("a tolerance is 0 or more, not {}".format(tolerance))
    report = _COMPARISONS[kinds[0]](a, b, tolerance, share)
    report.facts = OrderedDict(
        [("kind", kinds[0]), ("a", a), ("b", b), ("tolerance", tolerance), ("share", share)], **report.facts
    )
    report.facts["within"] = report.within
    return report


def _pictures(a: str, b: str, tolerance: float, share: float) -> Report:
    report = _pixels(a, b, tolerance, share)
    if not report.within:
        report.facts["recipe_differences"] = [list(item) for item in _recipe_differences(a, b)]
        report.lines += _setting_lines(report.facts["recipe_differences"])
    return report


def _pixels(a: str, b: str, tolerance: float, share: float) -> Report:
    delta = _delta(a, b)
    worst = Worst(a, b, delta.place[0] if delta.place else 0)
    return Report(delta.within(tolerance, share), delta.to_json(), _delta_lines(delta), worst)


def _delta(a: str, b: str) -> ImageDelta:
    """What two picture files differ in, with one frame of each in memory."""
    with sources.open_picture(a) as one, sources.open_picture(b) as other:
        check_sizes((one.count, one.height, one.width), (other.count, other.height, other.width))
        tally, rows = Tally(), rows_at_a_time(one.width)
        for first, second in zip(one.strips(rows), other.strips(rows)):
            tally.add(first.pixels, second.pixels, first.frame, first.row)
        return tally.delta()


def _folders(a: str, b: str, tolerance: float, share: float) -> Report:
    first, second = sources.pictures_in(a), sources.pictures_in(b)
    alone = [name for name in list(first) + list(second) if (name in first) != (name in second)]
    names = [name for name in first if name in second]
    if not names:
        raise GanspaceError("{} and {} hold no pictures of the same name".format(a, b))
    table, failed, worst, largest = OrderedDict(), [], None, -1.0
    for name in names:
        try:
            delta = _delta(first[name], second[name])
        except FileError:
            raise
        except GanspaceError as error:
            raise GanspaceError("{}: {}".format(name, error)) from None
        table[name] = delta
        if not delta.within(tolerance, share):
            failed.append(name)
        if delta.mean > largest:
            frame = delta.place[0] if delta.place else 0
            worst, largest = Worst(first[name], second[name], frame), delta.mean
    total = _total(list(table.values()))
    facts = OrderedDict(
        pictures=OrderedDict((name, delta.to_json()) for name, delta in table.items()),
        total=total.to_json(),
        not_within=failed,
        only_in_one=alone,
    )
    ranked = sorted(names, key=lambda name: -table[name].mean)
    lines = [
        "{:10.5%} equal  largest {:3d}  {}".format(table[n].equal_share, table[n].largest, n)
        for n in ranked[:LINES]
    ]
    if len(names) > LINES:
        lines.append("… {} pictures in all, those that differ most on top".format(len(names)))
    lines += ["only in {}: {}".format(a if name in first else b, name) for name in alone[:LINES]]
    return Report(not failed and not alone, facts, lines + _delta_lines(total), worst)


def _recipes(a: str, b: str, tolerance: float, share: float) -> Report:
    one, other = files.read_recipe(a), files.read_recipe(b)
    differences = [list(item) for item in compare_recipes(one, other) if item.path != "pixels"]
    facts: Dict[str, Any] = OrderedDict(recipe_differences=differences)
    lines = _setting_lines(differences) or ["the same settings, model, components and versions"]
    same = one.get("pixels") is not None and one.get("pixels") == other.get("pixels")
    facts["same_pixels"] = same
    beside = sources.picture_of(a), sources.picture_of(b)
    if same:
        return Report(True, facts, lines + ["the same pixels, by their SHA-256"])
    if beside[0] is None or beside[1] is None:
        missing = a if beside[0] is None else b
        note = "other pixels; how far apart is not known, as no picture lies beside {}".format(missing)
        return Report(False, facts, lines + [note])
    pictures = _pixels(beside[0], beside[1], tolerance, share)
    facts.update(pictures.facts)
    return Report(pictures.within, facts, lines + pictures.lines, pictures.worst)


def _components(a: str, b: str, tolerance: float, share: float) -> Report:
    (first, digest), (second, other) = _latent_part(a), _latent_part(b)
    delta = compare_components(first, second)
    facts = OrderedDict(delta.to_json(), counts=[len(first), len(second)], same_digest=digest == other)
    lines = ["   a    b      |cos|   sigma b/a"]
    ranked = sorted(delta.pairs, key=lambda pair: abs(pair.cosine))
    shown = delta.pairs if len(delta.pairs) <= LINES else sorted(ranked[:LINES])
    for pair in shown:
        flipped = "  opposite sign" if pair.cosine < 0 else ""
        lines.append(
            "v{0.a:<4} v{0.b:<4} {1:.6f}   {0.stdev_ratio:.6f}{2}".format(pair, abs(pair.cosine), flipped)
        )
    if len(shown) < len(delta.pairs):
        lines.append("… the {} least parallel of {} pairs".format(LINES, len(delta.pairs)))
    lines.append(
        "largest principal angle {:.4g}°, means {:.3g} sigma apart".format(
            delta.angles[-1], delta.mean_distance
        )
    )
    if len(first) != len(second):
        lines.append("{} components against {}".format(len(first), len(second)))
    return Report(delta.within(tolerance) and len(first) == len(second), facts, lines)


def _latent_part(path: str) -> Tuple[Components, str]:
    """Components without what they are in activations, which is not compared, and the digest of all."""
    from ganspace_tf.decomposition import load_components  # SciPy: pictures do without it

    whole = load_components(path)
    return replace(
        whole, act_directions=None, act_mean=None, act_stdev=None, random_stdevs=None
    ), whole.digest


_COMPARISONS: Dict[str, Callable[[str, str, float, float], Report]] = {
    "picture": _pictures,
    "folder": _folders,
    "recipe": _recipes,
    "components": _components,
}


def _delta_lines(delta: ImageDelta) -> List[str]:
    if not delta.differing:
        return ["all {:,} subpixels are equal".format(delta.subpixels)]
    lines = [
        "{:.5%} of {:,} subpixels are equal, {:,} differ".format(
            delta.equal_share, delta.subpixels, delta.differing
        ),
        "largest difference {} of 255 levels, mean {:.3g}".format(delta.largest, delta.mean),
    ]
    if delta.place is not None:
        frame = "frame {}, ".format(delta.place[0]) if delta.place[0] else ""
        lines[1] += "; at {}row {}, column {}, channel {}".format(frame, *delta.place[1:])
    return lines


def _total(deltas: List[ImageDelta]) -> ImageDelta:
    subpixels = sum(delta.subpixels for delta in deltas)
    return ImageDelta(
        subpixels=subpixels,
        differing=sum(delta.differing for delta in deltas),
        largest=max(delta.largest for delta in deltas),
        mean=sum(delta.mean * delta.subpixels for delta in deltas) / subpixels,
    )


def _recipe_differences(a: str, b: str) -> List[Any]:
    """What the recipes of two pictures say about why they differ; nothing where one has none."""
    try:
        recipes = files.read_recipe(a), files.read_recipe(b)
    except FileError:
        return []
    return [item for item in compare_recipes(*recipes) if item.path != "pixels"]


def _setting_lines(differences: List[Any]) -> List[str]:
    lines = [
        "{}: {} against {}".format(path, _short(one), _short(other))
        for path, one, other in differences[:LINES]
    ]
    more = len(differences) - LINES
    return lines + ["… and {} more".format(more)] if more > 0 else lines


def _short(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= 40 else text[:37] + "…"
