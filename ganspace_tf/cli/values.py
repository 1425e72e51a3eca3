"""Words of the command line as values. Every refusal says what was given and what is allowed, in one line."""

from __future__ import annotations

import argparse
import math
import os
import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple, Union

from ganspace_tf.errors import UsageError
from ganspace_tf.notation import read_edits

MAX_SEED = 2**32 - 1
MAX_SEEDS = 100_000
MAX_COUNT = 10**12  # samples of a decomposition: a month's work on a fast machine
DIRECTION_FILES = ("json", "npy", "npz", "pt", "pth", "pkl", "pickle", "safetensors")  # endings


class SweptEdit(NamedTuple):
    """Fields of an edit as written, and whether its strength was left open for the sweep."""

    fields: Dict[str, Any]
    swept: bool


def seeds(text: str) -> List[int]:
    """ "0-8,12" → 0 … 8 and 12, in the order given."""
    found: List[int] = []
    for part in text.split(","):
        match = re.match(r"^\s*(\d{1,30})\s*(?:-\s*(\d{1,30})\s*)?$", part)
        if match is None:
            raise _wrong("seeds {!r}: write whole numbers and ranges like 0-8,12".format(text))
        first = int(match.group(1))
        last = first if match.group(2) is None else int(match.group(2))
        if last < first:
            raise _wrong("seeds {!r}: the range {}-{} is empty".format(text, first, last))
        if last > MAX_SEED:
            raise _wrong("seed {} is outside 0 … {}".format(last, MAX_SEED))
        if len(found) + last - first >= MAX_SEEDS:
            raise _wrong("seeds {!r} are more than {}".format(text, MAX_SEEDS))
        found.extend(range(first, last + 1))
    return found


def psis(text: str) -> List[Optional[float]]:
    """ "0.7" → one truncation; "0.25,0.7,none" → several, a row each."""
    return [psi(part) for part in text.split(",")]


def from_to(read: Callable[[str], Any], example: str) -> Callable[[str], Tuple[Any, Any]]:
    """ "A..B" → from one value to another; "A" → the same all the way. read: of one value."""

    def both(text: str) -> Tuple[Any, Any]:
        parts = text.split("..")
        if len(parts) > 2:
            raise _wrong("{!r}: write one value, or a range like {}".format(text, example))
        return read(parts[0]), read(parts[-1])

    return both


def fps(text: str) -> float:
    """Frames a second: "20", "23.976"; whole ones stay whole."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.01 <= value <= 1000:
        raise _wrong("fps {!r} is not a number of frames a second from 0.01 to 1000".format(text))
    return int(value) if value == int(value) else value


def span(text: str) -> Tuple[float, float]:
    """ "-3..3" → (-3, 3); "3" → (-3, 3); "-3" → (3, -3), which reverses a strip. σ behind is understood."""
    parts = re.sub(r"\s*(?:σ|sigma)(?=\.\.|$)", "", text.strip().replace("−", "-")).split("..")
    try:
        ends = [float(part) for part in parts]
    except ValueError:
        ends = []
    if len(ends) not in (1, 2) or not all(math.isfinite(end) for end in ends):
        raise _wrong("sigma {!r}: write a range like -3..3, or 3 for the same".format(text))
    return (-ends[0], ends[0]) if len(ends) == 1 else (ends[0], ends[1])


def ordered(ends: Tuple[float, float]) -> Tuple[float, float]:
    """The ends of a range from low to high. Raises UsageError for an empty one."""
    low, high = sorted(ends)
    if low == high:
        raise UsageError("range {:g}..{:g} is empty; write one like -2..3".format(low, high))
    return low, high


def count(text: str) -> int:
    """A whole number from 1 to 10^12: "1000000", "1_000_000", "1,000,000", "1e6"."""
    return count_to(MAX_COUNT)(text)


def count_or_auto(text: str) -> Union[int, str]:
    """A whole number as `count` reads it, or "auto"."""
    return "auto" if text.strip().lower() == "auto" else count(text)


def angle(text: str) -> float:
    """ "3deg", "3°" or "3": degrees, 0.01 to 30."""
    match = re.match(r"^(\d{1,9}(?:\.\d{1,9})?)\s*(?:deg|degrees|°)?$", text.strip())
    value = float(match.group(1)) if match else math.nan
    if not 0.01 <= value <= 30:
        raise _wrong(
            "{!r} is not an angle from 0.01 to 30 degrees; write it like 3deg or 0.5deg".format(text)
        )
    return value


def count_to(most: int) -> Callable[[str], int]:
    """The same with another end."""

    def read(text: str) -> int:
        plain = text.strip().replace("_", "").replace(",", "")
        match = re.match(r"^(\d{1,30})(?:e(\d{1,2}))?$", plain)
        value = int(match.group(1)) * 10 ** int(match.group(2) or 0) if match else 0
        if not 1 <= value <= most:
            raise _wrong(
                "{!r} is not a whole number from 1 to {:,}; write it like 1000, 1_000 or 1e3".format(
                    text, most
                )
            )
        return value

    return read


def size(text: str) -> int:
    """Bytes, 1 or more: "4G", "250M", "1.5G", "640K" (powers of 1000), or a plain number."""
    from ganspace_tf.cache_entries import size_of

    value = size_of(text)
    if value < 1:
        raise _wrong("size {!r}: write a number with K, M or G, such as 250M or 4G".format(text))
    return value


def count_or_file(most: int) -> Callable[[str], Union[int, str]]:
    """A whole number from 1 to `most`, or the name of a file."""

    def read(text: str) -> Union[int, str]:
        return count_to(most)(text) if re.match(r"^[-+\d_,.\s]*(?:e\d*)?$", text) else text

    return read


def examples(text: str) -> Union[List[int], str]:
    """Seeds, or FILE[:ROWS] for what does not read like a list of numbers."""
    return seeds(text) if re.match(r"^[\s\d,-]*$", text) else text


def number_from_zero(text: str) -> int:
    """A whole number from 0."""
    if not re.match(r"^\d{1,30}$", text.strip()):
        raise _wrong("{!r} is not a whole number from 0 up".format(text))
    return int(text)


def seed(text: str) -> int:
    """One seed, 0 … 2**32-1."""
    value = number_from_zero(text)
    if value > MAX_SEED:
        raise _wrong("seed {} is outside 0 … {}".format(value, MAX_SEED))
    return value


def decibels(text: str) -> float:
    """A PSNR: 1 to 100 dB, "30", "30.5", "30dB"."""
    match = re.match(r"^(\d{1,3}(?:\.\d{1,9})?)\s*(?:db)?$", text.strip(), re.IGNORECASE)
    value = float(match.group(1)) if match else math.nan
    if not 1 <= value <= 100:
        raise _wrong("{!r} is no PSNR from 1 to 100 dB; write it like 30".format(text))
    return value


def seconds(text: str) -> float:
    """A time above 0: "60", "2.5"."""
    value = _number(text)
    if not 0 < value <= 1e9:
        raise _wrong("{!r} is not a number of seconds above 0".format(text))
    return value


def weight(text: str) -> float:
    """A number from 0 to 1000."""
    value = _number(text)
    if not 0 <= value <= 1000:
        raise _wrong("{!r} is not a number from 0 to 1000".format(text))
    return value


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return math.nan


def psi(text: str) -> Optional[float]:
    """A finite number, or "none"."""
    if text.strip().lower() == "none":
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _wrong("psi {!r} is not a number (usually 0 to 1; none: no truncation)".format(text))
    return value


def translation(text: str) -> List[float]:
    """ "0.25,-0.1": how far to the right and down, in sides of the picture."""
    try:
        found = [float(part) for part in text.split(",")]
    except ValueError:
        found = []
    if len(found) != 2 or not all(math.isfinite(value) for value in found):
        raise _wrong(
            "{!r}: write two numbers such as 0.25,-0.1: sides of the picture, right and down".format(text)
        )
    return found


def degrees(text: str) -> float:
    """A finite number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _wrong("{!r} is not a number of degrees".format(text))
    return value


def layers(text: str) -> Tuple[int, Optional[int]]:
    """Inclusive layers as in the edit notation: "9-10", "9", "9-", "all"."""
    try:
        fields = read_edits("E(v0, {})".format(text))[0]
    except UsageError:
        raise _wrong("layers {!r}: write inclusive layers like 9-10, 9, 9- or all".format(text)) from None
    first, last = fields.get("first_layer", 0), fields.get("last_layer")
    if last is not None and last < first:
        raise _wrong("layers {!r} are empty; the first layer comes first and both count".format(text))
    return first, last


def indices(text: str) -> List[int]:
    """Components to show: "0-9,22", with or without v."""
    return seeds(re.sub(r"[vV]", "", text))


def edit(text: str) -> List[SweptEdit]:
    """One or several edits in the paper's notation."""
    try:
        return [SweptEdit(fields, "sigma" not in fields) for fields in read_edits(text)]
    except UsageError as error:
        raise _wrong(str(error)) from None


def direction(text: str) -> Tuple[str, Optional[float]]:
    """ "wings.json" → the file, its strength left open; "wings.json = +2" → the file and its strength.

    The same for other kinds of files, for one of several directions, "factor.pt:3 = +2", and for a name,
    "shell colour = +2"; a σ behind is understood.
    """
    match = re.match(r"^(.*\S)\s*=\s*(\S+?)\s*(?:σ|sigma)?$", text)
    if match is None or os.path.exists(text):
        return text, None
    try:
        strength = float(match.group(2).replace("−", "-"))
    except ValueError:
        strength = math.nan
    if math.isfinite(strength):
        return match.group(1), strength
    if re.search(r"\.(?:{})(?::\d+)?$".format("|".join(DIRECTION_FILES)), match.group(1)):
        raise _wrong("direction {!r}: write FILE, or FILE = +2 for a fixed strength".format(text))
    return text, None


def option(text: str) -> Tuple[str, Any]:
    """ "sparsity=0.5" → ("sparsity", 0.5); what is no number stays text."""
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise _wrong("{!r}: write NAME=VALUE".format(text))
    for kind in (int, float):
        try:
            return name, kind(value)
        except ValueError:
            continue
    return name, value


def steps(ends: Tuple[float, float], frames: int) -> List[float]:
    """Evenly spaced strengths from end to end; a single frame shows the second end."""
    low, high = ends
    if frames == 1:
        return [high]
    return [low + i * ((high - low) / (frames - 1)) for i in range(frames - 1)] + [high]


def classes(text: str) -> str:
    """Classes in words. What they mean is for the network to say: a name may have commas in it."""
    if not text.replace(",", " ").strip():
        raise _wrong("class {!r}: write an index or a name, or several separated by commas".format(text))
    return text


def _wrong(message: str) -> argparse.ArgumentTypeError:
    return argparse.ArgumentTypeError(message)
