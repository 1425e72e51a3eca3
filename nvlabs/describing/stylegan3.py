"""The checked description of a StyleGAN3 synthesis network: its input, its layers, their filters.

The file states the results of the design (Karras et al. 2021, appendix C) for every layer: sizes, factors,
padding and filter taps. They are taken as they are, once they fit together; nothing is designed anew.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

from nvlabs.errors import UnsupportedNetwork

MAX_LAYERS = 100
MAX_SIDE = 8192
MAX_WIDTH = 65536
MAX_FACTOR = 16
MAX_TAPS = 256
MAX_KERNEL = 15
Taps = Tuple[float, ...]
Table = Tuple[Taps, ...]
Shape = Tuple[int, ...]


@dataclass(frozen=True)
class InputSpec:
    """The Fourier features that stand in the place of a learned constant."""

    size: Tuple[int, int]  # width, height
    sampling_rate: float  # samples per unit of the picture's side
    bandwidth: float  # frequencies above it are damped
    channels: int


@dataclass(frozen=True)
class LayerSpec:
    """One layer: modulated convolution, then filtered leaky ReLU. The last one gives RGB and has no
    activation."""

    name: str
    in_channels: int
    out_channels: int
    in_size: Tuple[int, int]  # width, height
    out_size: Tuple[int, int]
    kernel: int
    up: int
    down: int
    padding: Tuple[int, int, int, int]  # left, right, top, bottom of the zero-interleaved map; negative crops
    up_filter: Taps
    down_filter: Union[Taps, Table]  # a table where the filter is radial
    clamp: Optional[float]
    is_torgb: bool
    half: bool  # marked for float16 in the original; computed in float32 here


@dataclass(frozen=True)
class StyleGAN3Spec:
    """w (N, L, dlatent_size) to images (N, num_channels, resolution, resolution). w 0 is the input's, w k + 1
    that of layer k."""

    architecture: str  # 't' (3 x 3 kernels) | 'r' (1 x 1 kernels and radial filters) | 'own'
    resolution: int
    num_channels: int
    dlatent_size: int
    input: InputSpec
    layers: Tuple[LayerSpec, ...]
    output_scale: float
    style: str = field(default="stylegan3", init=False)
    use_wscale: bool = field(default=True, init=False)
    randomize_noise: bool = field(default=False, init=False)
    noise_sizes: Tuple[Tuple[int, int], ...] = field(default=(), init=False)
    has_lod: bool = field(default=False, init=False)

    @property
    def image_size(self) -> Tuple[int, int]:
        """Height and width of the images."""
        return self.resolution, self.resolution

    @property
    def num_layers(self) -> int:
        """L, the number of per-layer w vectors."""
        return len(self.layers) + 1

    @property
    def feature_maps(self) -> Dict[str, int]:
        """Channels of every layer's output."""
        return OrderedDict((layer.name, layer.out_channels) for layer in self.layers)

    @property
    def half_layers(self) -> List[str]:
        """Layers that the original computes in float16 on a GPU."""
        return [layer.name for layer in self.layers if layer.half]

    def in_words(self) -> str:
        """For messages: what the shapes follow from."""
        return "synthesis network (%d layers, resolution %d, dlatent_size %d)" % (
            len(self.layers),
            self.resolution,
            self.dlatent_size,
        )


def stylegan3_shapes(spec: StyleGAN3Spec) -> "OrderedDict[str, Shape]":
    """Variables of the synthesis part. The filters are arguments, not variables."""
    channels, width = spec.input.channels, spec.dlatent_size
    rows: List[Tuple[str, Shape]] = [
        ("input/weight", (channels, channels)),
        ("input/affine_weight", (width, 4)),
        ("input/affine_bias", (4,)),
        ("input/freqs", (channels, 2)),
        ("input/phases", (channels,)),
        ("input/transform", (3, 3)),
    ]
    for layer in spec.layers:
        kernel = (layer.kernel, layer.kernel, layer.in_channels, layer.out_channels)
        rows += [
            (layer.name + "/weight", kernel),
            (layer.name + "/affine_weight", (width, layer.in_channels)),
            (layer.name + "/affine_bias", (layer.in_channels,)),
            (layer.name + "/bias", (layer.out_channels,)),
            (layer.name + "/magnitude_ema", ()),
        ]
    return OrderedDict(rows)


def stylegan3_spec(kwargs: Dict[str, Any]) -> StyleGAN3Spec:
    """The description in the static arguments of a synthesis part (resolution, num_channels, dlatent_size are
    checked elsewhere). Raises UnsupportedNetwork: what is wrong and what is allowed.
    """
    start = _Checked(kwargs.get("input"), "the Fourier input")
    features = InputSpec(
        size=start.size("size"),
        sampling_rate=start.number("sampling_rate", 1e-6, 1e6),
        bandwidth=start.number("bandwidth", 0, 1e6),
        channels=start.integer("channels", 1, MAX_WIDTH),
    )
    if features.bandwidth >= features.sampling_rate / 2:
        raise UnsupportedNetwork("the Fourier input has a bandwidth that its sampling rate cannot hold")
    given = kwargs.get("layers")
    if not isinstance(given, (list, tuple)) or not 1 <= len(given) <= MAX_LAYERS:
        raise UnsupportedNetwork("the synthesis network has no list of 1 to %d layers" % MAX_LAYERS)
    layers = tuple(_layer(item, "layer %d" % index) for index, item in enumerate(given))
    scale = _Checked(kwargs, "the synthesis network").number("output_scale", -1e6, 1e6)
    spec = StyleGAN3Spec(
        architecture=_architecture(layers),
        resolution=kwargs["resolution"],
        num_channels=kwargs["num_channels"],
        dlatent_size=kwargs["dlatent_size"],
        input=features,
        layers=layers,
        output_scale=scale,
    )
    _check_chain(spec)
    return spec


class _Checked:
    """A dictionary of a file whose entries are checked as they are taken."""

    def __init__(self, value: Any, place: str) -> None:
        if not isinstance(value, dict):
            raise UnsupportedNetwork("%s is not described by a dictionary" % place)
        self._value, self._place = value, place

    def take(self, key: str, holds: Callable[[Any], bool], allowed: str) -> Any:
        value = self._value.get(key)
        if not holds(value):
            text = repr(value)
            raise UnsupportedNetwork(
                "%s: %s is %s; %s is allowed"
                % (self._place, key, text if len(text) <= 60 else text[:57] + "...", allowed)
            )
        return value

    def integer(self, key: str, low: int, high: int) -> int:
        return self.take(
            key, lambda n: type(n) is int and low <= n <= high, "an integer from %d to %d" % (low, high)
        )

    def number(self, key: str, low: float, high: float) -> float:
        allowed = "a number from %g to %g" % (low, high)
        return float(self.take(key, lambda n: _number(n) and low <= n <= high, allowed))

    def flag(self, key: str) -> bool:
        return self.take(key, lambda value: type(value) is bool, "True or False")

    def integers(self, key: str, count: int, low: int, high: int) -> Tuple[int, ...]:
        def holds(value: Any) -> bool:
            listed = isinstance(value, (list, tuple)) and len(value) == count
            return listed and all(type(n) is int and low <= n <= high for n in value)

        return tuple(self.take(key, holds, "%d integers from %d to %d" % (count, low, high)))

    def size(self, key: str) -> Tuple[int, int]:
        width, height = self.integers(key, 2, 1, MAX_SIDE)
        return width, height


def _number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _layer(item: Any, place: str) -> LayerSpec:
    given = _Checked(item, place)
    name = given.take("name", _is_name, "letters, digits and _")
    given = _Checked(item, "layer " + name)
    clamp = given.take(
        "conv_clamp", lambda n: n is None or (_number(n) and n > 0), "a number above 0, or None"
    )
    padding = given.integers("padding", 4, -MAX_FACTOR * MAX_SIDE, MAX_FACTOR * MAX_SIDE)
    return LayerSpec(
        name=name,
        in_channels=given.integer("in_channels", 1, MAX_WIDTH),
        out_channels=given.integer("out_channels", 1, MAX_WIDTH),
        in_size=given.size("in_size"),
        out_size=given.size("out_size"),
        kernel=given.integer("conv_kernel", 1, MAX_KERNEL),
        up=given.integer("up_factor", 1, MAX_FACTOR),
        down=given.integer("down_factor", 1, MAX_FACTOR),
        padding=(padding[0], padding[1], padding[2], padding[3]),
        up_filter=_taps(given.take("up_filter", _is_taps, "1 to %d numbers" % MAX_TAPS)),
        down_filter=_filter(given),
        clamp=None if clamp is None else float(clamp),
        is_torgb=given.flag("is_torgb"),
        half=given.flag("use_fp16"),
    )


def _is_name(value: Any) -> bool:
    plain = type(value) is str and 0 < len(value) <= 60 and value != "input"
    return plain and all(char.isalnum() or char == "_" for char in value)


def _is_taps(value: Any) -> bool:
    listed = isinstance(value, (list, tuple)) and 1 <= len(value) <= MAX_TAPS
    return listed and all(_number(tap) for tap in value)


def _is_table(value: Any) -> bool:
    square = isinstance(value, (list, tuple)) and 1 <= len(value) <= MAX_TAPS
    return square and all(_is_taps(row) and len(row) == len(value) for row in value)


def _taps(value: Any) -> Taps:
    return tuple(float(tap) for tap in value)


def _filter(given: _Checked) -> Union[Taps, Table]:
    value = given.take(
        "down_filter", lambda v: _is_taps(v) or _is_table(v), "a list of numbers or a square table of them"
    )
    return _taps(value) if _is_taps(value) else tuple(_taps(row) for row in value)


def _architecture(layers: Tuple[LayerSpec, ...]) -> str:
    kernels = {layer.kernel for layer in layers if not layer.is_torgb}
    radial = any(isinstance(layer.down_filter[0], tuple) for layer in layers)
    return {(3, False): "t", (1, True): "r"}.get((max(kernels, default=0), radial), "own")


def _check_chain(spec: StyleGAN3Spec) -> None:
    """Each layer takes what the one before it gives, and ends up with the size that it states."""
    size, channels = spec.input.size, spec.input.channels
    names = [layer.name for layer in spec.layers]
    if len(set(names)) < len(names):
        raise UnsupportedNetwork("two layers have the same name")
    for layer in spec.layers:
        if layer.in_size != size or layer.in_channels != channels:
            raise UnsupportedNetwork(
                "layer %s takes %d channels of %s pixels, but gets %d of %s"
                % (layer.name, layer.in_channels, layer.in_size, channels, size)
            )
        found = (layer_size(layer, 0), layer_size(layer, 1))
        if found != layer.out_size:
            raise UnsupportedNetwork(
                "layer %s states %s pixels, but its padding and filters give %s"
                % (layer.name, layer.out_size, found)
            )
        size, channels = layer.out_size, layer.out_channels
    wanted = (spec.num_channels, (spec.resolution, spec.resolution))
    if (channels, size) != wanted:
        raise UnsupportedNetwork(
            "the last layer gives %d channels of %s pixels, not %d of %s" % ((channels, size) + wanted)
        )


def layer_size(layer: LayerSpec, axis: int) -> int:
    """Width (axis 0) or height (1) of a layer's output, from its input size, padding and filters."""
    interleaved = (layer.in_size[axis] + layer.kernel - 1) * layer.up
    low, high = layer.padding[2 * axis : 2 * axis + 2]
    filtered = interleaved + low + high - len(layer.up_filter) + 1
    return (filtered - len(layer.down_filter)) // layer.down + 1
