"""Which layers of a network read which w: the one table behind SeFa and `ganspace info`."""

from __future__ import annotations

from typing import List

from nvlabs.describing.spec import SynthesisSpec


def style_scopes(spec: SynthesisSpec) -> List[List[str]]:
    """For each of the L layers the layers of the network whose style comes from its w.

    StyleGAN: layers 2i and 2i+1 are the two of block i. StyleGAN2: a resolution's ToRGB reads the same w
    as the next resolution's first convolution, and the last w goes to the last ToRGB alone (Karras et al.
    2020, fig. 7).
    """
    return _stylegan(spec) if spec.style == "stylegan" else _stylegan2(spec)


def style_weight(spec: SynthesisSpec, scope: str) -> str:
    """The variable of the synthesis part that turns w into the style of a network layer."""
    return scope + ("/StyleMod/weight" if spec.style == "stylegan" else "/mod_weight")


def _stylegan(spec: SynthesisSpec) -> List[List[str]]:
    scopes = [spec.block(2) + "/Const", spec.block(2) + "/Conv"]
    for log2 in range(3, spec.resolution_log2 + 1):
        scopes += [spec.block(log2) + "/Conv0_up", spec.block(log2) + "/Conv1"]
    return [[scope] for scope in scopes]


def _stylegan2(spec: SynthesisSpec) -> List[List[str]]:
    scopes: List[List[str]] = [[spec.block(2) + "/Conv"]] + [[] for _ in range(spec.num_layers - 1)]
    last = spec.resolution_log2
    for log2 in range(2, last + 1):
        side = spec.block(log2) + "/"
        if log2 > 2:
            scopes[2 * log2 - 5].append(side + "Conv0_up")
            scopes[2 * log2 - 4].append(side + "Conv1")
        if spec.architecture == "revised":  # configs b to d count their ToRGB from the end
            scopes[2 * log2 - 3].append("ToRGB_lod{}".format(last - log2))
        elif spec.architecture == "skip" or log2 == last:
            scopes[2 * log2 - 3].append(side + "ToRGB")
    return scopes
