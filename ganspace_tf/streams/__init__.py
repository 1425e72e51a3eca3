"""Streams of normal random numbers, equal to the bit with those of NumPy and PyTorch. No PyTorch is needed.

    stream = streams.open("torch-cpu", seed=42)
    stream.normal((1, 1, 4, 4))     # what torch.manual_seed(42), torch.randn(1, 1, 4, 4) give on a CPU
    stream.normal((3,))             # and the draw after it

`STREAMS` is the table of what there is; `noise` says how the original programs fill the noise maps.
"""

from __future__ import annotations

from ganspace_tf.errors import UnknownName, UsageError
from ganspace_tf.streams.numpy_legacy import NumpyLegacyStream
from ganspace_tf.streams.torch_cpu import TorchCpuStream
from ganspace_tf.streams.torch_cuda import TorchCudaStream

#: Name -> stream class. The contract tests run over this table.
STREAMS = {stream.name: stream for stream in (NumpyLegacyStream, TorchCpuStream, TorchCudaStream)}


def open(name, seed, **options):
    """The stream called name, seeded; options as the stream's class documents them.

    seed: a whole number of 0 or more (see each class for the largest). Raises UnknownName for a name that
    is not in STREAMS, UsageError for a bad seed or option.
    """
    if name not in STREAMS:
        raise UnknownName.among("random stream", name, STREAMS)
    stream = STREAMS[name]
    allowed = stream.options
    for option in options:
        if option not in allowed:
            known = ", ".join(allowed) if allowed else "none"
            raise UsageError("the {} stream has no option {!r}: it takes {}".format(name, option, known))
    return stream(seed, **options)
