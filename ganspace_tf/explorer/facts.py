"""What a page or a widget has to know of a network to show its controls."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Dict, List, Optional

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
        style_layers=[layer.channels for layer in gen.style_layers or ()],
    )


def layer_maps(gen: Generator) -> List[Optional[str]]:
    """For every style layer the endpoint, a feature map, that is made with its w; None where there is none
    of its own.
    """
    maps = [name for name, shape in gen.endpoints.items() if len(shape) == 3]
    ends = {name.split("/", 1)[-1]: name for name in maps}
    found: List[Optional[str]] = []
    for names in gen.describe().get("layers") or _blocks(gen, maps):
        known = [ends.get(name) or (name if name in maps else None) for name in names]
        found.append(next((name for name in reversed(known) if name is not None), None))
    return found


def _blocks(gen: Generator, maps: List[str]) -> List[List[str]]:
    """BigGAN-deep: the first latent makes what goes into the first block, each of the others one block."""
    blocks = [name for name in maps if name.count(".") == 2 and name.startswith("generator.layers.")]
    kept = [name for name in blocks if name + ".conv_0" in gen.endpoints]
    return [[]] + [[name] for name in kept] if len(kept) == gen.n_layers - 1 else [[]] * gen.n_layers


def layer_sides(gen: Generator) -> List[int]:
    """The resolution in pixels that each style layer works at."""
    largest = max(gen.image_shape[1:])
    sides: List[int] = []
    for name in layer_maps(gen):
        side = max(gen.endpoints[name][1:]) if name is not None else (sides[-1] if sides else 0)
        sides.append(min(side, largest))
    known = [side for side in sides if side]
    return [side or (known[0] if known else largest) for side in sides]
