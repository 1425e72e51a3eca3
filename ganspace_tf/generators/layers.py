"""Which layers of a network read which w: the one table behind SeFa and `ganspace info`."""

from __future__ import annotations

from typing import List, Union

from nvlabs.describing.spec import SynthesisSpec
from nvlabs.describing.stylegan3 import StyleGAN3Spec
from nvlabs.describing.styles import style_layers

Spec = Union[SynthesisSpec, StyleGAN3Spec]


def style_scopes(spec: Spec) -> List[List[str]]:
    """For each of the L layers the layers of the network whose style comes from its w.

    StyleGAN: layers 2i and 2i+1 are the two of block i. StyleGAN2: `style_layers`. StyleGAN3: w 0 moves the
    Fourier input, w i + 1 is that of layer i.
    """
    if isinstance(spec, StyleGAN3Spec):
        return [["input"]] + [[layer.name] for layer in spec.layers]
    return _stylegan(spec) if spec.style == "stylegan" else _stylegan2(spec)


# What turns w into the style of a network layer, by the style of the synthesis.
STYLE_WEIGHTS = {"stylegan": "/StyleMod/weight", "stylegan2": "/mod_weight", "stylegan3": "/affine_weight"}


def style_weight(spec: Spec, scope: str) -> str:
    """The variable of the synthesis part that turns w into the style of a network layer."""
    return scope + STYLE_WEIGHTS[spec.style]


def _stylegan(spec: SynthesisSpec) -> List[List[str]]:
    scopes = [spec.block(2) + "/Const", spec.block(2) + "/Conv"]
    for log2 in range(3, spec.resolution_log2 + 1):
        scopes += [spec.block(log2) + "/Conv0_up", spec.block(log2) + "/Conv1"]
    return [[scope] for scope in scopes]


def _stylegan2(spec: SynthesisSpec) -> List[List[str]]:
    scopes: List[List[str]] = [[] for _ in range(spec.num_layers)]
    for layer in style_layers(spec):
        scopes[layer.reads].append(layer.scope)
    return scopes
