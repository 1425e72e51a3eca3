"""What has to be the same on all machines of a cluster, and what had better be."""

from __future__ import annotations

import hashlib
import importlib
import sys
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional

import numpy as np

from ganspace_tf.machine.blas import libraries
from ganspace_tf.machine.processor import instructions
from nvlabs.running.first_start import start_tensorflow

PACKAGES = ("nvlabs", "ganspace_tf")
DISTRIBUTIONS = ("tensorflow", "tensorflow-gpu", "tensorflow-cpu", "nvidia-tensorflow")
# Libraries choose their kernels by these.
SIMD = ("sse4_2", "avx", "avx2", "fma", "avx512f", "avx512_vnni", "avx512_bf16", "amx_tile")


class Facts(NamedTuple):
    """versions: of what has to agree, by name. kind: of processor, as far as sums of floats go."""

    versions: Dict[str, str]
    kind: str


def facts() -> Facts:
    """Of this process."""
    import distributed

    import ganspace_tf

    versions = {
        "Python": "{}.{}".format(*sys.version_info[:2]),
        "NumPy": np.__version__,
        "TensorFlow": tensorflow(),
        "distributed": distributed.__version__,
        "ganspace-tf": "{} ({})".format(ganspace_tf.__version__, code()),
    }
    has = instructions()
    kernels = sorted({library.kernel for library in libraries() if library.kernel})
    return Facts(versions, " ".join(kernels + [name for name in SIMD if name in has]))


def tensorflow() -> str:
    """The version of TensorFlow, without the seconds of its import where that can be."""
    for name in () if "tensorflow" in sys.modules else DISTRIBUTIONS:
        try:
            return str(metadata().version(name))
        except Exception:  # another name, or no record of what is installed
            continue
    start_tensorflow()
    return str(sys.modules["tensorflow"].__version__)


def metadata() -> Any:
    """The module that knows what is installed; Python 3.7 has it from Dask's packages."""
    try:
        return importlib.import_module("importlib.metadata")
    except ImportError:
        return importlib.import_module("importlib_metadata")


def code() -> str:
    """A few digits over the source of this program: the same version may be in the middle of a change."""
    digest = hashlib.sha256()
    for package in PACKAGES:
        folder = Path(str(sys.modules[package].__file__)).parent
        for path in sorted(folder.rglob("*.py"), key=lambda path: path.relative_to(folder).as_posix()):
            digest.update(path.relative_to(folder).as_posix().encode("utf8") + path.read_bytes())
    return digest.hexdigest()[:8]


def differences(there: Dict[str, str], here: Dict[str, str]) -> List[str]:
    """In words: what is another version there than here."""
    return [
        "{} {} there, {} here".format(name, there.get(name, "none"), version)
        for name, version in here.items()
        if there.get(name) != version
    ]


def of_dask(node: Dict[str, Any]) -> Dict[str, str]:
    """Versions from what `Client.get_versions` says of a scheduler, a worker or the client."""
    packages = node.get("packages") or {}
    named = {"Python": "python", "NumPy": "numpy", "distributed": "distributed"}
    found: Dict[str, Optional[str]] = {name: packages.get(theirs) for name, theirs in named.items()}
    if found["Python"]:
        found["Python"] = ".".join(str(found["Python"]).split(".")[:2])
    return {name: str(version) for name, version in found.items() if version}
