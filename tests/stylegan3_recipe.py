"""StyleGAN3 generators of any size with seeded weights, as modules to be written: schedule and filters follow
Karras et al. 2021, appendix C, written out here on their own, so that tests have something to compare with.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Dict, List, NamedTuple

import numpy as np

from tests.persistent_writer import Module

SQRT2 = float(np.sqrt(2))


class Design(NamedTuple):
    """What a network is made from; the defaults are those of config t."""

    resolution: int = 16
    channels: int = 3
    z_dim: int = 8
    w_dim: int = 6
    c_dim: int = 0
    channel_base: int = 32768
    channel_max: int = 512
    num_layers: int = 14
    num_critical: int = 2
    first_cutoff: float = 2.0
    first_stopband: float = 2**2.1
    last_stopband_rel: float = 2**0.3
    margin: int = 10
    output_scale: float = 0.25
    kernel: int = 3
    filter_size: int = 6
    lrelu_upsampling: int = 2
    radial: bool = False
    clamp: Any = 256
    mapping_layers: int = 2
    half_resolutions: int = 4


def config_r(**changes: Any) -> Design:
    """Config r: 1 x 1 kernels, radial filters, twice the channels."""
    usual = {"kernel": 1, "radial": True, "channel_base": 65536, "channel_max": 1024}
    return Design(**dict(usual, **changes))


class Layer(NamedTuple):
    """One layer of the schedule; sizes are sides of squares."""

    name: str
    channels_in: int
    channels_out: int
    size_in: int
    size_out: int
    kernel: int
    up: int
    down: int
    padding: List[int]
    up_filter: Any
    down_filter: Any
    torgb: bool
    half: bool


def schedule(d: Design) -> List[Layer]:
    """The layers of a design."""
    steps = np.arange(d.num_layers + 1)
    exponents = np.minimum(steps / (d.num_layers - d.num_critical), 1)
    cutoffs = d.first_cutoff * (d.resolution / 2 / d.first_cutoff) ** exponents
    last = d.resolution / 2 * d.last_stopband_rel
    stopbands = d.first_stopband * (last / d.first_stopband) ** exponents
    rates = 2 ** np.ceil(np.log2(np.minimum(2 * stopbands, d.resolution)))
    widths = np.maximum(stopbands, rates / 2) - cutoffs
    sizes = (rates + 2 * d.margin).astype(int)
    sizes[-2:] = d.resolution
    channels = np.rint(np.minimum(d.channel_base / 2 / cutoffs, d.channel_max)).astype(int)
    channels[-1] = d.channels
    layers = []
    for i in steps:
        before, torgb = max(i - 1, 0), i == d.num_layers
        kernel = 1 if torgb else d.kernel
        middle = max(rates[before], rates[i]) * (1 if torgb else d.lrelu_upsampling)
        up, down = int(middle / rates[before]), int(middle / rates[i])
        up_filter = low_pass(d.filter_size * up, cutoffs[before], widths[before], middle)
        critical = cutoffs[i] * 2 >= rates[i]
        round_one = d.radial and not critical
        down_filter = low_pass(d.filter_size * down, cutoffs[i], widths[i], middle, round_one)
        if torgb or up == 1:
            up_filter = None
        if torgb or down == 1:
            down_filter = None
        taps = sum(1 if f is None else len(f) for f in (up_filter, down_filter))
        total = (sizes[i] - 1) * down + 1 - (sizes[before] + kernel - 1) * up + taps - 2
        low = int((total + up) // 2)
        layers.append(
            Layer(
                "L%d_%d_%d" % (i, sizes[i], channels[i]), int(channels[before]), int(channels[i]),
                int(sizes[before]), int(sizes[i]), kernel, up, down, [low, int(total) - low] * 2,
                up_filter, down_filter, bool(torgb), bool(rates[i] * 2**d.half_resolutions > d.resolution),
            )
        )  # fmt: skip
    return layers


def input_facts(d: Design) -> Dict[str, Any]:
    """Size, sampling rate, bandwidth and channels of the Fourier input."""
    first = schedule(d)[0]
    rate = float(first.size_in - 2 * d.margin)
    return {"size": first.size_in, "rate": rate, "bandwidth": d.first_cutoff, "channels": first.channels_in}


def low_pass(taps: int, cutoff: float, width: float, rate: float, radial: bool = False) -> np.ndarray:
    """A Kaiser-windowed low-pass filter that sums to one; radial: a jinc instead of a sinc, as a table."""
    attenuation = 2.285 * (taps - 1) * np.pi * (2 * width / (rate / 2)) + 7.95
    window = np.kaiser(taps, kaiser_beta(attenuation))
    place = (np.arange(taps) - (taps - 1) / 2) / rate
    if not radial:
        made = np.sinc(2 * cutoff * place) * window
    else:
        radius = np.hypot(*np.meshgrid(place, place))
        made = bessel_j1(2 * cutoff * np.pi * radius) / (np.pi * radius) * np.outer(window, window)
    return (made / made.sum()).astype(np.float32)


def kaiser_beta(attenuation: float) -> float:
    """Kaiser's formula for the shape of his window."""
    if attenuation > 50:
        return 0.1102 * (attenuation - 8.7)
    if attenuation > 21:
        return 0.5842 * (attenuation - 21) ** 0.4 + 0.07886 * (attenuation - 21)
    return 0.0


def bessel_j1(x: np.ndarray) -> np.ndarray:
    """J1 from Bessel's integral; the trapezoidal rule is exact to rounding for a periodic integrand."""
    angle = (np.arange(200) + 0.5) * np.pi / 200
    return np.mean(np.cos(angle - x[..., np.newaxis] * np.sin(angle)), axis=-1)


def generator(d: Design, seed: int = 0, identity: bool = True) -> Module:
    """A generator with random weights whose pictures have a standard deviation near 0.3. identity: the stored
    transformation; otherwise a turned and shifted one.
    """
    random = np.random.RandomState(seed)
    layers = schedule(d)
    modules = OrderedDict(input=_input(d, random, identity))
    for layer in layers:
        modules[layer.name] = _layer(d, layer, random)
    names = [layer.name for layer in layers]
    shared = {"w_dim": d.w_dim, "num_ws": len(layers) + 1}
    shared.update(img_resolution=d.resolution, img_channels=d.channels)
    synthesis = Module(
        "SynthesisNetwork",
        dict(shared, num_layers=d.num_layers, output_scale=d.output_scale, layer_names=names),
        modules=modules,
    )
    whole = dict(shared, z_dim=d.z_dim, c_dim=d.c_dim)
    parts = OrderedDict(synthesis=synthesis, mapping=mapping(d, random, len(layers) + 1))
    return Module("Generator", whole, modules=parts)


def mapping(d: Any, random: Any, num_ws: int, rate: float = 0.01) -> Module:
    """A mapping network of a design with z_dim, c_dim, w_dim and mapping_layers."""
    modules = OrderedDict()
    inputs = d.z_dim
    if d.c_dim:
        modules["embed"] = dense(random, d.c_dim, d.w_dim)
        inputs += d.w_dim
    for index in range(d.mapping_layers):
        modules["fc%d" % index] = dense(random, inputs, d.w_dim, "lrelu", rate)
        inputs = d.w_dim
    attributes = {"z_dim": d.z_dim, "c_dim": d.c_dim, "w_dim": d.w_dim, "num_ws": num_ws}
    attributes.update(num_layers=d.mapping_layers, w_avg_beta=0.998)
    return Module(
        "MappingNetwork", attributes, buffers={"w_avg": draw(random, (d.w_dim,), 0.2)}, modules=modules
    )


def dense(random: Any, inputs: int, outputs: int, activation: str = "linear", rate: float = 1.0) -> Module:
    """A dense layer; its bias is around 1 where it makes styles (linear)."""
    bias = draw(random, (outputs,), 0.2 / rate) + np.float32(activation == "linear")
    attributes = {"activation": activation, "weight_gain": rate / np.sqrt(inputs), "bias_gain": rate}
    return Module(
        "FullyConnectedLayer",
        attributes,
        {"weight": draw(random, (outputs, inputs), 1 / rate), "bias": bias},
    )


def draw(random: Any, shape: tuple, scale: float = 1.0) -> np.ndarray:
    """float32 normal numbers."""
    return (random.standard_normal(shape) * scale).astype(np.float32)


def _input(d: Design, random: Any, identity: bool) -> Module:
    facts = input_facts(d)
    channels = facts["channels"]
    freqs = random.standard_normal((channels, 2))
    radius = np.sqrt(np.sum(freqs**2, axis=1, keepdims=True))
    freqs *= d.first_cutoff / (radius * np.exp(radius**2) ** 0.25)
    transform = np.eye(3)
    if not identity:
        transform = np.array([[0.8, 0.6, 0.1], [-0.6, 0.8, -0.2], [0, 0, 1.0]])
    attributes = {
        "w_dim": d.w_dim,
        "channels": channels,
        "size": np.array([facts["size"]] * 2),
        "sampling_rate": facts["rate"],
        "bandwidth": facts["bandwidth"],
    }
    return Module(
        "SynthesisInput",
        attributes,
        {"weight": draw(random, (channels, channels))},
        {
            "transform": transform.astype(np.float32),
            "freqs": freqs.astype(np.float32),
            "phases": (random.rand(channels) - 0.5).astype(np.float32),
        },
        {"affine": dense(random, d.w_dim, 4)},
    )


def _layer(d: Design, layer: Layer, random: Any) -> Module:
    attributes = {
        "w_dim": d.w_dim,
        "is_torgb": layer.torgb,
        "use_fp16": np.bool_(layer.half),
        "in_channels": layer.channels_in,
        "out_channels": layer.channels_out,
        "in_size": np.array([layer.size_in] * 2),
        "out_size": np.array([layer.size_out] * 2),
        "conv_kernel": layer.kernel,
        "conv_clamp": d.clamp,
        "up_factor": layer.up,
        "down_factor": layer.down,
        "padding": layer.padding,
    }
    shape = (layer.channels_out, layer.channels_in, layer.kernel, layer.kernel)
    parameters = {
        "weight": draw(random, shape, 2.0 if layer.torgb else 1.0),
        "bias": draw(random, (layer.channels_out,), 0.1),
    }
    buffers = {
        "magnitude_ema": np.float32(0.5 + random.rand()),
        "up_filter": layer.up_filter,
        "down_filter": layer.down_filter,
    }
    return Module(
        "SynthesisLayer",
        attributes,
        parameters,
        buffers,
        {"affine": dense(random, d.w_dim, layer.channels_in)},
    )
