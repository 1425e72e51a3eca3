"""The variables that a network of a given specification owns: names, shapes, creation order.

Weights are [in, out] for dense layers and [height, width, in, out] for convolutions.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from typing import Dict, Iterable, List, Mapping, Tuple, Union

import numpy as np

from nvlabs.describing.spec import MappingSpec, SynthesisSpec
from nvlabs.describing.stylegan3 import StyleGAN3Spec, stylegan3_shapes
from nvlabs.errors import VariableMismatch
from nvlabs.reading.arrays import element_count

Shape = Tuple[int, ...]
Shapes = Dict[str, Shape]
Rows = List[Tuple[str, Shape]]
NOT_TRAINED = re.compile(r"(.*/)?(lod|noise\d+|dlatent_avg|freqs|phases|transform|magnitude_ema)\Z")
NAMES_SHOWN = 3


def mapping_shapes(spec: MappingSpec) -> Shapes:
    """Variables of the mapping part for a MappingSpec."""
    rows: Rows = []
    inputs = spec.latent_size
    if spec.label_size:
        scope = "LabelConcat" if spec.label_rule == "concat" else "LabelEmbed"
        rows.append((scope + "/weight", (spec.label_size, spec.label_fmaps)))
        if spec.label_rule == "embed":
            rows.append((scope + "/bias", (spec.label_fmaps,)))
        inputs += spec.label_fmaps
    for layer in range(spec.layers):
        outputs = spec.dlatent_size if layer == spec.layers - 1 else spec.fmaps
        rows.append(("Dense%d/weight" % layer, (inputs, outputs)))
        rows.append(("Dense%d/bias" % layer, (outputs,)))
        inputs = outputs
    return OrderedDict(rows)


def synthesis_shapes(spec: Union[SynthesisSpec, StyleGAN3Spec]) -> Shapes:
    """Variables of the synthesis part for its description."""
    return stylegan3_shapes(spec) if isinstance(spec, StyleGAN3Spec) else _styled_shapes(spec)


def _styled_shapes(spec: SynthesisSpec) -> Shapes:
    rows: Rows = [("lod", ())] if spec.has_lod else []
    rows += [("noise%d" % index, (1, 1, *size)) for index, size in enumerate(spec.noise_sizes)]
    first = spec.block(2)
    rows.append((first + "/Const/const", (1, spec.const_fmaps, *spec.start)))
    layer = _styled_layer if spec.style == "stylegan" else _modulated_layer
    if spec.style == "stylegan":
        rows += _epilogue(spec, first + "/Const", spec.const_fmaps)
    inputs = spec.const_fmaps
    for log2 in range(2, spec.resolution_log2 + 1):
        outputs = spec.fmaps[2**log2]
        scope = spec.block(log2) + "/"
        if log2 == 2:
            rows += layer(spec, scope + "Conv", inputs, outputs)
        else:
            rows += layer(spec, scope + "Conv0_up", inputs, outputs)
            rows += layer(spec, scope + "Conv1", outputs, outputs)
            if spec.architecture == "resnet":
                rows.append((scope + "Skip/weight", (1, 1, inputs, outputs)))
        rows += _to_rgb(spec, log2, outputs)
        inputs = outputs
    return OrderedDict(rows)


def _epilogue(spec: SynthesisSpec, scope: str, channels: int) -> Rows:
    noise: Rows = [(scope + "/Noise/weight", (channels,))] if spec.use_noise else []
    style: Rows = []
    if spec.use_styles:
        style = [
            (scope + "/StyleMod/weight", (spec.dlatent_size, 2 * channels)),
            (scope + "/StyleMod/bias", (2 * channels,)),
        ]
    return noise + [(scope + "/bias", (channels,))] + style


def _styled_layer(spec: SynthesisSpec, scope: str, inputs: int, outputs: int) -> Rows:
    return [(scope + "/weight", (3, 3, inputs, outputs))] + _epilogue(spec, scope, outputs)


def _modulation(spec: SynthesisSpec, scope: str, inputs: int) -> Rows:
    return [(scope + "/mod_weight", (spec.dlatent_size, inputs)), (scope + "/mod_bias", (inputs,))]


def _modulated_layer(spec: SynthesisSpec, scope: str, inputs: int, outputs: int) -> Rows:
    rows = [(scope + "/weight", (3, 3, inputs, outputs))] + _modulation(spec, scope, inputs)
    if spec.use_noise:
        rows.append((scope + "/noise_strength", ()))
    return rows + [(scope + "/bias", (outputs,))]


def _to_rgb(spec: SynthesisSpec, log2: int, channels: int) -> Rows:
    lod = spec.resolution_log2 - log2
    if spec.architecture in ("orig", "resnet") and lod:
        return []
    scope = "ToRGB_lod%d" % lod if spec.has_lod else spec.block(log2) + "/ToRGB"
    rows: Rows = [(scope + "/weight", (1, 1, channels, spec.num_channels))]
    if spec.style == "stylegan2":
        rows += _modulation(spec, scope, channels)
    return rows + [(scope + "/bias", (spec.num_channels,))]


def parameter_count(shapes: Mapping[str, Iterable[int]]) -> int:
    """How many numbers were trained: all but noise maps, `lod` and `dlatent_avg`."""
    return sum(element_count(tuple(shape)) for name, shape in shapes.items() if not NOT_TRAINED.match(name))


def check_variables(
    variables: Mapping[str, np.ndarray], expected: Mapping[str, Shape], prefix: str, why: str
) -> None:
    """Each expected variable is there with its shape and finite values, and no other.

    Raises VariableMismatch, which names variables with `prefix` and says by `why` what shapes follow from.
    """
    missing = [prefix + name for name in expected if name not in variables]
    extra = [prefix + name for name in variables if name not in expected]
    if missing or extra:
        parts = [
            "%s: %s" % (what, _some(names))
            for what, names in (("missing", missing), ("not known", extra))
            if names
        ]
        raise VariableMismatch("the variables do not fit %s; %s" % (why, "; ".join(parts)))
    for name, shape in expected.items():
        value = variables[name]
        if tuple(value.shape) != tuple(shape):
            message = "variable %s has the shape %s; %s calls for %s"
            raise VariableMismatch(message % (prefix + name, list(value.shape), why, list(shape)))
        if not np.isfinite(value).all():
            raise VariableMismatch(
                "variable %s holds NaN or infinity: the file or its training went wrong" % (prefix + name)
            )


def _some(names: List[str]) -> str:
    shown = ", ".join(name[:100] for name in names[:NAMES_SHOWN])
    return shown if len(names) <= NAMES_SHOWN else "%s and %d more" % (shown, len(names) - NAMES_SHOWN)
