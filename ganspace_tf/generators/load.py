"""A name or a path becomes a generator."""

from __future__ import annotations

from ganspace_tf.generators.base import Generator


def load_generator(name_or_path: str) -> Generator:
    """The generator of a network file, a folder or a catalogue name."""
    raise NotImplementedError
