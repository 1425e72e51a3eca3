"""Frames that share their past: what the layers before an edit have put out is computed once.

Frames of a strip, a sheet or a film often have the same w in the first layers: an edit of layers 9 and 10
leaves 0 to 8 as they are, and edits of 9 alone and of 9 and 10 have one w up to 9. `order` puts frames that
share the most next to each other: a walk through the tree that the latents of all frames are. `plan`
finds, for every frame, the latest place of the network (`Stages.cuts`) whose feature maps an earlier frame
has made of the same w, and which ones later frames will go on from. Frames that share all of w are drawn
once.

Exact to the bit for networks that make one image at a time (`Generator.alone`): a run that goes on from kept
maps does the operations of a whole run on tensors of the same shapes.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np

from ganspace_tf.generators.stages import Cut

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator

ROOM = 256 << 20  # bytes of feature maps that are kept for later frames
AHEAD = 64  # frames looked at for what they can use


class Run(NamedTuple):
    """How one frame is made. like: an earlier frame that it equals, and nothing is run; start: index of the
    cut that it goes on from, None from the beginning; keep: cuts whose maps this run gives for later frames;
    forget: cuts whose maps no later frame needs.
    """

    like: Optional[int]
    start: Optional[int]
    keep: Tuple[int, ...]
    forget: Tuple[int, ...]


def prefixes(w: np.ndarray, others: Sequence[Optional[np.ndarray]]) -> np.ndarray:
    """Numbers (N, L + 1): two frames have the same number in column l if their first l rows of w, and
    everything else that they depend on, are the same to the bit. w: (N, L, D). others: arrays of one row a
    frame, None where all frames have the same.
    """
    seen: Dict[Any, int] = {}
    found = np.zeros((len(w), w.shape[1] + 1), np.int64)
    for i, rows in enumerate(w):
        key: Any = tuple(np.asarray(other[i]).tobytes() for other in others if other is not None)
        for layer in range(w.shape[1] + 1):
            found[i, layer] = number = seen.setdefault((layer, key), len(seen))
            if layer < w.shape[1]:
                key = number, rows[layer].tobytes()
    return found


def order(same: np.ndarray) -> np.ndarray:
    """Frames in the order in which to make them, (N,): each shares as many of the first rows of w with the
    one before it as with any before, and what many share comes behind what few do, so that maps are kept
    for few frames at a time. same: of `prefixes`.
    """
    many = np.bincount(same.ravel())[same]
    return np.lexsort(np.stack([same.T[::-1], many.T[::-1]], axis=1).reshape(-1, len(same)))


def plan(same: np.ndarray, cuts: Sequence[Cut], sizes: Sequence[int], room: int = ROOM) -> List[Run]:
    """How to make every frame. same: of `prefixes`; cuts: in the order of the network, with the bytes of each
    in `sizes`; no more than `room` bytes are kept at any time.
    """
    reads = np.array([cut.reads for cut in cuts], int)
    first: Dict[int, int] = {}
    held: "OrderedDict[int, int]" = OrderedDict()  # cut → the number of the w that its maps were made of
    runs = []
    for i, numbers in enumerate(same):
        like = first.setdefault(int(numbers[-1]), i)
        if like < i:
            runs.append(Run(like, None, (), ()))
            continue
        fitting = [cut for cut, number in held.items() if numbers[reads[cut]] == number]
        start = max(fitting, default=None)
        wanted = _wanted(same[i : i + 1 + AHEAD], reads)
        new = [cut for cut in wanted if start is None or cut > start]
        forget = [cut for cut in held if cut not in wanted or cut not in fitting]
        for cut in forget:
            del held[cut]
        kept = []
        used = sum(sizes[cut] for cut in held)
        for cut in new:  # the one that is needed first comes first
            if cut not in held and used + sizes[cut] <= room:
                held[cut] = int(numbers[reads[cut]])
                used += sizes[cut]
                kept.append(cut)
        runs.append(Run(None, start, tuple(kept), tuple(forget)))
    return runs


def _wanted(same: np.ndarray, reads: np.ndarray) -> List[int]:
    """Cuts that the frames behind the first of these can go on from if it leaves their maps, those that are
    needed first in front. Of a frame that some frame between can serve as well, that one is left to do it.
    """
    found: Dict[int, None] = OrderedDict()
    for j in range(1, len(same)):
        shared = _shared(same[0], same[j])
        if any(_shared(between, same[j]) > shared for between in same[1:j]):
            continue
        usable = np.flatnonzero(reads <= shared)
        if len(usable) and shared < same.shape[1] - 1:
            found.setdefault(int(usable[-1]))
    return list(found)


def _shared(one: np.ndarray, two: np.ndarray) -> int:
    """How many of the first rows of w are the same; -1: none, and other things differ."""
    return int((one == two).sum()) - 1


def images(
    gen: Generator, w: np.ndarray, runs: Sequence[Run], given_of: Callable[[int], Dict[str, Any]]
) -> Iterator[Optional[np.ndarray]]:
    """Images (1, C, H, W) of latents (N, L, D) as planned, one by one; None for one that equals an earlier
    one. given_of(i): what `Generator.inside` takes for frame i besides w.

    A frame is made from cut to cut where it leaves maps: TensorFlow prepares each set of inputs and outputs
    anew, which takes as long as some layers, and what lies between two cuts serves many frames.
    """
    stages = gen.stages
    assert stages is not None
    held: Dict[int, Dict[str, np.ndarray]] = {}
    for i, run in enumerate(runs):
        if run.like is not None:
            yield None
            continue
        given = given_of(i)
        known = {} if run.start is None else held[run.start]
        for cut in run.forget:
            del held[cut]
        for cut in sorted(run.keep):
            names = stages.cuts[cut].names
            found = gen.inside(w[i : i + 1], [name for name in names if name not in known], known, **given)
            known = dict(known, **found)
            held[cut] = known = {name: known[name] for name in names}
        yield gen.inside(w[i : i + 1], [stages.image], known, **given)[stages.image]
