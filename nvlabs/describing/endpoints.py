"""The named endpoints of a generator, in the order of computation, without building it.

They are what the graph builders mark; a test compares both for every family and architecture.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import List, Tuple

from nvlabs.describing.spec import GeneratorSpec, MappingSpec, SynthesisSpec
from nvlabs.describing.stylegan3 import StyleGAN3Spec
from nvlabs.describing.styles import style_layers

Shape = Tuple[int, ...]
Rows = List[Tuple[str, Shape]]

STYLES = "Styles"  # the styles of all layers in one row, as `styles.style_layers` counts them: no layer


def endpoint_shapes(
    spec: GeneratorSpec, synthesis_name: str, mapping_name: str
) -> "OrderedDict[str, Tuple[int, ...]]":
    """Name → shape per sample, (C, H, W) or (D,), of all that a network of this description can be asked for.

    synthesis_name, mapping_name: names of the two parts, with which those of their endpoints begin.
    """
    synthesis = spec.synthesis
    if isinstance(synthesis, StyleGAN3Spec):
        rows = _stylegan3(synthesis)
    elif synthesis.style == "stylegan":
        rows = _stylegan1(synthesis)
    else:
        rows = _stylegan2(synthesis, spec.edition == "pytorch")
    whole = [(mapping_name + "/" + name, shape) for name, shape in _mapping(spec.mapping)]
    whole.append(("Truncation", (synthesis.num_layers, synthesis.dlatent_size)))
    return OrderedDict(whole + [(synthesis_name + "/" + name, shape) for name, shape in rows])


def _mapping(spec: MappingSpec) -> Rows:
    normalized = "PixelNorm" if spec.gain_in_weight else "Normalize"
    size, joined = spec.latent_size, spec.latent_size + spec.label_fmaps
    if not spec.label_size:
        rows: Rows = [(normalized, (size,))]
    elif spec.label_rule == "concat":
        rows = [("LabelConcat", (joined,)), (normalized, (joined,))]
    else:
        rows = [(normalized, (size,)), ("LabelEmbed", (joined,))]
    widths = [spec.fmaps] * (spec.layers - 1) + [spec.dlatent_size]
    return rows + [("Dense%d" % index, (width,)) for index, width in enumerate(widths[: spec.layers])]


def _stylegan1(spec: SynthesisSpec) -> Rows:
    rows: Rows = []
    for log2 in range(2, spec.resolution_log2 + 1):
        rows += _layers(spec, log2) + _blended(spec, log2, "Upscale2D")
    return rows


def _stylegan2(spec: SynthesisSpec, pytorch: bool) -> Rows:
    rows: Rows = [(STYLES, (sum(layer.channels for layer in style_layers(spec)),))]
    for log2 in range(2, spec.resolution_log2 + 1):
        block, side = spec.block(log2) + "/", 2**log2
        maps: Shape = (spec.fmaps[side], *spec.size(log2))
        rows += _layers(spec, log2)
        if spec.architecture == "resnet" and log2 > 2:
            own = ["b%d.conv1" % side, "b%d.skip" % side] if pytorch else []
            rows += [(name, maps) for name in [*own, block + "Skip"]]
        if spec.architecture == "revised":
            rows += _blended(spec, log2, "Upsample")
        elif spec.architecture == "skip" or log2 == spec.resolution_log2:
            names = ["b%d.torgb" % side] if pytorch else []
            names += [block + "Upsample"] if spec.architecture == "skip" and log2 > 2 else []
            rows += [(name, _rgb(spec, log2)) for name in [*names, block + "ToRGB"]]
    return rows


def _layers(spec: SynthesisSpec, log2: int) -> Rows:
    """The two layers of a block; in the first one the constant and its convolution."""
    block = spec.block(log2) + "/"
    maps: Shape = (spec.fmaps[2**log2], *spec.size(log2))
    if log2 == 2:
        return [(block + "Const", (spec.const_fmaps, *spec.start)), (block + "Conv", maps)]
    return [(block + "Conv0_up", maps), (block + "Conv1", maps)]


def _blended(spec: SynthesisSpec, log2: int, doubled: str) -> Rows:
    """RGB of a block of a network that grew, and its blend with that of the block before, doubled."""
    lod, shape = spec.resolution_log2 - log2, _rgb(spec, log2)
    rows: Rows = [("ToRGB_lod%d" % lod, shape)]
    if log2 == 2:
        return rows
    if doubled == "Upsample":
        name = "%s_lod%d" % (doubled, lod)
    else:
        name = doubled if log2 == 3 else "%s_%d" % (doubled, log2 - 3)
    return [*rows, (name, shape), ("Grow_lod%d" % lod, shape)]


def _rgb(spec: SynthesisSpec, log2: int) -> Shape:
    return (spec.num_channels, *spec.size(log2))


def _stylegan3(spec: StyleGAN3Spec) -> Rows:
    width, height = spec.input.size
    rows: Rows = [("input", (spec.input.channels, height, width))]
    for layer in spec.layers:
        width, height = layer.out_size
        rows.append((layer.name, (layer.out_channels, height, width)))
    return rows
