"""The arguments that a network file states, checked one by one, and the defaults of each family for the rest.

A file holds only what was given when the network was made; what is missing takes the default of its
family's code. Keys that are not listed are tolerated, as all families' build functions do.
"""

from __future__ import annotations

import math
from typing import Any, Callable, Dict, Tuple

from nvlabs.errors import UnsupportedNetwork

STYLEGAN = "stylegan"
STYLEGAN2 = "stylegan2"
ADA = "stylegan2-ada"
STYLEGAN3 = "stylegan3"

MAX_WIDTH = 65536
ACTIVATIONS = ("linear", "relu", "lrelu", "tanh", "sigmoid", "elu", "selu", "softplus", "swish")
STYLEGAN_ACTIVATIONS = ("relu", "lrelu")

COMMON: Dict[str, Any] = {
    "latent_size": 512,
    "label_size": 0,
    "dlatent_size": 512,
    "dlatent_broadcast": None,
    "mapping_layers": 8,
    "mapping_fmaps": 512,
    "mapping_lrmul": 0.01,
    "mapping_nonlinearity": "lrelu",
    "normalize_latents": True,
    "num_channels": 3,
    "resolution": 1024,
    "fmap_base": 16384,
    "fmap_decay": 1.0,
    "fmap_min": 1,
    "fmap_max": 512,
    "randomize_noise": True,
    "use_noise": True,
    "nonlinearity": "lrelu",
    "architecture": "skip",
    "resample_kernel": (1, 3, 3, 1),
    "truncation_psi": 0.5,
    "truncation_cutoff": None,
    "truncation_psi_val": None,
    "truncation_cutoff_val": None,
    "structure": "auto",
    "dtype": "float32",
}
DEFAULTS: Dict[str, Dict[str, Any]] = {
    STYLEGAN: {
        **COMMON,
        "fmap_base": 8192,
        "truncation_psi": 0.7,
        "truncation_cutoff": 8,
        "use_wscale": True,
        "use_styles": True,
        "const_input_layer": True,
        "use_pixel_norm": False,
        "use_instance_norm": True,
        "blur_filter": (1, 2, 1),
        "fused_scale": "auto",
        "epsilon": 1e-8,
    },
    STYLEGAN2: COMMON,
    ADA: {**COMMON, "mapping_fmaps": None, "label_fmaps": None, "fmap_const": None, "conv_clamp": None},
    STYLEGAN3: {
        **COMMON,
        "mapping_layers": 2,
        "mapping_fmaps": None,
        "label_fmaps": None,
        "truncation_psi": None,
    },
}


def _number(value: Any, low: float, high: float) -> bool:
    return type(value) in (int, float) and math.isfinite(value) and low <= value <= high


def _integer(low: int, high: int, none: bool = False) -> Tuple[Callable[[Any], bool], str]:
    def holds(value: Any) -> bool:
        return (none and value is None) or (type(value) is int and low <= value <= high)

    return holds, "an integer from %d to %d%s" % (low, high, " or None" if none else "")


def _real(low: float, high: float, none: bool = False) -> Tuple[Callable[[Any], bool], str]:
    def holds(value: Any) -> bool:
        return (none and value is None) or _number(value, low, high)

    return holds, "a number from %g to %g%s" % (low, high, " or None" if none else "")


def _choice(*allowed: Any) -> Tuple[Callable[[Any], bool], str]:
    def holds(value: Any) -> bool:
        return any(type(value) is type(choice) and value == choice for choice in allowed)

    return holds, "one of " + ", ".join(repr(choice) for choice in allowed)


def _resolution(value: Any) -> bool:
    return type(value) is int and 4 <= value <= 2048 and value & (value - 1) == 0


def _size(value: Any) -> bool:
    listed = isinstance(value, (list, tuple)) and len(value) == 2
    return listed and all(type(side) is int and 1 <= side <= 64 for side in value)


def _taps(value: Any) -> bool:
    listed = isinstance(value, (list, tuple)) and 1 <= len(value) <= 64
    return listed and all(_number(tap, -1e6, 1e6) for tap in value) and abs(sum(value)) > 1e-6


def _kernel(value: Any) -> bool:
    if not isinstance(value, (list, tuple)) or not 1 <= len(value) <= 64:
        return value is None
    if not isinstance(value[0], (list, tuple)):
        return _taps(value)
    width = len(value[0])
    table = 1 <= width <= 64 and all(isinstance(row, (list, tuple)) and len(row) == width for row in value)
    return table and _taps_of_rows(value)


def _taps_of_rows(rows: Any) -> bool:
    flat = [tap for row in rows for tap in row]
    return all(_number(tap, -1e6, 1e6) for tap in flat) and abs(sum(flat)) > 1e-6


def _blur(value: Any) -> bool:
    return value is None or (isinstance(value, (list, tuple)) and not value) or _taps(value)


FLAG = _choice(True, False)
KERNEL_TEXT = "None, a list of numbers, or a list of equally long lists, with a sum that is not 0"
RULES: Dict[str, Tuple[Callable[[Any], bool], str]] = {
    "resolution": (_resolution, "a power of two from 4 to 2048"),
    "min_h": _integer(1, 64),
    "min_w": _integer(1, 64),
    "res_log2": _integer(0, 11),
    "init_res": (_size, "two integers from 1 to 64"),
    "num_channels": _integer(1, 4096),
    "latent_size": _integer(1, MAX_WIDTH),
    "dlatent_size": _integer(1, MAX_WIDTH),
    "label_size": _integer(0, MAX_WIDTH),
    "dlatent_broadcast": _integer(1, 64, none=True),
    "mapping_layers": _integer(1, 64),
    "mapping_fmaps": _integer(1, MAX_WIDTH, none=True),
    "label_fmaps": _integer(1, MAX_WIDTH, none=True),
    "mapping_lrmul": _real(1e-9, 1e9),
    "fmap_base": _real(1, 1 << 24),
    "fmap_decay": _real(0, 16),
    "fmap_min": _integer(1, MAX_WIDTH),
    "fmap_max": _integer(1, MAX_WIDTH),
    "fmap_const": _integer(1, MAX_WIDTH, none=True),
    "nonlinearity": _choice(*ACTIVATIONS),
    "mapping_nonlinearity": _choice(*ACTIVATIONS),
    "architecture": _choice("skip", "resnet", "orig"),
    "structure": _choice("auto", "linear", "recursive", "fixed"),
    "resample_kernel": (_kernel, KERNEL_TEXT),
    "blur_filter": (_blur, "None, or a list of numbers with a sum that is not 0"),
    "fused_scale": _choice("auto", True, False),
    "epsilon": _real(0, 1),
    "conv_clamp": _real(1e-6, 1e30, none=True),
    "truncation_psi": _real(-1e6, 1e6, none=True),
    "truncation_psi_val": _real(-1e6, 1e6, none=True),
    "truncation_cutoff": _integer(-64, 64, none=True),
    "truncation_cutoff_val": _integer(-64, 64, none=True),
    "dtype": _choice("float32"),
    "normalize_latents": FLAG,
    "randomize_noise": FLAG,
    "use_noise": FLAG,
    "use_wscale": FLAG,
    "use_styles": FLAG,
    "use_pixel_norm": FLAG,
    "use_instance_norm": FLAG,
    "const_input_layer": FLAG,
}
FORKED_RULES = {**RULES, "resolution": _integer(1, MAX_WIDTH)}  # not the side there: see forks.py
# The whole generator and its parts were made from the same arguments; these may differ all the same.
MAY_DIFFER = ("dlatent_broadcast", "randomize_noise", "structure")


def check_arguments(kwargs: Dict[str, Any], place: str, forked: bool = False) -> None:
    """Every known argument by its rule; raises UnsupportedNetwork: the value given and what is allowed."""
    for key, (holds, allowed) in (FORKED_RULES if forked else RULES).items():
        if key in kwargs and not holds(kwargs[key]):
            raise UnsupportedNetwork(
                "%s: argument %s is %s; %s is allowed" % (place, key, _short(kwargs[key]), allowed)
            )


def check_agreement(whole: Dict[str, Any], part: Dict[str, Any], place: str) -> None:
    """What the generator and one of its parts both state must be the same; raises UnsupportedNetwork."""
    for key in RULES:
        if (
            key in whole
            and key in part
            and key not in MAY_DIFFER
            and _listed(whole[key]) != _listed(part[key])
        ):
            message = "%s: argument %s is %s there but %s in the whole generator"
            raise UnsupportedNetwork(message % (place, key, _short(part[key]), _short(whole[key])))


def _listed(value: Any) -> Any:
    return [_listed(item) for item in value] if isinstance(value, (list, tuple)) else value


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
