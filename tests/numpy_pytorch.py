"""StyleGAN2-ADA-PyTorch and StyleGAN3 in plain NumPy, float64, written for reading: oracles for tests.

They evaluate the modules that tests write (see persistent_writer) by the formulas of the papers and of the
file format, and share nothing with the code that is tested. Feature maps are (N, C, H, W), kernels
(O, I, kh, kw).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Dict, Optional, Sequence, Tuple

import numpy as np

from tests.persistent_writer import Module

SQRT2 = float(np.sqrt(2))


def lrelu(x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, 0.2 * x)


def swish(x: np.ndarray) -> np.ndarray:
    return x / (1 + np.exp(-x))


ACTIVATIONS = {"lrelu": lrelu, "swish": swish, "linear": lambda x: x}


def dense(module: Module, x: np.ndarray, gain: float = 1.0) -> np.ndarray:
    weight = module.parameters["weight"].astype(float) * module.attributes["weight_gain"]
    y = x @ weight.T + module.parameters["bias"].astype(float) * module.attributes["bias_gain"]
    return ACTIVATIONS[module.attributes["activation"]](y) * gain


def unit(x: np.ndarray) -> np.ndarray:
    return x / np.sqrt(np.mean(x**2, axis=1, keepdims=True) + 1e-8)


def mapping(module: Module, z: np.ndarray, labels: Optional[np.ndarray] = None) -> np.ndarray:
    """w (N, D), not truncated."""
    x = unit(z.astype(np.float32).astype(float))
    if "embed" in module.modules:
        x = np.concatenate([x, unit(dense(module.modules["embed"], labels))], axis=1)
    for index in range(module.attributes["num_layers"]):
        x = dense(module.modules["fc%d" % index], x, SQRT2)
    return x


def correlate(x: np.ndarray, w: np.ndarray, pad: int) -> np.ndarray:
    """Cross-correlation of every sample with its own kernel (N, O, I, kh, kw), zeros all around."""
    size = w.shape[-1]
    x = np.pad(x, [(0, 0), (0, 0), (pad, pad), (pad, pad)])
    height, width = x.shape[2] - size + 1, x.shape[3] - size + 1
    out = np.zeros((x.shape[0], w.shape[1], height, width))
    for i in range(size):
        for j in range(size):
            out += np.einsum("nihw,noi->nohw", x[:, :, i : i + height, j : j + width], w[..., i, j])
    return out


def pad(x: np.ndarray, amounts: Sequence[int]) -> np.ndarray:
    """Zeros left, right, above, below; negative amounts crop."""
    left, right, above, below = amounts
    x = np.pad(x, [(0, 0), (0, 0), (max(above, 0), max(below, 0)), (max(left, 0), max(right, 0))])
    rows = slice(max(-above, 0), x.shape[2] - max(-below, 0))
    return x[:, :, rows, max(-left, 0) : x.shape[3] - max(-right, 0)]


def spread(x: np.ndarray, factor: int) -> np.ndarray:
    """Zeros after every sample along both axes."""
    out = np.zeros(x.shape[:2] + (x.shape[2] * factor, x.shape[3] * factor))
    out[:, :, ::factor, ::factor] = x
    return out


def convolve(x: np.ndarray, taps: Any) -> np.ndarray:
    """True convolution of every channel, without borders; a list acts along both axes, None does nothing."""
    if taps is None:
        return x
    taps = np.asarray(taps, float)
    kernel = (np.outer(taps, taps) if taps.ndim == 1 else taps)[::-1, ::-1]
    height, width = (size - taps + 1 for size, taps in zip(x.shape[2:], kernel.shape))
    out = np.zeros(x.shape[:2] + (height, width))
    for i in range(kernel.shape[0]):
        for j in range(kernel.shape[1]):
            out += kernel[i, j] * x[:, :, i : i + height, j : j + width]
    return out


def clip(x: np.ndarray, limit: Optional[float]) -> np.ndarray:
    return x if limit is None else np.clip(x, -limit, limit)


def per_channel(values: np.ndarray) -> np.ndarray:
    return values.astype(float)[:, np.newaxis, np.newaxis]


# StyleGAN2-ADA-PyTorch


def ada_synthesis(
    module: Module, ws: np.ndarray, noise: str = "const"
) -> Tuple[np.ndarray, Dict[str, np.ndarray]]:
    """The image of ws (N, L, D), and every value that the original shows, by its name there."""
    seen: Dict[str, np.ndarray] = OrderedDict()
    x: Any = None
    image: Any = None
    for size in module.attributes["block_resolutions"]:
        block, name = module.modules["b%d" % size], "b%d." % size
        resnet, at = block.attributes["architecture"] == "resnet" and size > 4, 2 * size.bit_length() - 7
        gain = np.sqrt(0.5) if resnet else 1.0
        if size == 4:
            x, at = np.repeat(block.parameters["const"].astype(float)[np.newaxis], len(ws), axis=0), -1
        else:
            if resnet:
                seen[name + "skip"] = skip = _skip(block.modules["skip"], x, gain)
            x = seen[name + "conv0"] = _ada_layer(block.modules["conv0"], x, ws[:, at], noise, 1.0)
        x = seen[name + "conv1"] = _ada_layer(block.modules["conv1"], x, ws[:, at + 1], noise, gain)
        x = seen[name + "x"] = x + skip if resnet else x
        if image is not None:
            image = enlarge(image, block.buffers["resample_filter"], 0)
        if "torgb" in block.modules:
            rgb = seen[name + "torgb"] = _ada_to_rgb(block.modules["torgb"], x, ws[:, at + 2])
            image = seen[name + "img"] = rgb if image is None else image + rgb
    return image, seen


def enlarge(x: np.ndarray, taps: np.ndarray, more: int) -> np.ndarray:
    """Twice the size: zeros after every sample, a border of `more` zeros beyond the usual, the filter."""
    height, width = taps.shape if taps.ndim == 2 else (len(taps), len(taps))
    border = [(width + 1) // 2, (width - 2) // 2, (height + 1) // 2, (height - 2) // 2]
    # a separable filter has its gain of 2 along each axis
    return convolve(pad(spread(x, 2), [n + more for n in border]), taps * (4 if taps.ndim == 2 else 2))


def _ada_layer(module: Module, x: np.ndarray, w: np.ndarray, noise: str, gain: float) -> np.ndarray:
    facts = module.attributes
    style = dense(module.modules["affine"], w)
    weight = module.parameters["weight"].astype(float) * style[:, np.newaxis, :, np.newaxis, np.newaxis]
    weight /= np.sqrt(np.sum(weight**2, axis=(2, 3, 4), keepdims=True) + 1e-8)
    if facts["up"] == 2:
        x = correlate(enlarge(x, module.buffers["resample_filter"], 1), weight[..., ::-1, ::-1], 0)
    else:
        x = correlate(x, weight, 1)
    if facts["use_noise"] and noise == "const":
        x = x + module.buffers["noise_const"].astype(float) * module.parameters["noise_strength"]
    x = ACTIVATIONS[facts["activation"]](x + per_channel(module.parameters["bias"]))
    limit = facts["conv_clamp"]
    return clip(x * facts["act_gain"] * gain, None if limit is None else limit * gain)


def _ada_to_rgb(module: Module, x: np.ndarray, w: np.ndarray) -> np.ndarray:
    style = dense(module.modules["affine"], w) * module.attributes["weight_gain"]
    weight = module.parameters["weight"].astype(float) * style[:, np.newaxis, :, np.newaxis, np.newaxis]
    return clip(
        correlate(x, weight, 0) + per_channel(module.parameters["bias"]), module.attributes["conv_clamp"]
    )


def _skip(module: Module, x: np.ndarray, gain: float) -> np.ndarray:
    weight = module.parameters["weight"].astype(float) * module.attributes["weight_gain"]
    x = enlarge(x, module.buffers["resample_filter"], 0)
    return correlate(x, np.repeat(weight[np.newaxis], len(x), axis=0), 0) * gain


# StyleGAN3


def stylegan3_synthesis(
    module: Module, ws: np.ndarray, transform: Optional[np.ndarray] = None
) -> Tuple[np.ndarray, Dict[str, np.ndarray]]:
    """The image of ws (N, L, D), and the output of the input and of every layer by its name."""
    seen: Dict[str, np.ndarray] = OrderedDict()
    x = seen["input"] = fourier_input(module.modules["input"], ws[:, 0], transform)
    for index, name in enumerate(module.attributes["layer_names"]):
        x = seen[name] = _layer(module.modules[name], x, ws[:, index + 1])
    return x * module.attributes["output_scale"], seen


def fourier_input(module: Module, w: np.ndarray, transform: Optional[np.ndarray] = None) -> np.ndarray:
    """(N, C, H, W), one sample after the other."""
    facts = module.attributes
    buffers = {name: value.astype(float) for name, value in module.buffers.items()}
    width, height = (int(side) for side in facts["size"])
    rate, stored = facts["sampling_rate"], buffers["transform"] if transform is None else transform
    x = ((np.arange(width) + 0.5 - width / 2) / rate)[np.newaxis, np.newaxis]
    y = ((np.arange(height) + 0.5 - height / 2) / rate)[np.newaxis, :, np.newaxis]
    weight = module.parameters["weight"].astype(float) / np.sqrt(facts["channels"])
    samples = []
    for t in dense(module.modules["affine"], w):
        t = t / np.hypot(t[0], t[1])
        turn = np.array([[t[0], -t[1], 0], [t[1], t[0], 0], [0, 0, 1]])
        shift = np.array([[1, 0, -t[2]], [0, 1, -t[3]], [0, 0, 1]])
        matrix = turn @ shift @ stored
        phases = buffers["phases"] + buffers["freqs"] @ matrix[:2, 2]
        freqs = buffers["freqs"] @ matrix[:2, :2]
        size = np.sqrt(np.sum(freqs**2, axis=1))
        strength = np.clip(1 - (size - facts["bandwidth"]) / (rate / 2 - facts["bandwidth"]), 0, 1)
        columns = [
            values[:, np.newaxis, np.newaxis] for values in (freqs[:, 0], freqs[:, 1], phases, strength)
        ]
        waves = np.sin(2 * np.pi * (x * columns[0] + y * columns[1] + columns[2])) * columns[3]
        samples.append(np.einsum("oc,chw->ohw", weight, waves))
    return np.stack(samples)


def _layer(module: Module, x: np.ndarray, w: np.ndarray) -> np.ndarray:
    facts, buffers = module.attributes, module.buffers
    weight = module.parameters["weight"].astype(float)
    style = dense(module.modules["affine"], w)
    if facts["is_torgb"]:
        style = style / np.sqrt(weight.shape[1])
    else:
        weight = weight / np.sqrt(np.mean(weight**2, axis=(1, 2, 3), keepdims=True))
        style = style / np.sqrt(np.mean(style**2))  # over the whole batch
    weight = weight * style[:, np.newaxis, :, np.newaxis, np.newaxis]
    if not facts["is_torgb"]:
        weight /= np.sqrt(np.sum(weight**2, axis=(2, 3, 4), keepdims=True) + 1e-8)
    weight = weight / np.sqrt(float(buffers["magnitude_ema"]))
    x = correlate(x, weight, facts["conv_kernel"] - 1) + per_channel(module.parameters["bias"])
    gain, activation = (1.0, lambda x: x) if facts["is_torgb"] else (SQRT2, lrelu)
    return filtered(
        x, facts["up_factor"], facts["down_factor"], facts["padding"], buffers["up_filter"],
        buffers["down_filter"], gain, activation, facts["conv_clamp"],
    )  # fmt: skip


def filtered(
    x: np.ndarray, up: int, down: int, padding: Sequence[int], up_taps: Any, down_taps: Any,
    gain: float = SQRT2, activation: Any = lrelu, limit: Optional[float] = None,
) -> np.ndarray:  # fmt: skip
    """Zeros, padding or cropping, filter, nonlinearity, clamp, filter, every `down`-th sample."""
    x = convolve(pad(spread(x, up), padding), up_taps) * up**2
    return convolve(clip(activation(x) * gain, limit), down_taps)[:, :, ::down, ::down]
