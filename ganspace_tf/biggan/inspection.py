"""What a BigGAN folder is, in a form ready for JSON, without TensorFlow."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any, Dict

from ganspace_tf.biggan.classes import names_for
from ganspace_tf.biggan.files import read
from ganspace_tf.biggan.record import BigGANRecord
from ganspace_tf.biggan.structure import variable_shapes


def inspect(path: str) -> Dict[str, Any]:
    """`describe` of the record in a folder. Raises BigGANFileError as `files.read` does."""
    return describe(read(path))


def describe(record: BigGANRecord) -> Dict[str, Any]:
    """Format, sizes, blocks, classes and fingerprint of a record."""
    s = record.structure
    blocks: Dict[str, Any] = OrderedDict()
    for block in s.blocks:
        if s.attention is not None and s.attention.layer == block.layer - 1:
            blocks[s.attention.path] = _layer("attention", s.attention.channels, s.attention.side)
        blocks[block.path] = _layer("block", block.channels_out, block.side, block.latent)
    names = names_for(s.n_classes, record.class_names)
    shapes = variable_shapes(s)
    tables = [name for name in shapes if name.endswith((".means", ".variances"))]
    return OrderedDict(
        path=record.path,
        family="biggan-deep",
        file_format=record.file_format,
        fingerprint=record.fingerprint(),
        resolution=s.resolution,
        image_shape=[3, s.resolution, s.resolution],
        channel_width=s.channels,
        latent_size=s.latent_size,
        n_layers=s.n_latents,
        n_classes=s.n_classes,
        class_names=None if names is None else [names.display(index) for index in range(len(names))],
        truncation=OrderedDict(allowed="above 0, up to 1", rows=s.n_stats),
        parameters=sum(array.size for name, array in record.arrays.items() if name not in tables),
        blocks=blocks,
    )


def _layer(kind: str, channels: int, side: int, latent: int = -1) -> Dict[str, Any]:
    found: Dict[str, Any] = OrderedDict(kind=kind, shape=[channels, side, side])
    if latent >= 0:
        found["latent"] = latent
    return found
