"""Classes in words: what people write for the class of a picture, and what a picture's label says.

    207   Irish setter   tench, Tinca tinca   n02123045      one class
    0:0.5+1:0.5   tench:0.7+goldfish:0.3   0+1               a mixture: weights of classes, or equal shares
    none                                                     no class: weights of zero

Several, one for each picture, have commas between them; a text that is the whole label of a class is that
class. The form in recipes has no names: an index, or a mixture of indices as text.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import List, Optional, Union

import numpy as np

from ganspace_tf.biggan.classes import ClassNames, checked_index
from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.fields import FLOAT32

NONE = "none"
Class = Union[int, str]
_WEIGHTED = re.compile(r"^(.*?)\s*:\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE]-?\d+)?)\s*$")
_PLUS = re.compile(r"(?<!:)\+")


def read_classes(
    text: str, n_classes: int, names: Optional[ClassNames], nearest: bool = False
) -> List[Class]:
    """The classes that a text names, in the form of recipes. nearest: see `ClassNames.index`.

    Raises UsageError (outside the network's classes, a name of several, a mixture that is none, nothing at
    all) and UnknownName.
    """
    pieces = text.split(",")
    found: List[Class] = []
    start = 0
    while start < len(pieces):
        stop = min(len(pieces), start + (names.longest if names is not None else 1))
        while stop > start + 1 and ",".join(pieces[start:stop]) not in names:  # type: ignore[operator]
            stop -= 1
        one = ",".join(pieces[start:stop]).strip()
        if one:
            found.append(plain_class(one, n_classes, names, nearest))
        start = stop
    if not found:
        raise UsageError("class {!r}: write an index or a name, or several separated by commas".format(text))
    return found


def plain_class(text: str, n_classes: int, names: Optional[ClassNames], nearest: bool = False) -> Class:
    """One class in the form of recipes: an index; "0:0.5+1:0.5" for a mixture; "none"."""
    if names is None or text not in names:
        if text.strip().lower() == NONE:
            return NONE
        shares = _shares(text)
        if shares is not None:
            mixed: "OrderedDict[int, float]" = OrderedDict()
            for name, share in shares:
                index = class_index(name, n_classes, names, nearest)
                mixed[index] = mixed.get(index, 0.0) + share
            # no plus in 1e+20: here it stands between classes
            return "+".join("{}:{}".format(k, repr(share).replace("+", "")) for k, share in mixed.items())
    return class_index(text, n_classes, names, nearest)


def class_index(text: str, n_classes: int, names: Optional[ClassNames], nearest: bool = False) -> int:
    """The class that a name or digits mean. Raises UnknownName, UsageError."""
    if names is not None:
        return names.index(text, nearest)
    if text.strip().isdecimal():
        return checked_index(text, n_classes)
    raise UnknownName(
        "class {!r}: the classes of this network have no names; give an index, 0 … {}".format(
            text, n_classes - 1
        )
    )


def class_vector(
    one: Class, n_classes: int, names: Optional[ClassNames], nearest: bool = False
) -> np.ndarray:
    """One class or mixture as weights, (n_classes,) float32."""
    if isinstance(one, str):
        one = plain_class(one, n_classes, names, nearest)
    weights = np.zeros(n_classes, np.float32)
    if one != NONE:
        for name, share in (_shares(one) or ()) if isinstance(one, str) else [(one, 1.0)]:
            weights[checked_index(name, n_classes)] = share
    return weights


def is_mixture(text: str, names: Optional[ClassNames]) -> bool:
    """Whether a text stands for weights and not for one class."""
    known = names is not None and text in names
    return not known and (text.strip().lower() == NONE or _shares(text) is not None)


def call_name(one: Class, names: Optional[ClassNames]) -> str:
    """What a label calls a class in the form of recipes: "tench", "class 3", "0.5 tench + 0.5 goldfish"."""
    if isinstance(one, str) and not one.strip().isdecimal():
        shares = _shares(one)
        if shares is None:
            return "no class" if one == NONE else one
        return " + ".join("{:g} {}".format(share, call_name(name, names)) for name, share in shares)
    return "class {}".format(one) if names is None else names.display(int(one))


def _shares(text: str) -> Optional[List[tuple]]:
    """The names and weights of a mixture; None for what is none. Raises UsageError."""
    parts = _PLUS.split(text)
    found = [_WEIGHTED.match(part) for part in parts]
    if not any(found):
        return [(part, 1 / len(parts)) for part in parts] if len(parts) > 1 else None
    shares = [(match.group(1), float(match.group(2))) for match in found if match is not None]
    if len(shares) < len(parts) or not all(name and abs(share) <= FLOAT32 for name, share in shares):
        raise UsageError("class {!r}: write a mixture as 0:0.5+1:0.5, a weight for every class".format(text))
    return shares
