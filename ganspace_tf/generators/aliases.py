"""The layer names of GANSpace's PyTorch models and of StyleGAN2-ADA-PyTorch, as other names of this
project's endpoints.

Only layers whose output is the same quantity have an alias. In StyleGAN the PyTorch port splits a layer
into a convolution (with its bias) and an "epilogue" (noise, activation, norm, style); the endpoint here is
the finished layer, which is the epilogue's output.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Iterable, List, Tuple

from nvlabs.describing.endpoints import STYLES

Pairs = List[Tuple[str, str]]


def aliases(
    family: str,
    endpoints: Iterable[str],
    mapping_layers: int,
    mapping: str = "G_mapping",
    synthesis: str = "G_synthesis",
) -> OrderedDict:
    """Alias → endpoint, for the aliases whose endpoint this network has. mapping, synthesis: the parts'
    names."""
    known = list(endpoints)
    blocks = [name.split("/")[1] for name in known if name.endswith(("/Const", "/Conv1"))]  # "4x4", "8x8", …
    last_dense = "Dense{}".format(mapping_layers - 1)
    pairs = [(alias, mapping + "/" + last_dense) for alias in ("w", "style", "g_mapping")]
    pairs += [("mapping.fc{}".format(i), "{}/Dense{}".format(mapping, i)) for i in range(mapping_layers)]
    if family == "stylegan":
        pairs += [(alias, synthesis + "/" + name) for alias, name in _stylegan(blocks)]
    elif family != "stylegan3":  # whose layers have the original's names already
        pairs += [(alias, mapping + "/" + name) for alias, name in _stylegan2_mapping(mapping_layers)]
        pairs.append(("s", synthesis + "/" + STYLES))
        pairs += [(alias, synthesis + "/" + name) for alias, name in _stylegan2(blocks)]
        pairs += [(alias, synthesis + "/" + name) for alias, name in _ada_pytorch(blocks)]
    known_ends = {name.split("/", 1)[1] for name in known if "/" in name}
    pairs = [(alias, name) for alias, name in pairs if alias not in known_ends]
    return OrderedDict((alias, name) for alias, name in pairs if name in known)


def _stylegan(blocks: List[str]) -> Pairs:
    scope, first = "g_synthesis.blocks.", blocks[0]
    pairs = [(scope + first + ".epi1", first + "/Const")]
    pairs += [(scope + first + tail, first + "/Conv") for tail in (".epi2", "")]
    for side in blocks[1:]:
        pairs.append((scope + side + ".epi1", side + "/Conv0_up"))
        pairs += [(scope + side + tail, side + "/Conv1") for tail in (".epi2", "")]
    return pairs + [("g_synthesis.torgb", "ToRGB_lod0")]


def _stylegan2_mapping(layers: int) -> Pairs:
    # style.0 is the normalisation of z, hence the shift by one
    return [("style.0", "Normalize")] + [
        ("style.{}".format(i + 1), "Dense{}".format(i)) for i in range(layers)
    ]


def _stylegan2(blocks: List[str]) -> Pairs:
    first = blocks[0]
    pairs = [("input", first + "/Const"), ("conv1", first + "/Conv"), ("to_rgb1", first + "/ToRGB")]
    for k, side in enumerate(blocks[1:]):
        pairs.append(("convs.{}".format(2 * k), side + "/Conv0_up"))
        pairs.append(("convs.{}".format(2 * k + 1), side + "/Conv1"))
        pairs.append(("to_rgbs.{}".format(k), side + "/ToRGB"))
    return pairs


def _ada_pytorch(resolutions: List[str]) -> Pairs:
    """b<r>.conv0, .conv1: finished layers; .x, .img: what a block returns. Of two endpoints for one alias the
    later one counts: a residual block returns its Skip.
    """
    pairs = [("b4.const", "4x4/Const")]
    for side in ["4x4", *resolutions]:
        block = "b{}.".format(side.split("x")[0])
        last = side + ("/Conv" if side == "4x4" else "/Conv1")
        pairs += [(block + "conv0", side + "/Conv0_up"), (block + "conv1", last)]
        pairs += [(block + "x", last), (block + "x", side + "/Skip"), (block + "img", side + "/ToRGB")]
    return pairs
