"""Official StyleGAN, StyleGAN2 and StyleGAN2-ADA network files in TensorFlow, on code of our own.

    nets = nvlabs.load("net.pkl")        # (G, D, Gs); use Gs
    w = nets.Gs.components.mapping.run(z, None)
    images = nets.Gs.components.synthesis.run(w, randomize_noise=False)

A file is read as data: nothing in it is ever run. Reading, checking and saving need no TensorFlow; it is
    imported when a
network runs for the first time.
"""

from __future__ import annotations

import importlib
from typing import Any, List

from nvlabs.errors import (
    DamagedFile,
    NetworkFileError,
    NetworkNotWritten,
    NetworkUsageError,
    NotDownloaded,
    NvlabsError,
    UnsafePickle,
    UnsupportedNetwork,
    VariableMismatch,
)

_LAZY = {
    "Network": ("nvlabs.running.network", "GeneratorNetwork"),
    "Networks": ("nvlabs.running.network", "Networks"),
    "convert_images_to_uint8": ("nvlabs.running.images", "convert_images_to_uint8"),
    "convert_images_from_uint8": ("nvlabs.running.images", "convert_images_from_uint8"),
    "inspect": ("nvlabs.describing.inspection", "inspect"),
    "load": ("nvlabs.running.files", "load"),
    "save": ("nvlabs.running.files", "save"),
}

__all__ = [
    "DamagedFile",
    "Network",
    "NetworkFileError",
    "NetworkNotWritten",
    "NetworkUsageError",
    "Networks",
    "NotDownloaded",
    "NvlabsError",
    "UnsafePickle",
    "UnsupportedNetwork",
    "VariableMismatch",
    "convert_images_from_uint8",
    "convert_images_to_uint8",
    "inspect",
    "load",
    "save",
]


def __getattr__(name: str) -> Any:
    """Imports the heavier parts on first use, so that `import nvlabs` is immediate."""
    if name not in _LAZY:
        raise AttributeError("module 'nvlabs' has no attribute %r" % name)
    module, attribute = _LAZY[name]
    value = getattr(importlib.import_module(module), attribute)
    globals()[name] = value
    return value


def __dir__() -> List[str]:
    return __all__
