"""What a page or a widget has to know of a network to show its controls."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Dict, List

if TYPE_CHECKING:
    from ganspace_tf.generators.base import Generator


def model_facts(gen: Generator, name: str) -> Dict[str, Any]:
    """Name, size, layers with their resolutions, and which controls the network has: JSON values."""
    H, W = gen.image_shape[1:]
    names = gen.class_names
    classes = None if names is None else [names.display(index) for index in range(gen.n_classes)]
    return OrderedDict(
        name=name,
        family=gen.family,
        fingerprint=gen.fingerprint,
        resolution=max(H, W),
        width=W,
        height=H,
        n_layers=gen.n_layers,
        layers=[OrderedDict(index=k, resolution=side) for k, side in enumerate(layer_sides(gen))],
        truncates=bool(gen.truncates),
        has_cutoff=gen.dlatent_avg is not None,
        has_classes=bool(gen.n_classes),
        n_classes=int(gen.n_classes),
        classes=classes,
        default_class=gen.default_class,
        has_noise=bool(len(gen.noise_shapes)),
        has_transform=bool(gen.takes_transform),
    )


def layer_sides(gen: Generator) -> List[int]:
    """The resolution in pixels that each style layer works at, by the layers of the network that read it."""
    sides = {
        name.split("/", 1)[-1]: max(shape[1:]) for name, shape in gen.endpoints.items() if len(shape) == 3
    }
    found: List[int] = []
    scopes = gen.describe().get("layers") or [[]] * gen.n_layers
    for scopes_of in scopes:
        known = [sides[scope] for scope in scopes_of if scope in sides]
        found.append(max(known) if known else (found[-1] if found else 0))
    largest = max(gen.image_shape[1:])
    return [min(side, largest) or largest for side in found]
