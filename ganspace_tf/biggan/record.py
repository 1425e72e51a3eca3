"""A BigGAN-deep network as plain data: what a reader of a file format gives, whatever the format."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Mapping, Optional, Tuple

import numpy as np

from ganspace_tf.biggan.errors import BigGANFileError
from ganspace_tf.biggan.structure import Structure, modules, structure_of, variable_shapes


@dataclass(frozen=True)
class BigGANRecord:
    """Checked data of one network.

    path: where it came from; file_format: "tfhub" or "huggingface"
    arrays: raw float32 arrays by the names of `structure.variable_shapes`, in TensorFlow's layout
    sigmas: module → spectral norm of its weight; class_names: one name per class, if the file has them
    """

    path: str
    file_format: str
    structure: Structure
    arrays: Mapping[str, np.ndarray]
    sigmas: Mapping[str, np.float32]
    class_names: Optional[Tuple[str, ...]] = None

    def weight(self, module: str) -> np.ndarray:
        """The weight that the network uses: raw / sigma in float32."""
        return self.arrays[module + ".weight"] / self.sigmas[module]

    def fingerprint(self) -> str:
        """64 hex digits over architecture, weights and statistics.

        The vectors of the spectral norms are left out: they are an intermediate result, and a conversion from
        one file format to the other changes their last bits. So both files of one network share components
        and edits.
        """
        digest = hashlib.sha256(repr(self.structure).encode("utf-8"))
        for name in variable_shapes(self.structure):
            digest.update(name.encode("utf-8"))
            digest.update(np.ascontiguousarray(self.arrays[name], "<f4").tobytes())
        return digest.hexdigest()


def make_record(
    path: str,
    file_format: str,
    arrays: Mapping[str, np.ndarray],
    sigmas: Mapping[str, np.float32],
    upsample: Optional[Tuple[bool, ...]] = None,
    eps: float = 1e-4,
    class_names: Optional[Tuple[str, ...]] = None,
) -> BigGANRecord:
    """Check the arrays and put them together.

    Raises BigGANFileError for wrong names and shapes, for numbers that are not finite, variances that are not
    positive, spectral norms that are not, and a list of class names of another length.
    """
    structure = structure_of(path, {name: array.shape for name, array in arrays.items()}, upsample, eps)
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise BigGANFileError("{}: variable {} holds NaN or infinity".format(path, name))
        if name.endswith(".variances") and not (array > 0).all():
            raise BigGANFileError("{}: {} holds variances that are not positive".format(path, name))
    for module in modules(len(structure.blocks), structure.attention_layer):
        if not sigmas[module.path] > 0:
            text = "{}: the spectral norm of {} is {}, not positive"
            raise BigGANFileError(text.format(path, module.path, sigmas[module.path]))
    if class_names is not None and len(class_names) != structure.n_classes:
        text = "{}: {} class names for {} classes"
        raise BigGANFileError(text.format(path, len(class_names), structure.n_classes))
    return BigGANRecord(path, file_format, structure, arrays, sigmas, class_names)
