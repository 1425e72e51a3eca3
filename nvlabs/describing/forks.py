"""The non-square forks of StyleGAN2 and its ADA edition: a constant of h x w instead of 4 x 4, doubled once
for every further block. All else is as in the official networks.

One fork states `min_h`, `min_w` and `res_log2` (how often the constant is doubled) and names its blocks by
their real sizes; the other states `init_res` and names them "4x4", "8x8", ... as if they were square. Square
networks that start at 8 x 8 are made with either. `resolution` is not the side there, and channels follow no
one rule, so sizes and channels are read off the variables.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Tuple

import numpy as np

from nvlabs.describing.spec import Size
from nvlabs.errors import UnsupportedNetwork, VariableMismatch
from nvlabs.reading.records import NetworkRecord

ARGUMENTS = ("min_h", "min_w", "res_log2", "init_res")
BLOCK = re.compile(r"(.{1,20})/Conv0_up/weight\Z")
LONGEST_START = 64
LONGEST_SIDE = 2048  # of a square; other pictures have as many pixels at most
MOST_PIXELS = LONGEST_SIDE**2
MOST_DOUBLINGS = 11


@dataclass(frozen=True)
class Fork:
    """What sets a network of a fork apart."""

    name: str
    start: Size
    block_names: Tuple[str, ...]

    @property
    def resolution(self) -> int:
        """The side of an official network with as many blocks."""
        return 4 << (len(self.block_names) - 1)

    def fmaps(self, variables: Mapping[str, np.ndarray], otherwise: Mapping[int, int]) -> Dict[int, int]:
        """Output channels of each block, by the shapes of its weights."""
        found = dict(otherwise)
        for index, block in enumerate(self.block_names):
            weight = variables.get(block + ("/Conv1/weight" if index else "/Conv/weight"))
            if weight is not None and weight.ndim == 4:
                found[4 << index] = int(weight.shape[3])
        return found

    def __str__(self) -> str:
        height, width = (side << (len(self.block_names) - 1) for side in self.start)
        return "%s (%d x %d to %d x %d pixels)" % (self.name, *self.start, height, width)


def is_forked(record: NetworkRecord) -> bool:
    """Whether a generator is one of a fork: by its arguments, or by a constant that is not 4 x 4."""
    return any(name in _arguments(record) for name in ARGUMENTS) or _start_of(record) not in (None, (4, 4))


def fork_of(record: NetworkRecord) -> Optional[Fork]:
    """The fork of a generator whose arguments were checked, or None for an official network.

    Raises UnsupportedNetwork for a constant or a picture beyond what is drawn here.
    """
    if not is_forked(record):
        return None
    kwargs, variables = _arguments(record), record.components["synthesis"].variables
    start, name = _start_of(record) or (4, 4), "a fork that does not state its start"
    if "init_res" in kwargs:
        start, name = tuple(kwargs["init_res"]), "the fork with init_res"
    elif any(argument in kwargs for argument in ARGUMENTS):
        start, name = (kwargs.get("min_h", 4), kwargs.get("min_w", 4)), "the fork with min_h, min_w, res_log2"
    doublings = kwargs.get("res_log2", sum(1 for variable in variables if BLOCK.match(variable)))
    fork = Fork(name, start, tuple(_names(start, min(doublings, MOST_DOUBLINGS + 1), variables)))
    too_large = doublings > MOST_DOUBLINGS or start[0] * start[1] << (2 * doublings) > MOST_PIXELS
    if too_large or not all(1 <= side <= LONGEST_START for side in start):
        raise UnsupportedNetwork(
            "a network of %s; constants of 1 to %d pixels a side and pictures of up to %d x %d are drawn"
            % (fork, LONGEST_START, LONGEST_SIDE, LONGEST_SIDE)
        )
    found = _start_of(record)
    if found not in (None, start):
        raise VariableMismatch("a network of %s: its constant is %d x %d" % (fork, *found))
    return fork


def _arguments(record: NetworkRecord) -> Dict[str, Any]:
    return {**record.static_kwargs, **record.components["synthesis"].static_kwargs}


def _start_of(record: NetworkRecord) -> Optional[Size]:
    """Height and width of the constant."""
    for name, value in record.components["synthesis"].variables.items():
        if name.endswith("/Const/const") and value.ndim == 4:
            return int(value.shape[2]), int(value.shape[3])
    return None


def _names(start: Size, doublings: int, variables: Mapping[str, np.ndarray]) -> List[str]:
    """The blocks' names by the rule that fits the first one: height x width, width x height, as if square."""
    rules = [
        ["%dx%d" % (h << k, w << k) for k in range(doublings + 1)] for h, w in (start, start[::-1], (4, 4))
    ]
    return next((names for names in rules if names[0] + "/Const/const" in variables), rules[0])
