"""Records whose values come from files: checked, all of them, against the annotations of their class.

Works for dataclasses and NamedTuples. What an annotation cannot say (ranges, what goes with what) stays with
the class; asked here is that a number is finite, that text is short enough to be shown, and that a list is no
longer than a list of seeds.
"""

from __future__ import annotations

import numbers
import typing
from functools import lru_cache
from typing import Any, Dict, Sequence

import numpy as np

from ganspace_tf.errors import UsageError
from nvlabs.reading.shown import show

LONGEST_TEXT = 1_000  # characters of a name, a label, a title
LONGEST_LIST = 100_000  # seeds, edits, rows
LARGEST = 2**53  # of whole numbers: beyond, floats cannot count
FLOAT32 = 3e38  # pixels and latents are made in it
_WORDS = {int: "a whole number", float: "a finite number", str: "a short text", bool: "true or false"}


@lru_cache(maxsize=100)
def fields_of(kind: Any) -> Dict[str, Any]:
    """The fields of a class and what each may hold; the same dictionary every time."""
    return typing.get_type_hints(kind)


def check_fields(record: Any) -> None:
    """Raises UsageError, which names the field, for the first value that its annotation does not allow."""
    kind: Any = type(record)
    for name, annotation in fields_of(kind).items():
        value = getattr(record, name)
        if not fits(value, annotation):
            raise UsageError(
                "{} of {} must be {}, not {}".format(name, kind.__name__, _in_words(annotation), show(value))
            )


def from_dict(kind: Any, record: Any) -> Any:
    """A record of a class that checks its own fields, from a dictionary. Raises UsageError for what is no
    dictionary, and for fields that the class does not have, that are missing, or that have a wrong value.
    """
    names = list(fields_of(kind))
    if not isinstance(record, dict):
        raise UsageError("{} is made of named fields, not of {}".format(kind.__name__, show(record)))
    for name in record:
        if name not in names:
            text = "{} has no field {}; fields are {}"
            raise UsageError(text.format(kind.__name__, show(name), ", ".join(names)))
    try:
        return kind(**record)
    except TypeError as error:  # a field is missing that has no default
        raise UsageError("not a {}: {}".format(kind.__name__, error)) from None


def from_list(kind: Any, values: Any) -> Any:
    """A NamedTuple from a list (or from one of its own), checked. Raises UsageError."""
    if not _is_list(values):
        raise UsageError("{} is a list of its values, not {}".format(kind.__name__, show(values)))
    try:
        made = kind(*values)
    except TypeError as error:  # too few or too many
        raise UsageError("not a {}: {}".format(kind.__name__, error)) from None
    check_fields(made)
    return made


def fits(value: Any, annotation: Any) -> bool:
    """Whether a value is what an annotation says: a number, text, None, a list or tuple of such, a class.

    A whole number fits float, True fits neither; NumPy's numbers count, and tuples fit lists.
    """
    origin, inside = _parts(annotation)
    if annotation is Any:
        return True
    if annotation is type(None):
        return value is None
    if origin is typing.Union:
        return any(fits(value, choice) for choice in inside)
    if origin is list:
        return _is_list(value) and all(fits(item, inside[0]) for item in value)
    if origin is tuple:
        return _is_list(value) and len(value) == len(inside) and all(map(fits, value, inside))
    if origin is dict:
        return isinstance(value, dict) and all(fits(item, inside[1]) for item in value.values())
    if annotation in (int, float):
        return _is_number(value, annotation)
    if annotation is str:
        return isinstance(value, str) and _is_short_text(value)
    return isinstance(value, annotation)


def _parts(annotation: Any) -> typing.Tuple[Any, Sequence[Any]]:
    """What List[int] is made of: (list, (int,)); (None, ()) for a class."""
    return getattr(annotation, "__origin__", None), getattr(annotation, "__args__", None) or ()


def _in_words(annotation: Any) -> str:
    """What an annotation allows, for people."""
    origin, inside = _parts(annotation)
    if annotation is type(None):
        return "null"
    if origin is typing.Union:
        return " or ".join(map(_in_words, inside))
    if origin is list:
        return "a list" + ("" if inside[0] is Any else ", each item {}".format(_in_words(inside[0])))
    if origin is tuple:
        return "a list of {}".format(", ".join(map(_in_words, inside)))
    if annotation is Any:
        return "anything"
    return _WORDS.get(annotation, "an object" if origin is dict else "a {}".format(annotation.__name__))


def _is_list(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and len(value) <= LONGEST_LIST


def _is_short_text(value: str) -> bool:
    """Whether it can be shown and drawn: no half characters, no zero byte."""
    if len(value) > LONGEST_TEXT or "\0" in value:
        return False
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _is_number(value: Any, kind: type) -> bool:
    if isinstance(value, (bool, np.bool_)):
        return False
    if isinstance(value, numbers.Integral):
        return abs(int(value)) <= LARGEST
    return kind is float and isinstance(value, numbers.Real) and abs(float(value)) <= FLOAT32
