"""StyleGAN and StyleGAN2 checkpoints of the PyTorch ports behind the generator contract: converted, then as
any other.
"""

from __future__ import annotations

import os
from typing import Optional

from ganspace_tf.generators.nvlabs_gan import NvlabsGenerator
from ganspace_tf.ports.networks import is_checkpoint, read_network


def recognises(path: str) -> bool:
    """A file that torch.save wrote, in either of its containers."""
    return os.path.isfile(path) and is_checkpoint(path)


def load(path: str, threads: Optional[int] = None) -> NvlabsGenerator:
    """The generator of a checkpoint (.pt). Raises TorchFileError, which is an nvlabs.NetworkFileError."""
    from nvlabs.running.network import make_networks

    name = os.path.splitext(os.path.basename(path))[0]
    return NvlabsGenerator(make_networks(read_network(path), threads).Gs, name)
