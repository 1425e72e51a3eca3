"""Where a network's run can stop, show something small, and go on later from what it kept.

A stage ends at one resolution. What it keeps, together with the w of the layers that come after, is all that
the rest of the network needs, so that the pictures of a run in stages are those of one run, to the bit.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

from ganspace_tf.biggan.endpoints import IMAGE
from ganspace_tf.biggan.structure import Structure

Size = Tuple[int, int]
IMAGES = "images_out"
FIRST_SIDE = 16  # smaller pictures show too little to be worth a stop


class Stage(NamedTuple):
    """size: (H, W) of what it shows. keeps: endpoints that it gives; the next stage goes on from them, the
    last stage gives the image besides. middle: endpoints, all kept by this stage and the one before, from
    which this stage can be had again when only its last w has changed; empty where there is no such place.
    features: the feature map that a preview is made of, None for the last. rgb: a picture of the network's
    own at this size, where it has one.
    """

    size: Size
    keeps: Tuple[str, ...]
    middle: Tuple[str, ...] = ()
    features: Optional[str] = None
    rgb: Optional[str] = None


class Cut(NamedTuple):
    """A place between two layers. names: endpoints that, with the w of later layers, are all that the rest of
    the network needs; reads: of how many of the first layers of w they are made.
    """

    names: Tuple[str, ...]
    reads: int


class Stages(NamedTuple):
    """rows: from the smallest to the image. reads: for every endpoint that is kept, of how many of the first
    layers of w it is made. image: what the image is called among endpoints. cuts: in the order of the
    network, each made of more layers than the one before.
    """

    rows: Tuple[Stage, ...]
    reads: Dict[str, int]
    image: str
    cuts: Tuple[Cut, ...] = ()


def stages_of(spec: Any, prefix: str) -> Stages:
    """Of a StyleGAN of any generation. prefix: of the endpoints of its synthesis part."""
    return STYLES[spec.style](spec, prefix)


def _stylegan(spec: Any, prefix: str) -> Stages:
    """The last feature map of a resolution is all that is needed."""
    reads: Dict[str, int] = OrderedDict()
    rows = []
    for log2 in _shown(spec.resolution_log2):
        scope = prefix + spec.block(log2) + ("/Conv1" if log2 > 2 else "/Conv")
        reads[scope] = 2 * log2 - 2
        rows.append(Stage(spec.size(log2), (scope,), features=scope))
    rows[-1] = Stage(spec.image_size, ())
    cuts = [Cut((prefix + spec.block(2) + "/Conv",), 2)]
    for log2 in range(3, spec.resolution_log2 + 1):
        side = prefix + spec.block(log2)
        cuts += [Cut((side + "/Conv0_up",), 2 * log2 - 3), Cut((side + "/Conv1",), 2 * log2 - 2)]
    return Stages(tuple(rows), reads, IMAGES, tuple(cuts[:-1]))


def _stylegan2(spec: Any, prefix: str) -> Stages:
    """A feature map, and with "skip" the sum of RGB so far."""
    skip, reads, rows = spec.architecture == "skip", OrderedDict(), []
    below: Optional[str] = None  # the sum of RGB that the stage before has kept
    last = spec.resolution_log2
    for log2 in _shown(last):
        side = prefix + spec.block(log2) + "/"
        scope = side + ("Conv" if log2 == 2 else "Skip" if spec.architecture == "resnet" else "Conv1")
        reads[scope] = max(1, 2 * log2 - 3)
        rgb = side + "ToRGB" if skip else None
        middle = (scope,) if not skip else ((scope, below) if below is not None else ())
        if log2 == last:
            rows.append(Stage(spec.image_size, (scope,), middle))
            break
        if rgb is not None:
            reads[rgb] = 2 * log2 - 2
        keeps = (scope,) if rgb is None else (scope, rgb)
        rows.append(Stage(spec.size(log2), keeps, middle if skip else (), scope, rgb))
        below = rgb
    return Stages(tuple(rows), reads, IMAGES, tuple(_stylegan2_cuts(spec, prefix)))


def _stylegan2_cuts(spec: Any, prefix: str) -> Iterator[Cut]:
    """Behind every convolution. With "skip" the picture so far goes along, with "resnet" the way around."""
    around: Tuple[str, ...] = ()
    for log2 in range(2, spec.resolution_log2 + 1):
        side = prefix + spec.block(log2) + "/"
        if log2 > 2:
            yield Cut((side + "Conv0_up", *around), 2 * log2 - 4)
        last = side + ("Conv" if log2 == 2 else "Skip" if spec.architecture == "resnet" else "Conv1")
        yield Cut((last, *(around if spec.architecture == "skip" else ())), max(1, 2 * log2 - 3))
        around = {"skip": (side + "ToRGB",), "resnet": (last,)}.get(spec.architecture, ())


def _stylegan3(spec: Any, prefix: str) -> Stages:
    """The last layer of every sampling rate; feature maps have a margin around the picture."""
    rate, ends = float(spec.input.sampling_rate), OrderedDict()
    reads: Dict[str, int] = OrderedDict()
    for index, layer in enumerate(spec.layers[:-1]):
        rate = rate * layer.up / layer.down
        if rate == int(rate) and min(layer.out_size) >= rate:
            ends[int(rate)] = prefix + layer.name, index + 2
    rows = []
    for side, (name, layers) in ends.items():
        if min(FIRST_SIDE, spec.resolution // 4) <= side < spec.resolution:
            reads[name] = layers
            rows.append(Stage((side, side), (name,), features=name))
    cuts = [Cut((prefix + layer.name,), index + 2) for index, layer in enumerate(spec.layers[:-1])]
    return Stages((*rows, Stage(spec.image_size, ())), reads, IMAGES, tuple(cuts))


# A style of synthesis → its stages.
STYLES: Dict[str, Callable[[Any, str], Stages]] = {
    "stylegan": _stylegan,
    "stylegan2": _stylegan2,
    "stylegan3": _stylegan3,
}


def biggan_stages(structure: Structure) -> Stages:
    """Of a BigGAN-deep network: the last block of every resolution, or the attention behind it."""
    reads: Dict[str, int] = OrderedDict()
    ends: "OrderedDict[int, Stage]" = OrderedDict()
    attention = structure.attention
    cuts: List[Cut] = []
    for block in structure.blocks:
        name = block.path
        if attention is not None and attention.layer == block.layer + 1:
            name = attention.path
        if _first(structure.resolution) <= block.side < structure.resolution:
            if block.side in ends:
                del reads[ends[block.side].keeps[0]]
            reads[name] = block.latent + 1
            ends[block.side] = Stage((block.side, block.side), (name,), features=name)
        cuts.append(Cut((name,), block.latent + 1))
    side = structure.resolution
    return Stages((*ends.values(), Stage((side, side), ())), reads, IMAGE, tuple(cuts[:-1]))


def _first(resolution: int) -> int:
    """The smallest side that is shown."""
    return min(FIRST_SIDE, max(4, resolution // 4))


def _shown(last: int) -> List[int]:
    """log2 of the sides of the stages, up to that of the image."""
    return list(range(_first(2**last).bit_length() - 1, last + 1))
