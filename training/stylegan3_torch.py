"""The yardstick of benchmarks/stylegan3.py: StyleGAN3 in PyTorch, written the plain way.

    python -m training.stylegan3_torch CASE          such as t-256

prints CPU seconds an image and peak memory in GiB. Zeros between samples, filters, leaky ReLU and again
filters, one after the other over whole feature maps, as the paper writes them down and as a network without
compiled operations computes them; convolutions with weights modulated for each sample.
"""

from __future__ import annotations

import sys
from typing import Any, Optional, Sequence

import numpy as np
import torch
import torch.nn.functional as F

from benchmarks.machine import cpu_seconds, peak_gib
from benchmarks.stylegan3 import design
from tests.persistent_writer import Module
from tests.stylegan3_recipe import generator


def tensor(array: Any) -> Any:
    """An array as a tensor of its own memory."""
    return torch.from_numpy(np.array(array, np.float32))


def dense(module: Module, x: Any) -> Any:
    """Linear dense layer."""
    weight = tensor(module.parameters["weight"]) * float(module.attributes["weight_gain"])
    return F.linear(x, weight, tensor(module.parameters["bias"]))


def fir(x: Any, taps: Optional[np.ndarray], gain: float = 1.0) -> Any:
    """True convolution of every channel with a filter: a list acts along both axes, a table as it is."""
    if taps is None:
        return x
    channels, kernel = x.shape[1], tensor(taps[::-1] if taps.ndim == 1 else taps[::-1, ::-1]) * gain
    if kernel.ndim == 1:
        column = kernel[None, None, :, None].repeat(channels, 1, 1, 1)
        return F.conv2d(F.conv2d(x, column, groups=channels), column.transpose(2, 3), groups=channels)
    return F.conv2d(x, kernel[None, None].repeat(channels, 1, 1, 1), groups=channels)


def spread(x: Any, factor: int, padding: Sequence[int]) -> Any:
    """Zeros after every sample, then borders that may be negative."""
    N, C, H, W = x.shape
    x = F.pad(x.reshape(N, C, H, 1, W, 1), [0, factor - 1, 0, 0, 0, factor - 1])
    return F.pad(x.reshape(N, C, H * factor, W * factor), list(padding))


def layer(module: Module, x: Any, w: Any) -> Any:
    """Modulated convolution and filtered leaky ReLU."""
    facts, buffers = module.attributes, module.buffers
    weight, style = tensor(module.parameters["weight"]), dense(module.modules["affine"], w)
    if facts["is_torgb"]:
        style = style / weight.shape[1] ** 0.5
    else:
        weight = weight * weight.square().mean([1, 2, 3], keepdim=True).rsqrt()
        style = style * style.square().mean().rsqrt()
    weight = weight[None] * style[:, None, :, None, None]
    if not facts["is_torgb"]:
        weight = weight * (weight.square().sum([2, 3, 4], keepdim=True) + 1e-8).rsqrt()
    weight = weight * float(buffers["magnitude_ema"]) ** -0.5
    N, outputs, inputs, size, _ = weight.shape
    x = F.conv2d(
        x.reshape(1, N * inputs, *x.shape[2:]),
        weight.reshape(-1, inputs, size, size),
        padding=size - 1,
        groups=N,
    )
    x = x.reshape(N, outputs, *x.shape[2:]) + tensor(module.parameters["bias"])[:, None, None]
    if facts["is_torgb"]:
        return x.clamp(-facts["conv_clamp"], facts["conv_clamp"])
    up, down = facts["up_factor"], facts["down_factor"]
    x = fir(spread(x, up, facts["padding"]), buffers["up_filter"], up)
    x = (F.leaky_relu(x, 0.2) * 2**0.5).clamp(-facts["conv_clamp"], facts["conv_clamp"])
    return fir(x, buffers["down_filter"])[:, :, ::down, ::down]


def synthesis(module: Module, ws: Any) -> Any:
    """The image of ws (N, L, D). The Fourier input, a thousandth of the work, is a random map of its size."""
    first = module.modules["input"]
    x = torch.randn(len(ws), first.attributes["channels"], *(int(side) for side in first.attributes["size"]))
    for index, name in enumerate(module.attributes["layer_names"]):
        x = layer(module.modules[name], x, ws[:, index + 1])
    return x * module.attributes["output_scale"]


def main(case: str) -> None:
    """Draw one image and say what it took."""
    torch.set_num_threads(1)
    d = design(case)
    module = generator(d).modules["synthesis"]
    ws = torch.randn(1, len(module.attributes["layer_names"]) + 1, d.w_dim)
    with torch.no_grad():
        synthesis(module, ws)
        seconds = cpu_seconds(lambda: synthesis(module, ws), 1)
    print(seconds, peak_gib())


if __name__ == "__main__":
    main(sys.argv[1])
