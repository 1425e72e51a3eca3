"""Checking and sorting what callers hand to `Network.run`: arrays, psi and cutoff, and the free keyword
arguments."""

from __future__ import annotations

import difflib
import warnings
from typing import Any, Dict, FrozenSet, Iterable, List, Optional, Sequence, Tuple

import numpy as np

from nvlabs.describing.spec import GeneratorSpec
from nvlabs.errors import NetworkUsageError
from nvlabs.reading.shown import show

IMAGES = "images_out"  # the images among endpoints; always (N, C, H, W)
TRUNCATION = frozenset(
    ["truncation_psi", "truncation_cutoff", "truncation_psi_val", "truncation_cutoff_val", "is_validation"]
)
NOISE = frozenset(["randomize_noise", "noise", "noise_mode"])
NOISE_MODES = ("random", "const", "none")  # words of the PyTorch editions
BROADCAST = frozenset(["dlatent_broadcast"])
# These change speed, memory or training in the originals, never the picture of a finished network.
WITHOUT_EFFECT = frozenset(
    [
        "is_training",
        "fused_modconv",
        "num_fp16_res",
        "structure",
        "dtype",
        "style_mixing_prob",
        "dlatent_avg_beta",
    ]
    + ["force_clean_graph", "is_template_graph", "impl", "conditioning", "w_avg_beta"]
)
# These change the graph: a call that gives one runs on a variant of the network (see Network.run).
REBUILDING = frozenset(
    ["conv_clamp", "nonlinearity", "mapping_nonlinearity", "mapping_lrmul", "normalize_latents", "use_wscale"]
    + [
        "resample_kernel",
        "blur_filter",
        "fused_scale",
        "use_pixel_norm",
        "use_instance_norm",
        "architecture",
        "epsilon",
    ]
)
# StyleGAN3 states every layer by itself; of its mapping alone there is something to change.
STATED_BY_LAYER = {
    "stylegan3": REBUILDING - frozenset(["mapping_nonlinearity", "mapping_lrmul", "normalize_latents"])
}
KNOWN = TRUNCATION | NOISE | BROADCAST | WITHOUT_EFFECT | REBUILDING


def sort_keywords(part: str, given: Dict[str, Any], used: FrozenSet[str]) -> Dict[str, Any]:
    """The keyword arguments of a `run` that have a meaning there.

    The originals swallow every unknown keyword silently; here an unknown one is an error, and one that is
    known but means nothing to this part of the network is named in a warning.
    """
    kept = {}
    for name, value in given.items():
        if name in used or name in REBUILDING:
            kept[name] = value
        elif name in WITHOUT_EFFECT:
            continue
        elif name in KNOWN:
            warnings.warn("%s has no effect on the %s network; it was ignored" % (name, part), stacklevel=4)
        else:
            near = difflib.get_close_matches(name, sorted(KNOWN), 1)
            hint = "; did you mean %s?" % near[0] if near else "; known: " + ", ".join(sorted(used))
            raise NetworkUsageError("unknown argument %r%s" % (name, hint))
    return kept


def check_rebuilding(spec: GeneratorSpec, given: Iterable[str]) -> None:
    """Raises NetworkUsageError for arguments that this family's networks do not have."""
    for name in given:
        if name in STATED_BY_LAYER.get(spec.family, ()):
            raise NetworkUsageError(
                "%s cannot be changed: a %s file states it for every layer" % (name, spec.family)
            )


def check_array(name: str, value: Any, shape: Sequence[Optional[int]]) -> np.ndarray:
    """`value` as float32, once its shape is right; None in `shape` stands for any batch size from 1 up."""
    try:
        array = np.asarray(value, np.float32)
    except (TypeError, ValueError):
        raise NetworkUsageError(
            "%s must be an array of numbers, not %s" % (name, type(value).__name__)
        ) from None
    wanted = "(N, %s)" % ", ".join(str(size) for size in shape[1:])
    if array.ndim != len(shape) or any(s is not None and s != a for s, a in zip(shape[1:], array.shape[1:])):
        raise NetworkUsageError("%s must have shape %s, not %s" % (name, wanted, array.shape))
    if array.shape[0] == 0:
        raise NetworkUsageError("%s is empty: shape %s" % (name, array.shape))
    return array


def labels_array(labels: Any, batch: int, label_size: int) -> np.ndarray:
    """(batch, label_size) float32; None gives zeros, as in the originals."""
    if labels is None:
        return np.zeros((batch, label_size), np.float32)
    array = check_array("labels_in", labels, [None, label_size])
    if array.shape[0] != batch:
        raise NetworkUsageError("%d latents were given, but %d rows of labels" % (batch, array.shape[0]))
    return array


def truncation(spec: GeneratorSpec, given: Dict[str, Any]) -> Tuple[Optional[float], Optional[int]]:
    """(psi, cutoff) in force: those given, else the file's or the family's; the '_val' pair when
    validating."""
    if given.get("is_validation"):
        psi = given.get("truncation_psi_val", spec.truncation_psi_val)
        cutoff = given.get("truncation_cutoff_val", spec.truncation_cutoff_val)
    else:
        psi = given.get("truncation_psi", spec.truncation_psi)
        cutoff = given.get("truncation_cutoff", spec.truncation_cutoff)
    return _psi(psi), _cutoff(cutoff)


def truncation_coefficients(
    spec: GeneratorSpec, psi: Optional[float], cutoff: Optional[int]
) -> Optional[np.ndarray]:
    """c_l (L,) of the truncation trick, or None where it is off.

    A missing cutoff means all layers in StyleGAN2, but switches truncation off in StyleGAN; psi of 1 is off
    in both. In the PyTorch editions a cutoff below 0 counts from the last layer.
    """
    L = spec.synthesis.num_layers
    if psi is None or psi == 1:
        return None
    if spec.family == "stylegan" and (cutoff is None or cutoff <= 0):
        return None
    layers = L if cutoff is None else cutoff
    if layers < 0 and spec.edition == "pytorch":
        layers += L
    return np.where(np.arange(L) < layers, np.float32(psi), np.float32(1)).astype(np.float32)


def random_noise(given: Dict[str, Any], usual: bool) -> Optional[bool]:
    """Whether noise is fresh (True), the stored one (False) or none (None), by `noise_mode` of the PyTorch
    editions or `randomize_noise` of the TensorFlow ones; `usual` where neither is given.
    """
    mode = given.get("noise_mode")
    if mode is None:
        return bool(given.get("randomize_noise", usual))
    if mode not in NOISE_MODES:
        raise NetworkUsageError("noise_mode is one of %s, not %r" % (", ".join(NOISE_MODES), mode))
    return None if mode == "none" else mode == "random"


def noise_maps(noise: Any) -> List[np.ndarray]:
    """The maps of `noise` as float32 arrays. Raises NetworkUsageError for what is no list of arrays."""
    try:
        return [np.asarray(one, np.float32) for one in noise]
    except (TypeError, ValueError):
        raise NetworkUsageError(
            "noise is a list of arrays, one for each noise map, not %s" % show(noise)
        ) from None


def _psi(psi: Any) -> Optional[float]:
    if psi is None:
        return None
    if not _is_number(psi):
        raise NetworkUsageError("truncation_psi is one number or None, not %s" % show(psi))
    value = float(psi)
    if not np.isfinite(value):
        raise NetworkUsageError("truncation_psi is a finite number or None, not %s" % show(psi))
    return value


def _cutoff(cutoff: Any) -> Optional[int]:
    if cutoff is None:
        return None
    if not _is_whole(cutoff):
        raise NetworkUsageError(
            "truncation_cutoff is a whole number of layers or None, not %s" % show(cutoff)
        )
    return int(cutoff)


def minibatches(batch: int, size: Optional[int]) -> Sequence[slice]:
    """Slices of `size` rows, the last one shorter; one slice for None."""
    if size is None:
        return [slice(0, batch)]
    if not _is_whole(size) or size < 1:
        raise NetworkUsageError("minibatch_size is a whole number from 1 up or None, not %s" % show(size))
    return [slice(start, min(start + int(size), batch)) for start in range(0, batch, int(size))]


def _is_number(value: Any) -> bool:
    """Whether it is one number, and not as text; arrays of no dimensions and tensors count."""
    if isinstance(value, (str, bytes, bool, list, tuple, dict)):
        return False
    try:
        float(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return np.ndim(value) == 0


def _is_whole(value: Any) -> bool:
    return _is_number(value) and bool(np.isfinite(float(value))) and int(value) == value
