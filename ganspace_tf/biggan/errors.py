"""The refusal of a BigGAN folder."""

from __future__ import annotations

from ganspace_tf.errors import FileError
from nvlabs.errors import NetworkFileError


class BigGANFileError(FileError, NetworkFileError):
    """A BigGAN folder cannot be read, is damaged, or holds another network. Nothing of it was run. A bad
    network file and a bad file both, so in both trees."""
