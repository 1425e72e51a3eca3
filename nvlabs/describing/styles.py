"""The style channels of StyleGAN2, in the order of computation: the S space of Wu et al. 2021 (StyleSpace).

A style layer is one whose weights are modulated, ToRGB layers included. They are counted as in the paper,
from 0 along the network: with "skip" at 1024 pixels there are 26 of them with 9,088 channels, 17 of feature
maps and 9 of ToRGB. Style layers are not the L layers of w: two of them may read the same w.
"""

from __future__ import annotations

from typing import Iterator, NamedTuple, Tuple, Union

from nvlabs.describing.spec import SynthesisSpec
from nvlabs.describing.stylegan3 import StyleGAN3Spec


class StyleLayer(NamedTuple):
    """scope: where its variables are, "8x8/Conv0_up". reads: which w, 0 … L-1. channels: of what it takes in,
    one style each. rgb: whether it makes RGB.
    """

    scope: str
    reads: int
    channels: int
    rgb: bool = False


def style_layers(spec: Union[SynthesisSpec, StyleGAN3Spec]) -> Tuple[StyleLayer, ...]:
    """The style layers of a synthesis network with the maths of StyleGAN2; none of others."""
    if isinstance(spec, StyleGAN3Spec) or spec.style != "stylegan2":
        return ()
    return tuple(_layers(spec))


def _layers(spec: SynthesisSpec) -> Iterator[StyleLayer]:
    """A resolution's ToRGB reads the same w as the next resolution's first convolution, and the last w goes
    to the last ToRGB alone (Karras et al. 2020, figure 7).
    """
    last = spec.resolution_log2
    for log2 in range(2, last + 1):
        side, width = spec.block(log2) + "/", spec.fmaps[2**log2]
        if log2 == 2:
            yield StyleLayer(side + "Conv", 0, spec.const_fmaps)
        else:
            yield StyleLayer(side + "Conv0_up", 2 * log2 - 5, spec.fmaps[2 ** (log2 - 1)])
            yield StyleLayer(side + "Conv1", 2 * log2 - 4, width)
        if spec.architecture == "revised":  # configs b to d count their ToRGB from the end
            yield StyleLayer("ToRGB_lod{}".format(last - log2), 2 * log2 - 3, width, True)
        elif spec.architecture == "skip" or log2 == last:
            yield StyleLayer(side + "ToRGB", 2 * log2 - 3, width, True)
