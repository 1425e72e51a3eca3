"""A generator of StyleGAN2-ADA-PyTorch as one of the TensorFlow edition, which is the same network."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace

import numpy as np

from nvlabs.describing.from_record import generator_spec
from nvlabs.describing.spec import PERSISTENT
from nvlabs.describing.static_arguments import ADA
from nvlabs.errors import NetworkUsageError
from nvlabs.reading.records import FileRecords, NetworkRecord

ADA_VERSION = 5


def for_tensorflow(records: FileRecords) -> FileRecords:
    """The records that an official .pkl can hold: those of the TensorFlow editions as they are; of a PyTorch
    edition Gs alone, since the discriminators differ.

    Variables and description stay the same, and so does the fingerprint. The source text does not come along:
    it is that of another program. Raises NetworkUsageError for what the TensorFlow edition does not have.
    """
    if records.Gs.version != PERSISTENT:
        return records
    spec = generator_spec(records.Gs)
    if spec.family != ADA:
        raise NetworkUsageError(
            "a %s network has no TensorFlow edition; write a neutral .npz instead" % spec.family
        )
    if not spec.has_average:
        raise NetworkUsageError("this network has no average w, which an official .pkl has; write an .npz")
    kernel = np.asarray(records.Gs.static_kwargs.get("resample_kernel", 1.0))
    if kernel.ndim == 2 and kernel.shape[0] != kernel.shape[1]:
        raise NetworkUsageError(
            "its resampling filter of %d x %d taps is not square, as the TensorFlow edition wants it; "
            "write an .npz" % kernel.shape
        )
    return FileRecords(None, None, _as_version_5(records.Gs))


def _as_version_5(record: NetworkRecord) -> NetworkRecord:
    parts = OrderedDict((key, _as_version_5(part)) for key, part in record.components.items())
    return replace(record, version=ADA_VERSION, components=parts, source="")
